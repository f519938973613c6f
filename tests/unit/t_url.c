/* URLs: what is taken apart, what is refused, references (RFC 3986 5.4 has the examples). */
#include "tap.h"

#include "arena.h"
#include "error.h"
#include "url.h"

static struct arena *a;

static void good_urls(void)
{
	static const struct {
		const char *in, *scheme, *host, *path, *authority, *text;
		int port;
	} good[] = {
		{ "https://example.com", "https", "example.com", "/", "example.com",
		    "https://example.com/", 443 },
		{ "HTTP://Example.COM:80/A?b=C", "http", "example.com", "/A?b=C", "example.com",
		    "http://example.com/A?b=C", 80 },
		{ "https://h:8443?x=1", "https", "h", "/?x=1", "h:8443", "https://h:8443/?x=1",
		    8443 },
		{ "https://h:/p", "https", "h", "/p", "h", "https://h/p", 443 },
		{ "http://h:443/", "http", "h", "/", "h:443", "http://h:443/", 443 },
		{ "https://[2001:DB8::1]/x", "https", "2001:db8::1", "/x", "[2001:db8::1]",
		    "https://[2001:db8::1]/x", 443 },
		{ "https://[::1]:14000/dir", "https", "::1", "/dir", "[::1]:14000",
		    "https://[::1]:14000/dir", 14000 },
		{ "https://127.0.0.1:1/", "https", "127.0.0.1", "/", "127.0.0.1:1",
		    "https://127.0.0.1:1/", 1 },
		{ "https://h/a#frag?x", "https", "h", "/a", "h", "https://h/a", 443 },
		{ "https://u:p@h/a@b", "https", "h", "/a@b", "h", "https://h/a@b", 443 },
		{ "https://a_b.example./", "https", "a_b.example.", "/", "a_b.example.",
		    "https://a_b.example./", 443 },
		{ "https://b\xc3\xbc"
		  "cher.example/",
		    "https", "xn--bcher-kva.example", "/", "xn--bcher-kva.example",
		    "https://xn--bcher-kva.example/", 443 },
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct url u;
		if (!ok(url_parse(a, good[i].in, &u) == 0, "a URL is read"))
			continue;
		is_str(u.scheme, good[i].scheme);
		is_str(u.host, good[i].host);
		is_str(u.path, good[i].path);
		is_str(u.authority, good[i].authority);
		is_str(u.text, good[i].text);
		is_int(u.port, good[i].port);
		is_int(u.tls, u.scheme[4] == 's');
	}
	struct url u;
	ok(url_parse(a, "https://us%3Aer:p%40ss:w@h/", &u) == 0, "a login is read");
	is_str(u.user, "us:er");
	is_str(u.password, "p@ss:w");
	ok(url_parse(a, "https://token@h/", &u) == 0 && !u.password, "a user without a password");
	ok(url_parse(a, "https://h/", &u) == 0 && !u.user, "no user");
}

static void bad_urls(void)
{
	static const struct {
		const char *in, *text;
	} bad[] = {
		{ NULL, "there is no URL" },
		{ "", "URL  is empty" },
		{ "ftp://h/", "does not begin with https://" },
		{ "example.com/x", "does not begin with https://" },
		{ "https:/h/", "does not begin with https://" },
		{ "https://", "has no host" },
		{ "https:///x", "has no host" },
		{ "https://:443/", "has no host" },
		{ "https://u:secret@/", "URL https:/// has no host" },
		{ "https://h /", "has a space in it" },
		{ "https://h/a b", "has a space in it" },
		{ "https://h/\r\nX: y", "has a control character in it" },
		{ "https://h/\x7f", "has a control character in it" },
		{ "https://h/\xc3\xbc", "has a character outside ASCII" },
		{ "https://h:0/", "port that is not in 1-65535" },
		{ "https://h:65536/", "port that is not in 1-65535" },
		{ "https://h:-1/", "port that is not in 1-65535" },
		{ "https://h:80x/", "port that is not in 1-65535" },
		{ "https://h:1:2/", "port that is not in 1-65535" },
		{ "https://[::1/", "opening bracket without" },
		{ "https://[::g]/", "no valid IPv6 address" },
		{ "https://[fe80::1%25eth0]/", "no valid IPv6 address" },
		{ "https://[1.2.3.4]/", "no valid IPv6 address" },
		{ "https://[::1]x/", "something behind its IPv6 address" },
		{ "https://a\\b/", "character that names cannot have" },
		{ "https://a%41/", "character that names cannot have" },
		{ "https://a,b/", "character that names cannot have" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct arena *own = arena_new();
		struct url u;
		is_int(url_parse(own, bad[i].in, &u), -1);
		char *text = error_text(own);
		if (!ok(strstr(text, bad[i].text) != NULL, "a bad URL is told: names the fault"))
			printf("#  got: %s\n# want: %s\n", text, bad[i].text);
		ok(!strstr(text, "secret"), "a password is not told");
		arena_drop(own);
	}
	char *longest = arena_alloc(a, 9000);
	memcpy(longest, "https://h/", 10);
	memset(longest + 10, 'a', 8182);
	struct url u;
	is_int(url_parse(a, longest, &u), 0, "8 KiB are fine");
	longest[8192] = 'a';
	is_int(url_parse(a, longest, &u), -1, "one more is not");
	error_clear(a);
}

static void references(void)
{
	static const char *const cases[][2] = {
		{ "http:g", NULL },
		{ "https://other/x", "https://other/x" },
		{ "g", "http://a/b/c/g" },
		{ "./g", "http://a/b/c/g" },
		{ "g/", "http://a/b/c/g/" },
		{ "/g", "http://a/g" },
		{ "//g", "http://g/" },
		{ "?y", "http://a/b/c/d;p?y" },
		{ "g?y", "http://a/b/c/g?y" },
		{ "#s", "http://a/b/c/d;p?q" },
		{ "g#s", "http://a/b/c/g" },
		{ ";x", "http://a/b/c/;x" },
		{ "", "http://a/b/c/d;p?q" },
		{ ".", "http://a/b/c/" },
		{ "./", "http://a/b/c/" },
		{ "..", "http://a/b/" },
		{ "../g", "http://a/b/g" },
		{ "../..", "http://a/" },
		{ "../../../g", "http://a/g" },
		{ "/./g", "http://a/g" },
		{ "/../g", "http://a/g" },
		{ "g.", "http://a/b/c/g." },
		{ "..g", "http://a/b/c/..g" },
		{ "./../g", "http://a/b/g" },
		{ "g;x=1/../y", "http://a/b/c/y" },
		{ "g?y/../x", "http://a/b/c/g?y/../x" },
		{ "mailto:x@y", NULL },
		{ "a b", NULL },
		{ "//", NULL },
	};
	struct url base;
	url_parse(a, "http://a/b/c/d;p?q", &base);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct url u;
		int result = url_resolve(a, &base, cases[i][0], &u);
		is_str(result == 0 ? u.text : NULL, cases[i][1]);
		error_clear(a);
	}
	struct url u;
	url_parse(a, "https://u:p@[::1]:8443/x/y", &base);
	ok(url_resolve(a, &base, "z", &u) == 0 && !u.user, "a login is not carried along");
	is_str(u.text, "https://[::1]:8443/x/z");
	is_int(url_resolve(a, &base, NULL, &u), -1);
}

int main(void)
{
	a = arena_new();
	good_urls();
	bad_urls();
	references();
	arena_drop(a);
	return done();
}
