/* Orders, authorizations, polling, certificates and revocation against a scripted CA. */
#include <stdio.h>

#include "clock.h"
#include "fakeca.h"
#include "order.h"
#include "tap.h"

/* Two self-signed certificates: all that a choice between chains looks at. */
static const char root_a[] = "-----BEGIN CERTIFICATE-----\n"
                             "MIIBejCCAR+gAwIBAgIUIm8q8vT3Lf0Zb1zWDD7d2M+qhFEwCgYIKoZIzj0EAwIw\n"
                             "ETEPMA0GA1UEAwwGUm9vdCBBMCAXDTI2MTEyMTIyMjEwNVoYDzIxMjYxMDI4MjIy\n"
                             "MTA1WjARMQ8wDQYDVQQDDAZSb290IEEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\n"
                             "AATEG3jVMdhn/0Otm9ipPEPRxYkNoW5cNyqfVohTOmGZUz6N0inSBdjqCr6KPNUg\n"
                             "lZDxCm35wA3RBKkdrOqyV5UEo1MwUTAdBgNVHQ4EFgQU+sSt++XFotSWEytAmCP8\n"
                             "tncUT7owHwYDVR0jBBgwFoAU+sSt++XFotSWEytAmCP8tncUT7owDwYDVR0TAQH/\n"
                             "BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAr9nmnnT8arWHZCa/caquELFNOlki\n"
                             "wIl8i0qEX1XN/bQCIQCvCpCBaLljqsQeHFdx7NdFYxXH+7Bv7kPhBDlXanDkbA==\n"
                             "-----END CERTIFICATE-----\n";
static const char root_b[] = "-----BEGIN CERTIFICATE-----\n"
                             "MIIBeTCCAR+gAwIBAgIUBKYbjg+1GZySk/bexcY8ulgqwJ8wCgYIKoZIzj0EAwIw\n"
                             "ETEPMA0GA1UEAwwGUm9vdCBCMCAXDTI2MTEyMTIyMjEwNVoYDzIxMjYxMDI4MjIy\n"
                             "MTA1WjARMQ8wDQYDVQQDDAZSb290IEIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\n"
                             "AASAh5pDke+Hs9VPJcwDpjMmCoBgdRFoPAbg/t2PIJqXIiLxjyt3Izuqv7ghoNBR\n"
                             "2YES2q+TD6r7sOxWoFzNtVTmo1MwUTAdBgNVHQ4EFgQUiFajjnRF4no9wfgidYXk\n"
                             "lbx9iRcwHwYDVR0jBBgwFoAUiFajjnRF4no9wfgidYXklbx9iRcwDwYDVR0TAQH/\n"
                             "BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiAniiKyrYrGYPBMqmBQE1U74LuxWNsa\n"
                             "jdwRwa5dFBmyJwIhAL9yqKMgRAQw5fGBFSUTZQMQJU3Q9KSwVPOgxVc6FUiQ\n"
                             "-----END CERTIFICATE-----\n";

#define NEW "POST /new-order"
#define ORDER "POST /order/1"
#define AT "Location: " CA "/order/1\n"
#define BODY(status) \
	"{\"status\":\"" status "\",\"authorizations\":[\"" CA "/authz/1\",\"" CA "/authz/2\"]," \
	"\"finalize\":\"" CA "/finalize/1\",\"expires\":\"2026-12-01T00:00:00Z\"}"

static struct strs names(struct arena *a, const char *list)
{
	return text_split(a, list, ",");
}

static void new_orders(void)
{
	static const struct {
		const char *name;
		struct step reply;
		const char *told; /* NULL: success */
	} rows[] = {
		{ "pending", { NEW, 201, AT, BODY("pending") }, NULL },
		{ "ready already, the same URL once more", { NEW, 200, AT, BODY("ready") }, NULL },
		{ "relative Location", { NEW, 201, "Location: /order/1\n", BODY("pending") },
		    NULL },
		{ "no Location", { NEW, 201, NULL, BODY("pending") }, "no Location" },
		{ "http Location", { NEW, 201, "Location: http://ca.test/o\n", BODY("pending") },
		    "without it" },
		{ "unknown status", { NEW, 201, AT, BODY("dreaming\\u0007") },
		    "unknown status dreaming?" },
		{ "no status", { NEW, 201, AT, "{}" }, "the order has no status" },
		{ "nothing in it", { NEW, 201, AT, "{\"status\":\"pending\"}" },
		    "finalize address" },
		{ "no authorizations",
		    { NEW, 201, AT, "{\"status\":\"pending\",\"finalize\":\"" CA "/f\"}" },
		    "lacks its authorizations" },
		{ "odd authorizations",
		    { NEW, 201, AT, "{\"status\":\"pending\",\"authorizations\":[7]}" }, "no URL" },
		{ "http authorization",
		    { NEW, 201, AT,
		        "{\"status\":\"pending\",\"authorizations\":[\"http://ca.test/a\"]}" },
		    "without it" },
		{ "refused",
		    { NEW, 403, NULL,
		        "{" TYPE("rejectedIdentifier") ",\"detail\":\"no\",\"subproblems\":[{" TYPE(
		            "rejectedIdentifier") ",\"detail\":\"blocked\",\"identifier\":{\"type\":\"dns\",\"value\":"
		                                  "\"b.test\"}}]}" },
		    "403 no (rejectedIdentifier)" },
		{ "a page", { NEW, 502, "Content-Type: text/html\n", "<h1>x" }, "502 without" },
		{ "no connection", { NEW, 0, NULL, NULL }, "the connection failed" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct step script[2] = { rows[i].reply };
		struct arena *a = fake_open(script);
		struct order o;
		const struct order_ask ask = { .names = names(a,
			                           "A.test,b.test,a.TEST,192.0.2.1,2001:db8::1") };
		is_int(order_new(&fake.wire, a, &ask, &o), rows[i].told ? -1 : 0, rows[i].name);
		is_str(fake.payload,
		    "{\"identifiers\":[{\"type\":\"dns\",\"value\":\"a.test\"},{\"type\":\"dns\","
		    "\"value\":\"b.test\"},{\"type\":\"ip\",\"value\":\"192.0.2.1\"},"
		    "{\"type\":\"ip\",\"value\":\"2001:db8::1\"}]}");
		if (!rows[i].told) {
			ok(text_is(o.url, CA "/order/1") && o.authz_urls.n == 2 &&
			    !o.replaces_refused);
			is_str(o.finalize, CA "/finalize/1");
		} else {
			ok(strstr(error_text(a), rows[i].told), rows[i].told);
		}
		if (strcmp(rows[i].name, "refused") == 0)
			is_str(arena_error(a)->names, "b.test: blocked (rejectedIdentifier)");
		ok(fake_played());
		arena_drop(a);
	}
}

/* CAs refuse "replaces" in many ways; the order is then asked for without. */
static void replaces(void)
{
	static const struct {
		int status, second;
		const char *body;
	} rows[] = {
		{ 409, 201, "{" TYPE("alreadyReplaced") "}" },
		{ 500, 201, "{" TYPE("serverInternal") "}" },
		{ 400, 201, "{" TYPE("malformed") "}" },
		{ 401, 201, "" },
		{ 403, 201, "{" TYPE("unauthorized") "}" },
		{ 403, 403, "{" TYPE("unauthorized") "}" },
		{ 429, 0, "{" TYPE("rateLimited") "}" },
		{ 201, 0, BODY("pending") },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct step script[3] = { { NEW, rows[i].status, AT, rows[i].body } };
		if (rows[i].second)
			script[1] = (struct step){ NEW, rows[i].second, AT, BODY("pending") };
		struct arena *a = fake_open(script);
		struct order o;
		const struct order_ask ask = { .names = names(a, "a.test"), .replaces = "id.1" };
		int want = (rows[i].second ? rows[i].second : rows[i].status) == 201 ? 0 : -1;
		is_int(order_new(&fake.wire, a, &ask, &o), want, rows[i].body);
		ok(fake_played() &&
		    (strstr(fake.payload, "\"replaces\":\"id.1\"") != NULL) == !rows[i].second);
		ok(want || o.replaces_refused == (rows[i].second != 0));
		arena_drop(a);
	}
	static const struct step plain[] = { { NEW, 201, AT, BODY("pending") }, { 0 } };
	struct arena *a = fake_open(plain);
	struct order o;
	const struct order_ask ask = { .names = names(a, "a.test"), .replaces = "id.1" };
	fake.wire.dir.renewal_info = NULL;
	is_int(order_new(&fake.wire, a, &ask, &o), 0);
	ok(!strstr(fake.payload, "replaces"), "not for a CA that knows no renewalInfo");
	arena_drop(a);
}

static void profiles(void)
{
	static const struct step script[] = { { NEW, 201, AT, BODY("pending") }, { 0 } };
	struct order o;
	struct order_ask ask = { .profile = "short",
		.not_before = "2026-11-21T00:00:00Z",
		.not_after = "2026-11-22T00:00:00Z" };

	fake.directory =
	    "{" DIRECTORY_URLS ",\"meta\":{\"profiles\":{\"classic\":\"x\",\"short\":\"y\"}}}";
	struct arena *a = fake_open(script);
	ask.names = names(a, "a.test");
	is_str(directory_profiles(a, &fake.wire.dir), "classic, short");
	is_int(order_new(&fake.wire, a, &ask, &o), 0);
	is_str(fake.payload,
	    "{\"identifiers\":[{\"type\":\"dns\",\"value\":\"a.test\"}],\"profile\":\"short\","
	    "\"notBefore\":\"2026-11-21T00:00:00Z\",\"notAfter\":\"2026-11-22T00:00:00Z\"}");
	ask.profile = "shirt";
	is_int(order_new(&fake.wire, a, &ask, &o), -1);
	ok(strstr(error_text(a),
	    "no profile shirt (invalidProfile); --cert-profile can be classic, short"));
	arena_drop(a);
	fake.directory = NULL;
	a = fake_open(NULL);
	ask.names = names(a, "a.test");
	is_str(directory_profiles(a, &fake.wire.dir), "");
	is_int(order_new(&fake.wire, a, &ask, &o), -1);
	ok(strstr(error_text(a), "no profiles at all") && fake_played());
	arena_drop(a);
}

#define CHALLENGE(type, token) \
	"{\"type\":\"" type "\",\"url\":\"" CA "/c/" type "\",\"token\":\"" token "\"," \
	"\"status\":\"pending\"}"
#define AUTHZ(status, more) \
	"{\"status\":\"" status "\",\"identifier\":{\"type\":\"dns\",\"value\":\"a.test\"}" more "}"

static void authorizations(void)
{
	static const struct {
		const char *title, *body, *told, *name, *types;
	} rows[] = {
		{ "pending",
		    AUTHZ("pending",
		        ",\"challenges\":[" CHALLENGE("http-01", "abc-_9") "," CHALLENGE("dns-01",
		            "t") "]"),
		    NULL, "a.test", "http-01 dns-01 " },
		{ "valid", AUTHZ("valid", ""), NULL, "a.test", "" },
		{ "wildcard", AUTHZ("pending", ",\"wildcard\":true"), NULL, "*.a.test", "" },
		{ "IP address",
		    "{\"status\":\"pending\",\"identifier\":{\"type\":\"ip\",\"value\":\"2001:db8::1\"}}",
		    NULL, "2001:db8::1", "" },
		{ "unknown types",
		    AUTHZ("pending",
		        ",\"x\":1,\"challenges\":[" CHALLENGE("new-99",
		            "/../t") ",{},7,null,"
		                     "{\"type\":\"dns-persist-01\",\"url\":\"" CA
		                     "/p\",\"status\":\"odd\"}," CHALLENGE("dns-01", "t") "]"),
		    NULL, "a.test", "new-99 dns-persist-01 dns-01 " },
		{ "relative challenge",
		    AUTHZ("pending",
		        ",\"challenges\":[{\"type\":\"dns-01\",\"url\":\"/c\",\"token\":\"t\"}]"),
		    NULL, "a.test", "dns-01 " },
		{ "a token that is a path",
		    AUTHZ("pending", ",\"challenges\":[" CHALLENGE("http-01", "../../etc/x") "]"),
		    "http-01 challenge with a token that is none: ../../etc/x", NULL, NULL },
		{ "a token for a shell",
		    AUTHZ("pending", ",\"challenges\":[" CHALLENGE("dns-01", "$(id)\\u001b") "]"),
		    "none: $(id)?", NULL, NULL },
		{ "no token",
		    AUTHZ("pending",
		        ",\"challenges\":[{\"type\":\"tls-alpn-01\",\"url\":\"" CA "/c\"}]"),
		    "tls-alpn-01 challenge without token", NULL, NULL },
		{ "http challenge",
		    AUTHZ("pending",
		        ",\"challenges\":[{\"type\":\"dns-01\",\"url\":\"http://ca.test\"}]"),
		    "without it", NULL, NULL },
		{ "done with, its token gone",
		    AUTHZ("valid", ",\"challenges\":[{\"type\":\"dns-01\",\"url\":\"" CA "/c\"}]"),
		    NULL, "a.test", "dns-01 " },
		{ "unknown status", AUTHZ("odd", ""), "unknown status odd", NULL, NULL },
		{ "no status", "{\"identifier\":{\"type\":\"dns\",\"value\":\"a.test\"}}",
		    "no status", NULL, NULL },
		{ "no name", "{\"status\":\"valid\"}", "name is missing", NULL, NULL },
		{ "no such name",
		    "{\"status\":\"valid\",\"identifier\":{\"type\":\"dns\",\"value\":\"a/../b\\n\"}}",
		    "the authorization's name a/../b?", NULL, NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct step script[2] = { { "POST /authz/1", 200, NULL, rows[i].body } };
		struct arena *a = fake_open(script);
		struct authz z;
		is_int(authz_read(&fake.wire, a, CA "/authz/1", &z), rows[i].told ? -1 : 0,
		    rows[i].title);
		if (rows[i].told) {
			ok(strstr(error_text(a), rows[i].told), error_text(a));
		} else {
			const char *types = "";
			for (size_t k = 0; k < z.n_offers; k++)
				types = fmt(a, "%s%s ", types, z.offers[k].type);
			is_str(types, rows[i].types);
			is_str(z.name, rows[i].name);
			ok(z.is_ip == text_is_ip(z.name) &&
			    (!z.n_offers || z.offers[z.n_offers - 1].url));
			ok(!z.n_offers || !text_is(z.offers[0].type, "new-99") ||
			        !z.offers[0].token,
			    "an unknown type's odd token is not handed out");
		}
		arena_drop(a);
	}
}

static void small_requests(void)
{
	static const struct step script[] = { { "POST /c/1", 200, NULL,
		                                  "{\"status\":\"processing\",\"error\":{}}" },
		{ "POST /authz/1", 200, NULL, "{}" },
		{ "POST /c/1", 400, NULL, "{" TYPE("malformed") ",\"detail\":\"no\"}" }, { 0 } };
	struct arena *a = fake_open(script);

	is_int(challenge_answer(&fake.wire, a, CA "/c/1"), 0,
	    "an error while processing is not final");
	is_str(fake.payload, "{}");
	is_int(authz_deactivate(&fake.wire, a, CA "/authz/1"), 0);
	is_str(fake.payload, "{\"status\":\"deactivated\"}");
	is_int(challenge_answer(&fake.wire, a, CA "/c/1"), -1);
	is_str(error_text(a),
	    CA "/directory: answering a challenge: 400 no (malformed); "
	       "the CA could not make sense of the request");
	ok(fake_played());
	arena_drop(a);
}

/* --- polling --- */

static struct {
	int answers[4];
	long long asked[4];
	int n;
} bell;

static int ring(void *ctx, int64_t ms)
{
	(void)ctx;
	bell.asked[bell.n] = ms;
	return bell.answers[bell.n++];
}

#define POLL(status, headers) \
	{ \
		ORDER, 200, headers, "{\"status\":\"" status "\"}" \
	}
#define INVALID(more) \
	{ \
		ORDER, 200, NULL, "{\"status\":\"invalid\"" more "}" \
	}
#define LATER "Retry-After: 3\n"

static void polls(void)
{
	static const struct {
		const char *title, *from, *want;
		struct step script[8];
		bool belled;
		int answers[4];
		long long asked[4];
		int ms; /* until the deadline; 0: long */
		const char *told;
	} rows[] = {
		{ "there already", "ready", "ready", { { 0 } }, true, { 0 }, { 0 }, 0, NULL },
		{ "further than wanted", "valid", "ready", { { 0 } }, true, { 0 }, { 0 }, 0, NULL },
		{ "valid at once", "valid", "valid", { { 0 } }, true, { 0 }, { 0 }, 0, NULL },
		{ "served, then ready", "pending", "ready", { POLL("ready", NULL) }, true, { 1 },
		    { 250 }, 0, NULL },
		{ "nobody came, then ready", "pending", "ready",
		    { POLL("pending", LATER), POLL("ready", NULL) }, true, { 0, 0 }, { 250, 3000 },
		    0, NULL },
		{ "served early, ready a bit later", "pending", "ready",
		    { POLL("pending", LATER), POLL("ready", NULL) }, true, { 1, 0 }, { 250, 375 },
		    0, NULL },
		{ "served before Retry-After", "pending", "ready",
		    { POLL("pending", LATER), POLL("ready", NULL) }, true, { 0, 1 }, { 250, 3000 },
		    0, NULL },
		{ "Retry-After of days", "pending", "ready",
		    { POLL("pending", "Retry-After: 86400\n"), POLL("processing", NULL) }, true,
		    { 0, 0 }, { 250, 60000 }, 0, NULL },
		{ "Retry-After as a past date", "pending", "ready",
		    { POLL("pending", "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\n"),
		        POLL("ready", NULL) },
		    true, { 0, 0 }, { 250, 1000 }, 0, NULL },
		{ "Retry-After that is none", "pending", "ready",
		    { POLL("pending", "Retry-After: soon\n"), POLL("ready", NULL) }, true, { 0, 0 },
		    { 250, 375 }, 0, NULL },
		{ "without a bell", "pending", "ready",
		    { POLL("pending", LATER), POLL("ready", NULL) }, false, { 0 }, { 0 }, 0, NULL },
		{ "issued", "processing", "valid",
		    { POLL("processing", LATER), POLL("valid", NULL) }, true, { 0 }, { 0 }, 0,
		    NULL },
		{ "ready while it is issued", "ready", "valid", { POLL("valid", NULL) }, false,
		    { 0 }, { 0 }, 0, NULL },
		{ "third poll waits", "processing", "valid",
		    { POLL("processing", "Retry-After: 1\n"),
		        POLL("processing", "Retry-After: 1\n"), POLL("valid", NULL) },
		    true, { 0 }, { 0 }, 0, NULL },
		{ "told to end", "pending", "ready", { { 0 } }, true, { -1 }, { 250 }, 0,
		    "told to end" },
		{ "trouble on the way", "pending", "ready",
		    { { ORDER, 500, NULL, NULL }, { ORDER, 502, NULL, "<html>" },
		        POLL("ready", NULL) },
		    true, { 0, 0 }, { 250, 375 }, 0, NULL },
		{ "too much trouble", "pending", "ready",
		    { { ORDER, 500, NULL, NULL }, { ORDER, 500, NULL, NULL },
		        { ORDER, 500, NULL, NULL }, { ORDER, 500, NULL, NULL } },
		    true, { 0, 0 }, { 250, 375 }, 0, "500 without an explanation" },
		{ "refused", "pending", "ready",
		    { { ORDER, 404, NULL, "{" TYPE("malformed") ",\"detail\":\"gone\"}" } }, true,
		    { 0 }, { 250 }, 0, "404 gone" },
		{ "unknown status", "pending", "ready", { POLL("lost", NULL) }, true, { 0 },
		    { 250 }, 0, "unknown status lost" },
		{ "deadline", "processing", "valid",
		    { POLL("processing", NULL), POLL("processing", NULL),
		        POLL("processing", NULL) },
		    false, { 0 }, { 0 }, 200,
		    "waiting for the certificate: the order is still processing; the CA is slow" },
		{ "deadline over before it began", "processing", "valid",
		    { POLL("processing", NULL) }, false, { 0 }, { 0 }, -5, "still processing" },
		{ "issuance failed", "processing", "valid",
		    { INVALID(",\"error\":{" TYPE("caa") ",\"status\":403,"
		                                         "\"detail\":\"CAA\"}") },
		    false, { 0 }, { 0 }, 0, "waiting for the certificate: 403 CAA (caa)" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *a = fake_open(rows[i].script);
		struct order o = { .url = CA "/order/1", .status = rows[i].from };
		memset(&bell, 0, sizeof bell);
		memcpy(bell.answers, rows[i].answers, sizeof bell.answers);
		int64_t deadline = clock_ms() + (rows[i].ms ? rows[i].ms : 100000);
		is_int(order_poll(&fake.wire, a, &o, rows[i].want, deadline,
		           rows[i].belled ? ring : NULL, NULL),
		    rows[i].told ? -1 : 0, rows[i].title);
		ok(fake_played(), "just these requests");
		is_mem(bell.asked, sizeof bell.asked, rows[i].asked, sizeof bell.asked,
		    "just these waits");
		ok(!rows[i].told || strstr(error_text(a), rows[i].told), error_text(a));
		arena_drop(a);
	}
}

#define FAILED(name, type, what, more) \
	"{\"status\":\"invalid\",\"identifier\":{\"type\":\"dns\",\"value\":\"" name \
	"\"},\"challenges\":[{\"type\":\"dns-01\",\"url\":\"" CA \
	"/c\",\"token\":\"t\"},{\"type\":\"http-01\"," \
	"\"url\":\"" CA \
	"/d\",\"token\":\"t\",\"status\":\"invalid\",\"error\":{" TYPE(type) ",\"status\":400," \
	                                                                     "\"detail\":\"" what \
	                                                                     "\"" more "}}]}"
#define ONE "POST /authz/1"
#define TWO "POST /authz/2"

static void explanations(void)
{
	static const struct {
		const char *title, *status;
		struct step script[3];
		const char *what, *doing, *code, *names;
	} rows[] = {
		{ "one of two", "invalid",
		    { { ONE, 200, NULL, AUTHZ("valid", "") },
		        { TWO, 200, NULL, FAILED("b.test", "dns", "NXDOMAIN\\u001b[1m", "") } },
		    "400 NXDOMAIN?[1m", "validation of b.test", "dns",
		    "b.test: NXDOMAIN?[1m (dns)" },
		{ "both", "invalid",
		    { { ONE, 200, NULL, FAILED("a.test", "connection", "refused", "") },
		        { TWO, 200, NULL, FAILED("b.test", "dns", "NXDOMAIN", "") } },
		    "2 names failed, the first of them a.test: 400 refused", "validation",
		    "connection", "a.test: refused (connection)\nb.test: NXDOMAIN (dns)" },
		{ "in parts", "invalid",
		    { { ONE, 200, NULL,
		          FAILED("a.test", "compound", "several",
		              ",\"subproblems\":[{" TYPE("caa") ",\"detail\":\"no\"},{" TYPE(
		                  "dns") ",\"detail\":\"bad\",\"identifier\":"
		                         "{\"value\":\"c.test\"}}]") },
		        { TWO, 200, NULL, AUTHZ("valid", "") } },
		    "400 several", "validation of a.test", "compound",
		    "a.test: no (caa)\nc.test: bad (dns)" },
		{ "without words", "invalid",
		    { { ONE, 200, NULL, AUTHZ("invalid", "") },
		        { TWO, 200, NULL, AUTHZ("valid", "") } },
		    "the order has become invalid, and the CA does not say why", "validation", NULL,
		    "a.test: invalid" },
		{ "still waiting, with an error so far", "pending",
		    { { ONE, 200, NULL, AUTHZ("pending", "") },
		        { TWO, 200, NULL, FAILED("b.test", "connection", "timeout", "") } },
		    "400 timeout", "validation of b.test", "connection",
		    "a.test: pending\nb.test: timeout (connection)" },
		{ "one cannot be read", "invalid",
		    { { ONE, 404, NULL, NULL },
		        { TWO, 200, NULL, FAILED("b.test", "dns", "NXDOMAIN", "") } },
		    "400 NXDOMAIN", "validation of b.test", "dns", "b.test: NXDOMAIN (dns)" },
		{ "no connection", "invalid",
		    { { ONE, 401, NULL, NULL }, { TWO, 401, NULL, NULL } },
		    "the order has become invalid, and the CA does not say why", "validation", NULL,
		    NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *a = fake_open(rows[i].script);
		struct order o = { .url = CA "/order/1", .status = rows[i].status };
		strs_add(a, &o.authz_urls, CA "/authz/1");
		strs_add(a, &o.authz_urls, CA "/authz/2");
		is_int(order_explain(&fake.wire, a, &o), -1, rows[i].title);
		const struct error *e = arena_error(a);
		is_str(e->what, rows[i].what);
		is_str(e->doing, rows[i].doing);
		is_str(e->code, rows[i].code);
		is_str(e->names, rows[i].names);
		ok(fake_played());
		arena_drop(a);
	}
}

/* --- finalize, certificate, revocation --- */

static void finalizing(void)
{
#define FINALIZE "POST /finalize/1"
	static const struct {
		const char *title;
		struct step script[4];
		const char *status, *told;
	} rows[] = {
		{ "valid at once",
		    { { FINALIZE, 200, NULL,
		        "{\"status\":\"valid\",\"certificate\":\"" CA "/cert/1\"}" } },
		    "valid", NULL },
		{ "processing, relative",
		    { { FINALIZE, 200, "Retry-After: 3\n",
		        "{\"status\":\"processing\",\"certificate\":\"/cert/1\"}" } },
		    "processing", NULL },
		{ "invalid",
		    { { FINALIZE, 200, NULL,
		        "{\"status\":\"invalid\",\"error\":{" TYPE(
		            "badCSR") ",\"detail\":\"x\"}}" } },
		    "invalid", "finalizing the order: x (badCSR)" },
		{ "too early",
		    { { FINALIZE, 403, NULL, "{" TYPE("orderNotReady") ",\"detail\":\"wait\"}" } },
		    "ready", "403 wait (orderNotReady)" },
		{ "reply lost, but it was heard",
		    { { FINALIZE, 0, NULL, NULL },
		        { ORDER, 200, NULL, "{\"status\":\"processing\"}" } },
		    "processing", NULL },
		{ "reply lost and not heard",
		    { { FINALIZE, 0, NULL, NULL }, { ORDER, 200, NULL, "{\"status\":\"ready\"}" },
		        { FINALIZE, 200, NULL, "{\"status\":\"processing\"}" } },
		    "processing", NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *a = fake_open(rows[i].script);
		struct order o = { .url = CA "/order/1",
			.status = "ready",
			.finalize = CA "/finalize/1" };
		is_int(order_finalize(&fake.wire, a, &o, der_bytes("\xff\xfe", 2)),
		    rows[i].told ? -1 : 0, rows[i].title);
		is_str(o.status, rows[i].status);
		ok(fake_played() && (!o.certificate || text_is(o.certificate, CA "/cert/1")));
		ok(!rows[i].told || strstr(error_text(a), rows[i].told), error_text(a));
		ok(strstr(rows[i].script[1].what ? "{\"csr\":\"__4\"}" : fake.payload,
		    "{\"csr\":\"__4\"}"));
		arena_drop(a);
	}
}

static void certificates(void)
{
#define CERT "POST /cert/1"
#define LINKS \
	"Content-Type: application/pem-certificate-chain; charset=utf-8\n" \
	"Link: <" CA "/dir>;rel=\"index\"\nLink: <" CA "/cert/1/bad>;rel=\"alternate\", " \
	"<http://ca.test/cert>;rel=alternate\nLink: </cert/1/2>;rel=\"alternate\"\n"
	static const struct {
		const char *title, *preferred;
		struct step script[4];
		const char *issuer, *told;
	} rows[] = {
		{ "default", NULL, { { CERT, 200, LINKS, root_a } }, "Root A", NULL },
		{ "the default is the preferred one", "root a", { { CERT, 200, LINKS, root_a } },
		    "Root A", NULL },
		{ "the third of the alternates", "ROOT B",
		    { { CERT, 200, LINKS, root_a }, { "POST /cert/1/bad", 200, NULL, "nothing" },
		        { "POST /cert/1/2", 200, NULL, root_b } },
		    "Root B", NULL },
		{ "none of the alternates", "Root C",
		    { { CERT, 200, LINKS, root_a }, { "POST /cert/1/bad", 404, NULL, NULL },
		        { "POST /cert/1/2", 200, NULL, root_b } },
		    "Root A", NULL },
		{ "no alternates", "Root C", { { CERT, 200, NULL, root_a } }, "Root A", NULL },
		{ "a page", NULL, { { CERT, 200, "Content-Type: text/html\n", "<html>" } }, NULL,
		    "" },
		{ "empty", NULL, { { CERT, 200, NULL, "" } }, NULL, "empty certificate" },
		{ "cut", NULL, { { CERT, 200, LINKS, "-----BEGIN CERTIFICATE-----\nMIIB\n" } },
		    NULL, "" },
		{ "refused", NULL,
		    { { CERT, 403, NULL, "{" TYPE("unauthorized") ",\"detail\":\"no\"}" } }, NULL,
		    "403 no" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *a = fake_open(rows[i].script);
		const struct order o = { .url = CA "/order/1",
			.status = "valid",
			.certificate = CA "/cert/1" };
		struct chain chain;
		const char *pem;
		is_int(order_download(&fake.wire, a, &o, rows[i].preferred, &pem, &chain),
		    rows[i].told ? -1 : 0, rows[i].title);
		ok(fake_played());
		if (rows[i].told) {
			ok(strstr(error_text(a), rows[i].told) && failed(a), error_text(a));
		} else {
			is_str(chain_top_issuer(&chain), rows[i].issuer);
			is_str(pem, strstr(rows[i].issuer, "A") ? root_a : root_b,
			    "the chain as it was sent");
			ok(!failed(a));
		}
		arena_drop(a);
	}
	struct arena *a = fake_open(NULL);
	struct chain chain;
	const char *pem;
	is_int(order_download(&fake.wire, a, &(struct order){ .status = "valid" }, NULL, &pem,
	           &chain),
	    -1);
	ok(strstr(error_text(a), "did not tell the certificate's address"));
	arena_drop(a);
}

static void revocation(void)
{
#define REVOKE "POST /revoke"
	static const struct step script[] = { { REVOKE, 200, NULL, "" },
		{ REVOKE, 400, NULL, "{" TYPE("alreadyRevoked") ",\"detail\":\"again\"}" },
		{ REVOKE, 400, NULL, "{" TYPE("badRevocationReason") ",\"detail\":\"2\"}" },
		{ 0 } };
	struct arena *a = fake_open(script);
	const struct der cert = der_bytes("\xff\xfe", 2);
	int key = keeper_make(fake.keeper, a, "ec-384");
	bool already;

	ok(order_revoke(&fake.wire, a, cert, 4, 0, &already) == 0 && !already);
	is_str(fake.payload, "{\"certificate\":\"__4\",\"reason\":4}");
	ok(json_get(fake.head, "kid") && !json_get(fake.head, "jwk"), "by the account");
	ok(order_revoke(&fake.wire, a, cert, 1, key, &already) == 0 && already && !failed(a));
	ok(!json_get(fake.head, "kid"), "by the certificate's key");
	is_str(json_str(fake.head, "jwk/crv"), "P-384");
	is_int(order_revoke(&fake.wire, a, cert, 2, 0, &already), -1);
	ok(strstr(error_text(a), "400 2 (badRevocationReason)"));
	error_clear(a);
	fake.wire.dir.revoke_cert = NULL;
	is_int(order_revoke(&fake.wire, a, cert, 0, 0, &already), -1);
	ok(strstr(error_text(a), "no revokeCert") && fake_played());
	arena_drop(a);
}

/* A whole issuance by a known account: nine requests. */
static void budget(void)
{
	static const struct step script[] = {
		{ NEW, 201, AT,
		    "{\"status\":\"pending\",\"authorizations\":[\"" CA "/authz/1\"],"
		    "\"finalize\":\"" CA "/finalize/1\"}" },
		{ "POST /authz/1", 200, NULL,
		    AUTHZ("pending", ",\"challenges\":[" CHALLENGE("http-01", "t") "]") },
		{ "POST /c/http-01", 200, NULL, "{\"status\":\"processing\"}" },
		POLL("ready", LATER), { FINALIZE, 200, LATER, "{\"status\":\"processing\"}" },
		{ ORDER, 200, NULL, "{\"status\":\"valid\",\"certificate\":\"" CA "/cert/1\"}" },
		{ CERT, 200, LINKS, root_a }, { 0 }
	};
	struct arena *a = fake_open(script);
	const struct order_ask ask = { .names = names(a, "a.test") };
	int64_t begin = clock_ms(), end = begin + 10000;
	struct order o;
	struct authz z;
	struct chain chain;
	const char *pem;

	memset(&bell, 0, sizeof bell);
	bell.answers[0] = 1;
	is_int(order_new(&fake.wire, a, &ask, &o), 0);
	is_int(authz_read(&fake.wire, a, o.authz_urls.v[0], &z), 0);
	is_int(challenge_answer(&fake.wire, a, z.offers[0].url), 0);
	is_int(order_poll(&fake.wire, a, &o, "ready", end, ring, NULL), 0);
	is_int(order_finalize(&fake.wire, a, &o, der_bytes("x", 1)), 0);
	is_int(order_poll(&fake.wire, a, &o, "valid", end, NULL, NULL), 0);
	is_int(order_download(&fake.wire, a, &o, NULL, &pem, &chain), 0);
	is_int(fake.requests, 9, "nine requests");
	ok(fake_played() && clock_ms() - begin < 1500);
	arena_drop(a);
}

int main(void)
{
	fake_start();
	new_orders();
	replaces();
	profiles();
	authorizations();
	small_requests();
	polls();
	explanations();
	finalizing();
	certificates();
	revocation();
	budget();
	fake_stop();
	return done();
}
