/* NOTIFY_HOOK, NOTIFY_LEVEL, NOTIFY_MODE, NOTIFY_SOURCE of account.conf. */
#include "notify.h"

#include <unistd.h>

#include "buf.h"
#include "error.h"
#include "log.h"
#include "proc.h"
#include "userhook.h"

int notify_send(struct run *r, struct arena *a, const char *subject, const char *body,
    enum notify_code code)
{
	struct strs hooks = text_split(a, home_setting(&r->home, "NOTIFY_HOOK"), ",");
	const char *const arguments[] = { subject, body, arena_fmt(a, "%d", code), NULL };

	for (size_t i = 0; i < hooks.n; i++) {
		const char *path = userhook_find(r, a, "notify", hooks.v[i], NULL);

		if (!path || userhook_run(a, path, arguments, proc_environment(a)))
			return -1;
		debug(1, "notified through %s", hooks.v[i]);
	}
	return 0;
}

static const char *source(struct run *r, struct arena *a)
{
	const char *name = home_setting(&r->home, "NOTIFY_SOURCE");
	char host[256] = "";

	if (!text_empty(name))
		return name;
	gethostname(host, sizeof host - 1);
	return arena_str(a, host);
}

static void add_names(struct buf *b, const char *heading, struct strs names)
{
	if (!names.n)
		return;
	buf_fmt(b, "%s\n", heading);
	for (size_t i = 0; i < names.n; i++)
		buf_fmt(b, "    %s\n", names.v[i]);
	buf_byte(b, '\n');
}

static long long level_of(struct run *r)
{
	long long level;

	return text_number(home_setting(&r->home, "NOTIFY_LEVEL"), 0, 3, &level) ? 2 : level;
}

static int report_all(struct run *r, struct arena *a, const struct notify_report *report)
{
	struct buf body = buf_new(a, 0);
	bool skipped = level_of(r) >= 3;
	const char *subject = arena_fmt(a, "Renew%s%s%s by %s", report->failed.n ? " Error" : "",
	    report->renewed.n ? " Success" : "", skipped && report->skipped.n ? " Skipped" : "",
	    source(r, a));

	add_names(&body, "Errored certs:", report->failed);
	add_names(&body, "Successful certs:", report->renewed);
	if (skipped)
		add_names(&body, "Skipped certs:", report->skipped);
	return notify_send(r, a, subject, buf_text(&body),
	    report->failed.n        ? NOTIFY_ERROR
	        : report->renewed.n ? NOTIFY_OK
	                            : NOTIFY_SKIPPED);
}

/* One message a certificate (NOTIFY_MODE 1). */
static int report_each(struct run *r, struct arena *a, struct strs names, const char *word,
    const char *body, enum notify_code code)
{
	for (size_t i = 0; i < names.n; i++)
		if (notify_send(r, a,
		        arena_fmt(a, "Renew %s %s by %s", names.v[i], word, source(r, a)), body,
		        code))
			return -1;
	return 0;
}

int notify_report(struct run *r, struct arena *a, const struct notify_report *report)
{
	long long level = level_of(r);
	struct notify_report told = { 0 };

	if (level >= 1)
		told.failed = report->failed;
	if (level >= 2)
		told.renewed = report->renewed;
	if (level >= 3)
		told.skipped = report->skipped;
	if (!told.failed.n && !told.renewed.n && !told.skipped.n)
		return 0;
	if (!text_is(home_setting(&r->home, "NOTIFY_MODE"), "1"))
		return report_all(r, a, &told);
	return report_each(r, a, told.failed, "error", "There is an error.", NOTIFY_ERROR) ||
	        report_each(r, a, told.renewed, "success", "Good, the cert is renewed.",
	            NOTIFY_OK) ||
	        report_each(r, a, told.skipped, "skipped", "Good, the cert is skipped.",
	            NOTIFY_SKIPPED)
	    ? -1
	    : 0;
}
