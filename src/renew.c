/* Renewals: is it due, do it, note what came of it (RFC 9773 for the CA's own wish). */
#include "renew.h"

#include "ari.h"
#include "clock.h"
#include "dnsrecords.h"
#include "due.h"
#include "error.h"
#include "file.h"
#include "log.h"

/* How long another run that works on the same certificate is waited for. */
#define LOCK_WAIT_MS (10 * 60 * 1000)

/* Where the user decides about the time, the CA is not asked. */
static bool no_window(struct run *r, const struct spec *spec)
{
	return text_yes(home_setting(&r->home, "NO_ARI")) || !text_empty(spec->valid_to);
}

/* Asks the CA for its window when it is time to ask again. A CA that does not answer changes
 * nothing: the stored window or the lifetime decides. */
static void refresh_window(struct run *r, struct store *store, const struct spec *spec,
    int64_t now)
{
	struct arena *a;
	struct cert leaf;
	struct ari ari = { 0 };

	if (no_window(r, spec) || due_ari_asked(store->conf, now))
		return;
	a = arena_new();
	if (store_cert(a, store, &leaf) == 0 && leaf.not_after > now && leaf.aki.n &&
	    run_wire(r, a, spec->api, false) == 0 && r->wire.dir.renewal_info &&
	    !text_yes(conf_get(r->ca->conf, "NO_ARI"))) {
		if (ari_fetch(&r->wire, a, &leaf, &ari) == 0) {
			info("ARI suggestedWindow: %s to %s", clock_rfc3339(a, ari.start),
			    clock_rfc3339(a, ari.end));
			if (ari.explanation)
				info("The CA explains this at: %s", text_safe(a, ari.explanation, 500));
		}
		due_save_ari(store->conf, &ari, now);
		if (conf_save(store->conf))
			warn("%s", error_text(a));
	}
	if (failed(a))
		debug(1, "%s", error_text(a));
	arena_drop(a);
}

static struct due is_due(struct run *r, struct store *store, const struct spec *spec)
{
	int64_t now = clock_now();
	struct due_facts facts;
	struct due due;

	due_read_store(store, spec, now, &facts);
	due = due_compute(&facts);
	if (due.now || due.never)
		return due;
	refresh_window(r, store, spec, now);
	due_read_store(store, spec, now, &facts);
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
static int make_job(struct run *r, struct arena *a, struct store *store,
    const struct spec *given, struct issue *job)
{
	const char *stored;

	*job = (struct issue){ .store = *store, .renewal = true };
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
		info("Skipping. Next renewal time is: %s (%s)", clock_rfc3339(a, due->when), due->why);
	info("Add '--force' to force renewal.");
	return EXIT_SKIPPED;
}

/* What the conf alone tells, so that a certificate with nothing to do costs no lock and no
 * network. */
static bool nothing_to_do(struct run *r, const struct issue *job, struct due *due)
{
	const struct conf *c = job->store.conf;
	int64_t now = clock_now();
	struct due_facts facts;

	if (r->set.force || conf_get(c, ACME_OWED) || conf_get(c, "Le_Vlist") ||
	    dnsrecords_left(&job->store))
		return false;
	due_read(c, &job->spec, now, &facts);
	*due = due_compute(&facts);
	return !due->now && (due->never || no_window(r, &job->spec) || due_ari_asked(c, now));
}

static int renew_locked(struct run *r, struct arena *a, struct issue *job)
{
	struct due due;

	/* Le_Vlist: an order waits for its DNS records to be made by hand. */
	if (!r->set.force && !conf_get(job->store.conf, "Le_Vlist")) {
		due = is_due(r, &job->store, &job->spec);
		if (!due.now)
			dnsrecords_sweep(r, &job->spec, &job->store);
		if (!due.now)
			return issue_owed(r, a, job) ? EXIT_FAILED : skipped(a, job, &due);
	}
	if (issue_certificate(r, a, job) == 0)
		return EXIT_OK;
	if (arena_error(a)->exit == EXIT_MANUAL)
		return EXIT_MANUAL; /* that is no failure */
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
	if (make_job(r, a, store, given, &job))
		return EXIT_FAILED;
	if (nothing_to_do(r, &job, &due))
		return skipped(a, &job, &due);
	if ((lock = store_lock(a, store, LOCK_WAIT_MS)) < 0)
		return EXIT_FAILED;
	/* whoever held the lock may have renewed it meanwhile */
	if ((store->conf = conf_load(a, store->conf_path)) && make_job(r, a, store, given, &job) == 0)
		code = renew_locked(r, a, &job);
	file_unlock(lock);
	return code;
}

struct walk {
	struct run *run;
	const struct spec *given;
	struct renew_all *sum;
	int code;
};

static int renew_next(void *ctx, struct arena *a, struct store *store)
{
	struct walk *w = ctx;
	int code;

	if (w->run->set.cron && !store_issued(store)) {
		info("Skipping invalid cert for: %s", store->domain);
		return 0;
	}
	code = renew_one(w->run, a, store, w->given);
	if (code == EXIT_OK) {
		w->sum->renewed++;
		say("cert.renewed", EVENT_FIELDS({ "domain", store->domain }), "Renewed %s",
		    store->domain);
	} else if (code == EXIT_SKIPPED) {
		w->sum->skipped++;
		info("Skipped %s", store->domain);
	} else {
		w->sum->failed++;
		w->code = code;
		say_error("cert.failed", EVENT_FIELDS({ "domain", store->domain },
		    { "error", error_text(a) }), "Error renewing %s: %s", store->domain, error_text(a));
	}
	return clock_interrupted() || (w->sum->stop_on_error && w->code) ? 1 : 0;
}

int renew_all(struct run *r, const struct spec *given, struct renew_all *sum)
{
	struct arena *a = arena_new();
	struct walk w = { .run = r, .given = given, .sum = sum };

	if (store_each(a, &r->home, renew_next, &w) < 0) {
		error_move(r->mem, a);
		w.code = EXIT_FAILED;
	}
	arena_drop(a);
	info("%u renewed, %u skipped, %u failed.", sum->renewed, sum->skipped, sum->failed);
	return w.code;
}
