/* The key and the signing request of one issue: kept, made anew, or brought by the user. */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>

#include "der.h"
#include "run.h"
#include "spec.h"
#include "store.h"
#include "text.h"

struct arena;

struct signing {
	int key; /* number in the keeper; 0: the request was brought without its key */
	bool new_key;
	struct strs names; /* what to order, A-labels */
	struct der csr;
	struct der spki;
	const char *key_length;
	const char *staged_key; /* where a new key waits for its certificate; NULL: none */
};

/* Decides about the key (acmesh-behaviour 7) and makes the request; nothing is written. csr: path
 * of a request to use instead, NULL: none. */
int request_make(struct run *r, struct arena *a, const struct store *store, const struct spec *spec,
    const char *csr, struct signing *out);

/* Writes a new key beside the old one, so that a crash after the CA has signed loses nothing. */
int request_stage(struct run *r, struct arena *a, const struct store *store, struct signing *req);

/* After the certificate is in place: the key for next time with --always-force-new-domain-key, and
 * the PKCS#12 file when there is one to keep up to date. */
int request_keep(struct run *r, struct arena *a, const struct store *store, const struct spec *spec,
    const struct signing *req);

/* The csr.conf text (an OpenSSL request configuration) that acme.sh keeps beside a request. */
char *request_conf(struct arena *a, const struct spec *spec, struct strs names);

/* Reads a signing request's file. */
struct csr;
int request_read(struct arena *a, const char *path, struct csr *out);

#endif
