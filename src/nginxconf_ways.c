/* Which server block gets a request (nginx.org/en/docs/http/request_processing.html). */
#include <string.h>

#include "arena.h"
#include "nginxconf.h"

/* How well a name fits: the largest wins, NONE does not fit, REGEX cannot be told here. The length
 * of a wildcard is added to its kind. */
enum { NONE = -1, REGEX = 0, TRAILING = 1, LEADING = 10000, EXACT = 20000 };

static int fit(const char *name, const char *host)
{
	const size_t n = strlen(name);

	if (*name == '~')
		return REGEX;
	if (text_is(name, host) || (*name == '.' && text_is(name + 1, host)))
		return EXACT;
	if (text_starts(name, "*."))
		name++;
	if (*name == '.')
		return text_ends(host, name) && strlen(host) > strlen(name)
		    ? LEADING + (int)strlen(name)
		    : NONE;
	return n > 2 && text_ends(name, ".*") && strncmp(host, name, n - 1) == 0 ? TRAILING + (int)n
	                                                                         : NONE;
}

static int best_fit(const struct nginx_server *s, const char *host)
{
	int best = NONE;

	for (size_t i = 0; i < s->names.n; i++) {
		const int f = fit(s->names.v[i], host);

		best = f > best ? f : best;
	}
	return best;
}

static bool takes_port(const struct nginx_listen *l, int port)
{
	return !l->udp && (!l->last_port || (l->port <= port && port <= l->last_port));
}

/* What a socket is follows from all listens that name it. NULL when the server is not there. */
static const struct nginx_listen *on_socket(const struct nginx_server *s, const char *address,
    int port)
{
	for (size_t i = 0; i < s->n_listens; i++)
		if (takes_port(&s->listens[i], port) && text_is(s->listens[i].address, address))
			return &s->listens[i];
	return NULL;
}

static void add_way(struct arena *a, struct nginx_ways *ways, struct nginx_way w)
{
	for (size_t i = 0; i < ways->n; i++)
		if (ways->v[i].server == w.server && text_is(ways->v[i].address, w.address))
			return;
	struct nginx_way *more = arena_alloc(a, (ways->n + 1) * sizeof w);
	if (ways->n)
		memcpy(more, ways->v, ways->n * sizeof w);
	more[ways->n++] = w;
	ways->v = more;
}

static void socket_ways(struct arena *a, const struct nginxconf *c, const char *address,
    const char *host, int port, struct nginx_ways *ways)
{
	const struct nginx_server *winner = NULL, *dflt = NULL, *first = NULL;
	bool ssl = false, proxy = false;
	int best = REGEX;

	for (size_t i = 0; i < c->n; i++) {
		const struct nginx_server *s = &c->servers[i];
		const struct nginx_listen *l = on_socket(s, address, port);

		if (!l)
			continue;
		ssl |= l->ssl;
		proxy |= l->proxy_protocol;
		first = first ? first : s;
		dflt = !dflt && l->is_default ? s : dflt;
		const int f = best_fit(s, host);
		if (f > best) {
			best = f;
			winner = s;
		}
	}
	if (ssl)
		return;
	const struct nginx_way base = { .address = address, .proxy_protocol = proxy };
	struct nginx_way w = base;
	for (size_t i = 0; i < c->n && !winner; i++) {
		w.server = &c->servers[i];
		if (on_socket(w.server, address, port) && best_fit(w.server, host) == REGEX)
			add_way(a, ways, w);
	}
	w.server = winner ? winner : dflt ? dflt : first;
	if (w.server)
		add_way(a, ways, w);
}

struct nginx_ways nginxconf_ways(struct arena *a, const struct nginxconf *c, const char *host,
    int port)
{
	struct nginx_ways ways = { 0 };
	struct strs seen = { 0 };

	host = text_lower(a, host);
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->servers[i].n_listens; k++) {
			const struct nginx_listen *l = &c->servers[i].listens[k];

			if (!takes_port(l, port) || strs_has(seen, l->address))
				continue;
			strs_add(a, &seen, l->address);
			socket_ways(a, c, l->address, host, port, &ways);
		}
	return ways;
}
