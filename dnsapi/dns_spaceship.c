/* Spaceship API v1, DNS records, which are known by what they say: docs.spaceship.dev */
#include "../acme.h"

static const char *path(struct api *a, const char *domain)
{
	return fmt(a, "/dns/records/%s", domain);
}

/* A name that cannot be a domain is refused (422) rather than not found. */
static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	const char *root = cred(a, "SPACESHIP_ROOT_DOMAIN");
	if (root)
		return same_name(root, name);
	struct api_request req = { .url = fmt(a, "%s?take=1&skip=0", path(a, name)),
		.any_status = true };
	const struct reply *r = api_send(a, &req);
	if (!r)
		return -1;
	if (r->status == 400 || r->status == 404 || r->status == 422)
		return 0;
	req.any_status = false;
	return r->status == 200 ? 1 : found(api_send(a, &req));
}

static cJSON *record(const struct txt *t, cJSON *ttl)
{
	return json(js("type", "TXT"), js("name", sub_or(t, "@")), js("value", t->value), ttl);
}

static int add(struct api *a, struct txt *t)
{
	return ok(api_put(a, path(a, t->zone),
	    json(jb("force", true), jo("items", json_list(record(t, jn("ttl", t->ttl)))))));
}

static int rm(struct api *a, struct txt *t)
{
	return ok(api_send(a,
	    &(struct api_request){ .method = "DELETE",
	        .url = path(a, t->zone),
	        .body = json_text(api_arena(a), json_list(record(t, NULL))),
	        .probe = true }));
}

const struct dns_driver dns_spaceship = {
	.svc = {
		.name = "dns_spaceship",
		.title = "Spaceship",
		.site = "spaceship.com",
		.docs = "https://docs.spaceship.dev/",
		.base = "https://spaceship.dev/api/v1",
		.headers = { { "X-API-Key", "SPACESHIP_API_KEY", NULL },
			{ "X-API-Secret", "SPACESHIP_API_SECRET", NULL } },
		.fault = { .text = "detail" },
		.creds = {
			{ "SPACESHIP_API_KEY", "API key", SECRET, 0, NULL, NULL },
			{ "SPACESHIP_API_SECRET", "its secret", SECRET, 0, NULL, NULL },
			{ "SPACESHIP_ROOT_DOMAIN", "the domain, when it is not to be looked for",
				OPTIONAL | PER_DOMAIN, 0, NULL, NULL },
		},
		.permissions = "dnsrecords:read, dnsrecords:write",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.ttl = 600,
};
