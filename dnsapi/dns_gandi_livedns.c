/* Gandi LiveDNS API v5. A TXT set is read, changed and written back as a whole:
 * api.gandi.net/docs/livedns */
#include "../acme.h"

static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	return found(api_probe(a, fmt(a, "/%s", name)));
}

static const char *set_of(struct api *a, const struct txt *t)
{
	return fmt(a, "/%s/records/%s/TXT", t->zone, escape(a, sub_or(t, "@")));
}

static int read_set(struct api *a, const struct txt *t, struct strs *values)
{
	const struct reply *r = api_probe(a, set_of(a, t));
	if (!r || r->missing)
		return ok(r);
	*values = texts_of(a, json_get(r->json, "rrset_values"), "");
	return values->n ? 0 : fail(a, "the answer has no rrset_values");
}

static int write_set(struct api *a, const struct txt *t, struct strs values)
{
	return ok(api_put(a, set_of(a, t),
	    json(jn("rrset_ttl", t->ttl), jo("rrset_values", texts_json(values)))));
}

static int add(struct api *a, struct txt *t)
{
	struct strs values = { 0 };
	if (read_set(a, t, &values))
		return -1;
	return texts_add(a, &values, t->value, t->value) ? write_set(a, t, values) : 0;
}

static int rm(struct api *a, struct txt *t)
{
	struct strs values = { 0 };
	if (read_set(a, t, &values))
		return -1;
	if (!texts_rm(&values, t->value))
		return 0;
	return values.n ? write_set(a, t, values) : ok(api_delete(a, set_of(a, t)));
}

const struct dns_driver dns_gandi_livedns = {
	.svc = {
		.name = "dns_gandi_livedns",
		.title = "Gandi LiveDNS",
		.site = "gandi.net",
		.docs = "https://api.gandi.net/docs/livedns/",
		.base = "https://api.gandi.net/v5/livedns/domains",
		.bearer = "GANDI_LIVEDNS_TOKEN",
		.headers = { { "Authorization", "GANDI_LIVEDNS_KEY", "Apikey %s" } },
		.fault = { .text = "message|errors/0/description|cause" },
		.creds = {
			{ "GANDI_LIVEDNS_TOKEN", "personal access token", SECRET, 1, NULL, NULL },
			{ "GANDI_LIVEDNS_KEY", "API key (the old way)", SECRET, 2, NULL, NULL },
		},
		.permissions = "Manage domain name technical configurations",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.ttl = 300,
};
