/* dns-01 and dns-account-01 through drivers: all records are added, then one wait until the name
 * servers show them, and removed by value afterwards. */
#include "dns01.h"

#include <string.h>

#include "arena.h"
#include "b64.h"
#include "clock.h"
#include "dns01_state.h"
#include "dnszone.h"
#include "error.h"
#include "hash.h"
#include "log.h"
#include "text.h"

#define ACCOUNT "dns_account:"
#define PERSIST "dns_persist"

enum { LABEL_BYTES = 10 };

/* A record that was added for a name. */
struct record {
	const char *entry, *fqdn, *value;
};

/* --- names --- */

const char *dns01_entry(const char *entry)
{
	if (text_starts(entry, ACCOUNT))
		return entry + strlen(ACCOUNT);
	return text_is(entry, "dns") ? "" : entry;
}

const char *dns01_prefix(struct arena *a, const struct solver *v, const char *account_url)
{
	unsigned char digest[HASH_MAX];

	if (!text_is(v->type, "dns-account-01"))
		return "_acme-challenge";
	hash_bytes(HASH_SHA256, account_url, strlen(account_url), digest);
	return fmt(a, "_%s._acme-challenge", b32_encode(a, digest, LABEL_BYTES));
}

const char *dns01_name(struct solving *s, const struct task *t)
{
	const char *name = text_starts(t->name, "*.") ? t->name + 2 : t->name;

	if (t->alias && *t->alias == '=')
		return dns_name(s->mem, t->alias + 1);
	return dns_name(s->mem,
	    fmt(s->mem, "%s.%s", dns01_prefix(s->mem, t->solver, s->account_url),
	        t->alias ? t->alias : name));
}

/* Where the record really goes: a CNAME is followed unless the user has said where it leads. */
static const char *target_of(struct solving *s, struct dns01 *d, const struct task *t)
{
	struct task plain = *t;

	plain.alias = NULL;
	const char *own = dns01_name(s, &plain), *written = dns01_name(s, t);
	const char *target = dnszone_target(&d->resolver, s->mem, own);

	if (t->alias) {
		error_clear(s->mem);
		if (!d->resolver.silent && !text_is(target, written))
			warn(
			    "%s has no CNAME to %s, where the record goes: the CA will not find it there",
			    own, written);
		return written;
	}
	if (target && !text_is(target, own))
		info("%s is a CNAME: the TXT record goes to %s", own, target);
	return target;
}

/* --- the parts of a certificate's run --- */

int dns01_timeout(const struct solving *s)
{
	long long n = 0;

	return text_number(s->spec->dns_timeout, 1, 7 * 86400, &n) ? 0 : (int)n;
}

struct dns01 *dns01_shared(struct solving *s)
{
	struct dns01 *d = s->dns;

	if (d)
		return d;
	d = arena_alloc(s->mem, sizeof *d);
	struct http *http = run_http(s->run, s->mem);
	if (!http || resolver_open(s->mem, s->spec->resolver, http, &d->resolver) ||
	    !(d->records = dnsrecords_open(s->run, s->mem, s->spec->dns_env, s->store)))
		return NULL;
	return s->dns = d;
}

void dns01_end(struct solving *s, const struct solver *self)
{
	(void)self;
	if (s->dns)
		dnsrecords_close(s->dns->records);
}

/* Credentials are looked for before the CA is asked for anything. */
static int ready(struct solving *s, struct task *t)
{
	struct dns01 *d = dns01_shared(s);

	return d ? dnsrecords_check(d->records, s->mem, dns01_entry(t->entry)) : -1;
}

/* What a service holds but once is used by one name after the other. */
static bool alone(const struct task *t)
{
	struct arena *scratch = arena_new();
	const struct dns_driver *driver = dnsrecords_driver(scratch, dns01_entry(t->entry));

	arena_drop(scratch);
	return driver && driver->one_value;
}

static int present(struct solving *s, struct task *t)
{
	struct dns01 *d = dns01_shared(s);
	struct record *r = arena_alloc(s->mem, sizeof *r);

	if (!d || !(r->fqdn = target_of(s, d, t)))
		return -1;
	r->entry = dns01_entry(t->entry);
	r->value = dns_txt_value(s->mem, t->key_authz);
	t->state = r;
	return dnsrecords_add(d->records, s->mem, r->entry, r->fqdn, r->value);
}

/* Seconds that the services themselves say they need. */
static int settling(struct solving *s, const struct solver *self)
{
	int most = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct task *t = &s->tasks[i];

		if (t->solver != self || !t->presented)
			continue;
		const struct dns_driver *driver = dnsrecords_driver(s->mem, dns01_entry(t->entry));
		most = driver && driver->settle > most ? driver->settle : most;
	}
	return most;
}

static int pause_for(struct solving *s, int seconds)
{
	return countdown("Waiting for DNS", seconds * 1000LL) ? fail(s->mem, "told to end") : 0;
}

static int settle(struct solving *s, const struct solver *self)
{
	struct dns01 *d = dns01_shared(s);
	struct dns_expected *want = arena_alloc(s->mem, s->n * sizeof *want);
	const int needs = settling(s, self);
	struct dnswait wait = { .want = want, .timeout = dns01_timeout(s), .blind = 2 * needs };
	long long n;

	if (!text_number(s->spec->dns_sleep, 0, 86400, &n)) {
		info("Sleeping %lld seconds for the TXT records to take effect", n);
		return pause_for(s, (int)n);
	}
	for (size_t i = 0; i < s->n; i++) {
		const struct record *r = s->tasks[i].state;

		if (s->tasks[i].solver == self && s->tasks[i].presented && r)
			want[wait.n++] = (struct dns_expected){ r->fqdn, r->value };
	}
	if (!d || !wait.n)
		return d ? 0 : -1;
	wait.resolver = &d->resolver;
	if (needs)
		info("This DNS service needs at least %d seconds.", needs);
	return pause_for(s, needs) || dnswait(s->mem, &wait) ? -1 : 0;
}

static void clean(struct solving *s, struct task *t)
{
	const struct record *r = t->state;
	struct arena *scratch = arena_new();

	if (s->dns && r && dnsrecords_rm(s->dns->records, scratch, r->entry, r->fqdn, r->value))
		complain("%s: the TXT record at %s stays there until the next run",
		    error_text(scratch), r->fqdn);
	t->state = NULL;
	arena_drop(scratch);
}

static bool takes_driver(const char *entry)
{
	return text_starts(entry, "dns_") && !text_starts(entry, ACCOUNT) &&
	    !text_is(entry, PERSIST);
}

static bool takes_account(const char *entry)
{
	return text_starts(entry, ACCOUNT) && entry[strlen(ACCOUNT)];
}

const struct solver dns01_solver = {
	.type = "dns-01",
	.option = "--dns dns_x",
	.takes = takes_driver,
	.ready = ready,
	.alone = alone,
	.present = present,
	.settle = settle,
	.clean = clean,
	.end = dns01_end,
};

const struct solver dns_account_solver = {
	.type = "dns-account-01",
	.option = "--dns-account dns_x",
	.takes = takes_account,
	.ready = ready,
	.alone = alone,
	.present = present,
	.settle = settle,
	.clean = clean,
	.end = dns01_end,
};
