/* TXT records by driver, with a list on disk of those that are still to be removed: one a line,
 * "time entry name value". */
#include "dnsrecords.h"

#include <string.h>
#include <sys/stat.h>

#include "arena.h"
#include "clock.h"
#include "error.h"
#include "file.h"
#include "log.h"
#include "plugin.h"
#include "provider.h"
#include "text.h"

enum {
	LIST_MAX = 256 * 1024,
	KEPT_DAYS = 30, /* that it is tried to remove what a run left behind */
};

struct open {
	const char *entry;
	struct provider *provider;
	struct open *next;
};

struct dnsrecords {
	struct run *run;
	struct arena *mem;
	struct conf *domain;    /* NULL: no certificate */
	const struct conf *env; /* NULL: no --dns-env */
	const char *list;       /* path; NULL: nothing is written down */
	struct open *open;
};

/* --- what is still to be removed --- */

static const char *list_path(struct arena *a, const struct store *store)
{
	return file_join(a, store->dir, "dns.pending");
}

static struct strs read_list(struct arena *a, const char *path)
{
	bool missing;
	const char *text = file_try(a, path, LIST_MAX, NULL, &missing);

	return text ? text_split(a, text, "\n") : (struct strs){ 0 };
}

static bool is_line(struct arena *a, const char *line, const char *entry, const char *fqdn,
    const char *value)
{
	const struct strs words = text_split(a, line, " ");

	return words.n == 4 && text_is(words.v[1], entry) && text_is(words.v[2], fqdn) &&
	    text_is(words.v[3], value);
}

/* Takes the record off the list, and with keep puts it there again. */
static int note(struct dnsrecords *d, struct arena *a, const char *entry, const char *fqdn,
    const char *value, bool keep)
{
	if (!d->list)
		return 0;
	const struct strs old = read_list(a, d->list);
	struct strs lines = { 0 };

	for (size_t i = 0; i < old.n; i++)
		if (!is_line(a, old.v[i], entry, fqdn, value))
			strs_add(a, &lines, old.v[i]);
	if (keep)
		strs_add(a, &lines,
		    fmt(a, "%lld %s %s %s", (long long)clock_now(), entry, fqdn, value));
	if (!lines.n)
		return file_remove(a, d->list);
	const char *text = fmt(a, "%s\n", text_join(a, lines, "\n"));
	return file_write(a, d->list, text, strlen(text), 0600, false);
}

/* --- conversations --- */

/* The file is the user's, written by hand: whoever may read it has the credentials. */
static const struct conf *read_env(struct arena *a, const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return fail_errno(a, "--dns-env %s", path), NULL;
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		warn("Others than its owner may read %s: chmod 600 is advised", path);
	return conf_load(a, path);
}

struct dnsrecords *dnsrecords_open(struct run *r, struct arena *a, const char *env_file,
    const struct store *store)
{
	struct dnsrecords *d = arena_alloc(a, sizeof *d);

	*d = (struct dnsrecords){ .run = r,
		.mem = a,
		.domain = store ? store->conf : NULL,
		.list = store ? list_path(a, store) : NULL };
	if (!text_empty(env_file) && !(d->env = read_env(a, env_file)))
		return NULL;
	return d;
}

void dnsrecords_close(struct dnsrecords *d)
{
	for (struct open *o = d ? d->open : NULL; o; o = o->next)
		provider_close(o->provider);
	if (d)
		d->open = NULL;
}

const struct dns_driver *dnsrecords_driver(struct arena *a, const char *entry)
{
	const char *profile;

	return plugin_find_dns(a, entry, &profile);
}

static struct provider *provider_of(struct dnsrecords *d, struct arena *a, const char *entry)
{
	struct api_ask ask = { .keeper = run_keeper(d->run, a), .http = run_http(d->run, a) };
	const struct dns_driver *driver;
	const char *profile;
	struct open *o;

	for (o = d->open; o; o = o->next)
		if (text_is(o->entry, entry))
			return o->provider;
	ask.places = (struct cred_places){ .account = d->run->home.conf,
		.domain = d->domain,
		.env = d->env };
	if (!ask.keeper || !ask.http || !(driver = plugin_find_dns(a, entry, &profile)))
		return NULL;
	ask.places.profile = arena_str(d->mem, profile);
	o = arena_alloc(d->mem, sizeof *o);
	*o = (struct open){ arena_str(d->mem, entry), provider_open(a, driver, &ask), d->open };
	if (!o->provider)
		return NULL;
	d->open = o;
	return o->provider;
}

int dnsrecords_check(struct dnsrecords *d, struct arena *a, const char *entry)
{
	return provider_of(d, a, entry) ? 0 : -1;
}

/* --- adding and removing --- */

int dnsrecords_add(struct dnsrecords *d, struct arena *a, const char *entry, const char *fqdn,
    const char *value)
{
	struct provider *p = provider_of(d, a, entry);

	if (!p || note(d, a, entry, fqdn, value, true))
		return -1;
	info("Adding TXT value: %s for domain: %s", value, fqdn);
	if (provider_add(p, a, fqdn, value)) {
		const struct error *e = arena_error(a);
		struct arena *scratch = arena_new();
		/* Whether it is there is unknown only when the provider was in trouble. */
		if (!e->transient && e->http < 500 && !clock_interrupted() &&
		    note(d, scratch, entry, fqdn, value, false))
			debug(1, "%s", error_text(scratch));
		arena_drop(scratch);
		return -1;
	}
	success("The TXT record has been successfully added.");
	return 0;
}

static bool is_noted(struct dnsrecords *d, struct arena *a, const char *entry, const char *fqdn,
    const char *value)
{
	const struct strs lines = d->list ? read_list(a, d->list) : (struct strs){ 0 };

	for (size_t i = 0; i < lines.n; i++)
		if (is_line(a, lines.v[i], entry, fqdn, value))
			return true;
	return !d->list;
}

int dnsrecords_rm(struct dnsrecords *d, struct arena *a, const char *entry, const char *fqdn,
    const char *value)
{
	if (!is_noted(d, a, entry, fqdn, value))
		return 0;
	struct provider *p = provider_of(d, a, entry);
	if (!p)
		return -1;
	info("Removing txt: %s for domain: %s", value, fqdn);
	if (provider_rm(p, a, fqdn, value) || note(d, a, entry, fqdn, value, false))
		return -1;
	info("Successfully removed");
	return 0;
}

const char *dnsrecords_zone(struct dnsrecords *d, struct arena *a, const char *entry,
    const char *fqdn)
{
	struct provider *p = provider_of(d, a, entry);

	return p ? provider_zone(p, a, fqdn) : NULL;
}

/* --- what an earlier run left --- */

bool dnsrecords_left(const struct store *store)
{
	struct arena *scratch = arena_new();
	const bool left = file_exists(list_path(scratch, store));

	arena_drop(scratch);
	return left;
}

static void sweep_line(struct dnsrecords *d, const char *line)
{
	struct arena *a = arena_new();
	const struct strs words = text_split(a, line, " ");
	long long when = 0;

	if (words.n == 4) {
		const char *entry = words.v[1], *fqdn = words.v[2], *value = words.v[3];

		text_number(words.v[0], 0, INT64_MAX, &when);
		info("An earlier run has left a TXT record at %s.", fqdn);
		if (dnsrecords_rm(d, a, entry, fqdn, value)) {
			const bool old = clock_now() - when > KEPT_DAYS * 86400LL;

			warn("%s; %s", error_text(a),
			    old ? "giving it up: please remove it by hand"
			        : "the next run tries again");
			error_clear(a);
			if (old)
				note(d, a, entry, fqdn, value, false);
		}
	}
	arena_drop(a);
}

void dnsrecords_sweep(struct run *r, const struct spec *spec, const struct store *store)
{
	if (!dnsrecords_left(store))
		return;
	struct arena *a = arena_new();
	struct dnsrecords *d = dnsrecords_open(r, a, spec->dns_env, store);
	const struct strs lines = d ? read_list(a, d->list) : (struct strs){ 0 };

	for (size_t i = 0; i < lines.n && !clock_interrupted(); i++)
		sweep_line(d, lines.v[i]);
	if (failed(a))
		warn("%s", error_text(a));
	dnsrecords_close(d);
	arena_drop(a);
}
