/* Messages as services take them: of a limited length, with their markup's characters escaped. */
#include <string.h>

#include "api.h"
#include "arena.h"
#include "buf.h"
#include "text.h"

const char *shorten(struct api *a, const char *text, size_t max)
{
	uint32_t c;
	size_t end = 0;

	if (strlen(text) <= max)
		return text;
	for (size_t n = 0; end + n + 3 <= max; n = text_utf8(text + end, &c), n += !n)
		end += n;
	return fmt(a, "%.*s...", (int)end, text);
}

const char *backslashed(struct api *a, const char *text, const char *chars)
{
	struct buf b = buf_new(api_arena(a), 0);

	for (; *text; text++) {
		if (strchr(chars, *text))
			buf_byte(&b, '\\');
		buf_byte(&b, *text);
	}
	return buf_text(&b);
}

const char *html_escaped(struct api *a, const char *text)
{
	text = text_replace(api_arena(a), text, "&", "&amp;");
	text = text_replace(api_arena(a), text, "<", "&lt;");
	return text_replace(api_arena(a), text, ">", "&gt;");
}

const char *notice_text(struct api *a, const struct notice *n, const char *keyword, size_t max)
{
	return shorten(a,
	    fmt(a, "%s%s%s%s\n%s", keyword ? "[" : "", keyword ? keyword : "", keyword ? "]\n" : "",
	        n->subject, n->text),
	    max);
}
