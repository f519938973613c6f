/* Where the body of a reply ends (RFC 9112 6.3), and the chunked coding (RFC 9112 7.1). */
#include <limits.h>
#include <string.h>

#include "arena.h"
#include "buf.h"
#include "error.h"
#include "httpmsg.h"
#include "text.h"

/* Chunk lines with their extensions and the trailer fields together may not be longer than this
 * for each MiB of content or part of one. */
enum { LINES_MAX = 64 * 1024 };

/* States of reading chunks. */
enum { SIZE_FIRST, SIZE, EXTENSION, DATA, DATA_END, TRAILER, TRAILER_LINE };

static int bad_length(struct arena *a, const char *value)
{
	return fail(a, "sent the Content-Length \"%s\", which is no length",
	    text_safe(a, value, 60));
}

/* Content-Length, which may be repeated, in one field or several, as long as all say the same. */
static int read_length(struct arena *a, const struct headers *h, unsigned long long *out)
{
	const char *value;
	bool first = true;
	for (size_t i = 0; (value = header_nth(h, "Content-Length", i)); i++) {
		struct strs list = text_split(a, value, ",");
		if (!list.n)
			return bad_length(a, value);
		for (size_t k = 0; k < list.n; k++) {
			long long n;
			/* A digit first: no sign is a part of a length. */
			if (*list.v[k] < '0' || *list.v[k] > '9' ||
			    text_number(list.v[k], 0, LLONG_MAX, &n) < 0)
				return bad_length(a, value);
			if (!first && *out != (unsigned long long)n)
				return fail(a, "sent two lengths for one body (%llu and %lld)",
				    *out, n);
			*out = (unsigned long long)n;
			first = false;
		}
	}
	return first ? 0 : 1;
}

/* 1: the body is chunked, 0: it has no transfer coding, -1: one that we do not speak. */
static int read_coding(struct arena *a, const struct headers *h)
{
	const char *value;
	int chunked = 0;
	for (size_t i = 0; (value = header_nth(h, "Transfer-Encoding", i)); i++) {
		struct strs list = text_split(a, value, ",");
		for (size_t k = 0; k < list.n; k++) {
			bool is_chunked = text_is_ci(list.v[k], "chunked");
			if (chunked || (!is_chunked && !text_is_ci(list.v[k], "identity")))
				return fail(a,
				    "sent the Transfer-Encoding \"%s\", which was not asked for",
				    text_safe(a, value, 60));
			chunked = is_chunked;
		}
	}
	return chunked;
}

int httpbody_begin(struct arena *a, struct httpbody *b, const char *method, int status,
    const struct headers *h)
{
	*b = (struct httpbody){ .kind = BODY_NONE, .done = true };
	if (text_is(method, "HEAD") || status < 200 || status == 204 || status == 304 ||
	    (text_is(method, "CONNECT") && status < 300))
		return 0;
	int chunked = read_coding(a, h);
	int length = chunked == 0 ? read_length(a, h, &b->left) : 0;
	if (chunked < 0 || length < 0)
		return -1;
	b->kind = chunked ? BODY_CHUNKED : length ? BODY_LENGTH : BODY_CLOSE;
	b->done = b->kind == BODY_LENGTH && !b->left;
	return 0;
}

/* A length that passes the ceiling is refused before its bytes are waited for. */
static int check_room(struct arena *a, const struct httpbody *b, const struct buf *body, size_t n)
{
	size_t max = body->max ? body->max : 16 * 1024 * 1024;
	if ((b->kind == BODY_CLOSE ? n : b->left) > max - body->len)
		return fail(a, "sent a body of more than %zu bytes, the most that is accepted",
		    max);
	return 0;
}

/* Takes at most n of the bytes that are left. */
static long take_content(struct arena *a, struct httpbody *b, const char *p, size_t n,
    struct buf *body)
{
	if (check_room(a, b, body, n) < 0)
		return -1;
	if (b->kind != BODY_CLOSE && n > b->left)
		n = (size_t)b->left;
	buf_add(body, p, n);
	if (b->kind != BODY_CLOSE)
		b->left -= n;
	b->taken += n;
	return (long)n;
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *p = c ? strchr(digits, c >= 'A' && c <= 'F' ? c | 0x20 : c) : NULL;
	return p ? (int)(p - digits) : -1;
}

static int add_digit(struct arena *a, struct httpbody *b, int digit)
{
	if (b->left > (ULLONG_MAX >> 5))
		return fail(a, "sent a chunk size that is out of all bounds");
	b->left = b->left * 16 + (unsigned)digit;
	b->state = SIZE;
	return 0;
}

static int bad_chunk(struct arena *a, char c)
{
	return fail(a, "sent a malformed chunk (byte 0x%02x)", (unsigned char)c);
}

/* One byte outside the content: of a chunk's size line, its end, or the trailer. */
static int chunk_byte(struct arena *a, struct httpbody *b, char c)
{
	if (++b->line > LINES_MAX + b->taken / 2)
		return fail(a, "sent chunks that are more wrapping than content");
	int digit = hex_digit(c);
	switch (b->state) {
	case SIZE_FIRST:
		return digit < 0 ? bad_chunk(a, c) : add_digit(a, b, digit);
	case SIZE:
		if (digit >= 0)
			return add_digit(a, b, digit);
		if (!strchr("\r\n; \t", c) || !c)
			return bad_chunk(a, c);
		b->state = EXTENSION;
		/* fall through */
	case EXTENSION:
		if (c == '\n')
			b->state = b->left ? DATA : TRAILER;
		return 0;
	case DATA_END:
		if (c != '\r' && c != '\n')
			return bad_chunk(a, c);
		if (c == '\n')
			b->state = SIZE_FIRST;
		return 0;
	case TRAILER:
		b->done = c == '\n';
		if (c != '\r' && c != '\n')
			b->state = TRAILER_LINE;
		return 0;
	default:
		if (c == '\n')
			b->state = TRAILER;
		return 0;
	}
}

long httpbody_take(struct arena *a, struct httpbody *b, const char *p, size_t n, struct buf *body)
{
	size_t used = 0;
	if (b->kind == BODY_LENGTH && check_room(a, b, body, 0) < 0)
		return -1;
	while (used < n && !b->done) {
		if (b->kind == BODY_CHUNKED && b->state != DATA) {
			if (chunk_byte(a, b, p[used++]) < 0)
				return -1;
			continue;
		}
		long took = take_content(a, b, p + used, n - used, body);
		if (took < 0)
			return -1;
		used += (size_t)took;
		if (b->kind == BODY_LENGTH)
			b->done = !b->left;
		else if (b->kind == BODY_CHUNKED && !b->left)
			b->state = DATA_END;
	}
	return (long)used;
}

int httpbody_end(struct arena *a, struct httpbody *b)
{
	if (b->kind == BODY_CLOSE)
		b->done = true;
	if (b->done)
		return 0;
	arena_error(a)->transient = true;
	if (b->kind == BODY_LENGTH)
		return fail(a, "closed the connection after %llu of %llu bytes", b->taken,
		    b->taken + b->left);
	return fail(a, "closed the connection in the middle of its reply, after %llu bytes",
	    b->taken);
}
