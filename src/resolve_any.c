/* Whoever can be asked about any name: --resolver, or resolv.conf's servers and then the public
 * resolvers over HTTPS in the JSON form that Google and Cloudflare made common. */
#include <resolv.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "clock.h"
#include "error.h"
#include "file.h"
#include "http.h"
#include "json.h"
#include "log.h"
#include "resolve.h"
#include "text.h"
#include "url.h"

enum {
	SERVER_MS = 5000, /* for each resolver */
	DOH_MS = 8000,
	DEAF_MS = 60 * 1000, /* who did not answer is not asked again before */
	CONF_MAX = 64 * 1024,
};

const struct doh doh_table[] = {
	{ "Cloudflare", "https://cloudflare-dns.com/dns-query" },
	{ "Google", "https://dns.google/resolve" },
	{ "Ali", "https://dns.alidns.com/resolve" },
	{ "DNSPod", "https://doh.pub/dns-query" },
};
const size_t doh_count = sizeof doh_table / sizeof *doh_table;

/* --- DNS over HTTPS --- */

/* A TXT value is told in quotes, perhaps in several pieces, or bare. */
static const char *unquote(struct arena *a, const char *s)
{
	char *text = arena_alloc(a, strlen(s) + 1), *out = text;
	bool inside = false;

	if (*s != '"')
		return arena_str(a, s);
	for (; *s; s++) {
		if (*s == '"')
			inside = !inside;
		else if (inside && *s == '\\' && s[1])
			*out++ = *++s;
		else if (inside)
			*out++ = *s;
	}
	return text;
}

static void read_list(struct arena *a, const cJSON *list, struct dns_records *out)
{
	const size_t n = json_count(list, "");

	*out = (struct dns_records){ arena_alloc(a, n * sizeof *out->v + 1), 0 };
	for (const cJSON *item = n ? list->child : NULL; item; item = item->next) {
		const char *name = json_str(item, "name"), *data = json_str(item, "data");
		const enum dns_type type = (enum dns_type)json_int(item, "type", 0);
		const bool names = type == DNS_NS || type == DNS_CNAME || type == DNS_SOA;

		if (!name || !data)
			continue;
		if (type == DNS_SOA)
			data = arena_strn(a, data, strcspn(data, " "));
		out->v[out->n++] = (struct dns_record){ .name = dns_name(a, name),
			.type = type,
			.text = type == DNS_TXT ? unquote(a, data)
			    : names             ? dns_name(a, data)
			                        : arena_str(a, data) };
	}
}

int resolve_doh_parse(struct arena *a, const char *text, size_t len, struct dns_reply *out)
{
	const cJSON *j = json_parse(a, text, len);
	const long long status = json_int(j, "Status", -1);

	*out = (struct dns_reply){ 0 };
	if (!j || status < 0 || status > 0xFFF)
		return fail(a, "sent something else than DNS in JSON");
	out->rcode = (int)status;
	read_list(a, json_get(j, "Answer"), &out->answer);
	read_list(a, json_get(j, "Authority"), &out->authority);
	return 0;
}

int resolve_doh(struct arena *a, struct http *h, const struct doh *d, const struct dns_question *q,
    struct dns_reply *out)
{
	struct request req = { .method = "GET", .total_ms = DOH_MS };
	struct response res = { 0 };
	struct error *e = arena_error(a);
	const struct error before = *e;

	at(a, "%s's DNS over HTTPS", d->name);
	doing(a, "question for %s", q->name);
	req.url = fmt(a, "%s?name=%s&type=%d%s", d->url, text_url_escape(a, q->name), (int)q->type,
	    q->unchecked ? "&cd=1" : "");
	header_add(a, &req.headers, "Accept", "application/dns-json");
	if (http_send(h, a, &req, &res))
		return -1;
	if (res.status != 200)
		return fail(a, "status %d", res.status);
	if (resolve_doh_parse(a, res.body, res.body_len, out))
		return -1;
	e->where = before.where;
	e->doing = before.doing;
	return 0;
}

/* --- any of them --- */

/* The nameserver lines of resolv.conf; without them the machine itself, as in resolver(5). */
static int system_servers(struct arena *a, struct resolver *r)
{
	bool missing;
	const char *text = file_try(a, _PATH_RESCONF, CONF_MAX, NULL, &missing);
	struct strs lines = text ? text_split(a, text, "\n") : (struct strs){ 0 };

	error_clear(a);
	for (size_t i = 0; i < lines.n && r->n < RESOLVERS_MAX; i++) {
		struct strs words = text_split(a, lines.v[i], " \t");

		if (words.n < 2 || !text_is(words.v[0], "nameserver"))
			continue;
		r->servers[r->n++] = (struct dns_server){ words.v[1], 53 };
	}
	if (!r->n)
		r->servers[r->n++] = (struct dns_server){ "127.0.0.1", 53 };
	return 0;
}

int resolver_open(struct arena *a, const char *given, struct http *http, struct resolver *out)
{
	const char *use = getenv("DOH_USE");
	long long n = 0;

	*out = (struct resolver){ .given = !text_empty(given), .http = http };
	if (!text_empty(use) && text_number(use, 1, (long long)doh_count, &n)) {
		fail(a, "DOH_USE '%s': Unknown DOH provider", text_safe(a, use, 40));
		return remedy(a, "1 is Cloudflare, 2 Google, 3 Ali, 4 DNSPod");
	}
	out->doh_use = (int)n;
	if (!out->given)
		return system_servers(a, out);
	out->n = 1;
	return dns_server_parse(a, given, &out->servers[0]);
}

/* Whether a reply says something about the name. */
static bool useful(const struct dns_reply *reply)
{
	return reply->rcode == DNS_NOERROR || reply->rcode == DNS_NXDOMAIN;
}

/* One who might answer: 1 a useful reply, 0 one that is of no use, -1 none. */
static int try_one(struct resolver *r, struct arena *a, const struct dns_server *s,
    const struct doh *d, const struct dns_question *q, struct dns_reply *out)
{
	struct error *e = arena_error(a);
	const struct error before = *e;

	*out = (struct dns_reply){ 0 };
	if (d ? resolve_doh(a, r->http, d, q, out)
	      : resolve(a, s, q, clock_ms() + SERVER_MS, out)) {
		debug(1, "%s", error_text(a));
		*e = before;
		return -1;
	}
	r->last = d ? d->name : dns_server_text(a, s);
	debug(2, "%s about %s, type %d: %s, %zu answers", r->last, q->name, (int)q->type,
	    dns_rcode_text(a, out->rcode), out->answer.n);
	return useful(out);
}

/* Where no resolver answers, the public ones' own names cannot be looked up, and trying takes long;
 * unless a proxy does that. */
static bool proxied(struct arena *a)
{
	struct url u, proxy;

	return url_parse(a, doh_table[0].url, &u) == 0 && http_proxy(a, &u, &proxy) > 0;
}

int resolver_ask_doh(struct resolver *r, struct arena *a, const struct dns_question *q,
    struct dns_reply *out)
{
	bool any = false;

	if (r->given || !r->http || (r->silent && !proxied(a)))
		return fail(a, "DNS over HTTPS is not asked");
	for (size_t i = 0; i < doh_count && !clock_interrupted(); i++) {
		struct dns_reply reply;

		if ((r->doh_use && r->doh_use != (int)i + 1) || clock_ms() < r->doh_deaf[i])
			continue;
		const int got = try_one(r, a, NULL, &doh_table[i], q, &reply);
		if (got < 0)
			r->doh_deaf[i] = clock_ms() + DEAF_MS;
		if (got >= 0 && (!any || got > 0))
			*out = reply;
		any |= got >= 0;
		if (got > 0)
			return 0;
	}
	return any ? 0 : fail(a, "no DNS over HTTPS can be reached");
}

int resolver_ask(struct resolver *r, struct arena *a, const struct dns_question *q,
    struct dns_reply *out)
{
	bool any = false;

	r->silent = false;
	for (size_t i = 0; i < r->n && !clock_interrupted(); i++) {
		struct dns_reply reply;

		if (clock_ms() < r->deaf[i])
			continue;
		const int got = try_one(r, a, &r->servers[i], NULL, q, &reply);
		if (got < 0)
			r->deaf[i] = clock_ms() + DEAF_MS;
		if (got >= 0 && (!any || got > 0))
			*out = reply;
		any |= got >= 0;
		if (got > 0)
			return 0;
	}
	if (any) /* what one resolver cannot tell, another one may not either */
		return 0;
	if (clock_interrupted())
		return fail(a, "interrupted");
	r->silent = true;
	if (r->given || !r->http || resolver_ask_doh(r, a, q, out)) {
		error_clear(a);
		return fail(a, "no DNS resolver answers");
	}
	r->silent = false;
	return 0;
}
