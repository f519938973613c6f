/* IONOS DNS API v1 (of the hosting, not of IONOS Cloud): developer.hosting.ionos.com/docs/dns */
#include "../acme.h"

static int login(struct api *a)
{
	api_keep_secret(a, "key",
	    fmt(a, "%s.%s", cred(a, "IONOS_PREFIX"), cred(a, "IONOS_SECRET")));
	return 0;
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	const cJSON *zones = api_pages(a, &(struct pages){ .path = "/v1/zones" });
	t->zone_id = json_str(find_name(zones, "", "name", name), "id");
	return zones ? t->zone_id != NULL : -1;
}

static const char *path_of(struct api *a, const struct txt *t)
{
	return fmt(a, "/v1/zones/%s", t->zone_id);
}

/* An empty list where the zone comes without one. */
static const cJSON *records(struct api *a, const struct txt *t)
{
	const struct reply *r = api_get(a,
	    fmt(a, "%s%s", path_of(a, t), query(a, "recordName", t->fqdn, "recordType", "TXT")));
	const cJSON *list = r ? json_get(r->json, "records") : NULL;
	return !r || list ? list : json_list(NULL);
}

static int add(struct api *a, struct txt *t)
{
	return ok(api_post(a, fmt(a, "%s/records", path_of(a, t)),
	    json_list(json(js("name", t->fqdn), js("type", "TXT"), js("content", t->value),
	        jn("ttl", t->ttl), jn("prio", 10), jb("disabled", false)))));
}

static int find(struct api *a, struct txt *t)
{
	return has_txt(records(a, t), t, "name", "content");
}

static int rm(struct api *a, struct txt *t)
{
	return delete_txt(a, records(a, t), t, "name", "content", "id",
	    fmt(a, "%s/records", path_of(a, t)));
}

const struct dns_driver dns_ionos = {
	.svc = {
		.name = "dns_ionos",
		.title = "IONOS",
		.site = "ionos.com",
		.docs = "https://developer.hosting.ionos.com/docs/dns",
		.base = "https://api.hosting.ionos.com/dns",
		.headers = { { "X-API-Key", "key", NULL } },
		.fault = { .text = "0/message|message|0/code", .code = "0/code|code",
			.exists = "RECORD_ALREADY_EXISTS|already exists" },
		.creds = {
			{ "IONOS_PREFIX", "public prefix of the API key", 0, 0, NULL, NULL },
			{ "IONOS_SECRET", "its secret", SECRET, 0, NULL, NULL },
		},
		.login = login,
		.permissions = "an API key of the account that holds the domain",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
	.ttl = 60,
};
