/* http and https URLs: taking them apart and resolving references (RFC 3986). */
#include "url.h"

#include <string.h>

#include "arena.h"
#include "error.h"
#include "idn.h"
#include "text.h"

enum { URL_MAX = 8192 };

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"

/* The URL for an error text: safe to print, and without the password that it may carry. */
static const char *shown(struct arena *a, const char *s)
{
	const char *start = strstr(s, "://");
	size_t len = start ? strcspn(start + 3, "/?#") : 0;
	const char *at_sign = NULL;
	for (size_t i = 0; i < len; i++)
		if (start[3 + i] == '@')
			at_sign = start + 3 + i;
	if (!at_sign)
		return text_safe(a, s, 200);
	return text_safe(a, fmt(a, "%.*s%s", (int)(start + 3 - s), s, at_sign + 1), 200);
}

static int bad(struct arena *a, const char *s, const char *what)
{
	return fail(a, "URL %s %s", shown(a, s), what);
}

/* Characters that would end or split a request line, and those that a URL writes as %XX. */
static const char *bad_characters(const char *s)
{
	size_t n = 0;
	for (; s[n]; n++) {
		unsigned char c = (unsigned char)s[n];
		if (c == ' ')
			return "has a space in it: write %20";
		if (c < ' ' || c == 0x7f)
			return "has a control character in it";
		if (n >= URL_MAX)
			return "is longer than 8 KiB";
	}
	return n ? NULL : "is empty";
}

/* The host in lower case: a name of letters, digits, "-", "." and "_", or a bracketed IPv6
 * address. */
static const char *read_host(struct arena *a, const char *whole, const char *s, bool literal)
{
	const char *what = NULL;
	const char *host = s;
	if (literal && !text_is_ipv6(s))
		what = "has no valid IPv6 address between its brackets";
	else if (!*s)
		what = "has no host";
	else if (!literal && !(host = idn_to_ascii(a, s)))
		return NULL;
	else if (!literal && strlen(host) > 254)
		what = "has a host name of more than 253 characters";
	else if (!literal && host[strspn(host, NAME_CHARACTERS)])
		what = "has a host name with a character that names cannot have";
	if (what) {
		bad(a, whole, what);
		return NULL;
	}
	return text_lower(a, host);
}

/* host[:port], or [address][:port]. */
static int read_host_port(struct arena *a, const char *whole, char *s, struct url *u)
{
	bool literal = *s == '[';
	char *end = literal ? strchr(s, ']') : s + strcspn(s, ":");
	if (!end)
		return bad(a, whole, "has an opening bracket without its closing one");
	char *rest = literal ? end + 1 : end;
	char *port = *rest == ':' ? rest + 1 : NULL;
	if (*rest && !port)
		return bad(a, whole, "has something behind its IPv6 address that is no port");
	*end = 0;
	u->host = read_host(a, whole, literal ? s + 1 : s, literal);
	if (!u->host)
		return -1;
	int usual = u->tls ? 443 : 80;
	long long number = usual;
	if (port && *port && text_number(port, 1, 65535, &number) < 0)
		return bad(a, whole, "has a port that is not in 1-65535");
	u->port = (int)number;
	const char *open = literal ? "[" : "", *close = literal ? "]" : "";
	u->authority = u->port == usual ? fmt(a, "%s%s%s", open, u->host, close)
	                                : fmt(a, "%s%s%s:%d", open, u->host, close, u->port);
	return 0;
}

static void read_user(struct arena *a, char *s, struct url *u)
{
	char *colon = strchr(s, ':');
	if (colon) {
		*colon = 0;
		u->password = text_url_unescape(a, colon + 1);
	}
	u->user = text_url_unescape(a, s);
}

int url_parse(struct arena *a, const char *s, struct url *out)
{
	*out = (struct url){ 0 };
	if (!s)
		return fail(a, "there is no URL");
	const char *what = bad_characters(s);
	if (what)
		return bad(a, s, what);
	size_t skip = text_starts_ci(s, "https://") ? 8 : text_starts_ci(s, "http://") ? 7 : 0;
	if (!skip)
		return bad(a, s, "does not begin with https:// or http://");
	out->tls = skip == 8;
	out->scheme = out->tls ? "https" : "http";
	const char *rest = s + skip;
	size_t len = strcspn(rest, "/?#");
	char *authority = arena_strn(a, rest, len);
	char *at_sign = strrchr(authority, '@');
	if (at_sign) {
		*at_sign = 0;
		read_user(a, authority, out);
	}
	if (read_host_port(a, s, at_sign ? at_sign + 1 : authority, out) < 0)
		return -1;
	rest += len;
	for (const char *p = rest; *p; p++)
		if ((unsigned char)*p >= 0x80)
			return bad(a, s,
			    "has a character outside ASCII in its path: write it as %XX");
	out->path = fmt(a, "%s%.*s", *rest == '/' ? "" : "/", (int)strcspn(rest, "#"), rest);
	out->text = fmt(a, "%s://%s%s", out->scheme, out->authority, out->path);
	return 0;
}

/* Takes "." and ".." segments out of an absolute path (RFC 3986 5.2.4); the query stays. */
static char *remove_dots(struct arena *a, const char *path)
{
	size_t end = strcspn(path, "?"), n = 0;
	char *out = arena_alloc(a, strlen(path) + 2);
	for (size_t i = 0; i < end;) {
		size_t len = 1 + strcspn(path + i + 1, "/?");
		bool last = i + len >= end;
		bool dot = len == 2 && path[i + 1] == '.';
		bool dots = len == 3 && path[i + 1] == '.' && path[i + 2] == '.';
		if (dots)
			while (n && out[--n] != '/')
				;
		if (!dot && !dots) {
			memcpy(out + n, path + i, len);
			n += len;
		} else if (last) {
			out[n++] = '/';
		}
		i += len;
	}
	memcpy(out + n, path + end, strlen(path + end) + 1);
	return out;
}

static bool has_scheme(const char *ref)
{
	size_t n = strcspn(ref, ":/?#");
	return n && ref[n] == ':';
}

int url_resolve(struct arena *a, const struct url *base, const char *ref, struct url *out)
{
	if (!ref)
		return url_parse(a, NULL, out);
	if (strlen(ref) > URL_MAX)
		return bad(a, ref, "is longer than 8 KiB");
	if (has_scheme(ref))
		return url_parse(a, ref, out);
	if (text_starts(ref, "//"))
		return url_parse(a, fmt(a, "%s:%s", base->scheme, ref), out);
	/* How much of the base's path stays in front: all, the part before its query, its folder. */
	size_t keep = 0;
	if (!*ref || *ref == '#')
		keep = strlen(base->path);
	else if (*ref == '?')
		keep = strcspn(base->path, "?");
	else if (*ref != '/')
		for (size_t i = 0; base->path[i] && base->path[i] != '?'; i++)
			if (base->path[i] == '/')
				keep = i + 1;
	size_t fragment = strcspn(ref, "#");
	const char *path = fmt(a, "%.*s%.*s", (int)keep, base->path, (int)fragment, ref);
	return url_parse(a,
	    fmt(a, "%s://%s%s", base->scheme, base->authority, remove_dots(a, path)), out);
}
