/* nginx's configuration: words and blocks; what stands inside a server block is found behind its
 * brace. */
#include "nginxconf.h"

#include <assert.h>
#include <string.h>

#include "arena.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* Tokens come in order, none is empty but a quoted one, and the last is at the end. */
static void lex(struct arena *a, const char *text, size_t size)
{
	struct nginx_lexer l = { .text = text, .len = size, .line = 1 };
	const char *word;
	enum nginx_token t;

	do {
		const size_t before = l.at;

		t = nginx_next(a, &l, &word);
		assert(l.at <= size && (l.at > before || t == NGINX_END || t == NGINX_BAD));
		assert(strlen(word) <= l.at - before);
		assert(t != NGINX_OPEN || text[l.at - 1] == '{');
	} while (t != NGINX_END && t != NGINX_BAD);
	l = (struct nginx_lexer){ .text = text, .len = size, .line = 1 };
	assert(nginx_skip_lua(&l) < 0 || text[l.at - 1] == '}');
	assert(l.at <= size);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena *a = arena_new();
	const char *text = arena_dup(a, data, size);
	struct nginxconf c;

	lex(a, text, size);
	/* No files of this machine. */
	if (!strstr(text, "include") && nginxconf_parse(a, "/fuzz", text, size, false, &c) == 0) {
		for (size_t i = 0; i < c.n; i++)
			assert(c.servers[i].n_listens && c.servers[i].inside <= size &&
			    text[c.servers[i].inside - 1] == '{');
		const struct nginx_ways w = nginxconf_ways(a, &c, "www.example.com", 80);
		for (size_t i = 0; i < w.n; i++)
			assert(w.v[i].server && w.v[i].address);
	}
	arena_drop(a);
	return 0;
}
