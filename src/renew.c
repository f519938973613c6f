/* Renewals: is it due, do it, note what came of it (RFC 9773 for the CA's own wish). */
#include "renew.h"

#include "ari.h"
#include "clock.h"
#include "dnsrecords.h"
#include "due.h"
#include "error.h"
#include "file.h"
#include "install.h"
#include "log.h"
#include "webserver.h"

/* How long another run that works on the same certificate is waited for. */
#define LOCK_WAIT_MS (10 * 60 * 1000)
#define DAY (24 * 60 * 60)

/* Where the user decides about the time, the CA is not asked. */
static bool no_window(struct run *r, const struct spec *spec)
{
	return text_yes(home_setting(&r->home, "NO_ARI")) || !text_empty(spec->valid_to);
}

/* Asks the CA for its window. A CA that does not answer changes nothing: the stored window or the
 * lifetime decides. One that has no windows is asked again in a day. */
static void refresh_window(struct run *r, const struct issue *job)
{
	struct conf *c = job->store.conf;
	struct spec terms = run_terms(r, &job->spec);
	struct ari ari = { .retry_after = DAY };
	struct arena *a = arena_new();
	struct cert leaf;
	int64_t now = clock_now();

	if (store_cert(a, &job->store, &leaf) == 0 && leaf.not_after > now && leaf.aki.n &&
	    run_wire(r, a, job->spec.api, false) == 0) {
		if (r->wire.dir.renewal_info && !text_yes(conf_get(r->ca->conf, "NO_ARI")) &&
		    ari_fetch(&r->wire, a, &leaf, &ari) == 0) {
			info("ARI suggestedWindow: %s to %s", clock_rfc3339(a, ari.start),
			    clock_rfc3339(a, ari.end));
			if (ari.explanation)
				info("The CA explains this at: %s",
				    text_safe(a, ari.explanation, 500));
		}
		due_save_ari(c, &terms, &ari, now);
		if (conf_save(c))
			warn("%s", error_text(a));
	}
	if (failed(a))
		debug(1, "%s", error_text(a));
	arena_drop(a);
}

static struct due compute(struct run *r, const struct issue *job)
{
	const struct spec terms = run_terms(r, &job->spec);
	struct due_facts facts;

	due_read_store(&job->store, &terms, clock_now(), &facts);
	return due_compute(&facts);
}

/* What went wrong is kept beside acme.sh's keys; the conf is read anew, so that nothing else of a
 * run that failed is saved. */
static void note_failure(struct arena *a, const struct store *store)
{
	struct arena *scratch = arena_new();
	struct conf *c = conf_load(scratch, store->conf_path);

	if (c && !conf_is_new(c)) {
		due_save_failure(c, clock_now(), arena_error(a)->retry_after, error_text(a));
		if (conf_save(c))
			complain("%s", error_text(scratch));
	}
	arena_drop(scratch);
}

/* The job that a stored certificate and the command line make together. */
static int make_job(struct run *r, struct arena *a, struct store *store, const struct spec *given,
    struct issue *job)
{
	const char *stored;

	*job = (struct issue){ .store = *store,
		.renewal = true,
		.stored_steps = !install_wanted(given) && !given->deploy_hook };
	spec_load(store->conf, &job->spec);
	stored = job->spec.api;
	spec_overlay(&job->spec, given);
	job->spec.api = run_directory(r, a, stored, store->ecc);
	if (file_exists(store->csr) && !file_exists(store->key))
		job->csr = store->csr; /* it was signed from a request whose key is elsewhere */
	return job->spec.api ? 0 : -1;
}

static int skipped(struct arena *a, const struct issue *job, const struct due *due)
{
	if (due->never)
		info("%s was ordered to be valid to %s. It cannot be renewed automatically.",
		    job->spec.domain, job->spec.valid_to);
	else
		info("Skipping. Next renewal time is: %s (%s)", clock_rfc3339(a, due->when),
		    due->why);
	info("Add '--force' to force renewal.");
	return EXIT_SKIPPED;
}

/* Of no use to look at the time: something else is to be done. Le_Vlist: an order waits for its DNS
 * records to be made by hand. */
static bool unfinished(struct run *r, const struct store *s)
{
	return r->set.force || conf_get(s->conf, ACME_OWED) || conf_get(s->conf, "Le_Vlist") ||
	    dnsrecords_left(s);
}

/* Whether the CA may wish it to be renewed although it is not due. */
static bool worth_asking(struct run *r, const struct issue *job, const struct due *due)
{
	return !r->set.force && !due->now && !due->never && !no_window(r, &job->spec) &&
	    !due_ari_asked(job->store.conf, clock_now());
}

enum renew_state renew_look(struct run *r, struct arena *a, struct store *store,
    const struct spec *given, struct issue *job, struct due *due)
{
	if (make_job(r, a, store, given, job))
		return RENEW_NOW; /* which tells what is wrong */
	*due = compute(r, job);
	if (due->now || unfinished(r, &job->store))
		return RENEW_NOW;
	return worth_asking(r, job, due) ? RENEW_ASK : RENEW_NOT;
}

void renew_ask(struct run *r, struct arena *a, struct store *store, const struct spec *given)
{
	struct issue job;
	int lock = store_lock(a, store, 0); /* a run that works on it will ask by itself */

	if (lock < 0)
		return;
	if (make_job(r, a, store, given, &job) == 0)
		refresh_window(r, &job);
	store_unlock(store, lock);
}

static int renew_locked(struct run *r, struct arena *a, struct issue *job)
{
	struct due due = compute(r, job);

	if (worth_asking(r, job, &due)) {
		refresh_window(r, job);
		due = compute(r, job);
	}
	if (!due.now && !r->set.force && !conf_get(job->store.conf, "Le_Vlist")) {
		dnsrecords_sweep(r, &job->spec, &job->store);
		return issue_owed(r, a, job) ? EXIT_FAILED : skipped(a, job, &due);
	}
	if (issue_certificate(r, a, job) == 0)
		return EXIT_OK;
	if (arena_error(a)->exit == EXIT_MANUAL)
		return EXIT_MANUAL; /* that is no failure */
	if (!clock_interrupted())
		note_failure(a, &job->store);
	return arena_error(a)->exit ? arena_error(a)->exit : EXIT_FAILED;
}

int renew_one(struct run *r, struct arena *a, struct store *store, const struct spec *given)
{
	struct issue job;
	struct due due;
	int lock, code = EXIT_FAILED;

	if (!store_exists(store)) {
		info("'%s' is not an issued domain, skipping.", store->domain);
		return EXIT_SKIPPED;
	}
	info("Renewing: '%s'", store->domain);
	webserver_mend(r);
	if (renew_look(r, a, store, given, &job, &due) == RENEW_NOT)
		return skipped(a, &job, &due);
	if (failed(a) || (lock = store_lock(a, store, LOCK_WAIT_MS)) < 0)
		return EXIT_FAILED;
	/* whoever held the lock may have renewed it meanwhile */
	if (make_job(r, a, store, given, &job) == 0)
		code = renew_locked(r, a, &job);
	store_unlock(store, lock);
	return code;
}
