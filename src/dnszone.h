/* Where a DNS name lives: the zone that holds it and that zone's name servers (RFC 1034 4.2), and
 * where a CNAME leads. The name itself is never asked of a resolver that caches (RFC 2308: it
 * would remember for hours that there is no such name), but of the authorities. */
#ifndef DNSZONE_H
#define DNSZONE_H

#include <stdbool.h>
#include <stddef.h>

#include "resolve.h"

struct arena;

struct name_server {
	const char *name; /* "ns1.example.com" */
	struct dns_server at;
};

enum { NAME_SERVERS_MAX = 32 };
struct dns_zone {
	const char *name;
	struct name_server *servers; /* one for each address */
	size_t n;
};

/* The zone of a name, without asking for its first label. -1 with why not: nobody answers, there
 * is no such zone, its name servers have no address. */
int dnszone_find(struct resolver *r, struct arena *a, const char *fqdn, struct dns_zone *out);

/* A reply that names the servers of a zone between zone and the name (RFC 1034 4.3.2): that zone. 1,
 * 0: it is no referral, -1: its servers cannot be found. */
int dnszone_referral(struct resolver *r, struct arena *a, const struct dns_zone *zone,
    const struct dns_reply *reply, const char *fqdn, struct dns_zone *out);

/* Asks the zone's servers in turn until one answers as an authority, and follows delegations down;
 * *zone is then the zone of the name itself. -1: none does. */
int dnszone_ask(struct resolver *r, struct arena *a, struct dns_zone *zone,
    const struct dns_question *q, struct dns_reply *out);

/* The name that a chain of CNAMEs at fqdn ends at; fqdn itself when there is none, when nobody can
 * be asked, or when it comes from a wildcard (a TXT record at fqdn then takes its place). NULL with
 * the error: the chain has a loop, or is longer than 8. */
const char *dnszone_target(struct resolver *r, struct arena *a, const char *fqdn);

#endif
