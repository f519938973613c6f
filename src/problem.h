/* Problem documents (RFC 9457, RFC 8555 6.7): one table says in plain English what a type means,
 * whether the user's input is at fault, and whether a later try makes sense. */
#ifndef PROBLEM_H
#define PROBLEM_H

#include <stdbool.h>

#include "http.h"
#include "json.h"

struct arena;
struct buf;

struct problem_type {
	const char *name; /* "badCSR", what follows urn:ietf:params:acme:error: */
	bool input;       /* the mistake is in what the user gave */
	bool transient;   /* worth trying again later without a change */
	const char *text; /* what it means, and what to do */
};
/* The row of a type URN, or NULL. */
const struct problem_type *problem_type(const char *urn);
bool problem_is(const char *urn, const char *name);

/* Turns a problem object into the arena's error record: status (0: the object's own), short type
 * as code, the CA's own detail (made safe to print), the text of the table as remedy, subproblems
 * told name by name. Returns -1. */
int problem_fail(struct arena *a, const cJSON *problem, int status);
/* The same from a reply that is not 2xx; copes with replies that are not problem documents.
 * Retry-After goes to the record. */
int problem_reply(struct arena *a, const struct response *res);

/* Adds what a problem says to lines for an error's names: "name: detail (code)", one line a
 * subproblem when there are some. */
void problem_lines(struct buf *lines, const char *name, const cJSON *problem);

#endif
