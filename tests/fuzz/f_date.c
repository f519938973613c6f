/* Dates and waits that a server tells: RFC 3339, the forms of HTTP, Retry-After. */
#include <assert.h>
#include <string.h>

#include "arena.h"
#include "clock.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena *a = arena_new();
	const char *s = arena_dup(a, data, size);
	/* A day less at each end: an offset may lead out of the years that can be written. */
	const int64_t first = clock_days(0, 1, 2) * 86400, last = clock_days(9999, 12, 31) * 86400;
	int64_t t, again;
	clock_fake = 1795293182;
	if (clock_parse_rfc3339(s, &t) == 0 && t > first && t < last)
		assert(!clock_parse_rfc3339(clock_rfc3339(a, t), &again) && again == t);
	if (clock_parse_http_date(s, &t) == 0 && t < last)
		assert(!clock_parse_http_date(clock_http_date(a, t), &again) && again == t);
	const int64_t wait = clock_retry_after(s, -1, 5, 600);
	assert(wait == -1 || (wait >= 5 && wait <= 600));
	arena_drop(a);
	return 0;
}
