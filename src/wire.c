/* ACME's transport (RFC 8555 section 6): directory, nonces, signed requests and their retries. */
#include "wire.h"

#include <stddef.h>
#include <string.h>

#include "ca.h"
#include "clock.h"
#include "error.h"
#include "jws.h"
#include "log.h"
#include "problem.h"
#include "url.h"

#define BASE64URL "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

enum {
	CONNECT_TRIES = 3,
	NONCE_TRIES = 10,
	NONCE_QUICK = 4, /* refusals that are answered at once */
	NONCE_MAX = 512, /* bytes; those in use have 20 to 60 */
	BUSY_WAIT = 60   /* seconds that a busy CA is waited for */
};

/* Sends what may safely be sent again when the connection fails. */
static int send_again(struct wire *w, struct arena *a, const struct request *req,
    struct response *res)
{
	for (int tries = 1;; tries++) {
		if (http_send(w->http, a, req, res) == 0)
			return 0;
		if (tries == CONNECT_TRIES || !arena_error(a)->transient || clock_interrupted())
			return -1;
		debug(1, "%s; trying again", error_text(a));
		if (clock_sleep(tries * 500) != 0)
			return -1;
		error_clear(a);
	}
}

/* Whether the CA asked for a short pause, once a request, which is now over. */
static bool paused(const struct response *res, bool *before)
{
	const char *after = header_get(&res->headers, "Retry-After");
	int64_t seconds = clock_retry_after(after, BUSY_WAIT + 1, 1, BUSY_WAIT + 1);

	if ((res->status != 429 && res->status != 503) || *before || seconds > BUSY_WAIT)
		return false;
	*before = true;
	debug(1, "status %d: trying again in %lld s, as asked", res->status, (long long)seconds);
	return clock_sleep(seconds * 1000) == 0;
}

/* An unsigned request with all that makes it succeed in the end; any status. */
static int plain(struct wire *w, struct arena *a, const char *method, const char *url,
    struct response *res)
{
	const struct request req = { .method = method, .url = url };

	for (bool before = false;;) {
		*res = (struct response){ 0 };
		if (send_again(w, a, &req, res) != 0)
			return -1;
		if (!paused(res, &before))
			return 0;
	}
}

const char *wire_url(struct wire *w, struct arena *a, const char *base, const char *ref)
{
	struct url from, to;

	if (url_parse(a, base, &from) != 0 || url_resolve(a, &from, ref, &to) != 0)
		return NULL;
	if (!to.tls && text_starts_ci(w->dir.url, "https:"))
		return fail_null(a, "the CA, which speaks https, gave an address without it: %s",
		    text_safe(a, to.text, 200));
	/* The url of a JWS is compared byte for byte: an absolute one stays as it was spelt. */
	bool absolute = text_starts_ci(ref, "https://") || text_starts_ci(ref, "http://");
	return absolute && !strchr(ref, '#') ? ref : to.text;
}

/* --- directory (RFC 8555 7.1.1) --- */

static const struct {
	const char *name;
	size_t field;
	bool needed;
} members[] = {
	{ "keyChange", offsetof(struct directory, key_change), false },
	{ "newAccount", offsetof(struct directory, new_account), true },
	{ "newNonce", offsetof(struct directory, new_nonce), true },
	{ "newOrder", offsetof(struct directory, new_order), true },
	{ "renewalInfo", offsetof(struct directory, renewal_info), false },
	{ "revokeCert", offsetof(struct directory, revoke_cert), false },
};

static int read_urls(struct wire *w, struct arena *a, const cJSON *j, const char *base)
{
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		const char **field = (const char **)(void *)((char *)&w->dir + members[i].field);
		const char *ref = json_str(j, members[i].name);

		if (!text_empty(ref) && !(*field = wire_url(w, a, base, ref)))
			return -1;
		if (!*field && members[i].needed) {
			fail(a, "this is not the directory of an ACME CA: it has no %s",
			    members[i].name);
			return remedy(a, "see whether --server has the right address");
		}
	}
	return 0;
}

static void read_meta(struct wire *w, struct arena *a, const cJSON *meta)
{
	w->dir.terms = json_str(meta, "termsOfService");
	w->dir.website = json_str(meta, "website");
	w->dir.eab_required = json_is_true(meta, "externalAccountRequired");
	for (const cJSON *item = json_get(meta, "caaIdentities/0"); item; item = item->next)
		if (cJSON_IsString(item))
			strs_add(a, &w->dir.caa_identities, item->valuestring);
	if (cJSON_IsObject(json_get(meta, "profiles")))
		w->dir.profiles = json_get(meta, "profiles");
}

/* The object in a reply, whatever its Content-Type says. */
static const cJSON *read_object(struct arena *a, const struct response *res)
{
	const char *type = header_get(&res->headers, "Content-Type");
	const cJSON *j = res->body ? json_parse(a, res->body, res->body_len) : NULL;

	if (j && cJSON_IsObject(j))
		return j;
	error_clear(a);
	return fail_null(a, "the reply (%d, %s, %zu bytes) is not a JSON object", res->status,
	    type ? text_safe(a, type, 80) : "no Content-Type", res->body_len);
}

int wire_open(struct wire *w, struct arena *a, struct http *http, struct keeper *keeper,
    const char *directory_url)
{
	struct response res;
	const cJSON *j;

	w->mem = a;
	w->http = http;
	w->keeper = keeper;
	w->nonce = NULL;
	w->dir = (struct directory){ .url = arena_str(a, directory_url) };
	at(a, "%s", ca_name(directory_url));
	doing(a, "reading the directory");
	if (plain(w, a, "GET", directory_url, &res) != 0)
		return -1;
	if (res.status / 100 != 2) {
		problem_reply(a, &res);
		if (res.status == 404)
			remedy(a, "see whether --server has the right address");
		return -1;
	}
	if (!(j = read_object(a, &res)))
		return remedy(a, "see whether --server has the right address");
	read_meta(w, a, json_get(j, "meta"));
	return read_urls(w, a, j, res.url ? res.url : directory_url);
}

/* --- nonces (6.5) --- */

/* The nonce of a reply; one that is not base64url counts as missing (6.5.1). */
static const char *nonce_of(struct wire *w, const struct response *res)
{
	const char *nonce = header_get(&res->headers, "Replay-Nonce");
	size_t n = nonce ? strlen(nonce) : 0;

	return n > 0 && n <= NONCE_MAX && strspn(nonce, BASE64URL) == n ? arena_str(w->mem, nonce)
	                                                                : NULL;
}

/* The nonce that is left from the last reply, or a fetched one. */
static const char *nonce_take(struct wire *w, struct arena *a)
{
	static const char *const methods[] = { "HEAD", "GET" };
	const char *nonce = w->nonce;
	struct response res;

	w->nonce = NULL;
	for (size_t i = 0; !nonce && i < sizeof methods / sizeof *methods; i++) {
		if (plain(w, a, methods[i], w->dir.new_nonce, &res) != 0)
			return NULL;
		if (res.status / 100 == 2)
			nonce = nonce_of(w, &res);
		else if (i > 0)
			problem_reply(a, &res);
	}
	if (!nonce)
		fail(a, "the CA gave no usable nonce");
	return nonce;
}

/* --- signed requests (6.2 to 6.5) --- */

static int post_once(struct wire *w, struct arena *a, const struct post *post, struct response *res)
{
	struct jws_ask ask = {
		.url = post->url,
		.kid = post->by_jwk ? NULL : w->kid,
		.payload = post->payload ? post->payload : "",
	};
	struct request req = { .method = "POST", .url = post->url };
	char *body;

	if (!post->by_jwk && !w->kid)
		return fail(a, "there is no account here yet");
	if (!(ask.nonce = nonce_take(w, a)))
		return -1;
	body = jws_sign(w->keeper, a, post->key ? post->key : w->key, &ask);
	if (!body)
		return -1;
	header_add(a, &req.headers, "Content-Type", "application/jose+json");
	header_add(a, &req.headers, "Accept", post->accept ? post->accept : "application/json");
	req.body = body;
	req.body_len = strlen(body);
	*res = (struct response){ 0 };
	if ((post->payload ? http_send(w->http, a, &req, res) : send_again(w, a, &req, res)) != 0)
		return -1;
	w->nonce = nonce_of(w, res);
	return 0;
}

int wire_post(struct wire *w, struct arena *a, const struct post *post, struct response *res)
{
	struct response mine = { 0 };
	bool before = false;
	int refused = 0;

	if (!res)
		res = &mine;
	at(a, "%s", ca_name(w->dir.url));
	debug(2, "payload for %s: %s", post->url, post->payload ? post->payload : "(POST-as-GET)");
	for (;;) {
		if (post_once(w, a, post, res) != 0)
			return -1;
		if (res->status / 100 == 2)
			return 0;
		problem_reply(a, res);
		if (text_is(arena_error(a)->code, "badNonce")) {
			if (++refused == NONCE_TRIES)
				return -1;
			debug(1, "the nonce was refused (%d)", refused);
			if (refused >= NONCE_QUICK &&
			    clock_sleep(50 * (refused - NONCE_QUICK + 1)) != 0)
				return -1;
		} else if (!paused(res, &before)) {
			return -1;
		}
		error_clear(a);
	}
}

const cJSON *wire_post_json(struct wire *w, struct arena *a, const struct post *post,
    struct response *res)
{
	struct response mine = { 0 };

	if (!res)
		res = &mine;
	return wire_post(w, a, post, res) == 0 ? read_object(a, res) : NULL;
}

const cJSON *wire_get(struct wire *w, struct arena *a, const char *url, struct response *res)
{
	return wire_post_json(w, a, &(struct post){ .url = url }, res);
}

int wire_plain_get(struct wire *w, struct arena *a, const char *url, struct response *res)
{
	const struct request req = { .method = "GET", .url = url };

	at(a, "%s", ca_name(w->dir.url));
	*res = (struct response){ 0 };
	return http_send(w->http, a, &req, res);
}
