/* Hooks that are programs of the user's: found by name in the home (deploy/NAME, notify/NAME, with or
 * without .sh), run with an argument vector. */
#ifndef USERHOOK_H
#define USERHOOK_H

#include "run.h"
#include "text.h"

struct arena;

/* The path of the hook NAME of a kind ("deploy", "notify"): an absolute path as it is, else the
 * first that is there of <home>/<domain>/, <home>/, <home>/<kind>/ (domain may be NULL). NULL with the
 * error, which says where it was looked for; with compiled_in (there is one of that name) NULL
 * without error where the user has no program of that name, but perhaps a piece of acme.sh's shell. */
const char *userhook_find(struct run *r, struct arena *a, const char *kind, const char *name,
    const char *domain, bool compiled_in);

/* Runs it (at most 10 minutes). -1 with the error unless it ends with exit code 0. */
int userhook_run(struct arena *a, const char *path, const char *const *arguments, struct strs env);

#endif
