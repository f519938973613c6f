/* deSEC API v1. A TXT set is read, changed and written back as a whole; an empty one is none:
 * desec.readthedocs.io */
#include "../acme.h"

static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	const cJSON *zones = api_pages(a, &(struct pages){ .path = "/", .next = "Link" });
	return zones ? find_name(zones, "", "name", name) != NULL : -1;
}

static int read_set(struct api *a, const struct txt *t, struct strs *values)
{
	const struct reply *r =
	    api_probe(a, fmt(a, "/%s/rrsets/%s/TXT/", t->zone, escape(a, sub_or(t, "@"))));
	if (!r || r->missing)
		return ok(r);
	*values = texts_of(a, json_get(r->json, "records"), "");
	return values->n ? 0 : fail(a, "the answer has no records");
}

static int write_set(struct api *a, const struct txt *t, struct strs values)
{
	return ok(api_put(a, fmt(a, "/%s/rrsets/", t->zone),
	    json_list(json(js("subname", t->sub), js("type", "TXT"),
	        jo("records", texts_json(values)), jn("ttl", t->ttl)))));
}

static int add(struct api *a, struct txt *t)
{
	struct strs values = { 0 };
	if (read_set(a, t, &values))
		return -1;
	return texts_add(a, &values, t->value, quoted(a, t->value)) ? write_set(a, t, values) : 0;
}

static int rm(struct api *a, struct txt *t)
{
	struct strs values = { 0 };
	if (read_set(a, t, &values))
		return -1;
	return texts_rm(&values, t->value) ? write_set(a, t, values) : 0;
}

const struct dns_driver dns_desec = {
	.svc = {
		.name = "dns_desec",
		.title = "deSEC",
		.site = "desec.io",
		.docs = "https://desec.readthedocs.io/",
		.base = "https://desec.io/api/v1/domains",
		.headers = { { "Authorization", "DEDYN_TOKEN", "Token %s" } },
		.fault = { .text = "detail|0/non_field_errors|non_field_errors" },
		.creds = { { "DEDYN_TOKEN", "API token", SECRET, 0, NULL, NULL } },
		.permissions = "if its policies restrict the token: write access to TXT",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.ttl = 3600,
};
