/* Authorizations against a scripted CA: what they offer, what is sent back, and why they failed. */
#include "fakeorder.h"
#include "tap.h"

static const struct {
	const char *title, *body, *told, *name, *types;
} authz_rows[] = {
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
	    AUTHZ("pending", ",\"challenges\":[{\"type\":\"tls-alpn-01\",\"url\":\"" CA "/c\"}]"),
	    "tls-alpn-01 challenge without token", NULL, NULL },
	{ "http challenge",
	    AUTHZ("pending", ",\"challenges\":[{\"type\":\"dns-01\",\"url\":\"http://ca.test\"}]"),
	    "without it", NULL, NULL },
	{ "done with, its token gone",
	    AUTHZ("valid", ",\"challenges\":[{\"type\":\"dns-01\",\"url\":\"" CA "/c\"}]"), NULL,
	    "a.test", "dns-01 " },
	{ "unknown status", AUTHZ("odd", ""), "unknown status odd", NULL, NULL },
	{ "no status", "{\"identifier\":{\"type\":\"dns\",\"value\":\"a.test\"}}", "no status",
	    NULL, NULL },
	{ "no name", "{\"status\":\"valid\"}", "name is missing", NULL, NULL },
	{ "no such name",
	    "{\"status\":\"valid\",\"identifier\":{\"type\":\"dns\",\"value\":\"a/../b\\n\"}}",
	    "the authorization's name a/../b?", NULL, NULL },
};

static void authorizations(void)
{
	for (size_t i = 0; i < sizeof authz_rows / sizeof *authz_rows; i++) {
		struct step script[2] = { { "POST /authz/1", 200, NULL, authz_rows[i].body } };
		struct arena *a = fake_open(script);
		struct authz z;
		is_int(authz_read(&fake.wire, a, CA "/authz/1", &z), authz_rows[i].told ? -1 : 0,
		    authz_rows[i].title);
		if (authz_rows[i].told) {
			ok(strstr(error_text(a), authz_rows[i].told), error_text(a));
		} else {
			const char *types = "";
			for (size_t k = 0; k < z.n_offers; k++)
				types = fmt(a, "%s%s ", types, z.offers[k].type);
			is_str(types, authz_rows[i].types);
			is_str(z.name, authz_rows[i].name);
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

int main(void)
{
	fake_start();
	authorizations();
	small_requests();
	explanations();
	fake_stop();
	return done();
}
