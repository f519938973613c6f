/* Replies of an SMTP server (RFC 5321 4.2) with their enhanced status codes (RFC 2034, RFC 3463). Nothing
 * here touches a socket, so that it can be fuzzed. */
#include <string.h>

#include "arena.h"
#include "error.h"
#include "smtp.h"

enum {
	LINE_LIMIT = 2048, /* of a line; RFC 5321 allows 512 */
	REPLY_MAX = 32 * 1024,
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The length of the line at p without its end; n bytes are there, a "\n" among them. */
static size_t line_length(const char *p, size_t n)
{
	const size_t len = (size_t)((const char *)memchr(p, '\n', n) - p);

	return len && p[len - 1] == '\r' ? len - 1 : len;
}

/* "250", "250 text" (1: the last one), "250-text" (0: more come), what is no such line (-1). */
static int kind_of(const char *line, size_t len)
{
	if (len < 3 || line[0] < '2' || line[0] > '5' || !is_digit(line[1]) || !is_digit(line[2]))
		return -1;
	return len == 3 || line[3] == ' ' ? 1 : line[3] == '-' ? 0 : -1;
}

/* "5.1.1" at the beginning of s: its length, 0 when there is none (RFC 3463 2). */
static size_t enhanced_length(const char *s, const char *code)
{
	size_t n = 1;

	if (*s != *code)
		return 0;
	for (int part = 0; part < 2; part++) {
		const size_t digits = s[n] == '.' ? strspn(s + n + 1, "0123456789") : 0;
		if (digits < 1 || digits > 3)
			return 0;
		n += 1 + digits;
	}
	return s[n] == ' ' || !s[n] ? n : 0;
}

/* Adds one line's text; the enhanced code, which servers repeat in each line, is kept apart. */
static void add_line(struct arena *a, struct smtp_reply *r, const char *line, size_t len)
{
	const char *text = len > 4 ? arena_strn(a, line + 4, len - 4) : "";
	const size_t n = enhanced_length(text, line);

	if (n && !r->enhanced)
		r->enhanced = arena_strn(a, text, n);
	text = text_trim(a, text + n);
	strs_add(a, &r->lines, text);
}

static long no_reply(struct arena *a, const char *line, size_t len)
{
	return fail(a, "it sent \"%s\", which is no SMTP reply",
	    text_safe(a, arena_strn(a, line, len), 100));
}

/* The end of the reply at p, found without keeping anything: bytes may come one at a time. */
static long find_end(struct arena *a, const char *p, size_t n)
{
	size_t used = 0;

	for (;;) {
		const char *line = p + used, *end = memchr(line, '\n', n - used);
		if (used > REPLY_MAX || (!end && n - used > LINE_LIMIT))
			return fail(a, "its reply does not end");
		if (!end)
			return 0;
		const size_t len = line_length(line, n - used);
		const int kind = len > LINE_LIMIT ? -1 : kind_of(line, len);
		if (kind < 0 || memcmp(line, p, 3) != 0)
			return no_reply(a, line, len);
		used = (size_t)(end + 1 - p);
		if (kind)
			return (long)used;
	}
}

long smtp_reply(struct arena *a, const char *p, size_t n, struct smtp_reply *r)
{
	const long whole = find_end(a, p, n);

	*r = (struct smtp_reply){ 0 };
	if (whole <= 0)
		return whole;
	r->code = (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
	for (size_t at = 0; at < (size_t)whole;) {
		const char *line = p + at;
		const size_t left = (size_t)whole - at;
		add_line(a, r, line, line_length(line, left));
		at += (size_t)((const char *)memchr(line, '\n', left) - line) + 1;
	}
	return whole;
}
