/* Authorizations and their challenges (RFC 8555 7.1.4, 7.5, section 8). */
#include "order.h"

#include <string.h>

#include "error.h"
#include "log.h"
#include "problem.h"

enum { OFFERS_MAX = 64, EXPLAIN_MAX = 32 * 1024 };

static const char *const statuses[] = { "pending", "valid", "invalid", "deactivated", "expired",
	"revoked", NULL };

/* Challenges that are answered with their token. */
static const char *const with_token[] = { "dns-01", "dns-account-01", "http-01", "tls-alpn-01",
	NULL };

static bool is_in(const char *const *list, const char *word)
{
	while (*list && !text_is(*list, word))
		list++;
	return *list != NULL;
}

/* 0, or -1 when the challenge is one that must not be answered. An offer without type or URL is
 * left out. */
static int read_offer(struct wire *w, struct arena *a, const cJSON *j, const char *base,
    struct authz *out)
{
	struct challenge_offer *offer = &out->offers[out->n_offers];
	const char *url = json_str(j, "url");
	const char *token = json_str(j, "token");

	*offer = (struct challenge_offer){ .type = json_str(j, "type"), .json = j };
	offer->status = json_str(j, "status") ? json_str(j, "status") : "pending";
	if (!offer->type || !url)
		return 0;
	if (!(offer->url = wire_url(w, a, base, url)))
		return -1;
	/* A token becomes part of a path and of a reply: nothing but ACME's alphabet (8.3). */
	if (text_is(out->status, "pending") && is_in(with_token, offer->type) &&
	    !text_is_token(token))
		return fail(a, "the CA sent a %s challenge %s%s", offer->type,
		    token ? "with a token that is none: " : "without token",
		    token ? text_safe(a, token, 80) : "");
	offer->token = token && text_is_token(token) ? token : NULL;
	out->n_offers++;
	return 0;
}

int authz_read(struct wire *w, struct arena *a, const char *url, struct authz *out)
{
	const char *name, *fault;
	const cJSON *item, *j;

	*out = (struct authz){ .url = url };
	doing(a, "reading an authorization");
	if (!(j = wire_get(w, a, url, NULL)))
		return -1;
	name = json_str(j, "identifier/value");
	fault = name ? text_bad_name(name) : "is missing";
	if (fault)
		return fail(a, "the authorization's name %s%s%s", text_safe(a, name, 80),
		    name ? " " : "", fault);
	out->is_ip = text_is(json_str(j, "identifier/type"), "ip");
	/* The CA sends a wildcard's name without its "*." (7.1.4). */
	out->name =
	    json_is_true(j, "wildcard") && !text_starts(name, "*.") ? fmt(a, "*.%s", name) : name;
	doing(a, "authorization of %s", out->name);
	out->status = json_str(j, "status");
	if (!is_in(statuses, out->status))
		return fail(a, "%s%s", out->status ? "unknown status " : "no status",
		    out->status ? text_safe(a, out->status, 40) : "");
	out->offers = arena_alloc(a, OFFERS_MAX * sizeof *out->offers);
	for (item = json_get(j, "challenges/0"); item; item = item->next)
		if (out->n_offers < OFFERS_MAX && read_offer(w, a, item, url, out) != 0)
			return -1;
	return 0;
}

int authz_deactivate(struct wire *w, struct arena *a, const char *url)
{
	doing(a, "deactivating an authorization");
	return wire_post(w, a,
	    &(struct post){ .url = url, .payload = "{\"status\":\"deactivated\"}" }, NULL);
}

int challenge_answer(struct wire *w, struct arena *a, const char *url)
{
	doing(a, "answering a challenge");
	return wire_post(w, a, &(struct post){ .url = url, .payload = "{}" }, NULL);
}

/* --- what went wrong --- */

struct findings {
	struct buf lines;   /* a line for each name */
	const cJSON *first; /* problem found first */
	const char *name;   /* whose it is */
	size_t bad;         /* names with a problem */
};

/* An authorization that is not valid: each challenge that has an error, else its status. */
static void inspect(struct findings *f, const struct authz *z)
{
	bool told = false;

	for (size_t i = 0; i < z->n_offers; i++) {
		const cJSON *problem = json_get(z->offers[i].json, "error");
		if (!cJSON_IsObject(problem))
			continue;
		problem_lines(&f->lines, z->name, problem);
		told = true;
		if (!f->first) {
			f->first = problem;
			f->name = z->name;
		}
	}
	f->bad += told;
	if (!told)
		buf_fmt(&f->lines, "%s%s: %s", f->lines.len ? "\n" : "", z->name, z->status);
}

int order_explain(struct wire *w, struct arena *a, const struct order *o)
{
	struct findings f = { .lines = buf_new(a, EXPLAIN_MAX) };
	struct error *e = arena_error(a);

	for (size_t i = 0; i < o->authz_urls.n; i++) {
		struct authz z;
		if (authz_read(w, a, o->authz_urls.v[i], &z) == 0) {
			if (!text_is(z.status, "valid"))
				inspect(&f, &z);
			continue;
		}
		debug(1, "%s", error_text(a));
		bool reached = e->http != 0;
		error_clear(a);
		if (!reached)
			break;
	}
	doing(a, "validation%s%s", f.bad == 1 ? " of " : "", f.bad == 1 ? f.name : "");
	if (f.first) {
		problem_fail(a, f.first, 0);
		if (f.bad > 1)
			e->what = fmt(a, "%zu names failed, the first of them %s: %s", f.bad,
			    f.name, e->what);
	} else if (o->error) {
		problem_fail(a, o->error, 0);
	} else if (text_is(o->status, "invalid")) {
		fail(a, "the order has become invalid, and the CA does not say why");
	} else {
		fail(a, "the order is still %s", o->status);
	}
	if (f.lines.len)
		e->names = buf_text(&f.lines);
	return -1;
}
