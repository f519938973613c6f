/* The responder's event loop: http-01 (RFC 8555 8.3) and tls-alpn-01 (RFC 8737, RFC 8738 for IP
 * addresses), one poll() over all validators, no thread, nothing that waits. */
#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arena.h"
#include "buf.h"
#include "cert.h"
#include "clock.h"
#include "error.h"
#include "httpmsg.h"
#include "key.h"
#include "text.h"
#include "tls.h"

enum {
	CONNECTIONS = 256,
	LISTENERS = 32,
	ANSWERS = 8192,
	REQUEST_MAX = 8192, /* bytes of a request's head */
	LIFETIME = 10000,   /* ms of a connection */
	LINGER = 2000,      /* ms that the other side gets to read the reply and close */
};

/* One thing that may be asked for. */
struct answer {
	struct answer *next;
	struct arena *mem;   /* its own: it goes without the others */
	const char *name;    /* token or identifier, as it was added */
	const char *sni;     /* what a validator calls the identifier; NULL: a token */
	const char *content; /* of a token */
	struct der cert;     /* of an identifier */
};

struct connection {
	void (*step)(struct server *s, struct connection *c); /* what comes next; NULL: free */
	int fd;
	short events;
	int64_t deadline;
	struct arena *mem;
	struct buf in, out;
	size_t sent;
	struct tls *tls;
	const char *answered; /* told to served() once the answer is out */
};

struct listener {
	int fd;
	bool tls;
};

struct server {
	struct arena *mem;
	struct answer *answers;
	size_t n_answers;
	struct key *key; /* of all challenge certificates, thrown away at the end */
	struct tls_server *tls;
	const struct answer *chosen; /* by the handshake step that runs now */
	struct listener listeners[LISTENERS];
	size_t n_listeners;
	bool held;
	struct connection connections[CONNECTIONS];
	void (*served)(void *ctx, const char *what);
	void *ctx;
};

/* --- what is answered ----------------------------------------------------------------------- */

/* The name by which a validator asks for an identifier: addresses stand in the reverse tree
 * (RFC 8738 6), since SNI has no place for them. */
static const char *sni_of(struct arena *a, const char *identifier)
{
	unsigned char ip[16];
	if (inet_pton(AF_INET, identifier, ip) == 1)
		return fmt(a, "%d.%d.%d.%d.in-addr.arpa", ip[3], ip[2], ip[1], ip[0]);
	if (inet_pton(AF_INET6, identifier, ip) != 1)
		return text_lower(a, identifier);
	struct buf b = buf_new(a, 0);
	for (int i = 15; i >= 0; i--)
		buf_fmt(&b, "%x.%x.", ip[i] & 15, ip[i] >> 4);
	buf_str(&b, "ip6.arpa");
	return buf_text(&b);
}

static bool is_named(const struct answer *w, const char *name)
{
	return w->sni ? text_is_ci(w->name, name) : text_is(w->name, name);
}

static void hang_up(struct connection *c)
{
	if (c->tls)
		tls_close(c->tls);
	close(c->fd);
	arena_drop(c->mem);
	*c = (struct connection){ .fd = -1 };
}

static void forget(struct server *s, const char *name)
{
	for (struct answer **p = &s->answers; *p;) {
		struct answer *w = *p;
		if (!is_named(w, name)) {
			p = &w->next;
			continue;
		}
		/* A handshake under way may still read the certificate. */
		for (int i = 0; w->sni && i < CONNECTIONS; i++)
			if (s->connections[i].step && text_is(s->connections[i].answered, w->name))
				hang_up(&s->connections[i]);
		*p = w->next;
		s->n_answers--;
		arena_drop(w->mem);
	}
}

static struct answer *new_answer(const char *name)
{
	struct arena *mem = arena_new();
	struct answer *w = arena_alloc(mem, sizeof *w);
	w->mem = mem;
	w->name = arena_str(mem, name);
	return w;
}

static int add(struct server *s, struct answer *w)
{
	forget(s, w->name);
	if (s->n_answers >= ANSWERS) {
		arena_drop(w->mem);
		return fail(s->mem, "the responder has %d challenges to answer, which is too many",
		    ANSWERS);
	}
	w->next = s->answers;
	s->answers = w;
	s->n_answers++;
	return 0;
}

int server_add_token(struct server *s, const char *token, const char *content)
{
	if (!text_is_token(token) || text_empty(content))
		return fail(s->mem, "\"%s\" is no ACME token", text_safe(s->mem, token, 80));
	struct answer *w = new_answer(token);
	w->content = arena_str(w->mem, content);
	return add(s, w);
}

static bool find(void *ctx, const char *sni, struct der *cert, struct key **key)
{
	struct server *s = ctx;
	for (struct answer *w = s->answers; w && sni; w = w->next)
		if (w->sni && text_is_ci(w->sni, sni)) {
			s->chosen = w;
			*cert = w->cert;
			*key = s->key;
			return true;
		}
	return false;
}

/* Made when they are first needed: most runs never do. */
static int prepare_tls(struct server *s)
{
	if (!s->key && !(s->key = key_make(s->mem, "ec-256")))
		return -1;
	if (!s->tls && !(s->tls = tls_server_new(s->mem, find, s)))
		return -1;
	return 0;
}

int server_add_alpn(struct server *s, const char *identifier, const unsigned char digest[32])
{
	const char *wrong =
	    text_starts(identifier, "*.") ? "a wildcard" : text_bad_name(identifier);
	if (wrong)
		return fail(s->mem, "\"%s\" cannot be proven by tls-alpn-01: %s",
		    text_safe(s->mem, identifier, 80), wrong);
	if (prepare_tls(s))
		return -1;
	struct answer *w = new_answer(identifier);
	w->sni = sni_of(w->mem, identifier);
	if (cert_make_alpn(w->mem, s->key, text_lower(w->mem, identifier), digest, &w->cert)) {
		error_move(s->mem, w->mem);
		arena_drop(w->mem);
		return -1;
	}
	return add(s, w);
}

static void close_sockets(struct server *s)
{
	for (int i = 0; i < CONNECTIONS; i++)
		if (s->connections[i].step)
			hang_up(&s->connections[i]);
	while (s->n_listeners)
		close(s->listeners[--s->n_listeners].fd);
}

size_t server_remove(struct server *s, const char *token_or_identifier)
{
	forget(s, token_or_identifier);
	if (!s->answers && !s->held)
		close_sockets(s);
	return s->n_answers;
}

void server_hold(struct server *s, bool on)
{
	s->held = on;
	if (!s->answers && !on)
		close_sockets(s);
}

/* --- http-01 -------------------------------------------------------------------------------- */

static int respond(struct arena *a, struct buf *out, const char *status, const char *body,
    bool with_body)
{
	buf_fmt(out,
	    "HTTP/1.1 %s\r\nDate: %s\r\nContent-Type: application/octet-stream\r\n"
	    "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
	    status, clock_http_date(a, clock_now()), strlen(body), with_body ? body : "");
	return 1;
}

/* The token that a request target names (origin or absolute form, RFC 9112 3.2), or NULL. */
static const struct answer *asked_for(const struct server *s, const char *target)
{
	static const char place[] = "/.well-known/acme-challenge/";
	if (text_starts_ci(target, "http://"))
		target += 7 + strcspn(target + 7, "/");
	if (!text_starts(target, place))
		return NULL;
	const char *token = target + sizeof place - 1;
	for (const struct answer *w = s->answers; w; w = w->next)
		if (!w->sni && text_is(w->name, token))
			return w;
	return NULL;
}

int server_reply(const struct server *s, struct arena *a, const char *p, size_t n, struct buf *out,
    const char **token)
{
	const char *method, *target;
	struct headers headers;
	const long used = httpmsg_request_head(a, p, n < REQUEST_MAX ? n : REQUEST_MAX, &method,
	    &target, &headers);
	*token = NULL;
	if (used < 0)
		return respond(a, out, "400 Bad Request", "", true);
	if (used == 0)
		return n < REQUEST_MAX
		    ? 0
		    : respond(a, out, "431 Request Header Fields Too Large", "", true);
	const bool get = text_is(method, "GET");
	const struct answer *w = get || text_is(method, "HEAD") ? asked_for(s, target) : NULL;
	if (!w)
		return respond(a, out, "404 Not Found", "", true);
	if (get)
		*token = arena_str(a, w->name);
	return respond(a, out, "200 OK", w->content, get);
}

/* --- a connection's steps ------------------------------------------------------------------- */

static bool again(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* What still comes is read and dropped: closing over unread bytes sends a reset, which may
 * overtake the reply. */
static void drain(struct server *s, struct connection *c)
{
	char block[4096];
	(void)s;
	const ssize_t n = recv(c->fd, block, sizeof block, 0);
	if (n == 0 || (n < 0 && !again()))
		hang_up(c);
}

static void finish(struct connection *c)
{
	const int64_t soon = clock_ms() + LINGER;
	if (c->tls)
		tls_close(c->tls);
	c->tls = NULL;
	shutdown(c->fd, SHUT_WR);
	c->step = drain;
	c->events = POLLIN;
	if (c->deadline > soon)
		c->deadline = soon;
}

static void tell(struct server *s, struct connection *c)
{
	if (c->answered && s->served)
		s->served(s->ctx, c->answered);
	c->answered = NULL;
}

static void reply(struct server *s, struct connection *c)
{
	const ssize_t n = send(c->fd, c->out.data + c->sent, c->out.len - c->sent, MSG_NOSIGNAL);
	if (n < 0 && !again()) {
		hang_up(c);
		return;
	}
	c->step = reply;
	c->events = POLLOUT;
	c->sent += n > 0 ? (size_t)n : 0;
	if (c->sent == c->out.len) {
		tell(s, c);
		finish(c);
	}
}

static void hear(struct server *s, struct connection *c)
{
	char block[REQUEST_MAX];
	const ssize_t n = recv(c->fd, block, sizeof block - c->in.len, 0);
	if (n < 0 && again())
		return;
	if (n <= 0) {
		hang_up(c);
		return;
	}
	buf_add(&c->in, block, (size_t)n);
	c->out = buf_new(c->mem, 0);
	if (server_reply(s, c->mem, c->in.data, c->in.len, &c->out, &c->answered))
		reply(s, c);
}

static void shake_hands(struct server *s, struct connection *c)
{
	s->chosen = NULL;
	const int result = tls_accept_step(c->tls, &c->events);
	if (s->chosen)
		c->answered = arena_str(c->mem, s->chosen->name);
	if (result > 0)
		tell(s, c);
	if (result)
		finish(c); /* RFC 8737 3: nothing is said after the handshake */
}

/* --- the loop ------------------------------------------------------------------------------- */

/* A free place; when there is none, the connection that ends first gives way, so that clients
 * who say nothing cannot keep a validator out. */
static struct connection *place(struct server *s)
{
	struct connection *oldest = s->connections;
	for (struct connection *c = oldest; c < s->connections + CONNECTIONS; c++) {
		if (!c->step)
			return c;
		if (c->deadline < oldest->deadline)
			oldest = c;
	}
	hang_up(oldest);
	return oldest;
}

static bool prepare_socket(int fd)
{
	return fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

static void greet(struct server *s, int fd, bool tls)
{
	struct connection *c = place(s);
	*c = (struct connection){ .fd = fd,
		.events = POLLIN,
		.mem = arena_new(),
		.step = tls ? shake_hands : hear,
		.deadline = clock_ms() + LIFETIME };
	c->in = buf_new(c->mem, REQUEST_MAX);
	if (!prepare_socket(fd) || (tls && !(c->tls = tls_accept(s->tls, c->mem, fd))))
		hang_up(c);
}

static void welcome(struct server *s, const struct listener *l)
{
	for (int i = 0; i < CONNECTIONS; i++) {
		const int fd = accept(l->fd, NULL, NULL);
		if (fd >= 0)
			greet(s, fd, l->tls);
		else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			clock_sleep(20); /* poll() would tell of it again at once */
		if (fd < 0)
			return;
	}
}

static int take_over(struct server *s, int fd, bool tls)
{
	if (s->n_listeners == LISTENERS || !prepare_socket(fd)) {
		close(fd);
		return fail(s->mem, "the responder listens on too many addresses");
	}
	s->listeners[s->n_listeners++] = (struct listener){ fd, tls };
	return 0;
}

int server_http(struct server *s, int fd)
{
	return take_over(s, fd, false);
}

int server_tls(struct server *s, int fd)
{
	if (prepare_tls(s) == 0)
		return take_over(s, fd, true);
	close(fd);
	return -1;
}

/* Ends the connections whose time is over; ms until the next one's is, at most a second, so that
 * a signal just before poll() is not slept through. */
static int time_left(struct server *s)
{
	int64_t left = 1000;
	const int64_t now = clock_ms();
	for (struct connection *c = s->connections; c < s->connections + CONNECTIONS; c++) {
		if (c->step && c->deadline <= now)
			hang_up(c);
		else if (c->step && c->deadline - now < left)
			left = c->deadline - now;
	}
	return (int)left;
}

/* Places in what is polled: the controls come first. */
enum { DOORS = SERVER_CONTROLS, PEERS = DOORS + LISTENERS, WATCHED = PEERS + CONNECTIONS };

static void watch(const struct server *s, const int *controls, size_t n, struct pollfd *set)
{
	for (size_t i = 0; i < SERVER_CONTROLS; i++)
		set[i] = (struct pollfd){ .fd = i < n ? controls[i] : -1, .events = POLLIN };
	for (size_t i = 0; i < LISTENERS; i++)
		set[DOORS + i] = (struct pollfd){ .events = POLLIN,
			.fd = i < s->n_listeners ? s->listeners[i].fd : -1 };
	for (size_t i = 0; i < CONNECTIONS; i++) {
		const struct connection *c = &s->connections[i];
		set[PEERS + i] = (struct pollfd){ .fd = c->step ? c->fd : -1, .events = c->events };
	}
}

int server_run(struct server *s, const int *controls, size_t n,
    void (*served)(void *ctx, const char *what), void *ctx)
{
	struct pollfd set[WATCHED];

	s->served = served;
	s->ctx = ctx;
	while (!clock_interrupted()) {
		const int left = time_left(s);
		watch(s, controls, n, set);
		if (poll(set, WATCHED, left) <= 0)
			continue;
		for (size_t i = 0; i < CONNECTIONS; i++)
			if (set[PEERS + i].fd >= 0 && set[PEERS + i].revents)
				s->connections[i].step(s, &s->connections[i]);
		for (size_t i = 0; i < s->n_listeners; i++)
			if (set[DOORS + i].revents)
				welcome(s, &s->listeners[i]);
		for (size_t i = 0; i < n; i++)
			if (set[i].revents)
				return (int)i;
	}
	return -1;
}

struct server *server_new(struct arena *a)
{
	struct server *s = arena_alloc(a, sizeof *s);
	s->mem = a;
	return s;
}

void server_close(struct server *s)
{
	if (!s)
		return;
	close_sockets(s);
	while (s->answers)
		forget(s, s->answers->name);
	if (s->tls)
		tls_server_close(s->tls);
	if (s->key)
		key_close(s->key);
	s->tls = NULL;
	s->key = NULL;
}
