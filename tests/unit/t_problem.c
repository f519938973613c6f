/* Problem documents and other bad news as an error record. */
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "clock.h"
#include "error.h"
#include "problem.h"
#include "tap.h"

#define ACME "urn:ietf:params:acme:error:"

static int reply(struct arena *a, int status, const char *type, const char *body)
{
	struct response res = { .status = status,
		.body = arena_str(a, body),
		.body_len = strlen(body) };
	if (type)
		header_add(a, &res.headers, "Content-Type", type);
	return problem_reply(a, &res);
}

static void replies(void)
{
	static const struct {
		int status;
		const char *type, *body, *what, *code, *remedy;
		bool transient;
	} rows[] = {
		{ 403, "application/problem+json",
		    "{\"type\":\"" ACME
		    "unauthorized\",\"detail\":\"No such order\",\"status\":403}",
		    "403 No such order", "unauthorized", "another server", false },
		{ 400, "application/json", "{\"type\":\"" ACME "badCSR\",\"detail\":\"no SAN\"}",
		    "400 no SAN", "badCSR", "key length", false },
		{ 400, NULL, "  {\"type\":\"urn:acme:error:malformed\",\"detail\":\"old\"}",
		    "400 old", "malformed", "sense", false },
		{ 500, "application/problem+json", "{\"type\":\"" ACME "serverInternal\"}",
		    "500 the CA has trouble of its own; try again later", "serverInternal",
		    "try again", true },
		{ 418, "application/problem+json",
		    "{\"type\":\"about:blank\",\"title\":\"Teapot\"}", "418 Teapot", NULL, NULL,
		    false },
		{ 400, "application/problem+json", "{\"type\":\"https://x/odd\",\"detail\":\"d\"}",
		    "400 d", "https://x/odd", NULL, false },
		{ 400, "application/problem+json",
		    "{\"type\":\"" ACME "a\\u001b[31mb\",\"detail\":\"e\\u0007\\nf\"}", "400 e??f",
		    "a?[31mb", NULL, false },
		{ 400, "application/problem+json", "{\"type\":\"" ACME "malformed\",\"detail\":42}",
		    "400 42", "malformed", "sense", false },
		{ 400, "application/problem+json", "{\"type\":[],\"detail\":{}}",
		    "400 without an explanation", NULL, NULL, false },
		{ 400, "application/problem+json", "{\"type\":", "400 without an explanation", NULL,
		    NULL, false },
		{ 400, "application/problem+json", "[]", "400 []", NULL, NULL, false },
		{ 502, "text/html", "<html><head><TITLE>502 Bad Gateway </TITLE></head>...",
		    "502 Bad Gateway", NULL, NULL, true },
		{ 503, "text/html", "\n<!DOCTYPE html><p>no title", "503 without an explanation",
		    NULL, NULL, true },
		{ 403, "text/plain", "error code: 1020\nmore", "403 error code: 1020", NULL, NULL,
		    false },
		{ 404, NULL, "", "404 without an explanation", NULL, NULL, false },
		{ 429, NULL, "slow\033down", "429 slow?down", NULL, NULL, true },
		{ 301, NULL, "", "301 an unexpected redirect to an address that was not given",
		    NULL, NULL, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *a = arena_new();
		const struct error *e = arena_error(a);
		is_int(reply(a, rows[i].status, rows[i].type, rows[i].body), -1, rows[i].what);
		is_str(e->what, rows[i].what, "what happened");
		is_str(e->code, rows[i].code, "the code");
		is_int(e->http, rows[i].status, "the status");
		ok(rows[i].remedy ? e->remedy && strstr(e->remedy, rows[i].remedy) : !e->remedy,
		    "the remedy");
		is_int(e->transient, rows[i].transient, "whether to try again");
		arena_drop(a);
	}
}

static void headers(void)
{
	static const struct {
		const char *name, *value, *remedy;
		int status;
		long long retry_after;
	} rows[] = {
		{ "Retry-After", "120", "limit", 429, 120 },
		{ "Retry-After", "Sun, 01 Nov 2026 00:05:00 GMT", "limit", 429, 300 },
		{ "Retry-After", "86400000", "limit", 429, 7 * 86400 },
		{ "Retry-After", "-1", "limit", 429, 0 },
		{ "Retry-After", "0", "limit", 429, 1 },
		{ "Link", "<https://x.test/help>;rel=\"help\"", "see https://x.test/help", 429, 0 },
		{ "Link", "<https://x.test/tos>;rel=\"terms-of-service\"", "https://x.test/tos",
		    403, 0 },
	};

	clock_fake = 1793491200; /* 2026-11-01 */
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *a = arena_new();
		char body[] = "{\"type\":\"" ACME "rateLimited\",\"detail\":\"too many\"}";
		struct response res = { .status = rows[i].status,
			.body = body,
			.body_len = sizeof body - 1 };
		header_add(a, &res.headers, rows[i].name, rows[i].value);
		problem_reply(a, &res);
		is_int(arena_error(a)->retry_after, rows[i].retry_after, rows[i].value);
		ok(strstr(arena_error(a)->remedy, rows[i].remedy), rows[i].remedy);
		arena_drop(a);
	}
}

static void parts(void)
{
	struct arena *a = arena_new();
	const struct error *e = arena_error(a);
	reply(a, 403, "application/problem+json",
	    "{\"type\":\"" ACME "compound\",\"detail\":\"some names are refused\",\"subproblems\":["
	    "{\"type\":\"" ACME "caa\",\"detail\":\"CAA says no\",\"identifier\":{\"type\":\"dns\","
	    "\"value\":\"a.test\"}},"
	    "{\"type\":\"" ACME
	    "rejectedIdentifier\",\"identifier\":{\"value\":\"b\\u0001.test\"}},"
	    "{\"detail\":\"odd\"}, 7]}");
	is_str(e->what, "403 some names are refused");
	is_str(e->code, "compound");
	is_str(e->names,
	    "a.test: CAA says no (caa)\n"
	    "b?.test: the CA does not issue for this name (rejectedIdentifier)\n"
	    "the request: odd\nthe request: no explanation given");
	ok(e->input && strstr(e->remedy, "CAA"), "a compound is judged by its first part");
	arena_drop(a);

	a = arena_new();
	e = arena_error(a);
	reply(a, 403, NULL,
	    "{\"type\":\"" ACME "userActionRequired\",\"detail\":\"new terms\","
	    "\"instance\":\"https://x.test/agree\"}");
	is_str(e->remedy, "visit https://x.test/agree, then try again");
	is_str(error_text(a),
	    "403 new terms (userActionRequired); visit https://x.test/agree, then try again");
	arena_drop(a);

	a = arena_new();
	fail(a, "first");
	reply(a, 500, NULL, "");
	is_str(arena_error(a)->what, "first", "the first failure stays");
	ok(!arena_error(a)->http && !arena_error(a)->transient);
	arena_drop(a);
}

static void table(void)
{
	ok(problem_is(ACME "badNonce", "badNonce") && !problem_is(ACME "badNonce", "bad"));
	ok(!problem_is(NULL, "badNonce") && !problem_type(NULL) && !problem_type("badNonce2"));
	is_str(problem_type(ACME "dns")->name, "dns");
	ok(problem_type(ACME "rateLimited")->transient && !problem_type(ACME "rateLimited")->input);
	ok(problem_type(ACME "badCSR")->input && !problem_type(ACME "badCSR")->transient);
}

int main(void)
{
	replies();
	headers();
	parts();
	table();
	return done();
}
