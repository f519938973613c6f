/* JSON Web Signatures (RFC 7515 7.2.2) with the protected header of RFC 8555 6.2. */
#include "jws.h"

#include <string.h>

#include "arena.h"
#include "b64.h"
#include "error.h"
#include "json.h"
#include "key.h"
#include "text.h"

/* Both halves of what is signed. */
struct input {
	const char *header; /* base64url */
	const char *payload;
	const char *text; /* header.payload */
};

static struct input encode(struct arena *a, cJSON *header, const char *payload)
{
	struct input in;
	const char *text = json_text(a, header);
	in.header = b64url_encode(a, text, strlen(text));
	in.payload = b64url_encode(a, payload, strlen(payload));
	in.text = fmt(a, "%s.%s", in.header, in.payload);
	return in;
}

static char *flattened(struct arena *a, const struct input *in, const void *sig, size_t n)
{
	return json_text(a,
	    json(js("protected", in->header), js("payload", in->payload),
	        js("signature", b64url_encode(a, sig, n))));
}

/* The builders of json.h take the current arena; it is put back before returning. */
static char *sign_in(struct keeper *k, struct arena *a, int key, const struct jws_ask *ask)
{
	struct pubkey pub;
	struct der sig;
	cJSON *jwk = NULL;
	if (keeper_public(k, a, key, &pub) < 0)
		return NULL;
	if (!ask->kid) {
		const char *text = pubkey_jwk(a, &pub);
		if (!text || !(jwk = json_parse(a, text, strlen(text))))
			return NULL;
	}
	struct input in = encode(a,
	    json(js("alg", pub.alg), jo("jwk", jwk), js("kid", ask->kid), js("nonce", ask->nonce),
	        js("url", ask->url)),
	    ask->payload);
	if (keeper_sign(k, a, key, in.text, strlen(in.text), &sig) < 0)
		return NULL;
	return flattened(a, &in, sig.p, sig.n);
}

char *jws_sign(struct keeper *k, struct arena *a, int key, const struct jws_ask *ask)
{
	struct arena *before = arena_use(a);
	char *body = sign_in(k, a, key, ask);
	arena_use(before);
	return body;
}

char *jws_eab(struct arena *a, const char *alg, const char *kid, const char *secret_b64,
    const char *url, const char *jwk)
{
	static const struct {
		const char *alg;
		enum hash hash;
	} algs[] = {
		{ "HS256", HASH_SHA256 },
		{ "HS384", HASH_SHA384 },
		{ "HS512", HASH_SHA512 },
	};
	unsigned char mac[HASH_MAX];
	enum hash h = 0;
	size_t n = 0;
	for (size_t i = 0; i < sizeof algs / sizeof *algs; i++)
		if (text_is(alg, algs[i].alg))
			h = algs[i].hash;
	if (!h)
		return fail_null(a,
		    "external account binding: algorithm '%s' is none of HS256, HS384, "
		    "HS512",
		    alg ? alg : "");
	const unsigned char *secret = b64_decode(a, secret_b64, &n);
	if (!secret || n == 0)
		return fail_null(a, "external account binding: the HMAC key is not base64");
	struct arena *before = arena_use(a);
	struct input in = encode(a, json(js("alg", alg), js("kid", kid), js("url", url)), jwk);
	hash_hmac(h, secret, n, in.text, strlen(in.text), mac);
	char *body = flattened(a, &in, mac, hash_size(h));
	arena_use(before);
	return body;
}
