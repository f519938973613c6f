/* DNSimple API v2, zones and zone records: developer.dnsimple.com/v2 */
#include "../acme.h"

/* An account token belongs to one account, a user token opens all accounts of its user. */
static int login(struct api *a)
{
	const struct reply *r = api_get(a, "/whoami");
	const char *id = r ? json_str(r->json, "data/account/id") : NULL;
	if (id)
		api_keep(a, "account", id);
	return ok(r);
}

static int is_zone(struct api *a, struct txt *t, const char *account, const char *name)
{
	t->zone_id = fmt(a, "/%s/zones/%s", account, name);
	return found(api_probe(a, t->zone_id));
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	const char *account = api_kept(a, "account");
	if (account)
		return is_zone(a, t, account, name);
	const cJSON *one,
	    *all = api_pages(a, &(struct pages){ .path = "/accounts", .items = "data" });
	int there = all ? 0 : -1;
	cJSON_ArrayForEach(one, all)
		if (there == 0 && json_str(one, "id"))
			there = is_zone(a, t, json_str(one, "id"), name);
	return there;
}

static const char *records(struct api *a, const struct txt *t)
{
	return fmt(a, "%s/records", t->zone_id);
}

static const cJSON *listed(struct api *a, const struct txt *t)
{
	return api_pages(a,
	    &(struct pages){
	        .path = fmt(a, "%s%s", records(a, t), query(a, "name", t->sub, "type", "TXT")),
	        .items = "data",
	        .size = "per_page",
	        .per_page = 100,
	        .page = "page",
	        .last = "pagination/total_pages",
	        .fresh = true });
}

static int add(struct api *a, struct txt *t)
{
	return ok(api_post(a, records(a, t),
	    json(js("type", "TXT"), js("name", t->sub), js("content", t->value),
	        jn("ttl", t->ttl))));
}

static int find(struct api *a, struct txt *t)
{
	return has_txt(listed(a, t), t, "name", "content");
}

static int rm(struct api *a, struct txt *t)
{
	return delete_txt(a, listed(a, t), t, "name", "content", "id", records(a, t));
}

const struct dns_driver dns_dnsimple = {
	.svc = {
		.name = "dns_dnsimple",
		.title = "DNSimple",
		.site = "dnsimple.com",
		.docs = "https://developer.dnsimple.com/v2/zones/records/",
		.base = "https://api.dnsimple.com/v2",
		.bearer = "DNSimple_OAUTH_TOKEN",
		.fault = { .text = "errors|message", .exists = "matching record already exists" },
		.creds = { { "DNSimple_OAUTH_TOKEN", "API token of the account", SECRET, 0, NULL, NULL } },
		.login = login,
		.permissions = "zones: read and write (an account token)",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
};
