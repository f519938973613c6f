/* Jobs in child processes: fork, one poll() over all their pipes, an end that is certain. */
#include "crew.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "arena.h"
#include "buf.h"
#include "clock.h"
#include "log.h"

enum {
	GRACE_MS = 60 * 1000, /* from SIGTERM to SIGKILL */
	HELD_MAX = 1 << 20,   /* bytes of a job's output that are held back */
	SLICE_MS = 1000
};

/* The pipes of a child; the first two stand for its standard output and error. */
enum { OUT, ERR, REPORT, PIPES };

struct member {
	pid_t pid; /* 0: the place is free */
	size_t job;
	int fds[PIPES]; /* -1: none, or at its end */
	struct arena *mem;
	struct buf text[REPORT];
	struct report report;
	size_t reported; /* bytes of it */
	int64_t deadline;
	int told; /* the last signal that it was sent */
	bool late;
};

struct state {
	const struct crew *crew;
	struct member members[CREW_MAX];
	unsigned limit, busy;
	bool held; /* output is held back */
	bool one_sink;
	size_t n, ended;
};

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Whether both outputs go to the same place: then one pipe keeps the order of the lines. */
static bool same_sink(void)
{
	struct stat out, err;
	return fstat(STDOUT_FILENO, &out) == 0 && fstat(STDERR_FILENO, &err) == 0 &&
	    out.st_dev == err.st_dev && out.st_ino == err.st_ino;
}

/* --- the child ------------------------------------------------------------------------------ */

static void stay_with(pid_t parent)
{
#ifdef __linux__
	prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
#endif
	if (getppid() != parent)
		_exit(1);
}

_Noreturn static void serve(struct state *s, size_t job, int fd, const int *ends, pid_t parent)
{
	struct report report = { 0 };

	stay_with(parent);
	for (struct member *m = s->members; m < s->members + CREW_MAX; m++)
		for (int i = 0; i < PIPES && m->pid; i++)
			shut(&m->fds[i]);
	if (s->held) {
		const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
		dup2(null, STDIN_FILENO); /* the terminal cannot answer several at a time */
		dup2(ends[OUT], STDOUT_FILENO);
		dup2(s->one_sink ? ends[OUT] : ends[ERR], STDERR_FILENO);
	}
	s->crew->work(s->crew->ctx, job, fd, &report);
	report.text[sizeof report.text - 1] = 0;
	_exit(write(ends[REPORT], &report, sizeof report) == (ssize_t)sizeof report ? 0 : 1);
}

/* --- the caller ----------------------------------------------------------------------------- */

static int open_pipes(const struct state *s, struct member *m, int *ends)
{
	const bool wanted[PIPES] = { s->held, s->held && !s->one_sink, true };

	for (int i = 0; i < PIPES; i++)
		m->fds[i] = ends[i] = -1;
	for (int i = 0; i < PIPES; i++) {
		int pair[2];
		if (!wanted[i])
			continue;
		if (pipe(pair) != 0)
			return -1;
		m->fds[i] = pair[0];
		ends[i] = pair[1];
		if (fcntl(pair[0], F_SETFL, O_NONBLOCK) != 0 ||
		    fcntl(pair[0], F_SETFD, FD_CLOEXEC) != 0 ||
		    fcntl(pair[1], F_SETFD, FD_CLOEXEC) != 0)
			return -1;
	}
	return 0;
}

static void finish(struct state *s, struct member *m)
{
	progress(NULL);
	for (int i = OUT; i < REPORT; i++)
		if (m->text[i].len)
			log_copy(i == OUT ? STDOUT_FILENO : STDERR_FILENO, m->text[i].data,
			    m->text[i].len);
	for (int i = 0; i < PIPES; i++)
		shut(&m->fds[i]);
	s->crew->done(s->crew->ctx, m->job, &m->report);
	arena_drop(m->mem);
	s->busy -= m->pid > 0;
	s->ended++;
	*m = (struct member){ 0 };
	if (s->held && s->busy)
		progress("%zu of %zu done", s->ended, s->n);
}

static void start(struct state *s, size_t job)
{
	struct member *m = s->members;
	int ends[PIPES], fd = -1;
	const pid_t parent = getpid();

	if (s->crew->begin && !s->crew->begin(s->crew->ctx, job, &fd)) {
		s->ended++;
		return;
	}
	while (m->pid)
		m++;
	*m = (struct member){ .job = job, .mem = arena_new() };
	for (int i = OUT; i < REPORT; i++)
		m->text[i] = buf_new(m->mem, HELD_MAX);
	if (s->crew->job_ms)
		m->deadline = clock_ms() + s->crew->job_ms;
	m->pid = open_pipes(s, m, ends) == 0 ? fork() : -1;
	if (m->pid == 0)
		serve(s, job, fd, ends, parent);
	const int why = errno;
	for (int i = 0; i < PIPES; i++)
		shut(&ends[i]);
	shut(&fd);
	if (m->pid > 0) {
		s->busy++;
		return;
	}
	m->report.code = 1;
	snprintf(m->report.text, sizeof m->report.text, "cannot start a process for it: %s",
	    strerror(why));
	finish(s, m);
}

/* Reads what is there from one of its outputs; false when nothing was. */
static bool take_text(struct member *m, int which)
{
	char block[16384];
	struct buf *b = &m->text[which];
	const ssize_t n = m->fds[which] >= 0 ? read(m->fds[which], block, sizeof block) : -1;

	if (n < 0)
		return false;
	if (n == 0) {
		shut(&m->fds[which]);
		return false;
	}
	if (buf_add(b, block, (size_t)n)) { /* too much: out with what is there */
		log_copy(which == OUT ? STDOUT_FILENO : STDERR_FILENO, b->data, b->len);
		buf_eat(b, b->len);
		b->over = false;
		buf_add(b, block, (size_t)n);
	}
	return true;
}

/* What is said of a job whose report is missing, or not the whole story. */
static void judge(const struct state *s, struct member *m, int status)
{
	struct report *r = &m->report;
	char own[sizeof r->text];

	if (m->reported < sizeof *r) {
		*r = (struct report){ .code = 1 };
		if (WIFSIGNALED(status))
			snprintf(r->text, sizeof r->text, "its process was ended by signal %d",
			    WTERMSIG(status));
		else
			snprintf(r->text, sizeof r->text,
			    "its process ended early with exit code %d", WEXITSTATUS(status));
	}
	if (!m->late)
		return;
	memcpy(own, r->text, sizeof own);
	snprintf(r->text, sizeof r->text, "stopped after %lld minutes: %.900s",
	    (long long)s->crew->job_ms / 60000, own);
	r->code = r->code ? r->code : 1;
}

/* Its report pipe has ended, and so has the child: the programs that it started do not have it. */
static void bury(struct state *s, struct member *m)
{
	int status = 0;

	while (waitpid(m->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	/* A daemon that it started may keep its output open for ever: what is there now counts. */
	for (int i = OUT; i < REPORT; i++)
		for (int j = 0; j < 64 && take_text(m, i); j++)
			continue;
	judge(s, m, status);
	finish(s, m);
}

static void take_report(struct state *s, struct member *m)
{
	char *at = (char *)&m->report + m->reported;
	const size_t room = sizeof m->report - m->reported;
	const ssize_t n = read(m->fds[REPORT], at, room);

	if (n > 0)
		m->reported += (size_t)n;
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		bury(s, m);
}

static void tell(struct member *m, int number)
{
	if (m->told == number || m->told == SIGKILL)
		return;
	kill(m->pid, number);
	m->told = number;
	m->deadline = clock_ms() + GRACE_MS;
}

/* Tells those whose time is over, or all when we are told to end. */
static void hurry(struct state *s)
{
	for (struct member *m = s->members; m < s->members + CREW_MAX; m++) {
		const bool over = m->pid && m->deadline && clock_ms() >= m->deadline;
		if (over && !m->told)
			m->late = true;
		if (over)
			tell(m, m->told ? SIGKILL : SIGTERM);
		else if (m->pid && clock_interrupted())
			tell(m, SIGTERM);
	}
}

static void attend(struct state *s)
{
	struct pollfd set[CREW_MAX * PIPES];

	for (size_t i = 0; i < CREW_MAX * PIPES; i++) {
		const struct member *m = &s->members[i / PIPES];
		set[i] = (struct pollfd){ .fd = m->pid ? m->fds[i % PIPES] : -1, .events = POLLIN };
	}
	if (poll(set, CREW_MAX * PIPES, SLICE_MS) <= 0)
		return;
	/* A member's report comes after its outputs, and may be the last that is heard of it. */
	for (size_t i = 0; i < CREW_MAX * PIPES; i++) {
		struct member *m = &s->members[i / PIPES];
		if (set[i].fd < 0 || !set[i].revents)
			continue;
		if (i % PIPES == REPORT)
			take_report(s, m);
		else
			take_text(m, i % PIPES);
	}
}

int crew_run(const struct crew *c, size_t n)
{
	struct arena *a = arena_new();
	struct state *s = arena_alloc(a, sizeof *s);
	size_t next = 0;

	s->crew = c;
	s->n = n;
	s->limit = c->limit < 1 ? 1 : c->limit > CREW_MAX ? CREW_MAX : c->limit;
	s->held = s->limit > 1 && n > 1;
	s->one_sink = same_sink();
	for (;;) {
		while (next < n && s->busy < s->limit && !clock_interrupted())
			start(s, next++);
		if (!s->busy)
			break;
		attend(s);
		hurry(s);
	}
	arena_drop(a);
	return clock_interrupted() ? -1 : 0;
}
