/* dynv6 REST API v2: dynv6.github.io/api-spec */
#include "../acme.h"

static int zone(struct api *a, struct txt *t, const char *name)
{
	const cJSON *zones = api_pages(a, &(struct pages){ .path = "/zones" });
	t->zone_id = json_str(find_name(zones, "", "name", name), "id");
	return zones ? t->zone_id != NULL : -1;
}

static const char *path(struct api *a, const struct txt *t)
{
	return fmt(a, "/zones/%s/records", t->zone_id);
}

static const cJSON *records(struct api *a, const struct txt *t)
{
	return api_pages(a, &(struct pages){ .path = path(a, t), .fresh = true });
}

static int add(struct api *a, struct txt *t)
{
	return ok(api_post(a, path(a, t),
	    json(js("name", t->sub), js("data", t->value), js("type", "TXT"))));
}

static int find(struct api *a, struct txt *t)
{
	return has_txt(records(a, t), t, "name", "data");
}

static int rm(struct api *a, struct txt *t)
{
	return delete_txt(a, records(a, t), t, "name", "data", "id", path(a, t));
}

const struct dns_driver dns_dynv6 = {
	.svc = {
		.name = "dns_dynv6",
		.title = "dynv6",
		.site = "dynv6.com",
		.docs = "https://dynv6.github.io/api-spec/",
		.base = "https://dynv6.com/api/v2",
		.bearer = "DYNV6_TOKEN",
		.fault = { .text = "errors|error|message" },
		.creds = { { "DYNV6_TOKEN", "HTTP token", SECRET, 0, NULL, "dynv6_token" } },
		.notes = "The way with an SSH key (KEY) is not there; make an HTTP token under Keys.",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
};
