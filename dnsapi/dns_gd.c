/* GoDaddy Domains API v1. The TXT set of a name is read, changed and written back as a whole:
 * developer.godaddy.com/doc/endpoint/domains */
#include "../acme.h"

static int login(struct api *a)
{
	api_keep_secret(a, "key", fmt(a, "%s:%s", cred(a, "GD_Key"), cred(a, "GD_Secret")));
	return 0;
}

/* Accounts with few domains may not look at a domain (ACCESS_DENIED), and may change its records
 * all the same: what the answer about those says counts then. */
static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	const char *path = fmt(a, "/domains/%s", name);
	const struct reply *r =
	    api_send(a, &(struct api_request){ .url = path, .any_status = true });
	if (!r)
		return -1;
	if (r->status == 200 || r->status == 404 || r->status == 422)
		return r->status == 200;
	return found(api_probe(a, fmt(a, "%s/records/TXT/_acme-challenge", path)));
}

static const char *set_of(struct api *a, const struct txt *t)
{
	return fmt(a, "/domains/%s/records/TXT/%s", t->zone, escape(a, sub_or(t, "@")));
}

/* The values at the name but ours (without data: GoDaddy's way to say that there is none), as they
 * are to be written back. */
static cJSON *others(struct api *a, const struct txt *t, bool *ours)
{
	const struct reply *r = api_probe(a, set_of(a, t));
	cJSON *rest = json_list(NULL);
	const cJSON *rec, *list = r && !r->missing ? r->json : NULL;
	*ours = false;
	cJSON_ArrayForEach(rec, list) {
		const char *data = json_str(rec, "data");
		if (same_txt(data, t->value))
			*ours = true;
		else if (!text_empty(data))
			json_add(rest,
			    json(js("data", data), jn("ttl", json_int(rec, "ttl", t->ttl))));
	}
	return r ? rest : NULL;
}

static int add(struct api *a, struct txt *t)
{
	bool there;
	cJSON *set = others(a, t, &there);
	if (!set || there)
		return set ? 0 : -1;
	json_add(set, json(js("data", t->value), jn("ttl", t->ttl)));
	return ok(api_put(a, set_of(a, t), set));
}

static int rm(struct api *a, struct txt *t)
{
	bool there;
	cJSON *set = others(a, t, &there);
	if (!set || !there)
		return set ? 0 : -1;
	return ok(json_count(set, "") ? api_put(a, set_of(a, t), set)
	                              : api_delete(a, set_of(a, t)));
}

const struct dns_driver dns_gd = {
	.svc = {
		.name = "dns_gd",
		.title = "GoDaddy",
		.site = "godaddy.com",
		.docs = "https://developer.godaddy.com/doc/endpoint/domains",
		.base = "https://api.godaddy.com/v1",
		.headers = { { "Authorization", "key", "sso-key %s" } },
		.fault = { .text = "message", .code = "code",
			.missing = "NOT_FOUND|UNKNOWN_DOMAIN|INVALID_DOMAIN" },
		.creds = {
			{ "GD_Key", "API key (production)", SECRET, 0, NULL, NULL },
			{ "GD_Secret", "its secret", SECRET, 0, NULL, NULL },
		},
		.login = login,
		.notes = "GoDaddy opens its API to accounts with several domains only.",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.ttl = 600,
};
