/* Linode API v4, domains and domain records: techdocs.akamai.com/linode-api */
#include "../acme.h"

enum { PAGES_MAX = 1000 };

/* The items of a listing that fit a filter, which is a header. */
static const cJSON *search(struct api *a, const char *path, const cJSON *filter)
{
	cJSON *all = json_list(NULL);
	for (long long page = 1, last = 1; page <= last && page <= PAGES_MAX; page++) {
		struct api_request req = { .url = path };
		if (page > 1)
			req.url = fmt(a, "%s?page=%lld", path, page);
		api_header(&req, "X-Filter", json_text(api_arena(a), filter));
		const struct reply *r = api_send(a, &req);
		if (!r)
			return NULL;
		const cJSON *item, *list = json_get(r->json, "data");
		if (!list)
			return fail_null(a, "the answer has no data");
		cJSON_ArrayForEach(item, list)
			json_add(all, cJSON_Duplicate(item, true));
		last = json_int(r->json, "pages", 1);
	}
	return all;
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	const cJSON *list = search(a, "", json(js("domain", name)));
	t->zone_id = json_str(find_name(list, "", "domain", name), "id");
	return list ? t->zone_id != NULL : -1;
}

static const char *path_of(struct api *a, const struct txt *t)
{
	return fmt(a, "/%s/records", t->zone_id);
}

static const cJSON *records(struct api *a, const struct txt *t)
{
	return search(a, path_of(a, t), json(js("type", "TXT"), js("name", t->sub)));
}

static int add(struct api *a, struct txt *t)
{
	return ok(api_post(a, path_of(a, t),
	    json(js("type", "TXT"), js("name", t->sub), js("target", t->value),
	        jn("ttl_sec", t->ttl))));
}

static int find(struct api *a, struct txt *t)
{
	return has_txt(records(a, t), t, "name", "target");
}

static int rm(struct api *a, struct txt *t)
{
	return delete_txt(a, records(a, t), t, "name", "target", "id", path_of(a, t));
}

const struct dns_driver dns_linode_v4 = {
	.svc = {
		.name = "dns_linode_v4",
		.title = "Linode",
		.site = "linode.com",
		.docs = "https://techdocs.akamai.com/linode-api/reference/api",
		.base = "https://api.linode.com/v4/domains",
		.bearer = "LINODE_V4_API_KEY",
		.fault = { .text = "errors/0/reason" },
		.creds = { { "LINODE_V4_API_KEY", "personal access token", SECRET, 0, NULL, NULL } },
		.permissions = "Domains: Read/Write",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
	.ttl = 300,
};
