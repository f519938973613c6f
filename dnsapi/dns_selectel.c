/* Selectel DNS. Version 2 holds TXT sets and wants a Keystone token, which a service user's
 * password gives; version 1 is being closed, has single records and a key:
 * docs.selectel.ru/en/api/dns-actual, developers.selectel.ru/docs/cloud-services/dns_api */
#include "../acme.h"

enum { PAGE = 1000 };

static bool is_v2(struct api *a)
{
	return cred(a, "SL_Login_ID") != NULL;
}

static int login(struct api *a)
{
	const char *account = cred(a, "SL_Login_ID");
	if (!account)
		return 0;
	cJSON *user = json(js("name", cred(a, "SL_Login_Name")), js("password", cred(a, "SL_Pswd")),
	    jo("domain", json(js("name", account))));
	cJSON *project =
	    json(js("name", cred(a, "SL_Project_Name")), jo("domain", json(js("name", account))));
	cJSON *identity = json(jo("methods", json_list(js(NULL, "password"))),
	    jo("password", json(jo("user", user))));
	const cJSON *body = json(jo("auth",
	    json(jo("identity", identity), jo("scope", json(jo("project", project))))));
	const struct reply *r = api_send(a,
	    &(struct api_request){ .method = "POST",
	        .no_auth = true,
	        .url = "https://cloud.api.selcloud.ru/identity/v3/auth/tokens",
	        .body = json_text(api_arena(a), body) });
	const char *token = r ? reply_header(r, "X-Subject-Token") : NULL;
	if (!token)
		return r ? fail(a, "no X-Subject-Token in the answer") : -1;
	api_keep_secret(a, "token", token);
	return 0;
}

static const cJSON *list(struct api *a, const char *path, bool fresh)
{
	return api_pages(a,
	    &(struct pages){ .path = path,
	        .items = is_v2(a) ? "result" : "",
	        .size = "limit",
	        .per_page = PAGE,
	        .offset = "offset",
	        .fresh = fresh });
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	const cJSON *zones = list(a, is_v2(a) ? "/v2/zones/" : "/v1/", false);
	t->zone_id = json_str(find_name(zones, "", "name", name), "id");
	return zones ? t->zone_id != NULL : -1;
}

static const char *path(struct api *a, const struct txt *t)
{
	return is_v2(a) ? fmt(a, "/v2/zones/%s/rrset/", t->zone_id)
	                : fmt(a, "/v1/%s/records/", t->zone_id);
}

/* --- version 2 -------------------------------------------------------------------------------- */

static int read_set(struct api *a, const struct txt *t, const cJSON **set)
{
	const char *filter = query(a, "name", fmt(a, "%s.", t->fqdn), "rrset_types", "TXT");
	const cJSON *s, *sets = list(a, fmt(a, "%s%s", path(a, t), filter), true);
	*set = NULL;
	cJSON_ArrayForEach(s, sets)
		if (same_name(json_str(s, "name"), t->fqdn) && text_is(json_str(s, "type"), "TXT"))
			*set = s;
	return sets ? 0 : -1;
}

/* Writes the TXT set at the name back, with our value or without. */
static int change_set(struct api *a, const struct txt *t, bool with_ours)
{
	const cJSON *set, *rec;
	cJSON *records = json_list(NULL);
	bool there = false;
	if (read_set(a, t, &set))
		return -1;
	const cJSON *listed = json_get(set, "records");
	cJSON_ArrayForEach(rec, listed) {
		const char *content = json_str(rec, "content");
		const bool off = json_is_true(rec, "disabled"), ours = same_txt(content, t->value);
		there |= ours;
		if (!ours)
			json_add(records, json(js("content", content), jb("disabled", off)));
	}
	if (there == with_ours)
		return 0;
	if (!json_str(set, "id"))
		return fail(a, "the TXT set is there and is not listed with an id");
	if (with_ours)
		json_add(records, json(js("content", quoted(a, t->value)), jb("disabled", false)));
	const char *url = fmt(a, "%s%s", path(a, t), json_str(set, "id"));
	if (!json_count(records, ""))
		return ok(api_delete(a, url));
	const long long ttl = json_int(set, "ttl", t->ttl);
	return ok(api_patch(a, url, json(jn("ttl", ttl), jo("records", records))));
}

/* A set is made; where one is already ("missing" below), the value goes into it. */
static int add_v2(struct api *a, const struct txt *t)
{
	cJSON *record = json(js("content", quoted(a, t->value)));
	const cJSON *set = json(js("type", "TXT"), jn("ttl", t->ttl),
	    js("name", fmt(a, "%s.", t->fqdn)), jo("records", json_list(record)));
	const struct api_request req = { .method = "POST",
		.url = path(a, t),
		.body = json_text(api_arena(a), set),
		.probe = true };
	const struct reply *r = api_send(a, &req);
	return r && r->missing ? change_set(a, t, true) : ok(r);
}

/* --- both ------------------------------------------------------------------------------------- */
static int add(struct api *a, struct txt *t)
{
	if (is_v2(a))
		return add_v2(a, t);
	return ok(api_post(a, path(a, t),
	    json(js("type", "TXT"), jn("ttl", t->ttl), js("name", t->fqdn),
	        js("content", t->value))));
}

static int rm(struct api *a, struct txt *t)
{
	if (is_v2(a))
		return change_set(a, t, false);
	const cJSON *records = list(a, path(a, t), true);
	return delete_txt(a, records, t, "name", "content", "id",
	    fmt(a, "/v1/%s/records", t->zone_id));
}

const struct dns_driver dns_selectel = {
	.svc = {
		.name = "dns_selectel",
		.title = "Selectel",
		.site = "selectel.ru",
		.docs = "https://docs.selectel.ru/en/api/dns-actual/",
		.base = "https://api.selectel.ru/domains",
		.headers = { { "X-Auth-Token", "token", NULL }, { "X-Token", "SL_Key", NULL } },
		.fault = { .text = "error/message|description|error", .code = "error",
			.missing = "this_rrset_is_already_exists|already exists" },
		.creds = {
			{ "SL_Ver", "version of the API, v1 or v2", OPTIONAL, 0, NULL, NULL },
			{ "SL_Login_ID", "account number", 0, 1, NULL, NULL },
			{ "SL_Project_Name", "project", 0, 1, NULL, NULL },
			{ "SL_Login_Name", "service user", 0, 1, NULL, NULL },
			{ "SL_Pswd", "its password", SECRET, 1, NULL, NULL },
			{ "SL_Key", "API key (v1)", SECRET, 2, NULL, NULL },
		},
		.login = login,
		.permissions = "a service user with the role of the project's administrator",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.ttl = 60,
};
