/* DigitalOcean API v2, domains and domain records: docs.digitalocean.com/reference/api */
#include "../acme.h"

static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	return found(api_probe(a, fmt(a, "/domains/%s", name)));
}

/* The TXT records at the name. The filter takes the full name, the list has relative ones. */
static const cJSON *records(struct api *a, const struct txt *t)
{
	return api_pages(a,
	    &(struct pages){ .path = fmt(a, "/domains/%s/records%s", t->zone,
	                         query(a, "type", "TXT", "name", t->fqdn)),
	        .items = "domain_records",
	        .size = "per_page",
	        .per_page = 200,
	        .next = "links/pages/next",
	        .fresh = true });
}

static int add(struct api *a, struct txt *t)
{
	return ok(api_post(a, fmt(a, "/domains/%s/records", t->zone),
	    json(js("type", "TXT"), js("name", sub_or(t, "@")), js("data", t->value),
	        jn("ttl", t->ttl))));
}

static int find(struct api *a, struct txt *t)
{
	return has_txt(records(a, t), t, "name", "data");
}

static int rm(struct api *a, struct txt *t)
{
	return delete_txt(a, records(a, t), t, "name", "data", "id",
	    fmt(a, "/domains/%s/records", t->zone));
}

const struct dns_driver dns_dgon = {
	.svc = {
		.name = "dns_dgon",
		.title = "DigitalOcean",
		.site = "digitalocean.com",
		.docs = "https://docs.digitalocean.com/reference/api/",
		.base = "https://api.digitalocean.com/v2",
		.bearer = "DO_API_KEY",
		.fault = { .text = "message", .code = "id" },
		.creds = { { "DO_API_KEY", "personal access token", SECRET, 0, NULL, NULL } },
		.permissions = "domain: read, create, delete",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
};
