/* Domeneshop API v0: api.domeneshop.no/docs */
#include "../acme.h"

static int zone(struct api *a, struct txt *t, const char *name)
{
	const cJSON *domains = api_pages(a, &(struct pages){ .path = "/domains" });
	t->zone_id = json_str(find_name(domains, "", "domain", name), "id");
	return domains ? t->zone_id != NULL : -1;
}

static const char *path(struct api *a, const struct txt *t)
{
	return fmt(a, "/domains/%s/dns", t->zone_id);
}

static const cJSON *records(struct api *a, const struct txt *t)
{
	return api_pages(a, &(struct pages){ .path = path(a, t), .fresh = true });
}

static int add(struct api *a, struct txt *t)
{
	return ok(api_post(a, path(a, t),
	    json(js("type", "TXT"), js("host", sub_or(t, "@")), js("data", t->value),
	        jn("ttl", t->ttl))));
}

static int find(struct api *a, struct txt *t)
{
	return has_txt(records(a, t), t, "host", "data");
}

static int rm(struct api *a, struct txt *t)
{
	return delete_txt(a, records(a, t), t, "host", "data", "id", path(a, t));
}

const struct dns_driver dns_domeneshop = {
	.svc = {
		.name = "dns_domeneshop",
		.title = "Domeneshop",
		.site = "domene.shop",
		.docs = "https://api.domeneshop.no/docs/",
		.base = "https://api.domeneshop.no/v0",
		.basic = { "DOMENESHOP_Token", "DOMENESHOP_Secret" },
		.fault = { .text = "help|error|message", .code = "code" },
		.creds = {
			{ "DOMENESHOP_Token", "API token", SECRET, 0, NULL, NULL },
			{ "DOMENESHOP_Secret", "its secret", SECRET, 0, NULL, NULL },
		},
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
};
