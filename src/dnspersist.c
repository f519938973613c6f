/* dns-persist-01: the record's text, and a look whether it is there before the CA looks. */
#include "dnspersist.h"

#include <string.h>

#include "arena.h"
#include "buf.h"
#include "clock.h"
#include "dns01_state.h"
#include "dnszone.h"
#include "error.h"
#include "json.h"
#include "log.h"
#include "text.h"

enum { ISSUERS_MAX = 10 };

const char *dnspersist_name(struct arena *a, const char *name)
{
	return fmt(a, "_validation-persist.%s", text_starts(name, "*.") ? name + 2 : name);
}

const char *dnspersist_value(struct arena *a, const struct dnspersist *p)
{
	struct buf b = buf_new(a, 0);

	buf_fmt(&b, "%s; accounturi=%s", p->issuer, p->account);
	if (p->wildcard)
		buf_str(&b, "; policy=wildcard");
	if (p->until)
		buf_fmt(&b, "; persistUntil=%lld", (long long)p->until);
	return buf_text(&b);
}

bool dnspersist_allows(struct arena *a, const char *text, const struct dnspersist *p, int64_t now)
{
	const struct strs parts = text_split(a, text, ";");
	bool account = false, wildcard = false;
	long long until = INT64_MAX;

	if (!parts.n || !text_is_ci(parts.v[0], p->issuer))
		return false;
	for (size_t i = 1; i < parts.n; i++) {
		const char *value = strchr(parts.v[i], '=');
		if (!value)
			return false;
		const char *tag =
		    text_trim(a, arena_strn(a, parts.v[i], (size_t)(value - parts.v[i])));
		value = text_trim(a, value + 1);

		if (text_is_ci(tag, "accounturi"))
			account = text_is(value, p->account);
		else if (text_is_ci(tag, "policy"))
			wildcard = text_is_ci(value, "wildcard");
		else if (text_is_ci(tag, "persistUntil") &&
		    text_number(value, 0, INT64_MAX, &until))
			return false;
	}
	return account && (wildcard || !p->wildcard) && until > now;
}

static int ready(struct solving *s, struct task *t)
{
	(void)s;
	debug(1, "%s: dns-persist-01 is experimental: the draft still changes", t->name);
	return 0;
}

/* What the CA says about itself must make sense, and be about our account. */
static int present(struct solving *s, struct task *t)
{
	const cJSON *issuers = json_get(t->offer->json, "issuer-domain-names");
	const char *account = json_str(t->offer->json, "accounturi");
	const size_t n = json_count(issuers, "");

	if (n < 1 || n > ISSUERS_MAX)
		return fail(s->mem,
		    "%s: the CA's dns-persist-01 challenge names no issuer, or too many", t->name);
	for (const cJSON *item = issuers->child; item; item = item->next)
		if (!cJSON_IsString(item) || text_bad_name(item->valuestring))
			return fail(s->mem,
			    "%s: the CA's dns-persist-01 challenge names an odd issuer", t->name);
	if (account && !text_is(account, s->account_url))
		return fail(s->mem,
		    "%s: the CA's dns-persist-01 challenge is for another account, %s", t->name,
		    text_safe(s->mem, account, 200));
	return 0;
}

static bool is_there(const struct solving *s, const struct task *t, const struct dns_records *list)
{
	const cJSON *issuers = json_get(t->offer->json, "issuer-domain-names");
	struct dnspersist p = { .account = s->account_url, .wildcard = text_starts(t->name, "*.") };

	for (const cJSON *item = issuers->child; item; item = item->next)
		for (size_t i = 0; i < list->n; i++) {
			p.issuer = item->valuestring;
			if (list->v[i].type == DNS_TXT &&
			    dnspersist_allows(s->mem, list->v[i].text, &p, clock_now()))
				return true;
		}
	return false;
}

/* The CA has the last word: it may take a record of a name above. */
static void look(struct solving *s, struct dns01 *d, const struct task *t)
{
	const struct dns_question q = { .name = dnspersist_name(s->mem, t->name), .type = DNS_TXT };
	const struct dnspersist p = { json_str(t->offer->json, "issuer-domain-names/0"),
		s->account_url, text_starts(t->name, "*."), 0 };
	struct dns_zone zone;
	struct dns_reply reply;

	if (dnszone_find(&d->resolver, s->mem, q.name, &zone) ||
	    dnszone_ask(&d->resolver, s->mem, &zone, &q, &reply)) {
		debug(1, "%s", error_text(s->mem));
		error_clear(s->mem);
	} else if (!is_there(s, t, &reply.answer)) {
		warn("%s has no TXT record that allows this certificate. It should be: %s", q.name,
		    dnspersist_value(s->mem, &p));
	}
}

static int settle(struct solving *s, const struct solver *self)
{
	struct dns01 *d = s->spec->dns_sleep ? NULL : dns01_shared(s);

	for (size_t i = 0; d && i < s->n; i++)
		if (s->tasks[i].solver == self && s->tasks[i].presented)
			look(s, d, &s->tasks[i]);
	error_clear(s->mem);
	return 0;
}

static bool takes(const char *entry)
{
	return text_is(entry, "dns_persist");
}

const struct solver dns_persist_solver = {
	.type = "dns-persist-01",
	.option = "--dns-persist",
	.takes = takes,
	.ready = ready,
	.present = present,
	.settle = settle,
	.end = dns01_end,
};
