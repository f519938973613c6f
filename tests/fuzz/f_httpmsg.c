/* A reply as a server may send it: head, Link fields, body; the same whole as byte by byte. The
 * first byte chooses the method. */
#include "httpmsg.h"

#include <assert.h>
#include <string.h>

#include "arena.h"
#include "error.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

enum { BODY_MAX = 4096 };

struct result {
	long head;
	int status, body; /* -1 refused, 0 not at its end, 1 whole */
	size_t left;
	struct buf content;
};

static void read_body(struct arena *a, struct result *r, const char *method,
    const struct headers *h, const char *p, size_t n, size_t step)
{
	struct httpbody b;
	r->content = buf_new(a, BODY_MAX);
	r->body = httpbody_begin(a, &b, method, r->status, h);
	while (r->body == 0 && n && !b.done) {
		/* An own object: overruns show. */
		size_t part = step < n ? step : n;
		long used = httpbody_take(a, &b, arena_dup(a, p, part), part, &r->content);
		assert(used <= (long)part && (used > 0 || (used == 0 && b.done) || failed(a)));
		if (used < 0) {
			r->body = -1;
			return;
		}
		p += used;
		n -= (size_t)used;
	}
	if (r->body == 0)
		r->body = b.done || httpbody_end(a, &b) == 0;
	r->left = n;
	assert(r->content.len <= BODY_MAX);
}

static struct result read_reply(struct arena *a, const char *method, const char *p, size_t n,
    size_t step)
{
	struct result r = { 0 };
	struct headers h;
	for (size_t have = step < n ? step : n;; have = have + step < n ? have + step : n) {
		r.head = httpmsg_reply_head(a, arena_dup(a, p, have), have, &r.status, &h);
		assert(r.head <= (long)have);
		if (r.head || have == n)
			break;
	}
	if (r.head <= 0)
		return r;
	assert(r.status >= 100 && r.status <= 999);
	for (size_t i = 0; i < h.n; i++)
		assert(*h.v[i].name && !strpbrk(h.v[i].name, " :\r\n") &&
		    !strpbrk(h.v[i].value, "\r\n"));
	for (size_t i = 0; header_link(a, &h, "next", i); i++)
		assert(i < n);
	header_type_is(&h, "application/json");
	read_body(a, &r, method, &h, p + r.head, n - (size_t)r.head, step);
	return r;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	if (!size || size > 3000)
		return 0;
	static const char *const methods[] = { "GET", "HEAD", "POST", "CONNECT" };
	const char *method = methods[data[0] % 4], *p = (const char *)data + 1;
	struct arena *a = arena_new(), *b = arena_new();
	struct result whole = read_reply(a, method, p, size - 1, size);
	struct result bytes = read_reply(b, method, p, size - 1, 1);
	assert(whole.head == bytes.head && whole.body == bytes.body);
	if (whole.head > 0 && whole.body >= 0)
		assert(whole.left == bytes.left && whole.content.len == bytes.content.len);
	assert((whole.head < 0 || whole.body < 0) <= failed(a));
	struct headers h;
	const char *target;
	long used = httpmsg_request_head(b, p, size - 1, &method, &target, &h);
	assert(used < (long)size && (used <= 0 || (*method && *target)));
	arena_drop(a);
	arena_drop(b);
	return 0;
}
