/* HTTP/1.1 client: keep-alive, redirects, proxies, deadlines, ceilings. */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "httpmsg.h"
#include "net.h"

struct arena;
struct http;
struct trust;
struct url;

struct http_settings {
	const char *user_agent; /* NULL: acme/VERSION */
	const char *ca_bundle;
	const char *ca_path;
	bool insecure;
	bool no_redirects;      /* 3xx are returned as they are (ACME_HTTP_NO_REDIRECTS) */
	enum net_family family; /* --request-v4, --request-v6 */
	int connect_ms;         /* 0: 15 s, for TCP and TLS each */
	int read_ms;            /* 0: 60 s without a byte */
	int total_ms;           /* 0: 180 s for one exchange */
	struct headers extra;   /* added to each request (_H1 ... _H5) */
};

/* A client with its connections (at most 4 kept alive). Proxies come from the environment:
 * https_proxy, http_proxy, all_proxy, no_proxy in both cases (lower wins; HTTP_PROXY upper case is
 * ignored when REQUEST_METHOD is set). */
struct http *http_new(struct arena *a, const struct http_settings *settings);
void http_close(struct http *h);
/* In a forked child: closes its copies of the connections, which go on in the parent. */
void http_leave(struct http *h);

struct request {
	const char *method; /* "GET" */
	const char *url;
	struct headers headers; /* besides Host, User-Agent, Content-Length, Accept-Language */
	const void *body;       /* NULL: none */
	size_t body_len;
	size_t max_body;   /* ceiling of the reply's body; 0: 1 MiB */
	int total_ms;      /* 0: the client's */
	bool no_redirect;  /* return 3xx as they are (always so for other than GET and HEAD) */
	bool confidential; /* the reply may hold secrets that nobody has registered yet */
	bool unverified;   /* whatever certificate the server has will do */
};

struct response {
	int status;
	struct headers headers;
	char *body; /* NUL-terminated */
	size_t body_len;
	const char *url; /* after redirects */
};

/* One exchange. On a redirect to another host only the Accept header is sent along: the others may
 * carry credentials. 0 when a reply came, whatever its status; -1 with the error set otherwise. A
 * kept-alive connection that turns out dead before any byte of a reply is replaced once; nothing
 * else is retried. */
int http_send(struct http *h, struct arena *a, const struct request *req, struct response *res);

/* The proxy that the environment names for a URL: 1 and its address, 0 none, -1 when it is no
 * http://[user:password@]host:port. */
int http_proxy(struct arena *a, const struct url *u, struct url *proxy);
/* Whether a no_proxy list names the URL's host: "*", names (with all below them), addresses,
 * networks as 192.0.2.0/24, each with :port or without. */
bool http_no_proxy(struct arena *a, const char *list, const struct url *u);
/* The value of a Basic Authorization header (RFC 7617), registered as secret. */
const char *http_basic(struct arena *a, const char *user, const char *password);

/* The seam: when set, called instead of the network. */
extern int (*http_transport)(struct http *h, struct arena *a, const struct request *req,
    struct response *res);

/* For what is spoken with servers of other kinds: the roots that the client trusts, opened when first
 * asked for (NULL with a's error), and its settings. */
struct trust *http_trust(struct http *h, struct arena *a);
const struct http_settings *http_terms(const struct http *h);

/* Requests sent and connections made by this client, for --debug and the bench. */
void http_count(const struct http *h, unsigned *requests, unsigned *connections);

#endif
