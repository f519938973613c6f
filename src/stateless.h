/* The solver of --stateless: the user's web server answers http-01 by itself, out of the token
 * that is asked for and the account's thumbprint. */
#ifndef STATELESS_H
#define STATELESS_H

#include "solver.h"

extern const struct solver stateless_solver;

/* What to put into the configuration of nginx, Apache or HAProxy, as text of several lines. */
char *stateless_snippets(struct arena *a, const char *thumbprint);

#endif
