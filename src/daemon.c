/* The scheduler: a round, a wait, for ever. */
#include "daemon.h"

#include <sys/wait.h>

#include "arena.h"
#include "clock.h"
#include "crew.h"
#include "log.h"
#include "rand.h"

/* Between two looks at the clock, which may be set, or stand still in a suspended machine. */
enum { LOOK_MS = 60 * 1000 };

int64_t daemon_next(const struct daemon *d, int64_t now, int64_t due, uint32_t draw)
{
	const int64_t part = d->longest / 20;
	int64_t next = now + d->longest - (part ? (int64_t)draw % part : 0);

	if (due && due < next)
		next = due;
	return next < now + d->shortest ? now + d->shortest : next;
}

/* What the round's child reports. */
struct outcome {
	const struct daemon *daemon;
	struct report report;
};

static void work(void *ctx, size_t job, int fd, struct report *out)
{
	const struct daemon *d = ((struct outcome *)ctx)->daemon;
	(void)job;
	(void)fd;
	clock_catch_signals(); /* for it SIGHUP is an end like others */
	out->code = d->round(d->ctx, &out->number) ? 1 : 0;
}

static void done(void *ctx, size_t job, const struct report *report)
{
	(void)job;
	((struct outcome *)ctx)->report = *report;
	if (report->text[0])
		complain("The round failed: %s", report->text);
}

/* As the first process of a container we inherit all orphans. */
static void bury_orphans(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
}

/* Until a time, by the wall clock; no longer than that takes now, should the clock be set back. False
 * when there is a reason to look at once, or to end. */
static bool wait_until(int64_t when)
{
	const int64_t end = clock_ms() + (when - clock_now()) * 1000;
	for (int64_t left; (left = end - clock_ms()) > 0 && clock_now() < when; bury_orphans()) {
		if (clock_interrupted() || clock_hangup())
			return false;
		clock_sleep(left < LOOK_MS ? left : LOOK_MS);
	}
	return true;
}

static int64_t one_round(const struct daemon *d)
{
	struct outcome o = { .daemon = d };
	const struct crew crew = { .limit = 1, .ctx = &o, .work = work, .done = done };
	uint32_t draw;

	crew_run(&crew, 1);
	rand_bytes(&draw, sizeof draw);
	return o.report.code ? clock_now() + d->repeat
	                     : daemon_next(d, clock_now(), o.report.number, draw);
}

int daemon_run(const struct daemon *d)
{
	clock_catch_hangup();
	while (!clock_interrupted()) {
		struct arena *a = arena_new();
		const int64_t next = one_round(d);
		if (!clock_interrupted())
			say("daemon.waits", EVENT_FIELDS({ "until", clock_rfc3339(a, next) }),
			    "The next round is at %s.", clock_rfc3339(a, next));
		arena_drop(a);
		wait_until(next);
	}
	info("Told to end.");
	return 0;
}
