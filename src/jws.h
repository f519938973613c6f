/* JSON Web Signatures as ACME uses them (RFC 7515 flattened, RFC 8555 6.2): the one place that
 * puts a signed request together. */
#ifndef JWS_H
#define JWS_H

#include <stddef.h>

#include "hash.h"
#include "keeper.h"

struct arena;

struct jws_ask {
	const char *url;
	const char *nonce;   /* NULL: none (inner JWS of keyChange, EAB) */
	const char *kid;     /* account URL; NULL: the public key goes in as jwk */
	const char *payload; /* JSON text; "" for POST-as-GET */
};

/* Signs by a key of the keeper. The result is the JSON body, NULL on failure. */
char *jws_sign(struct keeper *k, struct arena *a, int key, const struct jws_ask *ask);

/* External account binding (RFC 8555 7.3.4): HS256, HS384 or HS512 over the account key's JWK.
 * secret_b64 in either base64 alphabet, padded or not. */
char *jws_eab(struct arena *a, const char *alg, const char *kid, const char *secret_b64,
    const char *url, const char *jwk);

#endif
