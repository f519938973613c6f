/* The ways to prove control of a name: one table of solvers, chosen by the -w/--standalone/...
 * entry that acme.sh keeps in Le_Webroot. */
#ifndef CHALLENGE_H
#define CHALLENGE_H

#include "solver.h"

/* NULL-terminated. The first one that takes an entry has it. */
extern const struct solver *const solver_table[];

/* The solver of an entry, or NULL with the error. */
const struct solver *solver_for(struct arena *a, const char *entry);

/* Picks the offer of the solver's type in the authorization; an error names what was offered. */
int challenge_pick(struct arena *a, const struct solver *v, const struct authz *z,
    const struct challenge_offer **out);

#endif
