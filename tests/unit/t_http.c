/* The HTTP client against servers that keep to the rules and servers that do not: each ends with a
 * reply or with one clear sentence, never with a hang. */
#include "tap.h"

#include "hostile.h"
#include "told.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"
#include "error.h"
#include "file.h"
#include "http.h"
#include "log.h"
#include "url.h"

static struct arena *a;
static struct identity *ca;
static const char *bundle;
static int *requests_seen; /* shared with the servers */

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

static void say_text(struct peer *p, const char *status, const char *headers, const char *body)
{
	char head[1300];
	int n = snprintf(head, sizeof head, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n", status,
	    headers, strlen(body));
	peer_write(p, head, (size_t)n);
	peer_write(p, body, strlen(body));
}

static void flood(struct peer *p, const char *start)
{
	char piece[16384];
	memset(piece, 'a', sizeof piece);
	peer_write(p, start, strlen(start));
	for (int i = 0; i < 65536 && peer_write(p, piece, sizeof piece); i++)
		;
}

static void redirect(struct peer *p, const char *status, const char *to)
{
	char headers[1100];
	snprintf(headers, sizeof headers, "Location: %s\r\n", to);
	say_text(p, status, headers, "moved");
}

static bool route(struct peer *p, const char *path, const char *request, int nth)
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

static void serve(struct peer *p)
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

static struct http *client(const struct headers *extra)
{
	struct http_settings s = { .ca_bundle = bundle,
		.connect_ms = 1000,
		.read_ms = 200,
		.total_ms = 5000 };
	if (extra)
		s.extra = *extra;
	return http_new(a, &s);
}

static int get(struct http *h, struct arena *own, const char *method, const char *url,
    struct response *res)
{
	struct request req = { .method = method, .url = url, .max_body = 1000 };
	return http_send(h, own, &req, res);
}

/* The body of a GET, or NULL with own's error. */
static const char *body_of(struct http *h, struct arena *own, const char *url)
{
	struct response res;
	return get(h, own, "GET", url, &res) == 0 ? res.body : NULL;
}

static const char *url_of(const struct hostile *s, bool tls, const char *path)
{
	return arena_fmt(a, "%s://127.0.0.1:%d%s", tls ? "https" : "http", s->port, path);
}

static void all_replies(const struct hostile *s, bool tls)
{
	struct http *h = client(NULL);
	for (size_t i = 0; replies[i].body || replies[i].error; i++) {
		const struct reply *r = &replies[i];
		struct arena *own = arena_new();
		int64_t begin = clock_ms();
		const char *body = body_of(h, own, url_of(s, tls, arena_fmt(a, "/reply/%zu", i)));
		if (!r->body)
			ok(!body && told(own, r->error) &&
			        told(own, arena_fmt(own, "127.0.0.1:%d: ", s->port)),
			    "a bad reply is told");
		else if (!ok(body && strcmp(body, r->body) == 0, "a good reply is read"))
			printf("# got: %s (%s)\n", body ? body : "(null)", error_text(own));
		if (clock_ms() - begin > 2000)
			ok(false, "in time");
		arena_drop(own);
	}
	http_close(h);
}

/* Replies that are bodiless by their request, and endless ones. */
static void lengths(const struct hostile *s, bool tls)
{
	static const char *const floods[][2] = {
		{ "/flood-header", "sent a header block of more than 32 KiB" },
		{ "/flood-interim", "sent more than 8 interim replies" },
		{ "/flood-body", "sent a body of more than 1000 bytes" },
	};
	struct http *h = client(NULL);
	struct response res;
	ok(get(h, a, "HEAD", url_of(s, tls, "/reply/0"), &res) == 0 && res.body_len == 0,
	    "a body behind HEAD is none");
	ok(get(h, a, "HEAD", url_of(s, tls, "/reply/21"), &res) == 0,
	    "and its length is not waited for");
	for (size_t i = 0; i < sizeof floods / sizeof *floods; i++) {
		struct arena *own = arena_new();
		ok(!body_of(h, own, url_of(s, tls, floods[i][0])) && told(own, floods[i][1]),
		    "an endless reply");
		arena_drop(own);
	}
	struct arena *own = arena_new();
	struct request req = { .method = "GET", .url = url_of(s, tls, "/drip"), .total_ms = 600 };
	int64_t begin = clock_ms();
	ok(http_send(h, own, &req, &res) < 0 && told(own, "no answer in time"), "a drip");
	ok(clock_ms() - begin < 1500, "has its deadline");
	ok(arena_error(own)->transient, "and may be tried again");
	arena_drop(own);
	http_close(h);
}

/* Without a length only TLS tells a whole reply from a part of one. */
static void cut_off(const struct hostile *tls, const struct hostile *plain)
{
	struct arena *own = arena_new();
	struct http *h = client(NULL);
	const char *path = arena_fmt(a, "/reply/%zu", sizeof replies / sizeof *replies - 1);
	is_str(body_of(h, own, url_of(plain, false, path)), "to the cut");
	ok(!body_of(h, own, url_of(tls, true, path)) &&
	        told(own, "was cut: its reply may be a part"),
	    "a reply that is cut off");
	http_close(h);
	arena_drop(own);
}

/* What a log file of level 2 gets of a reply. */
static const char *logged(const struct hostile *s, bool confidential)
{
	const char *tmp = getenv("TMPDIR");
	char *path = arena_fmt(a, "%s/acme-http-XXXXXX", tmp ? tmp : "/tmp");
	struct http *h = client(NULL);
	struct response res;
	struct request req = { .method = "GET",
		.url = url_of(s, false, "/cookie"),
		.confidential = confidential };
	close(mkstemp(path));
	log_setup(&(struct log_settings){ .file = path, .file_level = 2 });
	ok(http_send(h, a, &req, &res) == 0 && header_get(&res.headers, "Set-Cookie"));
	log_setup(&(struct log_settings){ 0 });
	http_close(h);
	const char *text = file_read(a, path, 65536, NULL);
	unlink(path);
	return text ? text : "";
}

static void shown(const struct hostile *s)
{
	const char *text = logged(s, false);
	ok(strstr(text, "the body") && strstr(text, "Content-Length: 8"), "replies are logged");
	ok(!strstr(text, "crumbs"), "but not cookies");
	text = logged(s, true);
	ok(strstr(text, "200, 8 bytes, not shown") && !strstr(text, "the body") &&
	        !strstr(text, "Content-Length"),
	    "of a confidential one its length");
}

static void requests(const struct hostile *s)
{
	struct arena *own = arena_new();
	struct headers extra = { 0 };
	header_add(own, &extra, "X-Extra", "1");
	struct http *h = client(&extra);
	is_str(body_of(h, own, url_of(s, false, "/echo?a=b#c")),
	    arena_fmt(a,
	        "GET /echo?a=b HTTP/1.1\r\n"
	        "Host: 127.0.0.1:%d\r\nUser-Agent: acme/" ACME_VERSION
	        "\r\nAccept-Language: en\r\nX-Extra: 1\r\n"
	        "\r\n",
	        s->port),
	    "a GET");
	struct response res;
	struct request req = { .method = "POST",
		.url = url_of(s, false, "/echo"),
		.body = "x=\0y",
		.body_len = 4 };
	header_add(own, &req.headers, "user-agent", "mine");
	header_add(own, &req.headers, "Content-Length", "99");
	is_int(http_send(h, own, &req, &res), 0);
	is_str(res.body,
	    arena_fmt(a,
	        "POST /echo HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept-Language: en\r\n"
	        "user-agent: mine\r\nX-Extra: 1\r\nContent-Length: 4\r\n\r\nx=",
	        s->port),
	    "a POST");
	req = (struct request){ .method = "POST", .url = url_of(s, false, "/echo") };
	is_int(http_send(h, own, &req, &res), 0);
	ok(strstr(res.body, "Content-Length: 0\r\n"), "a POST without a body has its length too");
	ok(strstr(body_of(h, own, arena_fmt(a, "http://us%%20er:pw@127.0.0.1:%d/echo", s->port)),
	       "Authorization: Basic dXMgZXI6cHc=\r\n"),
	    "a login in the URL");
	header_add(own, &req.headers, "X", "a\r\nEvil: 1");
	ok(http_send(h, own, &req, &res) < 0 &&
	        told(own, "the header X to be sent has a line break"),
	    "no line breaks in headers");
	error_clear(own);
	ok(!body_of(h, own, "http://h/a b") && told(own, "has a space in it"), "no such URL");
	http_close(h);
	arena_drop(own);
}

static void keeping(const struct hostile *s, bool tls)
{
	struct arena *own = arena_new();
	struct http *h = client(NULL);
	unsigned requests, connections;
	const char *first = body_of(h, own, url_of(s, tls, "/connection"));
	const char *second = body_of(h, own, url_of(s, tls, "/connection"));
	ok(first && second && atoi(first) == atoi(second) && strstr(second, " 1"),
	    "a connection is kept");
	http_count(h, &requests, &connections);
	ok(requests == 2 && connections == 1, "and counted");
	body_of(h, own, url_of(s, tls, "/close"));
	body_of(h, own, url_of(s, tls, "/connection"));
	http_count(h, &requests, &connections);
	is_int(connections, 2, "one that is closed is not");
	body_of(h, own, url_of(s, tls, "/close-unsaid"));
	clock_sleep(100);
	ok(body_of(h, own, url_of(s, tls, "/connection")),
	    "one that was closed meanwhile is replaced");
	http_count(h, &requests, &connections);
	ok(requests == 6 && connections == 3, "before anything is sent on it");
	http_close(h);

	h = client(NULL);
	*requests_seen = 0;
	is_str(body_of(h, own, url_of(s, tls, "/die-at/1")), "alive");
	struct request req = { .method = "POST",
		.url = url_of(s, tls, "/die-at/1"),
		.body = "x",
		.body_len = 1 };
	struct response res;
	is_int(http_send(h, own, &req, &res), 0, "one that dies under a request is replaced");
	is_int(*requests_seen, 3, "and the request sent again");
	req.url = url_of(s, tls, "/die-at/0");
	ok(http_send(h, own, &req, &res) < 0 && told(own, "closed the connection without a reply"),
	    "once only");
	is_int(*requests_seen, 5);
	error_clear(own);
	*requests_seen = 0;
	body_of(h, own, url_of(s, tls, "/connection"));
	ok(!body_of(h, own, url_of(s, tls, "/reply/18")), "one that hangs");
	is_int(*requests_seen, 2, "is not asked twice");
	error_clear(own);
	http_close(h);
	arena_drop(own);
}

static void many_hosts(struct identity *id)
{
	struct hostile s[6];
	struct arena *own = arena_new();
	struct http *h = client(NULL);
	unsigned requests, connections;
	(void)id;
	for (int i = 0; i < 6; i++)
		s[i] = start(&(struct server_settings){ .serve = serve });
	for (int i = 0; i < 12; i++)
		ok(body_of(h, own, url_of(&s[i % 6], false, "/echo")), "one of many hosts");
	http_count(h, &requests, &connections);
	is_int(connections, 12, "at most four are kept");
	for (int i = 0; i < 4; i++)
		body_of(h, own, url_of(&s[2 + i], false, "/echo"));
	http_count(h, &requests, &connections);
	is_int(connections, 12, "the four last ones");
	http_close(h);
	for (int i = 0; i < 6; i++)
		stop(&s[i]);
	arena_drop(own);
}

/* --- redirects ---------------------------------------------------------------------------- */

static void redirects(const struct hostile *plain, const struct hostile *tls)
{
	struct arena *own = arena_new();
	struct http *h = client(NULL);
	struct response res;
	ok(get(h, own, "GET", url_of(plain, false, "/to/9"), &res) == 0 && res.status == 200,
	    "ten redirects are followed");
	is_str(res.url, url_of(plain, false, "/echo"));
	ok(get(h, own, "GET", url_of(plain, false, "/to/10"), &res) < 0 &&
	        told(own, "more than 10 redirects"),
	    "eleven are not");
	error_clear(own);
	ok(get(h, own, "GET", url_of(plain, false, "/go//none"), &res) == 0 && res.status == 404,
	    "a relative one");
	ok(get(h, own, "HEAD", url_of(plain, false, "/go//reply/7"), &res) < 0 || res.status == 204,
	    "HEAD follows too");
	error_clear(own);
	const char *to_tls = arena_fmt(a, "/go/%s", url_of(tls, true, "/echo"));
	ok(get(h, own, "GET", url_of(plain, false, to_tls), &res) == 0 && res.status == 200,
	    "from http to https");
	const char *to_plain = arena_fmt(a, "/go/%s", url_of(plain, false, "/echo"));
	ok(get(h, own, "GET", url_of(tls, true, to_plain), &res) < 0 &&
	        told(own, "which is not encrypted and therefore not followed"),
	    "never from https to http");
	error_clear(own);
	ok(get(h, own, "GET", url_of(plain, false, "/go/ftp://h/"), &res) < 0 &&
	        told(own, "redirect to another place: URL ftp://h/ does not begin with"),
	    "nor to elsewhere");
	error_clear(own);
	struct request req = { .method = "POST",
		.url = url_of(plain, false, "/to/1"),
		.body = "",
		.body_len = 0 };
	ok(http_send(h, own, &req, &res) == 0 && res.status == 302, "a POST is not redirected");
	req = (struct request){ .method = "GET",
		.url = url_of(plain, false, "/to/1"),
		.no_redirect = true };
	ok(http_send(h, own, &req, &res) == 0 && res.status == 302, "nor who does not want to be");
	http_close(h);

	struct headers secret = { 0 };
	header_add(own, &secret, "X-Token", "hush");
	h = client(&secret);
	req = (struct request){ .method = "GET", .url = url_of(plain, false, to_tls) };
	header_add(own, &req.headers, "Authorization", "Bearer hush");
	header_add(own, &req.headers, "Accept", "a/b");
	ok(http_send(h, own, &req, &res) == 0 && !strstr(res.body, "hush") &&
	        strstr(res.body, "Accept: a/b") && strstr(res.body, "User-Agent: "),
	    "credentials do not go to another host");
	req.url = url_of(plain, false, "/go//echo");
	ok(http_send(h, own, &req, &res) == 0 && strstr(res.body, "Bearer hush") &&
	        strstr(res.body, "X-Token"),
	    "but stay with the same one");
	http_close(h);
	arena_drop(own);
}

/* --- proxies ------------------------------------------------------------------------------ */

static void splice(struct peer *p, int to)
{
	struct pollfd fds[2] = { { .fd = p->fd, .events = POLLIN },
		{ .fd = to, .events = POLLIN } };
	char piece[4096];
	while (poll(fds, 2, 5000) > 0)
		for (int i = 0; i < 2; i++) {
			ssize_t n = fds[i].revents ? recv(fds[i].fd, piece, sizeof piece, 0) : 1;
			if (n <= 0 ||
			    (fds[i].revents &&
			        send(fds[1 - i].fd, piece, (size_t)n, MSG_NOSIGNAL) < 0))
				return;
		}
}

/* Wants the login a:b when arg is "login"; refuses everything when it is "refuse". */
static void serve_proxy(struct peer *p)
{
	static char request[8192];
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int port;
	const char *arg = p->arg;
	while (peer_request(p, request, sizeof request)) {
		bool login = strstr(request, "Proxy-Authorization: Basic YTpi\r\n");
		if (strcmp(arg, "refuse") == 0)
			say_text(p, "403 Forbidden", "", "no");
		else if (strcmp(arg, "login") == 0 && !login)
			say_text(p, "407 Proxy Authentication Required",
			    "Proxy-Authenticate: Basic\r\n", "who");
		else if (strcmp(arg, "garbage") == 0)
			peer_write(p, "what?\r\n\r\n", 9);
		else if (sscanf(request, "CONNECT 127.0.0.1:%d HTTP/1.1\r\n", &port) == 1) {
			int fd = socket(AF_INET, SOCK_STREAM, 0);
			to.sin_port = htons((uint16_t)port);
			must(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
			peer_write(p, OK "X: y\r\n\r\n", strlen(OK "X: y\r\n\r\n"));
			splice(p, fd);
			return;
		} else
			say_text(p, "200 OK", "", request);
	}
}

static void through_proxies(const struct hostile *tls)
{
	const struct {
		const char *kind, *login, *error;
		bool https;
	} cases[] = {
		{ "open", "", NULL, true },
		{ "open", "", NULL, false },
		{ "login", "a:b@", NULL, true },
		{ "login", "a:b@", NULL, false },
		{ "login", "", "it wants a user name and password (407); set https_proxy=", true },
		{ "login", "a:x@", "it wants a different user name and password (407)", true },
		{ "refuse", "", "it refused to connect to 127.0.0.1:", true },
		{ "garbage", "", "sent no HTTP reply but \"what?\"", true },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena *own = arena_new();
		struct hostile proxy =
		    start(&(struct server_settings){ .serve = serve_proxy, .arg = cases[i].kind });
		struct http *h = client(NULL);
		const char *name = cases[i].https ? "https_proxy" : "http_proxy";
		setenv(name, arena_fmt(own, "http://%s127.0.0.1:%d", cases[i].login, proxy.port),
		    1);
		const char *url = url_of(tls, true, "/echo");
		const char *body =
		    body_of(h, own, cases[i].https ? url : "http://nowhere.test/x?y");
		const char *want = cases[i].https ? "GET /echo HTTP"
		                                  : "GET http://nowhere.test/x?y HTTP/1.1\r\n"
		                                    "Host: nowhere.test\r\n";
		if (cases[i].error)
			ok(!body && told(own, cases[i].error) &&
			        told(own, arena_fmt(own, "proxy 127.0.0.1:%d: ", proxy.port)),
			    "a proxy that refuses");
		else if (!ok(body && strstr(body, want), "through a proxy"))
			printf("# %s %s\n", body ? body : "", error_text(own));
		if (body && cases[i].https)
			ok(!strstr(body, "Proxy-Authorization"), "its login is its own");
		unsetenv(name);
		http_close(h);
		stop(&proxy);
		arena_drop(own);
	}
	struct arena *own = arena_new();
	struct http *h = client(NULL);
	int port, closed = listen_loopback(&port);
	close(closed);
	setenv("https_proxy", arena_fmt(own, "127.0.0.1:%d", port), 1);
	ok(!body_of(h, own, "https://a.test/") &&
	        told(own,
	            arena_fmt(own, "proxy 127.0.0.1:%d: cannot connect: Connection refused", port)),
	    "no proxy there");
	unsetenv("https_proxy");
	http_close(h);
	arena_drop(own);
}

static void proxy_names(void)
{
	static const struct {
		const char *list, *url;
		bool direct;
	} cases[] = {
		{ NULL, "http://a.test/", false },
		{ "", "http://a.test/", false },
		{ "*", "http://a.test/", true },
		{ "b.test,a.test", "http://a.test/", true },
		{ "test", "http://a.test/", true },
		{ ".test", "http://a.test/", true },
		{ "*.test", "http://a.test/", true },
		{ "a.test", "http://b.a.test/", true },
		{ ".a.test", "http://a.test/", true },
		{ "a.test", "http://ba.test/", false },
		{ "A.Test", "http://a.test/", true },
		{ "a.test", "http://a.test./", true },
		{ "a.test:80", "http://a.test/", true },
		{ "a.test:81", "http://a.test/", false },
		{ "a.test:8080 , b", "http://a.test:8080/", true },
		{ "a.test:x", "http://a.test/", false },
		{ "192.0.2.1", "http://192.0.2.1/", true },
		{ "2.1", "http://192.0.2.1/", false },
		{ "192.0.2.0/24", "http://192.0.2.200/", true },
		{ "192.0.2.0/25", "http://192.0.2.200/", false },
		{ "192.0.2.200/32", "http://192.0.2.200/", true },
		{ "0.0.0.0/0", "http://192.0.2.200/", true },
		{ "192.0.2.0/33", "http://192.0.2.0/", false },
		{ "192.0.2.0/x", "http://192.0.2.0/", false },
		{ "0.0.0.0/0", "http://[::1]/", false },
		{ "0.0.0.0/0", "http://a.test/", false },
		{ "2001:db8::/32", "http://[2001:db8:1::1]/", true },
		{ "2001:db8::/32", "http://[2001:db9::1]/", false },
		{ "::1", "http://[::1]/", true },
		{ "[::1]", "http://[::1]:8080/", true },
		{ "[::1]:80", "http://[::1]:8080/", false },
		{ "[::1]:8080", "http://[::1]:8080/", true },
		{ "0:0:0:0:0:0:0:1", "http://[::1]/", true },
		{ ",, ,", "http://a.test/", false },
		{ ".", "http://a.test/", false },
		{ "/", "http://a.test/", false },
		{ ":", "http://a.test/", false },
		{ "[", "http://a.test/", false },
		{ "/24", "http://a.test/", false },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct url u;
		must(url_parse(a, cases[i].url, &u) == 0);
		if (!ok(http_no_proxy(a, cases[i].list, &u) == cases[i].direct, "no_proxy"))
			printf("# no_proxy=%s %s\n", cases[i].list, cases[i].url);
	}
}

static void proxy_environment(void)
{
	static const char *const names[] = { "https_proxy", "HTTPS_PROXY", "http_proxy",
		"HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY", "REQUEST_METHOD" };
	static const struct {
		const char *set, *url, *proxy; /* set: NAME=value words */
		int result;
	} cases[] = {
		{ "", "https://a.test/", NULL, 0 },
		{ "https_proxy=http://p:1 HTTPS_PROXY=http://q:2", "https://a.test/", "p:1", 1 },
		{ "HTTPS_PROXY=q:2 http_proxy=r:3", "https://a.test/", "q:2", 1 },
		{ "https_proxy=p:1 HTTP_PROXY=r:3", "http://a.test/", "r:3", 1 },
		{ "HTTP_PROXY=r:3 REQUEST_METHOD=GET", "http://a.test/", NULL, 0 },
		{ "http_proxy=r:3 REQUEST_METHOD=GET", "http://a.test/", "r:3", 1 },
		{ "all_proxy=z:9", "https://a.test/", "z:9", 1 },
		{ "ALL_PROXY=z:9 http_proxy=r:3", "http://a.test/", "r:3", 1 },
		{ "all_proxy=z:9 no_proxy=a.test", "https://a.test/", NULL, 0 },
		{ "all_proxy=z:9 NO_PROXY=*", "https://a.test/", NULL, 0 },
		{ "all_proxy=z:9 no_proxy=b NO_PROXY=*", "https://a.test/", "z:9", 1 },
		{ "https_proxy= HTTPS_PROXY=q:2", "https://a.test/", "q:2", 1 },
		{ "all_proxy=http://[::1]:3128/", "https://a.test/", "[::1]:3128", 1 },
		{ "all_proxy=socks5://z:9", "https://a.test/", "all_proxy names a proxy of a kind",
		    -1 },
		{ "https_proxy=https://z:9", "https://a.test/",
		    "https_proxy names a proxy of a kind", -1 },
		{ "https_proxy=http://z:99999", "https://a.test/",
		    "https_proxy: URL http://z:99999 has a port", -1 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena *own = arena_new();
		struct url u, proxy;
		for (size_t k = 0; k < sizeof names / sizeof *names; k++)
			unsetenv(names[k]);
		for (char *word = strtok(arena_str(own, cases[i].set), " "); word;
		     word = strtok(NULL, " "))
			putenv(word);
		must(url_parse(own, cases[i].url, &u) == 0);
		int result = http_proxy(own, &u, &proxy);
		is_int(result, cases[i].result, "a proxy from the environment");
		if (result > 0)
			is_str(proxy.authority, cases[i].proxy);
		else if (result < 0)
			ok(told(own, cases[i].proxy));
		for (size_t k = 0; k < sizeof names / sizeof *names; k++)
			unsetenv(names[k]);
		arena_drop(own);
	}
}

/* --- the rest ----------------------------------------------------------------------------- */

static int answer(struct http *h, struct arena *own, const struct request *req,
    struct response *res)
{
	(void)h, (void)own;
	*res = (struct response){ .status = 299, .url = req->url };
	return 0;
}

static void connecting(const struct hostile *plain, const struct hostile *tls)
{
	struct arena *own = arena_new();
	struct response res;
	struct http *h = client(NULL);
	ok(!body_of(h, own, url_of(plain, true, "/")) && told(own, "in the TLS handshake"),
	    "https to a port that waits for a request");
	error_clear(own);
	ok(!body_of(h, own, url_of(tls, false, "/")) &&
	        told(own, "closed the connection without a reply"),
	    "http to a port for TLS");
	error_clear(own);
	http_close(h);
	h = http_new(a, &(struct http_settings){ .ca_bundle = "/nonexistent" });
	ok(!body_of(h, own, url_of(tls, true, "/")) &&
	        told(own, "reading the CA bundle /nonexistent"),
	    "a CA bundle that is not there");
	error_clear(own);
	ok(!body_of(h, own, url_of(tls, true, "/")) &&
	        told(own, "reading the CA bundle /nonexistent"),
	    "is told each time");
	error_clear(own);
	http_close(h);
	h = http_new(a, NULL);
	ok(!body_of(h, own, url_of(tls, true, "/")) && told(own, "is not trusted"), "a foreign CA");
	error_clear(own);
	http_close(h);
	h = http_new(a, &(struct http_settings){ .insecure = true });
	ok(body_of(h, own, url_of(tls, true, "/")) != NULL, "is taken with --insecure");
	ok(body_of(h, own, arena_fmt(a, "https://localhost:%d/", tls->port)),
	    "whatever its name is");
	/* An earlier failure of the same operation stays what it was. */
	fail(own, "earlier");
	ok(!body_of(h, own, "http://127.0.0.1:1/") && told(own, "earlier") &&
	        strcmp(error_text(own), "earlier") == 0,
	    "an earlier error is left alone");
	error_clear(own);
	http_transport = answer;
	ok(get(h, own, "GET", "x", &res) == 0 && res.status == 299, "the seam");
	http_transport = NULL;
	http_close(h);
	http_close(NULL);
	arena_drop(own);
}

int main(void)
{
	a = arena_new();
	signal(SIGPIPE, SIG_IGN);
	requests_seen = mmap(NULL, sizeof *requests_seen, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(requests_seen != MAP_FAILED);
	ca = make_identity(a, &(struct wish){ .name = "ca", .ca = true });
	bundle = scratch_file(a, "ca.pem", ca->pem);
	struct identity *id =
	    make_identity(a, &(struct wish){ .name = "server", .ip = "127.0.0.1", .issuer = ca });
	proxy_names();
	proxy_environment();
	struct hostile plain = start(&(struct server_settings){ .serve = serve });
	struct hostile tls = start(&(struct server_settings){ .serve = serve, .identity = id });
	struct hostile tls12 =
	    start(&(struct server_settings){ .serve = serve, .identity = id, .tls12 = true });
	all_replies(&plain, false);
	all_replies(&tls, true);
	all_replies(&tls12, true);
	lengths(&plain, false);
	lengths(&tls, true);
	cut_off(&tls, &plain);
	requests(&plain);
	shown(&plain);
	keeping(&plain, false);
	keeping(&tls, true);
	many_hosts(id);
	redirects(&plain, &tls);
	through_proxies(&tls);
	connecting(&plain, &tls);
	stop(&plain);
	stop(&tls);
	stop(&tls12);
	free_identities();
	scratch_remove(a);
	arena_drop(a);
	return done();
}
