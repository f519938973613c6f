/* The shell lines that the user gave: --pre-hook, --post-hook, --renew-hook, --reloadcmd. Values
 * travel in the environment, never in the line. */
#ifndef HOOKS_H
#define HOOKS_H

#include "run.h"
#include "spec.h"
#include "store.h"

struct arena;

/* Runs one line in the certificate's folder (or where we are when that does not exist yet) by
 * /bin/sh, with acme.sh's variables: Le_Domain, Le_Alt, CERT_PATH, CERT_KEY_PATH, CA_CERT_PATH,
 * CERT_FULLCHAIN_PATH, DOMAIN_PATH, LE_WORKING_DIR, LE_CONFIG_HOME, ACME_DIRECTORY ... An empty
 * line is success. what: "pre hook", for the messages. -1 with the error when it fails, is
 * killed, or takes more than 10 minutes. */
int hook_run(struct run *r, struct arena *a, const char *what, const char *line,
    const struct spec *spec, const struct store *store);

/* The environment that hook_run gives its line. */
struct strs hook_environment(struct run *r, struct arena *a, const struct spec *spec,
    const struct store *store);

#endif
