/* Private and public keys: RSA and the NIST curves; make, read, write, sign. Private parts are
 * handled by the keeper process only (and by the responder for its throw-away challenge keys);
 * main holds public keys as DER. */
#ifndef KEY_H
#define KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "der.h"
#include "hash.h"

struct arena;
struct key; /* with a private part */

/* What a public key is. */
struct pubkey {
	bool ec;
	int bits;           /* 2048, 256, ... */
	const char *length; /* acme.sh's word: "2048", "ec-256" */
	const char *alg;    /* JWS algorithm: RS256, ES256, ES384, ES512 */
	const char *curve;  /* OpenSSL's name: prime256v1, ...; NULL for RSA */
	struct der spki;    /* SubjectPublicKeyInfo */
};

/* The spelling that acme.sh stores for a wish: 2048 3072 4096 8192 (1024 too), ec-256 ec-384
 * ec-521, and the curve names prime256v1 secp384r1 secp521r1 ...; NULL when it is none, with the
 * possible ones in the arena's error. NULL or "" gives ec-256. */
const char *key_length_name(struct arena *a, const char *wish);
bool key_length_is_ec(const char *length);

struct key *key_make(struct arena *a, const char *length);
/* Reads PEM or DER: SEC1, PKCS#1, PKCS#8, with a password when encrypted (NULL: none). The error
 * says what the bytes are instead, but not where they come from. */
struct key *key_parse(struct arena *a, const void *p, size_t n, const char *password);
void key_close(struct key *k); /* wipes */

/* PEM as acme.sh writes it: SEC1 without a parameters block in front, or PKCS#1. NULL on
 * failure. */
char *key_pem(struct arena *a, struct key *k);
char *key_pkcs8_pem(struct arena *a, struct key *k);
struct der key_pkcs8_der(struct arena *a, struct key *k);

/* The public half; from a private key, or from SubjectPublicKeyInfo. */
int key_public(struct arena *a, struct key *k, struct pubkey *out);
int pubkey_parse(struct arena *a, struct der spki, struct pubkey *out);
/* The same without an error record, for keys that need not be ours. */
bool pubkey_known(struct arena *a, struct der spki, struct pubkey *out);

/* Signs data by the key's JWS algorithm (RS256; ES256 ... as r||s, RFC 7518 3.4). */
int key_sign(struct arena *a, struct key *k, const void *p, size_t n, struct der *sig);

/* The RSA signature (PKCS#1 v1.5) by a digest of the caller's choice, for what is no JWS. */
int key_sign_rsa(struct arena *a, struct key *k, enum hash h, const void *p, size_t n,
    struct der *sig);

/* Signs as X.509 does, and the AlgorithmIdentifier that tells how. */
int key_sign_x509(struct arena *a, struct key *k, struct der tbs, struct der *sig);
struct der key_x509_algorithm(struct arena *a, const struct key *k);
/* Whether sig is the signature of tbs by spki's private key: 1 yes, 0 no, -1 an algorithm that is
 * not known here. */
int pubkey_verify(struct der spki, struct der algorithm, struct der tbs, struct der sig);

/* The public key as a JWK, its members in lexical order without spaces (RFC 7638 3),
 * and its SHA-256 thumbprint in base64url. NULL when it is no key that pubkey_parse takes. */
char *pubkey_jwk(struct arena *a, const struct pubkey *pub);
char *pubkey_thumbprint(struct arena *a, const struct pubkey *pub);

/* For csr.c, pkcs12.c and tls.c: the mbedTLS object inside (mbedtls_pk_context *). */
void *key_pk(struct key *k);

#endif
