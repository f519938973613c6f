/* Scaleway Domains and DNS API v2beta1: scaleway.com/en/developers/api/domains-and-dns */
#include "../acme.h"

static const char *path(struct api *a, const char *zone)
{
	return fmt(a, "/dns-zones/%s/records", zone);
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	return found(api_probe(a, path(a, name)));
}

static const cJSON *records(struct api *a, const struct txt *t)
{
	return api_pages(a,
	    &(struct pages){
	        .path = fmt(a, "%s%s", path(a, t->zone), query(a, "type", "TXT", "name", t->sub)),
	        .items = "records",
	        .size = "page_size",
	        .per_page = 100,
	        .page = "page",
	        .total = "total_count",
	        .fresh = true });
}

static int change(struct api *a, const struct txt *t, cJSON *what)
{
	return ok(api_patch(a, path(a, t->zone),
	    json(jb("return_all_records", false), jo("changes", json_list(json(what))))));
}

static int add(struct api *a, struct txt *t)
{
	cJSON *record = json(js("name", t->sub), js("type", "TXT"), js("data", quoted(a, t->value)),
	    jn("ttl", t->ttl));
	return change(a, t, jo("add", json(jo("records", json_list(record)))));
}

static int find(struct api *a, struct txt *t)
{
	return has_txt(records(a, t), t, "name", "data");
}

static int remove_one(struct api *a, const struct txt *t, const char *id)
{
	return change(a, t, jo("delete", json(js("id", id))));
}

static int rm(struct api *a, struct txt *t)
{
	return rm_txt(a, records(a, t), t, "name", "data", "id", remove_one);
}

const struct dns_driver dns_scaleway = {
	.svc = {
		.name = "dns_scaleway",
		.title = "Scaleway",
		.site = "scaleway.com",
		.docs = "https://www.scaleway.com/en/developers/api/domains-and-dns/",
		.base = "https://api.scaleway.com/domain/v2beta1",
		.headers = { { "X-Auth-Token", "SCALEWAY_API_TOKEN", NULL } },
		.fault = { .text = "message", .code = "type", .missing = "not_found" },
		.creds = { { "SCALEWAY_API_TOKEN", "secret key of an API key", SECRET, 0, NULL, NULL } },
		.permissions = "DomainsDNSFullAccess",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
	.ttl = 60,
};
