/* HTTP/1.1 messages (RFC 9112): heads and their fields (RFC 9110 5, Link: RFC 8288). */
#include "httpmsg.h"

#include <string.h>

#include "arena.h"
#include "buf.h"
#include "error.h"
#include "text.h"

enum { FIELDS_MAX = 256 };

/* --- fields ------------------------------------------------------------------------------- */

const char *header_nth(const struct headers *h, const char *name, size_t n)
{
	for (size_t i = 0; i < h->n; i++)
		if (text_is_ci(h->v[i].name, name) && n-- == 0)
			return h->v[i].value;
	return NULL;
}

const char *header_get(const struct headers *h, const char *name)
{
	return header_nth(h, name, 0);
}

void header_add(struct arena *a, struct headers *h, const char *name, const char *value)
{
	if (h->n >= h->cap) {
		size_t cap = h->n < 8 ? 8 : h->n * 2;
		struct header *v = arena_alloc(a, cap * sizeof *v);
		if (h->n)
			memcpy(v, h->v, h->n * sizeof *v);
		h->v = v;
		h->cap = cap;
	}
	h->v[h->n++] = (struct header){ name, value };
}

bool header_type_is(const struct headers *h, const char *media_type)
{
	const char *value = header_get(h, "Content-Type");
	size_t n = strlen(media_type);
	return value && text_starts_ci(value, media_type) && strchr(" \t;", value[n]);
}

/* Length of a token (RFC 9110 5.6.2). */
static size_t token(const char *p, size_t n)
{
	size_t i = 0;
	while (i < n && p[i] > ' ' && p[i] < 0x7f && !strchr("\"(),/:;<=>?@[\\]{}", p[i]))
		i++;
	return i;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/* --- Link --------------------------------------------------------------------------------- */

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t");
}

/* The value of a parameter, quoted or not; *p moves behind it. */
static const char *link_value(struct arena *a, const char **p)
{
	const char *s = *p;
	if (*s != '"') {
		size_t n = strcspn(s, " \t;,");
		*p = s + n;
		return arena_strn(a, s, n);
	}
	char *out = arena_alloc(a, strlen(s) + 1);
	size_t n = 0;
	for (s++; *s && *s != '"'; s++) {
		if (*s == '\\' && s[1])
			s++;
		out[n++] = *s;
	}
	*p = *s ? s + 1 : s;
	return out;
}

/* One link-value: its target, and whether its first rel names the relation. */
static const char *read_link(struct arena *a, const char **p, const char *rel, bool *match)
{
	const char *s = *p + 1;
	size_t n = strcspn(s, ">");
	const char *target = text_trim(a, arena_strn(a, s, n));
	s += n + (s[n] == '>');
	bool seen = false;
	*match = false;
	for (s = skip_blanks(s); *s == ';'; s = skip_blanks(s)) {
		s = skip_blanks(s + 1);
		const char *name = s;
		size_t len = token(s, strlen(s));
		s = skip_blanks(s + len);
		if (*s != '=')
			continue;
		s = skip_blanks(s + 1);
		const char *value = link_value(a, &s);
		if (len == 3 && !seen && text_starts_ci(name, "rel")) {
			seen = true;
			*match = strs_has(text_split(a, value, " \t"), rel);
		}
	}
	*p = s;
	return target;
}

const char *header_link(struct arena *a, const struct headers *h, const char *rel, size_t n)
{
	const char *value;
	for (size_t i = 0; (value = header_nth(h, "Link", i)); i++)
		for (const char *p = value + strcspn(value, "<"); *p; p += strcspn(p, "<")) {
			bool match;
			const char *target = read_link(a, &p, rel, &match);
			if (match && n-- == 0)
				return target;
		}
	return NULL;
}

/* --- heads -------------------------------------------------------------------------------- */

struct line {
	const char *p;
	size_t n;
};

/* Takes a line off, ended by CR LF or a bare LF (RFC 9112 2.2). */
static bool next_line(const char **p, const char *end, struct line *out)
{
	const char *lf = memchr(*p, '\n', (size_t)(end - *p));
	if (!lf)
		return false;
	*out = (struct line){ *p, (size_t)(lf - *p) };
	if (out->n && out->p[out->n - 1] == '\r')
		out->n--;
	*p = lf + 1;
	return true;
}

/* Bytes up to and with the empty line that ends a head, 0 when it has not come, -1 when it is
 * too far away. */
static long head_length(struct arena *a, const char *p, size_t n)
{
	size_t look = n < HTTP_HEAD_MAX ? n : HTTP_HEAD_MAX;
	const char *end = p + look, *s = p;
	for (struct line l; next_line(&s, end, &l);)
		if (!l.n)
			return s - p;
	if (n >= HTTP_HEAD_MAX)
		return fail(a, "sent a header block of more than %d KiB", HTTP_HEAD_MAX / 1024);
	return 0;
}

static char *trimmed(struct arena *a, const char *p, size_t n)
{
	while (n && blank(*p))
		p++, n--;
	while (n && blank(p[n - 1]))
		n--;
	return arena_strn(a, p, n);
}

static int bad_line(struct arena *a, const char *what, struct line l)
{
	return fail(a, "%s \"%s\"", what,
	    text_safe(a, arena_strn(a, l.p, l.n < 200 ? l.n : 200), 80));
}

static int read_field(struct arena *a, struct line l, struct headers *h)
{
	for (size_t i = 0; i < l.n; i++)
		if (!l.p[i] || l.p[i] == '\r')
			return bad_line(a, "sent a header line with a control character in it:", l);
	/* A line that begins with a blank continues the one before (RFC 9112 5.2). */
	if (blank(*l.p) && h->n) {
		struct header *last = &h->v[h->n - 1];
		last->value = fmt(a, "%s %s", last->value, trimmed(a, l.p, l.n));
		return 0;
	}
	size_t name = token(l.p, l.n);
	if (!name || name == l.n || l.p[name] != ':')
		return bad_line(a, "sent a malformed header line:", l);
	if (h->n >= FIELDS_MAX)
		return fail(a, "sent more than %d header lines", FIELDS_MAX);
	header_add(a, h, arena_strn(a, l.p, name), trimmed(a, l.p + name + 1, l.n - name - 1));
	return 0;
}

/* The lines behind the first one, up to the empty one. */
static int read_fields(struct arena *a, const char *p, const char *end, struct headers *h)
{
	*h = (struct headers){ 0 };
	for (struct line l; next_line(&p, end, &l) && l.n;)
		if (read_field(a, l, h) < 0)
			return -1;
	return 0;
}

static bool digits(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] < '0' || p[i] > '9')
			return false;
	return true;
}

/* Something that is not HTTP is told from its first bytes: it may never send an empty line. */
static int check_greeting(struct arena *a, const char *p, size_t n)
{
	if (memcmp(p, "HTTP/", n < 5 ? n : 5) == 0)
		return 0;
	/* An alert or a handshake record of TLS (RFC 8446 5.1). */
	if ((*p == 0x15 || *p == 0x16) && (n < 2 || p[1] == 3)) {
		if (n < 2)
			return 0;
		fail(a, "speaks TLS on this port, not plain HTTP");
		return remedy(a, "write https:// in the URL");
	}
	struct line l = { p, n };
	next_line(&p, p + n, &l);
	return bad_line(a, "sent no HTTP reply but", l);
}

long httpmsg_reply_head(struct arena *a, const char *p, size_t n, int *status,
    struct headers *headers)
{
	if (!n)
		return 0;
	if (check_greeting(a, p, n) < 0)
		return -1;
	long used = head_length(a, p, n);
	if (used <= 0)
		return used;
	const char *rest = p;
	struct line l = { 0 };
	next_line(&rest, p + used, &l);
	if (l.n < 12 || !digits(l.p + 5, 1) || l.p[6] != '.' || !digits(l.p + 7, 1) ||
	    l.p[8] != ' ' || !digits(l.p + 9, 3) || l.p[9] == '0' || (l.n > 12 && l.p[12] != ' '))
		return bad_line(a, "sent a malformed HTTP status line:", l);
	if (l.p[5] != '1')
		return bad_line(a, "answered in a version of HTTP that was not asked for:", l);
	*status = (l.p[9] - '0') * 100 + (l.p[10] - '0') * 10 + (l.p[11] - '0');
	if (read_fields(a, rest, p + used, headers) < 0)
		return -1;
	headers->reason = l.n > 13 ? trimmed(a, l.p + 13, l.n - 13) : NULL;
	return used;
}

long httpmsg_request_head(struct arena *a, const char *p, size_t n, const char **method,
    const char **target, struct headers *headers)
{
	long used = head_length(a, p, n);
	if (used <= 0)
		return used;
	const char *rest = p;
	struct line l = { 0 };
	next_line(&rest, p + used, &l);
	size_t verb = token(l.p, l.n);
	const char *uri = l.p + verb + 1;
	size_t len = 0;
	if (verb && verb + 1 < l.n && l.p[verb] == ' ')
		while (verb + 1 + len < l.n && uri[len] > ' ' && uri[len] < 0x7f)
			len++;
	const char *version = uri + len;
	if (!len || l.n != verb + 1 + len + 9 || memcmp(version, " HTTP/1.", 8) != 0 ||
	    !digits(version + 8, 1))
		return bad_line(a, "sent a malformed request line:", l);
	*method = arena_strn(a, l.p, verb);
	*target = arena_strn(a, uri, len);
	return read_fields(a, rest, p + used, headers) < 0 ? -1 : used;
}
