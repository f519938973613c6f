/* The server blocks of nginx's configuration, with all that it includes. */
#include "nginxconf.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "error.h"
#include "file.h"

enum {
	FILE_MAX = 4 << 20,
	ALL_MAX = 64 << 20, /* all files together */
	FILES_MAX = 20000,
	INCLUDES_MAX = 20, /* files within files */
	DEPTH_MAX = 100,   /* blocks within blocks */
	WORDS_MAX = 10000, /* of one directive */
};

/* What a block's directives mean. */
enum context { MAIN, HTTP, SERVER, OTHER };

struct reader {
	struct arena *mem;
	struct nginxconf *conf;
	const char *dir; /* that included paths are relative to */
	bool unprivileged;
	size_t total;
	unsigned files, includes, depth;
	const char *needle;
	struct nginx_server *server; /* the block that is open; NULL: none */
	bool ssl;                    /* all that it listens on is */
	struct nginx_lexer *lexer;
	const char *file;
};

static int read_file(struct reader *r, const char *path, enum context context);
static int read_block(struct reader *r, enum context context, bool inner);

static int bad(struct reader *r, const char *what)
{
	return fail(r->mem, "%s line %u: %s", text_safe(r->mem, r->file, 1000), r->lexer->line,
	    what);
}

/* One more element of a list that grows by doubling. */
static void *grow(struct arena *a, void *list, size_t n, size_t size)
{
	void *more;

	if (n & (n - 1) || (n && n < 4))
		return list;
	more = arena_alloc(a, (n < 4 ? 4 : 2 * n) * size);
	if (n)
		memcpy(more, list, n * size);
	return more;
}

/* --- directives of a server ------------------------------------------------------------------- */

/* "80", "8000-8010" */
static bool read_ports(struct arena *a, const char *s, struct nginx_listen *l)
{
	const char *dash = strchr(s, '-');
	long long first, last;

	if (text_number(dash ? arena_strn(a, s, (size_t)(dash - s)) : s, 1, 65535, &first))
		return false;
	if (!dash)
		last = first;
	else if (text_number(dash + 1, first, 65535, &last))
		return false;
	l->port = (int)first;
	l->last_port = (int)last;
	return true;
}

static struct nginx_listen parse_listen(struct arena *a, const char *text)
{
	struct nginx_listen l = { .address = "*", .port = 80, .last_port = 80 };
	const char *bracket = *text == '[' ? strchr(text, ']') : NULL;
	const char *colon = strrchr(bracket ? bracket : text, ':');

	if (text_starts_ci(text, "unix:")) {
		l.address = text;
		l.port = l.last_port = 0;
	} else if (!read_ports(a, text, &l)) {
		const size_t n =
		    colon && read_ports(a, colon + 1, &l) ? (size_t)(colon - text) : strlen(text);
		l.address = text_lower(a, arena_strn(a, text, n));
	}
	if (text_is(l.address, "0.0.0.0"))
		l.address = "*";
	return l;
}

static void add_listen(struct reader *r, struct nginx_listen l)
{
	struct nginx_server *s = r->server;

	s->listens = grow(r->mem, s->listens, s->n_listens, sizeof l);
	s->listens[s->n_listens++] = l;
}

static int on_listen(struct reader *r, struct strs words)
{
	if (words.n < 2)
		return 0;
	struct nginx_listen l = parse_listen(r->mem, words.v[1]);
	const struct {
		const char *word;
		bool *flag;
	} flags[] = { { "ssl", &l.ssl }, { "proxy_protocol", &l.proxy_protocol },
		{ "default_server", &l.is_default }, { "default", &l.is_default },
		{ "quic", &l.udp } };

	for (size_t i = 2; i < words.n; i++)
		for (size_t k = 0; k < sizeof flags / sizeof *flags; k++)
			*flags[k].flag |= text_is(words.v[i], flags[k].word);
	add_listen(r, l);
	return 0;
}

static int on_server_name(struct reader *r, struct strs words)
{
	for (size_t i = 1; i < words.n; i++) {
		char here[256] = "";

		if (text_is(words.v[i], "$hostname") && gethostname(here, sizeof here - 1) == 0)
			words.v[i] = arena_str(r->mem, here);
		strs_add(r->mem, &r->server->names,
		    *words.v[i] == '~' ? words.v[i] : text_lower(r->mem, words.v[i]));
	}
	return 0;
}

/* "ssl on", of versions before 1.25.1, means all that the block listens on. */
static int on_ssl(struct reader *r, struct strs words)
{
	if (words.n == 2 && text_is(words.v[1], "on"))
		r->ssl = true;
	return 0;
}

static int on_pid(struct reader *r, struct strs words)
{
	if (words.n == 2)
		r->conf->pid = words.v[1];
	return 0;
}

static int on_include(struct reader *r, struct strs words, enum context context)
{
	glob_t found;
	int result = 0;

	if (words.n != 2)
		return 0;
	const char *pattern =
	    *words.v[1] == '/' ? words.v[1] : file_join(r->mem, r->dir, words.v[1]);
	if (!strpbrk(pattern, "*?["))
		return read_file(r, pattern, context);
	if (glob(pattern, 0, NULL, &found))
		return 0;
	for (size_t i = 0; i < found.gl_pathc && !result; i++)
		result = read_file(r, arena_str(r->mem, found.gl_pathv[i]), context);
	globfree(&found);
	return result;
}

static int on_directive(struct reader *r, enum context context, struct strs words)
{
	static const struct {
		const char *name;
		enum context context;
		int (*read)(struct reader *r, struct strs words);
	} known[] = { { "listen", SERVER, on_listen }, { "pid", MAIN, on_pid },
		{ "server_name", SERVER, on_server_name }, { "ssl", SERVER, on_ssl } };

	if (!words.n || context == OTHER)
		return 0;
	if (text_is(words.v[0], "include"))
		return on_include(r, words, context);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].context == context && text_is(words.v[0], known[i].name))
			return known[i].read(r, words);
	return 0;
}

/* --- blocks ----------------------------------------------------------------------------------- */

/* A file may be included more than once: its blocks are then as many servers at one place. */
static int read_server(struct reader *r)
{
	struct nginxconf *c = r->conf;
	struct nginx_server s = { .file = r->file, .inside = r->lexer->at };

	r->server = &s;
	r->ssl = false;
	const int result = read_block(r, SERVER, true);
	if (!s.n_listens)
		add_listen(r, parse_listen(r->mem, r->unprivileged ? "8000" : "80"));
	r->server = NULL;
	for (size_t i = 0; i < s.n_listens; i++)
		s.listens[i].ssl |= r->ssl;
	c->servers = grow(r->mem, c->servers, c->n, sizeof s);
	c->servers[c->n++] = s;
	return result;
}

static int on_block(struct reader *r, enum context context, struct strs words)
{
	const char *name = words.n ? words.v[0] : "";

	if (text_ends(name, "_by_lua_block"))
		return nginx_skip_lua(r->lexer) ? bad(r, "Lua code without its end") : 0;
	if (context == HTTP && words.n == 1 && text_is(name, "server"))
		return read_server(r);
	return read_block(r,
	    context == MAIN && words.n == 1 && text_is(name, "http") ? HTTP : OTHER, true);
}

/* The words of a directive, and the token that ends it; a file's end between two is NGINX_END. */
static enum nginx_token read_words(struct reader *r, struct strs *words)
{
	const char *word;
	enum nginx_token t;

	*words = (struct strs){ 0 };
	while ((t = nginx_next(r->mem, r->lexer, &word)) == NGINX_WORD && words->n < WORDS_MAX)
		strs_add(r->mem, words, word);
	return words->n && (t == NGINX_END || t == NGINX_CLOSE) ? NGINX_BAD : t;
}

/* inner: up to its }, else up to the end of the file. */
static int read_block(struct reader *r, enum context context, bool inner)
{
	int result = 0;

	if (++r->depth > DEPTH_MAX)
		return bad(r, "blocks nest too deep");
	while (!result) {
		struct strs words;
		const enum nginx_token t = read_words(r, &words);

		if (t == (inner ? NGINX_CLOSE : NGINX_END))
			break;
		if (t == NGINX_SEMICOLON)
			result = on_directive(r, context, words);
		else if (t == NGINX_OPEN)
			result = on_block(r, context, words);
		else
			result = bad(r,
			    t == NGINX_END         ? "a { has no }"
			        : t == NGINX_CLOSE ? "a } has no {"
			        : t == NGINX_WORD  ? "a directive has too many words"
			                           : "a directive or a quote has no end");
	}
	r->depth--;
	return result;
}

static int read_text(struct reader *r, const char *file, const char *text, size_t len,
    enum context context)
{
	const struct reader outer = *r;
	struct nginx_lexer lexer = { .text = text, .len = len, .line = 1 };

	r->conf->has_needle |= r->needle && strstr(text, r->needle);
	r->file = file;
	r->lexer = &lexer;
	const int result = read_block(r, context, false);
	r->lexer = outer.lexer;
	r->file = outer.file;
	return result;
}

static int read_file(struct reader *r, const char *path, enum context context)
{
	/* realpath() allocates when it is not given a place, whose size nobody knows. */
	char *real = realpath(path, NULL);
	const char *file = arena_str(r->mem, real ? real : path);
	size_t len;
	free(real);

	if (++r->files > FILES_MAX || r->includes >= INCLUDES_MAX)
		return fail(r->mem, "%s: too many files are included, or it includes itself",
		    text_safe(r->mem, path, 1000));
	const char *text = file_read(r->mem, file, FILE_MAX, &len);
	if (!text)
		return -1;
	if ((r->total += len) > ALL_MAX)
		return fail(r->mem, "%s: with all that it includes larger than %d bytes", path,
		    ALL_MAX);
	r->includes++;
	const int result = read_text(r, file, text, len, context);
	r->includes--;
	return result;
}

int nginxconf_parse(struct arena *a, const char *path, const char *text, size_t len,
    bool unprivileged, struct nginxconf *out)
{
	struct reader r = { .mem = a,
		.conf = out,
		.dir = file_dir(a, path),
		.unprivileged = unprivileged };

	*out = (struct nginxconf){ 0 };
	return read_text(&r, path, text, len, MAIN);
}

int nginxconf_read(struct arena *a, const char *path, bool unprivileged, const char *needle,
    struct nginxconf *out)
{
	struct reader r = { .mem = a,
		.conf = out,
		.dir = file_dir(a, path),
		.unprivileged = unprivileged,
		.needle = needle };

	*out = (struct nginxconf){ 0 };
	return read_file(&r, path, MAIN);
}
