/* ACME Renewal Information (RFC 9773): when the CA would like a certificate renewed. */
#include "ari.h"

#include <string.h>

#include "clock.h"
#include "error.h"
#include "problem.h"
#include "rand.h"

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

/* No certificate that is alive was issued before 2001: zero times of careless CAs (0001-01-01,
 * 1970-01-01) are no windows. */
static const int64_t earliest = 978307200;

static int read_window(struct arena *a, const cJSON *j, const struct cert *c, struct ari *out)
{
	const char *start = json_str(j, "suggestedWindow/start");
	const char *end = json_str(j, "suggestedWindow/end");
	int64_t from, to;
	const char *fault = NULL;

	if (!start || !end)
		return fail(a, "the CA sent no suggested window");
	if (clock_parse_rfc3339(start, &from) != 0 || clock_parse_rfc3339(end, &to) != 0)
		fault = "cannot be read";
	else if (to <= from)
		fault = "ends before it begins";
	else if (from < earliest)
		fault = "lies before any certificate";
	else if (from >= c->not_after)
		fault = "begins when the certificate has ended";
	if (fault)
		return fail(a, "the suggested window from %s to %s %s", text_safe(a, start, 40),
		    text_safe(a, end, 40), fault);
	out->start = from;
	out->end = to < c->not_after ? to : c->not_after;
	return 0;
}

int ari_fetch(struct wire *w, struct arena *a, const struct cert *c, struct ari *out)
{
	struct response res;
	const char *id, *base = w->dir.renewal_info, *page;
	const cJSON *j;

	*out = (struct ari){ .retry_after = 6 * HOUR };
	doing(a, "asking when to renew %s", c->names.n ? c->names.v[0] : c->serial_hex);
	if (!base)
		return fail(a, "this CA does not tell (no renewalInfo in its directory)");
	if (!(id = cert_ari_id(a, c)))
		return fail(a, "the certificate does not name its issuer's key");
	if (wire_plain_get(w, a, fmt(a, "%s%s%s", base, text_ends(base, "/") ? "" : "/", id),
	        &res) != 0)
		return -1;
	/* A refusal will not change soon (RFC 9773 4.3.3). */
	out->retry_after = clock_retry_after(header_get(&res.headers, "Retry-After"),
	    res.status / 100 == 4 ? DAY : 6 * HOUR, MINUTE, DAY);
	if (res.status / 100 != 2)
		return problem_reply(a, &res);
	j = res.body ? json_parse(a, res.body, res.body_len) : NULL;
	error_clear(a);
	page = json_str(j, "explanationURL");
	if (text_starts_ci(page ? page : "", "http"))
		out->explanation = text_safe(a, page, 300);
	return read_window(a, j, c, out);
}

int64_t ari_draw(const struct ari *ari)
{
	if (ari->end <= ari->start)
		return ari->start;
	return ari->start + (int64_t)rand_below((uint64_t)(ari->end - ari->start));
}
