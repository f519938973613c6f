/* Simply.com API 2, the products (domains) of an account: simply.com/en/docs/api */
#include "../acme.h"

/* A product is called by its object, which is the domain or, where the letters are not ASCII, may
 * be written otherwise. */
static int zone(struct api *a, struct txt *t, const char *name)
{
	const cJSON *p,
	    *list = api_pages(a, &(struct pages){ .path = "/my/products/", .items = "products" });
	cJSON_ArrayForEach(p, list)
		if (same_name(json_str(p, "object"), name) ||
		    same_name(json_str(p, "domain/name"), name) ||
		    same_name(json_str(p, "domain/name_idn"), name)) {
			t->zone_id = json_str(p, "object") ? json_str(p, "object") : name;
			return 1;
		}
	return list ? 0 : -1;
}

static const char *path(struct api *a, const struct txt *t)
{
	return fmt(a, "/my/products/%s/dns/records", escape(a, t->zone_id));
}

static const cJSON *records(struct api *a, const struct txt *t)
{
	return api_pages(a,
	    &(struct pages){ .path = fmt(a, "%s/", path(a, t)),
	        .items = "records",
	        .fresh = true });
}

static int add(struct api *a, struct txt *t)
{
	return ok(api_post(a, fmt(a, "%s/", path(a, t)),
	    json(js("name", sub_or(t, "@")), js("type", "TXT"), js("data", t->value),
	        jn("priority", 0), jn("ttl", t->ttl))));
}

static int find(struct api *a, struct txt *t)
{
	return has_txt(records(a, t), t, "name", "data");
}

static int remove_one(struct api *a, const struct txt *t, const char *id)
{
	return ok(api_delete(a, fmt(a, "%s/%s/", path(a, t), id)));
}

static int rm(struct api *a, struct txt *t)
{
	return rm_txt(a, records(a, t), t, "name", "data", "record_id", remove_one);
}

const struct dns_driver dns_simply = {
	.svc = {
		.name = "dns_simply",
		.title = "Simply.com",
		.site = "simply.com",
		.docs = "https://www.simply.com/en/docs/api/",
		.base = "https://api.simply.com/2",
		.basic = { "SIMPLY_AccountName", "SIMPLY_ApiKey" },
		.fault = { .text = "message" },
		.creds = {
			{ "SIMPLY_AccountName", "account name", 0, 0, NULL, NULL },
			{ "SIMPLY_ApiKey", "API key", SECRET, 0, NULL, NULL },
		},
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
};
