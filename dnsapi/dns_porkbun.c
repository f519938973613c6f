/* Porkbun API v3, JSON; each request is a POST with the keys in its body:
 * porkbun.com/api/json/v3/documentation */
#include "../acme.h"

static const struct reply *post(struct api *a, const char *path, cJSON *body, bool probe)
{
	json_add(body, js("apikey", cred(a, "PORKBUN_API_KEY")));
	json_add(body, js("secretapikey", cred(a, "PORKBUN_SECRET_API_KEY")));
	return api_send(a,
	    &(struct api_request){ .method = "POST",
	        .url = path,
	        .probe = probe,
	        .body = json_text(api_arena(a), body) });
}

static const struct reply *records(struct api *a, const char *zone)
{
	return post(a, fmt(a, "/dns/retrieve/%s", zone), json(NULL), true);
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	return found(records(a, name));
}

static int add(struct api *a, struct txt *t)
{
	return ok(post(a, fmt(a, "/dns/create/%s", t->zone),
	    json(js("name", t->sub), js("type", "TXT"), js("content", t->value),
	        js("ttl", fmt(a, "%d", t->ttl))),
	    false));
}

static int find(struct api *a, struct txt *t)
{
	const struct reply *r = records(a, t->zone);
	return r ? find_txt(json_get(r->json, "records"), NULL, t, "name", "content") != NULL : -1;
}

static int rm(struct api *a, struct txt *t)
{
	const struct reply *r = records(a, t->zone);
	const cJSON *list = r ? json_get(r->json, "records") : NULL, *rec = NULL;
	while (r && (rec = find_txt(list, rec, t, "name", "content"))) {
		const char *id = json_str(rec, "id");
		if (!id)
			return fail(a, "a listed record has no id");
		r = post(a, fmt(a, "/dns/delete/%s/%s", t->zone, id), json(NULL), true);
	}
	return ok(r);
}

const struct dns_driver dns_porkbun = {
	.svc = {
		.name = "dns_porkbun",
		.title = "Porkbun",
		.site = "porkbun.com",
		.docs = "https://porkbun.com/api/json/v3/documentation",
		.base = "https://api.porkbun.com/api/json/v3",
		.fault = { .text = "message", .code = "code", .ok = "status", .ok_value = "SUCCESS",
			.exists = "already exists",
			.missing = "Invalid domain|Invalid record" },
		.creds = {
			{ "PORKBUN_API_KEY", "API key", SECRET, 0, NULL, NULL },
			{ "PORKBUN_SECRET_API_KEY", "secret API key", SECRET, 0, NULL, NULL },
		},
		.permissions = "API access switched on for the domain",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
	.ttl = 600,
};
