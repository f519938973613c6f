/* Request signatures of cloud providers. The calls are in acme.h, where drivers see them. */
#ifndef SIGN_H
#define SIGN_H

#include "../acme.h"

/* The query of a URL in canonical form: names and values percent-encoded anew, sorted. */
char *sign_canonical_query(struct arena *a, const char *query);

#endif
