/* text.h: lists, forms, numbers, escapes, and the names that are refused. */
#include "text.h"

#include <limits.h>

#include "arena.h"
#include "tap.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static struct arena *a;

static void lists(void)
{
	static const struct {
		const char *in, *seps, *joined;
	} rows[] = {
		{ "a,b", ",", "a|b" },
		{ " a , b\t,, ", ",", "a|b" },
		{ "a b\nc", " \n", "a|b|c" },
		{ ",,", ",", "" },
		{ "", ",", "" },
		{ NULL, ",", "" },
		{ "one two", ",", "one two" },
		{ "a;b,c", ",;", "a|b|c" },
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		is_str(text_join(a, text_split(a, rows[i].in, rows[i].seps), "|"), rows[i].joined,
		    arena_fmt(a, "split \"%s\"", rows[i].in ? rows[i].in : "(null)"));
	struct strs list = { 0 };
	ok(!strs_has(list, "x"), "an empty list has nothing");
	bool ended = true;
	for (int i = 0; i < 1000; i++) {
		strs_add(a, &list, arena_fmt(a, "n%d", i));
		ended = ended && list.v[list.n] == NULL;
	}
	ok(list.n == 1000 && ended, "1000 added, NULL-terminated each time");
	ok(strs_has(list, "N999") && strs_has(list, "n0") && !strs_has(list, "n1000"), "strs_has");
	is_str(list.v[512], "n512", "in order");
	const char *fixed[] = { "a", "b", NULL };
	struct strs other = { .v = fixed, .n = 2 };
	strs_add(a, &other, "c");
	ok(!fixed[2] && other.v != fixed, "a list of the caller's is not written to");
	is_str(text_join(a, other, ""), "abc", "but copied");
}

static void forms(void)
{
	is_str(text_trim(a, " \t a b\r\n"), "a b", "trim");
	is_str(text_trim(a, " \n"), "", "trim all");
	is_str(text_lower(a, "ABC-\xc3\x84z"), "abc-\xc3\x84z", "lower: ASCII only");
	ok(!text_trim(a, NULL) && !text_lower(a, NULL) && !text_replace(a, NULL, "a", "b"), "NULL");
	is_str(text_replace(a, "aXbXX", "X", "--"), "a--b----", "replace by more");
	is_str(text_replace(a, "aaaa", "aa", "b"), "bb", "replace by less");
	is_str(text_replace(a, "abc", "x", "y"), "abc", "replace nothing");
	is_str(text_replace(a, "abc", "", "y"), "abc", "replace the empty string");
	is_str(text_replace(a, "abc", "abc", ""), "", "replace all by nothing");
	is_str(text_shell_quote(a, "it's $x"), "'it'\\''s $x'", "shell word");
	is_str(text_shell_quote(a, ""), "''", "empty shell word");
	is_str(text_quote(a, "/a b/it's"), "\"/a b/it's\"", "in double quotes");
	is_str(text_quote(a, "$`\"\\!"), "\"\"\\$\"\"\\`\"\"\\\"\"\"\\\\\"\"\\!\"\"",
	    "and outside of them");
	const char *line = "7 * a\\ b 'c \\' \"d \\\"\\x\"'e' '' \\";
	is_str(text_join(a, text_words(a, line), "|"), "7|*|a b|c \\|d \"\\xe||\\", "words");
	is_str(text_join(a, text_words(a, text_quote(a, "a b'$`\"\\!")), "|"), "a b'$`\"\\!",
	    "a quoted word is read again");
	is_str(text_join(a, text_words(a, "a>/dev/null 2>&1;(b&&c \"d>e\"|f)"), "|"),
	    "a|/dev/null|2|1|b|c|d>e|f", "operators");
	ok(text_words(a, " \t").n == 0 && text_words(a, "'a b").n == 1, "no word, half a word");
	is_str(text_url_escape(a, "aZ9-._~ /\xc3\xa4%"), "aZ9-._~%20%2F%C3%A4%25", "escape");
	static const struct {
		const char *in, *out;
	} urls[] = { { "%41%7e%7E", "A~~" }, { "a%00b", "a%00b" }, { "%", "%" }, { "%4", "%4" },
		{ "%zz%2f", "%zz/" }, { "a+b", "a+b" }, { "%%41", "%A" }, { "%c3%a4", "\xc3\xa4" },
		{ "", "" } };
	for (size_t i = 0; i < COUNT(urls); i++)
		is_str(text_url_unescape(a, urls[i].in), urls[i].out,
		    arena_fmt(a, "unescape %s", urls[i].in));
}

static void comparisons(void)
{
	ok(text_is("a", "a") && !text_is("a", "A") && !text_is("a", NULL) && text_is(NULL, NULL));
	ok(text_is_ci("aB", "Ab") && !text_is_ci("a", "ab") && !text_is_ci(NULL, ""));
	ok(text_starts("abc", "ab") && text_starts("abc", "") && !text_starts("a", "ab"));
	ok(!text_starts(NULL, "") && text_starts_ci("Bearer x", "bearer ") &&
	    !text_starts_ci("x", "y"));
	ok(text_ends("abc", "bc") && !text_ends("c", "bc") && text_ends("", "") &&
	    !text_ends(NULL, ""));
	ok(text_has_ci("Not Found", "found") && !text_has_ci("x", "xy") && text_has_ci("x", ""));
	ok(text_has_ci("", "") && !text_has_ci(NULL, "") && !text_has_ci("", "x"));
	ok(text_empty(NULL) && text_empty("") && !text_empty(" "));
	ok(text_yes("1") && text_yes("Yes") && text_yes("TRUE") && text_yes("on"));
	ok(!text_yes("0") && !text_yes("") && !text_yes(NULL) && !text_yes("yes "));
	static const struct {
		const char *one, *other;
		unsigned edits;
	} words[] = { { "", "", 0 }, { "abc", "abc", 0 }, { "", "abc", 3 }, { "abc", "", 3 },
		{ "--isseu", "--issue", 1 }, { "--isue", "--issue", 1 }, { "kitten", "sitting", 3 },
		{ "ca", "abc", 3 }, { "a", "b", 1 } };
	for (size_t i = 0; i < COUNT(words); i++)
		is_int(text_distance(words[i].one, words[i].other), words[i].edits,
		    arena_fmt(a, "distance of '%s' and '%s'", words[i].one, words[i].other));
	const char *long_word = arena_fmt(a, "%0100d", 0);
	is_int(text_distance("ab", long_word), 100, "distance of a long word");
	is_int(text_distance(long_word, "00"), 98, "and from one");
}

static void numbers(void)
{
	static const struct {
		const char *in;
		long long min, max, want;
		int result;
	} rows[] = {
		{ "0", 0, 9, 0, 0 },
		{ "007", 0, 9, 7, 0 },
		{ "-5", -9, 9, -5, 0 },
		{ "10", 0, 9, 0, -1 },
		{ "-1", 0, 9, 0, -1 },
		{ "9223372036854775807", 0, LLONG_MAX, LLONG_MAX, 0 },
		{ "9223372036854775808", 0, LLONG_MAX, 0, -1 },
		{ "-9223372036854775808", LLONG_MIN, 0, LLONG_MIN, 0 },
		{ "", 0, 9, 0, -1 },
		{ NULL, 0, 9, 0, -1 },
		{ "1x", 0, 9, 0, -1 },
		{ "1 ", 0, 9, 0, -1 },
		{ " 1", 0, 9, 0, -1 },
		{ "+1", 0, 9, 0, -1 },
		{ "-", -9, 9, 0, -1 },
		{ "--1", -9, 9, 0, -1 },
		{ "0x1", 0, 9, 0, -1 },
		{ "1.0", 0, 9, 0, -1 },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		long long n = -77;
		const int result = text_number(rows[i].in, rows[i].min, rows[i].max, &n);
		ok(result == rows[i].result && n == (result ? -77 : rows[i].want),
		    arena_fmt(a, "number \"%s\"", rows[i].in ? rows[i].in : "(null)"));
	}
}

static void characters(void)
{
	static const struct {
		const char *in;
		size_t max;
		const char *out;
	} rows[] = {
		{ "plain", 9, "plain" },
		{ "plain", 5, "plain" },
		{ "plainer", 5, "pl..." },
		{ "plain", 3, "..." },
		{ "plain", 2, ".." },
		{ "plain", 0, "" },
		{ "", 0, "" },
		{ NULL, 9, "" },
		{ "a\nb\x1b[1m\x7f", 99, "a?b?[1m?" },
		{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 99,
		    "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "\xff\xc3(\xc0\x80\xed\xa0\x80", 99, "?\?(?????" },
		{ "\xe2\x82", 99, "??" },
		{ "\xf4\x90\x80\x80", 99, "????" },
		{ "\xc2\x9b"
		  "1m",
		    99, "?1m" },
		{ "a\xe2\x80\xae"
		  "b",
		    99, "a?b" },
		{ "ab\xe2\x82\xac\xe2\x82\xac", 7, "ab..." },
		{ "ab\xe2\x82\xac\xe2\x82\xac", 8, "ab\xe2\x82\xac\xe2\x82\xac" },
		{ "\xc3\xa4\xc3\xa4\xc3\xa4", 5, "\xc3\xa4..." },
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		is_str(text_safe(a, rows[i].in, rows[i].max), rows[i].out,
		    arena_fmt(a, "safe, row %zu", i));
	uint32_t c = 0;
	ok(text_utf8("\xe2\x82\xac", &c) == 3 && c == 0x20ac, "a character of three bytes");
	ok(text_utf8("\xe0\x80\xaf", &c) == 0 && text_utf8("\x80", &c) == 0, "overlong, astray");
}

static const struct {
	const char *name, *why;
} name_rows[] = {
	{ "example.com", NULL },
	{ "*.example.com", NULL },
	{ "localhost", NULL },
	{ "_acme-challenge.Example.COM", NULL },
	{ "b\xc3\xbc"
	  "cher.example",
	    NULL },
	{ "1.2.3.4", NULL },
	{ "2001:db8::1", NULL },
	{ "::1", NULL },
	{ "1a.2b", NULL },
	{ "4.3.2.1.in-addr.arpa", NULL },
	{ "", "is empty" },
	{ NULL, "is empty" },
	{ "a b.example", "has a space in it" },
	{ " a.example", "has a space in it" },
	{ "a/b", "has '/' in it" },
	{ "../x", "has an empty label" },
	{ "a..b", "has an empty label" },
	{ "..", "has an empty label" },
	{ ".", "has an empty label" },
	{ ".a", "has an empty label" },
	{ "a.", "has an empty label" },
	{ "*.", "has an empty label" },
	{ "*", "has '*' elsewhere than as its first label" },
	{ "a.*.b", "has '*' elsewhere than as its first label" },
	{ "*.*.b", "has '*' elsewhere than as its first label" },
	{ "*a.b", "has '*' elsewhere than as its first label" },
	{ "-a.b", "has a label that begins with '-'" },
	{ "--issue", "has a label that begins with '-'" },
	{ "a.-b", "has a label that begins with '-'" },
	{ "a-.b", "has a label that ends with '-'" },
	{ "a\nb", "has a control character in it" },
	{ "a\x7f", "has a control character in it" },
	{ "a\xc2\x85", "has a control character in it" },
	{ "a\xff.b", "is not UTF-8" },
	{ "a\xe2\x80\x8b.b", "has an invisible character in it" },
	{ "a\xc2\xa0.b", "has an invisible character in it" },
	{ "a\xe3\x80\x82"
	  "b",
	    "has a dot in it that is not '.'" },
	{ "https://a.b", "has ':' in it" },
	{ "a.b:80", "has ':' in it" },
	{ "a,b", "has ',' in it" },
	{ "a'b", "has ''' in it" },
	{ "a\\b", "has '\\' in it" },
	{ "me@a.b", "has '@' in it" },
	{ "1.2.3.256", "ends in a number but is no IP address" },
	{ "1.2.3", "ends in a number but is no IP address" },
	{ "*.1.2.3.4", "ends in a number but is no IP address" },
	{ "*.::1", "has ':' in it" },
	{ "1::2::3", "has ':' in it" },
};

static void names(void)
{
	for (size_t i = 0; i < COUNT(name_rows); i++)
		is_str(text_bad_name(name_rows[i].name), name_rows[i].why,
		    arena_fmt(a, "name %s", text_safe(a, name_rows[i].name, 99)));
	const char *l63 = "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0";
	ok(!text_bad_name(l63), "a label of 63 bytes");
	is_str(text_bad_name(arena_fmt(a, "%sx.b", l63)), "has a label longer than 63 bytes");
	const char *l253 = arena_fmt(a, "%s.%s.%s.%.61s", l63, l63, l63, l63);
	ok(strlen(l253) == 253 && !text_bad_name(l253), "253 bytes");
	is_str(text_bad_name(arena_fmt(a, "%sx", l253)), "is longer than 253 bytes");
}

static void identifiers(void)
{
	ok(text_is_ipv4("127.0.0.1") && !text_is_ipv4("127.1") && !text_is_ipv4("01.2.3.4"));
	ok(!text_is_ipv4("1.2.3.4 ") && !text_is_ipv4("") && !text_is_ipv4(NULL));
	ok(text_is_ipv6("::") && text_is_ipv6("2001:DB8::1") && text_is_ipv6("::ffff:1.2.3.4"));
	ok(!text_is_ipv6("[::1]") && !text_is_ipv6("fe80::1%eth0") && !text_is_ipv6("1:2"));
	ok(!text_is_ipv6(NULL) && text_is_ip("::1") && text_is_ip("1.2.3.4") && !text_is_ip("a.b"));
	ok(text_is_token("aZ09_-") && !text_is_token("") && !text_is_token(NULL));
	ok(!text_is_token("../x") && !text_is_token("a.b") && !text_is_token("a\xc3\xa4"));
	ok(text_is_token(arena_fmt(a, "%0256d", 0)) && !text_is_token(arena_fmt(a, "%0257d", 0)));
}

int main(void)
{
	a = arena_new();
	lists();
	forms();
	comparisons();
	numbers();
	characters();
	names();
	identifiers();
	arena_drop(a);
	return done();
}
