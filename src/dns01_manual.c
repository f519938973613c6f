/* DNS records by hand, in two runs: the first one prints the records, keeps the order in acme.sh's
 * Le_Vlist and Le_LinkOrder and ends with code 3; --renew goes on with the order. */
#include <string.h>

#include "arena.h"
#include "conf.h"
#include "dns01.h"
#include "dns01_state.h"
#include "dnszone.h"
#include "error.h"
#include "log.h"
#include "text.h"

enum { EXIT_BY_HAND = 3 };

const char *dns01_vlist(struct arena *a, const struct solving *s)
{
	struct buf b = buf_new(a, 0);

	for (size_t i = 0; i < s->n; i++) {
		const struct task *t = &s->tasks[i];
		const char *key = !t->offer ? "verified_ok"
		    : t->key_authz          ? t->key_authz
		                            : t->solver->type;

		buf_fmt(&b, "%s#%s#%s#%s#%s#%s,", t->name, key, t->offer ? t->offer->url : "",
		    t->solver->type, t->entry, t->authz ? t->authz->url : "");
	}
	return buf_text(&b);
}

bool dns01_in_vlist(struct arena *a, const char *vlist, const char *name, const char *key_authz)
{
	const struct strs entries = text_split(a, vlist ? vlist : "", ",");
	const char *start = fmt(a, "%s#%s#", name, key_authz);

	for (size_t i = 0; i < entries.n; i++)
		if (text_starts_ci(entries.v[i], start))
			return true;
	return false;
}

static int begin(struct solving *s, const struct solver *self);

/* Of one solver, or with NULL of all whose records are made by hand. */
static bool is_open(const struct task *t, const struct solver *self)
{
	return t->offer && t->solver->begin == begin && (!self || t->solver == self);
}

static int ready(struct solving *s, struct task *t)
{
	if (s->run->set.dns_manual_ok)
		return 0;
	fail(s->mem, "DNS records by hand for %s cannot be renewed without you", t->name);
	return remedy(s->mem,
	    "use a DNS provider's driver (--dns dns_x), or add "
	    "--yes-I-know-dns-manual-mode-enough-go-ahead-please on every call");
}

/* acme.sh's words, which people's scripts look for. */
static void print_record(struct solving *s, const struct task *t)
{
	const char *fqdn = dns01_name(s, t), *value = dns_txt_value(s->mem, t->key_authz);

	say("dns.record", EVENT_FIELDS({ "name", fqdn }, { "value", value }, { "domain", t->name }),
	    "Add the following TXT record:");
	info("Domain: '%s'", fqdn);
	info("TXT value: '%s'", value);
	if (!t->alias)
		info("Please make sure to prepend '%s.' to your domain",
		    dns01_prefix(s->mem, t->solver, s->account_url));
	info("so that the resulting subdomain is: %s", fqdn);
}

static int save(struct solving *s)
{
	struct conf *c = s->store->conf;

	spec_save(c, s->spec);
	conf_set(c, "Le_Vlist", dns01_vlist(s->mem, s));
	conf_set(c, "Le_OrderFinalize", s->order->finalize);
	conf_set(c, "Le_LinkOrder", s->order->url);
	return conf_save(c);
}

static int by_hand(struct solving *s, const char *what)
{
	struct error *e = arena_error(s->mem);

	s->keep_order = true;
	e->where = e->doing = NULL;
	e->exit = EXIT_BY_HAND;
	return fail(s->mem, "%s", what);
}

/* Ends the run here unless the user was shown all these records before. */
static int begin(struct solving *s, const struct solver *self)
{
	const char *vlist = conf_get(s->store->conf, "Le_Vlist");
	bool known = s->resumed;

	(void)self; /* all are told at once, by the first */
	for (size_t i = 0; i < s->n; i++)
		if (is_open(&s->tasks[i], NULL) && !s->tasks[i].key_authz)
			return fail(s->mem, "%s: the CA's challenge has no token",
			    s->tasks[i].name);
	for (size_t i = 0; known && i < s->n; i++)
		known = !is_open(&s->tasks[i], NULL) ||
		    dns01_in_vlist(s->mem, vlist, s->tasks[i].name, s->tasks[i].key_authz);
	if (known)
		return 0;
	for (size_t i = 0; i < s->n; i++)
		if (is_open(&s->tasks[i], NULL))
			print_record(s, &s->tasks[i]);
	if (save(s))
		return -1;
	return by_hand(s, "Please add the TXT records to the domains, and re-run with --renew.");
}

static int present(struct solving *s, struct task *t)
{
	t->state = (void *)dns01_name(s, t);
	return 0;
}

/* A record that an authority says is not there would cost the order; it is kept instead. */
static int settle(struct solving *s, const struct solver *self)
{
	struct dns01 *d = s->spec->dns_sleep ? NULL : dns01_shared(s);

	for (size_t i = 0; d && i < s->n; i++) {
		const struct task *t = &s->tasks[i];
		if (!is_open(t, self) || !t->presented)
			continue;
		const char *fqdn = dnszone_target(&d->resolver, s->mem, dns01_name(s, t));
		const struct dns_expected e = { fqdn, dns_txt_value(s->mem, t->key_authz) };

		if (!fqdn)
			return -1;
		if (dnswait_look(&d->resolver, &e) == 0) {
			by_hand(s,
			    fmt(s->mem,
			        "The TXT record %s with the value %s is not there yet. Please "
			        "add it, and re-run with --renew.",
			        e.fqdn, e.value));
			return remedy(s->mem,
			    "if the CA sees another DNS than this machine, add --dnssleep 0");
		}
	}
	error_clear(s->mem);
	return 0;
}

static void clean(struct solving *s, struct task *t)
{
	if (t->state && !s->keep_order)
		info("The TXT record at %s is no longer needed.", (const char *)t->state);
	t->state = NULL;
}

static bool takes_manual(const char *entry)
{
	return text_is(entry, "dns");
}

static bool takes_account_manual(const char *entry)
{
	return text_is(entry, "dns_account:");
}

const struct solver dns_manual_solver = {
	.type = "dns-01",
	.option = "--dns",
	.takes = takes_manual,
	.ready = ready,
	.begin = begin,
	.present = present,
	.settle = settle,
	.clean = clean,
	.end = dns01_end,
};

const struct solver dns_account_manual_solver = {
	.type = "dns-account-01",
	.option = "--dns-account",
	.takes = takes_account_manual,
	.ready = ready,
	.begin = begin,
	.present = present,
	.settle = settle,
	.clean = clean,
	.end = dns01_end,
};
