/* X.509 certificates: read, describe, check what a CA sent before it is stored (RFC 5280,
 * RFC 8555 11.4), and make the tls-alpn-01 certificate (RFC 8737). */
#ifndef CERT_H
#define CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "der.h"
#include "text.h"

struct arena;
struct key;

struct cert {
	struct der der;         /* the whole certificate */
	const char *subject_cn; /* "" when none */
	const char *issuer_cn;  /* CN, else O, of the issuer */
	const char *issuer;     /* the whole name in one line */
	const char *serial_hex; /* upper case */
	struct der serial;      /* content octets of the INTEGER, sign byte kept (RFC 9773 4.1) */
	struct der aki;         /* keyIdentifier of the AKI, n = 0 when there is none */
	struct der spki;
	int64_t not_before;
	int64_t not_after;
	struct strs names;      /* SANs: DNS names in lower case, IP addresses as text */
	const char *key_length; /* "ec-256", "2048" */
	bool must_staple;
};

struct chain {
	struct cert *certs; /* leaf first */
	size_t n;
};

/* Reads all CERTIFICATE blocks of a PEM text (at most 16). */
int chain_parse(struct arena *a, const char *pem, size_t n, struct chain *out);
int cert_parse_der(struct arena *a, struct der der, struct cert *out);
char *cert_pem(struct arena *a, struct der der);

/* Whether the chain is what was asked: only CERTIFICATE blocks in pem, leaf first, the leaf's
 * public key is spki, its names are exactly names, each certificate signed by the next, none
 * expired at now. -1 tells which of these is not so. */
int chain_check(struct arena *a, const char *pem, const struct chain *c, struct der spki,
    struct strs names, int64_t now);

/* Issuer of the top-most certificate (its issuer CN), for --preferred-chain. */
const char *chain_top_issuer(const struct chain *c);

/* SHA-256 of the certificate, in hex. */
char *cert_fingerprint(struct arena *a, const struct cert *c);

/* ARI certificate id (RFC 9773 4.1), NULL when the certificate has no AKI. */
char *cert_ari_id(struct arena *a, const struct cert *c);

/* The self-signed tls-alpn-01 certificate of one identifier, in DER: critical acmeIdentifier
 * with digest (32 bytes), one SAN, valid for 7 days around now. */
int cert_make_alpn(struct arena *a, struct key *k, const char *identifier,
    const unsigned char digest[32], struct der *out);

/* Extension id-pe-acmeIdentifier (RFC 8737 6.1), for tests and loading. */
#define OID_ACME_IDENTIFIER "1.3.6.1.5.5.7.1.31"

#endif
