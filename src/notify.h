/* Notifications: a message to the user about what the renewals came to. */
#ifndef NOTIFY_H
#define NOTIFY_H

#include <stdbool.h>

#include "run.h"
#include "text.h"

struct arena;

/* acme.sh's numbers for what came of a renewal; those of struct notice, too. */
enum notify_code { NOTIFY_OK = 0, NOTIFY_ERROR = 1, NOTIFY_SKIPPED = 2 };

/* What a run came to, name by name. */
struct notify_report {
	struct strs failed, renewed, skipped;
};

/* Sends a message through the hooks of NOTIFY_HOOK (none: nothing is done): compiled-in ones
 * (notify/), and programs of the user's as PROGRAM "subject by SOURCE" body code. A hook that fails keeps none of
 * the others from being tried; the first failure is the result, further ones are told on the spot. */
int notify_send(struct run *r, struct arena *a, const char *subject, const char *body,
    enum notify_code code);

/* A message about one renewal, when NOTIFY_LEVEL (below) wants to know what came of it. */
int notify_renewal(struct run *r, struct arena *a, const char *name, enum notify_code code);

/* One message about all (NOTIFY_MODE 0), when the worst of it is within NOTIFY_LEVEL: 0 nothing, 1
 * errors, 2 errors and renewals (the default), 3 skipped ones too. */
int notify_report(struct run *r, struct arena *a, const struct notify_report *report);

#endif
