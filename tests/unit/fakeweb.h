/* A web server for the tests of the HTTP client, in whose paths stands what it is to do, and the
 * client's side of it. */
#ifndef FAKEWEB_H
#define FAKEWEB_H

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "error.h"
#include "hostile.h"
#include "http.h"

static struct arena *a;
static struct identity *ca;
static const char *bundle;
static int *requests_seen; /* shared with the servers */

/* What every test program begins and ends with; the identity is the server's. */
static inline struct identity *web_begin(void)
{
	a = arena_new();
	signal(SIGPIPE, SIG_IGN);
	requests_seen = mmap(NULL, sizeof *requests_seen, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(requests_seen != MAP_FAILED);
	ca = make_identity(a, &(struct wish){ .name = "ca", .ca = true });
	bundle = scratch_file(a, "ca.pem", ca->pem);
	return make_identity(a,
	    &(struct wish){ .name = "server", .ip = "127.0.0.1", .issuer = ca });
}

static inline void web_end(void)
{
	free_identities();
	scratch_remove(a);
	arena_drop(a);
}

/* --- the server --------------------------------------------------------------------------- */

enum then { KEEP, CLOSE, HANG, CUT };

#define OK "HTTP/1.1 200 OK\r\n"
#define LEN(n) "Content-Length: " #n "\r\n\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n\r\n"

static const struct reply {
	const char *reply;
	enum then then;
	const char *body, *error; /* body NULL: an error */
} replies[] = {
	{ OK LEN(5) "hello", KEEP, "hello", NULL },
	{ "HTTP/1.1 200\r\n" LEN(2) "hi", KEEP, "hi", NULL },
	{ OK "content-LENGTH:2\r\n\r\nhi", KEEP, "hi", NULL },
	{ OK CHUNKED "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: x\r\n\r\n", KEEP, "abcde", NULL },
	{ OK "\r\nto the end", CLOSE, "to the end", NULL },
	{ "HTTP/1.0 200 OK\r\n\r\nold", CLOSE, "old", NULL },
	{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" OK
	        LEN(2) "hi",
	    KEEP, "hi", NULL },
	{ "HTTP/1.1 204 No Content\r\n" LEN(5), KEEP, "", NULL },
	{ "HTTP/1.1 304 Not Modified\r\n" LEN(5), KEEP, "", NULL },
	{ OK LEN(0) "surplus", KEEP, "", NULL },
	{ OK LEN(2) "hi, and more than was told", KEEP, "hi", NULL },
	{ "garbage\r\n\r\n", HANG, NULL, "sent no HTTP reply but \"garbage\"" },
	{ "220 mail ESMTP\r\n", HANG, NULL, "sent no HTTP reply but \"220 mail ESMTP\"" },
	{ "HTTP/1.1 abc\r\n\r\n", HANG, NULL, "malformed HTTP status line" },
	{ "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", HANG, NULL, "malformed header line" },
	{ "HTTP/1.1 200 OK\r\nA: b\r\n", HANG, NULL,
	    "no answer in time while waiting for the reply" },
	{ "HTTP/1.1 200 OK\r\nA: b\r\n", CLOSE, NULL,
	    "closed the connection in the middle of its header" },
	{ "", CLOSE, NULL, "closed the connection without a reply" },
	{ "", HANG, NULL, "no answer in time" },
	{ "HTTP/1.1 100 Continue\r\n\r\n", HANG, NULL, "no answer in time" },
	{ "HTTP/1.1 101 Switching\r\n\r\n", HANG, NULL, "switched to a protocol" },
	{ OK LEN(20) "0123456789", CLOSE, NULL, "closed the connection after 10 of 20 bytes" },
	{ OK LEN(20) "0123456789", HANG, NULL, "no answer in time" },
	{ OK "Content-Length: 5\r\n" LEN(6) "hello!", HANG, NULL,
	    "two lengths for one body (5 and 6)" },
	{ OK LEN(-1), HANG, NULL, "\"-1\", which is no length" },
	{ OK LEN(99999999999999999999), HANG, NULL, "which is no length" },
	{ OK LEN(9223372036854775807), HANG, NULL,
	    "more than 1000 bytes, the most that is accepted" },
	{ OK LEN(1001), HANG, NULL, "more than 1000 bytes" },
	{ OK CHUNKED "fffffffffffffffff\r\n", HANG, NULL, "chunk size that is out of all bounds" },
	{ OK CHUNKED "ffffffff\r\nx", HANG, NULL, "more than 1000 bytes" },
	{ OK CHUNKED "nonsense", HANG, NULL, "malformed chunk" },
	{ OK CHUNKED "5\r\nhel", CLOSE, NULL, "in the middle of its reply, after 3 bytes" },
	{ OK "Transfer-Encoding: gzip\r\n\r\n", HANG, NULL, "Transfer-Encoding \"gzip\"" },
	{ OK "Content-Encoding: gzip\r\n" LEN(2) "\x1f\x8b", HANG, NULL, "in gzip coding" },
	{ OK "\r\nto the cut", CUT, NULL, NULL }, /* see cut_off() */
};

static inline void say_text(struct peer *p, const char *status, const char *headers,
    const char *body)
{
	char head[1300];
	int n = snprintf(head, sizeof head, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n", status,
	    headers, strlen(body));
	peer_write(p, head, (size_t)n);
	peer_write(p, body, strlen(body));
}

static inline void flood(struct peer *p, const char *start)
{
	char piece[16384];
	memset(piece, 'a', sizeof piece);
	peer_write(p, start, strlen(start));
	for (int i = 0; i < 65536 && peer_write(p, piece, sizeof piece); i++)
		;
}

static inline void redirect(struct peer *p, const char *status, const char *to)
{
	char headers[1100];
	snprintf(headers, sizeof headers, "Location: %s\r\n", to);
	say_text(p, status, headers, "moved");
}

static inline bool route(struct peer *p, const char *path, const char *request, int nth)
{
	char text[64];
	int number;
	if (sscanf(path, "/reply/%d", &number) == 1) {
		const struct reply *r = &replies[number];
		peer_write(p, r->reply, strlen(r->reply));
		if (r->then == HANG)
			peer_hang(p);
		if (r->then == CUT)
			_exit(0);
		return r->then == KEEP;
	}
	if (strncmp(path, "/echo", 5) == 0)
		say_text(p, "200 OK", "", request);
	else if (strcmp(path, "/cookie") == 0)
		say_text(p, "200 OK", "Set-Cookie: a=crumbs\r\n", "the body");
	else if (strcmp(path, "/connection") == 0) {
		snprintf(text, sizeof text, "%d %d", p->count, nth);
		say_text(p, "200 OK", "", text);
	} else if (sscanf(path, "/die-at/%d", &number) == 1) {
		if (nth >= number)
			return false;
		say_text(p, "200 OK", "", "alive");
	} else if (strcmp(path, "/close") == 0) {
		say_text(p, "200 OK", "Connection: close\r\n", "closing");
		return false;
	} else if (strcmp(path, "/close-unsaid") == 0) {
		say_text(p, "200 OK", "", "closing");
		return false;
	} else if (strcmp(path, "/flood-header") == 0) {
		flood(p, OK "X: ");
	} else if (strcmp(path, "/flood-interim") == 0) {
		while (peer_write(p, "HTTP/1.1 102 Processing\r\n\r\n", 27))
			;
	} else if (strcmp(path, "/flood-body") == 0) {
		flood(p, OK "\r\n");
	} else if (strcmp(path, "/drip") == 0) {
		for (const char *s = OK LEN(100); peer_write(p, s, 1) && s[1]; s++)
			usleep(50000);
	} else if (sscanf(path, "/to/%d", &number) == 1) {
		snprintf(text, sizeof text, "../to/%d#x", number - 1);
		redirect(p, "302 Found", number ? text : "/echo");
	} else if (strncmp(path, "/go/", 4) == 0) {
		redirect(p, "307 Temporary Redirect", path + 4);
	} else {
		say_text(p, "404 Not Found", "", "nothing here");
	}
	return true;
}

static inline void serve(struct peer *p)
{
	static char request[65536];
	char path[1024];
	for (int nth = 0; peer_request(p, request, sizeof request); nth++) {
		++*requests_seen;
		if (sscanf(request, "%*s %1000s", path) != 1 || !route(p, path, request, nth))
			break;
	}
	if (p->ssl)
		mbedtls_ssl_close_notify(p->ssl);
	/* What is unread would turn the end into a reset. */
	shutdown(p->fd, SHUT_WR);
	peer_hang(&(struct peer){ .fd = p->fd });
}

/* --- asking ------------------------------------------------------------------------------- */

static inline struct http *client(const struct headers *extra)
{
	struct http_settings s = { .ca_bundle = bundle,
		.connect_ms = 1000,
		.read_ms = 200,
		.total_ms = 5000 };
	if (extra)
		s.extra = *extra;
	return http_new(a, &s);
}

static inline int get(struct http *h, struct arena *own, const char *method, const char *url,
    struct response *res)
{
	struct request req = { .method = method, .url = url, .max_body = 1000 };
	return http_send(h, own, &req, res);
}

/* The body of a GET, or NULL with own's error. */
static inline const char *body_of(struct http *h, struct arena *own, const char *url)
{
	struct response res;
	return get(h, own, "GET", url, &res) == 0 ? res.body : NULL;
}

static inline const char *url_of(const struct hostile *s, bool tls, const char *path)
{
	return arena_fmt(a, "%s://127.0.0.1:%d%s", tls ? "https" : "http", s->port, path);
}

#endif
