/* Reg.ru API 2: reg.com/support/help/api2 */
#include "../acme.h"

/* A change takes JSON in a form. What went wrong with a domain stands in its own part of a good
 * answer. */
static int change(struct api *a, const struct txt *t, const char *function, cJSON *args)
{
	json_add(args, js("username", cred(a, "REGRU_API_Username")));
	json_add(args, js("password", cred(a, "REGRU_API_Password")));
	json_add(args, jo("domains", json_list(json(js("dname", t->zone)))));
	json_add(args, js("subdomain", sub_or(t, "@")));
	json_add(args, js("output_content_type", "plain"));
	const struct reply *r = api_form(a, fmt(a, "/%s", function),
	    form("input_format", "json", "input_data", json_text(api_arena(a), args)));
	const cJSON *domain = r ? json_get(r->json, "answer/domains/0") : NULL;
	const char *result = json_str(domain, "result");
	if (!result || text_is(result, "success"))
		return ok(r);
	const char *text = json_str(domain, "error_text"), *code = json_str(domain, "error_code");
	return fail(a, "%s", text ? text : code ? code : result);
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	const struct reply *r = api_form(a, "/service/get_list",
	    form("username", cred(a, "REGRU_API_Username"), "password",
	        cred(a, "REGRU_API_Password"), "output_format", "json", "servtype", "domain"));
	return r ? find_name(r->json, "answer/services", "dname", name) != NULL : -1;
}

static int add(struct api *a, struct txt *t)
{
	return change(a, t, "zone/add_txt", json(js("text", t->value)));
}

static int rm(struct api *a, struct txt *t)
{
	return change(a, t, "zone/remove_record",
	    json(js("content", t->value), js("record_type", "TXT")));
}

const struct dns_driver dns_regru = {
	.svc = {
		.name = "dns_regru",
		.title = "Reg.ru",
		.site = "reg.ru",
		.docs = "https://www.reg.com/support/help/api2",
		.base = "https://api.reg.ru/api/regru2",
		.fault = { .text = "error_text", .code = "error_code", .ok = "result",
			.ok_value = "success" },
		.creds = {
			{ "REGRU_API_Username", "user name", 0, 0, NULL, NULL },
			{ "REGRU_API_Password", "password of the API", SECRET, 0, NULL, NULL },
		},
		.permissions = "this machine's address in the API's list of allowed ones",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
};
