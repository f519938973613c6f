/* Deploy hooks: what brings a new certificate to where it is used, beyond copying files. */
#ifndef DEPLOY_H
#define DEPLOY_H

#include "run.h"
#include "spec.h"
#include "store.h"

struct arena;

/* Checks that each hook is there and has the settings that it needs, before anything is ordered. */
int deploy_check(struct run *r, struct arena *a, const struct spec *s, const struct store *store);

/* Runs all of them, one after another: compiled-in ones (deploy/), and programs of the user's as NAME
 * domain key cert ca fullchain, with the variables of hook_run(). The first failure is the result; the
 * others are run all the same. */
int deploy_run(struct run *r, struct arena *a, const struct spec *s, const struct store *store);

#endif
