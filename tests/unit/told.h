/* Whether the error of an operation says something; what it says is shown when not. */
#ifndef TOLD_H
#define TOLD_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "error.h"

static inline bool told(struct arena *own, const char *part)
{
	const char *text = error_text(own);
	const bool found = strstr(text, part) != NULL;
	if (!found)
		printf("#  got: %s\n# want: ...%s...\n", text, part);
	return found;
}

/* The same; what is told next is another error. */
static inline bool told_once(struct arena *own, const char *part)
{
	const bool found = told(own, part);
	error_clear(own);
	return found;
}

#endif
