/* Copies of a certificate's files to where servers read them, and the reload (--install-cert). */
#ifndef INSTALL_H
#define INSTALL_H

#include <stdbool.h>

#include "run.h"
#include "spec.h"
#include "store.h"

struct arena;

/* Whether the settings ask for any copy or reload. */
bool install_wanted(const struct spec *s);

/* Checks that each target's folder is there. */
int install_check(struct arena *a, const struct spec *s);

/* Copies the files to their targets and runs the reload command, telling each step as acme.sh
 * does. Existing targets keep owner and mode; a new key is 0600. backup: keep the targets' old
 * content in the certificate's backup/ folder first (not at renewals). */
int install_files(struct run *r, struct arena *a, const struct spec *s, const struct store *store,
    bool backup);

#endif
