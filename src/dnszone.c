/* Zones, their name servers and CNAMEs (RFC 1034). A zone is found by its SOA: the name above the
 * record's is asked for it, and the reply has the zone's own or, beside "no such data", the one of
 * the zone that would hold it (RFC 2308 3). */
#include "dnszone.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "b64.h"
#include "clock.h"
#include "error.h"
#include "log.h"
#include "rand.h"
#include "text.h"

enum {
	CNAME_MAX = 8,
	DELEGATION_MAX = 8,
	ASK_MS = 4000, /* for each name server */
};

/* --- name servers --- */

/* A test bed has its name servers on loopback addresses, all on the port of its resolver. */
static int port_of(const struct resolver *r, const char *address)
{
	const bool loopback = text_starts(address, "127.") || text_is(address, "::1");

	return r->given && loopback ? r->servers[0].port : 53;
}

static void add_addresses(struct resolver *r, struct arena *a, const char *server,
    enum dns_type type, struct dns_zone *zone)
{
	const struct dns_question q = { .name = server, .type = type };
	struct dns_reply reply;

	if (resolver_ask(r, a, &q, &reply))
		return;
	for (size_t i = 0; i < reply.answer.n && zone->n < NAME_SERVERS_MAX; i++) {
		const struct dns_record *rec = &reply.answer.v[i];

		if (rec->type == type && text_is_ip(rec->text))
			zone->servers[zone->n++] =
			    (struct name_server){ server, { rec->text, port_of(r, rec->text) } };
	}
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The addresses of the servers that NS records of the zone name. */
static int find_servers(struct resolver *r, struct arena *a, const struct dns_records *list,
    struct dns_zone *zone)
{
	struct strs names = { 0 };

	zone->servers = arena_alloc(a, NAME_SERVERS_MAX * sizeof *zone->servers);
	zone->n = 0;
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].type == DNS_NS && text_is(list->v[i].name, zone->name) &&
		    !strs_has(names, list->v[i].text))
			strs_add(a, &names, arena_str(a, list->v[i].text));
	if (!names.n)
		return fail(a, "%s has no name servers", zone->name);
	qsort(names.v, names.n, sizeof *names.v, compare); /* replies have them in any order */
	for (size_t i = 0; i < names.n; i++) {
		add_addresses(r, a, names.v[i], DNS_A, zone);
		add_addresses(r, a, names.v[i], DNS_AAAA, zone);
		error_clear(a); /* one without address is no matter while there are others */
	}
	if (!zone->n)
		return fail(a, "the name servers of %s (%s) have no address", zone->name,
		    text_join(a, names, ", "));
	return 0;
}

/* --- zones --- */

/* The SOA that a reply about name has: of name's own zone or of one above. */
static const char *zone_name(const struct dns_reply *reply, const char *name)
{
	const struct dns_record *soa = dns_find(&reply->answer, DNS_SOA, name);

	if (!soa)
		soa = dns_find(&reply->authority, DNS_SOA, NULL);
	return soa && *soa->name && dns_within(name, soa->name) ? soa->name : NULL;
}

static const char *above(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot ? dot + 1 : NULL;
}

int dnszone_find(struct resolver *r, struct arena *a, const char *fqdn, struct dns_zone *out)
{
	struct dns_question q = { .type = DNS_SOA };
	struct dns_reply reply;
	const char *last = "";

	*out = (struct dns_zone){ 0 };
	if (!above(fqdn))
		return fail(a, "%s is a single word", text_safe(a, fqdn, 255));
	for (q.name = above(dns_name(a, fqdn)); q.name; q.name = above(q.name)) {
		if (resolver_ask(r, a, &q, &reply))
			return -1;
		last = dns_rcode_text(a, reply.rcode);
		if ((out->name = zone_name(&reply, q.name)))
			break;
	}
	if (!out->name)
		return fail(a, "no zone is known that holds %s (%s says %s)", fqdn, r->last, last);
	q = (struct dns_question){ .name = out->name, .type = DNS_NS };
	if (resolver_ask(r, a, &q, &reply))
		return -1;
	return find_servers(r, a, &reply.answer, out);
}

int dnszone_referral(struct resolver *r, struct arena *a, const struct dns_zone *zone,
    const struct dns_reply *reply, const char *fqdn, struct dns_zone *out)
{
	const struct dns_record *ns = dns_find(&reply->authority, DNS_NS, NULL);

	if (reply->aa || reply->rcode != DNS_NOERROR || reply->answer.n || !ns ||
	    !dns_within(fqdn, ns->name) || strlen(ns->name) <= strlen(zone->name))
		return 0;
	*out = (struct dns_zone){ .name = arena_str(a, ns->name) }; /* the reply may go before it */
	return find_servers(r, a, &reply->authority, out) ? -1 : 1;
}

/* One round over a zone's servers. 1: an authority has answered, 0: *zone was delegated, -1. */
static int ask_round(struct resolver *r, struct arena *a, struct dns_zone *zone,
    const struct dns_question *q, struct dns_reply *out)
{
	for (size_t i = 0; i < zone->n && !clock_interrupted(); i++) {
		struct dns_zone below;

		if (resolve(a, &zone->servers[i].at, q, clock_ms() + ASK_MS, out)) {
			debug(1, "%s: %s", zone->servers[i].name, error_text(a));
			error_clear(a);
			continue;
		}
		const int delegated = dnszone_referral(r, a, zone, out, q->name, &below);
		if (delegated < 0)
			return -1;
		if (delegated) {
			*zone = below;
			return 0;
		}
		if (out->aa && (out->rcode == DNS_NOERROR || out->rcode == DNS_NXDOMAIN))
			return 1;
	}
	return fail(a, "no name server of %s answers as an authority", zone->name);
}

int dnszone_ask(struct resolver *r, struct arena *a, struct dns_zone *zone,
    const struct dns_question *q, struct dns_reply *out)
{
	struct dns_question direct = *q;

	direct.direct = true;
	for (int i = 0; i < DELEGATION_MAX; i++) {
		const int got = ask_round(r, a, zone, &direct, out);
		if (got)
			return got > 0 ? 0 : -1;
	}
	return fail(a, "%s is delegated too often", q->name);
}

/* --- CNAME --- */

/* What the authorities say about a name, or, when none can be asked, a resolver. */
static int ask_best(struct resolver *r, struct arena *a, const struct dns_question *q,
    struct dns_reply *out)
{
	struct dns_zone zone;

	if (dnszone_find(r, a, q->name, &zone) == 0 && dnszone_ask(r, a, &zone, q, out) == 0)
		return 0;
	debug(1, "%s", error_text(a));
	error_clear(a);
	return resolver_ask(r, a, q, out);
}

static const char *cname(struct resolver *r, struct arena *a, const char *name)
{
	const struct dns_question q = { .name = name, .type = DNS_CNAME };
	struct dns_reply reply;

	if (ask_best(r, a, &q, &reply)) {
		debug(1, "%s", error_text(a));
		error_clear(a);
		return NULL;
	}
	const struct dns_record *rec = dns_find(&reply.answer, DNS_CNAME, name);
	return rec ? rec->text : NULL;
}

/* Whether any name beside this one would have the same CNAME. */
static bool from_wildcard(struct resolver *r, struct arena *a, const char *name, const char *target)
{
	unsigned char bytes[8];
	const char *rest = above(name);

	if (!rest)
		return false;
	rand_bytes(bytes, sizeof bytes);
	const char *other = cname(r, a, fmt(a, "acme-%s.%s", hex_encode(a, bytes, 8), rest));
	return text_is(other, target);
}

const char *dnszone_target(struct resolver *r, struct arena *a, const char *fqdn)
{
	struct strs seen = { 0 };
	const char *name = dns_name(a, fqdn), *next;

	strs_add(a, &seen, name);
	while ((next = cname(r, a, name))) {
		if (strs_has(seen, next))
			return fail_null(a, "the CNAME at %s leads in a circle: %s, %s", fqdn,
			    text_safe(a, text_join(a, seen, ", "), 500), text_safe(a, next, 255));
		if (seen.n > CNAME_MAX)
			return fail_null(a, "more than %d CNAMEs lead on from %s", CNAME_MAX, fqdn);
		if (from_wildcard(r, a, name, next)) {
			info(
			    "The CNAME at %s comes from a wildcard record; the TXT record takes its place.",
			    name);
			break;
		}
		strs_add(a, &seen, next);
		name = next;
	}
	return name;
}
