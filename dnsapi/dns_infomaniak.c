/* Infomaniak API v2, DNS zones and records: developer.infomaniak.com/docs/api */
#include "../acme.h"

/* The zones that hold a name, which may be any below them. */
static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	const struct reply *r = api_probe(a, fmt(a, "/2/domains/%s/zones", name));
	if (!r)
		return -1;
	return !r->missing && find_name(r->json, "data", "fqdn", name);
}

static const char *path(struct api *a, const struct txt *t)
{
	return fmt(a, "/2/zones/%s/records", t->zone);
}

static const cJSON *records(struct api *a, const struct txt *t)
{
	return api_pages(a, &(struct pages){ .path = path(a, t), .items = "data", .fresh = true });
}

/* The apex is "." there, and has a name only in the full form. */
static const char *name_key(const struct txt *t)
{
	return *t->sub ? "source" : "source_idn";
}

static int add(struct api *a, struct txt *t)
{
	return ok(api_post(a, path(a, t),
	    json(js("type", "TXT"), js("source", sub_or(t, ".")), js("target", t->value),
	        jn("ttl", cred_int(a, "INFOMANIAK_TTL", t->ttl)))));
}

static int find(struct api *a, struct txt *t)
{
	return has_txt(records(a, t), t, name_key(t), "target");
}

static int rm(struct api *a, struct txt *t)
{
	return delete_txt(a, records(a, t), t, name_key(t), "target", "id", path(a, t));
}

const struct dns_driver dns_infomaniak = {
	.svc = {
		.name = "dns_infomaniak",
		.title = "Infomaniak",
		.site = "infomaniak.com",
		.docs = "https://developer.infomaniak.com/docs/api",
		.base = "{INFOMANIAK_API_URL}",
		.bearer = "INFOMANIAK_API_TOKEN",
		.fault = { .text = "error/errors/0/description|error/description", .code = "error/code",
			.ok = "result", .ok_value = "success|asynchronous", .missing = "object_not_found" },
		.creds = {
			{ "INFOMANIAK_API_TOKEN", "API token", SECRET, 0, NULL, NULL },
			{ "INFOMANIAK_API_URL", "another API server", OPTIONAL, 0,
				"https://api.infomaniak.com", NULL },
			{ "INFOMANIAK_TTL", "TTL of the records", OPTIONAL, 0, NULL, NULL },
		},
		.permissions = "scope domain",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
	.ttl = 300,
};
