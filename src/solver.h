/* What a way to prove control of a name is: one struct of functions, and what it is handed. The
 * solvers stand in webroot.c, standalone.c, ...; challenge.h has the table of all. */
#ifndef SOLVER_H
#define SOLVER_H

#include <stdbool.h>
#include <stddef.h>

#include "order.h"
#include "run.h"
#include "spec.h"

struct arena;
struct dns01;
struct solver;
struct store;
struct webservers;

/* One name of an order on its way to being proven. */
struct task {
	const char *name;          /* A-label form or IP address, "*." kept */
	const char *entry;         /* "no", "/var/www", "alpn", "dns_cf", ... */
	const char *alias;         /* challenge alias of this name, NULL: none */
	const char *local_address; /* NULL: all */
	const struct authz *authz;
	const struct challenge_offer *offer;
	const struct solver *solver;
	const char *key_authz; /* token.thumbprint; NULL for types without token */
	bool presented;
	unsigned round; /* names of one round are proven together, one round after the other */
	void *state;    /* the solver's own */
};

struct solving {
	struct run *run;
	struct arena *mem;
	const struct spec *spec;
	const char *thumbprint;
	const char *account_url;
	const char *dir; /* the certificate's folder */
	const struct store *store;
	const struct order *order; /* NULL: not made yet */
	bool resumed;              /* it is one that an earlier run has left */
	bool keep_order;           /* a later run is to go on with it */
	struct task *tasks;
	size_t n;
	struct dns01 *dns;      /* what all DNS names share, NULL: nothing yet */
	struct webservers *web; /* what all names of --nginx and --apache share */
};

struct solver {
	const char *type;   /* ACME's challenge type: http-01 */
	const char *title;  /* "Standalone mode." as acme.sh prints it, NULL: nothing */
	const char *option; /* how it is asked for: "--standalone"; for error texts */
	bool (*takes)(const char *entry);
	/* Checks before the order is made (port free, folder there); NULL: nothing to check. There
	 * is no authorization, offer or thumbprint yet, and no present() or clean() may follow. */
	int (*ready)(struct solving *s, struct task *t);
	/* Once per solver that has names to prove, before anything is presented; may end the run with
	 * keep_order set. NULL: nothing to do. */
	int (*begin)(struct solving *s, const struct solver *self);
	/* Whether this name cannot be presented beside others of its entry. NULL: it can. */
	bool (*alone)(const struct task *t);
	int (*present)(struct solving *s, struct task *t);
	/* After all of a round are presented: waits until the world sees them; called once per solver. */
	int (*settle)(struct solving *s, const struct solver *self);
	/* Takes away what present made; also after a failure, also twice; must not fail loudly. */
	void (*clean)(struct solving *s, struct task *t);
	/* Once per solver, last of all, also when ready() was all that came before. NULL: nothing. */
	void (*end)(struct solving *s, const struct solver *self);
	bool served; /* our own responder answers: responder_wait tells */
};

/* Key authorization (RFC 8555 8.1), its SHA-256, and the dns-01 TXT value. */
char *key_authorization(struct arena *a, const char *token, const char *thumbprint);
void key_authorization_digest(const char *key_authz, unsigned char digest[32]);
char *dns_txt_value(struct arena *a, const char *key_authz);

#endif
