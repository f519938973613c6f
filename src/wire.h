/* ACME's transport (RFC 8555 section 6): directory, nonces, signed requests and their retries. */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>

#include "http.h"
#include "json.h"
#include "keeper.h"
#include "text.h"

struct arena;

struct directory {
	const char *url;
	const char *new_nonce, *new_account, *new_order, *revoke_cert, *key_change, *renewal_info;
	const char *terms; /* meta.termsOfService */
	const char *website;
	bool eab_required;
	struct strs caa_identities;
	const cJSON *profiles; /* meta.profiles: name to description; NULL: none */
};

/* One conversation with one CA by one account. */
struct wire {
	struct arena *mem; /* what lives as long as the conversation */
	struct http *http;
	struct keeper *keeper;
	int key;         /* account key's number in the keeper, -1: none */
	const char *kid; /* account URL, NULL: not known yet */
	struct directory dir;
	const char *nonce; /* next nonce, NULL: fetch one */
};

/* Fetches the directory (a few tries when the connection fails) and checks that it is one; every
 * URL in it must be https unless the directory's own is not. key and kid are left as the caller
 * set them: begin with a zeroed struct. */
int wire_open(struct wire *w, struct arena *a, struct http *http, struct keeper *keeper,
    const char *directory_url);

struct post {
	const char *url;
	const char *payload; /* JSON text; NULL: POST-as-GET */
	const char *accept;  /* NULL: application/json */
	bool by_jwk;         /* sign with the public key in jwk, not kid */
	int key;             /* key to sign with, 0: the account's (key numbers begin at 1) */
};

/* A signed request. badNonce is repeated with the nonce that came (at most 10 times), connection
 * failures only when repeating is safe (POST-as-GET), 429 and 503 once when Retry-After is at
 * most 60 s. 0 when the reply is 2xx; else -1 with the error record from the problem document
 * (res is filled as far as it came). A's arena gets the reply. */
int wire_post(struct wire *w, struct arena *a, const struct post *post, struct response *res);
/* The same for a JSON reply: the parsed object, or NULL. res may be NULL. */
const cJSON *wire_post_json(struct wire *w, struct arena *a, const struct post *post,
    struct response *res);
/* POST-as-GET of a JSON resource. */
const cJSON *wire_get(struct wire *w, struct arena *a, const char *url, struct response *res);
/* An unsigned GET (renewalInfo, terms). Any status; -1 only when no reply came. */
int wire_plain_get(struct wire *w, struct arena *a, const char *url, struct response *res);

/* A URL that the CA sent in a reply from base, made absolute; NULL when it is none, or http where
 * the directory is https. */
const char *wire_url(struct wire *w, struct arena *a, const char *base, const char *ref);

#endif
