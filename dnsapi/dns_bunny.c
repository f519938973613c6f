/* bunny.net API, DNS zones: docs.bunny.net/api-reference/core/dns-zone */
#include "../acme.h"

enum { TXT = 3 };

/* Zones are listed with all their records, so that a page is kept small. */
static int zone(struct api *a, struct txt *t, const char *name)
{
	const cJSON *zones = api_pages(a,
	    &(struct pages){ .path = "/dnszone",
	        .items = "Items",
	        .size = "perPage",
	        .per_page = 100,
	        .page = "page",
	        .total = "TotalItems" });
	t->zone_id = json_str(find_name(zones, "", "Domain", name), "Id");
	return zones ? t->zone_id != NULL : -1;
}

static const char *path(struct api *a, const struct txt *t)
{
	return fmt(a, "/dnszone/%s/records", t->zone_id);
}

/* The zone itself holds its records. */
static const cJSON *records(struct api *a, const struct txt *t)
{
	return api_pages(a,
	    &(struct pages){ .path = fmt(a, "/dnszone/%s", t->zone_id),
	        .items = "Records",
	        .fresh = true });
}

static int add(struct api *a, struct txt *t)
{
	return ok(api_put(a, path(a, t),
	    json(jn("Type", TXT), js("Name", t->sub), js("Value", t->value), jn("Ttl", t->ttl))));
}

static int find(struct api *a, struct txt *t)
{
	return has_txt(records(a, t), t, "Name", "Value");
}

static int rm(struct api *a, struct txt *t)
{
	return delete_txt(a, records(a, t), t, "Name", "Value", "Id", path(a, t));
}

const struct dns_driver dns_bunny = {
	.svc = {
		.name = "dns_bunny",
		.title = "bunny.net",
		.site = "bunny.net",
		.docs = "https://docs.bunny.net/api-reference/core/dns-zone/",
		.base = "https://api.bunny.net",
		.headers = { { "AccessKey", "BUNNY_API_KEY", NULL } },
		.fault = { .text = "Message", .code = "ErrorKey" },
		.creds = { { "BUNNY_API_KEY", "API key of the account", SECRET, 0, NULL, NULL } },
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
};
