/* The state of one certificate as a traffic light. */
#include "health.h"

#include "arena.h"
#include "clock.h"
#include "text.h"

enum { HOUR = 60 * 60, DAY = 24 * HOUR };

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* The cron run comes once a day; a certificate that lives some days cannot wait as long. */
static int64_t patience(int64_t life)
{
	return least(26 * HOUR, life / 6);
}

static enum health critical(struct arena *a, const struct description *d, const char **why)
{
	const struct due_facts *f = &d->facts;
	const int64_t left = f->not_after - f->now, life = f->not_after - f->not_before;

	if (!d->has_leaf)
		*why = fmt(a, "%s cannot be read", d->store->cer);
	else if (left <= 0)
		*why = fmt(a, "it has expired at %s", clock_rfc3339(a, f->not_after));
	else if (d->due.never && left <= least(DAY, life / 10))
		*why = fmt(a, "it expires at %s and cannot be renewed automatically",
		    clock_rfc3339(a, f->not_after));
	else if (!d->due.never && d->due.when >= f->not_after)
		*why = fmt(a, "it expires at %s, before the next renewal at %s",
		    clock_rfc3339(a, f->not_after), clock_rfc3339(a, d->due.when));
	else if (!d->due.never && left < least(DAY, life / 10))
		*why = fmt(a, "it expires at %s and has not been renewed",
		    clock_rfc3339(a, f->not_after));
	else
		return HEALTH_OK;
	return HEALTH_CRITICAL;
}

static enum health warning(struct arena *a, const struct description *d, const char **why)
{
	const struct due_facts *f = &d->facts;
	const int64_t life = f->not_after - f->not_before;

	if (!text_empty(d->failures))
		*why = fmt(a, "%s renewals in a row have failed: %s", d->failures,
		    d->last_error ? text_safe(a, d->last_error, 500) : "");
	else if (!text_empty(d->owed))
		*why = fmt(a, "not done after the last renewal: %s", d->owed);
	else if (d->due.never && f->not_after - f->now < life / 3)
		*why = fmt(a, "it expires at %s and cannot be renewed automatically",
		    clock_rfc3339(a, f->not_after));
	else if (d->due.now && f->now - d->due.when > patience(life))
		*why = fmt(a, "its renewal is due since %s: is the daily run on?",
		    clock_rfc3339(a, d->due.when));
	else
		return HEALTH_OK;
	return HEALTH_WARNING;
}

enum health health_of(struct arena *a, const struct description *d, const char **why)
{
	if (!store_issued(d->store)) {
		*why = "it was never issued";
		return HEALTH_WARNING;
	}
	if (critical(a, d, why))
		return HEALTH_CRITICAL;
	if (warning(a, d, why))
		return HEALTH_WARNING;
	*why = d->due.never
	    ? fmt(a, "it is valid until %s", clock_rfc3339(a, d->facts.not_after))
	    : fmt(a, "the next renewal is at %s (%s)", clock_rfc3339(a, d->due.when), d->due.why);
	return HEALTH_OK;
}

const char *health_name(enum health h)
{
	static const char *const names[] = { "ok", "warning", "critical" };
	return names[h];
}
