/* Directory, nonces and signed requests against a scripted CA. */
#include <stdio.h>

#include "clock.h"
#include "fakeca.h"
#include "tap.h"

#define BAD_NONCE \
	{ \
		"POST /x", 400, NULL, "{" TYPE("badNonce") ",\"detail\":\"bad\"}" \
	}

static const struct post ask = { .url = CA "/x", .payload = "{\"a\":1}" };

static void directories(void)
{
	static const struct {
		const char *name, *body, *told;
	} rows[] = {
		{ "good", "{" DIRECTORY_URLS "}", NULL },
		{ "unknown and odd members",
		    "{" DIRECTORY_URLS ",\"x\":7,\"meta\":[],\"newAuthz\":5}", NULL },
		{ "relative",
		    "{\"newNonce\":\"/nonce\",\"newAccount\":\"new-account\",\"newOrder\":\"n?a=1\"}",
		    NULL },
		{ "empty reply", "", "(200, no Content-Type, 0 bytes) is not a JSON object" },
		{ "a page", "<html>", "not a JSON object" },
		{ "a list", "[]", "not a JSON object" },
		{ "no members", "{}", "it has no newAccount" },
		{ "no nonce", "{\"newAccount\":\"" CA "/a\",\"newOrder\":\"" CA "/o\"}",
		    "it has no newNonce" },
		{ "null", "{\"newAccount\":null,\"newNonce\":{}}", "it has no newAccount" },
		{ "http in https", "{\"newAccount\":\"http://ca.test/a\"}",
		    "gave an address without it" },
		{ "other scheme", "{\"newAccount\":\"gopher://ca.test/a\"}", "gopher" },
		{ "control characters", "{\"newAccount\":\"https://ca.test/\\u001b[2J\"}",
		    "control character" },
		{ "empty URL", "{" DIRECTORY_URLS ",\"newOrder\":\"\",\"keyChange\":\"\"}", NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		fake.directory = rows[i].body;
		struct arena *a = fake_open(NULL);
		const char *text = error_text(a);
		ok(rows[i].told ? strstr(text, rows[i].told) != NULL : !failed(a), rows[i].name);
		if (rows[i].told && !strstr(text, rows[i].told))
			printf("# %s\n", text);
		ok(!rows[i].told || strstr(text, CA "/directory: reading the directory: ") == text,
		    "where and what is told");
		arena_drop(a);
	}
	fake.directory = rows[2].body;
	struct arena *a = fake_open(NULL);
	is_str(fake.wire.dir.new_order, CA "/n?a=1", "a relative address is resolved");
	ok(!fake.wire.dir.key_change && !fake.wire.dir.renewal_info);
	arena_drop(a);

	fake.directory =
	    "{" DIRECTORY_URLS ",\"meta\":{\"termsOfService\":\"" CA "/terms\","
	    "\"externalAccountRequired\":true,\"caaIdentities\":[\"ca.test\",7,\"b.test\"],"
	    "\"profiles\":{\"classic\":\"x\",\"short\":\"y\"}}}";
	a = fake_open(NULL);
	const struct directory *d = &fake.wire.dir;
	is_str(d->terms, CA "/terms");
	ok(d->eab_required && d->caa_identities.n == 2 && strs_has(d->caa_identities, "b.test"));
	ok(d->profiles && json_str(d->profiles, "short"));
	fake.directory = NULL;
	arena_drop(a);
}

static void directory_trouble(void)
{
	static const struct step back[] = { { "GET /directory", 0, NULL, NULL },
		{ "GET /directory", 503, "Retry-After: 1\n", NULL }, { 0 } };
	static const struct step dead[] = { { "GET /directory", 0, NULL, NULL },
		{ "GET /directory", 0, NULL, NULL }, { "GET /directory", 0, NULL, NULL }, { 0 } };
	static const struct step gone[] = {
		{ "GET /directory", 404, NULL, "<title>Not here</title>" }, { 0 }
	};
	static const struct step busy[] = { { "GET /directory", 503, "Retry-After: 61\n", NULL },
		{ 0 } };

	struct arena *a = fake_open(back);
	ok(!failed(a) && fake_played(), "a failed connection and a busy CA are tried again");
	arena_drop(a);
	a = fake_open(dead);
	is_str(error_text(a), CA "/directory: reading the directory: the connection failed");
	ok(fake_played(), "three tries");
	arena_drop(a);
	a = fake_open(gone);
	is_str(error_text(a),
	    CA "/directory: reading the directory: 404 Not here; see whether --server "
	       "has the right address");
	arena_drop(a);
	a = fake_open(busy);
	ok(arena_error(a)->retry_after == 61 && arena_error(a)->transient && fake_played(),
	    "a long pause is the caller's business");
	arena_drop(a);
}

static void signing(void)
{
	static const struct step script[] = { { "POST /x", 200, NULL, "{\"b\":2}" },
		{ "POST /x", 200, NULL, "{\"b\":3}" }, { "POST /x", 201, NULL, "" }, { 0 } };
	struct arena *a = fake_open(script);
	struct response res;

	const cJSON *j = wire_post_json(&fake.wire, a, &ask, &res);
	is_int(json_int(j, "b", 0), 2);
	is_str(fake.payload, "{\"a\":1}");
	is_str(json_str(fake.head, "url"), CA "/x");
	is_str(json_str(fake.head, "kid"), CA "/account/1");
	is_str(json_str(fake.head, "alg"), "ES256");
	is_str(json_str(fake.head, "nonce"), "n2", "the fetched nonce");
	ok(!json_get(fake.head, "jwk"));
	j = wire_get(&fake.wire, a, CA "/x", NULL);
	is_int(json_int(j, "b", 0), 3);
	is_str(fake.payload, "", "POST-as-GET has no payload");
	is_str(json_str(fake.head, "nonce"), "n3", "the nonce of the reply before");
	struct post jwk = ask;
	jwk.by_jwk = true;
	is_int(wire_post(&fake.wire, a, &jwk, &res), 0);
	ok(json_get(fake.head, "jwk/x") && !json_get(fake.head, "kid"));
	ok(fake_played() && fake.fetched == 1 && fake.requests == 5, "no request too many");
	fake.wire.kid = NULL;
	is_int(wire_post(&fake.wire, a, &ask, &res), -1, "nothing is signed without an account");
	arena_drop(a);
}

static void nonces(void)
{
	static const struct step twice[] = { BAD_NONCE, BAD_NONCE, { "POST /x", 200, NULL, "{}" },
		{ 0 } };
	static const struct step endless[] = { BAD_NONCE, { 0 } };
	static const struct step odd[] = { { "HEAD /nonce", 200, "Replay-Nonce: a b\n", NULL },
		{ "GET /nonce", 204, "replay-nonce: good-_9\n", NULL },
		{ "POST /x", 200, "Replay-Nonce: a+b/c=\n", "{}" },
		{ "HEAD /nonce", 200, "Replay-Nonce: next\n", NULL },
		{ "POST /x", 200, NULL, "{}" }, { 0 } };
	static const struct step refused[] = { { "HEAD /nonce", 405, NULL, NULL },
		{ "GET /nonce", 500, NULL, "{" TYPE("serverInternal") ",\"detail\":\"down\"}" },
		{ 0 } };
	struct response res;

	struct arena *a = fake_open(twice);
	is_int(wire_post(&fake.wire, a, &ask, &res), 0, "refused nonces are replaced");
	ok(fake_played() && fake.fetched == 1 && !failed(a),
	    "by those that came with the refusals");
	arena_drop(a);

	a = fake_open(endless);
	fake.forever = true;
	is_int(wire_post(&fake.wire, a, &ask, &res), -1, "but not for ever");
	is_int(fake.requests, 2 + 10);
	is_str(arena_error(a)->code, "badNonce");
	ok(arena_error(a)->transient);
	fake.forever = false;
	arena_drop(a);

	a = fake_open(NULL);
	fake.no_nonce = true;
	is_int(wire_post(&fake.wire, a, &ask, &res), -1);
	is_str(arena_error(a)->what, "the CA gave no usable nonce");
	is_int(fake.fetched, 2, "HEAD and GET were tried");
	fake.no_nonce = false;
	arena_drop(a);

	a = fake_open(odd);
	is_int(wire_post(&fake.wire, a, &ask, &res), 0);
	is_str(json_str(fake.head, "nonce"), "good-_9",
	    "a nonce that is not base64url is no nonce");
	is_int(wire_post(&fake.wire, a, &ask, &res), 0);
	is_str(json_str(fake.head, "nonce"), "next", "also in a reply");
	ok(fake_played());
	arena_drop(a);

	a = fake_open(refused);
	is_int(wire_post(&fake.wire, a, &ask, &res), -1);
	is_str(arena_error(a)->what, "500 down");
	arena_drop(a);
}

static void retries(void)
{
	static const struct {
		const char *name;
		bool get;
		struct step script[4];
		int result;
		long long retry_after;
	} rows[] = {
		{ "429 with seconds", false,
		    { { "POST /x", 429, "Retry-After: 1\n", NULL },
		        { "POST /x", 200, NULL, "{}" } },
		    0, 0 },
		{ "503 with a date that is over", false,
		    { { "POST /x", 503, "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\n", NULL },
		        { "POST /x", 200, NULL, "{}" } },
		    0, 0 },
		{ "429 twice", false,
		    { { "POST /x", 429, "Retry-After: 1\n", NULL },
		        { "POST /x", 429, "Retry-After: 7\n", NULL } },
		    -1, 7 },
		{ "429 for days", false, { { "POST /x", 429, "Retry-After: 86400\n", NULL } }, -1,
		    86400 },
		{ "429 without a word", false, { { "POST /x", 429, NULL, NULL } }, -1, 0 },
		{ "500 with Retry-After", false, { { "POST /x", 500, "Retry-After: 1\n", NULL } },
		    -1, 1 },
		{ "a POST whose reply is lost", false, { { "POST /x", 0, NULL, NULL } }, -1, 0 },
		{ "a POST-as-GET whose reply is lost", true,
		    { { "POST /x", 0, NULL, NULL }, { "POST /x", 200, NULL, "{}" } }, 0, 0 },
		{ "busy, then a bad nonce", false,
		    { { "POST /x", 503, "Retry-After: 1\n", NULL }, BAD_NONCE,
		        { "POST /x", 200, NULL, "{}" } },
		    0, 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *a = fake_open(rows[i].script);
		struct post post = ask;
		struct response res;
		if (rows[i].get)
			post.payload = NULL;
		is_int(wire_post(&fake.wire, a, &post, &res), rows[i].result, rows[i].name);
		is_int(arena_error(a)->retry_after, rows[i].retry_after, "the wait that is told");
		ok(fake_played() && failed(a) == (rows[i].result != 0), "just these requests");
		arena_drop(a);
	}
}

static void odd_replies(void)
{
	static const struct step script[] = {
		{ "POST /x", 200, "Content-Type: text/plain\n", "{\"b\":1}" },
		{ "POST /x", 200, "Content-Type: text/html\n", "<html>" },
		{ "POST /x", 200, NULL, "" }, { "POST /x", 200, NULL, "[1]" },
		{ "POST /x", 307, "Location: https://else.test/\n", NULL },
		{ "POST /x", 403, "Content-Type: text/html\n", "<title>\033blocked</title>" }, { 0 }
	};
	static const char *const told[] = { NULL,
		"the reply (200, text/html, 6 bytes) is not a JSON object",
		"the reply (200, no Content-Type, 0 bytes) is not a JSON object",
		"the reply (200, no Content-Type, 3 bytes) is not a JSON object",
		"307 an unexpected redirect to https://else.test/", "403 ?blocked" };
	struct arena *a = fake_open(script);

	for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
		ok(!wire_get(&fake.wire, a, CA "/x", NULL) == (told[i] != NULL));
		is_str(arena_error(a)->what, told[i]);
		error_clear(a);
	}
	ok(fake_played());
	arena_drop(a);
}

static void addresses(void)
{
	static const struct {
		const char *ref, *url;
	} rows[] = {
		{ CA "/a/b?c", CA "/a/b?c" },
		{ "/a", CA "/a" },
		{ "b", CA "/d/b" },
		{ "../b", CA "/b" },
		{ "http/c", CA "/d/http/c" },
		{ "//other.test/x", "https://other.test/x" },
		{ "HTTPS://CA.test/X", "HTTPS://CA.test/X" },
		{ CA "/a#f", CA "/a" },
		{ "http://ca.test/a", NULL },
		{ "https://", NULL },
		{ "https://ca.test/a b", NULL },
		{ "mailto:x", NULL },
	};
	struct arena *a = fake_open(NULL);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		is_str(wire_url(&fake.wire, a, CA "/d/e", rows[i].ref), rows[i].url, rows[i].ref);
		ok(failed(a) == !rows[i].url);
		error_clear(a);
	}
	fake.wire.dir.url = "http://ca.test/directory";
	is_str(wire_url(&fake.wire, a, CA "/d/e", "http://ca.test/a"), "http://ca.test/a",
	    "http is for directories that are http themselves");
	arena_drop(a);
}

int main(void)
{
	fake_start();
	directories();
	directory_trouble();
	signing();
	nonces();
	retries();
	odd_replies();
	addresses();
	fake_stop();
	return done();
}
