/* Vultr API v2, DNS domains and records: vultr.com/api */
#include "../acme.h"

static const cJSON *list(struct api *a, const char *path, const char *items, bool fresh)
{
	return api_pages(a,
	    &(struct pages){ .path = path,
	        .items = items,
	        .next = "meta/links/next",
	        .token = "cursor",
	        .fresh = fresh });
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	const cJSON *zones = list(a, "/domains", "domains", false);
	return zones ? find_name(zones, "", "domain", name) != NULL : -1;
}

static const char *path_of(struct api *a, const struct txt *t)
{
	return fmt(a, "/domains/%s/records", t->zone);
}

static int add(struct api *a, struct txt *t)
{
	return ok(api_post(a, path_of(a, t),
	    json(js("type", "TXT"), js("name", t->sub), js("data", t->value), jn("ttl", t->ttl))));
}

static int find(struct api *a, struct txt *t)
{
	const cJSON *records = list(a, path_of(a, t), "records", true);
	return has_txt(records, t, "name", "data");
}

static int rm(struct api *a, struct txt *t)
{
	const char *path = path_of(a, t);
	return delete_txt(a, list(a, path, "records", true), t, "name", "data", "id", path);
}

const struct dns_driver dns_vultr = {
	.svc = {
		.name = "dns_vultr",
		.title = "Vultr",
		.site = "vultr.com",
		.docs = "https://www.vultr.com/api/#tag/dns",
		.base = "https://api.vultr.com/v2",
		.bearer = "VULTR_API_KEY",
		.fault = { .text = "error", .exists = "duplicate|already exists" },
		.creds = { { "VULTR_API_KEY", "API key", SECRET, 0, NULL, NULL } },
		.permissions = "this machine's address in the key's access control list",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
};
