/* DNS Made Easy API V2.0, each request signed with the date: api-docs.dnsmadeeasy.com */
#include "../acme.h"

static int sign(struct api *a, struct api_request *req)
{
	const char *date = clock_http_date(api_arena(a), clock_now());
	api_header(req, "x-dnsme-requestDate", date);
	api_header(req, "x-dnsme-hmac", hmac_hex(a, HASH_SHA1, cred(a, "ME_Secret"), date));
	return 0;
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	const struct reply *r = api_probe(a, fmt(a, "/name%s", query(a, "domainname", name)));
	if (!r || r->missing)
		return found(r);
	t->zone_id = json_str(r->json, "id");
	return t->zone_id && same_name(json_str(r->json, "name"), name);
}

static const cJSON *listed(struct api *a, const struct txt *t)
{
	return api_pages(a,
	    &(struct pages){ .path = fmt(a, "/%s/records%s", t->zone_id,
	                         query(a, "recordName", t->sub, "type", "TXT")),
	        .items = "data",
	        .fresh = true });
}

static int add(struct api *a, struct txt *t)
{
	return ok(api_post(a, fmt(a, "/%s/records/", t->zone_id),
	    json(js("type", "TXT"), js("name", t->sub), js("value", t->value),
	        js("gtdLocation", "DEFAULT"), jn("ttl", t->ttl))));
}

static int rm(struct api *a, struct txt *t)
{
	return delete_txt(a, listed(a, t), t, "name", "value", "id",
	    fmt(a, "/%s/records", t->zone_id));
}

const struct dns_driver dns_me = {
	.svc = {
		.name = "dns_me",
		.title = "DNS Made Easy",
		.site = "dnsmadeeasy.com",
		.docs = "https://api-docs.dnsmadeeasy.com/",
		.base = "https://api.dnsmadeeasy.com/V2.0/dns/managed",
		.headers = { { "x-dnsme-apiKey", "ME_Key", NULL } },
		.fault = { .text = "error", .exists = "already exists", .missing = "Cannot find",
			.busy = "Rate limit exceeded" },
		.creds = {
			{ "ME_Key", "API key", SECRET, 0, NULL, NULL },
			{ "ME_Secret", "secret key", SECRET, 0, NULL, NULL },
		},
		.sign = sign,
	},
	.zone = zone,
	.add = add,
	.rm = rm,
};
