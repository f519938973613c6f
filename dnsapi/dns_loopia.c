/* Loopia, XML-RPC: loopia.com/api */
#include "../acme.h"

/* User and password come first. Where data is asked for, a text (AUTH_ERROR) tells a failure. */
static const cJSON *call(struct api *a, const char *method, cJSON *const *args)
{
	cJSON *params =
	    json_list(js(NULL, cred(a, "LOOPIA_User")), js(NULL, cred(a, "LOOPIA_Password")));
	for (; *args; args++)
		json_add(params, *args);
	const struct reply *r = api_xmlrpc(a, "", method, params);
	const char *status = r ? json_str(r->json, "") : NULL;
	if (status && !text_is(status, "OK"))
		return fail_null(a, "%s: %s", method, status);
	if (r && !r->json)
		return fail_null(a, "%s: the answer is no XML-RPC", method);
	return r ? r->json : NULL;
}
#define args(...) ((cJSON *const[]){ __VA_ARGS__, NULL })

static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	const cJSON *domains = call(a, "getDomains", args(NULL));
	return domains ? find_name(domains, "", "domain", name) != NULL : -1;
}

static const char *label(const struct txt *t)
{
	return sub_or(t, "@");
}

static const cJSON *records(struct api *a, const struct txt *t)
{
	return call(a, "getZoneRecords", args(js(NULL, t->zone), js(NULL, label(t))));
}

/* A subdomain must be there before it can have records. */
static int add(struct api *a, struct txt *t)
{
	const cJSON *name, *names = call(a, "getSubdomains", args(js(NULL, t->zone)));
	bool there = false;
	cJSON_ArrayForEach(name, names)
		there |= same_name(json_str(name, ""), label(t));
	if (!names)
		return -1;
	if (!there && !call(a, "addSubdomain", args(js(NULL, t->zone), js(NULL, label(t)))))
		return -1;
	cJSON *record = json(js("type", "TXT"), jn("ttl", t->ttl), jn("priority", 0),
	    js("rdata", t->value), jn("record_id", 0));
	return call(a, "addZoneRecord", args(js(NULL, t->zone), js(NULL, label(t)), record)) ? 0
	                                                                                     : -1;
}

static int find(struct api *a, struct txt *t)
{
	return has_txt(records(a, t), t, NULL, "rdata");
}

/* A subdomain whose last record goes, goes too. */
static int rm(struct api *a, struct txt *t)
{
	const cJSON *rec = NULL, *list = records(a, t);
	size_t left = json_count(list, "");
	if (!list)
		return -1;
	while ((rec = find_txt(list, rec, t, NULL, "rdata"))) {
		if (!call(a, "removeZoneRecord",
		        args(js(NULL, t->zone), js(NULL, label(t)),
		            jn(NULL, json_int(rec, "record_id", 0)))))
			return -1;
		left--;
	}
	if (left || !json_count(list, "") || !*t->sub)
		return 0;
	return call(a, "removeSubdomain", args(js(NULL, t->zone), js(NULL, label(t)))) ? 0 : -1;
}

const struct dns_driver dns_loopia = {
	.svc = {
		.name = "dns_loopia",
		.title = "Loopia",
		.site = "loopia.com",
		.docs = "https://www.loopia.com/api/",
		.base = "{LOOPIA_Api}",
		.accept = "text/xml",
		.creds = {
			{ "LOOPIA_User", "API user, name@loopiaapi", 0, 0, NULL, NULL },
			{ "LOOPIA_Password", "its password", SECRET, 0, NULL, NULL },
			{ "LOOPIA_Api", "URL of the API (.com, .no, .rs)", OPTIONAL, 0,
				"https://api.loopia.se/RPCSERV", NULL },
		},
		.permissions = "addSubdomain, addZoneRecord, getDomains, getSubdomains, getZoneRecords, "
		               "removeSubdomain, removeZoneRecord",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
	.ttl = 300,
};
