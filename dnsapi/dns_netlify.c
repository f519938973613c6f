/* Netlify API v1, DNS zones and records: open-api.netlify.com */
#include "../acme.h"

static int zone(struct api *a, struct txt *t, const char *name)
{
	const cJSON *zones = api_pages(a, &(struct pages){ .path = "/dns_zones", .next = "Link" });
	t->zone_id = json_str(find_name(zones, "", "name", name), "id");
	return zones ? t->zone_id != NULL : -1;
}

static const char *path(struct api *a, const struct txt *t)
{
	return fmt(a, "/dns_zones/%s/dns_records", escape(a, t->zone_id));
}

static const cJSON *records(struct api *a, const struct txt *t)
{
	return api_pages(a, &(struct pages){ .path = path(a, t), .next = "Link", .fresh = true });
}

static int add(struct api *a, struct txt *t)
{
	return ok(api_post(a, path(a, t),
	    json(js("type", "TXT"), js("hostname", t->fqdn), js("value", t->value),
	        jn("ttl", t->ttl))));
}

static int find(struct api *a, struct txt *t)
{
	return has_txt(records(a, t), t, "hostname", "value");
}

static int rm(struct api *a, struct txt *t)
{
	return delete_txt(a, records(a, t), t, "hostname", "value", "id", path(a, t));
}

const struct dns_driver dns_netlify = {
	.svc = {
		.name = "dns_netlify",
		.title = "Netlify",
		.site = "netlify.com",
		.docs = "https://open-api.netlify.com/",
		.base = "https://api.netlify.com/api/v1",
		.bearer = "NETLIFY_ACCESS_TOKEN",
		.fault = { .text = "message|errors|error", .code = "code" },
		.creds = { { "NETLIFY_ACCESS_TOKEN", "personal access token", SECRET, 0, NULL, NULL } },
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
	.ttl = 10,
};
