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
struct solver;

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
	void *state; /* the solver's own */
};

struct solving {
	struct run *run;
	struct arena *mem;
	const struct spec *spec;
	const char *thumbprint;
	const char *account_url;
	const char *dir; /* the certificate's folder */
	struct task *tasks;
	size_t n;
};

struct solver {
	const char *type;   /* ACME's challenge type: http-01 */
	const char *title;  /* "Standalone mode." as acme.sh prints it, NULL: nothing */
	const char *option; /* how it is asked for: "--standalone"; for error texts */
	bool (*takes)(const char *entry);
	/* Checks before the order is made (port free, folder there); NULL: nothing to check. There
	 * is no authorization, offer or thumbprint yet, and no present() or clean() may follow. */
	int (*ready)(struct solving *s, struct task *t);
	int (*present)(struct solving *s, struct task *t);
	/* After all are presented: waits until the world sees them; called once per solver. */
	int (*settle)(struct solving *s, const struct solver *self);
	/* Takes away what present made; also after a failure, also twice; must not fail loudly. */
	void (*clean)(struct solving *s, struct task *t);
	bool served; /* our own responder answers: responder_wait tells */
};

/* Key authorization (RFC 8555 8.1), its SHA-256, and the dns-01 TXT value. */
char *key_authorization(struct arena *a, const char *token, const char *thumbprint);
void key_authorization_digest(const char *key_authz, unsigned char digest[32]);
char *dns_txt_value(struct arena *a, const char *key_authz);

#endif
