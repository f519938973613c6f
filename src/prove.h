/* Proving control of an order's names: authorizations matched to the ways the user gave, all
 * challenges presented, answered together, the order polled until it is ready, everything that
 * was presented taken away again. */
#ifndef PROVE_H
#define PROVE_H

#include "order.h"
#include "run.h"
#include "spec.h"
#include "store.h"

struct arena;

/* Checks, before there is an order, that each name's way can work (port free, folder there). */
int prove_ready(struct run *r, struct arena *a, const struct spec *spec, const struct store *store);

/* Brings a new order, or one that an earlier run has left (resumed), to "ready". After a failure the
 * authorizations that are still pending are deactivated, so that they do not count at the CA, unless
 * DNS records are to be made by hand and a later run goes on with the order: exit code 3 in the
 * error. */
int prove_order(struct run *r, struct arena *a, const struct spec *spec, const struct store *store,
    struct order *order, bool resumed);

#endif
