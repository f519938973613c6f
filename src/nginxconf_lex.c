/* nginx's words: quotes, escapes, comments, ${variables}, and Lua blocks, which have a syntax of
 * their own (lua-nginx-module reads them as Lua does). */
#include "nginxconf.h"

#include <string.h>

#include "arena.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static char peek(const struct nginx_lexer *l)
{
	return l->at < l->len ? l->text[l->at] : 0;
}

static char take(struct nginx_lexer *l)
{
	const char c = l->text[l->at++];
	l->line += c == '\n';
	return c;
}

static void skip_line(struct nginx_lexer *l)
{
	while (l->at < l->len && take(l) != '\n')
		continue;
}

static void skip_blanks(struct nginx_lexer *l)
{
	while (l->at < l->len && (is_blank(peek(l)) || peek(l) == '#'))
		if (take(l) == '#')
			skip_line(l);
}

/* The text between two offsets without the backslashes that nginx takes away. */
static char *unescape(struct arena *a, const char *from, size_t n)
{
	static const char plain[] = "\"'\\", named[] = "trn", meant[] = "\t\r\n";
	char *word = arena_alloc(a, n + 1);
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		const char next = from[i] == '\\' && i + 1 < n ? from[i + 1] : 0;
		const char *escape = next ? strchr(named, next) : NULL;

		if (escape)
			word[len++] = meant[escape - named];
		else
			word[len++] = next && strchr(plain, next) ? next : from[i];
		if (escape || (next && strchr(plain, next)))
			i++;
	}
	word[len] = 0;
	return word;
}

static enum nginx_token quoted_word(struct arena *a, struct nginx_lexer *l, const char **word)
{
	const char quote = take(l);
	const size_t start = l->at;

	while (l->at < l->len && peek(l) != quote)
		if (take(l) == '\\' && l->at < l->len)
			take(l);
	if (l->at == l->len)
		return NGINX_BAD;
	*word = unescape(a, l->text + start, l->at - start);
	take(l);
	/* A ) may follow: if ($x = "y") */
	return l->at == l->len || is_blank(peek(l)) || strchr(";{)", peek(l)) ? NGINX_WORD
	                                                                      : NGINX_BAD;
}

static enum nginx_token bare_word(struct arena *a, struct nginx_lexer *l, const char **word)
{
	const size_t start = l->at;
	bool variable = false;

	while (l->at < l->len) {
		const char c = peek(l);

		if (c != '{' || !variable) { /* it may be that of ${name} */
			if (is_blank(c) || c == ';' || c == '{')
				break;
			variable = c == '$';
		}
		take(l);
		if (c == '\\' && l->at < l->len)
			take(l);
	}
	*word = unescape(a, l->text + start, l->at - start);
	return NGINX_WORD;
}

enum nginx_token nginx_next(struct arena *a, struct nginx_lexer *l, const char **word)
{
	static const struct {
		char c;
		enum nginx_token token;
	} single[] = { { ';', NGINX_SEMICOLON }, { '{', NGINX_OPEN }, { '}', NGINX_CLOSE } };

	*word = "";
	skip_blanks(l);
	if (l->at == l->len)
		return NGINX_END;
	for (size_t i = 0; i < sizeof single / sizeof *single; i++)
		if (peek(l) == single[i].c) {
			take(l);
			return single[i].token;
		}
	return peek(l) == '"' || peek(l) == '\'' ? quoted_word(a, l, word) : bare_word(a, l, word);
}

/* --- Lua -------------------------------------------------------------------------------------- */

/* [[ or [==[ at the text's place: how many bytes it has, 0 when it is none. */
static size_t long_bracket(const struct nginx_lexer *l)
{
	size_t n = 1;

	if (peek(l) != '[')
		return 0;
	while (l->at + n < l->len && l->text[l->at + n] == '=')
		n++;
	return l->at + n < l->len && l->text[l->at + n] == '[' ? n + 1 : 0;
}

/* Behind a long bracket of n bytes, to the end of the one that closes it. */
static void skip_long(struct nginx_lexer *l, size_t n)
{
	for (l->at += n; l->at < l->len; take(l)) {
		size_t same = 1;

		if (peek(l) != ']')
			continue;
		while (l->at + same < l->len && same < n - 1 && l->text[l->at + same] == '=')
			same++;
		if (same == n - 1 && l->at + same < l->len && l->text[l->at + same] == ']') {
			l->at += n;
			return;
		}
	}
}

static void skip_lua_string(struct nginx_lexer *l)
{
	const char quote = take(l);

	while (l->at < l->len) {
		const char c = take(l);

		if (c == '\\' && l->at < l->len)
			take(l);
		else if (c == quote || c == '\n')
			return;
	}
}

static void skip_lua_comment(struct nginx_lexer *l)
{
	l->at += 2;
	const size_t n = long_bracket(l);
	if (n)
		skip_long(l, n);
	else
		skip_line(l);
}

int nginx_skip_lua(struct nginx_lexer *l)
{
	size_t depth = 1, n;

	while (l->at < l->len) {
		const char c = peek(l);

		if (c == '"' || c == '\'')
			skip_lua_string(l);
		else if (c == '-' && l->at + 1 < l->len && l->text[l->at + 1] == '-')
			skip_lua_comment(l);
		else if ((n = long_bracket(l)))
			skip_long(l, n);
		else if (take(l) == '{')
			depth++;
		else if (c == '}' && --depth == 0)
			return 0;
	}
	return -1;
}
