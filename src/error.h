/* The error record: one an operation, kept in its arena.
 *
 * A function that fails returns -1 or NULL; the one who knows why fills the record with fail().
 * Callers above add where and what they were doing, never a second message. The text reads
 * "where: doing what: what happened (code)" and may be followed by a remedy. */
#ifndef ERROR_H
#define ERROR_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"

struct error {
	const char *where;   /* "Let's Encrypt", "Cloudflare", a path, a host; NULL: none */
	const char *doing;   /* "zone lookup for example.com" */
	const char *what;    /* "403 Invalid request headers"; NULL: no error */
	const char *code;    /* the other side's code or problem type */
	const char *remedy;  /* "use --httpport, or -w with a running web server" */
	const char *names;   /* what was told for single names, one "name: text" a line */
	int http;            /* status of the reply that told the error, or 0 */
	int exit;            /* exit code wished for, 0 means 1 */
	int64_t retry_after; /* seconds after which a new try makes sense, 0: not told */
	bool input;          /* the mistake is in what the user gave */
	bool transient;      /* worth trying again later without a change */
};

/* Record the failure and return -1. The first failure wins: a later one does not overwrite it
 * (error_clear() when the first was dealt with). fail_null returns NULL instead. */
#define fail(x, ...) arena_fail(mem_of(x), __VA_ARGS__)
#define fail_null(x, ...) (arena_fail(mem_of(x), __VA_ARGS__), NULL)
int arena_fail(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* fail() with errno's text behind the formatted text: "writing /x: No space left on device". */
int fail_errno(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What is being done from here on, for the error text; where: at what, with whom.
 * Ignored while a failure is recorded: cleaning up does not change its context. */
void doing(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
void at(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds the remedy to the recorded error, which keeps the first; -1 for "return remedy(...)". */
#define remedy(x, ...) arena_remedy(mem_of(x), __VA_ARGS__)
int arena_remedy(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

bool failed(struct arena *a);
void error_clear(struct arena *a); /* forgets what happened, keeps where and doing */
/* "where: doing what: what happened (code); remedy", one line without .names, safe to print; ""
 * when nothing failed. */
char *error_text(struct arena *a);
/* Copies the record of one operation to another (a child arena to its parent), which keeps a
 * failure of its own, and its where and doing where the other has none; returns -1. */
int error_move(struct arena *to, struct arena *from);

#endif
