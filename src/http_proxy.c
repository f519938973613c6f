/* Which proxy to use, from the environment as curl reads it: https_proxy, http_proxy, all_proxy,
 * no_proxy in both cases. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "b64.h"
#include "error.h"
#include "http.h"
#include "log.h"
#include "text.h"
#include "url.h"

const char *http_basic(struct arena *a, const char *user, const char *password)
{
	const char *pair = fmt(a, "%s:%s", user, password ? password : "");
	const char *code = b64_encode(a, pair, strlen(pair));
	if (!text_empty(password))
		secret(password);
	secret(code);
	return fmt(a, "Basic %s", code);
}

/* A variable by its lower-case name, else its upper-case one. A CGI script gets request headers
 * as HTTP_*: there HTTP_PROXY comes from a stranger (CVE-2016-5385). */
static const char *variable(const char *lower, const char *upper)
{
	const char *value = getenv(lower);
	if (text_empty(value) && !(text_is(upper, "HTTP_PROXY") && getenv("REQUEST_METHOD")))
		value = getenv(upper);
	return text_empty(value) ? NULL : value;
}

/* Both addresses as bytes; 0 when they are not of one family. */
static size_t both_addresses(const char *a, const char *b, unsigned char *x, unsigned char *y)
{
	if (inet_pton(AF_INET, a, x) == 1)
		return inet_pton(AF_INET, b, y) == 1 ? 4 : 0;
	return inet_pton(AF_INET6, a, x) == 1 && inet_pton(AF_INET6, b, y) == 1 ? 16 : 0;
}

static bool in_network(const char *network, long long prefix, const char *host)
{
	unsigned char net[16], ip[16];
	size_t len = both_addresses(network, host, net, ip);
	if (!len || prefix > (long long)len * 8)
		return false;
	size_t whole = (size_t)prefix / 8, bits = (size_t)prefix % 8;
	return memcmp(net, ip, whole) == 0 &&
	    (!bits || (net[whole] ^ ip[whole]) >> (8 - bits) == 0);
}

/* The host or one above it: "example.com" and ".example.com" both name a.example.com. */
static bool in_domain(struct arena *a, const char *domain, const char *host)
{
	domain += text_starts(domain, "*.") ? 2 : *domain == '.';
	size_t n = strlen(host);
	if (n && host[n - 1] == '.')
		host = arena_strn(a, host, n - 1);
	size_t skip = strlen(host) - strlen(domain);
	if (!*domain || strlen(domain) > strlen(host) || !text_is_ci(host + skip, domain))
		return false;
	return !skip || (host[skip - 1] == '.' && !text_is_ip(host));
}

static bool names(struct arena *a, const char *entry, const struct url *u)
{
	char *s = arena_str(a, entry);
	char *slash = strchr(s, '/');
	long long number;
	if (text_is(s, "*"))
		return true;
	if (slash) {
		*slash = 0;
		return text_number(slash + 1, 0, 128, &number) == 0 &&
		    in_network(s, number, u->host);
	}
	char *colon = strrchr(s, ':');
	bool port = colon && (colon == strchr(s, ':') || colon[-1] == ']');
	if (port) {
		*colon = 0;
		if (text_number(colon + 1, 1, 65535, &number) < 0 || number != u->port)
			return false;
	}
	size_t n = strlen(s);
	if (*s == '[' && s[n - 1] == ']') {
		s[n - 1] = 0;
		s++;
	}
	unsigned char x[16], y[16];
	size_t len = both_addresses(s, u->host, x, y);
	return len ? memcmp(x, y, len) == 0 : in_domain(a, s, u->host);
}

bool http_no_proxy(struct arena *a, const char *list, const struct url *u)
{
	struct strs entries = text_split(a, list ? list : "", ", \t");
	for (size_t i = 0; i < entries.n; i++)
		if (names(a, entries.v[i], u))
			return true;
	return false;
}

int http_proxy(struct arena *a, const struct url *u, struct url *proxy)
{
	const char *name = u->tls ? "https_proxy" : "http_proxy";
	const char *value =
	    u->tls ? variable("https_proxy", "HTTPS_PROXY") : variable("http_proxy", "HTTP_PROXY");
	if (!value) {
		name = "all_proxy";
		value = variable("all_proxy", "ALL_PROXY");
	}
	if (!value || http_no_proxy(a, variable("no_proxy", "NO_PROXY"), u))
		return 0;
	const char *scheme = strstr(value, "://");
	if (scheme && !text_starts_ci(value, "http://")) {
		fail(a, "%s names a proxy of a kind that is not supported: %s", name,
		    text_safe(a, arena_strn(a, value, (size_t)(scheme - value)), 20));
		return remedy(a, "use one that is written http://[USER:PASSWORD@]HOST:PORT");
	}
	if (url_parse(a, scheme ? value : fmt(a, "http://%s", value), proxy) < 0) {
		struct error *e = arena_error(a);
		e->what = fmt(a, "%s: %s", name, e->what);
		return -1;
	}
	return 1;
}
