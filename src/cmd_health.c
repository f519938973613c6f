/* --health: one line a certificate, for people and for monitoring. */
#include "cmd.h"

#include <string.h>
#include <sys/stat.h>

#include "arena.h"
#include "clock.h"
#include "file.h"
#include "health.h"
#include "json.h"
#include "log.h"
#include "renew.h"

enum { TWO_DAYS = 2 * 24 * 60 * 60 };

struct check {
	struct run *run;
	enum health worst;
};

static void tell(struct check *c, enum health h, const char *name, const char *why)
{
	if (h > c->worst)
		c->worst = h;
	if (!log_is_json())
		print("%-8s %s: %s\n", health_name(h), name, why);
}

static int check_one(void *ctx, struct arena *a, struct store *store)
{
	struct check *c = ctx;
	struct description d;
	const char *why;

	describe(c->run, a, store, true, &d);
	const enum health h = health_of(a, &d, &why);
	tell(c, h, strrchr(store->dir, '/') + 1, why);
	if (log_is_json()) {
		struct arena *before = arena_use(a);
		cJSON *j = describe_json(a, &d);

		json_add(j, js("health", health_name(h)));
		json_add(j, js("why", why));
		json_event(a, "cert.health", j);
		arena_use(before);
	}
	return 0;
}

/* Who renews by other means has no daily run, and is not bothered. */
static void check_daily_run(struct check *c)
{
	struct arena *a = c->run->mem;
	struct stat st;

	if (stat(renew_lock_path(a, &c->run->home), &st) || clock_now() - st.st_mtime < TWO_DAYS)
		return;
	const char *why = fmt(a, "it ran last at %s", clock_rfc3339(a, st.st_mtime));
	tell(c, HEALTH_WARNING, "the daily run", why);
	if (log_is_json())
		json_event(a, "run.health",
		    json(js("health", health_name(HEALTH_WARNING)), js("why", why)));
}

int cmd_health(struct run *r, struct options *o)
{
	struct check c = { .run = r };

	(void)o;
	if (store_each(r->mem, &r->home, check_one, &c) < 0)
		c.worst = HEALTH_CRITICAL; /* told on the spot */
	check_daily_run(&c);
	return (int)c.worst;
}
