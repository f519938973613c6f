/* The responder's loop: requests against replies without a socket, then real clients on loopback:
 * many at once, silent ones, slow ones, ones that talk nonsense. The server runs in this process,
 * the clients in a child. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "buf.h"
#include "clock.h"
#include "error.h"
#include "server.h"
#include "text.h"
#include "tap.h"

#define PLACE "/.well-known/acme-challenge/"
#define ANSWER "tok-EN_1.thumbprint"

static struct arena *mem;

/* --- requests without a socket -------------------------------------------------------------- */

static const struct {
	const char *what, *request, *status, *body;
	bool given; /* the token was given out */
} answers[] = {
	{ "a validation", "GET " PLACE "tok-EN_1 HTTP/1.1\r\nHost: a.test\r\n\r\n", "200", ANSWER,
	    true },
	{ "bare line feeds", "GET " PLACE "tok-EN_1 HTTP/1.1\nHost: a.test\n\n", "200", ANSWER,
	    true },
	{ "HTTP/1.0, no host", "GET " PLACE "tok-EN_1 HTTP/1.0\r\n\r\n", "200", ANSWER, true },
	{ "the absolute form", "GET http://a.test:80" PLACE "tok-EN_1 HTTP/1.1\r\n\r\n", "200",
	    ANSWER, true },
	{ "HEAD", "HEAD " PLACE "tok-EN_1 HTTP/1.1\r\n\r\n", "200", "", false },
	{ "the other token", "GET " PLACE "B HTTP/1.1\r\n\r\n", "200", "B.thumbprint", true },
	{ "letter case counts", "GET " PLACE "TOK-EN_1 HTTP/1.1\r\n\r\n", "404", "", false },
	{ "another token", "GET " PLACE "tok-EN_2 HTTP/1.1\r\n\r\n", "404", "", false },
	{ "no token", "GET " PLACE " HTTP/1.1\r\n\r\n", "404", "", false },
	{ "the root", "GET / HTTP/1.1\r\n\r\n", "404", "", false },
	{ "a query", "GET " PLACE "B?x=1 HTTP/1.1\r\n\r\n", "404", "", false },
	{ "a path behind", "GET " PLACE "B/ HTTP/1.1\r\n\r\n", "404", "", false },
	{ "traversal", "GET " PLACE "../../etc/passwd HTTP/1.1\r\n\r\n", "404", "", false },
	{ "escaped traversal", "GET " PLACE "%2e%2e%2fB HTTP/1.1\r\n\r\n", "404", "", false },
	{ "POST", "POST " PLACE "B HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "404", "", false },
	{ "a lower-case method", "get " PLACE "B HTTP/1.1\r\n\r\n", "404", "", false },
	{ "an alpn name is no token", "GET " PLACE "alpn.test HTTP/1.1\r\n\r\n", "404", "", false },
	{ "no HTTP", "hello\r\n\r\n", "400", "", false },
	{ "an empty line", "\r\n", "400", "", false },
	{ "HTTP/2", "PRI * HTTP/2.0\r\n\r\n", "400", "", false },
	{ "half a request", "GET " PLACE "B HTTP/1.1\r\nHost", NULL, NULL, false },
	{ "nothing", "", NULL, NULL, false },
};

static void replies(const struct server *s)
{
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		struct arena *a = arena_new();
		struct buf out = buf_new(a, 0);
		const char *token = NULL;
		const int done = server_reply(s, a, answers[i].request, strlen(answers[i].request),
		    &out, &token);
		const char *text = buf_text(&out), *end = strstr(text, "\r\n\r\n");
		const char *status =
		    text_starts(text, "HTTP/1.1 ") ? arena_strn(a, text + 9, 3) : NULL;
		is_str(status, answers[i].status, answers[i].what);
		if (answers[i].body)
			is_str(end ? end + 4 : NULL, answers[i].body, "  its body");
		ok((token != NULL) == answers[i].given && done == (answers[i].status != NULL),
		    "  is told as such");
		arena_drop(a);
	}
	struct buf out = buf_new(mem, 0);
	const char *token;
	server_reply(s, mem, answers[0].request, strlen(answers[0].request), &out, &token);
	ok(strstr(buf_text(&out), "\r\nContent-Type: application/octet-stream\r\n") &&
	        strstr(buf_text(&out), "\r\nContent-Length: 19\r\n") &&
	        strstr(buf_text(&out), "\r\nConnection: close\r\n"),
	    "header lines of a reply");
	char *large = arena_alloc(mem, 9001);
	memset(large, 'a', 9000);
	out = buf_new(mem, 0);
	ok(server_reply(s, mem, large, 8191, &out, &token) == 0, "more may come after 8191 bytes");
	ok(server_reply(s, mem, large, 8192, &out, &token) == 1 && strstr(buf_text(&out), " 431 "),
	    "8192 bytes without an end are refused");
}

static void bad_names(struct server *s)
{
	static const char *const tokens[] = { "", "a/b", "..", "a.b", "a b", "a\n" };
	static const char *const names[] = { "", "*.a.test", "a b.test", "a/../b" };
	const unsigned char digest[32] = { 0 };
	for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
		ok(server_add_token(s, tokens[i], "x.y") < 0 && failed(mem), "no token");
		error_clear(mem);
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		ok(server_add_alpn(s, names[i], digest) < 0 && failed(mem),
		    "no name for tls-alpn-01");
		error_clear(mem);
	}
}

/* --- clients -------------------------------------------------------------------------------- */

static int port4, port6;

static int listener(int family, int *port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	void *sa = family == AF_INET ? (void *)&v4 : (void *)&v6;
	socklen_t n = family == AF_INET ? sizeof v4 : sizeof v6;
	const int fd = socket(family, SOCK_STREAM, 0);
	if (fd < 0 || bind(fd, sa, n) < 0 || listen(fd, 512) < 0 || getsockname(fd, sa, &n) < 0)
		return -1;
	*port = ntohs(family == AF_INET ? v4.sin_port : v6.sin6_port);
	return fd;
}

static int dial(int family)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port4),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)port6),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	const int fd = socket(family, SOCK_STREAM, 0);
	if (connect(fd, family == AF_INET ? (void *)&v4 : (void *)&v6,
	        family == AF_INET ? sizeof v4 : sizeof v6) == 0)
		return fd;
	close(fd);
	return -1;
}

/* All that comes until the end, in at most 5 s; NULL when it ends with a reset. */
static const char *hear(int fd)
{
	static char room[65536];
	size_t n = 0;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	while (poll(&p, 1, 5000) == 1) {
		const ssize_t got = recv(fd, room + n, sizeof room - 1 - n, 0);
		if (got < 0)
			return NULL;
		n += (size_t)got;
		room[n] = 0;
		if (got == 0)
			return room;
	}
	return NULL;
}

static void say_to(int fd, const char *text, size_t n)
{
	while (n) {
		const ssize_t sent = send(fd, text, n, MSG_NOSIGNAL);
		if (sent <= 0)
			return;
		text += sent;
		n -= (size_t)sent;
	}
}

static const char *exchange(int fd, const char *text)
{
	say_to(fd, text, strlen(text));
	const char *reply = hear(fd);
	close(fd);
	return reply;
}

static const char valid[] = "GET " PLACE "tok-EN_1 HTTP/1.1\r\nHost: a.test\r\n\r\n";

static bool good(const char *reply)
{
	return reply && text_starts(reply, "HTTP/1.1 200 ") && text_ends(reply, ANSWER);
}

static bool single(void)
{
	return good(exchange(dial(AF_INET), valid));
}

static bool over_ipv6(void)
{
	return good(exchange(dial(AF_INET6), valid));
}

static bool parallel(void)
{
	int fds[200];
	bool all = true;
	for (size_t i = 0; i < 200; i++)
		fds[i] = dial(AF_INET);
	for (size_t i = 0; i < 200; i++)
		say_to(fds[i], valid, sizeof valid - 1);
	for (size_t i = 0; i < 200; i++) {
		all = good(hear(fds[i])) && all;
		close(fds[i]);
	}
	return all;
}

/* More clients that say nothing, or half a request, than there are places. */
static bool silent(void)
{
	int fds[300];
	bool served = true;
	for (size_t i = 0; i < 300; i++) {
		fds[i] = dial(AF_INET);
		if (i % 2)
			say_to(fds[i], valid, 20);
	}
	for (int i = 0; i < 20; i++)
		served = single() && served;
	for (size_t i = 0; i < 300; i++)
		close(fds[i]);
	return served;
}

static bool byte_by_byte(void)
{
	const int fd = dial(AF_INET);
	for (size_t i = 0; i + 1 < sizeof valid; i++) {
		say_to(fd, valid + i, 1);
		usleep(500);
	}
	return good(exchange(fd, ""));
}

static bool half_closed(void)
{
	const int fd = dial(AF_INET);
	say_to(fd, valid, sizeof valid - 1);
	shutdown(fd, SHUT_WR);
	return good(exchange(fd, ""));
}

/* The reply must not be lost by a reset, although the server stops reading. */
static bool far_too_large(void)
{
	static char large[200000];
	const int fd = dial(AF_INET);
	memset(large, 'a', sizeof large - 1);
	const char *reply = exchange(fd, large);
	return reply && text_starts(reply, "HTTP/1.1 431 ");
}

static bool garbage(void)
{
	static const char noise[] = "\x16\x03\x01\x7f\x05\n\xff\xfe\n\n";
	const char *reply = exchange(dial(AF_INET), noise);
	return reply && text_starts(reply, "HTTP/1.1 400 ") && single();
}

static bool reset(void)
{
	for (int i = 0; i < 50; i++) {
		const int fd = dial(AF_INET);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 },
		    sizeof(struct linger));
		say_to(fd, valid, i);
		close(fd);
	}
	return single();
}

/* One that says nothing, and one that says a byte now and then: both have 10 s, not more. */
static bool idle(void)
{
	struct pollfd set[2] = { { .fd = dial(AF_INET), .events = POLLIN },
		{ .fd = dial(AF_INET), .events = POLLIN } };
	const int64_t begin = clock_ms();
	int ended = 0;
	for (int64_t now = begin; ended < 2 && now < begin + 12000; now = clock_ms()) {
		say_to(set[1].fd, "G", 1);
		if (poll(set, 2, 0) == 0)
			usleep(200000);
		for (int i = 0; i < 2; i++)
			if (set[i].revents) {
				if (now < begin + 9500)
					return false;
				set[i].fd = -1;
				ended++;
			}
	}
	return ended == 2;
}

static unsigned served_count;

static void served(void *ctx, const char *what)
{
	if (text_is(ctx, what))
		served_count++;
}

/* Serves until the child with the clients has ended; whether they were content. */
static bool serve(struct server *s, bool (*clients)(void))
{
	int control[2], status = 1;
	served_count = 0;
	fflush(stdout);
	if (pipe(control) < 0)
		return false;
	const pid_t pid = fork();
	if (pid == 0) {
		close(control[0]);
		_exit(clients() ? 0 : 1);
	}
	close(control[1]);
	ok(server_run(s, control, 1, served, (void *)(uintptr_t) "tok-EN_1") == 0,
	    "server_run returns when there is something to read");
	close(control[0]);
	waitpid(pid, &status, 0);
	return status == 0;
}

int main(void)
{
	mem = arena_new();
	struct server *s = server_new(mem);
	signal(SIGPIPE, SIG_DFL); /* nothing may depend on its being ignored */
	alarm(100);
	ok(server_add_token(s, "tok-EN_1", "old") == 0 &&
	        server_add_token(s, "B", "B.thumbprint") == 0,
	    "tokens");
	ok(server_add_token(s, "tok-EN_1", ANSWER) == 0, "a token is replaced");
	replies(s);
	bad_names(s);

	const int v4 = listener(AF_INET, &port4), v6 = listener(AF_INET6, &port6);
	ok(v4 >= 0 && server_http(s, v4) == 0, "listens");
	if (v6 >= 0)
		server_http(s, v6);
	ok(serve(s, single), "one validator");
	is_int(served_count, 1, "is told");
	if (v6 >= 0)
		ok(serve(s, over_ipv6), "one over IPv6");
	else
		skip("one over IPv6", "no IPv6 here");
	ok(serve(s, parallel), "200 validators at once");
	is_int(served_count, 200, "are told");
	ok(serve(s, byte_by_byte), "a slow one");
	ok(serve(s, half_closed), "one that closes its side first");
	ok(serve(s, silent), "one among 300 that say nothing");
	ok(serve(s, far_too_large), "200 kB of header get a reply, no reset");
	ok(serve(s, garbage), "garbage gets one too");
	ok(serve(s, reset), "resets do no harm");
	ok(serve(s, idle), "nobody stays longer than 10 s");

	is_int((long long)server_remove(s, "nobody"), 2, "removing what is not there");
	is_int((long long)server_remove(s, "tok-EN_1"), 1, "one of two tokens removed");
	int fd = dial(AF_INET);
	ok(fd >= 0, "the port stays while there is another token");
	close(fd);
	server_hold(s, true);
	is_int((long long)server_remove(s, "B"), 0, "the last one removed");
	fd = dial(AF_INET);
	ok(fd >= 0, "the port stays while it is held");
	close(fd);
	server_hold(s, false);
	ok(dial(AF_INET) < 0 && errno == ECONNREFUSED, "then the port is given back");
	server_close(s);
	arena_drop(mem);
	return done();
}
