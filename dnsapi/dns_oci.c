/* Oracle Cloud DNS, API of 2018-01-15, requests signed with the user's API key (draft-cavage-http-
 * signatures-08): docs.oracle.com/en-us/iaas/Content/API/Concepts/signingrequests.htm */
#include "../acme.h"

#include <stdlib.h>

#define SETTINGS "OCI_CLI_TENANCY, OCI_CLI_USER, OCI_CLI_REGION and OCI_CLI_KEY_FILE"

/* --- settings: the environment's, else those of Oracle's own configuration file ----------------- */
static const char *at_home(struct api *a, const char *path)
{
	const char *home = getenv("HOME");
	return home && text_starts(path, "~/") ? fmt(a, "%s%s", home, path + 1) : path;
}

/* The value of a key in a profile of the file, which inherits from DEFAULT. */
static const char *in_file(struct api *a, const char *text, const char *profile, const char *key)
{
	struct strs lines = text_split(api_arena(a), text, "\n");
	const char *mine = NULL, *dflt = NULL, *section = "";
	for (size_t i = 0; i < lines.n; i++) {
		const char *line = lines.v[i], *equals = strchr(line, '=');
		if (*line == '[') {
			section = arena_strn(api_arena(a), line + 1, strcspn(line + 1, "]"));
			continue;
		}
		if (!equals || strchr("#;", *line))
			continue;
		const char *name = arena_strn(api_arena(a), line, (size_t)(equals - line));
		if (!text_is_ci(text_trim(api_arena(a), name), key))
			continue;
		const char **to = text_is(section, profile) ? &mine
		    : text_is(section, "DEFAULT")           ? &dflt
		                                            : NULL;
		if (to)
			*to = text_trim(api_arena(a), equals + 1);
	}
	return text_empty(mine) ? dflt : mine;
}

/* A key may be given as it is, on one line with \n in it, or in base64 (as acme.sh saves it). */
static const char *key_text(struct api *a, const char *key)
{
	size_t n;
	if (strstr(key, "-----BEGIN"))
		return text_replace(api_arena(a), key, "\\n", "\n");
	const char *pem = (const char *)b64_decode(api_arena(a), key, &n);
	if (pem && strstr(pem, "-----BEGIN"))
		return pem;
	return fail_null(a, "OCI_CLI_KEY holds neither PEM nor PEM in base64");
}

/* Oracle knows a key by the MD5 of its public half. */
static const char *fingerprint(struct api *a, const char *pem)
{
	size_t n;
	const unsigned char *public = sign_rsa_public(a, pem, &n);
	if (!public)
		return NULL;
	const char *hex = hash_hex(api_arena(a), HASH_MD5, public, n);
	const char *text = fmt(a, "%.2s", hex);
	for (size_t i = 2; hex[i]; i += 2)
		text = fmt(a, "%s:%.2s", text, hex + i);
	return text;
}

struct settings {
	const char *tenancy, *user, *region, *key_file;
};

static int complete(struct api *a, struct settings *s)
{
	const char *profile = cred(a, "OCI_CLI_PROFILE");
	const char *path = at_home(a, cred(a, "OCI_CLI_CONFIG_FILE"));
	if (s->tenancy && s->user && s->region && (s->key_file || cred(a, "OCI_CLI_KEY")))
		return 0;
	const char *text = api_file(a, path, NULL);
	if (!text)
		return remedy(a, "set " SETTINGS);
	const struct {
		const char **to, *key;
	} rows[] = { { &s->tenancy, "tenancy" }, { &s->user, "user" }, { &s->region, "region" },
		{ &s->key_file, "key_file" } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (!*rows[i].to)
			*rows[i].to = in_file(a, text, profile, rows[i].key);
		if (!*rows[i].to && (rows[i].to != &s->key_file || !cred(a, "OCI_CLI_KEY"))) {
			fail(a, "%s has no %s in profile %s", path, rows[i].key, profile);
			return remedy(a, "set " SETTINGS);
		}
	}
	return 0;
}

static int login(struct api *a)
{
	struct settings s = { cred(a, "OCI_CLI_TENANCY"), cred(a, "OCI_CLI_USER"),
		cred(a, "OCI_CLI_REGION"), cred(a, "OCI_CLI_KEY_FILE") };
	if (complete(a, &s))
		return -1;
	const char *given = cred(a, "OCI_CLI_KEY");
	const char *pem = given && !cred(a, "OCI_CLI_KEY_FILE")
	    ? key_text(a, given)
	    : api_file(a, at_home(a, s.key_file), NULL);
	const char *print = pem ? fingerprint(a, pem) : NULL;
	if (!print)
		return -1;
	api_keep_secret(a, "key", pem);
	api_keep(a, "id", fmt(a, "%s/%s/%s", s.tenancy, s.user, print));
	api_keep(a, "region", s.region);
	return 0;
}

/* --- requests --------------------------------------------------------------------------------- */
static int sign(struct api *a, struct api_request *req)
{
	static const char head[] = "(request-target) date host";
	static const char tail[] = " x-content-sha256 content-type content-length";
	const char *host = strstr(req->url, "://") + 3, *path = host + strcspn(host, "/");
	const char *date = clock_http_date(api_arena(a), clock_now());
	const char *text = fmt(a, "(request-target): %s %s\ndate: %s\nhost: %.*s",
	    text_lower(api_arena(a), req->method), path, date, (int)(path - host), host);
	api_header(req, "Date", date);
	if (req->body) {
		unsigned char digest[HASH_MAX];
		hash_bytes(HASH_SHA256, req->body, req->body_len, digest);
		const char *sum = b64_encode(api_arena(a), digest, hash_size(HASH_SHA256));
		api_header(req, "X-Content-SHA256", sum);
		text = fmt(a, "%s\nx-content-sha256: %s\ncontent-type: %s\ncontent-length: %zu",
		    text, sum, req->type ? req->type : "application/json", req->body_len);
	}
	const char *signature = sign_rsa(a, api_kept(a, "key"), HASH_SHA256, text, strlen(text));
	if (!signature)
		return -1;
	api_header(req, "Authorization",
	    fmt(a,
	        "Signature version=\"1\",keyId=\"%s\",algorithm=\"rsa-sha256\",headers=\"%s%s\","
	        "signature=\"%s\"",
	        api_kept(a, "id"), head, req->body ? tail : "", signature));
	return 0;
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	const struct reply *r = api_probe(a, fmt(a, "/zones/%s", name));
	if (!r || r->missing)
		return found(r);
	t->zone_id = reply_str(a, r, "id");
	return t->zone_id ? 1 : -1;
}

static int patch(struct api *a, const struct txt *t, cJSON *operation)
{
	return ok(api_patch(a, fmt(a, "/zones/%s/records", t->zone),
	    json(jo("items", json_list(operation)))));
}

static int add(struct api *a, struct txt *t)
{
	return patch(a, t,
	    json(js("domain", t->fqdn), js("rdata", t->value), js("rtype", "TXT"),
	        jn("ttl", t->ttl), js("operation", "ADD")));
}

static int rm(struct api *a, struct txt *t)
{
	return patch(a, t,
	    json(js("domain", t->fqdn), js("rdata", t->value), js("rtype", "TXT"),
	        jn("ttl", t->ttl), js("operation", "REMOVE")));
}

const struct dns_driver dns_oci = {
	.svc = {
		.name = "dns_oci",
		.title = "Oracle Cloud Infrastructure",
		.site = "oracle.com/cloud",
		.docs = "https://docs.oracle.com/en-us/iaas/api/#/en/dns/",
		.base = "https://dns.{region}.oraclecloud.com/20180115",
		.fault = { .text = "message", .code = "code" },
		.creds = {
			{ "OCI_CLI_TENANCY", "OCID of the tenancy", OPTIONAL, 0, NULL, NULL },
			{ "OCI_CLI_USER", "OCID of the user", OPTIONAL, 0, NULL, NULL },
			{ "OCI_CLI_REGION", "region, us-ashburn-1", OPTIONAL, 0, NULL, NULL },
			{ "OCI_CLI_KEY_FILE", "file of the user's API key", OPTIONAL, 0, NULL, NULL },
			{ "OCI_CLI_KEY", "the key itself, PEM or base64", SECRET | OPTIONAL, 0, NULL, NULL },
			{ "OCI_CLI_CONFIG_FILE", "file for what is not set", 0, 0, "~/.oci/config", NULL },
			{ "OCI_CLI_PROFILE", "profile in that file", 0, 0, "DEFAULT", NULL },
		},
		.login = login,
		.sign = sign,
		.permissions = "manage dns in the compartment of the zone",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.ttl = 30,
};
