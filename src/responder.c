/* The responder as the main process sees it: binds ports, hands them over, tells tokens, hears
 * which were asked for. The other side is responder_proc.c. */
#include "responder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "error.h"
#include "log.h"
#include "responder_proc.h"
#include "text.h"

enum { REPLY_SECONDS = 10 };

/* A port that the responder listens on. */
struct port {
	struct port *next;
	const char *address; /* NULL: all */
	int number;
	enum net_family family;
	bool tls;
};

struct responder {
	struct arena *mem; /* of the ports; a new one each time they are given back */
	pid_t pid;
	int fd;            /* to the other process; -1: it has ended */
	unsigned served;   /* told by it */
	unsigned reported; /* of these, told by responder_wait */
	struct port *ports;
};

/* --- talking -------------------------------------------------------------------------------- */

static int lost(struct responder *r, struct arena *a, const char *why)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
	return fail(a, "the responder process (%ld) %s", (long)r->pid, why);
}

static int transmit(int fd, const struct message *m, const int *fds, int n)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(MSG_SOCKETS * sizeof(int))];
	} control;
	struct iovec body = { .iov_base = (void *)(uintptr_t)m, .iov_len = sizeof *m };
	struct msghdr h = { .msg_iov = &body, .msg_iovlen = 1 };
	ssize_t sent;

	if (n > 0) {
		memset(&control, 0, sizeof control);
		h.msg_control = &control;
		h.msg_controllen = CMSG_SPACE((size_t)n * sizeof(int));
		struct cmsghdr *c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN((size_t)n * sizeof(int));
		memcpy(CMSG_DATA(c), fds, (size_t)n * sizeof(int));
	}
	do
		sent = sendmsg(fd, &h, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)sizeof *m ? 0 : -1;
}

/* The next message: 1, 0 when there is none in time (or, with flags, now), -1 at the end. */
static int receive(struct responder *r, struct message *m, int flags)
{
	ssize_t n;
	do
		n = recv(r->fd, m, sizeof *m, flags);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (n != (ssize_t)sizeof *m)
		return -1;
	m->text[sizeof m->text - 1] = m->name[sizeof m->name - 1] = 0;
	return 1;
}

static void note(struct responder *r, const struct message *m)
{
	r->served = m->count;
	debug(1, "The responder was asked for %s.", m->name);
}

/* One request and its reply. Not ended by signals: cleaning up comes after them. */
static int ask(struct responder *r, struct arena *a, struct message *m, const int *fds, int n)
{
	if (r->fd < 0 || transmit(r->fd, m, fds, n))
		return lost(r, a, "has ended");
	for (int64_t end = clock_ms() + REPLY_SECONDS * 1000; clock_ms() < end;) {
		const int got = receive(r, m, 0);
		if (got < 0)
			return lost(r, a, "has ended");
		if (got && m->type == MSG_DONE)
			return 0;
		if (got && m->type == MSG_FAILED)
			return fail(a, "%s", m->text);
		if (got && m->type == MSG_SERVED)
			note(r, m);
	}
	/* A reply that comes later would be taken for that of the next request. */
	return lost(r, a, "does not answer");
}

static int fill(struct arena *a, char *room, size_t size, const char *value)
{
	const int n = snprintf(room, size, "%s", value);
	return n >= 0 && (size_t)n < size
	    ? 0
	    : fail(a, "\"%s\" is too long to be answered", text_safe(a, value, 80));
}

/* --- start and end -------------------------------------------------------------------------- */

static struct low_user choose_user(void)
{
	if (geteuid() != 0)
		return (struct low_user){ 0 };
	const struct passwd *pw = getpwnam("nobody");
	if (pw && pw->pw_uid)
		return (struct low_user){ pw->pw_uid, pw->pw_gid };
	return (struct low_user){ 65534, 65534 };
}

/* It tells that it is ready, or why it cannot be. */
static int first_word(struct responder *r, struct arena *a)
{
	struct message m;
	if (receive(r, &m, 0) <= 0)
		return lost(r, a, "did not start");
	if (m.type == MSG_DONE)
		return 0;
	return fail(a, "starting the responder: %s", m.text);
}

struct responder *responder_start(struct arena *a)
{
	struct responder *r = arena_alloc(a, sizeof *r);
	const struct low_user user = choose_user();
	const struct timeval patience = { .tv_sec = REPLY_SECONDS };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0)
		return fail_errno(a, "starting the responder: socket pair"), NULL;
	fcntl(pair[0], F_SETFD, FD_CLOEXEC);
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	r->fd = pair[0];
	r->pid = fork();
	if (r->pid == 0)
		responder_serve(pair[1], &user);
	close(pair[1]);
	if (r->pid < 0) {
		fail_errno(a, "starting the responder: fork");
		close(pair[0]);
		return NULL;
	}
	r->mem = arena_new();
	if (first_word(r, a)) {
		responder_stop(r);
		return NULL;
	}
	return r;
}

void responder_stop(struct responder *r)
{
	if (!r || !r->mem)
		return;
	if (r->fd >= 0)
		close(r->fd);
	/* It has nothing to finish, and the run is not to wait for it. */
	kill(r->pid, SIGKILL);
	while (waitpid(r->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	arena_drop(r->mem);
	*r = (struct responder){ .fd = -1 };
}

pid_t responder_pid(const struct responder *r)
{
	return r->pid;
}

/* --- ports ---------------------------------------------------------------------------------- */

static int bind_port(struct arena *a, const char *address, int port, enum net_family family,
    bool tls, int *fds)
{
	const int n = net_listen(a, address, port, family, fds, MSG_SOCKETS);
	return n > 0
	    ? n
	    : remedy(a,
	          "stop that program for the time of the validation (--pre-hook, "
	          "--post-hook), forward port %d to another one and name that by %s, or use -w with the "
	          "folder of the web server",
	          tls ? 443 : 80, tls ? "--tlsport" : "--httpport");
}

int responder_probe(struct arena *a, const char *address, int port, enum net_family family,
    bool tls)
{
	int fds[MSG_SOCKETS];
	int n = bind_port(a, address, port, family, tls, fds);
	if (n < 0)
		return -1;
	while (n)
		close(fds[--n]);
	return 0;
}

/* A socket on all addresses serves a single one too. */
static bool covers(const struct port *p, const struct port *wish)
{
	return p->number == wish->number && p->tls == wish->tls &&
	    (p->family == NET_ANY || p->family == wish->family) &&
	    (!p->address || text_is(p->address, wish->address));
}

int responder_listen(struct responder *r, struct arena *a, const char *address, int port,
    enum net_family family, bool tls)
{
	const bool v6 = address && strchr(address, ':');
	const struct port wish = { .address = address,
		.number = port,
		.tls = tls,
		.family = !address ? family
		    : v6           ? NET_V6
		                   : NET_V4 };
	struct message m = { .type = tls ? MSG_TLS : MSG_HTTP };
	int fds[MSG_SOCKETS];

	for (const struct port *p = r->ports; p; p = p->next)
		if (covers(p, &wish))
			return 0;
	int n = bind_port(a, address, port, family, tls, fds);
	if (n < 0)
		return -1;
	const int result = ask(r, a, &m, fds, n);
	while (n)
		close(fds[--n]);
	if (result)
		return -1;
	struct port *p = arena_dup(r->mem, &wish, sizeof wish);
	p->address = arena_str(r->mem, address);
	p->next = r->ports;
	r->ports = p;
	return 0;
}

/* --- what is answered ----------------------------------------------------------------------- */

/* A request that is about a name. */
static int tell(struct responder *r, struct arena *a, struct message *m, const char *name)
{
	return fill(a, m->name, sizeof m->name, name) ? -1 : ask(r, a, m, NULL, 0);
}

int responder_add_token(struct responder *r, struct arena *a, const char *token,
    const char *content)
{
	struct message m = { .type = MSG_TOKEN };
	return fill(a, m.text, sizeof m.text, content) ? -1 : tell(r, a, &m, token);
}

int responder_add_alpn(struct responder *r, struct arena *a, const char *identifier,
    const unsigned char digest[32])
{
	struct message m = { .type = MSG_ALPN };
	memcpy(m.digest, digest, sizeof m.digest);
	return tell(r, a, &m, identifier);
}

int responder_remove(struct responder *r, struct arena *a, const char *what)
{
	struct message m = { .type = MSG_REMOVE };
	if (tell(r, a, &m, what))
		return -1;
	if (m.count == 0) { /* it has closed its sockets */
		arena_drop(r->mem);
		r->mem = arena_new();
		r->ports = NULL;
	}
	return 0;
}

/* --- what was answered ---------------------------------------------------------------------- */

int responder_wait(struct responder *r, int64_t deadline)
{
	struct message m;
	while (r->served == r->reported) {
		if (r->fd < 0) /* the next request tells of it; here it means that nothing comes */
			return clock_sleep(deadline - clock_ms()) ? -1 : 0;
		const int ready = net_wait(r->fd, POLLIN, deadline);
		if (ready <= 0)
			return ready;
		const int got = receive(r, &m, MSG_DONTWAIT);
		if (got > 0 && m.type == MSG_SERVED) {
			note(r, &m);
		} else if (got < 0) {
			close(r->fd);
			r->fd = -1;
		}
	}
	r->reported = r->served;
	return 1;
}

unsigned responder_served(const struct responder *r)
{
	return r->served;
}
