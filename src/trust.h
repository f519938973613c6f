/* The root certificates that we trust, looked up by issuer name instead of parsed whole: a bundle
 * of 145 roots costs more CPU than a handshake. The file is scanned once for the issuers that a
 * handshake asks for; only certificates that match are parsed. */
#ifndef TRUST_H
#define TRUST_H

#include <stdbool.h>

#include "der.h"

struct arena;
struct trust;

/* Where roots come from, in this order: bundle (--ca-bundle, CA_BUNDLE), dir (--ca-path,
 * CA_PATH), $SSL_CERT_FILE, $SSL_CERT_DIR, the usual places of the systems. A
 * bundle and a dir are used together. NULL with the error set when a named file or folder cannot
 * be read or holds no certificate; when nothing at all is found the error comes at the first
 * verification, with the remedy. */
struct trust *trust_open(struct arena *a, const char *bundle, const char *dir);
void trust_close(struct trust *t);
/* What is used, for messages: "/etc/ssl/certs/ca-certificates.crt"; NULL when nothing was found. */
const char *trust_source(const struct trust *t);
/* Whether this very certificate is among the trusted ones: then it needs no issuer. */
bool trust_holds(struct trust *t, struct der certificate);
/* Installs the trusted-certificate callback in an mbedtls_ssl_config (void * here). */
void trust_install(struct trust *t, void *ssl_config);

#endif
