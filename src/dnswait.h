/* Waiting until the world can see TXT records: all authoritative name servers are asked, over IPv4
 * and IPv6, until each gives the value; where none can be asked, a resolver; where that cannot be
 * asked either, time passes. */
#ifndef DNSWAIT_H
#define DNSWAIT_H

#include <stddef.h>

#include "resolve.h"

struct arena;

struct dns_expected {
	const char *fqdn;
	const char *value;
};

enum { DNS_TIMEOUT = 20 * 60 }; /* seconds; as long as acme.sh waits */

struct dnswait {
	struct resolver *resolver;
	const struct dns_expected *want;
	size_t n;
	int timeout; /* seconds, 0: DNS_TIMEOUT */
	int blind;   /* seconds to wait when nobody can be asked; 0: a minute */
};

/* 0 when all is seen, or nobody could be asked and the time has passed; -1 with what is missing
 * where. Tells what it waits for and what is wrong with the zone. */
int dnswait(struct arena *a, const struct dnswait *w);

/* One look without waiting: what an authority says about a value. 1 it is there, 0 it is not, -1
 * no authority can be asked (no error is set). */
int dnswait_look(struct resolver *r, const struct dns_expected *e);

#endif
