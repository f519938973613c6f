/* Mail-in-a-Box, custom DNS of the box's API: mailinabox.email/api-docs.html */
#include "../acme.h"

static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	const struct reply *r = api_get(a, "/zones");
	const cJSON *z, *zones = r ? json_get(r->json, "") : NULL;
	if (r && !cJSON_IsArray(zones))
		return fail(a, "the answer is no list of zones: %.100s", r->body);
	cJSON_ArrayForEach(z, zones)
		if (same_name(json_str(z, ""), name))
			return 1;
	return r ? 0 : -1;
}

static int change(struct api *a, const struct txt *t, const char *method)
{
	return ok(api_send(a,
	    &(struct api_request){ .method = method,
	        .url = fmt(a, "/custom/%s/txt", t->fqdn),
	        .body = t->value,
	        .type = "text/plain" }));
}

static int add(struct api *a, struct txt *t)
{
	return change(a, t, "POST");
}

static int rm(struct api *a, struct txt *t)
{
	return change(a, t, "DELETE");
}

const struct dns_driver dns_miab = {
	.svc = {
		.name = "dns_miab",
		.title = "Mail-in-a-Box",
		.site = "mailinabox.email",
		.docs = "https://mailinabox.email/api-docs.html",
		.base = "{MIAB_Server}/admin/dns",
		.basic = { "MIAB_Username", "MIAB_Password" },
		.accept = "text/plain",
		.fault = { .text = "reason|" },
		.creds = {
			{ "MIAB_Username", "e-mail address of an administrator", 0, 0, NULL, NULL },
			{ "MIAB_Password", "its password", SECRET, 0, NULL, NULL },
			{ "MIAB_Server", "the box, box.example.com", 0, 0, NULL, NULL },
		},
	},
	.zone = zone,
	.add = add,
	.rm = rm,
};
