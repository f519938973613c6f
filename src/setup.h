/* --install and --uninstall: the program in its home, the shell's environment, account.conf, the
 * daily run; taking over a home of acme.sh. */
#ifndef SETUP_H
#define SETUP_H

#include <stdbool.h>

#include "home.h"
#include "profile.h"

struct arena;

struct setup {
	bool no_cron;
	bool no_profile;
	bool force; /* go on without a daily run */
	const char *email;
	struct completions completions;
};

/* The program's names in the home: what it is, and what old crontabs and scripts call. */
#define SETUP_PROGRAM "acme"
#define SETUP_OLD_NAME "acme.sh"

int setup_install(struct arena *a, struct home *h, const struct home_ask *ask,
    const struct setup *s);
/* Takes away what --install added and nothing else: keys, certificates and settings stay. */
int setup_uninstall(struct arena *a, const struct home *h, bool no_cron);

#endif
