/* Websupport REST API v1, requests signed with HMAC-SHA1: rest.websupport.sk/docs */
#include "../acme.h"

static int sign(struct api *a, struct api_request *req)
{
	const int64_t now = clock_now();
	const char *host = strstr(req->url, "://"), *path = host ? strchr(host + 3, '/') : NULL;
	const char *text = fmt(a, "%s %s %lld", req->method, path ? path : "/", (long long)now);
	const char *key = fmt(a, "%s:%s", cred(a, "WS_ApiKey"),
	    hmac_hex(a, HASH_SHA1, cred(a, "WS_ApiSecret"), text));
	const char *date = clock_rfc3339(api_arena(a), now);
	api_header(req, "Authorization",
	    fmt(a, "Basic %s", b64_encode(api_arena(a), key, strlen(key))));
	api_header(req, "Date", fmt(a, "%.19s+0000", date));
	return 0;
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	const cJSON *zones = api_pages(a, &(struct pages){ .path = "", .items = "items" });
	return zones ? find_name(zones, "", "name", name) != NULL : -1;
}

static const char *path(struct api *a, const struct txt *t)
{
	return fmt(a, "/%s/record", t->zone);
}

static const cJSON *records(struct api *a, const struct txt *t)
{
	return api_pages(a, &(struct pages){ .path = path(a, t), .items = "items", .fresh = true });
}

static int add(struct api *a, struct txt *t)
{
	const struct reply *r = api_post(a, path(a, t),
	    json(js("type", "TXT"), js("name", sub_or(t, "@")), js("content", t->value),
	        jn("ttl", t->ttl)));
	if (r && text_is(json_str(r->json, "status"), "error"))
		return fail(a, "%s", json_text(api_arena(a), json_get(r->json, "errors")));
	return ok(r);
}

static int find(struct api *a, struct txt *t)
{
	return has_txt(records(a, t), t, "name", "content");
}

static int rm(struct api *a, struct txt *t)
{
	return delete_txt(a, records(a, t), t, "name", "content", "id", path(a, t));
}

const struct dns_driver dns_websupport = {
	.svc = {
		.name = "dns_websupport",
		.title = "Websupport",
		.site = "websupport.sk",
		.docs = "https://rest.websupport.sk/docs/index",
		.base = "https://rest.websupport.sk/v1/user/self/zone",
		.fault = { .text = "errors|message", .code = "code" },
		.creds = {
			{ "WS_ApiKey", "API key", SECRET, 0, NULL, NULL },
			{ "WS_ApiSecret", "its secret", SECRET, 0, NULL, NULL },
		},
		.sign = sign,
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
};
