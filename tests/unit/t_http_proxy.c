/* The HTTP client and proxies: which one the environment names, for which hosts there is none, and
 * proxies that refuse. */
#include "tap.h"

#include "fakeweb.h"
#include "told.h"

#include <stdlib.h>

#include "url.h"

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

int main(void)
{
	struct identity *id = web_begin();
	struct hostile tls = start(&(struct server_settings){ .serve = serve, .identity = id });

	proxy_names();
	proxy_environment();
	through_proxies(&tls);
	stop(&tls);
	web_end();
	return done();
}
