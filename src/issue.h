/* Getting a certificate: from settings to files in place (acmesh-behaviour section 1, in our
 * order: nothing is stored before it is known to be good). */
#ifndef ISSUE_H
#define ISSUE_H

#include <stdbool.h>

#include "run.h"
#include "spec.h"
#include "store.h"

struct arena;

/* Exit codes, as acme.sh's. */
enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_SKIPPED = 2, EXIT_MANUAL = 3 };

struct issue {
	struct spec spec;   /* complete settings: what was stored, overlaid by what was given */
	struct store store; /* opened */
	bool renewal;
	bool stored_steps; /* install targets and deploy hooks are those of an earlier run */
	const char *csr;   /* path of a request to use instead of making one; NULL: none */
};

/* Orders the certificate, proves the names, puts files and conf in place, installs, reloads and
 * runs the hooks. 0 or -1 with the error. The caller holds the certificate's lock. Clean-up and
 * post-hook always run. */
int issue_certificate(struct run *r, struct arena *a, struct issue *job);

/* What is still owed to a certificate that was issued (a reload or hook that failed): done again.
 * 0 when nothing is owed any more. */
int issue_owed(struct run *r, struct arena *a, struct issue *job);

#endif
