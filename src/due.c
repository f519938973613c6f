/* When a certificate is to be renewed (RFC 9773 4.2, 4.3; the lifetime rule and the back-off are
 * those that Let's Encrypt advises). */
#include "due.h"

#include <inttypes.h>
#include <stdio.h>

#include "arena.h"
#include "clock.h"
#include "conf.h"
#include "spec.h"
#include "store.h"
#include "text.h"

enum { MINUTE = 60, DAY = 86400 };

/* The computation */

static bool absolute(const char *valid_to)
{
	return !text_empty(valid_to) && valid_to[0] != '+';
}

static int64_t start_of(const struct due_facts *f)
{
	return f->not_before ? f->not_before : f->created;
}

static int64_t life_of(const struct due_facts *f)
{
	return f->not_after - start_of(f);
}

static int64_t latest(const struct due_facts *f)
{
	const int64_t tenth = life_of(f) / 10;
	return f->not_after - (tenth < DAY ? tenth : DAY);
}

static struct due by_lifetime(const struct due_facts *f)
{
	const int64_t life = life_of(f);
	if (life < 10 * DAY)
		return (struct due){ .when = start_of(f) + life / 2, .why = "half of its life" };
	return (struct due){ .when = start_of(f) + life / 3 * 2, .why = "two thirds of its life" };
}

/* What the user or acme.sh has fixed; when = 0: nothing, or nothing that fits the certificate. */
static struct due by_plan(const struct due_facts *f)
{
	struct due d = { .why = "--days" };
	if (f->days > 0)
		d.when = (f->created ? f->created : f->not_before) + (f->days - 1) * (int64_t)DAY;
	else if (f->days < 0)
		d.when = f->not_after + f->days * (int64_t)DAY;
	/* More days before its end than it has would be a renewal at each run. */
	if (f->days < 0 && d.when <= start_of(f))
		d.when = 0;
	/* acme.sh plans 30 days ahead also for a certificate that lives six. */
	if (!f->days && f->next && f->next <= latest(f))
		d = (struct due){ .when = f->next, .why = "as acme.sh planned" };
	return d;
}

static struct due wish(const struct due_facts *f)
{
	if (!f->not_after && f->next)
		return (struct due){ .when = f->next, .why = "as acme.sh planned" };
	if (!f->not_after)
		return (struct due){ .why = f->created ? "its dates are not known"
			                               : "there is no certificate" };
	if (life_of(f) <= 0 || !start_of(f))
		return (struct due){ .why = "its dates make no sense" };
	struct due d = by_plan(f);
	const bool planned = d.when != 0;
	if (!planned)
		d = by_lifetime(f);
	if (f->ari_start > 0 && f->ari_start < f->ari_end) {
		const bool drawn = f->ari_draw >= f->ari_start && f->ari_draw <= f->ari_end;
		const int64_t at = drawn ? f->ari_draw : f->ari_start;
		if (!planned || at < d.when)
			d = (struct due){ .when = at, .why = "ARI window" };
	}
	if (d.when > latest(f))
		d = (struct due){ .when = latest(f), .why = "its end is near" };
	return d;
}

/* The time before which it would be no use to try again; 0: none. */
static int64_t held_until(const struct due_facts *f)
{
	static const int64_t waits[] = { 0, MINUTE, 10 * MINUTE, 100 * MINUTE, DAY };
	const unsigned most = sizeof waits / sizeof *waits - 1;
	/* A failure in the future is one before the clock was set back. */
	const int64_t last = f->last_failure < f->now ? f->last_failure : f->now;
	int64_t until = f->failures ? last + waits[f->failures < most ? f->failures : most] : 0;
	/* Rate limits last a week at most; more is nonsense, or the clock's fault. */
	if (f->retry_after > until && f->retry_after <= f->now + 8 * DAY)
		until = f->retry_after;
	return until;
}

struct due due_compute(const struct due_facts *f)
{
	int64_t end = f->not_after;
	if (absolute(f->valid_to) && (f->not_after || f->created)) {
		if (!end)
			clock_parse_rfc3339(f->valid_to, &end);
		return (struct due){ .never = true,
			.when = end,
			.why = "--valid-to is a fixed time" };
	}
	struct due d = wish(f);
	const int64_t held = held_until(f);
	if (held > d.when && held > f->now)
		d = (struct due){ .when = held, .why = "a failure before" };
	d.now = d.when <= f->now;
	return d;
}

/* The facts in the conf */

static int64_t number(const struct conf *c, const char *key)
{
	long long n;
	return text_number(conf_get(c, key), 0, INT64_C(1) << 40, &n) == 0 ? n : 0;
}

static void put(struct conf *c, const char *key, int64_t n)
{
	char text[24];
	snprintf(text, sizeof text, "%" PRId64, n);
	conf_set(c, key, n ? text : NULL);
}

/* Whether our keys are about the certificate that is there. */
static bool current(const struct conf *c)
{
	return text_is(conf_get(c, ACME_CREATED), conf_get(c, "Le_CertCreateTime"));
}

static void forget(struct conf *c)
{
	static const char *const keys[] = { ACME_NOT_BEFORE, ACME_NOT_AFTER, ACME_ARI_START,
		ACME_ARI_END, ACME_ARI_DRAW, ACME_ARI_RETRY, ACME_ARI_URL, ACME_FAILURES,
		ACME_LAST_FAILURE, ACME_LAST_ERROR, ACME_RETRY_AFTER };
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		conf_set(c, keys[i], NULL);
	conf_set(c, ACME_CREATED, conf_get(c, "Le_CertCreateTime"));
}

void due_read(const struct conf *c, const struct spec *s, int64_t now, struct due_facts *f)
{
	long long days = 0;

	*f = (struct due_facts){ .now = now, .valid_to = s->valid_to };
	f->created = number(c, "Le_CertCreateTime");
	if (s->days && text_number(s->days, -36500, 36500, &days) == 0)
		f->days = (long)days;
	if (current(c)) {
		f->not_before = number(c, ACME_NOT_BEFORE);
		f->not_after = number(c, ACME_NOT_AFTER);
		f->ari_start = number(c, ACME_ARI_START);
		f->ari_end = number(c, ACME_ARI_END);
		f->ari_draw = number(c, ACME_ARI_DRAW);
		f->failures = (unsigned)(number(c, ACME_FAILURES) & 0xffff);
		f->last_failure = number(c, ACME_LAST_FAILURE);
		f->retry_after = number(c, ACME_RETRY_AFTER);
	}
	if (!f->not_after)
		f->next = number(c, "Le_NextRenewTime");
}

void due_read_store(const struct store *st, const struct spec *s, int64_t now, struct due_facts *f)
{
	due_read(st->conf, s, now, f);
	if (f->not_after)
		return;
	struct arena *own = arena_new(); /* a certificate that cannot be read is no error here */
	struct cert leaf;
	if (store_cert(own, st, &leaf) == 0) {
		f->not_before = leaf.not_before;
		f->not_after = leaf.not_after;
	}
	arena_drop(own);
}

void due_save_success(struct conf *c, int64_t not_before, int64_t not_after)
{
	forget(c);
	put(c, ACME_NOT_BEFORE, not_before);
	put(c, ACME_NOT_AFTER, not_after);
}

void due_save_ari(struct conf *c, const struct spec *s, const struct ari *ari, int64_t now)
{
	if (!current(c))
		forget(c);
	if (ari->start &&
	    (number(c, ACME_ARI_START) != ari->start || number(c, ACME_ARI_END) != ari->end ||
	        !conf_get(c, ACME_ARI_DRAW)))
		put(c, ACME_ARI_DRAW, ari_draw(ari));
	/* No answer this time: the window that was told before still holds. */
	if (ari->start) {
		put(c, ACME_ARI_START, ari->start);
		put(c, ACME_ARI_END, ari->end);
		conf_set(c, ACME_ARI_URL, ari->explanation);
	}
	put(c, ACME_ARI_RETRY, now + ari->retry_after);
	if (!conf_get(c, ACME_NOT_AFTER))
		return; /* acme.sh's own plan is still needed */

	struct arena *own = arena_new();
	struct due_facts f;
	due_read(c, s, now, &f);
	const struct due d = due_compute(&f);
	conf_set(c, "Le_NextRenewTimeStr", clock_rfc3339(own, d.when));
	put(c, "Le_NextRenewTime", d.when);
	arena_drop(own);
}

void due_save_failure(struct conf *c, int64_t now, int64_t retry_after, const char *text)
{
	if (!current(c))
		forget(c);
	put(c, ACME_FAILURES, number(c, ACME_FAILURES) + 1);
	put(c, ACME_LAST_FAILURE, now);
	put(c, ACME_RETRY_AFTER, retry_after > 0 ? now + retry_after : 0);
	conf_set_b64(c, ACME_LAST_ERROR, text);
}

bool due_ari_asked(const struct conf *c, int64_t now)
{
	const int64_t retry = number(c, ACME_ARI_RETRY);
	/* Never more than a day ahead, unless the clock was set back. */
	return current(c) && retry > now && retry <= now + DAY;
}
