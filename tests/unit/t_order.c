/* Orders against a scripted CA: what is asked for, what is refused, and polling. */
#include "clock.h"
#include "fakeorder.h"
#include "tap.h"

static const struct {
	const char *name;
	struct step reply;
	const char *told; /* NULL: success */
} order_rows[] = {
	{ "pending", { NEW, 201, AT, BODY("pending") }, NULL },
	{ "ready already, the same URL once more", { NEW, 200, AT, BODY("ready") }, NULL },
	{ "relative Location", { NEW, 201, "Location: /order/1\n", BODY("pending") }, NULL },
	{ "no Location", { NEW, 201, NULL, BODY("pending") }, "no Location" },
	{ "http Location", { NEW, 201, "Location: http://ca.test/o\n", BODY("pending") },
	    "without it" },
	{ "unknown status", { NEW, 201, AT, BODY("dreaming\\u0007") }, "unknown status dreaming?" },
	{ "no status", { NEW, 201, AT, "{}" }, "the order has no status" },
	{ "nothing in it", { NEW, 201, AT, "{\"status\":\"pending\"}" }, "finalize address" },
	{ "no authorizations",
	    { NEW, 201, AT, "{\"status\":\"pending\",\"finalize\":\"" CA "/f\"}" },
	    "lacks its authorizations" },
	{ "odd authorizations", { NEW, 201, AT, "{\"status\":\"pending\",\"authorizations\":[7]}" },
	    "no URL" },
	{ "http authorization",
	    { NEW, 201, AT, "{\"status\":\"pending\",\"authorizations\":[\"http://ca.test/a\"]}" },
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

static void new_orders(void)
{
	for (size_t i = 0; i < sizeof order_rows / sizeof *order_rows; i++) {
		struct step script[2] = { order_rows[i].reply };
		struct arena *a = fake_open(script);
		struct order o;
		const struct order_ask ask = { .names = names(a,
			                           "A.test,b.test,a.TEST,192.0.2.1,2001:db8::1") };
		is_int(order_new(&fake.wire, a, &ask, &o), order_rows[i].told ? -1 : 0,
		    order_rows[i].name);
		is_str(fake.payload,
		    "{\"identifiers\":[{\"type\":\"dns\",\"value\":\"a.test\"},{\"type\":\"dns\","
		    "\"value\":\"b.test\"},{\"type\":\"ip\",\"value\":\"192.0.2.1\"},"
		    "{\"type\":\"ip\",\"value\":\"2001:db8::1\"}]}");
		if (!order_rows[i].told) {
			ok(text_is(o.url, CA "/order/1") && o.authz_urls.n == 2 &&
			    !o.replaces_refused);
			is_str(o.finalize, CA "/finalize/1");
		} else {
			ok(strstr(error_text(a), order_rows[i].told), order_rows[i].told);
		}
		if (strcmp(order_rows[i].name, "refused") == 0)
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

/* --- polling --- */

#define INVALID(more) \
	{ \
		ORDER, 200, NULL, "{\"status\":\"invalid\"" more "}" \
	}
static const struct {
	const char *title, *from, *want;
	struct step script[8];
	bool belled;
	int answers[4];
	long long asked[4];
	int ms; /* until the deadline; 0: long */
	const char *told;
} poll_rows[] = {
	{ "there already", "ready", "ready", { { 0 } }, true, { 0 }, { 0 }, 0, NULL },
	{ "further than wanted", "valid", "ready", { { 0 } }, true, { 0 }, { 0 }, 0, NULL },
	{ "valid at once", "valid", "valid", { { 0 } }, true, { 0 }, { 0 }, 0, NULL },
	{ "served, then ready", "pending", "ready", { POLL("ready", NULL) }, true, { 1 }, { 250 },
	    0, NULL },
	{ "nobody came, then ready", "pending", "ready",
	    { POLL("pending", LATER), POLL("ready", NULL) }, true, { 0, 0 }, { 250, 3000 }, 0,
	    NULL },
	{ "served early, ready a bit later", "pending", "ready",
	    { POLL("pending", LATER), POLL("ready", NULL) }, true, { 1, 0 }, { 250, 375 }, 0,
	    NULL },
	{ "served before Retry-After", "pending", "ready",
	    { POLL("pending", LATER), POLL("ready", NULL) }, true, { 0, 1 }, { 250, 3000 }, 0,
	    NULL },
	{ "Retry-After of days", "pending", "ready",
	    { POLL("pending", "Retry-After: 86400\n"), POLL("processing", NULL) }, true, { 0, 0 },
	    { 250, 60000 }, 0, NULL },
	{ "Retry-After as a past date", "pending", "ready",
	    { POLL("pending", "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\n"),
	        POLL("ready", NULL) },
	    true, { 0, 0 }, { 250, 1000 }, 0, NULL },
	{ "Retry-After that is none", "pending", "ready",
	    { POLL("pending", "Retry-After: soon\n"), POLL("ready", NULL) }, true, { 0, 0 },
	    { 250, 375 }, 0, NULL },
	{ "without a bell", "pending", "ready", { POLL("pending", LATER), POLL("ready", NULL) },
	    false, { 0 }, { 0 }, 0, NULL },
	{ "issued", "processing", "valid", { POLL("processing", LATER), POLL("valid", NULL) }, true,
	    { 0 }, { 0 }, 0, NULL },
	{ "ready while it is issued", "ready", "valid", { POLL("valid", NULL) }, false, { 0 },
	    { 0 }, 0, NULL },
	{ "third poll waits", "processing", "valid",
	    { POLL("processing", "Retry-After: 1\n"), POLL("processing", "Retry-After: 1\n"),
	        POLL("valid", NULL) },
	    true, { 0 }, { 0 }, 0, NULL },
	{ "told to end", "pending", "ready", { { 0 } }, true, { -1 }, { 250 }, 0, "told to end" },
	{ "trouble on the way", "pending", "ready",
	    { { ORDER, 500, NULL, NULL }, { ORDER, 502, NULL, "<html>" }, POLL("ready", NULL) },
	    true, { 0, 0 }, { 250, 375 }, 0, NULL },
	{ "too much trouble", "pending", "ready",
	    { { ORDER, 500, NULL, NULL }, { ORDER, 500, NULL, NULL }, { ORDER, 500, NULL, NULL },
	        { ORDER, 500, NULL, NULL } },
	    true, { 0, 0 }, { 250, 375 }, 0, "500 without an explanation" },
	{ "refused", "pending", "ready",
	    { { ORDER, 404, NULL, "{" TYPE("malformed") ",\"detail\":\"gone\"}" } }, true, { 0 },
	    { 250 }, 0, "404 gone" },
	{ "unknown status", "pending", "ready", { POLL("lost", NULL) }, true, { 0 }, { 250 }, 0,
	    "unknown status lost" },
	{ "deadline", "processing", "valid",
	    { POLL("processing", NULL), POLL("processing", NULL), POLL("processing", NULL) }, false,
	    { 0 }, { 0 }, 200,
	    "waiting for the certificate: the order is still processing; the CA is slow" },
	{ "deadline over before it began", "processing", "valid", { POLL("processing", NULL) },
	    false, { 0 }, { 0 }, -5, "still processing" },
	{ "issuance failed", "processing", "valid",
	    { INVALID(",\"error\":{" TYPE("caa") ",\"status\":403,"
	                                         "\"detail\":\"CAA\"}") },
	    false, { 0 }, { 0 }, 0, "waiting for the certificate: 403 CAA (caa)" },
};

static void polls(void)
{
	for (size_t i = 0; i < sizeof poll_rows / sizeof *poll_rows; i++) {
		struct arena *a = fake_open(poll_rows[i].script);
		struct order o = { .url = CA "/order/1", .status = poll_rows[i].from };
		memset(&bell, 0, sizeof bell);
		memcpy(bell.answers, poll_rows[i].answers, sizeof bell.answers);
		int64_t deadline = clock_ms() + (poll_rows[i].ms ? poll_rows[i].ms : 100000);
		is_int(order_poll(&fake.wire, a, &o, poll_rows[i].want, deadline,
		           poll_rows[i].belled ? ring : NULL, NULL),
		    poll_rows[i].told ? -1 : 0, poll_rows[i].title);
		ok(fake_played(), "just these requests");
		is_mem(bell.asked, sizeof bell.asked, poll_rows[i].asked, sizeof bell.asked,
		    "just these waits");
		ok(!poll_rows[i].told || strstr(error_text(a), poll_rows[i].told), error_text(a));
		arena_drop(a);
	}
}

int main(void)
{
	fake_start();
	new_orders();
	replaces();
	profiles();
	polls();
	fake_stop();
	return done();
}
