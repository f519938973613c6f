/* Waiting for TXT records at the authoritative servers of their zones (RFC 1034 4.3.5: secondaries
 * follow when they come to it), which is where a CA's resolver will ask. */
#include "dnswait.h"

#include <string.h>

#include "arena.h"
#include "b64.h"
#include "clock.h"
#include "dnszone.h"
#include "error.h"
#include "log.h"
#include "rand.h"
#include "text.h"

enum {
	ASK_MS = 3000,        /* for one server's answer */
	PAUSE_FIRST_MS = 500, /* between rounds, then longer each time ... */
	PAUSE_MAX_MS = 10000, /* ... up to this */
	STRIKES = 5,          /* times that a server may fail before it is left out */
	LATE_MS = 15 * 1000,  /* after which servers that lag behind are named */
	BLIND = 60,           /* seconds */
	RESOLVER_REST = 20,   /* seconds before a resolver that caches is asked */
};

#define SILENT "does not answer"

/* A server as it stands to one name. */
struct seen {
	enum { WAITING, HAS_IT, LEFT_OUT } state;
	int strikes;
	const char *last; /* what it said */
};

struct watch {
	const struct dns_expected *e;
	struct dns_zone zone; /* n is 0: a resolver is asked */
	struct seen seen[NAME_SERVERS_MAX];
	bool done, told_late, told_other, delegated;
	bool silent;      /* nobody answered even when its zone was looked for */
	const char *last; /* what the resolver said */
};

struct waiting {
	const struct dnswait *w;
	struct arena *mem;
	struct resolver *resolver;
	struct watch *watches;
	size_t n;
	int64_t begun, deadline;
	struct strs told; /* "ns1.example.com (192.0.2.1) does not answer" */
	int64_t rested;   /* when a resolver is asked that would remember that there was nothing */
};

static const char *server_text(struct arena *a, const struct name_server *s)
{
	return fmt(a, "%s (%s)", s->name, dns_server_text(a, &s->at));
}

/* --- asking the authorities --- */

static const char *answer_text(struct arena *a, const struct dns_reply *reply)
{
	size_t others = 0;

	if (reply->rcode != DNS_NOERROR)
		return dns_rcode_text(a, reply->rcode);
	for (size_t i = 0; i < reply->answer.n; i++)
		others += reply->answer.v[i].type == DNS_TXT;
	return others ? fmt(a, "%zu other TXT record%s", others, others > 1 ? "s" : "")
	              : "no TXT record";
}

/* A TXT record of a wildcard is no harm at the authorities once ours is there, but resolvers may
 * remember it. */
static void tell_wildcard(struct watch *k, const struct name_server *s, struct arena *scratch)
{
	unsigned char bytes[8];
	const char *dot = strchr(k->e->fqdn, '.');
	struct dns_reply reply;

	if (k->told_other || !dot)
		return;
	k->told_other = true;
	rand_bytes(bytes, sizeof bytes);
	const struct dns_question q = {
		fmt(scratch, "acme-%s%s", hex_encode(scratch, bytes, 8), dot), DNS_TXT, true, false
	};
	if (resolve(scratch, &s->at, &q, clock_ms() + ASK_MS, &reply) == 0 &&
	    dns_find(&reply.answer, DNS_TXT, NULL))
		warn("A wildcard TXT record answers for %s as long as ours is not there; resolvers "
		     "may remember it",
		    k->e->fqdn);
}

static void strike(struct waiting *w, struct seen *seen, const struct name_server *s,
    struct arena *scratch, const char *fault)
{
	seen->last = fault;
	if (++seen->strikes < STRIKES)
		return;
	seen->state = LEFT_OUT;
	if (strs_has(w->told, fmt(scratch, "%s %s", server_text(scratch, s), fault)))
		return;
	strs_add(w->mem, &w->told, fmt(w->mem, "%s %s", server_text(w->mem, s), fault));
	warn("%s; going on without it", w->told.v[w->told.n - 1]);
}

/* What one server's reply means. true: its zone was delegated, everything starts anew. */
static bool judge(struct waiting *w, struct watch *k, size_t i, const struct dns_reply *reply,
    struct arena *scratch)
{
	struct seen *seen = &k->seen[i];
	const struct name_server *s = &k->zone.servers[i];
	struct dns_zone below;

	if (!k->delegated &&
	    dnszone_referral(w->resolver, w->mem, &k->zone, reply, k->e->fqdn, &below) > 0) {
		k->zone = below;
		memset(k->seen, 0, sizeof k->seen);
		k->delegated = true;
		return true;
	}
	if (reply->rcode != DNS_NOERROR && reply->rcode != DNS_NXDOMAIN) {
		strike(w, seen, s, scratch,
		    arena_fmt(w->mem,
		        "answers %s for %s (a lame delegation, or a zone that it cannot load)",
		        dns_rcode_text(w->mem, reply->rcode), k->zone.name));
	} else if (!reply->aa) {
		strike(w, seen, s, scratch,
		    arena_fmt(w->mem, "is no authority for %s (a lame delegation)", k->zone.name));
	} else if (dns_has_txt(&reply->answer, k->e->value)) {
		seen->state = HAS_IT;
		debug(1, "%s has %s", server_text(scratch, s), k->e->fqdn);
	} else {
		seen->strikes = 0;
		seen->last = answer_text(w->mem, reply);
		if (dns_find(&reply->answer, DNS_TXT, NULL))
			tell_wildcard(k, s, scratch);
	}
	return false;
}

static void ask_server(struct waiting *w, struct watch *k, size_t i, struct arena *scratch,
    bool *again)
{
	const struct dns_question q = { k->e->fqdn, DNS_TXT, true, false };
	const struct name_server *s = &k->zone.servers[i];
	struct seen *seen = &k->seen[i];
	struct dns_reply reply;

	if (strs_has(w->told, fmt(scratch, "%s " SILENT, server_text(scratch, s)))) {
		seen->state = LEFT_OUT;
		return;
	}
	if (resolve(scratch, &s->at, &q, clock_ms() + ASK_MS, &reply) == 0) {
		*again |= judge(w, k, i, &reply, scratch);
		return;
	}
	debug(1, "%s: %s", s->name, error_text(scratch));
	if (reply.unreachable) /* no IPv6 here, say */
		seen->state = LEFT_OUT;
	else
		strike(w, seen, s, scratch, SILENT);
	error_clear(scratch);
}

/* One round over the servers that have not shown it yet. */
static void ask_authorities(struct waiting *w, struct watch *k, struct arena *scratch)
{
	size_t has = 0, left = 0;
	bool again = false;

	for (size_t i = 0; i < k->zone.n && !again && !clock_interrupted(); i++)
		if (k->seen[i].state == WAITING)
			ask_server(w, k, i, scratch, &again);
	if (again)
		return;
	for (size_t i = 0; i < k->zone.n; i++) {
		has += k->seen[i].state == HAS_IT;
		left += k->seen[i].state == WAITING;
	}
	k->done = has && !left;
	if (!has && !left) {
		info("No name server of %s can be asked: asking a resolver for %s instead.",
		    k->zone.name, k->e->fqdn);
		k->zone.n = 0;
	}
}

/* --- asking a resolver --- */

/* 1 it is there, 0 not, -1 nobody answers. */
static int ask_resolver(struct waiting *w, struct watch *k, struct arena *scratch)
{
	struct dns_question q = { .name = k->e->fqdn, .type = DNS_TXT };
	struct dns_reply reply;
	bool any = resolver_ask(w->resolver, scratch, &q, &reply) == 0;

	error_clear(scratch);
	if (any && reply.rcode == DNS_SERVFAIL) {
		struct dns_reply unchecked;
		q.unchecked = true;
		if (resolver_ask(w->resolver, scratch, &q, &unchecked) == 0 &&
		    unchecked.rcode != DNS_SERVFAIL && !k->told_other) {
			k->told_other = true;
			warn(
			    "The DNSSEC signatures of the zone that holds %s are broken: %s refuses "
			    "to answer, and the CA's resolver will too",
			    k->e->fqdn, w->resolver->last);
		}
		error_clear(scratch);
		q.unchecked = false;
	}
	if (any) {
		k->last =
		    arena_fmt(w->mem, "%s says %s", w->resolver->last, answer_text(w->mem, &reply));
		if (dns_has_txt(&reply.answer, k->e->value))
			return 1;
	}
	/* It may remember that there was nothing; the public ones then still may not. */
	if (resolver_ask_doh(w->resolver, scratch, &q, &reply) == 0) {
		any = true;
		if (dns_has_txt(&reply.answer, k->e->value))
			return 1;
	}
	error_clear(scratch);
	return any ? 0 : -1;
}

/* --- what is wrong --- */

static unsigned serial_of(struct arena *a, const struct dns_zone *zone, size_t i, bool *known)
{
	const struct dns_question q = { zone->name, DNS_SOA, true, false };
	struct dns_reply reply;

	*known = false;
	if (resolve(a, &zone->servers[i].at, &q, clock_ms() + ASK_MS, &reply))
		return 0;
	const struct dns_record *soa = dns_find(&reply.answer, DNS_SOA, NULL);
	*known = soa != NULL;
	return soa ? soa->serial : 0;
}

/* Names the servers that lag behind the others, with the zone's serial numbers. */
static const char *laggards(struct arena *a, const struct watch *k)
{
	struct strs late = { 0 };
	const char *fresh = NULL;
	unsigned serial = 0;
	bool known;

	for (size_t i = 0; i < k->zone.n && !fresh; i++) {
		if (k->seen[i].state != HAS_IT)
			continue;
		serial = serial_of(a, &k->zone, i, &known);
		fresh = known ? k->zone.servers[i].name : NULL;
	}
	for (size_t i = 0; i < k->zone.n; i++) {
		const struct name_server *s = &k->zone.servers[i];
		if (k->seen[i].state != WAITING)
			continue;
		const unsigned theirs = serial_of(a, &k->zone, i, &known);
		strs_add(a, &late,
		    fresh && known && theirs != serial
		        ? fmt(a,
		              "%s (it has serial %u of the zone where %s has %u: it is not up to date)",
		              server_text(a, s), theirs, fresh, serial)
		        : fmt(a, "%s (%s)", server_text(a, s),
		              k->seen[i].last ? k->seen[i].last : "no answer"));
	}
	error_clear(a);
	return late.n ? text_join(a, late, ", ") : NULL;
}

static const char *missing_at(struct arena *a, const struct watch *k)
{
	const char *where = k->zone.n ? laggards(a, k) : k->last;

	return where ? where : "nobody answers";
}

static void tell_late(struct watch *k, struct arena *scratch)
{
	bool any = false;

	for (size_t i = 0; i < k->zone.n; i++)
		any |= k->seen[i].state == HAS_IT;
	if (!any || k->told_late)
		return;
	k->told_late = true;
	info("%s is not yet at %s", k->e->fqdn, missing_at(scratch, k));
}

static int timed_out(struct waiting *w, struct arena *a)
{
	arena_error(a)->transient = true;
	for (size_t i = 0; i < w->n; i++) {
		const struct watch *k = &w->watches[i];
		if (k->done)
			continue;
		fail(a,
		    "%s: the TXT record does not appear: after %lld seconds it is missing at %s",
		    k->e->fqdn, (long long)(clock_ms() - w->begun) / 1000, missing_at(w->mem, k));
		return remedy(a,
		    "look whether the record is in the right zone; --dns-timeout waits "
		    "longer, --dnssleep waits without looking");
	}
	return -1;
}

/* --- the whole --- */

/* Names in a zone that is known already begin there; they are led on when they are in one below. */
static void find_zones(struct waiting *w)
{
	for (size_t i = 0; i < w->n; i++) {
		struct watch *k = &w->watches[i];

		for (size_t j = 0; j < i && !k->zone.n; j++)
			if (w->watches[j].zone.n && dns_within(k->e->fqdn, w->watches[j].zone.name))
				k->zone = w->watches[j].zone;
		if (k->zone.n)
			continue;
		if (dnszone_find(w->resolver, w->mem, k->e->fqdn, &k->zone) == 0) {
			struct strs names = { 0 };
			for (size_t j = 0; j < k->zone.n; j++)
				if (!strs_has(names, k->zone.servers[j].name))
					strs_add(w->mem, &names, k->zone.servers[j].name);
			info("Waiting for the TXT records at the name servers of %s: %s",
			    k->zone.name, text_join(w->mem, names, ", "));
			continue;
		}
		info("The name servers for %s cannot be found (%s): asking a resolver instead.",
		    k->e->fqdn, arena_error(w->mem)->what);
		error_clear(w->mem);
		k->zone = (struct dns_zone){ 0 };
		k->silent = w->resolver->silent;
	}
}

static int wait_blind(struct waiting *w, struct arena *a)
{
	const int seconds = w->w->blind ? w->w->blind : BLIND;

	info(
	    "Nobody can be asked about DNS: sleeping %d seconds instead (--dnssleep sets the time).",
	    seconds);
	return clock_sleep(seconds * 1000LL) ? fail(a, "told to end") : 0;
}

/* All watches once. Returns how many are not done; *blind: those that nobody can be asked about. */
static size_t look(struct waiting *w, size_t *blind)
{
	struct arena *scratch = arena_new();
	size_t open = 0;

	*blind = 0;
	for (size_t i = 0; i < w->n && !clock_interrupted(); i++) {
		struct watch *k = &w->watches[i];

		if (!k->done && k->zone.n) {
			ask_authorities(w, k, scratch);
			if (clock_ms() - w->begun > LATE_MS)
				tell_late(k, scratch);
		} else if (!k->done && (k->silent || clock_ms() >= w->rested)) {
			const int got = ask_resolver(w, k, scratch);
			k->done = got > 0;
			*blind += got < 0;
		}
		open += !k->done;
	}
	arena_drop(scratch);
	return open;
}

/* Authorities that are reached and resolvers that refuse to answer: a broken DNSSEC chain. */
static void check_dnssec(struct waiting *w)
{
	struct arena *scratch = arena_new();

	for (size_t i = 0; i < w->n; i++) {
		struct watch *k = &w->watches[i];
		const struct dns_question q = { .name = k->zone.name, .type = DNS_SOA };
		struct dns_question plain = q;
		struct dns_reply checked, unchecked;

		plain.unchecked = true;
		if (!k->zone.n || (i && text_is(k->zone.name, w->watches[i - 1].zone.name)))
			continue;
		if (resolver_ask(w->resolver, scratch, &q, &checked) == 0 &&
		    checked.rcode == DNS_SERVFAIL &&
		    resolver_ask(w->resolver, scratch, &plain, &unchecked) == 0 &&
		    unchecked.rcode == DNS_NOERROR)
			warn(
			    "The DNSSEC signatures of %s are broken: %s refuses to answer, and the CA's "
			    "resolver will too",
			    k->zone.name, w->resolver->last);
		error_clear(scratch);
	}
	arena_drop(scratch);
}

static int wait_all(struct waiting *w, struct arena *a)
{
	int64_t pause = PAUSE_FIRST_MS;
	size_t open, blind;

	while ((open = look(w, &blind))) {
		if (clock_interrupted())
			return fail(a, "told to end");
		if (blind == open)
			return wait_blind(w, a);
		if (clock_ms() >= w->deadline)
			return timed_out(w, a);
		progress("Waiting for DNS: %zu of %zu records are seen everywhere, %lld s",
		    w->n - open, w->n, (long long)(clock_ms() - w->begun) / 1000);
		if (clock_sleep(pause))
			return fail(a, "told to end");
		pause = pause * 3 / 2 < PAUSE_MAX_MS ? pause * 3 / 2 : PAUSE_MAX_MS;
	}
	check_dnssec(w);
	info("All name servers that were asked show the TXT records.");
	return 0;
}

int dnswait(struct arena *a, const struct dnswait *ask)
{
	struct waiting w = { .w = ask,
		.mem = arena_new(),
		.resolver = ask->resolver,
		.n = ask->n,
		.begun = clock_ms() };

	w.deadline = w.begun + 1000LL * (ask->timeout ? ask->timeout : DNS_TIMEOUT);
	w.rested = w.begun + (ask->resolver->given ? 0 : RESOLVER_REST * 1000);
	w.watches = arena_alloc(w.mem, ask->n * sizeof *w.watches + 1);
	for (size_t i = 0; i < ask->n; i++)
		w.watches[i].e = &ask->want[i];
	find_zones(&w);
	const int result = wait_all(&w, a);
	progress(NULL);
	arena_drop(w.mem);
	return result;
}

int dnswait_look(struct resolver *r, const struct dns_expected *e)
{
	const struct dns_question q = { .name = e->fqdn, .type = DNS_TXT };
	struct arena *scratch = arena_new();
	struct dns_zone zone;
	struct dns_reply reply;
	int seen = -1;

	if (dnszone_find(r, scratch, e->fqdn, &zone) == 0 &&
	    dnszone_ask(r, scratch, &zone, &q, &reply) == 0)
		seen = dns_has_txt(&reply.answer, e->value);
	else
		debug(1, "%s", error_text(scratch));
	arena_drop(scratch);
	return seen;
}
