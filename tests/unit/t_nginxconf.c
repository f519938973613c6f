/* nginx's configuration: words, what is included, and which server block gets a request. */
#include "nginxconf.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "error.h"
#include "file.h"

#include "tap.h"

static struct arena *a;
static char top[] = "/tmp/t_nginxconf.XXXXXX";

static const char *below(const char *name)
{
	return file_join(a, top, name);
}

static void put(const char *name, const char *text)
{
	if (file_write(a, below(name), text, strlen(text), 0644, false))
		die("%s", error_text(a));
}

/* Tokens as "[word]", "{", "}" and ";", an error as "!". */
static const char *tokens(const char *text)
{
	static const char *const marks[] = { [NGINX_SEMICOLON] = ";",
		[NGINX_OPEN] = "{",
		[NGINX_CLOSE] = "}",
		[NGINX_BAD] = "!" };
	struct nginx_lexer l = { .text = text, .len = strlen(text), .line = 1 };
	const char *word, *out = "";
	enum nginx_token t = NGINX_WORD;

	while (t != NGINX_END && t != NGINX_BAD) {
		t = nginx_next(a, &l, &word);
		if (t == NGINX_WORD)
			out = fmt(a, "%s[%s]", out, word);
		else if (t != NGINX_END)
			out = fmt(a, "%s%s", out, marks[t]);
	}
	return out;
}

static void test_words(void)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "" },
		{ "listen 80;", "[listen][80];" },
		{ "a\tb\r\nc;", "[a][b][c];" },
		{ "server{listen 80;}", "[server]{[listen][80];}" },
		{ "# { x\na; # }\n#", "[a];" },
		{ "a#b c;", "[a#b][c];" },
		{ "a \"b c;{}#\" 'd \"e';", "[a][b c;{}#][d \"e];" },
		{ "a \"x\\\"y\" 'x\\'y' b\\ c\\;d;", "[a][x\"y][x'y][b\\ c\\;d];" },
		{ "a \"\\t\\n\\\\.\";", "[a][\t\n\\.];" },
		{ "return 200 ${x}y${z};", "[return][200][${x}y${z}];" },
		{ "a $x{b;}", "[a][$x]{[b];}" },
		{ "if ($x = \"}\"){", "[if][($x][=][}][)]{" },
		{ "a b}c;", "[a][b}c];" },
		{ "a b\"c;", "[a][b\"c];" },
		{ "\"\";", "[];" },
		{ "a \"b", "[a]!" },
		{ "a 'b\\'", "[a]!" },
		{ "a \"b\"c;", "[a]!" },
		{ "\xef\xbb\xbfserver \xff;", "[\xef\xbb\xbfserver][\xff];" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		is_str(tokens(rows[i].text), rows[i].want, text_safe(a, rows[i].want, 80));
}

static void test_lua(void)
{
	static const struct {
		const char *text;
		int result;
		const char *rest;
	} rows[] = {
		{ "} x", 0, " x" },
		{ " if a then b = {} end } x", 0, " x" },
		{ "s = \"}\" t = '}\\'}' } x", 0, " x" },
		{ "-- }\n} x", 0, " x" },
		{ "--[[ }\n} ]] } x", 0, " x" },
		{ "s = [==[ } ]] ]=] ]==] } x", 0, " x" },
		{ "a[b[1]] = 2 } x", 0, " x" },
		{ "{", -1, "" },
		{ "[[ }", -1, "" },
		{ "--[==[ }", -1, "" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct nginx_lexer l = { .text = rows[i].text,
			.len = strlen(rows[i].text),
			.line = 1 };
		is_int(nginx_skip_lua(&l), rows[i].result, text_safe(a, rows[i].text, 80));
		is_str(l.text + l.at, rows[i].rest, "  and what is left");
	}
}

/* The first name of each server on the way, with its address: "a.test@* b.test@[::]". */
static const char *ways_of(const char *conf, const char *host, int port)
{
	struct nginxconf c;
	const char *out = "";

	put("nginx.conf", conf);
	if (nginxconf_read(a, below("nginx.conf"), false, NULL, &c)) {
		const char *text = error_text(a);
		error_clear(a);
		return text;
	}
	const struct nginx_ways w = nginxconf_ways(a, &c, host, port);
	for (size_t i = 0; i < w.n; i++)
		out = fmt(a, "%s%s%s@%s%s", out, i ? " " : "",
		    w.v[i].server->names.n ? w.v[i].server->names.v[0] : "-", w.v[i].address,
		    w.v[i].proxy_protocol ? "!" : "");
	return out;
}

#define S(names) "server { listen 80; server_name " names "; }\n"

static const struct {
	const char *conf, *host;
	int port;
	const char *want;
} ways[] = {
	{ S("a.test") S("b.test"), "b.test", 80, "b.test@*" },
	{ S("a.test") S("b.test"), "B.Test", 80, "b.test@*" },
	{ S("a.test") S("x c.test \n d.test"), "d.test", 80, "x@*" },
	{ S("a.test") S("b.test"), "no.test", 80, "a.test@*" },
	{ S("a.test") S("b.test"), "a.test", 8080, "" },
	{ S("a.test") "server { listen 80 default_server; server_name d; }", "no.test", 80, "d@*" },
	{ S("a.test") "server { listen 80 default; server_name d; }", "no.test", 80, "d@*" },
	{ "server { server_name n; }", "n", 80, "n@*" },
	{ "server { server_name n; }", "n", 8000, "" },
	/* which name */
	{ S("*.a.test") S("*.b.a.test"), "x.b.a.test", 80, "*.b.a.test@*" },
	{ S("q") S("*.a.test"), "a.test", 80, "q@*" },
	{ S("q") S(".a.test"), "a.test", 80, ".a.test@*" },
	{ S("q") S(".a.test"), "x.y.a.test", 80, ".a.test@*" },
	{ S("q") S(".a.test"), "xa.test", 80, "q@*" },
	{ S("mail.*") S("*.test"), "mail.test", 80, "*.test@*" },
	{ S("q") S("mail.*"), "mail.test", 80, "mail.*@*" },
	{ S("q") S("mail.*"), "mailer.test", 80, "q@*" },
	{ S("mail.*") S("*.test") S("mail.test"), "mail.test", 80, "mail.test@*" },
	{ S("a.test") S("a.test b.test"), "a.test", 80, "a.test@*" },
	{ S("q") S("~^a") S("~b"), "a.test", 80, "~^a@* ~b@* q@*" },
	{ S("q") S("~^a") S("a.test"), "a.test", 80, "a.test@*" },
	{ S("q") S("z ~^a"), "z", 80, "z@*" },
	{ S("~^a"), "b", 80, "~^a@*" },
	{ S("q") S("~^a") S("*.test"), "a.test", 80, "*.test@*" },
	{ S("mail.*") S("mail.x.*"), "mail.x.y", 80, "mail.x.*@*" },
	{ S("q") S(".a.test") S("a.test"), "a.test", 80, ".a.test@*" },
	/* where it listens */
	{ "server { listen 80; listen [::]:80; server_name n; }", "n", 80, "n@* n@[::]" },
	{ "server { listen 0.0.0.0:80; server_name n; }" S("m"), "m", 80, "m@*" },
	{ "server { listen 192.0.2.1:80; server_name n; }" S("m"), "m", 80, "n@192.0.2.1 m@*" },
	{ "server { listen 192.0.2.1; server_name n; }", "n", 80, "n@192.0.2.1" },
	{ "server { listen [2001:DB8::1]; server_name n; }", "n", 80, "n@[2001:db8::1]" },
	{ "server { listen localhost:81; server_name n; }", "n", 81, "n@localhost" },
	{ "server { listen 8000-8010; server_name n; }", "n", 8005, "n@*" },
	{ "server { listen 443 ssl; server_name n; }", "n", 443, "" },
	{ "server { listen 443; ssl on; server_name n; }", "n", 443, "" },
	{ "server { listen 443 quic; server_name n; }", "n", 443, "" },
	{ "server { listen 80 ssl; server_name n; }" S("m"), "m", 80, "" },
	{ "server { listen 80 proxy_protocol; server_name n; }", "n", 80, "n@*!" },
	{ "server { listen unix:/run/n.sock; server_name n; }", "n", 80, "n@unix:/run/n.sock" },
	/* what is no server */
	{ "upstream u { server 127.0.0.1:80; }", "n", 80, "" },
	{ "map $a $b { server { } }" S("n"), "n", 80, "n@*" },
	{ "content_by_lua_block { server = { listen = 80 } -- }\n}" S("n"), "n", 80, "n@*" },
	/* what cannot be read */
	{ "server { listen 80;", "n", 80, "!a { has no }" },
	{ "} }", "n", 80, "!a } has no {" },
	{ "server { listen \"80; }", "n", 80, "!a directive or a quote has no end" },
	{ "server { listen 80 }", "n", 80, "!a directive or a quote has no end" },
	{ "x_by_lua_block { [[ }", "n", 80, "!Lua code without its end" },
	{ "include none.conf;", "n", 80, "!No such file" },
	{ "include self;", "n", 80, "!it includes itself" },
};

static void test_ways(void)
{
	put("self", "include self;");
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		const char *conf = fmt(a, "http {\n%s}\n", ways[i].conf);
		const char *got = ways_of(conf, ways[i].host, ways[i].port);

		if (ways[i].want[0] == '!')
			ok(strstr(got, ways[i].want + 1),
			    text_safe(a, fmt(a, "%s: %s", ways[i].conf, got), 200));
		else
			is_str(got, ways[i].want,
			    text_safe(a, fmt(a, "%s for %s", ways[i].conf, ways[i].host), 200));
	}
	is_str(ways_of("stream { server { listen 80; } } mail { server { listen 80; } }", "n", 80),
	    "", "servers that are not http's");
	is_str(ways_of("server { listen 80; }", "n", 80), "", "one outside of http");
	char *deep = arena_alloc(a, 1000);
	for (size_t i = 0; i < 300; i++)
		memcpy(deep + 2 * i, "a{", 2);
	ok(strstr(ways_of(deep, "n", 80), "blocks nest too deep"), "a ceiling for blocks");
}

static void test_files(void)
{
	static const char conf[] = "pid run/x.pid; http { include sites/*.conf; include in/http; }";
	struct nginxconf c;

	mkdir(below("sites"), 0755);
	mkdir(below("real"), 0755);
	mkdir(below("in"), 0755);
	put("real/a", "server {listen 80; server_name a; include in/[n]ame; }");
	put("in/name", "server_name b; # THUMB\n listen 81;");
	put("in/http", "server { server_name c;}");
	ok(symlink("../real/a", below("sites/a.conf")) == 0 &&
	    symlink("../real/a", below("sites/b.conf")) == 0);
	put("main.conf", conf);
	ok(nginxconf_read(a, below("main.conf"), true, "THUMB", &c) == 0, "files are followed");
	is_int((long long)c.n, 3, "one that is linked to twice counts twice");
	ok(text_ends(c.servers[0].file, "/real/a"), "without the link");
	is_int((long long)c.servers[0].inside, 8, "the place behind the brace");
	is_int((long long)c.servers[1].inside, 8, "the same place");
	is_int((long long)c.servers[0].n_listens, 2, "what a block includes counts");
	is_str(c.servers[0].names.v[1], "b");
	is_int(c.servers[2].listens[0].port, 8000, "the default port of others than root");
	is_str(c.pid, "run/x.pid");
	ok(c.has_needle, "the text that was looked for");
	ok(nginxconf_read(a, below("main.conf"), false, "NONE", &c) == 0 && !c.has_needle);
}

int main(void)
{
	a = arena_new();
	if (!mkdtemp(top))
		return 1;
	test_words();
	test_lua();
	test_ways();
	test_files();
	if (system(fmt(a, "rm -rf '%s'", top)) != 0)
		return 1;
	arena_drop(a);
	return done();
}
