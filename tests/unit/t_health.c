/* The traffic light of a certificate, at all times of its life. */
#include "health.h"

#include <string.h>

#include "arena.h"
#include "clock.h"
#include "conf.h"
#include "due.h"

#include "tap.h"

enum { D = 24 * 60 * 60, H = 60 * 60, T = 1800000000 };

static struct arena *a;

struct row {
	const char *what;
	int64_t now; /* since its beginning */
	int64_t life;
	long days;
	const char *valid_to, *failures, *owed;
	int64_t held; /* no new try before; since its beginning */
	enum health want;
	const char *word;
};

static const struct row rows[] = {
	{ "new", 0, 90 * D, .want = HEALTH_OK, .word = "two thirds" },
	{ "a day before its renewal", 59 * D, 90 * D, .want = HEALTH_OK },
	{ "just due", 60 * D + H, 90 * D, .want = HEALTH_OK },
	{ "due since yesterday", 61 * D + 3 * H, 90 * D, .want = HEALTH_WARNING,
	    .word = "daily run" },
	{ "long overdue", 88 * D, 90 * D, .want = HEALTH_WARNING, .word = "due since" },
	{ "its last day", 89 * D + H, 90 * D, .want = HEALTH_CRITICAL, .word = "not been renewed" },
	{ "expired", 90 * D, 90 * D, .want = HEALTH_CRITICAL, .word = "expired at" },
	{ "a failure", 60 * D, 90 * D, .failures = "1", .want = HEALTH_WARNING,
	    .word = "went wrong" },
	{ "many", 80 * D, 90 * D, .failures = "21", .want = HEALTH_WARNING, .word = "21 renewals" },
	{ "not tried again in time", 85 * D, 90 * D, .failures = "3", .held = 90 * D,
	    .want = HEALTH_CRITICAL, .word = "before the next renewal" },
	{ "a step is owed", 2 * D, 90 * D, .owed = "install", .want = HEALTH_WARNING,
	    .word = "not done after the last renewal: install" },
	{ "six days", 0, 6 * D, .want = HEALTH_OK, .word = "half" },
	{ "six days, just due", 3 * D + H, 6 * D, .want = HEALTH_OK },
	{ "six days, cron was not there", 4 * D + 2 * H, 6 * D, .want = HEALTH_WARNING },
	{ "six days, the last half day", 6 * D - 12 * H, 6 * D, .want = HEALTH_CRITICAL },
	{ "an hour", 0, H, .want = HEALTH_OK },
	{ "an hour, its end", H - 60, H, .want = HEALTH_CRITICAL },
	{ "a year, --days 300", 290 * D, 365 * D, .days = 300, .want = HEALTH_OK,
	    .word = "--days" },
	{ "fixed end, its first half", 100 * D, 300 * D, .valid_to = "2040-01-01T00:00:00Z",
	    .want = HEALTH_OK, .word = "it is valid until" },
	{ "fixed end, its last third", 210 * D, 300 * D, .valid_to = "2040-01-01T00:00:00Z",
	    .want = HEALTH_WARNING, .word = "cannot be renewed automatically" },
	{ "fixed end, the last day", 300 * D - H, 300 * D, .valid_to = "2040-01-01T00:00:00Z",
	    .want = HEALTH_CRITICAL, .word = "cannot be renewed automatically" },
};

static void test_row(const struct row *r)
{
	static const char issued[] = "Le_Domain='a.test'\nLe_CertCreateTime='1800000000'\n";
	struct store store = { .domain = "a.test", .cer = "/x/a.test.cer" };
	const char *why = NULL;

	store.conf = conf_parse(a, "x.conf", issued, strlen(issued));
	struct description d = { .store = &store,
		.has_leaf = true,
		.failures = r->failures,
		.owed = r->owed,
		.last_error = "it went wrong" };
	d.facts = (struct due_facts){ .now = T + r->now,
		.not_before = T,
		.not_after = T + r->life,
		.created = T,
		.days = r->days,
		.valid_to = r->valid_to,
		.failures = r->failures != NULL,
		.last_failure = r->failures ? T + r->now : 0,
		.retry_after = r->held ? T + r->held : 0 };
	d.due = due_compute(&d.facts);
	const enum health h = health_of(a, &d, &why);
	is_str(health_name(h), health_name(r->want), r->what);
	ok(why && (!r->word || strstr(why, r->word)), fmt(a, "why: %s", why));
}

int main(void)
{
	a = arena_new();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		test_row(&rows[i]);

	struct store store = { .domain = "a.test", .cer = "/x/a.test.cer" };
	struct description d = { .store = &store };
	const char *why;
	store.conf = conf_parse(a, "x.conf", "", 0);
	is_int(health_of(a, &d, &why), HEALTH_WARNING, "never issued");
	store.conf = conf_parse(a, "x.conf", "Le_CertCreateTime='1'\n", 22);
	is_int(health_of(a, &d, &why), HEALTH_CRITICAL, "the file is gone");
	is_str(why, "/x/a.test.cer cannot be read");
	arena_drop(a);
	return done();
}
