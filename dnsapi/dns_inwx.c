/* INWX DomRobot, XML-RPC. A login gives a cookie; accounts with a second factor are unlocked by a
 * TOTP (RFC 6238): inwx.de/en/help/apidoc */
#include "../acme.h"

enum { PER_PAGE = 9999 };

static struct reply *call(struct api *a, const char *method, const cJSON *param)
{
	return api_xmlrpc(a, "/", method, param);
}

/* --- login ------------------------------------------------------------------------------------ */

static int login(struct api *a)
{
	const struct reply *r = call(a, "account.login",
	    json(js("user", cred(a, "INWX_User")), js("pass", cred(a, "INWX_Password"))));
	const char *factor = r ? json_str(r->json, "resData/tfa") : NULL;
	if (!r || text_empty(factor) || text_is(factor, "0"))
		return ok(r);
	if (!cred(a, "INWX_Shared_Secret")) {
		fail(a, "the account wants a second factor (%s)",
		    text_safe(api_arena(a), factor, 40));
		return remedy(a, "set INWX_Shared_Secret");
	}
	api_step(a, "login with the second factor");
	return ok(call(a, "account.unlock",
	    json(js("tan", totp(a, cred(a, "INWX_Shared_Secret"))))));
}

/* --- zones and records ------------------------------------------------------------------------ */

static int page(struct api *a, int number, struct strs *names, long long *total)
{
	const struct reply *r =
	    call(a, "nameserver.list", json(jn("pagelimit", PER_PAGE), jn("page", number)));
	const cJSON *z, *list = r ? json_get(r->json, "resData/domains") : NULL;
	if (!r)
		return -1;
	cJSON_ArrayForEach(z, list)
		if (json_str(z, "domain"))
			strs_add(api_arena(a), names, json_str(z, "domain"));
	*total = json_int(r->json, "resData/count", 0);
	return 0;
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	const struct strs *mine = api_names(a, page);
	return mine ? strs_has(*mine, name) : -1;
}

static int add(struct api *a, struct txt *t)
{
	return ok(call(a, "nameserver.createRecord",
	    json(js("domain", t->zone), js("type", "TXT"), js("name", t->sub),
	        js("content", t->value), jn("ttl", t->ttl))));
}

static int rm(struct api *a, struct txt *t)
{
	const struct reply *r =
	    call(a, "nameserver.info", json(js("domain", t->zone), js("type", "TXT")));
	const cJSON *list = r ? json_get(r->json, "resData/record") : NULL, *rec = NULL;
	while (r && (rec = find_txt(list, rec, t, "name", "content")))
		r = call(a, "nameserver.deleteRecord", json(jn("id", json_int(rec, "id", 0))));
	return ok(r);
}

const struct dns_driver dns_inwx = {
	.svc = {
		.name = "dns_inwx",
		.title = "INWX",
		.site = "inwx.de",
		.docs = "https://www.inwx.de/en/help/apidoc",
		.base = "https://api.domrobot.com/xmlrpc",
		.accept = "text/xml",
		.cookies = true,
		.fault = { .text = "msg|faultString", .code = "code|faultCode", .ok = "code",
			.ok_value = "1000|1001", .exists = "2302" },
		.creds = {
			{ "INWX_User", "user name", 0, 0, NULL, NULL },
			{ "INWX_Password", "password", SECRET, 0, NULL, NULL },
			{ "INWX_Shared_Secret", "TOTP secret, if the account has a second factor",
				SECRET | OPTIONAL, 0, NULL, NULL },
		},
		.login = login,
		.permissions = "the role DNS management",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.ttl = 300,
};
