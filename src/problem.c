/* Problem documents (RFC 9457; the types of RFC 8555 6.7, RFC 9773 and the profiles draft): what
 * they mean, told from the CA's own words and a table. */
#include "problem.h"

#include <stddef.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "error.h"
#include "text.h"

enum {
	DETAIL_MAX = 600,            /* bytes that are shown of a CA's sentence */
	NAMES_MAX = 32 * 1024,       /* of all that is told for single names */
	PAGE_MAX = 4096,             /* of a page that is no problem document */
	RETRY_MAX = 7 * 24 * 60 * 60 /* no CA has a limit that lasts longer */
};

/* Who has to act: the user by other input, nobody but time, or whoever it concerns. */
#define INPUT true, false
#define LATER false, true
#define OTHER false, false

static const struct problem_type types[] = {
	{ "accountDoesNotExist", INPUT,
	    "the CA knows no account with this key: --register-account" },
	{ "agreementRequired", OTHER, "the CA wants its terms of service agreed to" },
	{ "alreadyReplaced", OTHER, "an earlier order has replaced this certificate already" },
	{ "alreadyRevoked", OTHER, "the certificate is revoked already" },
	{ "badCSR", INPUT, "the CA does not take the request's key length, names or extensions" },
	{ "badNonce", LATER, "the CA refused every nonce that it gave; try again later" },
	{ "badPublicKey", INPUT, "the CA does not take this key; make another, of a usual length" },
	{ "badRevocationReason", INPUT, "the usual reasons are 0, 1, 3, 4 and 5" },
	{ "badSignatureAlgorithm", INPUT, "make an account key that is ec-256 or 2048" },
	{ "caa", INPUT, "a CAA record forbids this CA to issue; change the record or the CA" },
	{ "compound", OTHER, "several things are wrong at once" },
	{ "connection", OTHER,
	    "see that the name leads to this machine, over IPv6 too when it has an "
	    "AAAA record, and that no firewall closes the port" },
	{ "dns", OTHER,
	    "see that the name's A, AAAA or TXT records can be resolved from outside, and "
	    "that its DNSSEC is in order" },
	{ "externalAccountRequired", INPUT, "give --eab-kid and --eab-hmac-key" },
	{ "incorrectResponse", OTHER,
	    "see whether another server, a redirect or an old record answers "
	    "for the name" },
	{ "invalidContact", INPUT, "the CA does not take this e-mail address; see -m" },
	{ "invalidProfile", INPUT, "the CA does not have this profile; see --cert-profile" },
	{ "malformed", OTHER, "the CA could not make sense of the request" },
	{ "orderNotReady", OTHER, "the CA has not finished the validation of all names" },
	{ "rateLimited", LATER, "a limit of the CA is reached; wait before the next try" },
	{ "rejectedIdentifier", INPUT, "the CA does not issue for this name" },
	{ "serverInternal", LATER, "the CA has trouble of its own; try again later" },
	{ "tls", OTHER, "see what listens on port 443 of the name's addresses" },
	{ "unauthorized", OTHER,
	    "the account may not do this, or another server or an old record answers for the name" },
	{ "unsupportedContact", INPUT, "the CA takes e-mail addresses only; see -m" },
	{ "unsupportedIdentifier", INPUT, "the CA does not issue for this kind of name" },
	{ "userActionRequired", OTHER, "the CA wants you to visit a page of its own first" },
};

/* What follows the namespace; the whole type when it has another one. */
static const char *short_name(const char *urn)
{
	static const char *const spaces[] = { "urn:ietf:params:acme:error:", "urn:acme:error:" };

	for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
		if (text_starts(urn, spaces[i]))
			return urn + strlen(spaces[i]);
	return urn;
}

const struct problem_type *problem_type(const char *urn)
{
	for (size_t i = 0; urn && i < sizeof types / sizeof *types; i++)
		if (text_is(short_name(urn), types[i].name))
			return &types[i];
	return NULL;
}

bool problem_is(const char *urn, const char *name)
{
	return urn && text_is(short_name(urn), name);
}

/* The short type, safe to print; NULL when there is none. */
static const char *code_of(struct arena *a, const cJSON *problem)
{
	const char *type = json_str(problem, "type");

	if (text_empty(type) || text_is(type, "about:blank"))
		return NULL;
	return text_safe(a, short_name(type), 80);
}

/* The CA's sentence, safe to print; else what the table says. Never NULL. */
static const char *detail_of(struct arena *a, const cJSON *problem)
{
	const struct problem_type *row = problem_type(json_str(problem, "type"));
	const char *detail = json_str(problem, "detail");

	if (text_empty(detail))
		detail = json_str(problem, "title");
	if (!text_empty(detail))
		return text_trim(a, text_safe(a, detail, DETAIL_MAX));
	return row ? row->text : "no explanation given";
}

/* One line "name: detail (code)". */
static void add_line(struct buf *lines, const char *name, const cJSON *problem)
{
	struct arena *a = lines->mem;
	const char *code = code_of(a, problem);

	buf_fmt(lines, "%s%s: %s", lines->len ? "\n" : "", text_safe(a, name, 255),
	    detail_of(a, problem));
	if (code)
		buf_fmt(lines, " (%s)", code);
}

void problem_lines(struct buf *lines, const char *name, const cJSON *problem)
{
	const cJSON *sub = json_get(problem, "subproblems/0");

	if (json_count(problem, "subproblems") == 0)
		add_line(lines, name, problem);
	else
		for (; sub; sub = sub->next) {
			const char *who = json_str(sub, "identifier/value");
			add_line(lines, who ? who : name, sub);
		}
}

/* What the table knows of the problem. A compound says nothing itself: its first part does. */
static const struct problem_type *row_of(const cJSON *problem)
{
	const struct problem_type *row = problem_type(json_str(problem, "type"));

	if (!row || text_is(row->name, "compound")) {
		const struct problem_type *part =
		    problem_type(json_str(problem, "subproblems/0/type"));
		return part ? part : row;
	}
	return row;
}

int problem_fail(struct arena *a, const cJSON *problem, int status)
{
	const struct problem_type *row = row_of(problem);
	const char *instance = json_str(problem, "instance");
	struct error *e = arena_error(a);

	if (failed(a))
		return -1;
	if (status == 0)
		status = (int)json_int(problem, "status", 0);
	if (status >= 100 && status <= 599)
		fail(a, "%d %s", status, detail_of(a, problem));
	else
		fail(a, "%s", detail_of(a, problem));
	e->http = status;
	e->code = code_of(a, problem);
	if (json_count(problem, "subproblems") > 0) {
		struct buf lines = buf_new(a, NAMES_MAX);
		problem_lines(&lines, "the request", problem);
		e->names = buf_text(&lines);
	}
	if (row) {
		e->remedy = row->text;
		e->input = row->input;
		e->transient = row->transient;
	}
	if (problem_is(json_str(problem, "type"), "userActionRequired") && !text_empty(instance))
		e->remedy = fmt(a, "visit %s, then try again", text_safe(a, instance, 300));
	if (status >= 500 || status == 429)
		e->transient = true;
	return -1;
}

/* What a reply that is no problem document says: a page's title, or its first line; "" when
 * nothing of use. CDNs and load balancers answer so. */
static const char *plain_words(struct arena *a, const struct response *res)
{
	const char *body = arena_strn(a, res->body ? res->body : "", PAGE_MAX);
	const char *lower = text_lower(a, body);
	const char *title = strstr(lower, "<title>");
	size_t n;

	if (title) {
		body += title - lower + (ptrdiff_t)strlen("<title>");
		n = strcspn(body, "<\r\n");
	} else {
		body += strspn(body, " \t\r\n");
		n = *body == '<' || *body == '{' ? 0 : strcspn(body, "\r\n");
	}
	return text_trim(a, text_safe(a, arena_strn(a, body, n), 160));
}

/* A page of the CA that belongs to the error: its terms, or its help. */
static void add_link(struct arena *a, const struct response *res)
{
	struct error *e = arena_error(a);
	const char *terms = header_link(a, &res->headers, "terms-of-service", 0);
	const char *help = header_link(a, &res->headers, "help", 0);

	/* The type for terms that were not agreed to has changed over the years, the Link has not. */
	if (terms && res->status == 403 && !text_starts(e->remedy ? e->remedy : "", "visit "))
		e->remedy = fmt(a, "the CA's terms of service must be agreed to: %s",
		    text_safe(a, terms, 300));
	else if (help && e->remedy)
		e->remedy = fmt(a, "%s; see %s", e->remedy, text_safe(a, help, 300));
}

int problem_reply(struct arena *a, const struct response *res)
{
	struct error *e = arena_error(a);
	const char *after = header_get(&res->headers, "Retry-After");
	const char *to = header_get(&res->headers, "Location");
	const cJSON *problem = NULL;

	if (failed(a))
		return -1;
	/* By content, not by Content-Type: some CAs send problems as application/json. */
	if (res->body && res->body[strspn(res->body, " \t\r\n")] == '{')
		problem = json_parse(a, res->body, res->body_len);
	error_clear(a);
	if (json_str(problem, "type") || json_str(problem, "detail")) {
		problem_fail(a, problem, res->status);
		add_link(a, res);
	} else if (res->status / 100 == 3) {
		fail(a, "%d an unexpected redirect to %s", res->status,
		    to ? text_safe(a, to, 200) : "an address that was not given");
	} else {
		const char *words = plain_words(a, res);
		const char *status = fmt(a, "%d ", res->status);
		fail(a, "%s%s", text_starts(words, status) ? "" : status,
		    *words ? words : "without an explanation");
		e->transient = res->status >= 500 || res->status == 429;
	}
	e->http = res->status;
	if (after)
		e->retry_after = clock_retry_after(after, 0, 1, RETRY_MAX);
	return -1;
}
