/* TransIP REST API v6. An RSA signature of the login gives a token for half an hour:
 * api.transip.nl/rest/docs.html */
#include "../acme.h"

/* The private key: a file, or what a URL gives. */
static const char *private_key(struct api *a)
{
	const char *place = cred(a, "TRANSIP_Key_File");
	size_t len;
	if (!text_starts(place, "https://") && !text_starts(place, "http://"))
		return api_file(a, place, &len);
	const struct reply *r =
	    api_send(a, &(struct api_request){ .url = place, .no_auth = true, .any_status = true });
	if (r && r->status != 200)
		return fail_null(a, "no private key at %s (status %d)", place, r->status);
	return r ? r->body : NULL;
}

/* The signature is over the text as it is sent. Nonce and label may be used once only. */
static int login(struct api *a)
{
	const char *user = cred(a, "TRANSIP_Username"), *key = private_key(a);
	if (!key)
		return -1;
	const char *seed =
	    fmt(a, "%s %lld %lld", user, (long long)clock_now(), (long long)clock_ms());
	const char *nonce =
	    fmt(a, "%.32s", hash_hex(api_arena(a), HASH_SHA256, seed, strlen(seed)));
	const char *body = json_text(api_arena(a),
	    json(js("login", user), js("nonce", nonce), jb("read_only", false),
	        js("expiration_time", "30 minutes"), js("label", fmt(a, "acme %s", nonce)),
	        jb("global_key", text_yes(cred(a, "TRANSIP_Token_Global_Key")))));
	struct api_request req = { .method = "POST",
		.url = "/auth",
		.body = body,
		.no_auth = true };
	api_header(&req, "Signature", sign_rsa(a, key, HASH_SHA512, body, strlen(body)));
	const struct reply *r = api_send(a, &req);
	const char *token = r ? reply_str(a, r, "token") : NULL;
	if (!token)
		return -1;
	api_keep_secret(a, "token", token);
	return 0;
}

static const char *path(struct api *a, const char *name)
{
	return fmt(a, "/domains/%s/dns", name);
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	return found(api_probe(a, path(a, name)));
}

static const cJSON *entries(struct api *a, const struct txt *t)
{
	return api_pages(a,
	    &(struct pages){ .path = path(a, t->zone), .items = "dnsEntries", .fresh = true });
}

static struct reply *send(struct api *a, const struct txt *t, const char *method, const char *value,
    long long ttl)
{
	const cJSON *entry = json(jo("dnsEntry",
	    json(js("name", sub_or(t, "@")), jn("expire", ttl), js("type", "TXT"),
	        js("content", value))));
	return api_send(a,
	    &(struct api_request){ .method = method,
	        .url = path(a, t->zone),
	        .body = json_text(api_arena(a), entry),
	        .probe = text_is(method, "DELETE") });
}

static int add(struct api *a, struct txt *t)
{
	return ok(send(a, t, "POST", t->value, t->ttl));
}

static int find(struct api *a, struct txt *t)
{
	return has_txt(entries(a, t), t, "name", "content");
}

/* An entry must be named with all its fields as they are. */
static int rm(struct api *a, struct txt *t)
{
	const cJSON *entry = NULL, *list = entries(a, t);
	while ((entry = find_txt(list, entry, t, "name", "content")))
		if (!send(a, t, "DELETE", json_str(entry, "content"),
		        json_int(entry, "expire", t->ttl)))
			return -1;
	return list ? 0 : -1;
}

const struct dns_driver dns_transip = {
	.svc = {
		.name = "dns_transip",
		.title = "TransIP",
		.site = "transip.nl",
		.docs = "https://api.transip.nl/rest/docs.html",
		.base = "https://api.transip.nl/v6",
		.bearer = "token",
		.fault = { .text = "error" },
		.creds = {
			{ "TRANSIP_Username", "user name", 0, 0, NULL, NULL },
			{ "TRANSIP_Key_File", "file, or URL, of the private key", 0, 0, NULL, NULL },
			{ "TRANSIP_Token_Global_Key", "true: the token works from any address", OPTIONAL, 0,
				NULL, NULL },
		},
		.login = login,
		.permissions = "a key pair for the API; without a global key the address must be allowed",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
	.ttl = 60,
};
