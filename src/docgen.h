/* What is generated from the tables of commands and options, for other programs to read: completions of the
 * shells, the lists of the man page, the README's table. */
#ifndef DOCGEN_H
#define DOCGEN_H

#include "options.h"

struct arena;

/* Prints one of them: "bash", "zsh", "fish", "man", "commands", "options" (all names that the parser
 * knows). -1 with the error naming them for
 * any other. */
int docgen_print(struct arena *a, const struct command *commands, const char *what);

/* The completion script of a shell ("bash", "zsh", "fish") as text; NULL for another shell. */
char *docgen_completion(struct arena *a, const struct command *commands, const char *shell);

#endif
