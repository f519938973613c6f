/* HTTP/1.1 client (RFC 9110, RFC 9112): one exchange at a time over connections that are kept. */
#include "http.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arena.h"
#include "buf.h"
#include "clock.h"
#include "error.h"
#include "log.h"
#include "text.h"
#include "tls.h"
#include "trust.h"
#include "url.h"

enum {
	KEPT = 4,
	REDIRECTS_MAX = 10,
	INTERIM_MAX = 8, /* 1xx replies before the real one */
	CONNECT_MS = 15 * 1000,
	READ_MS = 60 * 1000,
	TOTAL_MS = 180 * 1000,
	BODY_MAX = 1024 * 1024,
};

struct conn {
	bool open;
	bool secure;     /* the URL was https */
	bool unverified; /* whoever it is */
	int fd;
	struct tls *tls;
	char host[256];
	int port;
	unsigned used; /* for which request last */
};

struct http {
	struct arena *mem;
	struct http_settings set;
	struct trust *trust;
	struct conn conns[KEPT];
	unsigned requests, connections;
};

/* One request and its reply. */
struct exchange {
	struct http *http;
	struct arena *a;
	const struct request *req;
	struct response *res;
	struct url url;
	bool foreign; /* redirected to a host that must not see the request's headers */
	int64_t deadline;
	struct conn *conn;
	struct url proxy;
	int use_proxy;
	bool dead;  /* a kept connection that had been closed */
	bool clean; /* no error of an earlier step stands in the arena */
};

int (*http_transport)(struct http *h, struct arena *a, const struct request *req,
    struct response *res);

static int64_t until(const struct exchange *x, int ms, int usual)
{
	int64_t point = clock_ms() + (ms > 0 ? ms : usual);
	return point < x->deadline ? point : x->deadline;
}

/* Puts who it was in front of what went wrong, unless it stands there already. */
static int told(struct exchange *x, const char *who)
{
	struct error *e = arena_error(x->a);
	if (x->clean && !text_starts(e->what, who))
		e->what = fmt(x->a, "%s: %s", who, e->what);
	return -1;
}

static const char *host_port(struct arena *a, const struct url *u)
{
	return fmt(a, strchr(u->host, ':') ? "[%s]:%d" : "%s:%d", u->host, u->port);
}

/* --- connections -------------------------------------------------------------------------- */

static void hang_up(struct conn *c)
{
	if (!c->open)
		return;
	tls_close(c->tls);
	close(c->fd);
	*c = (struct conn){ 0 };
}

static long conn_read(struct exchange *x, void *p, size_t n)
{
	struct conn *c = x->conn;
	int64_t deadline = until(x, x->http->set.read_ms, READ_MS);
	if (c->tls)
		return tls_read(c->tls, x->a, p, n, deadline);
	for (;;) {
		ssize_t got = recv(c->fd, p, n, 0);
		if (got >= 0)
			return (long)got;
		if (errno != EAGAIN && errno != EINTR)
			return errno == ECONNRESET ? 0 : fail_errno(x->a, "reading the reply");
		int ready = net_wait(c->fd, POLLIN, deadline);
		if (ready > 0)
			continue;
		arena_error(x->a)->transient = ready == 0;
		return fail(x->a,
		    ready ? "interrupted while waiting for the reply"
		          : "no answer in time while waiting for the reply");
	}
}

static int conn_write(struct exchange *x, const char *p, size_t n)
{
	struct conn *c = x->conn;
	int64_t deadline = until(x, x->http->set.read_ms, READ_MS);
	if (c->tls)
		return tls_write(c->tls, x->a, p, n, deadline);
	return net_write(x->a, c->fd, p, n, deadline);
}

/* The head of the next final reply. What came behind it stays in in, *used bytes are the head's.
 * Nothing at all before the end of the stream sets dead. */
static int read_head(struct exchange *x, struct buf *in, int *status, struct headers *headers,
    size_t *used)
{
	char piece[4096];
	for (int interim = 0;;) {
		long n = httpmsg_reply_head(x->a, buf_text(in), in->len, status, headers);
		if (n < 0)
			return -1;
		if (n > 0 && (*status >= 200 || *status == 101)) {
			*used = (size_t)n;
			return *status != 101
			    ? 0
			    : fail(x->a, "switched to a protocol that was not asked for");
		}
		if (n > 0) {
			buf_eat(in, (size_t)n);
			if (++interim > INTERIM_MAX)
				return fail(x->a, "sent more than %d interim replies", INTERIM_MAX);
			continue;
		}
		n = conn_read(x, piece, sizeof piece);
		if (n < 0)
			return -1;
		if (n == 0) {
			x->dead = !in->len && !interim;
			arena_error(x->a)->transient = true;
			return fail(x->a,
			    in->len ? "closed the connection in the middle of its header block"
			            : "closed the connection without a reply");
		}
		buf_add(in, piece, (size_t)n);
	}
}

/* Asks the proxy for a way through (RFC 9110 9.3.6). */
static int tunnel(struct exchange *x)
{
	struct arena *a = x->a;
	const char *target = host_port(a, &x->url);
	const char *login = x->proxy.user
	    ? fmt(a, "Proxy-Authorization: %s\r\n", http_basic(a, x->proxy.user, x->proxy.password))
	    : "";
	const char *ask = fmt(a, "CONNECT %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\n%s\r\n",
	    target, target, x->http->set.user_agent, login);
	struct buf in = buf_new(a, 2 * HTTP_HEAD_MAX);
	struct headers headers;
	int status = 0;
	size_t used = 0;
	if (conn_write(x, ask, strlen(ask)) < 0 || read_head(x, &in, &status, &headers, &used) < 0)
		return -1;
	if (status == 407) {
		fail(a, "it wants a %suser name and password (407)", login[0] ? "different " : "");
		return remedy(a, "set https_proxy=http://USER:PASSWORD@HOST:PORT");
	}
	if (status >= 300)
		return fail(a, "it refused to connect to %s (%d)", target, status);
	return used == in.len ? 0 : fail(a, "it spoke before it was asked");
}

static int begin_tls(struct exchange *x)
{
	struct http *h = x->http;
	const bool insecure = h->set.insecure || x->req->unverified;
	if (!insecure && !http_trust(h, x->a))
		return -1;
	struct tls_ask ask = { .host = x->url.host,
		.trust = h->trust,
		.insecure = insecure,
		.deadline = until(x, h->set.connect_ms, CONNECT_MS) };
	x->conn->tls = tls_connect(x->a, x->conn->fd, &ask);
	return x->conn->tls ? 0 : told(x, host_port(x->a, &x->url));
}

static int connect_new(struct exchange *x)
{
	struct http *h = x->http;
	const struct url *to = x->use_proxy ? &x->proxy : &x->url;
	int fd = net_connect(x->a, to->host, to->port, h->set.family,
	    until(x, h->set.connect_ms, CONNECT_MS));
	struct conn *c = x->conn;
	if (fd >= 0) {
		*c = (struct conn){ .open = true,
			.secure = x->url.tls,
			.unverified = x->req->unverified,
			.fd = fd,
			.port = x->url.port };
		memcpy(c->host, x->url.host, strlen(x->url.host) + 1);
		h->connections++;
	}
	if (fd < 0 || (x->use_proxy && x->url.tls && tunnel(x) < 0)) {
		struct error *e = arena_error(x->a);
		told(x, host_port(x->a, to));
		if (x->use_proxy && x->clean)
			e->what = fmt(x->a, "proxy %s", e->what);
		hang_up(c);
		return -1;
	}
	if (x->url.tls && begin_tls(x) < 0) {
		hang_up(c);
		return -1;
	}
	return 0;
}

/* A connection that is kept for this host, if it is still quiet: one that has something to read
 * was closed, or sends what nobody asked for. */
static bool reuse(struct exchange *x)
{
	for (size_t i = 0; i < KEPT; i++) {
		struct conn *c = &x->http->conns[i];
		if (!c->open || c->secure != x->url.tls || c->port != x->url.port ||
		    c->unverified != x->req->unverified || !text_is(c->host, x->url.host))
			continue;
		struct pollfd p = { .fd = c->fd, .events = POLLIN };
		if (poll(&p, 1, 0) == 0 && !(c->tls && tls_pending(c->tls))) {
			x->conn = c;
			return true;
		}
		hang_up(c);
	}
	return false;
}

/* A free place for a connection; the one that was not used for longest gives way. */
static struct conn *free_place(struct http *h)
{
	struct conn *oldest = &h->conns[0];
	for (size_t i = 0; i < KEPT; i++)
		if (!h->conns[i].open)
			return &h->conns[i];
		else if (h->conns[i].used < oldest->used)
			oldest = &h->conns[i];
	hang_up(oldest);
	return oldest;
}

/* --- one request and its reply ------------------------------------------------------------ */

static int add_header(struct exchange *x, struct buf *b, const char *name, const char *value)
{
	if (strpbrk(name, "\r\n: ") || strpbrk(value, "\r\n"))
		return fail(x->a, "the header %s to be sent has a line break in it",
		    text_safe(x->a, name, 60));
	return buf_fmt(b, "%s: %s\r\n", name, value);
}

/* Caller's headers; Content-Length is never theirs to tell. */
static int add_headers(struct exchange *x, struct buf *b, const struct headers *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const char *name = list->v[i].name;
		if (text_is_ci(name, "Content-Length") || text_is_ci(name, "Transfer-Encoding") ||
		    text_is_ci(name, "Connection") || (x->foreign && !text_is_ci(name, "Accept")))
			continue;
		if (add_header(x, b, name, list->v[i].value) < 0)
			return -1;
	}
	return 0;
}

/* A header that each request has, unless the caller brings its own. */
static int add_usual(struct exchange *x, struct buf *b, const char *name, const char *value)
{
	bool theirs = header_get(&x->req->headers, name) || header_get(&x->http->set.extra, name);
	return value && (x->foreign || !theirs) ? add_header(x, b, name, value) : 0;
}

static int write_request(struct exchange *x)
{
	const struct request *req = x->req;
	struct arena *a = x->a;
	bool absolute = x->use_proxy && !x->url.tls;
	bool sends = req->body || text_is(req->method, "POST") || text_is(req->method, "PUT") ||
	    text_is(req->method, "PATCH");
	struct buf b = buf_new(a, 256 * 1024 + req->body_len);
	buf_fmt(&b, "%s %s HTTP/1.1\r\n", req->method, absolute ? x->url.text : x->url.path);
	const char *login = x->url.user ? http_basic(a, x->url.user, x->url.password) : NULL;
	const char *proxy_login =
	    absolute && x->proxy.user ? http_basic(a, x->proxy.user, x->proxy.password) : NULL;
	if (add_usual(x, &b, "Host", x->url.authority) < 0 ||
	    add_usual(x, &b, "User-Agent", x->http->set.user_agent) < 0 ||
	    add_usual(x, &b, "Accept-Language", "en") < 0 ||
	    add_usual(x, &b, "Authorization", login) < 0 ||
	    add_usual(x, &b, "Proxy-Authorization", proxy_login) < 0 ||
	    add_headers(x, &b, &req->headers) < 0 || add_headers(x, &b, &x->http->set.extra) < 0)
		return -1;
	if (sends)
		buf_fmt(&b, "Content-Length: %zu\r\n", req->body_len);
	buf_str(&b, "\r\n");
	debug(3, "> %s", b.data);
	if (req->body)
		buf_add(&b, req->body, req->body_len);
	if (b.over)
		return fail(a, "the request's headers are longer than 256 KiB");
	x->http->requests++;
	return conn_write(x, b.data, b.len);
}

static int read_body(struct exchange *x, struct httpbody *b, struct buf *body, struct buf *in)
{
	struct arena *a = x->a;
	char piece[8192];
	long n = httpbody_take(a, b, buf_text(in), in->len, body);
	if (n < 0)
		return -1;
	buf_eat(in, (size_t)n);
	while (!b->done) {
		n = conn_read(x, piece, sizeof piece);
		if (n < 0)
			return -1;
		if (n == 0) {
			if (b->kind == BODY_CLOSE && x->conn->tls && tls_cut(x->conn->tls))
				return fail(a,
				    "the connection was cut: its reply may be a part only");
			return httpbody_end(a, b);
		}
		long used = httpbody_take(a, b, piece, (size_t)n, body);
		if (used < 0)
			return -1;
		buf_add(in, piece + used, (size_t)(n - used));
	}
	return 0;
}

/* Whether the connection may carry another request (RFC 9112 9.3). */
static bool keeps(const struct headers *h, const struct httpbody *b, bool http10)
{
	if (b->kind == BODY_CLOSE || (b->kind == BODY_CHUNKED && header_get(h, "Content-Length")))
		return false;
	const char *value;
	for (size_t i = 0; (value = header_nth(h, "Connection", i)); i++)
		if (text_has_ci(value, "close"))
			return false;
		else if (text_has_ci(value, "keep-alive"))
			http10 = false;
	return !http10;
}

static int read_reply(struct exchange *x)
{
	struct arena *a = x->a;
	struct response *res = x->res;
	struct buf in = buf_new(a, 2 * HTTP_HEAD_MAX);
	struct buf body = buf_new(a, x->req->max_body ? x->req->max_body : BODY_MAX);
	struct httpbody b;
	size_t head = 0;
	if (read_head(x, &in, &res->status, &res->headers, &head) < 0)
		return -1;
	bool http10 = text_starts(in.data, "HTTP/1.0");
	buf_eat(&in, head);
	if (httpbody_begin(a, &b, x->req->method, res->status, &res->headers) < 0 ||
	    read_body(x, &b, &body, &in) < 0)
		return -1;
	const char *coding = header_get(&res->headers, "Content-Encoding");
	if (body.len && !text_empty(coding) && !text_is_ci(coding, "identity"))
		return fail(a, "sent a body in %s coding, which was not asked for",
		    text_safe(a, coding, 40));
	res->body = body.len ? body.data : arena_str(a, "");
	res->body_len = body.len;
	if (in.len || !keeps(&res->headers, &b, http10))
		hang_up(x->conn);
	else
		x->conn->used = x->http->requests;
	return 0;
}

/* What a login answers is told by its length: its tokens are not known as secrets yet. */
static void debug_reply(const struct request *req, const struct response *res)
{
	if (!debugging(2))
		return;
	debug(2, "< %d, %zu bytes%s", res->status, res->body_len,
	    req->confidential ? ", not shown" : "");
	for (size_t i = 0; i < res->headers.n && !req->confidential; i++) {
		const struct header *h = &res->headers.v[i];
		const bool cookie = text_is_ci(h->name, "Set-Cookie");
		debug(2, "< %s: %s", h->name, cookie ? "[hidden]" : h->value);
	}
	if (res->body_len && !req->confidential)
		debug(2, "< %s", res->body);
}

/* Sends the request and reads its reply. A kept connection may have been closed while the request
 * was on its way; then nothing of a reply comes, and a new one is taken. */
static int transact(struct exchange *x)
{
	x->use_proxy = http_proxy(x->a, &x->url, &x->proxy);
	if (x->use_proxy < 0)
		return -1;
	debug(1, "%s %s", x->req->method, x->url.text);
	for (bool again = true;;) {
		bool reused = again && reuse(x);
		if (!reused) {
			x->conn = free_place(x->http);
			if (connect_new(x) < 0)
				return -1;
		}
		x->dead = false;
		bool sent = write_request(x) == 0;
		if (sent && read_reply(x) == 0)
			break;
		if (!sent)
			x->dead = clock_ms() < x->deadline && !clock_interrupted() && x->conn->open;
		hang_up(x->conn);
		if (!reused || !x->dead)
			return told(x, host_port(x->a, &x->url));
		if (x->clean)
			error_clear(x->a);
		again = false;
	}
	debug_reply(x->req, x->res);
	return 0;
}

/* --- redirects ---------------------------------------------------------------------------- */

static bool redirects(const struct exchange *x)
{
	int s = x->res->status;
	return (s == 301 || s == 302 || s == 303 || s == 307 || s == 308) && !x->req->no_redirect &&
	    !x->http->set.no_redirects &&
	    (text_is(x->req->method, "GET") || text_is(x->req->method, "HEAD")) &&
	    header_get(&x->res->headers, "Location");
}

static int follow(struct exchange *x)
{
	struct url next;
	const char *who = host_port(x->a, &x->url);
	if (url_resolve(x->a, &x->url, header_get(&x->res->headers, "Location"), &next) < 0)
		return told(x, fmt(x->a, "%s: redirect to another place", who));
	if (x->url.tls && !next.tls)
		return fail(x->a,
		    "%s: redirects to %s, which is not encrypted and therefore not followed", who,
		    text_safe(x->a, next.text, 200));
	bool upgrade = x->url.port == 80 && next.port == 443 && next.tls;
	if (!text_is(next.host, x->url.host) || (next.port != x->url.port && !upgrade))
		x->foreign = true;
	/* A login in the URL that redirects is not one of the user. */
	next.user = next.password = NULL;
	x->url = next;
	return 0;
}

int http_send(struct http *h, struct arena *a, const struct request *req, struct response *res)
{
	if (http_transport)
		return http_transport(h, a, req, res);
	int ms = req->total_ms ? req->total_ms : h->set.total_ms;
	struct exchange x = { .http = h,
		.a = a,
		.req = req,
		.res = res,
		.clean = !failed(a),
		.deadline = clock_ms() + (ms > 0 ? ms : TOTAL_MS) };
	if (url_parse(a, req->url, &x.url) < 0)
		return -1;
	const char *first = host_port(a, &x.url);
	for (int n = 0; n <= REDIRECTS_MAX; n++) {
		*res = (struct response){ .url = x.url.text };
		if (transact(&x) < 0)
			return -1;
		if (!redirects(&x))
			return 0;
		if (follow(&x) < 0)
			return -1;
	}
	return fail(a, "%s: more than %d redirects, the last one to %s", first, REDIRECTS_MAX,
	    text_safe(a, x.url.text, 200));
}

/* --- the client --------------------------------------------------------------------------- */

struct http *http_new(struct arena *a, const struct http_settings *settings)
{
	struct http *h = arena_alloc(a, sizeof *h);
	h->mem = a;
	if (settings)
		h->set = *settings;
	if (!h->set.user_agent)
		h->set.user_agent = "acme/" ACME_VERSION;
	return h;
}

void http_close(struct http *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < KEPT; i++)
		hang_up(&h->conns[i]);
	if (h->trust)
		trust_close(h->trust);
	h->trust = NULL;
}

void http_leave(struct http *h)
{
	for (size_t i = 0; h && i < KEPT; i++)
		tls_mute(h->conns[i].tls);
	http_close(h);
}

struct trust *http_trust(struct http *h, struct arena *a)
{
	if (!h->trust && !(h->trust = trust_open(h->mem, h->set.ca_bundle, h->set.ca_path))) {
		error_move(a, h->mem);
		error_clear(h->mem);
	}
	return h->trust;
}

const struct http_settings *http_terms(const struct http *h)
{
	return &h->set;
}

void http_count(const struct http *h, unsigned *requests, unsigned *connections)
{
	*requests = h->requests;
	*connections = h->connections;
}
