/* Credentials of a service (struct cred rows of acme.h): looked up, demanded, saved in acme.sh's
 * style, described. */
#ifndef CRED_H
#define CRED_H

#include <stdbool.h>

#include "../acme.h"
#include "conf.h"

/* Where credentials are looked for; each may be NULL. A profile ("work" of dns_cf:work) is an own
 * set: X is then X__work in the environment (plain X still serves, so that it can be made) and in
 * the confs (there nothing else serves). */
struct cred_places {
	struct conf *account, *domain;
	const struct conf *env; /* a file given as environment (--dns-env); beats it */
	const char *profile;
	bool deploy; /* a deploy hook's settings: SAVED_X in the domain's conf */
};

struct creds;

/* Looks all rows up and chooses the way. NULL with the error ("set CF_Token (...), or ...") when
 * no way is complete. Values of SECRET rows are registered with secret(). */
struct creds *cred_open(struct arena *a, const struct service *svc, const struct cred_places *p);

/* The value, or NULL: not set, or of a way that is not used. die() when there is no such row. */
const char *cred_get(const struct creds *c, const char *name);
/* The same, but NULL when the service has no such row. */
const char *cred_try(const struct creds *c, const char *name);

/* Sets a value that the provider gave, and writes it to its conf at once. */
int cred_set(struct creds *c, const char *name, const char *value);

/* To be called when they have proved right: writes those that came from the environment, as
 * SAVED_X in account.conf (a plain X there is removed), PER_DOMAIN rows as X in the certificate's
 * conf; values of ways that are no longer used are removed. */
int cred_save(struct creds *c);

/* "set A (what it is), or B (...) and C (...)"; NULL when nothing must be set. */
char *cred_wanted(struct arena *a, const struct service *svc);
/* The names that are in use, for "check A and B". */
char *cred_used(struct arena *a, const struct creds *c);

#endif
