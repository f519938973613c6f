/* Certificate signing requests (RFC 2986): write (in the keeper) and read. */
#ifndef CSR_H
#define CSR_H

#include <stdbool.h>

#include "der.h"
#include "text.h"

struct arena;
struct key;

/* What a request asks for. */
struct csr_ask {
	struct strs names; /* DNS names (A-labels) and IP addresses, in order; SAN */
	bool must_staple;  /* TLS feature status_request (RFC 7633) */
	const char *eku;   /* "serverAuth,clientAuth" or dotted OIDs; NULL: no EKU at all */
	const char *cn;    /* subject CN, NULL: empty subject */
};

int csr_make(struct arena *a, struct key *k, const struct csr_ask *ask, struct der *out);
char *csr_pem(struct arena *a, struct der der);

/* What a request says. */
struct csr {
	struct der der;
	const char *cn;    /* "" when none */
	struct strs names; /* SAN DNS names and IP addresses */
	/* "2048", or OpenSSL's curve name: prime256v1, secp384r1, secp521r1 */
	const char *key_length;
	bool ec;
	struct der spki;
};
/* Reads PEM or DER and verifies its self-signature. */
int csr_parse(struct arena *a, const void *p, size_t n, struct csr *out);

#endif
