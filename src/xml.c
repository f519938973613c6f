/* XML 1.0 (w3.org/TR/xml) without DTDs: a recursive reader in one pass, and escaping. */
#include "xml.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "arena.h"
#include "buf.h"
#include "text.h"

enum { DEPTH = 64, ELEMENTS = 100000 };

struct reader {
	struct arena *mem;
	const char *p, *end;
	size_t elements;
};

static struct xml *element(struct reader *r, int depth);

static bool at(const struct reader *r, const char *s)
{
	const size_t n = strlen(s);
	return (size_t)(r->end - r->p) >= n && memcmp(r->p, s, n) == 0;
}

static bool take(struct reader *r, const char *s)
{
	const bool there = at(r, s);
	if (there)
		r->p += strlen(s);
	return there;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_space(struct reader *r)
{
	while (r->p < r->end && is_space(*r->p))
		r->p++;
}

/* Goes behind the next s. */
static bool skip_past(struct reader *r, const char *s)
{
	for (; r->p < r->end; r->p++)
		if (take(r, s))
			return true;
	return false;
}

/* Comments and processing instructions; false when one does not end. */
static bool skip_misc(struct reader *r)
{
	for (;;) {
		skip_space(r);
		if (!at(r, "<?") && !at(r, "<!--"))
			return true;
		if (!skip_past(r, at(r, "<?") ? "?>" : "-->"))
			return false;
	}
}

/* A name without its prefix; NULL when none stands here. */
static const char *name(struct reader *r)
{
	const char *start = r->p;
	for (; r->p < r->end && !is_space(*r->p) && !strchr("<>/=\"'&;!?", *r->p); r->p++)
		if (*r->p == ':')
			start = r->p + 1;
	return r->p > start ? arena_strn(r->mem, start, (size_t)(r->p - start)) : NULL;
}

static void add_utf8(struct buf *b, uint32_t c)
{
	if (c < 0x80) {
		buf_byte(b, (int)c);
		return;
	}
	const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
	static const unsigned char lead[] = { 0, 0xc0, 0xe0, 0xf0 };
	buf_byte(b, (int)(lead[more] | c >> 6 * more));
	for (int i = more - 1; i >= 0; i--)
		buf_byte(b, (int)(0x80 | (c >> 6 * i & 0x3f)));
}

/* &name; or &#number; at p. */
static bool reference(struct reader *r, struct buf *b)
{
	static const struct {
		const char *text;
		char c;
	} known[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' },
		{ "&apos;", '\'' } };
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (take(r, known[i].text)) {
			buf_byte(b, known[i].c);
			return true;
		}
	if (!take(r, "&#"))
		return false;
	const bool hex = take(r, "x");
	const char *digits = hex ? "0123456789abcdefABCDEF" : "0123456789";
	uint32_t c = 0;
	const char *start = r->p;
	for (; r->p < r->end && *r->p && strchr(digits, *r->p) && c <= 0x10ffff; r->p++) {
		const unsigned d = (unsigned char)*r->p;
		c = c * (hex ? 16 : 10) + (d <= '9' ? d - '0' : (d | 0x20) - 'a' + 10);
	}
	if (r->p == start || !take(r, ";") || !c || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return false;
	add_utf8(b, c);
	return true;
}

static struct xml *new_element(struct reader *r, const char *n)
{
	struct xml *x = arena_alloc(r->mem, sizeof *x);
	*x = (struct xml){ .name = n, .text = "" };
	return n && ++r->elements <= ELEMENTS ? x : NULL;
}

static bool attribute(struct reader *r, struct xml ***tail)
{
	struct xml *x = new_element(r, name(r));
	struct buf value = buf_new(r->mem, 0);
	if (!x)
		return false;
	skip_space(r);
	if (!take(r, "="))
		return false;
	skip_space(r);
	const char quote = r->p < r->end ? *r->p : 0;
	if (quote != '"' && quote != '\'')
		return false;
	for (r->p++; r->p < r->end && *r->p != quote;) {
		if (*r->p == '<' || !*r->p)
			return false;
		if (*r->p != '&')
			buf_byte(&value, *r->p++);
		else if (!reference(r, &value))
			return false;
	}
	x->text = buf_text(&value);
	**tail = x;
	*tail = &x->next;
	return r->p++ < r->end;
}

/* What stands between the tags, up to "</". */
static bool content(struct reader *r, struct xml *x, int depth)
{
	struct xml **tail = &x->child;
	struct buf text = buf_new(r->mem, 0);
	while (r->p < r->end && !at(r, "</")) {
		if (take(r, "<![CDATA[")) {
			const char *start = r->p;
			if (!skip_past(r, "]]>") || memchr(start, 0, (size_t)(r->p - start)))
				return false;
			buf_add(&text, start, (size_t)(r->p - start) - 3);
		} else if (at(r, "<!--") || at(r, "<?")) {
			if (!skip_past(r, at(r, "<?") ? "?>" : "-->"))
				return false;
		} else if (*r->p == '<') {
			if (!(*tail = element(r, depth + 1)))
				return false;
			tail = &(*tail)->next;
		} else if (*r->p == '&') {
			if (!reference(r, &text))
				return false;
		} else if (*r->p) {
			buf_byte(&text, *r->p++);
		} else {
			return false;
		}
	}
	x->text = text_trim(r->mem, buf_text(&text));
	return !text.over;
}

static struct xml *element(struct reader *r, int depth)
{
	if (depth > DEPTH || !take(r, "<"))
		return NULL;
	struct xml *x = new_element(r, name(r));
	if (!x)
		return NULL;
	struct xml **tail = &x->attributes;
	for (skip_space(r); !at(r, ">") && !at(r, "/>"); skip_space(r))
		if (!attribute(r, &tail))
			return NULL;
	if (take(r, "/>"))
		return x;
	take(r, ">");
	if (!content(r, x, depth) || !take(r, "</") || !text_is(name(r), x->name))
		return NULL;
	skip_space(r);
	return take(r, ">") ? x : NULL;
}

struct xml *xml_parse(struct arena *a, const char *text, size_t len)
{
	struct reader r = { .mem = a, .p = text, .end = text + len };
	take(&r, "\xef\xbb\xbf");
	struct xml *x = skip_misc(&r) ? element(&r, 0) : NULL;
	return x && skip_misc(&r) && r.p == r.end ? x : NULL;
}

/* --- reading --- */
static const struct xml *named(const struct xml *x, const char *n, size_t len)
{
	for (; x; x = x->next)
		if ((len == 1 && *n == '*') || (strncmp(x->name, n, len) == 0 && !x->name[len]))
			return x;
	return NULL;
}

const struct xml *xml_get(const struct xml *x, const char *path)
{
	while (x && *path) {
		const size_t n = strcspn(path, "/");
		x = *path == '@' ? named(x->attributes, path + 1, n - 1) : named(x->child, path, n);
		path += n + (path[n] == '/');
	}
	return x;
}

const char *xml_str(const struct xml *x, const char *path)
{
	x = xml_get(x, path);
	return x ? x->text : NULL;
}

const struct xml *xml_next(const struct xml *x)
{
	return x ? named(x->next, x->name, strlen(x->name)) : NULL;
}

const struct xml *xml_find(const struct xml *x, const char *n)
{
	if (!x)
		return NULL;
	for (const struct xml *c = x->child; c; c = c->next) {
		const struct xml *hit = text_is(c->name, n) ? c : xml_find(c, n);
		if (hit)
			return hit;
	}
	return NULL;
}

/* --- writing --- */
char *xml_escape(struct arena *a, const char *s)
{
	struct buf b = buf_new(a, 0);
	for (; *s; s++) {
		switch (*s) {
		case '&':
			buf_str(&b, "&amp;");
			break;
		case '<':
			buf_str(&b, "&lt;");
			break;
		case '>':
			buf_str(&b, "&gt;");
			break;
		case '"':
			buf_str(&b, "&quot;");
			break;
		case '\'':
			buf_str(&b, "&apos;");
			break;
		default:
			buf_byte(&b, *s);
		}
	}
	return arena_str(a, buf_text(&b));
}

void xml_add(struct buf *b, const char *n, const char *text)
{
	if (text)
		buf_fmt(b, "<%s>%s</%s>", n, xml_escape(b->mem, text), n);
}
