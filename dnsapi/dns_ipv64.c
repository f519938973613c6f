/* IPv64.net API: ipv64.net/dyndns_updater_api */
#include "../acme.h"

/* The domains are the members of an object. */
static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	const struct reply *r = api_get(a, "?get_domains");
	const cJSON *domains = r ? json_get(r->json, "subdomains") : NULL;
	for (const cJSON *d = domains ? domains->child : NULL; d; d = d->next)
		if (same_name(d->string, name))
			return 1;
	return r ? 0 : -1;
}

static int change(struct api *a, const struct txt *t, const char *method, const char *what)
{
	return ok(api_send(a,
	    &(struct api_request){ .method = method,
	        .type = "application/x-www-form-urlencoded",
	        .probe = text_is(method, "DELETE"),
	        .body = form_text(a,
	            form(what, t->zone, "praefix", t->sub, "type", "TXT", "content", t->value)) }));
}

static int add(struct api *a, struct txt *t)
{
	return change(a, t, "POST", "add_record");
}

static int rm(struct api *a, struct txt *t)
{
	return change(a, t, "DELETE", "del_record");
}

const struct dns_driver dns_ipv64 = {
	.svc = {
		.name = "dns_ipv64",
		.title = "IPv64.net",
		.site = "ipv64.net",
		.docs = "https://ipv64.net/dyndns_updater_api",
		.base = "https://ipv64.net/api",
		.bearer = "IPv64_Token",
		.fault = { .text = "add_record|del_record|get_domains|status", .ok = "info",
			.ok_value = "success" },
		.creds = { { "IPv64_Token", "API key of the account", SECRET, 0, NULL, NULL } },
	},
	.zone = zone,
	.add = add,
	.rm = rm,
};
