/* Messages as services take them (src/api_notice.c): cut to a length, escaped. */
#include "../../acme.h"
#include "api.h"
#include "tap.h"

static const struct service plain = { .name = "plain", .title = "Plain" };

#define COUNT(table) (sizeof(table) / sizeof *(table))

static void lengths(struct api *a)
{
	static const struct {
		const char *text;
		size_t max;
		const char *cut;
	} rows[] = {
		{ "", 10, "" },
		{ "0123456789", 10, "0123456789" },
		{ "0123456789x", 10, "0123456..." },
		{ "01234\n6789x", 10, "01234\n6..." },
		{ "0123", 3, "..." },
		{ "01234\xc3\xa4xyz", 10, "01234\xc3\xa4xyz" },
		{ "01234\xc3\xa4wxyz", 10, "01234\xc3\xa4..." },
		{ "012345\xc3\xa4xyz", 10, "012345..." },
		{ "0123\xf0\x9f\x94\x92xyz", 10, "0123..." },
		{ "0123456\x80xyz", 10, "0123456..." },
		{ "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80", 10,
		    "\x80\x80\x80\x80\x80\x80\x80..." },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		is_str(shorten(a, rows[i].text, rows[i].max), rows[i].cut,
		    fmt(a, "%zu bytes of row %zu", rows[i].max, i));
}

static void escapes(struct api *a)
{
	is_str(backslashed(a, "*.a_b \\ c", "\\*_"), "\\*.a\\_b \\\\ c", "backslashes");
	is_str(backslashed(a, "", "\\*_"), "", "none in nothing");
	is_str(html_escaped(a, "a & <b> &amp; \"c\""), "a &amp; &lt;b&gt; &amp;amp; \"c\"",
	    "entities");
}

static void texts(struct api *a)
{
	const struct notice n = { .subject = "Subject", .text = "one\ntwo\n" };

	is_str(notice_text(a, &n, NULL, 99), "Subject\none\ntwo\n", "without a keyword");
	is_str(notice_text(a, &n, "k", 99), "[k]\nSubject\none\ntwo\n", "with one");
	is_str(notice_text(a, &n, "k", 14), "[k]\nSubject...", "cut");
}

int main(void)
{
	struct arena *mem = arena_new();
	struct api *a = api_open(mem, &(struct api_ask){ .svc = &plain });

	lengths(a);
	escapes(a);
	texts(a);
	api_close(a);
	arena_drop(mem);
	return done();
}
