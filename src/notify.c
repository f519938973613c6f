/* NOTIFY_HOOK, NOTIFY_LEVEL, NOTIFY_MODE, NOTIFY_SOURCE of account.conf. */
#include "notify.h"

#include <unistd.h>

#include "api.h"
#include "buf.h"
#include "error.h"
#include "log.h"
#include "plugin.h"
#include "proc.h"
#include "userhook.h"

static const char *source(struct run *r, struct arena *a)
{
	const char *name = home_setting(&r->home, "NOTIFY_SOURCE");
	char host[256] = "";

	if (!text_empty(name))
		return name;
	gethostname(host, sizeof host - 1);
	return arena_str(a, host);
}

/* --- one message ---------------------------------------------------------------------------- */

static int send_compiled(struct run *r, struct arena *a, const struct notify_hook *hook,
    const char *profile, const struct notice *n)
{
	const struct api_ask where = { .http = run_http(r, a),
		.keeper = r->keeper,
		.places = { .account = r->home.conf, .profile = profile } };

	return where.http ? plugin_run_notify(a, &where, hook, n) : -1;
}

static int send_one(struct run *r, struct arena *a, const char *name, const struct notice *n)
{
	const char *const arguments[] = { n->subject, n->text, arena_fmt(a, "%d", (int)n->kind),
		NULL };
	const char *profile = NULL;
	const struct notify_hook *hook = plugin_find_notify(a, name, &profile);
	const char *program = userhook_find(r, a, "notify", name, NULL, hook != NULL);

	if (failed(a) || (!program && !hook)) /* there is neither: userhook_find() has told */
		return -1;
	return program ? userhook_run(a, program, arguments, proc_environment(a))
	               : send_compiled(r, a, hook, profile, n);
}

int notify_send(struct run *r, struct arena *a, const char *subject, const char *body,
    enum notify_code code)
{
	struct strs hooks = text_split(a, home_setting(&r->home, "NOTIFY_HOOK"), ",");
	const struct notice n = { .subject = arena_fmt(a, "%s by %s", subject, source(r, a)),
		.text = body,
		.kind = (int)code,
		.host = source(r, a),
		.email = run_email(r),
		.env = proc_environment(a) };

	int result = 0;

	for (size_t i = 0; i < hooks.n; i++) {
		struct arena *own = arena_new();

		if (send_one(r, own, hooks.v[i], &n) == 0)
			debug(1, "notified through %s", hooks.v[i]);
		else if (result)
			complain("%s", error_text(own));
		else
			result = error_move(a, own);
		arena_drop(own);
	}
	return result;
}

/* --- what a run came to --------------------------------------------------------------------- */

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
	const char *subject = arena_fmt(a, "Renew%s%s%s", report->failed.n ? " Error" : "",
	    report->renewed.n ? " Success" : "", skipped && report->skipped.n ? " Skipped" : "");

	add_names(&body, "Errored certs:", report->failed);
	add_names(&body, "Successful certs:", report->renewed);
	if (skipped)
		add_names(&body, "Skipped certs:", report->skipped);
	return notify_send(r, a, subject, buf_text(&body),
	    report->failed.n        ? NOTIFY_ERROR
	        : report->renewed.n ? NOTIFY_OK
	                            : NOTIFY_SKIPPED);
}

int notify_renewal(struct run *r, struct arena *a, const char *name, enum notify_code code)
{
	static const struct {
		int level;
		const char *word, *body;
	} outcomes[] = {
		[NOTIFY_OK] = { 2, "success", "Good, the cert is renewed." },
		[NOTIFY_ERROR] = { 1, "error", "There is an error." },
		[NOTIFY_SKIPPED] = { 3, "skipped", "Good, the cert is skipped." },
	};
	const char *subject = arena_fmt(a, "Renew %s %s", name, outcomes[code].word);

	return level_of(r) < outcomes[code].level
	    ? 0
	    : notify_send(r, a, subject, outcomes[code].body, code);
}

/* One message a certificate (NOTIFY_MODE 1); one that fails keeps none of the others back. */
static int report_each(struct run *r, struct arena *a, struct strs names, enum notify_code code)
{
	int result = 0;

	for (size_t i = 0; i < names.n; i++) {
		struct arena *own = arena_new();

		if (notify_renewal(r, own, names.v[i], code))
			result = error_move(a, own);
		arena_drop(own);
	}
	return result;
}

int notify_report(struct run *r, struct arena *a, const struct notify_report *report)
{
	long long level = level_of(r);
	struct notify_report told = { 0 };

	if (text_is(home_setting(&r->home, "NOTIFY_MODE"), "1"))
		return report_each(r, a, report->failed, NOTIFY_ERROR) |
		    report_each(r, a, report->renewed, NOTIFY_OK) |
		    report_each(r, a, report->skipped, NOTIFY_SKIPPED);
	if (level >= 1)
		told.failed = report->failed;
	if (level >= 2)
		told.renewed = report->renewed;
	if (level >= 3)
		told.skipped = report->skipped;
	return told.failed.n || told.renewed.n || told.skipped.n ? report_all(r, a, &told) : 0;
}
