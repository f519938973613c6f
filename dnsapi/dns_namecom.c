/* Name.com API v4: name.com/api-docs */
#include "../acme.h"

enum { PAGES_MAX = 1000 };

static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	const cJSON *zones = api_pages(a,
	    &(struct pages){ .path = "/domains",
	        .items = "domains",
	        .next = "nextPage",
	        .token = "page" });
	return zones ? find_name(zones, "", "domainName", name) != NULL : -1;
}

static const char *path_of(struct api *a, const struct txt *t)
{
	return fmt(a, "/domains/%s/records", t->zone);
}

/* An empty list is left out of the reply, so that this is none for api_pages(). */
static const cJSON *records(struct api *a, const struct txt *t)
{
	cJSON *all = json_list(NULL);
	const char *path = path_of(a, t), *next = NULL;
	for (int page = 1; page <= PAGES_MAX; page++) {
		const struct reply *r =
		    api_get(a, next ? fmt(a, "%s%s", path, query(a, "page", next)) : path);
		if (!r)
			return NULL;
		const cJSON *rec, *list = json_get(r->json, "records");
		cJSON_ArrayForEach(rec, list)
			json_add(all, cJSON_Duplicate(rec, true));
		next = json_str(r->json, "nextPage");
		if (text_empty(next))
			break;
	}
	return all;
}

static int add(struct api *a, struct txt *t)
{
	return ok(api_post(a, path_of(a, t),
	    json(js("host", t->sub), js("type", "TXT"), js("answer", t->value),
	        jn("ttl", t->ttl))));
}

static int find(struct api *a, struct txt *t)
{
	return has_txt(records(a, t), t, "fqdn", "answer");
}

static int rm(struct api *a, struct txt *t)
{
	return delete_txt(a, records(a, t), t, "fqdn", "answer", "id", path_of(a, t));
}

const struct dns_driver dns_namecom = {
	.svc = {
		.name = "dns_namecom",
		.title = "Name.com",
		.site = "name.com",
		.docs = "https://www.name.com/api-docs",
		.base = "https://api.name.com/v4",
		.basic = { "Namecom_Username", "Namecom_Token" },
		.fault = { .text = "message", .code = "details",
			.exists = "Parameter Value Error - Duplicate Record|already exists" },
		.creds = {
			{ "Namecom_Username", "user name", 0, 0, NULL, NULL },
			{ "Namecom_Token", "API token", SECRET, 0, NULL, NULL },
		},
		.permissions = "API access, which Namesafe two-factor login closes",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
	.ttl = 300,
};
