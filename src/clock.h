/* Time: now, the forms in which it is written, and waiting (which a signal ends). */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct arena;

/* Seconds since 1970. A seam: tests set clock_fake to a non-zero time. */
int64_t clock_now(void);
extern int64_t clock_fake;

/* Milliseconds of a clock that never jumps; deadlines are points on it. */
int64_t clock_ms(void);

/* Waits, in slices; returns early with -1 when the program was told to end (see below). */
int clock_sleep(int64_t ms);

/* SIGINT, SIGTERM and SIGHUP are noted from now on and end every wait; SIGPIPE is ignored. */
void clock_catch_signals(void);
/* The number of the signal that asked to end, or 0. */
int clock_interrupted(void);
/* Clean-up goes on after the program was told to end: while on, waits are not cut short. (A second
 * Ctrl-C still ends it at once.) */
void clock_cleaning(bool on);

/* For a program that stays: from now on SIGHUP does not ask it to end, but to look again. It ends
 * clock_sleep() (with 0); clock_hangup() tells once that it came. clock_catch_signals() undoes
 * this, for a child. */
void clock_catch_hangup(void);
bool clock_hangup(void);

char *clock_rfc3339(struct arena *a, int64_t t); /* 2026-11-21T20:33:02Z */
char *clock_http_date(struct arena *a, int64_t t);
char *clock_local(struct arena *a, int64_t t); /* as date(1) prints in the C locale */

/* -1 when s is not such a date. Fractions of seconds and numeric offsets are accepted. */
int clock_parse_rfc3339(const char *s, int64_t *t);
int clock_parse_http_date(const char *s, int64_t *t); /* the three forms of RFC 9110 5.6.7 */

/* Retry-After (RFC 9110 10.2.3), seconds or date, as seconds from now clamped to [min, max];
 * dflt when s is NULL or unreadable. */
int64_t clock_retry_after(const char *s, int64_t dflt, int64_t min, int64_t max);

/* Days since 1970-01-01 of a civil date, for ASN.1 times. */
int64_t clock_days(int year, unsigned month, unsigned day);

#endif
