/* LuaDNS API v1: luadns.com/api.html */
#include "../acme.h"

/* All pages of a listing. */
static const cJSON *all(struct api *a, const char *path, bool fresh)
{
	return api_pages(a,
	    &(struct pages){ .path = path,
	        .size = "limit",
	        .per_page = 100,
	        .page = "page",
	        .fresh = fresh });
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	const cJSON *zones = all(a, "/zones", false);
	t->zone_id = json_str(find_name(zones, "", "name", name), "id");
	return zones ? t->zone_id != NULL : -1;
}

static const char *records(struct api *a, const struct txt *t)
{
	return fmt(a, "/zones/%s/records", t->zone_id);
}

static int add(struct api *a, struct txt *t)
{
	return ok(api_post(a, records(a, t),
	    json(js("type", "TXT"), js("name", fmt(a, "%s.", t->fqdn)), js("content", t->value),
	        jn("ttl", t->ttl))));
}

static int find(struct api *a, struct txt *t)
{
	const cJSON *list = all(a, records(a, t), true);
	return has_txt(list, t, "name", "content");
}

static int rm(struct api *a, struct txt *t)
{
	return delete_txt(a, all(a, records(a, t), true), t, "name", "content", "id",
	    records(a, t));
}

const struct dns_driver dns_lua = {
	.svc = {
		.name = "dns_lua",
		.title = "LuaDNS",
		.site = "luadns.com",
		.docs = "https://luadns.com/api.html",
		.base = "https://api.luadns.com/v1",
		.basic = { "LUA_Email", "LUA_Key" },
		.fault = { .text = "message|status", .exists = "already exist|already been taken" },
		.creds = {
			{ "LUA_Email", "e-mail address of the account", 0, 0, NULL, NULL },
			{ "LUA_Key", "API key", SECRET, 0, NULL, NULL },
		},
		.permissions = "all zones, or the one in question; the API must be enabled in the settings",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
};
