/* The responder process: gives up every right it has, then does what the messages say and serves
 * in between. It ends when the socket of its first client closes, the process that started it. */
#include "responder_proc.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "arena.h"
#include "error.h"
#include "log.h"
#include "proc.h"
#include "server.h"
#include "text.h"

enum {
	DESCRIPTORS = 400, /* server.c's connections and sockets, the clients, and some */
	CLIENTS = SERVER_CONTROLS,
	PORTS = 32
};

/* Who tells us what to answer: the process that started us (the first one), and workers. */
struct client {
	struct arena *mem; /* of names; NULL: the place is free */
	struct strs names; /* what is answered for it */
	bool waits;        /* it needs the ports, and is about to say for what */
	unsigned served;
};

struct side {
	struct arena *mem;
	struct server *server;
	int fds[CLIENTS]; /* -1: none */
	struct client clients[CLIENTS];
	struct port ports[PORTS]; /* what is listened on */
	size_t n_ports;
};

/* --- messages ------------------------------------------------------------------------------- */

/* The next message and the sockets that came with it, -1 at the end. */
static int receive(int fd, struct message *m, int *fds, int *n)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(MSG_SOCKETS * sizeof(int))];
	} control;
	struct iovec body = { .iov_base = m, .iov_len = sizeof *m };
	struct msghdr h = { .msg_iov = &body,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control };
	ssize_t got;

	do
		got = recvmsg(fd, &h, 0);
	while (got < 0 && errno == EINTR);
	if (got != (ssize_t)sizeof *m || h.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return -1;
	*n = 0;
	const struct cmsghdr *c = CMSG_FIRSTHDR(&h);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		*n = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(fds, CMSG_DATA(c), (size_t)*n * sizeof(int));
	}
	m->name[sizeof m->name - 1] = m->text[sizeof m->text - 1] = 0;
	return 0;
}

/* A reply, for which the request's room is used. */
static int answer(const struct side *s, size_t who, struct message *m, enum message_type type)
{
	m->type = type;
	if (type == MSG_FAILED)
		snprintf(m->text, sizeof m->text, "%s", error_text(s->mem));
	error_clear(s->mem);
	return send(s->fds[who], m, sizeof *m, MSG_NOSIGNAL) == (ssize_t)sizeof *m ? 0 : -1;
}

/* --- clients -------------------------------------------------------------------------------- */

static size_t owner(const struct side *s, const char *name)
{
	for (size_t i = 0; i < CLIENTS; i++)
		for (size_t j = 0; j < s->clients[i].names.n; j++)
			if (text_is_ci(s->clients[i].names.v[j], name))
				return i;
	return CLIENTS;
}

/* Each one tells the whole count, so that it does no harm when one finds no room. */
static void served(void *ctx, const char *what)
{
	struct side *s = ctx;
	const size_t who = owner(s, what);
	if (who == CLIENTS)
		return;
	struct message m = { .type = MSG_SERVED, .count = ++s->clients[who].served };
	snprintf(m.name, sizeof m.name, "%s", what);
	send(s->fds[who], &m, sizeof m, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void open_client(struct side *s, size_t who, int fd)
{
	s->fds[who] = fd;
	s->clients[who] = (struct client){ .mem = arena_new() };
}

/* The ports are given back when nobody has or is about to have anything to answer. */
static void rest(struct side *s)
{
	bool needed = false;
	for (size_t i = 0; i < CLIENTS; i++)
		needed |= s->clients[i].waits || s->clients[i].names.n;
	server_hold(s->server, needed);
	if (!needed)
		s->n_ports = 0;
}

static void close_client(struct side *s, size_t who)
{
	struct client *c = &s->clients[who];
	for (size_t i = 0; i < c->names.n; i++)
		server_remove(s->server, c->names.v[i]);
	close(s->fds[who]);
	arena_drop(c->mem);
	*c = (struct client){ 0 };
	s->fds[who] = -1;
	rest(s);
}

static int add_client(struct side *s, const int *fds, int n)
{
	for (size_t i = 1; i < CLIENTS && n == 1; i++)
		if (s->fds[i] < 0) {
			open_client(s, i, fds[0]);
			return 0;
		}
	while (n)
		close(fds[--n]);
	return fail(s->mem, "the responder has too many clients");
}

/* --- ports and names ------------------------------------------------------------------------ */

/* A socket on all addresses serves a single one too. */
static bool listens(const struct side *s, const struct port *wish)
{
	for (const struct port *p = s->ports; p < s->ports + s->n_ports; p++)
		if (p->number == wish->number && p->tls == wish->tls &&
		    (p->family == NET_ANY || p->family == wish->family) &&
		    (!p->address[0] || text_is(p->address, wish->address)))
			return true;
	return false;
}

static int listen_on(struct side *s, size_t who, struct message *m, const int *fds, int n)
{
	int result = 0;
	for (int i = 0; i < n; i++)
		result |= (m->port.tls ? server_tls : server_http)(s->server, fds[i]);
	if (n && !result && s->n_ports < PORTS)
		s->ports[s->n_ports++] = m->port;
	m->count = listens(s, &m->port);
	s->clients[who].waits |= m->count != 0;
	rest(s);
	return result;
}

static int add_name(struct side *s, size_t who, const struct message *m)
{
	struct client *c = &s->clients[who];
	if (m->type == MSG_ALPN ? server_add_alpn(s->server, m->name, m->digest)
	                        : server_add_token(s->server, m->name, m->text))
		return -1;
	if (owner(s, m->name) == CLIENTS)
		strs_add(c->mem, &c->names, arena_str(c->mem, m->name));
	c->waits = false;
	return 0;
}

/* When the last one goes, so does the claim to the ports. */
static void remove_name(struct side *s, size_t who, struct message *m)
{
	struct client *c = &s->clients[who];
	for (size_t i = 0; i < c->names.n; i++)
		if (text_is_ci(c->names.v[i], m->name)) {
			server_remove(s->server, m->name);
			c->names.v[i] = c->names.v[--c->names.n];
		}
	m->count = (unsigned)c->names.n;
	if (!c->names.n)
		c->waits = false;
	rest(s);
}

/* --- requests ------------------------------------------------------------------------------- */

/* One request of a client; -1 when there is nobody left to serve. */
static int obey(struct side *s, size_t who)
{
	struct message m;
	int fds[MSG_SOCKETS], n, result = 0;

	if (receive(s->fds[who], &m, fds, &n)) {
		close_client(s, who);
		return who ? 0 : -1;
	}
	switch (m.type) {
	case MSG_CLIENT:
		result = add_client(s, fds, n);
		break;
	case MSG_HAS:
		m.count = listens(s, &m.port);
		break;
	case MSG_LISTEN:
		result = listen_on(s, who, &m, fds, n);
		break;
	case MSG_TOKEN:
	case MSG_ALPN:
		if (owner(s, m.name) != who && owner(s, m.name) != CLIENTS)
			return answer(s, who, &m, MSG_BUSY), 0;
		result = add_name(s, who, &m);
		break;
	case MSG_REMOVE:
		remove_name(s, who, &m);
		break;
	default:
		result = fail(s->mem, "the responder does not know that request");
	}
	answer(s, who, &m, result ? MSG_FAILED : MSG_DONE);
	return 0;
}

/* --- giving up rights ----------------------------------------------------------------------- */

static int set_limits(void)
{
	static const struct {
		int what;
		rlim_t most;
	} limits[] = {
		{ RLIMIT_NOFILE, DESCRIPTORS },
		{ RLIMIT_FSIZE, 0 },
		{ RLIMIT_CORE, 0 },
		{ RLIMIT_NPROC, 0 },
	};
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		const struct rlimit l = { .rlim_cur = limits[i].most, .rlim_max = limits[i].most };
		if (setrlimit(limits[i].what, &l) != 0)
			return -1;
	}
	return 0;
}

static int leave_root(const struct low_user *user)
{
	if (!user->uid)
		return 0;
	/* A container may have root without the right to become another: then it is no more than
	 * any user, and stays. */
	if (setgroups(0, NULL) != 0)
		return errno == EPERM ? 0 : -1;
	if (setgid(user->gid) != 0 || setuid(user->uid) != 0)
		return -1;
	if (setuid(0) == 0)
		die("the responder could become root again");
	return 0;
}

#ifdef __linux__
static void stay_low(void)
{
	/* After the change of user, which resets it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
#else
static void stay_low(void)
{
}
#endif

static int become_low(const struct low_user *user, struct arena *a)
{
	if (chdir("/") != 0)
		return fail_errno(a, "going to the root folder");
	if (leave_root(user) != 0)
		return fail_errno(a, "becoming user %ld", (long)user->uid);
	if (set_limits() != 0)
		return fail_errno(a, "setting limits");
	stay_low();
	return 0;
}

void responder_serve(int control, const struct low_user *user)
{
	struct side s = { .mem = arena_new() };
	struct message ready = { 0 };
	int next;

	log_setup(&(struct log_settings){ .quiet = true }); /* its log file is the main process's */
	if (proc_confine(control) != 0)
		_exit(1);
	for (size_t i = 0; i < CLIENTS; i++)
		s.fds[i] = -1;
	open_client(&s, 0, PROC_SOCKET);
	if (become_low(user, s.mem) != 0) {
		answer(&s, 0, &ready, MSG_FAILED);
		_exit(1);
	}
	s.server = server_new(s.mem);
	if (answer(&s, 0, &ready, MSG_DONE) == 0)
		do
			next = server_run(s.server, s.fds, CLIENTS, served, &s);
		while (next >= 0 && obey(&s, (size_t)next) == 0);
	server_close(s.server);
	_exit(0);
}
