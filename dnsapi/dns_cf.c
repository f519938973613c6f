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
	const struct reply *r = api_get(a, fmt(a, "/zones%s",
	    query(a, "name", name, "account.id", cred(a, "CF_Account_ID"))));
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
	return ok(api_post(a, records(a, t), json(js("type", "TXT"), js("name", t->fqdn),
	    js("content", quoted(a, t->value)), jn("ttl", t->ttl))));
}

static int rm(struct api *a, struct txt *t)
{
	const cJSON *list = api_pages(a, &(struct pages){
	    .path = fmt(a, "%s%s", records(a, t),
	        query(a, "type", "TXT", "name", t->fqdn, "content.contains", t->value)),
	    .items = "result",
	    .fresh = true });
	return delete_txt(a, list, t, NULL, "content", "id", records(a, t));
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
