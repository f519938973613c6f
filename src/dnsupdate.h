/* DNS updates (RFC 2136) of TXT records, signed with TSIG where there is a key: what the drivers
 * dns_nsupdate and dns_knot are made of. */
#ifndef DNSUPDATE_H
#define DNSUPDATE_H

#include <stdbool.h>

#include "net.h"
#include "text.h"
#include "tsig.h"

struct arena;

/* Whom to tell, and how. */
struct dnsupdate {
	struct strs
	    servers; /* "host", "host:port", "[2001:db8::1]:port"; each is told each change */
	int port;    /* where none is given; 0: 53 */
	enum net_family family;
	bool tcp;                   /* not UDP first */
	int seconds;                /* that one server may take; 0: 20 */
	const struct tsig_key *key; /* NULL: not signed */
};

/* Whether the first server holds a zone of that very name: 1, 0, -1. */
int dnsupdate_zone(struct arena *a, const struct dnsupdate *u, const char *name);

/* Adds one value at the name, or removes it; others there stay. -1 when one of the servers did not
 * do it; the others were told all the same. */
int dnsupdate_add(struct arena *a, const struct dnsupdate *u, const char *zone, const char *name,
    int ttl, const char *value);
int dnsupdate_rm(struct arena *a, const struct dnsupdate *u, const char *zone, const char *name,
    const char *value);

#endif
