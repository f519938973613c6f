/* What the tests of orders have in common: an order's and an authorization's texts, and a bell that tells
 * how long a poll waited. */
#ifndef FAKEORDER_H
#define FAKEORDER_H

#include <stdio.h>

#include "fakeca.h"
#include "order.h"

#define NEW "POST /new-order"
#define ORDER "POST /order/1"
#define AT "Location: " CA "/order/1\n"
#define BODY(status) \
	"{\"status\":\"" status "\",\"authorizations\":[\"" CA "/authz/1\",\"" CA "/authz/2\"]," \
	"\"finalize\":\"" CA "/finalize/1\",\"expires\":\"2026-12-01T00:00:00Z\"}"

#define CHALLENGE(type, token) \
	"{\"type\":\"" type "\",\"url\":\"" CA "/c/" type "\",\"token\":\"" token "\"," \
	"\"status\":\"pending\"}"
#define AUTHZ(status, more) \
	"{\"status\":\"" status "\",\"identifier\":{\"type\":\"dns\",\"value\":\"a.test\"}" more "}"

#define POLL(status, headers) \
	{ \
		ORDER, 200, headers, "{\"status\":\"" status "\"}" \
	}
#define LATER "Retry-After: 3\n"

static struct {
	int answers[4];
	long long asked[4];
	int n;
} bell;

static inline int ring(void *ctx, int64_t ms)
{
	(void)ctx;
	bell.asked[bell.n] = ms;
	return bell.answers[bell.n++];
}

static inline struct strs names(struct arena *a, const char *list)
{
	return text_split(a, list, ",");
}

#endif
