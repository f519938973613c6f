/* cPanel API 2, module ZoneEdit, as a hosting account may use it on its server:
 * api.docs.cpanel.net/cpanel-api-2/cpanel-api-2-modules-zoneedit */
#include "../acme.h"

static int login(struct api *a)
{
	api_keep_secret(a, "key",
	    fmt(a, "%s:%s", cred(a, "cPanel_Username"), cred(a, "cPanel_Apitoken")));
	return 0;
}

#define call(a, function, ...) \
	query(a, "cpanel_jsonapi_apiversion", "2", "cpanel_jsonapi_module", "ZoneEdit", \
	    "cpanel_jsonapi_func", function, __VA_ARGS__)

/* What went wrong stands in the first item of the data, or one deeper. */
static const cJSON *judge(struct api *a, const cJSON *data)
{
	const cJSON *result = json_get(data, json_get(data, "0/result") ? "0/result" : "0");
	const char *message = json_str(result, "statusmsg");
	if (text_is(json_str(result, "status"), "0"))
		return fail_null(a, "%s", message ? message : "refused");
	return data;
}

static const cJSON *ask(struct api *a, const char *path, bool fresh)
{
	return judge(a,
	    api_pages(a,
	        &(struct pages){ .path = path, .items = "cpanelresult/data", .fresh = fresh }));
}

/* Zones are the members of an object, each with the text of its zone file. */
static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	const cJSON *data = ask(a, call(a, "fetchzones", NULL), false);
	const cJSON *zones = json_get(data, "0/zones");
	for (const cJSON *z = zones ? zones->child : NULL; z; z = z->next)
		if (same_name(z->string, name))
			return 1;
	return data ? 0 : -1;
}

static const cJSON *records(struct api *a, const struct txt *t)
{
	return ask(a, call(a, "fetchzone_records", "domain", t->zone), true);
}

/* Records are removed by their line, so that the same request twice would hit another one. */
static int change(struct api *a, const char *path)
{
	const struct reply *r =
	    api_send(a, &(struct api_request){ .method = "GET", .url = path, .once = true });

	return r && judge(a, json_get(r->json, "cpanelresult/data")) ? 0 : -1;
}

static int add(struct api *a, struct txt *t)
{
	const char *name = sub_or(t, fmt(a, "%s.", t->zone)), *ttl = fmt(a, "%d", t->ttl);
	return change(a,
	    call(a, "add_zone_record", "domain", t->zone, "name", name, "type", "TXT", "txtdata",
	        t->value, "ttl", ttl));
}

static int find(struct api *a, struct txt *t)
{
	return has_txt(records(a, t), t, "name", "txtdata");
}

/* Records are known by their lines, and what stands below a removed one moves up: the last goes
 * first. */
static int rm(struct api *a, struct txt *t)
{
	const cJSON *rec = NULL, *list = records(a, t);
	struct strs lines = { 0 };
	if (!list)
		return -1;
	while ((rec = find_txt(list, rec, t, "name", "txtdata"))) {
		const char *line = json_str(rec, json_str(rec, "line") ? "line" : "Line");
		if (!line)
			return fail(a, "a listed record has no line");
		strs_add(api_arena(a), &lines, line);
	}
	while (lines.n--)
		if (change(a,
		        call(a, "remove_zone_record", "domain", t->zone, "line", lines.v[lines.n])))
			return -1;
	return 0;
}

const struct dns_driver dns_cpanel = {
	.svc = {
		.name = "dns_cpanel",
		.title = "cPanel",
		.site = "cpanel.net",
		.docs = "https://api.docs.cpanel.net/cpanel-api-2/cpanel-api-2-modules-zoneedit/",
		.base = "{cPanel_Hostname}/json-api/cpanel",
		.headers = { { "Authorization", "key", "cpanel %s" } },
		.fault = { .text = "cpanelresult/error|cpanelresult/data/reason|cpanelresult/event/reason|"
		                   "errors",
			.ok = "cpanelresult/event/result", .ok_value = "1" },
		.creds = {
			{ "cPanel_Username", "user name", 0, 0, NULL, NULL },
			{ "cPanel_Apitoken", "API token", SECRET, 0, NULL, NULL },
			{ "cPanel_Hostname", "URL of the server, https://cpanel.example.com:2083", 0, 0, NULL,
				NULL },
		},
		.login = login,
		.permissions = "Zone Editor",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
};
