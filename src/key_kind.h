/* The kinds of keys that the program handles, in one table: what key.c makes and signs with, and
 * what key_public.c recognizes (RFC 5480, RFC 7518, RFC 8017). */
#ifndef KEY_KIND_H
#define KEY_KIND_H

#include "hash.h"

struct key_kind {
	const char *length;    /* acme.sh's word; NULL for RSA, whose word is its size */
	const char *alg;       /* JWS */
	const char *crv;       /* JWK */
	const char *curve;     /* OpenSSL's name */
	const char *oid;       /* of the curve */
	const char *signature; /* OID of its X.509 signatures */
	enum hash hash;
	int bits;
};

/* The curves; then RSA, which is the last. */
enum { KEY_KINDS = 4, KEY_RSA = KEY_KINDS - 1 };
extern const struct key_kind key_kinds[KEY_KINDS];

#endif
