/* URLs (RFC 3986) as far as http and https need them. */
#ifndef URL_H
#define URL_H

#include <stdbool.h>

struct arena;

struct url {
	bool tls;
	const char *scheme;
	const char *user; /* userinfo, decoded; NULL: none */
	const char *password;
	const char *host; /* lower case, without the brackets of an IPv6 literal */
	int port;         /* always set */
	const char *path; /* path and query as sent; begins with '/' */
	const char *
	    authority; /* host[:port] as the Host header has it (brackets kept, default port left out) */
	const char *text; /* the URL without fragment and userinfo */
};

/* Reads an absolute http(s) URL; refuses control characters, spaces and more than 8 KiB. -1
 * names the URL and what is wrong. */
int url_parse(struct arena *a, const char *s, struct url *out);
/* Resolves a reference (Location, Link) against a base. */
int url_resolve(struct arena *a, const struct url *base, const char *ref, struct url *out);

#endif
