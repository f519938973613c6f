/* The WebSocket client against servers that keep to RFC 6455 and servers that do not. Random bytes
 * are those of the RFC's examples, so that what is sent is known. */
#include "tap.h"

#include "hostile.h"
#include "told.h"

#include "error.h"
#include "http.h"
#include "websocket.h"

static struct arena *mem;

#define ACCEPTED \
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" \
	"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
#define HELLO "\x81\x05Hello"
/* "Hello" and a pong of it as a client sends them (RFC 6455 5.7, its mask). */
#define SENT "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"
#define PONG "\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"
#define BYTES(s) s, sizeof(s) - 1

static void examples(void *p, size_t n)
{
	if (n == 4)
		memcpy(p, "\x37\xfa\x21\x3d", 4);
	else if (n == 16)
		memcpy(p, "the sample nonce", 16);
	else
		memset(p, 0, n);
}

struct row {
	const char *head;
	const char *frames;
	size_t n;
	const char *message, *error; /* message NULL: an error */
	const char *answer;          /* that the client gives to the frames */
};

static const struct row rows[] = {
	{ ACCEPTED, BYTES(HELLO), "Hello", NULL, NULL },
	{ ACCEPTED, BYTES("\x81\x00"), "", NULL, NULL },
	{ ACCEPTED, BYTES("\x01\x03Hel\x80\x02lo"), "Hello", NULL, NULL },
	{ ACCEPTED, BYTES("\x01\x03Hel\x89\x05Hello\x8a\x00\x80\x02lo"), "Hello", NULL, PONG },
	{ ACCEPTED, BYTES("\x81\x7e\x00\x05Hello"), "Hello", NULL, NULL },
	{ ACCEPTED, BYTES("\x81\x7f\x00\x00\x00\x00\x00\x00\x00\x05Hello"), "Hello", NULL, NULL },
	{ ACCEPTED,
	    BYTES("\x88\x05\x03\xe9"
	          "bye"),
	    NULL, "closed the connection: 1001 bye", NULL },
	{ ACCEPTED, BYTES("\x88\x00"), NULL, "closed the connection", NULL },
	{ ACCEPTED, BYTES("\x81\x05Hel"), NULL, "closed the connection", NULL },
	{ ACCEPTED, BYTES("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), NULL,
	    "no frame of a server", NULL },
	{ ACCEPTED, BYTES("\xc1\x05Hello"), NULL, "no frame of a server", NULL },
	{ ACCEPTED, BYTES("\x09\x00"), NULL, "no frame of a server", NULL },
	{ ACCEPTED, BYTES("\x89\x7e\x00\x7e"), NULL, "no frame of a server", NULL },
	{ ACCEPTED, BYTES("\x82\x01x"), NULL, "a frame of kind 2", NULL },
	{ ACCEPTED, BYTES("\x80\x01x"), NULL, "a frame of kind 0", NULL },
	{ ACCEPTED, BYTES("\x01\x01x\x81\x01x"), NULL, "a frame of kind 1", NULL },
	{ ACCEPTED, BYTES("\x81\x7f\x00\x00\x00\x01\x00\x00\x00\x00"), NULL,
	    "a message of 4294967296 bytes", NULL },
	{ "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "", 0, NULL,
	    "/path?q is no WebSocket (404)", NULL },
	{ "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\n\r\n", "", 0, NULL,
	    "not that of a WebSocket", NULL },
	{ "SSH-2.0\r\n", "", 0, NULL, "sent no HTTP reply", NULL },
	{ "", "", 0, NULL, "closed the connection", NULL },
};

static void serve(struct peer *p)
{
	const struct row *row = p->arg;
	char text[4096];

	if (!peer_request(p, text, sizeof text) || !strstr(text, "GET /path?q HTTP/1.1\r\n") ||
	    !strstr(text, "\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"))
		return;
	peer_write(p, row->head, strlen(row->head));
	if (strcmp(row->head, ACCEPTED) != 0)
		return;
	/* What the client says first, whole. */
	for (size_t have = 0; have < sizeof SENT - 1;) {
		const long n = peer_read(p, text + have, sizeof SENT - 1 - have);
		if (n <= 0 || memcmp(text, SENT, have + (size_t)n) != 0)
			return;
		have += (size_t)n;
	}
	peer_write(p, row->frames, row->n);
	if (!row->answer)
		return;
	const long n = peer_read(p, text, sizeof PONG - 1);
	if (n == (long)strlen(row->answer) && memcmp(text, row->answer, (size_t)n) == 0)
		peer_write(p, BYTES("\x81\x04pong"));
}

static void one(const struct row *row, const struct server_settings *s, const char *url_scheme,
    const struct http_settings *set, bool unverified, const char *name)
{
	struct hostile h = start(s);
	struct arena *own = arena_new();
	struct http *client = http_new(own, set);
	struct websocket *w = websocket_open(own, client,
	    fmt(own, "%s://127.0.0.1:%d/path?q", url_scheme, h.port), unverified);
	const char *got = w && websocket_send(w, "Hello") == 0 ? websocket_receive(w) : NULL;

	if (row->message)
		is_str(got, row->message, name);
	else
		ok(!got && told(own, row->error), name);
	if (row->answer)
		is_str(got ? websocket_receive(w) : NULL, "pong", "what it answers");
	websocket_close(w);
	http_close(client);
	arena_drop(own);
	stop(&h);
}

static void plain(void)
{
	rand_fake = examples;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		one(&rows[i], &(struct server_settings){ .serve = serve, .arg = &rows[i] }, "ws",
		    &(struct http_settings){ 0 }, false,
		    rows[i].error ? rows[i].error : rows[i].message);
	rand_fake = NULL;
}

/* A server that takes whatever key comes. */
static void echo(struct peer *p)
{
	char text[4096];

	if (!peer_request(p, text, sizeof text))
		return;
	peer_write(p, BYTES(ACCEPTED));
	peer_hang(p);
}

/* Over TLS; that the answer is not the one to our random key shows that the handshake was made. */
static void secure(void)
{
	struct identity *ca = make_identity(mem, &(struct wish){ .name = "ca", .ca = true });
	const char *bundle = scratch_file(mem, "ca.pem", ca->pem);
	const struct server_settings s = { .serve = echo,
		.identity = make_identity(mem,
		    &(struct wish){ .name = "s", .ip = "127.0.0.1", .issuer = ca }) };
	const struct row reached = { .error = "not that of a WebSocket" },
	                 refused = { .error = "is not trusted" };

	one(&reached, &s, "wss", &(struct http_settings){ .ca_bundle = bundle }, false, "verified");
	one(&refused, &s, "wss",
	    &(struct http_settings){
	        .ca_bundle = scratch_file(mem, "other.pem",
	            make_identity(mem, &(struct wish){ .name = "other", .ca = true })->pem) },
	    false, "an issuer that is not known");
	one(&reached, &s, "wss", &(struct http_settings){ 0 }, true, "whoever it is");
	one(&reached, &s, "wss", &(struct http_settings){ .insecure = true }, false, "--insecure");
}

int main(void)
{
	mem = arena_new();
	plain();
	secure();
	ok(!websocket_open(mem, http_new(mem, NULL), "http://x/", false) &&
	        told(mem, "http://x/ is no address of a WebSocket"),
	    "another scheme");
	free_identities();
	scratch_remove(mem);
	arena_drop(mem);
	return done();
}
