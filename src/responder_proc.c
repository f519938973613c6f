/* The responder process: gives up every right it has, then does what the messages say and serves
 * in between. It ends when its control socket closes. */
#include "responder_proc.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "arena.h"
#include "error.h"
#include "log.h"
#include "server.h"

enum { CONTROL = 3, DESCRIPTORS = 320 }; /* server.c's connections and sockets, and some */

struct side {
	int fd;
	struct arena *mem;
	struct server *server;
	unsigned served;
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

static int answer(const struct side *s, bool good, unsigned count)
{
	struct message m = { .type = good ? MSG_DONE : MSG_FAILED, .count = count };
	if (!good)
		snprintf(m.text, sizeof m.text, "%s", error_text(s->mem));
	error_clear(s->mem);
	return send(s->fd, &m, sizeof m, MSG_NOSIGNAL) == (ssize_t)sizeof m ? 0 : -1;
}

/* Each one tells the whole count, so that it does no harm when one finds no room. */
static void served(void *ctx, const char *what)
{
	struct side *s = ctx;
	struct message m = { .type = MSG_SERVED, .count = ++s->served };
	snprintf(m.name, sizeof m.name, "%s", what);
	send(s->fd, &m, sizeof m, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static int listen_on(struct server *server, const int *fds, int n,
    int (*take)(struct server *s, int fd))
{
	int result = 0;
	for (int i = 0; i < n; i++)
		result |= take(server, fds[i]);
	return result;
}

/* One request; -1 when there is nobody left to serve. */
static int obey(struct side *s)
{
	struct message m;
	int fds[MSG_SOCKETS], n, result = -1;
	unsigned left = 0;

	if (receive(s->fd, &m, fds, &n))
		return -1;
	switch (m.type) {
	case MSG_HTTP:
		result = listen_on(s->server, fds, n, server_http);
		break;
	case MSG_TLS:
		result = listen_on(s->server, fds, n, server_tls);
		break;
	case MSG_TOKEN:
		result = server_add_token(s->server, m.name, m.text);
		break;
	case MSG_ALPN:
		result = server_add_alpn(s->server, m.name, m.digest);
		break;
	case MSG_REMOVE:
		left = (unsigned)server_remove(s->server, m.name);
		result = 0;
		break;
	default:
		return -1;
	}
	return answer(s, result == 0, left);
}

/* --- giving up rights ----------------------------------------------------------------------- */

#ifdef SYS_close_range
static bool close_range_from(int first)
{
	return syscall(SYS_close_range, (unsigned)first, ~0U, 0U) == 0;
}
#else
static bool close_range_from(int first)
{
	return first < 0;
}
#endif

/* Only standard error and the control socket stay: not the keeper's socket, no lock, no log. */
static int leave_files(int control)
{
	const int high = fcntl(control, F_DUPFD, CONTROL), null = open("/dev/null", O_RDWR);
	long max = sysconf(_SC_OPEN_MAX);
	if (high < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    (high != CONTROL && dup2(high, CONTROL) < 0))
		return -1;
	if (close_range_from(CONTROL + 1))
		return 0;
	if (max < 0 || max > 65536)
		max = 65536;
	for (int fd = CONTROL + 1; fd < max; fd++)
		close(fd);
	return 0;
}

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

static void leave_signals(void)
{
	/* The main process ends us, after it has cleaned up: a Ctrl-C is for it. */
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		signal(ignored[i], SIG_IGN);
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
	struct side s = { .fd = CONTROL, .mem = arena_new() };

	leave_signals();
	log_setup(&(struct log_settings){ .quiet = true }); /* its log file is the main process's */
	if (leave_files(control) != 0)
		_exit(1);
	if (become_low(user, s.mem) != 0) {
		answer(&s, false, 0);
		_exit(1);
	}
	s.server = server_new(s.mem);
	if (answer(&s, true, 0) == 0)
		while (server_run(s.server, s.fd, served, &s) == 1 && obey(&s) == 0)
			continue;
	server_close(s.server);
	_exit(0);
}
