/* Texts made from the tables of commands and options: --help, and what the documents quote. */
#ifndef HELP_H
#define HELP_H

#include "options.h"

struct arena;

/* The whole help, or that of one command ("--issue", "issue"). -1 with the error when there is no such command. */
int help_print(struct arena *a, const struct command *commands, const char *about);

#endif
