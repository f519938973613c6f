/* Finds registered secrets, in all forms in which they travel, in text that is to be printed. */
#include "log_redact.h"

#include <stdint.h>
#include <string.h>

#include "arena.h"
#include "b64.h"
#include "text.h"

#define SHORTEST 5

struct form {
	struct form *next;
	size_t len;
	const char *text;
};

/* The forms by their first byte, longest first, so that a line costs one look a byte. They live
 * as long as the process: a secret must not be printed after its operation has ended either. */
static struct form *forms[256];
static struct arena *keep;

static void add_form(const char *text)
{
	size_t len = strlen(text);
	struct form **at = &forms[(unsigned char)text[0]], *f;

	while (*at && (*at)->len > len)
		at = &(*at)->next;
	for (f = *at; f && f->len == len; f = f->next)
		if (memcmp(f->text, text, len) == 0)
			return;
	f = arena_alloc(keep, sizeof(*f));
	*f = (struct form){ *at, len, arena_str(keep, text) };
	*at = f;
}

/* Lower case after each '%' only: the letters of the value itself must stay. */
static char *lower_hex(struct arena *a, const char *escaped)
{
	char *s = arena_str(a, escaped);
	for (char *p = s; *p; p++)
		if (*p == '%')
			for (int i = 0; i < 2 && p[1]; i++)
				if (*++p >= 'A' && *p <= 'F')
					*p = (char)(*p + ('a' - 'A'));
	return s;
}

static char *json_escaped(struct arena *a, const char *value)
{
	struct buf b = buf_new(a, 8 * strlen(value) + 16);
	redact_json_string(&b, value);
	return arena_strn(a, b.data + 1, b.len - 2);
}

void redact_add(const char *value)
{
	if (!value)
		return;

	struct arena *a = arena_new();
	const char *v = text_trim(a, value); /* keys and tokens come from files with a newline */
	size_t len = strlen(v);

	if (len >= SHORTEST && !redact_has(v)) {
		const char *url = text_url_escape(a, v), *json = json_escaped(a, v);
		char *padded = b64_encode(a, v, len);
		if (!keep)
			keep = arena_new();
		padded[strcspn(padded, "=")] = 0;
		const char *all[] = { v, url, lower_hex(a, url), text_replace(a, url, "%20", "+"),
			padded, b64url_encode(a, v, len), json, text_replace(a, json, "/", "\\/") };
		for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
			add_form(all[i]);
	}
	arena_drop(a);
}

bool redact_has(const char *value)
{
	size_t len = strlen(value);
	for (const struct form *f = forms[(unsigned char)value[0]]; f; f = f->next)
		if (f->len == len && memcmp(f->text, value, len) == 0)
			return true;
	return false;
}

static size_t secret_at(const char *p, size_t left)
{
	for (const struct form *f = forms[(unsigned char)*p]; f; f = f->next)
		if (f->len <= left && memcmp(f->text, p, f->len) == 0)
			return f->len;
	return 0;
}

void redact(struct buf *b, const char *text, size_t len)
{
	size_t done = 0; /* everything before this offset was added or replaced */
	for (size_t i = 0; i < len; i++) {
		size_t n = secret_at(text + i, len - i);
		if (n && i >= done) {
			buf_add(b, text + done, i - done);
			buf_str(b, "[hidden]");
			done = i;
		}
		if (n && i + n > done) /* secrets may overlap: the whole stretch goes */
			done = i + n;
	}
	buf_add(b, text + done, len - done);
}

void redact_json_string(struct buf *b, const char *text)
{
	static const char special[] = "\"\\\b\f\n\r\t", letter[] = "\"\\bfnrt";
	uint32_t c;

	buf_byte(b, '"');
	for (size_t n; *text; text += n ? n : 1) {
		const char *found = strchr(special, *text);
		n = text_utf8(text, &c);
		if (found)
			buf_fmt(b, "\\%c", letter[found - special]);
		else if (n == 0)
			buf_str(b, "\xef\xbf\xbd");
		else if (c < 0x20 || (c >= 0x7f && c < 0xa0))
			buf_fmt(b, "\\u%04x", (unsigned)c);
		else
			buf_add(b, text, n);
	}
	buf_byte(b, '"');
}
