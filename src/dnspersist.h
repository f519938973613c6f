/* dns-persist-01 (draft-ietf-acme-dns-persist-01, experimental): a TXT record that stays, at
 * _validation-persist.NAME, allows one account at one CA to get certificates; nothing is written
 * by us. What the record says is built here and nowhere else, for the draft still moves. */
#ifndef DNSPERSIST_H
#define DNSPERSIST_H

#include <stdbool.h>
#include <stdint.h>

#include "solver.h"

struct arena;

struct dnspersist {
	const char *issuer;  /* the CA's domain name */
	const char *account; /* URL of the account */
	bool wildcard;       /* also for names below, and *.NAME */
	int64_t until;       /* seconds since 1970; 0: no end */
};

const char *dnspersist_name(struct arena *a, const char *name);
const char *dnspersist_value(struct arena *a, const struct dnspersist *p);
/* Whether a TXT record's text allows what p asks for at this time. */
bool dnspersist_allows(struct arena *a, const char *text, const struct dnspersist *p, int64_t now);

extern const struct solver dns_persist_solver;

#endif
