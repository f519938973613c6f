/* nginx's configuration, as far as it says who gets a request: the server blocks of http{}, their
 * names and what they listen on. Read word by word as nginx reads it (ngx_conf_read_token), with
 * all that is included; nothing is ever written from what was read, so no byte can get lost: who
 * wants to change a block inserts text at an offset. */
#ifndef NGINXCONF_H
#define NGINXCONF_H

#include <stdbool.h>
#include <stddef.h>

#include "text.h"

struct arena;

/* --- words ------------------------------------------------------------------------------------ */
struct nginx_lexer {
	const char *text;
	size_t len;
	size_t at; /* where the next token is looked for */
	unsigned line;
};

enum nginx_token {
	NGINX_END, /* of the text */
	NGINX_WORD,
	NGINX_SEMICOLON,
	NGINX_OPEN,
	NGINX_CLOSE,
	NGINX_BAD, /* a quote or block without its end, or a word right behind a quote */
};

/* The next token; *word: without quotes and escapes, NUL-terminated. Behind NGINX_OPEN .at is the
 * offset right after the brace. */
enum nginx_token nginx_next(struct arena *a, struct nginx_lexer *l, const char **word);
/* Skips the Lua code of a *_by_lua_block, whose { was the last token, and its }. -1: it has
 * none. */
int nginx_skip_lua(struct nginx_lexer *l);

/* --- servers ---------------------------------------------------------------------------------- */
struct nginx_listen {
	const char *address; /* "*", "192.0.2.1", "[::1]", a host name, "unix:/path" */
	int port, last_port; /* 0 for unix: */
	bool ssl, proxy_protocol, is_default;
	bool udp; /* quic */
};

struct nginx_server {
	const char *file; /* no symbolic link */
	size_t inside;    /* offset behind its { */
	struct strs names;
	struct nginx_listen *listens; /* never none */
	size_t n_listens;
};

struct nginxconf {
	struct nginx_server *servers;
	size_t n;
	const char *pid; /* the pid directive; NULL: none */
	bool has_needle; /* a file has the text that was looked for */
};

/* Reads the main file and what it includes. unprivileged: nginx is not run by root, and so a
 * server without listen takes port 8000. needle: a text to be looked for in all files, NULL:
 * none. -1: a file cannot be read or understood, or passes a ceiling. */
int nginxconf_read(struct arena *a, const char *path, bool unprivileged, const char *needle,
    struct nginxconf *out);

/* The same with the main file's text, NUL-terminated behind its len bytes, from memory. */
int nginxconf_parse(struct arena *a, const char *path, const char *text, size_t len,
    bool unprivileged, struct nginxconf *out);

/* Where a plain HTTP request may arrive, and a server block that may then get it. */
struct nginx_way {
	const struct nginx_server *server;
	const char *address;
	bool proxy_protocol;
};
struct nginx_ways {
	struct nginx_way *v;
	size_t n;
};
/* All ways of a request for this Host to this port (unix sockets count for each port). For each
 * address the server is the one that nginx chooses (ngx_http_core: exact name, longest *.x,
 * longest x.*, else the default one); where regular expressions might decide, all that have one,
 * and the default. */
struct nginx_ways nginxconf_ways(struct arena *a, const struct nginxconf *c, const char *host,
    int port);

#endif
