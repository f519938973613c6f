/* Asks a web server as a CA does, to see whether it answers validations already. */
#include <errno.h>
#include <ifaddrs.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "b64.h"
#include "buf.h"
#include "clock.h"
#include "error.h"
#include "httpmsg.h"
#include "net.h"
#include "rand.h"
#include "webserver.h"

enum {
	REPLY_MAX = 16 * 1024,
	REPLY_MS = 2000,
	OPEN_MS = 1000,
	STEADY_MS = 300, /* that all answers have to be right */
	PAUSE_MS = 40,
};

/* The whole reply: we have asked for the connection to be closed behind it. */
static int read_all(struct arena *a, int fd, struct buf *b, int64_t deadline)
{
	for (;;) {
		char block[4096];
		const ssize_t n = read(fd, block, sizeof block);

		if (n == 0 || (n < 0 && errno == ECONNRESET && b->len))
			return 0;
		if (n > 0 && buf_add(b, block, (size_t)n))
			return fail(a, "its answer is too long");
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return fail_errno(a, "reading");
		if (n < 0 && net_wait(fd, POLLIN, deadline) <= 0)
			return fail(a, "it does not answer");
	}
}

static int judge(struct arena *a, struct buf *reply, const char *want)
{
	struct headers h = { 0 };
	struct httpbody body = { 0 };
	struct buf text = buf_new(a, REPLY_MAX);
	int status = 0;
	const long head = httpmsg_reply_head(a, buf_text(reply), reply->len, &status, &h);

	if (head <= 0)
		return fail(a, "its answer is no HTTP");
	if (status != 200)
		return fail(a, "its answer has status %d", status);
	if (httpbody_begin(a, &body, "GET", status, &h) < 0 ||
	    httpbody_take(a, &body, reply->data + head, reply->len - (size_t)head, &text) < 0)
		return -1;
	return text_is(text_trim(a, buf_text(&text)), want) ? 0
	                                                    : fail(a, "its answer is another one");
}

static int converse(struct arena *a, int fd, const struct webdoor *d, const char *thumbprint,
    int64_t deadline)
{
	struct buf reply = buf_new(a, REPLY_MAX);
	unsigned char random[16];

	rand_bytes(random, sizeof random);
	const char *token = b64url_encode(a, random, sizeof random);
	const char *ask = fmt(a,
	    "GET /.well-known/acme-challenge/%s HTTP/1.1\r\nHost: %s\r\n"
	    "User-Agent: acme/" ACME_VERSION "\r\nConnection: close\r\n\r\n",
	    token, d->host);
	if (net_write(a, fd, ask, strlen(ask), deadline) || read_all(a, fd, &reply, deadline))
		return -1;
	return judge(a, &reply, key_authorization(a, token, thumbprint));
}

static int knock(struct arena *a, const struct webdoor *d, const char *thumbprint)
{
	const int64_t deadline = clock_ms() + REPLY_MS;
	const int fd = net_connect(a, d->address, d->port, NET_ANY, deadline);

	if (fd < 0)
		return -1;
	const int result = converse(a, fd, d, thumbprint, deadline);
	close(fd);
	return result;
}

static bool is_open(const char *address, int port)
{
	struct arena *scratch = arena_new();
	const int fd = net_connect(scratch, address, port, NET_ANY, clock_ms() + OPEN_MS);

	if (fd >= 0)
		close(fd);
	arena_drop(scratch);
	return fd >= 0;
}

/* An address of this machine at which the port is open, "" when there is none: "Listen
 * 192.0.2.1:80" does not show in a virtual host for every address. */
static const char *own_open(struct arena *a, int port)
{
	struct ifaddrs *all = NULL;
	const char *found = "";

	if (getifaddrs(&all))
		return found;
	for (const struct ifaddrs *i = all; i && !*found; i = i->ifa_next) {
		const int family = i->ifa_addr ? i->ifa_addr->sa_family : AF_UNSPEC;
		const char *address =
		    family == AF_INET || family == AF_INET6 ? net_address(a, i->ifa_addr) : "fe80:";

		/* link-local addresses mean nothing without their interface */
		if (!text_starts(address, "fe80:") && is_open(address, port))
			found = address;
	}
	freeifaddrs(all);
	return found;
}

static const char *open_address(struct arena *a, const struct webdoor *d)
{
	if (is_open(d->address, d->port))
		return d->address;
	return d->any ? own_open(a, d->port) : "";
}

void webserver_try_doors(struct webserver *w)
{
	struct strs asked = { 0 }, open = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < w->n_doors; i++) {
		struct webdoor d = w->doors[i];
		size_t k = 0;

		while (k < asked.n && !text_is(asked.v[k], d.address))
			k++;
		if (k == asked.n) {
			strs_add(w->mem, &asked, d.address);
			strs_add(w->mem, &open, open_address(w->mem, &d));
			if (!*open.v[k])
				strs_add(w->mem, &w->closed, d.address);
		}
		d.address = open.v[k];
		if (*d.address)
			w->doors[n++] = d;
	}
	w->n_doors = n;
}

/* -1: one does not answer rightly. */
static int knock_at_all(const struct webserver *w, const char **why)
{
	for (size_t i = 0; i < w->n_doors; i++) {
		const struct webdoor *d = &w->doors[i];
		struct arena *scratch = arena_new();
		const int result = knock(scratch, d, w->thumbprint);

		if (result)
			*why = fmt(w->mem, "asked for %s at %s port %d: %s", d->host, d->address,
			    d->port, error_text(scratch));
		arena_drop(scratch);
		if (result)
			return -1;
	}
	return 0;
}

int webserver_answers(const struct webserver *w, int64_t deadline, const char **why)
{
	int64_t since = 0;

	for (;;) {
		if (knock_at_all(w, why))
			since = 0;
		else if (!since)
			since = clock_ms();
		else if (clock_ms() - since >= STEADY_MS)
			return 1;
		if (!since && clock_ms() >= deadline)
			return 0;
		if (clock_sleep(PAUSE_MS))
			return -1;
	}
}
