/* How a certificate is doing, for monitoring: acme --health. */
#ifndef HEALTH_H
#define HEALTH_H

#include <stdint.h>

#include "describe.h"

struct arena;

/* Also the exit codes of --health, as Nagios and others read them. */
enum health { HEALTH_OK, HEALTH_WARNING, HEALTH_CRITICAL };

/* Critical: expired, or about to expire without a renewal that could prevent it. Warning: a renewal has failed,
 * is long overdue, or something is still to be done after one. *why tells in a few words. d was
 * read with its leaf. */
enum health health_of(struct arena *a, const struct description *d, const char **why);

/* "ok", "warning", "critical" */
const char *health_name(enum health h);

#endif
