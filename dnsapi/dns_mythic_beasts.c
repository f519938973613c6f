/* Mythic Beasts DNS API v2, with a token that an API key gives (OAuth 2 client credentials):
 * mythic-beasts.com/support/api/dnsv2 */
#include "../acme.h"

static int login(struct api *a)
{
	const char *key = fmt(a, "%s:%s", cred(a, "MB_AK"), cred(a, "MB_AS"));
	struct api_request req = { .method = "POST",
		.url = "https://auth.mythic-beasts.com/login",
		.body = "grant_type=client_credentials",
		.type = "application/x-www-form-urlencoded",
		.no_auth = true };
	api_header(&req, "Authorization",
	    fmt(a, "Basic %s", b64_encode(api_arena(a), key, strlen(key))));
	const struct reply *r = api_send(a, &req);
	const char *token = r ? reply_str(a, r, "access_token") : NULL;
	if (!token)
		return -1;
	api_keep_secret(a, "token", token);
	return 0;
}

/* Names that are no zone of the account may be forbidden; when that is all that is left to try, it
 * is the key that may not. */
static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	const char *path = fmt(a, "/%s/records", name);
	const struct reply *r =
	    api_send(a, &(struct api_request){ .url = path, .any_status = true });
	if (!r)
		return -1;
	if (r->status == 400 || r->status == 404)
		return 0;
	if (r->status == 403 && strchr(strchr(name, '.') + 1, '.'))
		return 0;
	return r->status == 200 ? 1 : found(api_probe(a, path));
}

static const char *records(struct api *a, const struct txt *t)
{
	return fmt(a, "/%s/records/%s/TXT", t->zone, escape(a, sub_or(t, "@")));
}

static int add(struct api *a, struct txt *t)
{
	return ok(api_form(a, records(a, t), form("data", t->value)));
}

/* Without the filter all TXT records at the name would go. */
static int rm(struct api *a, struct txt *t)
{
	return ok(api_delete(a, fmt(a, "%s%s", records(a, t), query(a, "data", t->value))));
}

const struct dns_driver dns_mythic_beasts = {
	.svc = {
		.name = "dns_mythic_beasts",
		.title = "Mythic Beasts",
		.site = "mythic-beasts.com",
		.docs = "https://www.mythic-beasts.com/support/api/dnsv2",
		.base = "https://api.mythic-beasts.com/dns/v2/zones",
		.bearer = "token",
		.fault = { .text = "errors|error_description|error|message" },
		.creds = {
			{ "MB_AK", "API key", SECRET, 0, NULL, NULL },
			{ "MB_AS", "its secret", SECRET, 0, NULL, NULL },
		},
		.login = login,
		.permissions = "DNS API v2: the zone, or its _acme-challenge TXT records",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
};
