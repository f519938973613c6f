/* Request signatures: AWS Signature Version 4 and Tencent Cloud's TC3, which has the same frame;
 * HMAC and RSA helpers. docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html,
 * cloud.tencent.com/document/api/1427/56189. */
#include "sign.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api.h"
#include "arena.h"
#include "b64.h"
#include "clock.h"
#include "error.h"
#include "keeper.h"
#include "url.h"

enum { SCOPE = 4 };

/* --- canonical form --- */
static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char *sign_canonical_query(struct arena *a, const char *query)
{
	struct strs pairs = text_split(a, query, "&");
	for (size_t i = 0; i < pairs.n; i++) {
		const char *p = pairs.v[i];
		const size_t n = strcspn(p, "=");
		const char *name = text_url_unescape(a, arena_strn(a, p, n));
		const char *value = text_url_unescape(a, p + n + (p[n] == '='));
		pairs.v[i] = fmt(a, "%s=%s", text_url_escape(a, name), text_url_escape(a, value));
	}
	if (pairs.n)
		qsort(pairs.v, pairs.n, sizeof *pairs.v, by_text);
	return pairs.n ? text_join(a, pairs, "&") : arena_str(a, "");
}

/* The time as 20260105T100000Z, or the day as 2026-01-05. */
static char *stamp(struct arena *a, bool day)
{
	const time_t now = (time_t)clock_now();
	struct tm tm;
	char text[32];
	gmtime_r(&now, &tm);
	strftime(text, sizeof text, day ? "%Y-%m-%d" : "%Y%m%dT%H%M%SZ", &tm);
	return arena_str(a, text);
}

/* What both signatures are made of. */
struct recipe {
	const char *algorithm;       /* "AWS4-HMAC-SHA256" */
	const char *prefix;          /* of the secret key: "AWS4" */
	const char *when;            /* as the string to sign has it */
	const char *scope[SCOPE];    /* "20260105", "us-east-1", "route53", "aws4_request" */
	bool lower_values;           /* header values count in lower case */
	const char *signed_names[8]; /* sorted, lower case */
};

static const char *header_value(const struct api_request *req, const char *name)
{
	for (size_t i = 0; i < req->n_headers; i++)
		if (text_is_ci(req->headers[i].name, name))
			return req->headers[i].value;
	return NULL;
}

/* "name:value\n" lines of the signed headers that are there; their names to *names. */
static const char *canonical_headers(struct arena *a, const struct recipe *how,
    const struct api_request *req, const char *host, const char **names)
{
	struct buf lines = buf_new(a, 0), list = buf_new(a, 0);
	for (size_t i = 0; how->signed_names[i]; i++) {
		const char *name = how->signed_names[i];
		const char *value = text_is(name, "host") ? host : header_value(req, name);
		if (!value)
			continue;
		value = text_trim(a, value);
		buf_fmt(&lines, "%s:%s\n", name, how->lower_values ? text_lower(a, value) : value);
		buf_fmt(&list, "%s%s", list.len ? ";" : "", name);
	}
	*names = buf_text(&list);
	return buf_text(&lines);
}

static const char *scope_text(struct arena *a, const struct recipe *how)
{
	struct buf b = buf_new(a, 0);
	for (size_t i = 0; i < SCOPE && how->scope[i]; i++)
		buf_fmt(&b, "%s%s", i ? "/" : "", how->scope[i]);
	return buf_text(&b);
}

static int add_authorization(struct api *api, struct api_request *req, const struct recipe *how,
    const char *key_id, const char *secret_key)
{
	struct arena *a = api_arena(api);
	struct url u;
	const char *names, *body = req->body ? req->body : "";
	if (url_parse(a, req->url, &u))
		return -1;
	const char *mark = strchr(u.path, '?');
	const char *lines = canonical_headers(a, how, req, u.authority, &names);
	const char *path = arena_strn(a, u.path, strcspn(u.path, "?"));
	const char *canonical = fmt(a, "%s\n%s\n%s\n%s\n%s\n%s", req->method, path,
	    sign_canonical_query(a, mark ? mark + 1 : ""), lines, names,
	    hash_hex(a, HASH_SHA256, body, req->body_len));
	const char *scope = scope_text(a, how);
	const char *text = fmt(a, "%s\n%s\n%s\n%s", how->algorithm, how->when, scope,
	    hash_hex(a, HASH_SHA256, canonical, strlen(canonical)));
	unsigned char key[HASH_MAX], next[HASH_MAX];
	const char *first = fmt(a, "%s%s", how->prefix, secret_key);
	hash_hmac(HASH_SHA256, first, strlen(first), how->scope[0], strlen(how->scope[0]), key);
	for (size_t i = 1; i < SCOPE && how->scope[i]; i++) {
		hash_hmac(HASH_SHA256, key, 32, how->scope[i], strlen(how->scope[i]), next);
		memcpy(key, next, 32);
	}
	hash_hmac(HASH_SHA256, key, 32, text, strlen(text), next);
	api_header(req, "Authorization",
	    fmt(a, "%s Credential=%s/%s, SignedHeaders=%s, Signature=%s", how->algorithm, key_id,
	        scope, names, hex_encode(a, next, 32)));
	wipe(key, sizeof key);
	return 0;
}

int sign_sigv4(struct api *api, struct api_request *req, const char *key_id, const char *secret_key,
    const char *session, const char *region, const char *service)
{
	struct arena *a = api_arena(api);
	const char *when = stamp(a, false);
	const struct recipe how = { .algorithm = "AWS4-HMAC-SHA256",
		.prefix = "AWS4",
		.when = when,
		.scope = { arena_strn(a, when, 8), region, service, "aws4_request" },
		.signed_names = { "content-type", "host", "x-amz-date", "x-amz-security-token" } };
	api_header(req, "X-Amz-Date", when);
	api_header(req, "X-Amz-Security-Token", session);
	return add_authorization(api, req, &how, key_id, secret_key);
}

int sign_tc3(struct api *api, struct api_request *req, const char *key_id, const char *secret_key,
    const char *service, const char *action, const char *version, const char *region)
{
	struct arena *a = api_arena(api);
	const char *when = fmt(a, "%lld", (long long)clock_now());
	const struct recipe how = { .algorithm = "TC3-HMAC-SHA256",
		.prefix = "TC3",
		.when = when,
		.scope = { stamp(a, true), service, "tc3_request" },
		.lower_values = true,
		.signed_names = { "content-type", "host", "x-tc-action" } };
	api_header(req, "X-TC-Action", action);
	api_header(req, "X-TC-Version", version);
	api_header(req, "X-TC-Timestamp", when);
	api_header(req, "X-TC-Region", region);
	return add_authorization(api, req, &how, key_id, secret_key);
}

/* --- HMAC and RSA --- */
char *hmac_hex(struct api *a, enum hash h, const char *key, const char *text)
{
	unsigned char out[HASH_MAX];
	hash_hmac(h, key, strlen(key), text, strlen(text), out);
	return hex_encode(api_arena(a), out, hash_size(h));
}

char *hmac_b64(struct api *a, enum hash h, const char *key, const char *text)
{
	unsigned char out[HASH_MAX];
	hash_hmac(h, key, strlen(key), text, strlen(text), out);
	return b64_encode(api_arena(a), out, hash_size(h));
}

static int ask_keeper(struct api *a, const char *pem, enum hash h, const void *p, size_t n,
    struct der *sig, struct der *spki)
{
	struct keeper *k = api_keeper(a);
	secret(pem);
	if (!k)
		return fail(a, "there is no key process to sign with");
	return keeper_sign_pem(k, api_arena(a), pem, h, p, n, sig, spki);
}

char *sign_rsa(struct api *a, const char *pem, enum hash h, const char *text, size_t n)
{
	struct der sig = { 0 }, spki = { 0 };
	return ask_keeper(a, pem, h, text, n, &sig, &spki) ? NULL
	                                                   : b64_encode(api_arena(a), sig.p, sig.n);
}

const unsigned char *sign_rsa_public(struct api *a, const char *pem, size_t *len)
{
	struct der sig = { 0 }, spki = { 0 };
	if (ask_keeper(a, pem, HASH_SHA256, "", 0, &sig, &spki))
		return NULL;
	*len = spki.n;
	return spki.p;
}

char *sign_jwt_rs256(struct api *api, const char *pem, const char *kid, const cJSON *claims)
{
	struct arena *a = api_arena(api);
	struct der sig = { 0 }, spki = { 0 };
	const char *head = json_text(a, json(js("alg", "RS256"), js("typ", "JWT"), js("kid", kid)));
	const char *body = json_text(a, claims);
	const char *text = fmt(a, "%s.%s", b64url_encode(a, head, strlen(head)),
	    b64url_encode(a, body, strlen(body)));
	if (ask_keeper(api, pem, HASH_SHA256, text, strlen(text), &sig, &spki))
		return NULL;
	return fmt(a, "%s.%s", text, b64url_encode(a, sig.p, sig.n));
}
