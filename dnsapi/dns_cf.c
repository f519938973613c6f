/* Cloudflare API v4, zones and DNS records: developers.cloudflare.com/api */
#include "../acme.h"

static int zone(struct api *a, struct txt *t, const char *name)
{
	const char *id = cred(a, "CF_Zone_ID");
	if (id) {
		const struct reply *r = api_get(a, fmt(a, "/zones/%s", escape(a, id)));
		if (!r)
			return -1;
		t->zone_id = id;
		return same_name(json_str(r->json, "result/name"), name);
	}
	const struct reply *r = api_get(a,
	    fmt(a, "/zones%s", query(a, "name", name, "account.id", cred(a, "CF_Account_ID"))));
	if (!r)
		return -1;
	t->zone_id = json_str(find_name(r->json, "result", "name", name), "id");
	return t->zone_id != NULL;
}

static const char *records(struct api *a, const struct txt *t)
{
	return fmt(a, "/zones/%s/dns_records", t->zone_id);
}

static int add(struct api *a, struct txt *t)
{
	return ok(api_post(a, records(a, t),
	    json(js("type", "TXT"), js("name", t->fqdn), js("content", t->value),
	        jn("ttl", t->ttl))));
}

/* The filter by content is Cloudflare's own: how it writes the quotes of what it lists is its
 * affair. */
static int rm(struct api *a, struct txt *t)
{
	const struct reply *r = api_get(a,
	    fmt(a, "%s%s", records(a, t),
	        query(a, "type", "TXT", "name", t->fqdn, "content", t->value)));
	const cJSON *rec, *list = r ? json_get(r->json, "result") : NULL;
	cJSON_ArrayForEach(rec, list) {
		const char *id = json_str(rec, "id");
		if (id && same_name(json_str(rec, "name"), t->fqdn) &&
		    !api_delete(a, fmt(a, "%s/%s", records(a, t), escape(a, id))))
			return -1;
	}
	return ok(r);
}

const struct dns_driver dns_cf = {
	.svc = {
		.name = "dns_cf",
		.title = "Cloudflare",
		.site = "cloudflare.com",
		.docs = "https://developers.cloudflare.com/api/",
		.base = "https://api.cloudflare.com/client/v4",
		.bearer = "CF_Token",
		.headers = { { "X-Auth-Email", "CF_Email", NULL }, { "X-Auth-Key", "CF_Key", NULL } },
		.fault = { .text = "errors/0/message", .code = "errors/0/code", .ok = "success",
			.ok_value = "true", .exists = "81057|81058" },
		.creds = {
			{ "CF_Token", "API token", SECRET, 1, NULL, NULL },
			{ "CF_Account_ID", "account, if the token sees several", OPTIONAL, 1, NULL, NULL },
			{ "CF_Zone_ID", "zone, for a token that may not list zones", OPTIONAL | BINDS, 1,
				NULL, NULL },
			{ "CF_Email", "e-mail address of the account", 0, 2, NULL, NULL },
			{ "CF_Key", "global API key", SECRET, 2, NULL, NULL },
		},
		.permissions = "Zone:Zone:Read and Zone:DNS:Edit",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
};
