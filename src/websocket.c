/* WebSocket client: handshake (RFC 6455 4.1), frames (5.2), control frames (5.5). */
#include "websocket.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arena.h"
#include "b64.h"
#include "buf.h"
#include "clock.h"
#include "error.h"
#include "hash.h"
#include "http.h"
#include "log.h"
#include "net.h"
#include "rand.h"
#include "text.h"
#include "tls.h"
#include "url.h"

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
enum { CONNECT_MS = 15 * 1000, IO_MS = 60 * 1000, MESSAGE_MAX = 4 << 20, CONTROL_MAX = 125 };
enum { CONTINUATION, TEXT, CLOSE = 8, PING, PONG, FIN = 0x80, MASKED = 0x80 };

struct websocket {
	struct arena *mem;
	const char *who; /* "host:port" */
	int fd;
	struct tls *tls;
	struct buf in; /* received and not used yet */
};

/* --- bytes -------------------------------------------------------------------------------- */

static int told(struct websocket *w)
{
	struct error *e = arena_error(w->mem);

	if (!text_starts(e->what, w->who))
		e->what = fmt(w->mem, "%s: %s", w->who, e->what);
	return -1;
}

static long read_some(struct websocket *w, void *p, size_t n, int64_t deadline)
{
	if (w->tls)
		return tls_read(w->tls, w->mem, p, n, deadline);
	for (;;) {
		const ssize_t got = recv(w->fd, p, n, 0);
		if (got >= 0)
			return (long)got;
		if (errno != EAGAIN && errno != EINTR)
			return fail_errno(w->mem, "reading");
		if (net_wait(w->fd, POLLIN, deadline) <= 0)
			return fail(w->mem, "no answer in time");
	}
}

static int write_all(struct websocket *w, const char *p, size_t n)
{
	const int64_t deadline = clock_ms() + IO_MS;

	return w->tls ? tls_write(w->tls, w->mem, p, n, deadline)
	              : net_write(w->mem, w->fd, p, n, deadline);
}

/* Reads until there are n bytes at least. */
static int need(struct websocket *w, size_t n)
{
	const int64_t deadline = clock_ms() + IO_MS;
	char piece[8192];

	while (w->in.len < n) {
		const long got = read_some(w, piece, sizeof piece, deadline);
		if (got < 0)
			return -1;
		if (got == 0)
			return fail(w->mem, "closed the connection");
		if (buf_add(&w->in, piece, (size_t)got))
			return fail(w->mem, "sent too much at once");
	}
	return 0;
}

/* --- opening ------------------------------------------------------------------------------ */

static int connect_to(struct websocket *w, struct http *h, const struct url *u, bool unverified)
{
	const struct http_settings *set = http_terms(h);
	struct tls_ask ask = { .host = u->host,
		.insecure = set->insecure || unverified,
		.deadline = clock_ms() + CONNECT_MS };

	w->fd = net_connect(w->mem, u->host, u->port, set->family, ask.deadline);
	if (w->fd < 0 || !u->tls)
		return w->fd < 0 ? -1 : 0;
	if (!ask.insecure && !(ask.trust = http_trust(h, w->mem)))
		return -1;
	w->tls = tls_connect(w->mem, w->fd, &ask);
	return w->tls ? 0 : -1;
}

/* What the server has to make of our key. */
static const char *accept_of(struct arena *a, const char *key)
{
	const char *text = fmt(a, "%s%s", key, GUID);
	unsigned char digest[HASH_MAX];

	hash_bytes(HASH_SHA1, text, strlen(text), digest);
	return b64_encode(a, digest, hash_size(HASH_SHA1));
}

static int read_head(struct websocket *w, int *status, struct headers *headers)
{
	long n = 0;

	while (!n) {
		if (need(w, w->in.len + 1))
			return -1;
		n = httpmsg_reply_head(w->mem, w->in.data, w->in.len, status, headers);
	}
	if (n > 0)
		buf_eat(&w->in, (size_t)n);
	return n > 0 ? 0 : -1;
}

static int shake_hands(struct websocket *w, const struct url *u)
{
	unsigned char nonce[16];
	struct headers headers = { 0 };
	int status = 0;

	rand_bytes(nonce, sizeof nonce);
	const char *key = b64_encode(w->mem, nonce, sizeof nonce);
	const char *ask = fmt(w->mem,
	    "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: acme/" ACME_VERSION "\r\n"
	    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n\r\n",
	    u->path, u->authority, key);

	if (write_all(w, ask, strlen(ask)) || read_head(w, &status, &headers))
		return -1;
	if (status != 101) {
		arena_error(w->mem)->http = status;
		return fail(w->mem, "%s is no WebSocket (%d)", u->path, status);
	}
	if (!text_is(header_get(&headers, "Sec-WebSocket-Accept"), accept_of(w->mem, key)))
		return fail(w->mem, "its answer is not that of a WebSocket");
	return 0;
}

struct websocket *websocket_on(struct arena *a, int fd)
{
	struct websocket *w = arena_alloc(a, sizeof *w);

	*w = (struct websocket){ .mem = a,
		.who = "WebSocket",
		.fd = fd,
		.in = buf_new(a, MESSAGE_MAX + 16384) };
	return w;
}

struct websocket *websocket_open(struct arena *a, struct http *h, const char *url, bool unverified)
{
	struct websocket *w;
	struct url u;

	if (!text_starts(url, "ws://") && !text_starts(url, "wss://"))
		return fail_null(a, "%s is no address of a WebSocket", url);
	if (url_parse(a, fmt(a, "http%s", url + 2), &u))
		return NULL;
	w = websocket_on(a, -1);
	w->who = fmt(a, "%s:%d", u.host, u.port);
	debug(1, "WebSocket %s", url);
	if (connect_to(w, h, &u, unverified) == 0 && shake_hands(w, &u) == 0)
		return w;
	told(w);
	websocket_close(w);
	return NULL;
}

void websocket_close(struct websocket *w)
{
	if (!w)
		return;
	tls_close(w->tls);
	if (w->fd >= 0)
		close(w->fd);
}

/* --- frames ------------------------------------------------------------------------------- */

/* A client's frames are masked, with a fresh mask each. */
static int put_frame(struct websocket *w, int opcode, const char *p, size_t n)
{
	struct buf b = buf_new(w->mem, MESSAGE_MAX + 16);
	const int bytes = n <= CONTROL_MAX ? 0 : n <= 0xffff ? 2 : 8;
	unsigned char mask[4];

	rand_bytes(mask, sizeof mask);
	buf_byte(&b, FIN | opcode);
	buf_byte(&b, MASKED | (bytes == 0 ? (int)n : bytes == 2 ? 126 : 127));
	for (int i = bytes; i-- > 0;)
		buf_byte(&b, (int)(n >> (8 * i)) & 0xff);
	buf_add(&b, mask, sizeof mask);
	for (size_t i = 0; i < n; i++)
		buf_byte(&b, (unsigned char)p[i] ^ mask[i % 4]);
	if (b.over)
		fail(w->mem, "the message is too long");
	return b.over || write_all(w, b.data, b.len) ? told(w) : 0;
}

int websocket_send(struct websocket *w, const char *text)
{
	return put_frame(w, TEXT, text, strlen(text));
}

/* The next frame, whole at the start of w->in from *head on. */
static int get_frame(struct websocket *w, int *first, size_t *head, size_t *n)
{
	const unsigned char *p;
	uint64_t len;

	if (need(w, 2))
		return -1;
	p = (const unsigned char *)w->in.data;
	*first = p[0];
	len = p[1];
	const size_t bytes = len == 126 ? 2 : len == 127 ? 8 : 0;
	if (*first & 0x70 || len & MASKED ||
	    ((*first & CLOSE) && (len > CONTROL_MAX || !(*first & FIN))))
		return fail(w->mem, "sent what is no frame of a server");
	if (need(w, 2 + bytes))
		return -1;
	p = (const unsigned char *)w->in.data + 2;
	if (bytes)
		len = 0;
	for (size_t i = 0; i < bytes; i++)
		len = len << 8 | p[i];
	if (len > MESSAGE_MAX)
		return fail(w->mem, "sent a message of %llu bytes", (unsigned long long)len);
	*head = 2 + bytes;
	*n = (size_t)len;
	return need(w, *head + *n);
}

/* Code and reason of a close frame. */
static int closed(struct websocket *w, const char *p, size_t n)
{
	const unsigned char *u = (const unsigned char *)p;

	return n < 2 ? fail(w->mem, "closed the connection")
	             : fail(w->mem, "closed the connection: %d %s", u[0] << 8 | u[1],
	                   text_safe(w->mem, arena_strn(w->mem, p + 2, n - 2), CONTROL_MAX));
}

char *websocket_receive(struct websocket *w)
{
	struct buf message = buf_new(w->mem, MESSAGE_MAX);
	int first = 0, bad = 0;
	size_t head, n;

	for (bool begun = false, done = false; !bad && !done; buf_eat(&w->in, head + n)) {
		head = n = 0;
		if ((bad = get_frame(w, &first, &head, &n)))
			break;
		const char *p = w->in.data + head;
		const int opcode = first & 15;
		if (opcode == PING) {
			bad = put_frame(w, PONG, p, n);
		} else if (opcode == CLOSE) {
			bad = closed(w, p, n);
		} else if (opcode == (begun ? CONTINUATION : TEXT)) {
			begun = true;
			done = first & FIN;
			bad = buf_add(&message, p, n) ? fail(w->mem, "sent too much at once") : 0;
		} else if (opcode != PONG) {
			bad = fail(w->mem, "sent a frame of kind %d", opcode);
		}
	}
	if (bad)
		told(w);
	return bad ? NULL : message.data ? message.data : arena_str(w->mem, "");
}
