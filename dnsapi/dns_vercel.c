/* Vercel REST API, domains and their DNS records:
 * vercel.com/docs/rest-api/reference/endpoints/dns */
#include "../acme.h"

/* Of names that are no domain of the account some are forbidden to look at; when that is all that
 * is left to try, it is the token that may not. */
static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	const char *path = fmt(a, "/v4/domains/%s", name);
	const struct reply *r =
	    api_send(a, &(struct api_request){ .url = path, .any_status = true });
	if (!r)
		return -1;
	if (r->status == 400 || r->status == 404)
		return 0;
	if (r->status == 403 && strchr(strchr(name, '.') + 1, '.'))
		return 0;
	return r->status == 200 ? 1 : found(api_probe(a, path));
}

static const char *path(struct api *a, const struct txt *t)
{
	return fmt(a, "/v2/domains/%s/records", t->zone);
}

static const cJSON *records(struct api *a, const struct txt *t)
{
	return api_pages(a,
	    &(struct pages){ .path = path(a, t),
	        .items = "records",
	        .size = "limit",
	        .per_page = 100,
	        .next = "pagination/next",
	        .token = "until",
	        .fresh = true });
}

static int add(struct api *a, struct txt *t)
{
	return ok(api_post(a, path(a, t),
	    json(js("type", "TXT"), js("name", t->sub), js("value", t->value), jn("ttl", t->ttl))));
}

static int find(struct api *a, struct txt *t)
{
	return has_txt(records(a, t), t, "name", "value");
}

static int rm(struct api *a, struct txt *t)
{
	return delete_txt(a, records(a, t), t, "name", "value", "id", path(a, t));
}

const struct dns_driver dns_vercel = {
	.svc = {
		.name = "dns_vercel",
		.title = "Vercel",
		.site = "vercel.com",
		.docs = "https://vercel.com/docs/rest-api/reference/endpoints/dns",
		.base = "https://api.vercel.com",
		.bearer = "VERCEL_TOKEN",
		.params = { { "teamId", "VERCEL_TEAM_ID", NULL } },
		.fault = { .text = "error/message", .code = "error/code" },
		.creds = {
			{ "VERCEL_TOKEN", "access token", SECRET, 0, NULL, NULL },
			{ "VERCEL_TEAM_ID", "team, when the domain is a team's", OPTIONAL, 0, NULL, NULL },
		},
		.permissions = "a token whose scope holds the domain",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
	.ttl = 60,
};
