/* --upgrade: releases at an address, signed with ECDSA P-256, put in the place of the running
 * program.
 *
 * A release is a folder: acme-OS-CPU (the programs), SHA256SUMS (first line "acme VERSION", then
 * lines as sha256sum(1) writes them), SHA256SUMS.sig (DER signature of that file). The newest one
 * is at ADDRESS/latest/, each at ADDRESS/vVERSION/. */
#ifndef RELEASE_H
#define RELEASE_H

#include <stdbool.h>

#include "home.h"
#include "http.h"

struct arena;

/* The address: ACME_RELEASE_URL, else what was compiled in. NULL with the error (and what to do) when
 * neither is set. */
const char *release_address(struct arena *a);

/* Compares versions like 1.2.10 and 1.10.0: negative, 0, positive. A part that is no number sorts
 * before numbers ("1.0.0-rc1" before "1.0.0"). */
int release_compare(const char *x, const char *y);

/* Upgrades the program in the home to the newest release, or to tag. *done: another version is in
 * place now (not already up to date). force: also the same or an older version. */
int release_upgrade(struct arena *a, struct http *http, const struct home *h, const char *tag,
    bool force, bool *done);

/* Puts the program back that was there before the last upgrade. */
int release_rollback(struct arena *a, const struct home *h);

/* Test seam: called before each step. */
extern void (*release_step)(const char *what);

#endif
