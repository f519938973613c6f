/* What is known of one stored certificate, for --list, --info and --health: read once, told as lines or as
 * JSON (docs/json.md). */
#ifndef DESCRIBE_H
#define DESCRIBE_H

#include <stdbool.h>

#include "cert.h"
#include "due.h"
#include "json.h"
#include "run.h"
#include "spec.h"
#include "store.h"

struct arena;

struct description {
	const struct store *store;
	struct spec spec;
	const char *ca;         /* its name, or the URL of one without */
	struct due_facts facts; /* with the dates of leaf, when that was read */
	struct due due;
	bool has_leaf;
	struct cert leaf;       /* when has_leaf */
	const char *owed;       /* steps that are still to be done, comma list; NULL: none */
	const char *last_error; /* of the last renewal that failed, NULL: none */
	const char *failures;   /* how many in a row */
};

/* Reads it; with_leaf: the certificate file too. */
void describe(const struct run *r, struct arena *a, const struct store *s, bool with_leaf,
    struct description *out);

/* The members of docs/json.md's cert.listed; with the leaf those of cert.info. */
cJSON *describe_json(struct arena *a, const struct description *d);

/* "NAME=value" lines. */
void describe_print(struct arena *a, const struct description *d);

/* Whether a setting's value is a secret that is not shown. */
bool describe_is_secret(const char *key);

#endif
