/* due.c: the time of renewal as a function of times and settings, and its facts in a conf. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "due.h"
#include "error.h"
#include "homes.h"
#include "rand.h"
#include "spec.h"
#include "store.h"

#include "tap.h"

#define H INT64_C(3600)
#define D (24 * INT64_C(3600))
#define T INT64_C(1800000000) /* when the certificates below begin */

static struct arena *a;

/* Lifetimes: the renewal is after its start, before its end, and where the rule says. */
static void test_lifetimes(void)
{
	static const struct {
		int64_t life, when;
		const char *why;
	} rows[] = {
		{ H, H / 2, "half of its life" },
		{ D, D / 2, "half of its life" },
		{ 160 * H, 80 * H, "half of its life" }, /* Let's Encrypt's shortlived */
		{ 10 * D - 1, 5 * D - 1, "half of its life" },
		{ 10 * D, 10 * D / 3 * 2, "two thirds of its life" },
		{ 45 * D, 30 * D, "two thirds of its life" },
		{ 47 * D, 47 * D / 3 * 2, "two thirds of its life" },
		{ 90 * D, 60 * D, "two thirds of its life" },
		{ 398 * D, 398 * D / 3 * 2, "two thirds of its life" },
		{ 1, 0, "half of its life" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct due_facts f = { .now = T,
			.not_before = T,
			.not_after = T + rows[i].life,
			.created = T };
		struct due d = due_compute(&f);
		is_int(d.when - T, rows[i].when, rows[i].why);
		is_str(d.why, rows[i].why);
		is_int(d.now, rows[i].when == 0);
		f.now = d.when - 1;
		ok(!due_compute(&f).now || rows[i].when == 0, "not a second before");
		f.now = d.when;
		ok(due_compute(&f).now && !due_compute(&f).never, "then");
		f.now = T + 2 * rows[i].life;
		ok(due_compute(&f).now, "and when it has ended");
		f.now = T - 400 * D;
		ok(!due_compute(&f).now, "not when the clock is set back");
	}
}

#define NINETY .not_before = T, .not_after = T + 90 * D, .created = T

static const struct {
	const char *name;
	struct due_facts f; /* now is T + 1 day when it is 0 */
	int64_t when;       /* from T */
	bool now, never;
} rules[] = {
	{ "no certificate", { 0 }, -T, true, false },
	{ "no dates, no plan", { .created = T }, -T, true, false },
	{ "no dates, acme.sh's plan", { .created = T, .next = T + 29 * D }, 29 * D, false, false },
	{ "dates upside down", { .not_before = T + D, .not_after = T }, -T, true, false },
	{ "dates the same", { .not_before = T, .not_after = T }, -T, true, false },
	{ "no begin", { .not_after = T + 30 * D }, -T, true, false },
	{ "begin by the time of issue", { .not_after = T + 30 * D, .created = T }, 20 * D, false,
	    false },

	{ "--days 30", { NINETY, .days = 30 }, 29 * D, false, false },
	{ "--days 1 is each day", { NINETY, .days = 1 }, 0, true, false },
	{ "--days counts from the issue",
	    { .not_before = T - H, .not_after = T + 90 * D, .created = T, .days = 30 }, 29 * D,
	    false, false },
	{ "--days beyond the lifetime", { NINETY, .days = 200 }, 89 * D, false, false },
	{ "--days -10", { NINETY, .days = -10 }, 80 * D, false, false },
	{ "--days -200 of 90", { NINETY, .days = -200 }, 60 * D, false, false },
	{ "--days 30 of 6", { .not_before = T, .not_after = T + 6 * D, .created = T, .days = 30 },
	    6 * D - 6 * D / 10, false, false },
	{ "--days and a short life",
	    { .not_before = T, .not_after = T + 10 * H, .created = T, .days = -1 }, 5 * H, true,
	    false },

	{ "acme.sh's plan", { NINETY, .next = T + 29 * D }, 29 * D, false, false },
	{ "acme.sh's plan in the past", { NINETY, .next = T - D }, -D, true, false },
	{ "acme.sh's plan of 29 days for six",
	    { .not_before = T, .not_after = T + 6 * D, .created = T, .next = T + 29 * D }, 3 * D,
	    false, false },
	{ "--days changes acme.sh's plan", { NINETY, .next = T + 29 * D, .days = 60 }, 59 * D,
	    false, false },

	{ "ARI: the draw",
	    { NINETY, .ari_start = T + 50 * D, .ari_end = T + 52 * D, .ari_draw = T + 51 * D },
	    51 * D, false, false },
	{ "ARI may be later than two thirds",
	    { NINETY, .ari_start = T + 70 * D, .ari_end = T + 72 * D, .ari_draw = T + 71 * D },
	    71 * D, false, false },
	{ "ARI in the past",
	    { NINETY, .ari_start = T - 9 * D, .ari_end = T - 8 * D, .ari_draw = T - 8 * D }, -8 * D,
	    true, false },
	{ "ARI upside down",
	    { NINETY, .ari_start = T + 20 * D, .ari_end = T + 10 * D, .ari_draw = T + 15 * D },
	    60 * D, false, false },
	{ "ARI after the end",
	    { NINETY, .ari_start = T + 200 * D, .ari_end = T + 201 * D, .ari_draw = T + 200 * D },
	    89 * D, false, false },
	{ "ARI without a draw", { NINETY, .ari_start = T + 50 * D, .ari_end = T + 52 * D }, 50 * D,
	    false, false },
	{ "ARI with a draw of another window",
	    { NINETY, .ari_start = T + 50 * D, .ari_end = T + 52 * D, .ari_draw = T + 1 }, 50 * D,
	    false, false },
	{ "ARI before --days",
	    { NINETY, .days = 60, .ari_start = T + 2 * D, .ari_end = T + 3 * D,
	        .ari_draw = T + 2 * D },
	    2 * D, false, false },
	{ "--days before ARI",
	    { NINETY, .days = 30, .ari_start = T + 50 * D, .ari_end = T + 52 * D,
	        .ari_draw = T + 51 * D },
	    29 * D, false, false },
	{ "ARI before acme.sh's plan",
	    { NINETY, .next = T + 29 * D, .ari_start = T, .ari_end = T + H, .ari_draw = T + 1 }, 1,
	    true, false },

	{ "--valid-to a date", { NINETY, .valid_to = "2027-04-15T08:00:00Z" }, 90 * D, false,
	    true },
	{ "--valid-to a date, ended",
	    { .now = T + 100 * D, NINETY, .valid_to = "2027-04-15T08:00:00Z" }, 90 * D, false,
	    true },
	{ "--valid-to a date, not issued yet", { .valid_to = "2027-04-15T08:00:00Z" }, -T, true,
	    false },
	{ "--valid-to +90d", { NINETY, .valid_to = "+90d" }, 60 * D, false, false },

	{ "failures do not delay what is not due", { NINETY, .failures = 9, .last_failure = T },
	    60 * D, false, false },
};

static void test_rules(void)
{
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		struct due_facts f = rules[i].f;
		f.now = f.now ? f.now : T + D;
		const struct due d = due_compute(&f);
		is_int(d.when - T, rules[i].when, rules[i].name);
		ok(d.now == rules[i].now && d.never == rules[i].never && d.why, rules[i].name);
	}
}

/* The renewal was due at T; what is held back, and until when. */
static void test_back_off(void)
{
	static const struct {
		unsigned failures;
		int64_t last, retry_after, now, when; /* from T; retry_after 0: none */
	} rows[] = {
		{ 1, 0, 0, 1, 60 },
		{ 2, 0, 0, 1, 600 },
		{ 3, 0, 0, 1, 6000 },
		{ 4, 0, 0, 1, D },
		{ UINT_MAX, 0, 0, 1, D },
		{ 1, 0, 0, 60, 0 }, /* the time is over */
		{ 4, 0, 0, 3 * D, 0 },
		{ 1, 30 * D, 0, 1, 61 },   /* a failure in the future: the clock was set back */
		{ 1, 0, 3 * H, 1, 3 * H }, /* as the CA asked */
		{ 4, 0, 3 * H, 1, D },     /* the later one counts */
		{ 0, 0, 3 * H, 1, 3 * H },
		{ 1, 0, 7 * D, 1, 7 * D }, /* a weekly rate limit */
		{ 1, 0, 900 * D, 1, 60 },  /* nonsense */
		{ 1, 0, 3 * H, 3 * H, 0 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct due_facts f = { .now = T + rows[i].now,
			.not_before = T - 60 * D,
			.not_after = T + 30 * D,
			.failures = rows[i].failures,
			.last_failure = T + rows[i].last,
			.retry_after = rows[i].retry_after ? T + rows[i].retry_after : 0 };
		const struct due d = due_compute(&f);
		is_int(d.when - T, rows[i].when, arena_fmt(a, "failure %u", rows[i].failures));
		is_int(d.now, rows[i].when == 0);
	}
}

/* No values at all make it run in circles: what is due now is so for a reason. */
static void test_extremes(void)
{
	static const int64_t values[] = { 0, 1, T - D, T, T + D, T + 90 * D, INT64_C(1) << 40 };
	const size_t n = sizeof values / sizeof *values;
	bool sane = true;
	for (size_t i = 0; i < n * n * n * n; i++) {
		const struct due_facts f = { .now = T,
			.not_before = T - D,
			.created = T - D,
			.not_after = T + 89 * D,
			.ari_start = values[i % n],
			.ari_end = values[i / n % n],
			.ari_draw = values[i / n / n % n],
			.last_failure = values[i / n / n / n],
			.failures = i % 5 };
		const struct due d = due_compute(&f);
		sane = sane && d.when <= T + 88 * D + D && d.now == (d.when <= T);
	}
	ok(sane, "never later than the end less a margin");
}

/* The conf */

static struct conf *conf_of(const char *text)
{
	const char *dir = new_folder(a), *path = file_join(a, dir, "x.conf");
	write_text(a, path, text);
	struct conf *c = conf_load(a, path);
	drop_folder(a, dir);
	return c;
}

static struct due_facts facts(const struct conf *c, int64_t now)
{
	struct spec s;
	struct due_facts f;
	spec_load(c, &s);
	due_read(c, &s, now, &f);
	return f;
}

static void test_success(void)
{
	struct conf *c =
	    conf_of("Le_Domain='a.example'\nLe_CertCreateTime='1800000000'\n"
	            "Le_NextRenewTime='1802505600'\nLe_RenewalDays='45'\nAcme_Owed='reload'\n");
	struct due_facts f = facts(c, T + D);
	ok(f.created == T && f.next == T + 29 * D && f.days == 45 && !f.not_after,
	    "acme.sh's keys");

	due_save_success(c, T - H, T + 90 * D);
	f = facts(c, T + D);
	ok(f.not_before == T - H && f.not_after == T + 90 * D && !f.next, "our own");
	due_save_failure(c, T + 60 * D, 0, "no such host");
	due_save_failure(c, T + 61 * D, 7200, "it's slow");
	f = facts(c, T + 61 * D);
	ok(f.failures == 2 && f.last_failure == T + 61 * D && f.retry_after == T + 61 * D + 7200);
	is_str(conf_get(c, ACME_LAST_ERROR), "it's slow");
	due_save_failure(c, T + 62 * D, 0, "x");
	ok(!facts(c, T).retry_after && facts(c, T).failures == 3, "the last word counts");

	conf_set(c, "Le_CertCreateTime", "1806000000");
	f = facts(c, 1806000000);
	ok(!f.not_after && !f.failures && f.next,
	    "when acme.sh has renewed it, ours are of no use");
	due_save_failure(c, 1806000000, 0, "y");
	f = facts(c, 1806000000);
	ok(f.failures == 1 && !f.not_after, "and are not mixed with new ones");

	due_save_success(c, T, T + 90 * D);
	ok(!conf_get(c, ACME_FAILURES) && !conf_get(c, ACME_LAST_ERROR),
	    "success forgets failures");
	is_str(conf_get(c, ACME_OWED), "reload", "but not what is owed");

	c = conf_of("Le_Domain='a.example'\n");
	due_save_failure(c, T, 0, "first");
	ok(facts(c, T).failures == 1, "a first issue that failed");
	is_int(due_compute(&(struct due_facts){ .now = T, .failures = 1, .last_failure = T }).when,
	    T + 60);

	c = conf_of("Le_CertCreateTime='x'\nLe_NextRenewTime='-5'\nLe_RenewalDays='1e9'\n"
	            "Acme_NotAfter='99999999999999999999'\n");
	f = facts(c, T);
	ok(!f.created && !f.next && !f.days && !f.not_after, "nonsense is nothing");
}

static void draw_high(void *p, size_t n)
{
	memset(p, 0xff, n);
}

static void test_ari(void)
{
	const struct spec no_days = { 0 }, days = { .days = "40" };
	struct conf *c = conf_of("Le_Domain='a.example'\nLe_CertCreateTime='1800000000'\n");
	const struct ari one = { T + 50 * D, T + 52 * D, 6 * H, "https://ca.test/why" };
	const struct ari other = { T + 10 * D, T + 11 * D, H, NULL }, none = { 0, 0, 2 * H, NULL };

	ok(!due_ari_asked(c, T), "never asked");
	due_save_success(c, T, T + 90 * D);
	due_save_ari(c, &no_days, &one, T + D);
	ok(due_ari_asked(c, T + D) && due_ari_asked(c, T + D + 6 * H - 1));
	ok(!due_ari_asked(c, T + D + 6 * H), "may be asked again");
	ok(!due_ari_asked(c, T - 9 * D), "the clock was set back");
	const struct due_facts f = facts(c, T + D);
	ok(f.ari_start == one.start && f.ari_end == one.end && f.ari_draw >= one.start &&
	    f.ari_draw < one.end);
	is_str(conf_get(c, ACME_ARI_URL), "https://ca.test/why");
	is_str(conf_get(c, "Le_NextRenewTime"), arena_fmt(a, "%lld", (long long)f.ari_draw),
	    "--list shows it");
	is_str(conf_get(c, "Le_NextRenewTimeStr"), clock_rfc3339(a, f.ari_draw));

	rand_fake = draw_high;
	due_save_ari(c, &no_days, &one, T + 2 * D);
	is_int(facts(c, T).ari_draw, f.ari_draw, "the same window: the draw stays");
	due_save_ari(c, &no_days, &none, T + 2 * D);
	is_int(facts(c, T).ari_draw, f.ari_draw, "no answer: the window stays");
	ok(due_ari_asked(c, T + 2 * D + H));
	due_save_ari(c, &no_days, &other, T + 2 * D);
	is_int(facts(c, T).ari_draw - other.start, (int64_t)(UINT64_MAX % D),
	    "another window: drawn again");
	ok(!conf_get(c, ACME_ARI_URL));
	rand_fake = NULL;

	due_save_ari(c, &days, &one, T + 3 * D);
	is_str(conf_get(c, "Le_NextRenewTime"), arena_fmt(a, "%lld", (long long)T + 39 * D),
	    "--days are earlier than the window");

	due_save_success(c, T, T + 90 * D);
	ok(!facts(c, T).ari_start && !due_ari_asked(c, T), "a new certificate has its own");

	c = conf_of("Le_CertCreateTime='1800000000'\nLe_NextRenewTime='1802505600'\n");
	due_save_ari(c, &no_days, &one, T);
	is_int(facts(c, T).next, T + 29 * D, "acme.sh's plan stays");
}

static void test_acmesh(void)
{
	const char *user = acmesh_home(a);
	const struct home h = open_home(a, user);
	struct store st;
	struct spec s;
	struct due_facts f;
	struct cert leaf;

	ok(store_open(a, &h, "rsa.example", STORE_ANY, &st) == 0 && store_cert(a, &st, &leaf) == 0);
	spec_load(st.conf, &s);
	due_read_store(&st, &s, INT64_C(1795295600), &f);
	ok(f.not_before == leaf.not_before && f.not_after == leaf.not_after,
	    "from the certificate");
	const struct due d = due_compute(&f);
	ok(d.when <= 1799097200 && d.when <= leaf.not_after && !d.now, d.why);
	ok(store_open(a, &h, "wild.example", STORE_ECC, &st) == 0);
	spec_load(st.conf, &s);
	due_read_store(&st, &s, INT64_C(1795295600), &f);
	ok(due_compute(&f).now, "one that was never issued");
	file_remove(a, file_join(a, h.certs, "one.example_ecc/one.example.cer"));
	ok(store_open(a, &h, "one.example", STORE_ECC, &st) == 0);
	spec_load(st.conf, &s);
	due_read_store(&st, &s, INT64_C(1795295600), &f);
	is_int(due_compute(&f).when, 1797801181, "without a certificate acme.sh's plan counts");
	drop_folder(a, user);
}

int main(void)
{
	a = arena_new();
	test_lifetimes();
	test_rules();
	test_back_off();
	test_extremes();
	test_success();
	test_ari();
	test_acmesh();
	arena_drop(a);
	return done();
}
