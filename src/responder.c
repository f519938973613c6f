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

enum {
	REPLY_SECONDS = 10,
	RETRY_MS = 50,           /* between two looks at what another worker holds */
	BIND_MS = 1000,          /* from its bind() to the responder's knowing the port */
	BUSY_MS = 10 * 60 * 1000 /* for its proof of the same name */
};

struct responder {
	pid_t pid;
	bool joined;       /* another process started it, and stops it; other workers use it too */
	int fd;            /* to the other process; -1: it has ended */
	unsigned served;   /* told by it */
	unsigned reported; /* of these, told by responder_wait */
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

/* One request and its reply, which takes its place; not ended by signals: cleaning up comes after
 * them. 0, 1 when another client has the name, -1. */
static int ask(struct responder *r, struct arena *a, struct message *m, const int *fds, int n)
{
	if (r->fd < 0 || transmit(r->fd, m, fds, n))
		return lost(r, a, "has ended");
	for (int64_t end = clock_ms() + REPLY_SECONDS * 1000; clock_ms() < end;) {
		const int got = receive(r, m, 0);
		if (got < 0)
			return lost(r, a, "has ended");
		if (got && (m->type == MSG_DONE || m->type == MSG_BUSY))
			return m->type == MSG_BUSY;
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

/* pair[0] is the side that asks. */
static int make_pair(struct arena *a, int pair[2])
{
	const struct timeval patience = { .tv_sec = REPLY_SECONDS };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0)
		return fail_errno(a, "starting the responder: socket pair");
	fcntl(pair[0], F_SETFD, FD_CLOEXEC);
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	return 0;
}

struct responder *responder_start(struct arena *a)
{
	struct responder *r = arena_alloc(a, sizeof *r);
	const struct low_user user = choose_user();
	int pair[2];

	if (make_pair(a, pair))
		return NULL;
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
	if (first_word(r, a)) {
		responder_stop(r);
		return NULL;
	}
	return r;
}

void responder_stop(struct responder *r)
{
	if (!r || !r->pid)
		return;
	if (r->fd >= 0)
		close(r->fd);
	if (!r->joined) {
		/* It has nothing to finish, and the run is not to wait for it. */
		kill(r->pid, SIGKILL);
		while (waitpid(r->pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	*r = (struct responder){ .fd = -1 };
}

pid_t responder_pid(const struct responder *r)
{
	return r->pid;
}

int responder_invite(struct responder *r, struct arena *a)
{
	struct message m = { .type = MSG_CLIENT };
	int pair[2];

	if (make_pair(a, pair))
		return -1;
	const int result = ask(r, a, &m, &pair[1], 1);
	close(pair[1]);
	if (result == 0)
		return pair[0];
	close(pair[0]);
	return -1;
}

void responder_join(struct responder *r, int fd)
{
	if (r->fd >= 0)
		close(r->fd);
	*r = (struct responder){ .pid = r->pid, .fd = fd, .joined = true };
}

/* --- ports ---------------------------------------------------------------------------------- */

static int bind_port(struct arena *a, const struct port *p, int *fds)
{
	const int n = net_listen(a, p->address[0] ? p->address : NULL, p->number, p->family, fds,
	    MSG_SOCKETS);
	return n > 0
	    ? n
	    : remedy(a,
	          "stop that program for the time of the validation (--pre-hook, "
	          "--post-hook), forward port %d to another one and name that by %s, or use -w with the "
	          "folder of the web server",
	          p->tls ? 443 : 80, p->tls ? "--tlsport" : "--httpport");
}

static int fill_port(struct arena *a, struct port *p, const char *address, int number,
    enum net_family family, bool tls)
{
	const bool v6 = address && strchr(address, ':');
	*p = (struct port){ .number = number,
		.tls = tls,
		.family = !address ? family
		    : v6           ? NET_V6
		                   : NET_V4 };
	return fill(a, p->address, sizeof p->address, address ? address : "");
}

/* Asks the responder for a port by MSG_HAS or MSG_LISTEN; when it does not listen there, binds it.
 * How many sockets are in fds then, 0 when it does, -1. */
static int get_port(struct responder *r, struct arena *a, enum message_type how,
    const struct port *p, int *fds)
{
	const int64_t end = clock_ms() + BIND_MS;
	for (;;) {
		struct message m = { .type = how, .port = *p };
		if (r && ask(r, a, &m, NULL, 0))
			return -1;
		if (r && m.count)
			return 0;
		struct arena *try = arena_new();
		const int n = bind_port(try, p, fds);
		const bool over = !r || !r->joined || clock_ms() >= end || clock_interrupted();
		if (n < 0 && over)
			error_move(a, try);
		arena_drop(try);
		if (n > 0 || over)
			return n;
		clock_sleep(RETRY_MS); /* another worker may be about to hand it over */
	}
}

static void close_all(const int *fds, int n)
{
	while (n > 0)
		close(fds[--n]);
}

int responder_probe(struct responder *r, struct arena *a, const char *address, int port,
    enum net_family family, bool tls)
{
	struct port p;
	int fds[MSG_SOCKETS];

	if (fill_port(a, &p, address, port, family, tls))
		return -1;
	const int n = get_port(r, a, MSG_HAS, &p, fds);
	close_all(fds, n);
	return n < 0 ? -1 : 0;
}

int responder_listen(struct responder *r, struct arena *a, const char *address, int port,
    enum net_family family, bool tls)
{
	struct message m = { .type = MSG_LISTEN };
	int fds[MSG_SOCKETS];

	if (fill_port(a, &m.port, address, port, family, tls))
		return -1;
	const int n = get_port(r, a, MSG_LISTEN, &m.port, fds);
	const int result = n > 0 ? ask(r, a, &m, fds, n) : n;
	close_all(fds, n);
	return result;
}

/* --- what is answered ----------------------------------------------------------------------- */

/* A request that is about a name; another worker's proof of the same one is waited for, since a
 * validator cannot tell the two apart. */
static int tell(struct responder *r, struct arena *a, const struct message *request,
    const char *name)
{
	const int64_t end = clock_ms() + BUSY_MS;
	for (;;) {
		struct message m = *request;
		if (fill(a, m.name, sizeof m.name, name))
			return -1;
		const int result = ask(r, a, &m, NULL, 0);
		if (result <= 0)
			return result;
		if (clock_ms() >= end || clock_sleep(RETRY_MS))
			return fail(a, "%s is being proven for another certificate", name);
	}
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
	return tell(r, a, &(struct message){ .type = MSG_REMOVE }, what);
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
