/* ACME Renewal Information (RFC 9773). */
#ifndef ARI_H
#define ARI_H

#include <stdint.h>

#include "cert.h"
#include "wire.h"

struct ari {
	int64_t start, end;      /* the suggested window; 0, 0: none that makes sense */
	int64_t retry_after;     /* seconds until it may be asked again: 1 min .. 1 day */
	const char *explanation; /* URL, or NULL */
};

/* Asks the CA. -1 when no usable window came (the error says why); retry_after is set all the same. */
int ari_fetch(struct wire *w, struct arena *a, const struct cert *c, struct ari *out);

/* A uniform random time in the window (RFC 9773 4.2). */
int64_t ari_draw(const struct ari *ari);

#endif
