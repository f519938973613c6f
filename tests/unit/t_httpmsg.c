/* HTTP messages: heads, Link, where bodies end; good ones and hostile ones, whole and byte by byte. */
#include "tap.h"

#include "told.h"
#include "arena.h"
#include "error.h"
#include "httpmsg.h"

static struct arena *a;

static const struct {
	const char *in;
	int status;
	long used;
	const char *error;
} heads[] = {
	{ "", 0, 0, NULL },
	{ "H", 0, 0, NULL },
	{ "HTTP/1.1 200 OK\r\n", 0, 0, NULL },
	{ "HTTP/1.1 200 OK\r\nA: b\r\n", 0, 0, NULL },
	{ "HTTP/1.1 200 OK\r\n\r\nrest", 200, 19, NULL },
	{ "HTTP/1.1 200\r\n\r\n", 200, 16, NULL },
	{ "HTTP/1.0 404 Not Found\nA: b\n\n", 404, 29, NULL },
	{ "HTTP/1.1 599 \r\nA:b\r\nA : c\r\n\r\n", 0, -1, "malformed header line" },
	{ "SSH-2.0-OpenSSH_9.2p1\r\n", 0, -1, "no HTTP reply but \"SSH-2.0-OpenSSH_9.2p1\"" },
	{ "\x15\x03\x01\x00\x02\x02\x46", 0, -1, "speaks TLS on this port" },
	{ "HTTQ", 0, -1, "no HTTP reply" },
	{ "<html>", 0, -1, "no HTTP reply but \"<html>\"" },
	{ "\x1b[31m\n", 0, -1, "no HTTP reply but \"?[31m\"" },
	{ "HTTP/1.1\r\n\r\n", 0, -1, "malformed HTTP status line" },
	{ "HTTP/1.1 20 OK\r\n\r\n", 0, -1, "malformed HTTP status line" },
	{ "HTTP/1.1 2000 OK\r\n\r\n", 0, -1, "malformed HTTP status line" },
	{ "HTTP/1.1 099 OK\r\n\r\n", 0, -1, "malformed HTTP status line" },
	{ "HTTP/1.1  200 OK\r\n\r\n", 0, -1, "malformed HTTP status line" },
	{ "HTTP/1.x 200 OK\r\n\r\n", 0, -1, "malformed HTTP status line" },
	{ "HTTP/2.0 200 OK\r\n\r\n", 0, -1, "version of HTTP that was not asked for" },
	{ "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", 0, -1, "malformed header line: \"no colon\"" },
	{ "HTTP/1.1 200 OK\r\n: v\r\n\r\n", 0, -1, "malformed header line" },
	{ "HTTP/1.1 200 OK\r\n cont\r\n\r\n", 0, -1, "malformed header line" },
	{ "HTTP/1.1 200 OK\r\nA: x\ry\r\n\r\n", 0, -1, "control character" },
};

static void reply_heads(void)
{
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
		struct arena *own = arena_new();
		struct headers h;
		int status = 0;
		is_int(httpmsg_reply_head(own, heads[i].in, strlen(heads[i].in), &status, &h),
		    heads[i].used, "a reply's head");
		if (heads[i].used > 0)
			is_int(status, heads[i].status);
		ok(heads[i].error ? told(own, heads[i].error) : !failed(own), "and its error");
		arena_drop(own);
	}
	struct headers h;
	int status;
	static const char reason[] = "HTTP/1.1 401 no such token 'a' \r\n\r\n";
	is_int(httpmsg_reply_head(a, reason, sizeof reason - 1, &status, &h), sizeof reason - 1);
	is_str(h.reason, "no such token 'a'", "a reason of the server's own");
	is_int(httpmsg_reply_head(a, "HTTP/1.1 200\r\n\r\n", 16, &status, &h), 16);
	is_str(h.reason, NULL, "none");
	static const char nul[] = "HTTP/1.1 200 OK\r\nA: x\0y\r\n\r\n";
	is_int(httpmsg_reply_head(a, nul, sizeof nul - 1, &status, &h), -1, "no NUL in a header");
	error_clear(a);
	static const char fields[] = "HTTP/1.1 200 OK\r\nA:  b \t\r\nx-y:\r\na: c\r\n  folded\t\r\n"
	                             "Content-Type: application/json; charset=utf-8\r\n\r\n";
	is_int(httpmsg_reply_head(a, fields, sizeof fields - 1, &status, &h), sizeof fields - 1);
	is_int(h.n, 4);
	is_str(h.reason, "OK", "what stands behind the status");
	is_str(header_get(&h, "a"), "b", "blanks around a value are dropped");
	is_str(header_nth(&h, "A", 1), "c folded", "a folded line goes on");
	is_str(header_nth(&h, "A", 2), NULL);
	is_str(header_get(&h, "X-Y"), "");
	ok(header_type_is(&h, "application/JSON"), "media type without its parameters");
	ok(!header_type_is(&h, "application/js"), "a part of it is not it");
	ok(!header_type_is(&(struct headers){ 0 }, "x/y"), "no type");
}

static void head_ceilings(void)
{
	static char big[HTTP_HEAD_MAX + 100];
	struct headers h;
	int status;
	memset(big, 'a', sizeof big);
	memcpy(big, "HTTP/1.1 200 OK\r\nX: ", 20);
	is_int(httpmsg_reply_head(a, big, HTTP_HEAD_MAX - 1, &status, &h), 0, "a long header line");
	is_int(httpmsg_reply_head(a, big, HTTP_HEAD_MAX, &status, &h), -1, "one that is too long");
	ok(told(a, "header block of more than 32 KiB"), "is told");
	error_clear(a);
	size_t n = 17;
	while (n < sizeof big - 8)
		memcpy(big + n, "A: b\r\n", 6), n += 6;
	memcpy(big + 17 + 6 * 257, "\r\n", 2);
	is_int(httpmsg_reply_head(a, big, sizeof big, &status, &h), -1, "257 header lines");
	ok(told(a, "more than 256 header lines"), "are told");
	error_clear(a);
	memcpy(big + 17 + 6 * 256, "\r\n", 2);
	ok(httpmsg_reply_head(a, big, sizeof big, &status, &h) > 0 && h.n == 256, "256 are fine");
}

static void request_heads(void)
{
	static const struct {
		const char *in, *method, *target;
		long used;
	} cases[] = {
		{ "GET / HTTP/1.1\r\nHost: h\r\n\r\nx", "GET", "/", 27 },
		{ "HEAD /a?b HTTP/1.0\n\n", "HEAD", "/a?b", 20 },
		{ "GET / HTTP/1.1\r\n", NULL, NULL, 0 },
		{ "GET /\r\n\r\n", NULL, NULL, -1 },
		{ "GET  / HTTP/1.1\r\n\r\n", NULL, NULL, -1 },
		{ "GET / HTTP/2.0\r\n\r\n", NULL, NULL, -1 },
		{ "GET / HTTP/1.1 \r\n\r\n", NULL, NULL, -1 },
		{ "GET /a b HTTP/1.1\r\n\r\n", NULL, NULL, -1 },
		{ " / HTTP/1.1\r\n\r\n", NULL, NULL, -1 },
		{ "GET\r\n\r\n", NULL, NULL, -1 },
		{ "\r\n\r\n", NULL, NULL, -1 },
		{ "G@T / HTTP/1.1\r\n\r\n", NULL, NULL, -1 },
		{ "GET /\x01 HTTP/1.1\r\n\r\n", NULL, NULL, -1 },
		{ "GET / HTTP/1.1\r\nbad\r\n\r\n", NULL, NULL, -1 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *method = NULL, *target = NULL;
		struct headers h;
		long used =
		    httpmsg_request_head(a, cases[i].in, strlen(cases[i].in), &method, &target, &h);
		is_int(used, cases[i].used, "a request's head");
		if (used > 0) {
			is_str(method, cases[i].method);
			is_str(target, cases[i].target);
		}
		error_clear(a);
	}
}

static void links(void)
{
	struct headers h = { 0 };
	header_add(a, &h, "Link",
	    "<https://a/dir>;rel=\"index\", <u2> ; title=\"a, <b>; rel=up\" ; rel=up");
	header_add(a, &h, "X", "<no>;rel=up");
	header_add(a, &h, "link", "<u3>;rel=\"alternate\",<u4>;rel=\"next  Alternate\";rel=up");
	header_add(a, &h, "Link", "<u5>;rel*=x;REL=\"al\\ternate\"");
	header_add(a, &h, "Link", "rubbish, < u6 >; rel = alternate");
	header_add(a, &h, "Link", "<open;rel=up");
	header_add(a, &h, "Link", "<u7>;rel=\"up");
	static const struct {
		const char *rel;
		size_t n;
		const char *target;
	} cases[] = {
		{ "index", 0, "https://a/dir" },
		{ "index", 1, NULL },
		{ "up", 0, "u2" },
		{ "up", 1, "u7" },
		{ "up", 2, NULL },
		{ "alternate", 0, "u3" },
		{ "alternate", 1, "u4" },
		{ "alternate", 2, "u5" },
		{ "alternate", 3, "u6" },
		{ "alternate", 4, NULL },
		{ "next", 0, "u4" },
		{ "none", 0, NULL },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		is_str(header_link(a, &h, cases[i].rel, cases[i].n), cases[i].target);
	struct header fixed[3] = { { "A", "1" }, { "B", "2" }, { "C", "3" } };
	struct headers list = { .v = fixed, .n = 3 };
	header_add(a, &list, "D", "4");
	ok(list.n == 4 && list.v != fixed && header_get(&list, "A"),
	    "an array of others is copied");
}

/* headers: "Name: value" lines; the error of the begin, the body and the end in turn. */
struct body {
	const char *what, *method;
	int status;
	const char *headers, *in, *out, *error;
	long left; /* bytes behind the body */
};

static const struct body bodies[] = {
	{ "a length", "GET", 200, "Content-Length: 5\n", "helloX", "hello", NULL, 1 },
	{ "a length of 0", "GET", 200, "Content-Length: 0\n", "X", "", NULL, 1 },
	{ "two equal lengths", "GET", 200, "Content-Length: 2, 2\nContent-Length: 2\n", "hi", "hi",
	    NULL, 0 },
	{ "two lengths", "GET", 200, "Content-Length: 2\nContent-Length: 3\n", "hi", NULL,
	    "two lengths for one body (2 and 3)", 0 },
	{ "two lengths in one", "GET", 200, "Content-Length: 2,3\n", "hi", NULL, "two lengths", 0 },
	{ "no length", "GET", 200, "Content-Length: \n", "", NULL, "which is no length", 0 },
	{ "a signed length", "GET", 200, "Content-Length: +5\n", "hello", NULL,
	    "which is no length", 0 },
	{ "a negative length", "GET", 200, "Content-Length: -1\n", "", NULL, "which is no length",
	    0 },
	{ "a hexadecimal length", "GET", 200, "Content-Length: 0x5\n", "", NULL,
	    "which is no length", 0 },
	{ "a length over 64 bits", "GET", 200, "Content-Length: 18446744073709551617\n", "", NULL,
	    "which is no length", 0 },
	{ "a length over the ceiling", "GET", 200, "Content-Length: 9223372036854775807\n", "x",
	    NULL, "more than 64 bytes", 0 },
	{ "too short", "GET", 200, "Content-Length: 20\n", "0123456789", NULL,
	    "closed the connection after 10 of 20 bytes", 0 },
	{ "HEAD", "HEAD", 200, "Content-Length: 5\n", "X", "", NULL, 1 },
	{ "204", "GET", 204, "Content-Length: 5\n", "X", "", NULL, 1 },
	{ "304", "GET", 304, "Transfer-Encoding: chunked\n", "X", "", NULL, 1 },
	{ "CONNECT", "CONNECT", 200, "Content-Length: 5\n", "X", "", NULL, 1 },
	{ "CONNECT refused", "CONNECT", 403, "Content-Length: 1\n", "X", "X", NULL, 0 },
	{ "until the end", "GET", 200, "", "all of it", "all of it", NULL, 0 },
	{ "until the end, too much", "GET", 200, "",
	    "0123456789012345678901234567890123456789012345678901234567890123456789", NULL,
	    "more than 64 bytes", 0 },
	{ "chunks", "GET", 200, "Transfer-Encoding: chunked\n",
	    "5\r\nhello\r\n1;a=\"b\" \r\n \r\n00A \n0123456789\n0\r\n\r\nX", "hello 0123456789",
	    NULL, 1 },
	{ "chunks with a trailer", "GET", 200,
	    "Transfer-Encoding: identity, Chunked\nContent-Length: 3\n",
	    "1\r\nx\r\n0\r\nA: b\r\nC:\r\n\r\n", "x", NULL, 0 },
	{ "no chunk size", "GET", 200, "Transfer-Encoding: chunked\n", "\r\n", NULL,
	    "malformed chunk", 0 },
	{ "a chunk size that is none", "GET", 200, "Transfer-Encoding: chunked\n", "xyz\r\n", NULL,
	    "malformed chunk (byte 0x78)", 0 },
	{ "a negative chunk size", "GET", 200, "Transfer-Encoding: chunked\n", "-1\r\n", NULL,
	    "malformed chunk", 0 },
	{ "a chunk size with a prefix", "GET", 200, "Transfer-Encoding: chunked\n", "0x5\r\nhello",
	    NULL, "malformed chunk", 0 },
	{ "a chunk size that overflows", "GET", 200, "Transfer-Encoding: chunked\n",
	    "10000000000000005\r\nhello\r\n0\r\n\r\n", NULL, "out of all bounds", 0 },
	{ "a chunk size over the ceiling", "GET", 200, "Transfer-Encoding: chunked\n",
	    "7fffffffffffffff\r\nhello", NULL, "more than 64 bytes", 0 },
	{ "chunks over the ceiling", "GET", 200, "Transfer-Encoding: chunked\n",
	    "20\r\n01234567890123456789012345678901\r\n21\r\n0", NULL, "more than 64 bytes", 0 },
	{ "a chunk that is longer than told", "GET", 200, "Transfer-Encoding: chunked\n",
	    "2\r\nabc\r\n0\r\n\r\n", NULL, "malformed chunk", 0 },
	{ "chunks without an end", "GET", 200, "Transfer-Encoding: chunked\n", "2\r\nab\r\n", NULL,
	    "in the middle of its reply, after 2 bytes", 0 },
	{ "a trailer without an end", "GET", 200, "Transfer-Encoding: chunked\n", "0\r\nA: b\r\n",
	    NULL, "in the middle of its reply", 0 },
	{ "gzip", "GET", 200, "Transfer-Encoding: gzip, chunked\n", "", NULL, "was not asked for",
	    0 },
	{ "chunked twice", "GET", 200, "Transfer-Encoding: chunked\nTransfer-Encoding: chunked\n",
	    "", NULL, "was not asked for", 0 },
};

/* step: bytes handed over at a time. */
static long run_body(struct arena *own, const struct body *c, size_t step, struct buf *out)
{
	struct headers h = { 0 };
	struct httpbody b;
	for (const char *p = c->headers; *p; p += strcspn(p, "\n") + 1) {
		size_t name = strcspn(p, ":");
		header_add(own, &h, arena_strn(own, p, name),
		    arena_strn(own, p + name + 2, strcspn(p + name + 2, "\n")));
	}
	if (httpbody_begin(own, &b, c->method, c->status, &h) < 0)
		return -1;
	size_t n = strlen(c->in), used = 0;
	while (used < n && !b.done) {
		size_t part = step < n - used ? step : n - used;
		long took = httpbody_take(own, &b, c->in + used, part, out);
		if (took < 0)
			return -1;
		used += (size_t)took;
	}
	return !b.done && httpbody_end(own, &b) < 0 ? -1 : (long)(n - used);
}

static void all_bodies(size_t step)
{
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		const struct body *c = &bodies[i];
		struct arena *own = arena_new();
		struct buf out = buf_new(own, 64);
		long left = run_body(own, c, step, &out);
		if (c->error)
			ok(left < 0 && told(own, c->error), "a body is refused");
		else
			ok(left == c->left && strcmp(buf_text(&out), c->out) == 0,
			    "a body is read");
		if (c->error ? left >= 0 : left != c->left)
			printf("# case: %s\n", c->what);
		arena_drop(own);
	}
}

static void wrapping(void)
{
	struct headers h = { 0 };
	struct httpbody b;
	struct buf out = buf_new(a, 1 << 20);
	header_add(a, &h, "Transfer-Encoding", "chunked");
	httpbody_begin(a, &b, "GET", 200, &h);
	long n = httpbody_take(a, &b, "0\r\nA:", 5, &out);
	for (int i = 0; n > 0 && i < 100000; i++)
		n = httpbody_take(a, &b, "a", 1, &out);
	ok(n < 0 && told(a, "more wrapping than content"), "a trailer has its ceiling");
	error_clear(a);
}

int main(void)
{
	a = arena_new();
	reply_heads();
	head_ceilings();
	request_heads();
	links();
	all_bodies(1);
	all_bodies(7);
	all_bodies(1000);
	wrapping();
	arena_drop(a);
	return done();
}
