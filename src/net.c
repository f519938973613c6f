/* TCP with deadlines: connecting over IPv6 and IPv4 (RFC 8305 in small), waiting, listening. */
#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "error.h"
#include "text.h"

enum {
	ADDRESS_MAX = 8, /* addresses of one name that are tried */
	HEAD_START =
	    250, /* ms until the next address is tried beside those that hang (RFC 8305 5) */
};

const struct addrinfo *(*net_lookup)(const char *host, int port);

int net_wait(int fd, short events, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = events };
	for (;;) {
		int64_t left = deadline - clock_ms();
		if (clock_interrupted())
			return -1;
		/* Slices, so that a signal between the check above and poll() is not slept through. */
		int n = poll(&p, 1, left <= 0 ? 0 : left < 1000 ? (int)left : 1000);
		if (n > 0)
			return 1;
		if (left <= 0)
			return 0;
	}
}

int net_write(struct arena *a, int fd, const void *p, size_t n, int64_t deadline)
{
	for (const char *next = p; n;) {
		const ssize_t sent = send(fd, next, n, MSG_NOSIGNAL);
		if (sent > 0) {
			next += sent;
			n -= (size_t)sent;
		} else if (sent < 0 && errno != EAGAIN && errno != EINTR) {
			return fail_errno(a, "sending");
		} else if (net_wait(fd, POLLOUT, deadline) <= 0) {
			return fail(a, "the other side does not take in time what is sent to it");
		}
	}
	return 0;
}

const char *net_address(struct arena *a, const struct sockaddr *sa)
{
	char text[INET6_ADDRSTRLEN] = "?";
	const void *address = sa->sa_family == AF_INET6
	    ? (const void *)&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr
	    : (const void *)&((const struct sockaddr_in *)(const void *)sa)->sin_addr;
	inet_ntop(sa->sa_family, address, text, sizeof text);
	return arena_str(a, text);
}

static int family_of(enum net_family f)
{
	return f == NET_V4 ? AF_INET : f == NET_V6 ? AF_INET6 : AF_UNSPEC;
}

static int nonblocking_socket(int family)
{
	int fd = socket(family, SOCK_STREAM, 0);
	if (fd >= 0 && (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* --- connecting --------------------------------------------------------------------------- */

struct attempt {
	const struct addrinfo *to;
	int fd;    /* -1: not begun, or failed */
	int error; /* errno; 0 while it hangs */
};

struct race {
	struct attempt tries[ADDRESS_MAX];
	size_t n, begun;
};

static void give_up(struct attempt *t, int error)
{
	t->error = error;
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
}

/* The addresses with their families taking turns, in the order of the resolver otherwise. */
static void interleave(struct race *r, const struct addrinfo *list)
{
	const struct addrinfo *next[2] = { list, list };
	int first = list->ai_family;
	for (int turn = 0; r->n < ADDRESS_MAX && (next[0] || next[1]); turn ^= 1) {
		const struct addrinfo **p = &next[turn];
		while (*p && ((*p)->ai_family == first) != (turn == 0))
			*p = (*p)->ai_next;
		if (*p) {
			r->tries[r->n++] = (struct attempt){ .to = *p, .fd = -1 };
			*p = (*p)->ai_next;
		}
	}
}

static void begin(struct attempt *t)
{
	t->fd = nonblocking_socket(t->to->ai_family);
	if (t->fd < 0 ||
	    (connect(t->fd, t->to->ai_addr, t->to->ai_addrlen) < 0 && errno != EINPROGRESS &&
	        errno != EINTR))
		give_up(t, errno);
}

/* Waits for the attempts that were begun, at most until a point; returns the socket of the one
 * that is connected, or -1. */
static int first_connected(struct race *r, int64_t until)
{
	struct pollfd p[ADDRESS_MAX];
	int64_t left = until - clock_ms();
	for (size_t i = 0; i < r->begun; i++)
		p[i] = (struct pollfd){ .fd = r->tries[i].fd, .events = POLLOUT };
	if (poll(p, r->begun, left <= 0 ? 0 : left < 1000 ? (int)left : 1000) <= 0)
		return -1;
	for (size_t i = 0; i < r->begun; i++) {
		struct attempt *t = &r->tries[i];
		if (t->fd < 0 || !p[i].revents)
			continue;
		int error = 0;
		socklen_t len = sizeof error;
		if (getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
			error = errno;
		if (!error) {
			int fd = t->fd;
			t->fd = -1;
			return fd;
		}
		give_up(t, error);
	}
	return -1;
}

static bool hanging(const struct race *r)
{
	for (size_t i = 0; i < r->begun; i++)
		if (r->tries[i].fd >= 0)
			return true;
	return false;
}

/* The next address is tried when all before it failed, or hang for a moment. */
static int run_race(struct race *r, int64_t deadline)
{
	int fd = -1;
	int64_t next = 0;
	while (fd < 0 && !clock_interrupted() && clock_ms() < deadline) {
		if (r->begun < r->n && (!hanging(r) || clock_ms() >= next)) {
			begin(&r->tries[r->begun++]);
			next = clock_ms() + HEAD_START;
		}
		if (hanging(r))
			fd = first_connected(r,
			    r->begun < r->n && next < deadline ? next : deadline);
		else if (r->begun == r->n)
			break;
	}
	for (size_t i = 0; i < r->begun; i++)
		if (r->tries[i].fd >= 0)
			give_up(&r->tries[i], ETIMEDOUT);
	return fd;
}

static int tell_race(struct arena *a, const char *target, const struct race *r)
{
	if (clock_interrupted())
		return fail(a, "%s: interrupted while connecting", target);
	arena_error(a)->transient = true;
	const char *text = "";
	for (size_t i = 0; i < r->begun; i++) {
		const struct attempt *t = &r->tries[i];
		const char *what = t->error == ETIMEDOUT ? "no answer in time" : strerror(t->error);
		const char *who = r->n > 1 ? net_address(a, t->to->ai_addr) : NULL;
		text = fmt(a, "%s%s%s%s%s", text, i ? "; " : "", who ? who : "", who ? ": " : "",
		    what);
	}
	return fail(a, "%s: cannot connect: %s", target, *text ? text : "no time left");
}

static int tell_lookup(struct arena *a, const char *target, int code, enum net_family family)
{
	const char *kind = family == NET_V4 ? "IPv4 " : family == NET_V6 ? "IPv6 " : "";
	arena_error(a)->transient = code == EAI_AGAIN;
	if (code == EAI_AGAIN)
		return fail(a,
		    "%s: the name cannot be looked up now: no answer from the name servers "
		    "in /etc/resolv.conf",
		    target);
	if (code == EAI_SYSTEM)
		return fail_errno(a, "%s: name lookup", target);
	return fail(a, "%s: the name has no %saddress (%s)", target, kind, gai_strerror(code));
}

static int connect_to(struct arena *a, const char *target, const struct addrinfo *list,
    int64_t deadline)
{
	struct race race = { 0 };
	interleave(&race, list);
	int fd = run_race(&race, deadline);
	if (fd < 0)
		return tell_race(a, target, &race);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	return fd;
}

int net_connect(struct arena *a, const char *host, int port, enum net_family family,
    int64_t deadline)
{
	const char *target = fmt(a, strchr(host, ':') ? "[%s]:%d" : "%s:%d", host, port);
	struct addrinfo hints = { .ai_family = family_of(family),
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV };
	struct addrinfo *list = NULL;
	if (net_lookup)
		return connect_to(a, target, net_lookup(host, port), deadline);
	/* The resolver keeps its own time limits (resolv.conf: 5 s, two attempts). */
	int code = getaddrinfo(host, fmt(a, "%d", port), &hints, &list);
	if (code)
		return tell_lookup(a, target, code, family);
	int fd = connect_to(a, target, list, deadline);
	freeaddrinfo(list);
	return fd;
}

/* --- listening ---------------------------------------------------------------------------- */

static int listen_on(const struct addrinfo *to)
{
	int fd = nonblocking_socket(to->ai_family);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	/* IPv4 has a socket of its own, whatever the system's default. */
	if (to->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){ 1 }, sizeof(int));
	if (bind(fd, to->ai_addr, to->ai_addrlen) < 0 || listen(fd, 128) < 0) {
		int error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

static int tell_listen(struct arena *a, const char *address, int port, int error)
{
	const char *where = address ? fmt(a, "%s port %d", address, port) : fmt(a, "port %d", port);
	if (error == EADDRINUSE) {
		const char *holder = net_port_holder(a, port);
		return fail(a, "%s is taken by %s", where, holder ? holder : "another process");
	}
	if (error == EACCES) {
		fail(a, "%s: only root may listen on ports under 1024", where);
		return remedy(a,
		    "run as root, give the program CAP_NET_BIND_SERVICE (setcap), lower "
		    "net.ipv4.ip_unprivileged_port_start, or choose a higher port");
	}
	errno = error;
	if (error == EADDRNOTAVAIL) {
		fail(a, "%s: the address is none of this machine's", where);
		return -1;
	}
	return fail_errno(a, "listening on %s", where);
}

int net_listen(struct arena *a, const char *address, int port, enum net_family family, int *fds,
    int max)
{
	struct addrinfo hints = { .ai_family = family_of(family),
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV | (address ? AI_NUMERICHOST : 0) };
	struct addrinfo *list = NULL;
	int code = getaddrinfo(address, fmt(a, "%d", port), &hints, &list);
	if (code)
		return fail(a, "%s is no IP%s address to listen on",
		    address ? text_safe(a, address, 100) : "*",
		    family == NET_V4       ? "v4"
		        : family == NET_V6 ? "v6"
		                           : "");
	int n = 0, error = 0;
	for (const struct addrinfo *p = list; p && n < max; p = p->ai_next) {
		int fd = listen_on(p);
		if (fd >= 0) {
			fds[n++] = fd;
			continue;
		}
		/* A machine without one of the families is no fault while the other one works; a
		 * port that is taken in one of them is, since validators come over both. */
		bool absent = errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL;
		if (!error || !absent)
			error = errno;
		if (!absent) {
			while (n)
				close(fds[--n]);
			break;
		}
	}
	freeaddrinfo(list);
	return n ? n : tell_listen(a, address, port, error);
}
