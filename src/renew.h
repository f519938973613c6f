/* Renewals: one certificate, or all that are due. */
#ifndef RENEW_H
#define RENEW_H

#include <stdbool.h>

#include "issue.h"
#include "run.h"
#include "spec.h"
#include "store.h"

struct arena;

/* Renews one certificate when it is due (or set.force); given: settings from the command line.
 * EXIT_OK, EXIT_SKIPPED, EXIT_MANUAL, or EXIT_FAILED with the error set and the failure noted in
 * its conf. */
int renew_one(struct run *r, struct arena *a, struct store *store, const struct spec *given);

struct renew_all {
	bool stop_on_error;
	bool quiet;             /* skipped certificates are not told singly */
	/* filled */
	unsigned renewed, skipped, failed;
};
/* All certificates of the home, one after another; goes on after a failure. The exit code. */
int renew_all(struct run *r, const struct spec *given, struct renew_all *sum);

#endif
