/* The shell's side of an installation: env files, the line in the rc file, completions. */
#ifndef PROFILE_H
#define PROFILE_H

#include "home.h"

struct arena;

/* The completion scripts of the shells; NULL: none. */
struct completions {
	const char *bash, *fish, *zsh;
};

/* Writes acme.sh.env (.csh and .fish where these shells are used) and the completions into the home. */
int profile_write(struct arena *a, const struct home *h, const struct completions *completions);
/* Adds the line that reads the env file to the user's rc files, once; PROFILE names another file. */
int profile_install(struct arena *a, const struct home *h);
/* Takes the line and the files away. */
int profile_uninstall(struct arena *a, const struct home *h);

#endif
