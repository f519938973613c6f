/* --issue, --sign-csr, --renew, --renew-all, --cron. */
#include "cmd.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "conf.h"
#include "crew.h"
#include "csr.h"
#include "describe.h"
#include "due.h"
#include "error.h"
#include "issue.h"
#include "json.h"
#include "key.h"
#include "log.h"
#include "notify.h"
#include "release.h"
#include "renew.h"
#include "request.h"

/* A certificate that is not due is left alone when what is asked for is what is there. */
static bool unchanged(struct arena *a, const struct conf *c, const struct spec *want)
{
	struct spec have = { 0 };

	spec_load(c, &have);
	if (!spec_same_names(a, &have, want)) {
		info("Domains have changed.");
		return false;
	}
	if (!text_is(have.api, want->api) || !text_is(have.profile, want->profile) ||
	    !text_is(key_length_name(a, have.keylength), key_length_name(a, want->keylength))) {
		info("The CA, the profile or the key length has changed.");
		return false;
	}
	info("Domains not changed.");
	return true;
}

/* For --json; people have read it already. */
static int skipped(struct run *r, const struct store *store)
{
	struct description d;
	bool issued = store_issued(store);

	describe(r, r->mem, store, false, &d);
	json_event(r->mem, "cert.skipped",
	    json(js("domain", store->domain), js("name", strrchr(store->dir, '/') + 1),
	        js("why", issued ? d.due.why : "there is no certificate"),
	        js("renew_at", issued && !d.due.never ? clock_rfc3339(r->mem, d.due.when) : NULL)));
	return EXIT_SKIPPED;
}

static bool skip(struct run *r, struct arena *a, const struct issue *job)
{
	const struct conf *c = job->store.conf;
	const struct spec terms = run_terms(r, &job->spec);
	struct due_facts facts;
	struct due due;

	if (r->set.force || !store_issued(&job->store))
		return false;
	due_read_store(&job->store, &terms, clock_now(), &facts);
	due = due_compute(&facts);
	if (due.now || !unchanged(a, c, &job->spec))
		return false;
	if (due.never)
		info("It was ordered to be valid to %s. It cannot be renewed automatically.",
		    facts.valid_to);
	else
		info("Skipping. Next renewal time is: %s", clock_rfc3339(a, due.when));
	info("Add '--force' to force renewal.");
	return true;
}

/* After a success: what acme.sh remembers of the run. */
static int remember(struct run *r, const struct options *o)
{
	conf_set(r->home.conf, "CA_BUNDLE", o->set.ca_bundle);
	conf_set(r->home.conf, "CA_PATH", o->set.ca_path);
	conf_set(r->home.conf, "USER_PATH", getenv("PATH"));
	return conf_save(r->home.conf);
}

static int issue_in(struct run *r, struct options *o, struct issue *job)
{
	int code;

	job->spec.api = run_directory(r, r->mem, NULL, job->store.ecc);
	if (!job->spec.api || spec_check(r->mem, &job->spec))
		return -1;
	if (skip(r, r->mem, job))
		return skipped(r, &job->store);
	code = issue_certificate(r, r->mem, job);
	return code ? code : remember(r, o);
}

/* Settings that a new --issue does not name are kept from the one before (install targets, deploy
 * hooks); how the names are proven is always what was given. */
static void keep_settings(const struct conf *c, struct spec *s)
{
	struct spec had = { 0 };

	spec_load(c, &had);
	s->cert_file = s->cert_file ? s->cert_file : had.cert_file;
	s->key_file = s->key_file ? s->key_file : had.key_file;
	s->ca_file = s->ca_file ? s->ca_file : had.ca_file;
	s->fullchain_file = s->fullchain_file ? s->fullchain_file : had.fullchain_file;
	s->reload = s->reload ? s->reload : had.reload;
	s->deploy_hook = s->deploy_hook ? s->deploy_hook : had.deploy_hook;
	s->pfx_password = s->pfx_password ? s->pfx_password : had.pfx_password;
}

static int open_and_issue(struct run *r, struct options *o, struct issue *job, bool ecc)
{
	struct options pick = *o;
	int lock, code;

	pick.set.ecc = ecc;
	if (cmd_open(r, &pick, false, &job->store, &lock))
		return -1;
	keep_settings(job->store.conf, &job->spec);
	code = issue_in(r, o, job);
	store_unlock(&job->store, lock);
	return code;
}

static int need_way(struct run *r, const struct options *o)
{
	if (!text_empty(o->spec.webroot))
		return 0;
	fail(r->mem, "how is '%s' to be proven?", o->domains.v[0]);
	return remedy(r->mem,
	    "add --standalone, -w folder, --nginx, --apache, --alpn, --dns dns_x or --stateless");
}

int cmd_issue(struct run *r, struct options *o)
{
	struct issue job = { .spec = o->spec };
	const char *length = key_length_name(r->mem, o->spec.keylength);

	if (!length || need_way(r, o))
		return -1;
	job.spec.keylength = length;
	cmd_names(r->mem, o->domains, &job.spec);
	if (spec_check(r->mem, &job.spec))
		return -1;
	return open_and_issue(r, o, &job, key_length_is_ec(length));
}

/* The request says names and key; its CN is the main name unless it is no host name. */
int cmd_sign_csr(struct run *r, struct options *o)
{
	struct issue job = { .spec = o->spec, .csr = o->csr };
	struct strs names = { 0 };
	struct csr csr;

	if (text_empty(o->csr)) {
		fail(r->mem, "which request is to be signed?");
		return remedy(r->mem, "add --csr file");
	}
	if (request_read(r->mem, o->csr, &csr))
		return -1;
	if (strchr(csr.cn, '.') && !strchr(csr.cn, ' '))
		strs_add(r->mem, &names, csr.cn);
	for (size_t i = 0; i < csr.names.n; i++)
		if (!strs_has(names, csr.names.v[i]))
			strs_add(r->mem, &names, csr.names.v[i]);
	if (!names.n)
		return fail(r->mem, "%s asks for no host name", o->csr);
	o->domains = names;
	if (need_way(r, o))
		return -1;
	job.spec.keylength = csr.key_length;
	cmd_names(r->mem, names, &job.spec);
	return open_and_issue(r, o, &job, csr.ec);
}

/* The renewal's own error is the one that is told at the end. */
static int notify(struct run *r, const struct store *store, int code)
{
	struct arena *a = arena_new();
	int result = 0;

	if (code != EXIT_MANUAL && store_exists(store) && !clock_interrupted() &&
	    notify_renewal(r, a, store->domain,
	        code == EXIT_OK            ? NOTIFY_OK
	            : code == EXIT_SKIPPED ? NOTIFY_SKIPPED
	                                   : NOTIFY_ERROR)) {
		if (failed(r->mem))
			complain("%s", error_text(a));
		result = error_move(r->mem, a);
	}
	arena_drop(a);
	return result;
}

int cmd_renew(struct run *r, struct options *o)
{
	struct store store;
	int code, told;

	if (cmd_open(r, o, false, &store, NULL))
		return -1;
	code = renew_one(r, r->mem, &store, &o->spec);
	told = notify(r, &store, code);
	if (code == EXIT_OK && remember(r, o))
		return -1;
	if (code == EXIT_SKIPPED)
		skipped(r, &store);
	return told ? told : code;
}

int cmd_renew_all(struct run *r, struct options *o)
{
	struct renew_all sum = { .stop_on_error = o->stop_on_error };
	long long n = 0;

	if (!text_empty(o->parallel) && text_number(o->parallel, 1, CREW_MAX, &n)) {
		fail(r->mem, "--parallel '%s' is no number from 1 to %d",
		    text_safe(r->mem, o->parallel, 40), CREW_MAX);
		return remedy(r->mem, "1 renews one after another");
	}
	sum.parallel = (unsigned)n;
	return renew_all(r, &o->spec, &sum);
}

/* cron's own PATH is short; hooks get the one of the user who issued. */
static void use_path(struct run *r)
{
	const char *theirs = conf_get(r->home.conf, "USER_PATH"), *ours = getenv("PATH");

	if (theirs)
		setenv("PATH", ours ? arena_fmt(r->mem, "%s:%s", theirs, ours) : theirs, 1);
}

/* --auto-upgrade: what goes wrong is told, and the renewals go on. A new program serves from the
 * next run on. */
static void upgrade(struct run *r, const struct options *o)
{
	struct arena *a = arena_new();
	bool done;

	if (text_yes(o->auto_upgrade) && release_address(a) && run_http(r, a) &&
	    release_upgrade(a, r->http, &r->home, NULL, false, &done))
		say_error("upgrade.failed", EVENT_FIELDS({ "text", error_text(a) }), "%s",
		    error_text(a));
	arena_drop(a);
}

int cmd_cron(struct run *r, struct options *o)
{
	int code;

	r->set.cron = true;
	info("===Starting cron===");
	use_path(r);
	upgrade(r, o);
	code = cmd_renew_all(r, o);
	info("===End cron===");
	return code;
}
