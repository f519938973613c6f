/* CloudXNS API 2.0, as it was: the service has closed. Each request carries the MD5 of what it
 * says, with the secret behind it. */
#include "../acme.h"

static int sign(struct api *a, struct api_request *req)
{
	const char *date = clock_http_date(api_arena(a), clock_now());
	const char *text = fmt(a, "%s%s%s%s%s", cred(a, "CX_Key"), req->url,
	    req->body ? req->body : "", date, cred(a, "CX_Secret"));
	api_header(req, "API-REQUEST-DATE", date);
	api_header(req, "API-HMAC", hash_hex(api_arena(a), HASH_MD5, text, strlen(text)));
	return 0;
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	const cJSON *domains = api_pages(a, &(struct pages){ .path = "/domain", .items = "data" });
	if (!domains)
		return -1;
	t->zone_id = json_str(find_name(domains, "", "domain", name), "id");
	return t->zone_id != NULL;
}

static const cJSON *records(struct api *a, const struct txt *t)
{
	return api_pages(a,
	    &(struct pages){ .path = fmt(a, "/record/%s?host_id=0", t->zone_id),
	        .items = "data",
	        .size = "row_num",
	        .per_page = 2000,
	        .offset = "offset",
	        .total = "total",
	        .fresh = true });
}

static int add(struct api *a, struct txt *t)
{
	long long id = 0;
	text_number(t->zone_id, 0, INT64_MAX, &id);
	return ok(api_post(a, "/record",
	    json(jn("domain_id", id), js("host", sub_or(t, "@")), js("value", t->value),
	        js("type", "TXT"), jn("ttl", t->ttl), jn("line_id", 1))));
}

static int find(struct api *a, struct txt *t)
{
	return has_txt(records(a, t), t, "host", "value");
}

static int remove_one(struct api *a, const struct txt *t, const char *id)
{
	return ok(api_delete(a, fmt(a, "/record/%s/%s", escape(a, id), t->zone_id)));
}

static int rm(struct api *a, struct txt *t)
{
	return rm_txt(a, records(a, t), t, "host", "value", "record_id", remove_one);
}

const struct dns_driver dns_cx = {
	.svc = {
		.name = "dns_cx",
		.title = "CloudXNS (closed)",
		.site = "cloudxns.net",
		.base = "https://www.cloudxns.net/api2",
		.headers = { { "API-KEY", "CX_Key", NULL }, { "API-FORMAT", NULL, "json" } },
		.fault = { .text = "message", .code = "code", .ok = "code", .ok_value = "1" },
		.creds = {
			{ "CX_Key", "API key", SECRET, 0, NULL, NULL },
			{ "CX_Secret", "secret key", SECRET, 0, NULL, NULL },
		},
		.sign = sign,
		.gone = "CloudXNS has closed its service: move the domain to another provider and use its "
		        "driver.",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
	.ttl = 600,
};
