/* Orders (RFC 8555 7.4): ask for one, watch it, finalize it. Authorizations are in order_authz.c,
 * the certificate in order_cert.c. */
#include "order.h"

#include <string.h>

#include "b64.h"
#include "clock.h"
#include "error.h"
#include "log.h"
#include "problem.h"

enum {
	AUTHZ_MAX = 1000,     /* authorizations of one order; CAs take 100 names */
	FIRST_READY = 250,    /* ms before the first look at a validation ... */
	FIRST_VALID = 50,     /* ... and at an issuance */
	GRACE = 40,           /* ms in which a CA writes down that it has just been served */
	PAUSE_MAX = 5000,     /* ms between polls when the CA does not ask for more */
	EARLY_POLLS = 2,      /* that may come before the CA's Retry-After */
	RETRY_AFTER_MAX = 60, /* seconds */
	TROUBLE_MAX = 3       /* 5xx replies in a row that a poll lives through */
};

static bool known_status(const char *status)
{
	static const char *const known[] = { "pending", "ready", "processing", "valid", "invalid" };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (text_is(status, known[i]))
			return true;
	return false;
}

/* Reads an order's JSON. What a later reply leaves out stays as it was. */
static int read_order(struct wire *w, struct arena *a, const cJSON *j, const char *base,
    struct order *o)
{
	const char *status = json_str(j, "status");
	const char *finalize = json_str(j, "finalize");
	const char *certificate = json_str(j, "certificate");
	const char *expires = json_str(j, "expires");

	if (!known_status(status))
		return fail(a, "the order has %s%s", status ? "the unknown status " : "no status",
		    status ? text_safe(a, status, 40) : "");
	o->status = status;
	o->error = cJSON_IsObject(json_get(j, "error")) ? json_get(j, "error") : NULL;
	o->expires = expires ? text_safe(a, expires, 40) : o->expires;
	if (finalize && !(o->finalize = wire_url(w, a, base, finalize)))
		return -1;
	if (certificate && !(o->certificate = wire_url(w, a, base, certificate)))
		return -1;
	if (json_count(j, "authorizations") == 0)
		return 0;
	if (json_count(j, "authorizations") > AUTHZ_MAX)
		return fail(a, "the order has more than %d authorizations", AUTHZ_MAX);
	o->authz_urls = (struct strs){ 0 };
	for (const cJSON *item = json_get(j, "authorizations/0"); item; item = item->next) {
		const char *url =
		    cJSON_IsString(item) ? wire_url(w, a, base, item->valuestring) : NULL;
		if (!url)
			return fail(a, "the order has an authorization that is no URL");
		strs_add(a, &o->authz_urls, url);
	}
	return 0;
}

/* --- newOrder --- */

char *directory_profiles(struct arena *a, const struct directory *d)
{
	struct strs names = { 0 };

	for (const cJSON *item = d->profiles ? d->profiles->child : NULL; item; item = item->next)
		strs_add(a, &names, text_safe(a, item->string, 80));
	return names.n ? text_join(a, names, ", ") : arena_str(a, "");
}

static int check_profile(struct wire *w, struct arena *a, const char *profile)
{
	const cJSON *item = w->dir.profiles ? w->dir.profiles->child : NULL;

	for (; item; item = item->next)
		if (text_is(item->string, profile))
			return 0;
	if (text_empty(profile))
		return 0;
	fail(a, "this CA has no profile %s", profile);
	arena_error(a)->code = "invalidProfile";
	arena_error(a)->input = true;
	if (!w->dir.profiles)
		return remedy(a, "it has no profiles at all: leave --cert-profile out");
	return remedy(a, "--cert-profile can be %s", directory_profiles(a, &w->dir));
}

static cJSON *identifiers(struct arena *a, struct strs names)
{
	cJSON *list = json_list(NULL);
	struct strs seen = { 0 };

	for (size_t i = 0; i < names.n; i++) {
		const char *name = text_lower(a, names.v[i]);
		if (strs_has(seen, name))
			continue;
		strs_add(a, &seen, name);
		json_add(list,
		    json(js("type", text_is_ip(name) ? "ip" : "dns"), js("value", name)));
	}
	return list;
}

static int post_order(struct wire *w, struct arena *a, const struct order_ask *ask,
    const char *replaces, struct order *o)
{
	struct response res;
	struct post post = { .url = w->dir.new_order };
	const char *location, *base;
	const cJSON *j;

	struct arena *before = arena_use(a);
	post.payload = json_text(a,
	    json(jo("identifiers", identifiers(a, ask->names)),
	        js("profile", text_empty(ask->profile) ? NULL : ask->profile),
	        js("notBefore", ask->not_before), js("notAfter", ask->not_after),
	        js("replaces", replaces)));
	arena_use(before);
	if (!(j = wire_post_json(w, a, &post, &res)))
		return -1;
	base = res.url ? res.url : post.url;
	location = header_get(&res.headers, "Location");
	if (text_empty(location))
		return fail(a, "the CA did not tell the order's address (no Location)");
	if (!(o->url = wire_url(w, a, base, location)))
		return -1;
	if (read_order(w, a, j, o->url, o) != 0)
		return -1;
	if (o->authz_urls.n == 0 || !o->finalize)
		return fail(a, "the order lacks its %s",
		    o->finalize ? "authorizations" : "finalize address");
	return 0;
}

int order_new(struct wire *w, struct arena *a, const struct order_ask *ask, struct order *o)
{
	const char *replaces = w->dir.renewal_info ? ask->replaces : NULL;
	const struct error *e = arena_error(a);

	*o = (struct order){ 0 };
	doing(a, "new order for %s", text_safe(a, text_join(a, ask->names, ", "), 200));
	if (check_profile(w, a, ask->profile) != 0)
		return -1;
	if (post_order(w, a, ask, replaces, o) == 0)
		return 0;
	/* CAs refuse a predecessor in many ways: 409 alreadyReplaced, 400, 401, 403, 500. */
	if (!replaces || e->http < 400 || e->http == 429 || e->http == 503)
		return -1;
	debug(1, "%s; trying again without replaces", error_text(a));
	error_clear(a);
	o->replaces_refused = true;
	return post_order(w, a, ask, NULL, o);
}

/* --- watching it --- */

int order_read(struct wire *w, struct arena *a, struct order *o, int64_t *retry_after)
{
	struct response res;
	const cJSON *j = wire_get(w, a, o->url, &res);

	if (retry_after)
		*retry_after = 0;
	if (!j)
		return -1;
	if (retry_after)
		*retry_after = clock_retry_after(header_get(&res.headers, "Retry-After"), 0, 1,
		    RETRY_AFTER_MAX);
	return read_order(w, a, j, o->url, o);
}

/* 1: the order is as far as wanted, 0: not yet, -1: it never will be. */
static int arrived(struct wire *w, struct arena *a, const struct order *o, bool issued)
{
	if (text_is(o->status, "valid"))
		return 1;
	if (text_is(o->status, "invalid"))
		/* Once all names are proved, what went wrong is the order's own. */
		return issued && o->error ? problem_fail(a, o->error, 0) : order_explain(w, a, o);
	return !issued && !text_is(o->status, "pending");
}

struct waiting {
	int64_t pause;       /* ms that we would wait */
	int64_t retry_after; /* s that the CA asks for, 0: nothing */
	int64_t deadline;
	int (*wake)(void *ctx, int64_t ms);
	void *ctx;
	bool woken; /* wake has told of something */
};

/* Waits for the time of the n-th poll (from 1). The first two may come before the time that the CA
 * asked for, because Retry-After is a constant at most CAs and validation is often a matter of
 * milliseconds. While an event can still be hoped for, the second one is kept for it. */
static int wait_turn(struct waiting *t, int n)
{
	int64_t left = t->deadline - clock_ms();
	int64_t ms = t->pause;
	int woken = 0;

	if (n > EARLY_POLLS || (n > 1 && t->wake && !t->woken))
		ms = t->retry_after * 1000 > ms ? t->retry_after * 1000 : ms;
	if (ms > left)
		ms = left > 0 ? left : 0;
	if (t->wake && n <= EARLY_POLLS)
		woken = t->wake(t->ctx, ms);
	else
		woken = clock_sleep(ms);
	if (woken > 0) {
		t->woken = true;
		woken = clock_sleep(GRACE);
	}
	t->pause = t->pause * 3 / 2 < PAUSE_MAX ? t->pause * 3 / 2 : PAUSE_MAX;
	return woken;
}

/* The deadline has passed: says what is missing. */
static int too_late(struct wire *w, struct arena *a, const struct order *o)
{
	if (text_is(o->status, "pending"))
		order_explain(w, a, o);
	fail(a, "the order is still %s", o->status);
	remedy(a, "the CA is slow; try again later");
	arena_error(a)->transient = true;
	return -1;
}

int order_poll(struct wire *w, struct arena *a, struct order *o, const char *want, int64_t deadline,
    int (*wake)(void *ctx, int64_t ms), void *ctx)
{
	bool issued = text_is(want, "valid");
	/* Nobody knocks at our door while a certificate is made. */
	struct waiting t = {
		.pause = issued ? FIRST_VALID : FIRST_READY,
		.deadline = deadline,
		.wake = issued ? NULL : wake,
		.ctx = ctx,
	};
	int trouble = 0;

	doing(a, issued ? "waiting for the certificate" : "waiting for the validation");
	for (int n = 1;; n++) {
		int there = arrived(w, a, o, issued);
		if (there != 0)
			return there > 0 ? 0 : -1;
		if (n > 1 && clock_ms() >= deadline)
			return too_late(w, a, o);
		if (n > 1)
			progress("Waiting for the CA: %s, %d", o->status, n);
		if (wait_turn(&t, n) < 0)
			return fail(a, "told to end");
		if (order_read(w, a, o, &t.retry_after) == 0) {
			trouble = 0;
		} else {
			if (arena_error(a)->http < 500 || ++trouble > TROUBLE_MAX)
				return -1;
			debug(1, "%s; going on", error_text(a));
			error_clear(a);
		}
	}
}

/* --- finalize --- */

int order_finalize(struct wire *w, struct arena *a, struct order *o, struct der csr)
{
	struct post post = { .url = o->finalize };
	const cJSON *j = NULL;

	doing(a, "finalizing the order");
	if (!o->finalize)
		return fail(a, "the order has no finalize address");
	struct arena *before = arena_use(a);
	post.payload = json_text(a, json(js("csr", b64url_encode(a, csr.p, csr.n))));
	arena_use(before);
	for (int tries = 1; !(j = wire_post_json(w, a, &post, NULL)); tries++) {
		/* No reply at all: has the CA got it? */
		if (arena_error(a)->http != 0 || tries == 2 || clock_interrupted())
			return -1;
		debug(1, "%s; reading the order", error_text(a));
		error_clear(a);
		if (order_read(w, a, o, NULL) != 0)
			return -1;
		if (!text_is(o->status, "ready"))
			break;
	}
	if (j && read_order(w, a, j, o->url ? o->url : o->finalize, o) != 0)
		return -1;
	return arrived(w, a, o, true) < 0 ? -1 : 0;
}
