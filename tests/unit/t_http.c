/* The HTTP client against servers that keep to the rules and servers that do not: each ends with a
 * reply or with one clear sentence, never with a hang. */
#include "tap.h"

#include "fakeweb.h"
#include "told.h"

#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"
#include "log.h"

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

static void many_hosts(void)
{
	struct hostile s[6];
	struct arena *own = arena_new();
	struct http *h = client(NULL);
	unsigned requests, connections;
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
	struct identity *id = web_begin();
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
	many_hosts();
	redirects(&plain, &tls);
	connecting(&plain, &tls);
	stop(&plain);
	stop(&tls);
	stop(&tls12);
	web_end();
	return done();
}
