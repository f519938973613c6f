/* All certificates of the home. First a pass over the confs sorts out what has nothing to do: no
 * lock, no network, no process. Then workers ask the CAs for their windows, many certificates over
 * one connection, and then each certificate that is due gets a worker: a process with a keeper and a
 * connection of its own. One responder answers on the ports for all of them. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "challenge.h"
#include "clock.h"
#include "crew.h"
#include "error.h"
#include "file.h"
#include "json.h"
#include "log.h"
#include "notify.h"
#include "renew.h"
#include "webserver.h"

enum {
	WORKERS = 8,                  /* by default, at most */
	JOB_MS = 30 * 60 * 1000,      /* for one certificate */
	RUN_LOCK_MS = 10 * 60 * 1000, /* for another run over all */
	DOWN_MS = 60 * 1000,          /* a CA that cannot be reached is not tried again before */
	ASKED_TOGETHER = 25           /* windows that are worth a connection */
};

/* A certificate that has something to do. */
struct job {
	const char *folder; /* of the home */
	const char *domain;
	const char *api;
	enum renew_state state;
	bool served; /* our responder is to answer for it */
	bool alone;  /* its pre- and post-hook count on nobody else */
	bool ended;
	int code;
	const char *text; /* why it failed */
};

struct jobs {
	struct job **v;
	size_t n, cap;
};

struct round {
	struct run *run;
	struct arena *mem;
	const struct spec *given;
	struct renew_all *sum;
	struct notify_report names;
	struct jobs all;  /* in the home's order */
	struct jobs crew; /* those of the crew at work */
	size_t asking;    /* workers that share them, where they ask for windows */
	bool failed;
	const char *down; /* directory of the CA that could not be reached last */
	const char *down_text;
	int64_t down_until;
};

static void add_job(struct arena *a, struct jobs *list, struct job *job)
{
	if (list->n == list->cap) {
		list->cap = list->cap ? 2 * list->cap : 32;
		struct job **more = arena_alloc(a, list->cap * sizeof(struct job *));
		if (list->n)
			memcpy(more, list->v, list->n * sizeof(struct job *));
		list->v = more;
	}
	list->v[list->n++] = job;
}

/* --- what is to be done --------------------------------------------------------------------- */

static const char *folder_of(const struct store *s)
{
	return strrchr(s->dir, '/') + 1;
}

static void note_next(struct round *w, const struct due *due)
{
	int64_t *next = &w->run->next_due;
	if (!due->never && (!*next || due->when < *next))
		*next = due->when;
}

static void skip(struct round *w, const char *folder, const char *domain, const char *why)
{
	w->sum->skipped++;
	strs_add(w->mem, &w->names.skipped, arena_str(w->mem, folder));
	say("cert.skipped", EVENT_FIELDS({ "domain", domain }, { "name", folder }, { "why", why }),
	    "Skipped %s%s%s", folder, why ? ": " : "", why ? why : "");
}

static void skip_for_now(struct round *w, struct arena *a, const struct store *s,
    const struct issue *job, const struct due *due)
{
	note_next(w, due);
	skip(w, folder_of(s), s->domain,
	    due->never ? arena_fmt(a,
	                     "it was ordered to be valid to %s and cannot be renewed automatically",
	                     job->spec.valid_to)
	               : arena_fmt(a, "the next renewal is at %s (%s)", clock_rfc3339(a, due->when),
	                     due->why));
}

static bool is_served(struct arena *a, const struct spec *s)
{
	const struct strs ways = text_split(a, s->webroot, ",");
	bool served = false;

	for (size_t i = 0; i < ways.n; i++) {
		const struct solver *v = solver_for(a, ways.v[i]);
		served |= v && v->served;
	}
	error_clear(a);
	return served;
}

static int look_at(void *ctx, struct arena *a, struct store *store)
{
	struct round *w = ctx;
	struct issue issue;
	struct due due;

	if (w->run->set.cron && !store_issued(store)) {
		info("Skipping invalid cert for: %s", store->domain);
		return 0;
	}
	const enum renew_state state = renew_look(w->run, a, store, w->given, &issue, &due);
	if (state == RENEW_NOT) {
		skip_for_now(w, a, store, &issue, &due);
		return 0;
	}
	struct job *job = arena_alloc(w->mem, sizeof *job);
	*job = (struct job){ .state = state,
		.folder = arena_str(w->mem, folder_of(store)),
		.domain = arena_str(w->mem, store->domain),
		.api = arena_str(w->mem, issue.spec.api ? issue.spec.api : ""),
		.served = is_served(a, &issue.spec),
		.alone = !text_empty(issue.spec.pre_hook) || !text_empty(issue.spec.post_hook) };
	add_job(w->mem, &w->all, job);
	return 0;
}

/* --- workers -------------------------------------------------------------------------------- */

/* The worker has its own keeper and connections; whatever the caller has is not for it. */
static void be_worker(struct run *r, int fd)
{
	r->worker = true;
	run_leave(r, fd);
}

/* Asks for the windows of its share of the certificates, which are sorted by CA. */
static void ask(void *ctx, size_t job, int fd, struct report *out)
{
	struct round *w = ctx;
	const size_t end = w->crew.n * (job + 1) / w->asking;

	be_worker(w->run, fd);
	for (size_t i = w->crew.n * job / w->asking; i < end && !clock_interrupted(); i++) {
		struct arena *a = arena_new();
		struct store s;
		if (store_folder(a, &w->run->home, w->crew.v[i]->folder, &s) > 0)
			renew_ask(w->run, a, &s, w->given);
		arena_drop(a);
	}
	run_close(w->run);
	out->code = 0;
}

static void asked(void *ctx, size_t job, const struct report *report)
{
	(void)ctx;
	(void)job;
	if (report->code)
		complain("Asking for renewal windows: %s", report->text);
}

static void renew(void *ctx, size_t job, int fd, struct report *out)
{
	struct round *w = ctx;
	const char *folder = w->crew.v[job]->folder;
	struct arena *a = arena_new();
	struct store s;

	be_worker(w->run, fd);
	log_about(folder);
	const int there = store_folder(a, &w->run->home, folder, &s);
	if (there == 0) /* it was removed meanwhile */
		out->code = EXIT_SKIPPED;
	else
		out->code = there < 0 ? EXIT_FAILED : renew_one(w->run, a, &s, w->given);
	out->number = w->run->wire_down != 0;
	const char *text = error_text(a);
	memcpy(out->text, text, strnlen(text, sizeof out->text - 1));
	run_close(w->run);
}

/* Notes what came of a job. */
static void end_job(struct round *w, struct job *job, int code, const char *text)
{
	job->ended = true;
	job->code = code;
	job->text = arena_str(w->mem, text);
	w->failed |= code != EXIT_OK && code != EXIT_SKIPPED;
}

static bool begin(void *ctx, size_t number, int *fd)
{
	struct round *w = ctx;
	struct job *job = w->crew.v[number];

	if (w->failed && w->sum->stop_on_error)
		return false;
	if (text_is(w->down, job->api) && clock_ms() < w->down_until) {
		end_job(w, job, EXIT_FAILED, w->down_text);
		return false;
	}
	if (!job->served)
		return true;
	struct arena *a = arena_new();
	*fd = responder_invite(w->run->responder, a);
	if (*fd < 0)
		end_job(w, job, EXIT_FAILED, error_text(a));
	arena_drop(a);
	return *fd >= 0;
}

static void renewed(void *ctx, size_t number, const struct report *report)
{
	struct round *w = ctx;
	struct job *job = w->crew.v[number];

	end_job(w, job, report->code, report->text);
	if (!report->number)
		return;
	w->down = job->api;
	w->down_text = job->text;
	w->down_until = clock_ms() + DOWN_MS;
}

static unsigned at_a_time(const struct round *w)
{
	const long cores = sysconf(_SC_NPROCESSORS_ONLN);
	if (w->sum->parallel)
		return w->sum->parallel;
	return cores < 1 ? 1 : cores > WORKERS ? WORKERS : (unsigned)cores;
}

/* --- the steps of a round ------------------------------------------------------------------- */

static int by_ca(const void *x, const void *y)
{
	const struct job *const *p = x, *const *q = y;
	return strcmp((*p)->api, (*q)->api);
}

/* Certificates whose CA is to be asked first: each of them is then due, or skipped. */
static void ask_windows(struct round *w)
{
	struct jobs due = { 0 };
	struct crew crew = { .limit = at_a_time(w),
		.job_ms = JOB_MS,
		.ctx = w,
		.work = ask,
		.done = asked };

	w->crew.n = 0;
	for (size_t i = 0; i < w->all.n; i++)
		if (w->all.v[i]->state == RENEW_ASK)
			add_job(w->mem, &w->crew, w->all.v[i]);
	if (!w->crew.n)
		return;
	qsort(w->crew.v, w->crew.n, sizeof(struct job *), by_ca);
	w->asking = (w->crew.n + ASKED_TOGETHER - 1) / ASKED_TOGETHER;
	if (w->asking > crew.limit)
		w->asking = crew.limit;
	crew_run(&crew, w->asking);
	for (size_t i = 0; i < w->all.n; i++) {
		struct arena *a = arena_new();
		struct job *job = w->all.v[i];
		struct issue issue;
		struct store s;
		struct due d;
		if (job->state == RENEW_ASK &&
		    store_folder(a, &w->run->home, job->folder, &s) > 0 &&
		    renew_look(w->run, a, &s, w->given, &issue, &d) != RENEW_NOW)
			skip_for_now(w, a, &s, &issue, &d);
		else
			add_job(w->mem, &due, job);
		arena_drop(a);
	}
	w->all = due;
}

static int renew_jobs(struct round *w, bool alone)
{
	const struct crew crew = { .limit = alone ? 1 : at_a_time(w),
		.job_ms = JOB_MS,
		.ctx = w,
		.begin = begin,
		.work = renew,
		.done = renewed };
	bool served = false;

	w->crew.n = 0;
	for (size_t i = 0; i < w->all.n; i++) {
		if (w->all.v[i]->alone != alone)
			continue;
		add_job(w->mem, &w->crew, w->all.v[i]);
		served |= w->all.v[i]->served;
	}
	if (served && !run_responder(w->run, w->run->mem))
		return -1;
	crew_run(&crew, w->crew.n);
	return 0;
}

/* Where a certificate stands after its renewal was tried. */
static void look_again(struct round *w, const struct job *job)
{
	struct arena *a = arena_new();
	struct issue issue;
	struct store s;
	struct due due = { .never = true };

	if (store_folder(a, &w->run->home, job->folder, &s) > 0 && store_issued(&s)) {
		renew_look(w->run, a, &s, w->given, &issue, &due);
		note_next(w, &due);
	}
	arena_drop(a);
}

/* A line for each certificate that had something to do, and one for all. */
static int tell(struct round *w)
{
	struct renew_all *sum = w->sum;
	int code = EXIT_OK;
	size_t left = 0;

	for (size_t i = 0; i < w->all.n; i++) {
		const struct job *job = w->all.v[i];

		look_again(w, job);
		if (!job->ended) {
			left++;
		} else if (job->code == EXIT_OK) {
			sum->renewed++;
			strs_add(w->mem, &w->names.renewed, job->folder);
			say("cert.renewed",
			    EVENT_FIELDS({ "domain", job->domain }, { "name", job->folder }),
			    "Renewed %s", job->folder);
		} else if (job->code == EXIT_SKIPPED) {
			skip(w, job->folder, job->domain, NULL);
		} else {
			code = code == EXIT_FAILED ? code : job->code;
			sum->failed++;
			strs_add(w->mem, &w->names.failed, job->folder);
			say_error("cert.failed",
			    EVENT_FIELDS({ "domain", job->domain }, { "name", job->folder },
			        { "error", job->text }),
			    "Error renewing %s: %s", job->folder, job->text);
		}
	}
	if (left)
		complain("%zu more were not tried.", left);
	json_event(w->mem, "renew.done",
	    json(jn("renewed", sum->renewed), jn("skipped", sum->skipped),
	        jn("failed", sum->failed)));
	info("%u renewed, %u skipped, %u failed.", sum->renewed, sum->skipped, sum->failed);
	return left && !code ? EXIT_FAILED : code;
}

static int do_round(struct round *w)
{
	struct run *r = w->run;

	webserver_mend(r);
	const int walked = store_each(w->mem, &r->home, look_at, w);

	ask_windows(w);
	if (w->all.n && (renew_jobs(w, false) || renew_jobs(w, true)))
		return EXIT_FAILED;
	const int code = tell(w);
	if (!clock_interrupted() && notify_report(r, w->mem, &w->names))
		return error_move(r->mem, w->mem), EXIT_FAILED;
	if (walked < 0) /* told on the spot */
		return EXIT_FAILED;
	return code;
}

char *renew_lock_path(struct arena *a, const struct home *h)
{
	return file_join(a, h->config, ".renew.lock");
}

int renew_all(struct run *r, const struct spec *given, struct renew_all *sum)
{
	struct round w = { .run = r, .mem = arena_new(), .given = given, .sum = sum };
	const int lock = file_lock(r->mem, renew_lock_path(w.mem, &r->home), RUN_LOCK_MS,
	    "another run over all certificates");
	int code = EXIT_FAILED;

	if (lock >= 0) {
		code = do_round(&w);
		file_unlock(lock);
	}
	arena_drop(w.mem);
	return code;
}
