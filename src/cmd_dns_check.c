/* --dns-check: the way of a record through a driver, step by step, before any CA is asked; and
 * --make-dns-persist-value, the record that dns-persist-01 needs. */
#include "cmd.h"

#include <string.h>

#include "b64.h"
#include "clock.h"
#include "dnspersist.h"
#include "dnsrecords.h"
#include "dnswait.h"
#include "dnszone.h"
#include "error.h"
#include "log.h"
#include "rand.h"

/* --- --dns-check --- */

struct check {
	struct run *run;
	struct dnsrecords *records;
	struct resolver resolver;
	const char *entry;
	int timeout; /* seconds */
};

static const char *random_value(struct arena *a)
{
	unsigned char bytes[32];

	rand_bytes(bytes, sizeof bytes);
	return b64url_encode(a, bytes, sizeof bytes);
}

static int wait_for(struct check *c, struct arena *a, const struct options *o,
    const struct dns_expected *e)
{
	long long seconds;

	if (!text_number(o->spec.dns_sleep, 0, 86400, &seconds)) {
		info("Sleeping %lld seconds for the TXT records to take effect", seconds);
		return countdown("Waiting for DNS", seconds * 1000) ? fail(a, "told to end") : 0;
	}
	return dnswait(a,
	    &(struct dnswait){ .resolver = &c->resolver,
	        .want = e,
	        .n = 1,
	        .timeout = c->timeout });
}

/* One name. What was added is removed whatever happens in between. */
static int check_name(struct check *c, struct arena *a, const struct options *o, const char *name)
{
	const char *bare = text_starts(name, "*.") ? name + 2 : name;
	const char *own = fmt(a, "_acme-challenge.%s", bare), *zone;
	const char *fqdn = dnszone_target(&c->resolver, a, own);

	if (!fqdn || !(zone = dnsrecords_zone(c->records, a, c->entry, fqdn)))
		return -1;
	if (!text_is(fqdn, dns_name(a, own)))
		info("%s is a CNAME: the TXT record goes to %s", own, fqdn);
	if (*zone)
		info("The provider has the zone %s, which holds %s.", zone, fqdn);
	const struct dns_expected e = { fqdn, random_value(a) };
	const bool added = dnsrecords_add(c->records, a, c->entry, e.fqdn, e.value) == 0;
	if (!added && !arena_error(a)->transient)
		return -1; /* else it may be there all the same */
	const bool seen = added && wait_for(c, a, o, &e) == 0;
	struct arena *scratch = arena_new();
	clock_cleaning(true);
	const int left = dnsrecords_rm(c->records, scratch, c->entry, e.fqdn, e.value);
	clock_cleaning(false);
	if (left && seen)
		error_move(a, scratch);
	else if (left)
		complain("%s", error_text(scratch));
	arena_drop(scratch);
	return seen && !left ? 0 : -1;
}

int cmd_dns_check(struct run *r, struct options *o)
{
	struct arena *a = r->mem;
	const struct strs entries = text_split(a, o->about ? o->about : o->spec.webroot, ",");
	struct check c = { .run = r };
	long long timeout = 0;
	int result = 0;

	if (entries.n != 1 || !text_starts(entries.v[0], "dns_")) {
		fail(a, "which driver is to be tried?");
		return remedy(a, "write --dns-check dns_x; acme --dns-list shows all");
	}
	c.entry = entries.v[0];
	if (o->spec.dns_timeout && text_number(o->spec.dns_timeout, 1, 7 * 86400, &timeout))
		return fail(a, "--dns-timeout '%s': no number of seconds",
		    text_safe(a, o->spec.dns_timeout, 40));
	c.timeout = (int)timeout;
	if (!run_http(r, a) || resolver_open(a, o->spec.resolver, r->http, &c.resolver) ||
	    !(c.records = dnsrecords_open(r, a, o->spec.dns_env, NULL)))
		return -1;
	if (dnsrecords_check(c.records, a, c.entry) == 0)
		info("%s: all credentials are given.", c.entry);
	for (size_t i = 0; !failed(a) && !result && i < o->domains.n; i++)
		result = check_name(&c, a, o, o->domains.v[i]);
	dnsrecords_close(c.records);
	if (failed(a) || result)
		return -1;
	success("%s works: the record was added, seen and removed.", c.entry);
	return 0;
}

/* --- --make-dns-persist-value --- */

static void print_value(struct arena *a, const struct dnspersist *p, const char *name)
{
	const char *fqdn = dnspersist_name(a, name), *value = dnspersist_value(a, p);

	say("dns.record", EVENT_FIELDS({ "name", fqdn }, { "value", value }, { "domain", name }),
	    "Add the following TXT record:");
	info("Domain: '%s'", fqdn);
	info("TXT value: '%s'", value);
}

int cmd_dns_persist(struct run *r, struct options *o)
{
	struct arena *a = r->mem;
	struct dnspersist p = { 0 };
	const char *days = o->dns_persist_days;
	long long n = 0;

	if (days && text_number(days, 1, 36500, &n))
		return fail(a, "--dns-persist-days '%s': no number of days",
		    text_safe(a, days, 40));
	const char *directory = run_directory(r, a, NULL, true);
	if (!directory || run_wire(r, a, directory, true))
		return -1;
	p.account = r->wire.kid;
	p.until = days ? clock_now() + n * 86400 : 0;
	struct strs issuers = text_empty(o->dns_persist_ca) ? r->wire.dir.caa_identities
	                                                    : text_split(a, o->dns_persist_ca, ",");
	if (!issuers.n) {
		fail(a, "this CA does not tell the name that its records begin with");
		return remedy(a, "look it up in its documentation, and add --dns-persist-ca-name");
	}
	for (size_t i = 0; i < o->domains.n; i++) {
		p.wildcard = o->dns_persist_wildcard || text_starts(o->domains.v[i], "*.");
		for (size_t k = 0; k < issuers.n; k++) {
			p.issuer = issuers.v[k];
			print_value(a, &p, o->domains.v[i]);
		}
	}
	return 0;
}
