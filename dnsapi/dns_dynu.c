/* Dynu API v2, with a token that client id and secret give. Its status stands in the reply once
 * more: dynu.com/Support/API */
#include "../acme.h"

static int login(struct api *a)
{
	struct api_request req = { .url = "/oauth2/token", .no_auth = true, .any_status = true };
	const char *pair = fmt(a, "%s:%s", cred(a, "Dynu_ClientId"), cred(a, "Dynu_Secret"));
	const char *basic = b64_encode(api_arena(a), pair, strlen(pair));
	secret(basic);
	api_header(&req, "Authorization", fmt(a, "Basic %s", basic));
	const struct reply *r = api_send(a, &req);
	if (!r)
		return -1;
	const char *token = json_str(r->json, "access_token"), *why = json_str(r->json, "message");
	if (!token) {
		fail(a, "%d %s", r->status,
		    text_safe(api_arena(a), why ? why : "no token in the answer", 200));
		return remedy(a, "check Dynu_ClientId and Dynu_Secret");
	}
	api_keep_secret(a, "token", token);
	return 0;
}

/* Asked for a name below it, it tells of the domain too. */
static int zone(struct api *a, struct txt *t, const char *name)
{
	const struct reply *r = api_probe(a, fmt(a, "/dns/getroot/%s", name));
	if (!r || r->missing)
		return found(r);
	t->zone_id = json_str(r->json, "id");
	return t->zone_id && same_name(json_str(r->json, "domainName"), name);
}

static const char *path_of(struct api *a, const struct txt *t)
{
	return fmt(a, "/dns/%s/record", t->zone_id);
}

static const cJSON *records(struct api *a, const struct txt *t)
{
	return api_pages(a,
	    &(struct pages){ .path = path_of(a, t), .items = "dnsRecords", .fresh = true });
}

static int add(struct api *a, struct txt *t)
{
	long long id;
	if (text_number(t->zone_id, 0, INT64_MAX, &id))
		return fail(a, "the domain's id is no number: %s", t->zone_id);
	return ok(api_post(a, path_of(a, t),
	    json(jn("domainId", id), js("nodeName", t->sub), js("recordType", "TXT"),
	        js("textData", t->value), jb("state", true), jn("ttl", t->ttl))));
}

static int find(struct api *a, struct txt *t)
{
	return has_txt(records(a, t), t, "hostname", "textData");
}

/* Only records of text have textData. */
static int rm(struct api *a, struct txt *t)
{
	return delete_txt(a, records(a, t), t, "hostname", "textData", "id", path_of(a, t));
}

const struct dns_driver dns_dynu = {
	.svc = {
		.name = "dns_dynu",
		.title = "Dynu",
		.site = "dynu.com",
		.docs = "https://www.dynu.com/Support/API",
		.base = "https://api.dynu.com/v2",
		.bearer = "token",
		.fault = { .text = "message", .code = "statusCode", .ok = "statusCode", .ok_value = "200",
			.missing = "404|501", .exists = "already exists" },
		.creds = {
			{ "Dynu_ClientId", "OAuth2 client id", 0, 0, NULL, NULL },
			{ "Dynu_Secret", "its secret", SECRET, 0, NULL, NULL },
		},
		.login = login,
		.permissions = "API credentials of the control panel (OAuth2)",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
	.ttl = 90,
};
