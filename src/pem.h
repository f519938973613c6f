/* PEM (RFC 7468): DER in base64 between BEGIN and END lines. */
#ifndef PEM_H
#define PEM_H

#include <stdbool.h>

#include "der.h"

struct arena;

struct pem {
	const char *label; /* "CERTIFICATE" */
	bool headers;      /* RFC 1421 header lines stand in it: an encrypted key, der is empty */
	struct der der;
};

/* Takes the next block off *text, skipping what stands outside of blocks. 1 found, 0 no more, -1 a
 * block that is cut off or no base64 (arena's error). */
int pem_next(struct arena *a, const char **text, struct pem *out);

/* A block with lines of 64 characters. */
char *pem_text(struct arena *a, const char *label, struct der der);

/* Whether a PEM block begins somewhere in text. */
bool pem_is(const char *text);

#endif
