/* PKCS#12 (RFC 7292): a key, its certificate and chain in one password-protected file. Runs in
 * the keeper. */
#ifndef PKCS12_H
#define PKCS12_H

#include <stdbool.h>

#include "cert.h"
#include "der.h"

struct arena;
struct key;

/* PBES2 AES-256-CBC with PBKDF2-HMAC-SHA256 and a SHA-256 MAC; legacy: PBE-SHA1-3DES and a SHA-1
 * MAC for old Windows and Java. name: friendlyName. */
int pkcs12_make(struct arena *a, struct key *k, const struct chain *chain, const char *password,
    const char *name, bool legacy, struct der *out);

#endif
