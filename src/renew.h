/* Renewals: one certificate, or all that are due, several at a time. */
#ifndef RENEW_H
#define RENEW_H

#include <stdbool.h>

#include "due.h"
#include "issue.h"
#include "run.h"
#include "spec.h"
#include "store.h"

struct arena;

/* Renews one certificate when it is due (or set.force); given: settings from the command line.
 * EXIT_OK, EXIT_SKIPPED, EXIT_MANUAL, or EXIT_FAILED with the error set and the failure noted in
 * its conf. */
int renew_one(struct run *r, struct arena *a, struct store *store, const struct spec *given);

/* What the conf alone tells of a certificate, without a lock and without the network; job and due
 * are filled for RENEW_NOT and RENEW_ASK. */
enum renew_state {
	RENEW_NOT,
	RENEW_ASK, /* not due, unless the CA wishes so: it is time to ask it */
	RENEW_NOW  /* due, or something else is to be done, or a's error tells what is wrong */
};
enum renew_state renew_look(struct run *r, struct arena *a, struct store *store,
    const struct spec *given, struct issue *job, struct due *due);
/* Asks the CA for its window (RFC 9773), and keeps the answer in the conf. */
void renew_ask(struct run *r, struct arena *a, struct store *store, const struct spec *given);

/* The file that is locked, and so touched, by each run over all certificates. */
char *renew_lock_path(struct arena *a, const struct home *h);

struct renew_all {
	bool stop_on_error;
	unsigned parallel; /* certificates at a time; 0: one a processor, at most 8 */
	/* filled */
	unsigned renewed, skipped, failed;
};
/* All certificates of the home, each that is due in a process of its own; goes on after a failure.
 * Tells what came of each, and notifies; r->next_due is then when one is due next. The exit code. */
int renew_all(struct run *r, const struct spec *given, struct renew_all *sum);

#endif
