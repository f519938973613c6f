/* Runs programs: fork and execve, pipes that are polled, an end that is certain. */
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "buf.h"
#include "clock.h"
#include "error.h"
#include "file.h"
#include "log.h"
#include "log_redact.h"

#define TIMEOUT_MS (10 * 60 * 1000)
#define GRACE_MS 5000 /* from SIGTERM to SIGKILL */
#define OUTPUT_MAX (1 << 20)
#define STEP_MS 50    /* how often a child without pipes is looked at */
#define FIRST_FREE 10 /* our descriptors stand above those that dup2() fills in the child */
#define REPORT 3      /* the report's descriptor in the child */

extern char **environ;

int (*proc_run_hook)(struct arena *a, struct proc *p);

enum { IN, OUT, ERR, REPORTS, PIPES };

/* What the child tells when it cannot become the program. */
struct report {
	int why;
	bool in_folder; /* it was the working folder */
};

struct run {
	struct proc *p;
	pid_t pid;
	int ours[PIPES], theirs[PIPES]; /* -1: none */
	struct buf out[PIPES];          /* of OUT and ERR */
	size_t sent;                    /* of p->input */
	int status;
	bool ending; /* we were told to end before: this one cleans up, and gets its time */
};

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int raise_fd(int fd)
{
	const int high = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE);
	close(fd);
	return high;
}

static int open_pipe(struct run *r, int which)
{
	int fd[2];
	if (pipe(fd) != 0)
		return -1;
	const int read_end = raise_fd(fd[0]), write_end = raise_fd(fd[1]);
	r->ours[which] = which == IN ? write_end : read_end;
	r->theirs[which] = which == IN ? read_end : write_end;
	return read_end < 0 || write_end < 0 || fcntl(r->ours[which], F_SETFL, O_NONBLOCK) != 0 ? -1
	                                                                                        : 0;
}

static int open_pipes(struct run *r)
{
	const bool wanted[PIPES] = { r->p->input, r->p->capture, r->p->capture_err, true };

	for (int i = 0; i < PIPES; i++)
		r->ours[i] = r->theirs[i] = -1;
	for (int i = 0; i < PIPES; i++)
		if (wanted[i] && open_pipe(r, i) != 0)
			return -1;
	if (!r->p->input && !r->p->inherit_input)
		r->theirs[IN] = raise_fd(open("/dev/null", O_RDWR | O_CLOEXEC));
	/* Its output must not get between our JSON lines. */
	if (!r->p->capture && log_is_json())
		r->theirs[OUT] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, FIRST_FREE);
	return 0;
}

static void close_pipes(struct run *r)
{
	for (int i = 0; i < PIPES; i++) {
		shut(&r->ours[i]);
		shut(&r->theirs[i]);
	}
}

/* Whether it stays in our session: to ask at the terminal it must, else it must not, since a
 * prompt in the background would stop it until the time limit. */
static bool in_our_session(const struct proc *p)
{
	return p->inherit_input && !p->input;
}

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

static void close_from(int first)
{
	long max = sysconf(_SC_OPEN_MAX);

	if (close_range_from(first))
		return;
	if (max < 0 || max > 65536)
		max = 65536;
	for (int fd = first; fd < max; fd++)
		close(fd);
}

/* No handler of ours is left. group: what those signals that reach the whole group do. */
static void reset_signals(void (*group)(int))
{
	static const int to_group[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
	const size_t n = sizeof to_group / sizeof *to_group;
	sigset_t none;

	for (size_t i = 0; i < n; i++)
		signal(to_group[i], group);
	for (int number = 1; number < 65; number++) {
		bool done = false;
		for (size_t i = 0; i < n; i++)
			done |= to_group[i] == number;
		if (!done)
			signal(number, SIG_DFL);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

_Noreturn static void become(struct run *r, const char *path)
{
	static char *const empty[] = { NULL };
	struct report why = { 0 };

	if (!in_our_session(r->p))
		setsid();
	for (int i = IN; i <= ERR; i++)
		if (r->theirs[i] >= 0)
			dup2(r->theirs[i], i);
	dup2(r->theirs[REPORTS], REPORT);
	fcntl(REPORT, F_SETFD, FD_CLOEXEC);
	close_from(REPORT + 1);
	reset_signals(SIG_DFL);
	if (r->p->dir && chdir(r->p->dir) != 0)
		why.in_folder = true;
	else
		execve(path, (char *const *)r->p->argv,
		    r->p->env.n ? (char *const *)r->p->env.v : empty);
	why.why = errno;
	_exit(write(REPORT, &why, sizeof why) == (ssize_t)sizeof why ? 127 : 126);
}

/* Starts the child and waits until it is the program. */
static int start(struct arena *a, struct run *r, const char *path)
{
	struct report why;
	ssize_t n;
	const char *name = r->p->argv[0];

	r->pid = open_pipes(r) == 0 ? fork() : -1;
	if (r->pid < 0)
		return fail_errno(a, "cannot run '%s'", name);
	if (r->pid == 0)
		become(r, path);
	for (int i = 0; i < PIPES; i++)
		shut(&r->theirs[i]);
	fcntl(r->ours[REPORTS], F_SETFL, 0);
	while ((n = read(r->ours[REPORTS], &why, sizeof why)) < 0 && errno == EINTR)
		continue;
	shut(&r->ours[REPORTS]);
	if (n != (ssize_t)sizeof why)
		return 0;
	while (waitpid(r->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	errno = why.why;
	return why.in_folder ? fail_errno(a, "cannot run '%s' in %s", name, r->p->dir)
	                     : fail_errno(a, "cannot run '%s'", name);
}

static void send_input(struct run *r)
{
	const ssize_t n = write(r->ours[IN], r->p->input + r->sent, r->p->input_len - r->sent);
	if (n > 0)
		r->sent += (size_t)n;
	else if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0 || r->sent == r->p->input_len)
		shut(&r->ours[IN]); /* a program that does not read its input is fine */
}

static void take_output(struct run *r, int which)
{
	char block[16384];
	const ssize_t n = read(r->ours[which], block, sizeof block);
	struct buf *b = &r->out[which];

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		shut(&r->ours[which]);
		return;
	}
	const size_t left = b->max - b->len;
	buf_add(b, block, (size_t)n < left ? (size_t)n : left);
	wipe(block, (size_t)n);
}

/* Moves bytes for up to ms milliseconds; false when nothing moved. */
static bool pump(struct run *r, int ms)
{
	struct pollfd set[REPORTS];
	for (int i = IN; i <= ERR; i++)
		set[i] = (struct pollfd){ .fd = r->ours[i], .events = i == IN ? POLLOUT : POLLIN };
	if (poll(set, REPORTS, ms) <= 0)
		return false;
	if (set[IN].revents)
		send_input(r);
	for (int i = OUT; i <= ERR; i++)
		if (set[i].revents)
			take_output(r, i);
	return true;
}

static void stop(const struct run *r, int number)
{
	kill(in_our_session(r->p) ? r->pid : -r->pid, number);
}

/* Until it ends, however that is: by itself, by the time limit, by a signal to us. */
static void attend(struct run *r)
{
	static const int signals[] = { SIGTERM, SIGKILL };
	int64_t end = clock_ms() + (r->p->timeout_ms > 0 ? r->p->timeout_ms : TIMEOUT_MS);
	size_t tried = 0;
	int step = 1;

	r->status = SIGKILL; /* what is said of a child that even that does not end */
	while (waitpid(r->pid, &r->status, WNOHANG) != r->pid) {
		const bool interrupted = !r->ending && clock_interrupted() && !tried;
		const int64_t now = clock_ms();
		if (now >= end || interrupted) {
			if (tried == sizeof signals / sizeof *signals)
				return;
			r->p->timed_out |= !interrupted && !tried;
			stop(r, signals[tried++]);
			end = now + GRACE_MS;
		}
		if (pump(r, step))
			step = 1;
		else if (step < STEP_MS)
			step *= 2;
	}
	if (tried && !in_our_session(r->p))
		stop(r, SIGKILL); /* what is left of its group */
	/* What it wrote last is still in the pipes. A daemon that it started may keep them open and
	 * busy for ever, so their end is not waited for. */
	for (int i = 0; i < 64 && pump(r, 0); i++)
		continue;
}

/* Without this a program that does not read its input would end us. */
static void ignore_broken_pipes(struct sigaction *old)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigemptyset(&ignore.sa_mask);
	sigaction(SIGPIPE, &ignore, old);
}

int proc_run(struct arena *a, struct proc *p)
{
	struct run r = { .p = p, .ending = clock_interrupted() != 0 };
	struct sigaction old;

	if (proc_run_hook)
		return proc_run_hook(a, p);
	p->timed_out = false;
	p->out = p->err = NULL;
	/* A path goes to execve() unseen, which knows why it is no program. */
	const char *path = strchr(p->argv[0], '/') ? p->argv[0] : proc_which(a, p->argv[0]);
	if (!path)
		return fail(a, "cannot run '%s': %s", p->argv[0], strerror(ENOENT));
	if (p->dir)
		path = file_absolute(a, path);
	debug(2, "running %s", path);
	for (int i = OUT; i <= ERR; i++)
		r.out[i] = buf_new(a, p->max ? p->max : OUTPUT_MAX);

	ignore_broken_pipes(&old);
	const int result = start(a, &r, path);
	if (result == 0)
		attend(&r);
	sigaction(SIGPIPE, &old, NULL);
	close_pipes(&r);
	if (result != 0)
		return -1;
	p->status = WIFSIGNALED(r.status) ? 128 + WTERMSIG(r.status) : WEXITSTATUS(r.status);
	if (p->capture)
		p->out = arena_str(a, buf_text(&r.out[OUT]));
	if (p->capture_err)
		p->err = arena_str(a, buf_text(&r.out[ERR]));
	return 0;
}

int proc_shell(struct arena *a, struct proc *p, const char *line)
{
	const char *const argv[] = { "/bin/sh", "-c", line, NULL };
	p->argv = arena_dup(a, argv, sizeof argv);
	return proc_run(a, p);
}

void proc_fill_standard(void)
{
	int fd;
	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int proc_confine(int socket)
{
	const int null = open("/dev/null", O_RDWR);

	reset_signals(SIG_IGN);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		/* Who reads main's output must not wait for this process, too. */
		dup2(null, STDOUT_FILENO);
	}
	if (socket != PROC_SOCKET && dup2(socket, PROC_SOCKET) < 0)
		return -1;
	close_from(PROC_SOCKET + 1);
	return 0;
}

/* The environment */

/* Names that concern this program only: what a child would do with them is never wanted. */
static bool is_ours(const char *assignment)
{
	static const char *const names[] = { "ACME_ENDPOINT_", "ACME_TEST_", "CA_EAB_" };
	const char *value = strchr(assignment, '=');

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (text_starts(assignment, names[i]))
			return true;
	return !value || redact_has(value + 1);
}

struct strs proc_environment(struct arena *a)
{
	struct strs env = { 0 };
	for (char **e = environ; e && *e; e++)
		if (!is_ours(*e))
			strs_add(a, &env, arena_str(a, *e));
	return env;
}

void proc_setenv(struct arena *a, struct strs *env, const char *name, const char *value)
{
	const char *entry = arena_fmt(a, "%s=%s", name, value ? value : "");
	for (size_t i = 0; i < env->n; i++)
		if (strncmp(env->v[i], entry, strlen(name) + 1) == 0) {
			env->v[i] = entry;
			return;
		}
	strs_add(a, env, entry);
}

/* Where programs are */

static bool is_program(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

char *proc_which(struct arena *a, const char *name)
{
	static const char usual[] = "/usr/local/bin:/usr/bin:/bin";
	static const char sbin[] = "/usr/local/sbin:/usr/sbin:/sbin";
	const char *path = getenv("PATH");

	if (text_empty(name))
		return NULL;
	if (strchr(name, '/'))
		return is_program(name) ? arena_str(a, name) : NULL;
	/* cron and su leave the sbin folders out, where web servers' control programs live */
	const struct strs dirs =
	    text_split(a, arena_fmt(a, "%s:%s", text_empty(path) ? usual : path, sbin), ":");
	for (size_t i = 0; i < dirs.n; i++) {
		char *full = file_join(a, dirs.v[i], name);
		if (is_program(full))
			return full;
	}
	return NULL;
}

char *proc_self(struct arena *a)
{
	static const char gone[] = " (deleted)"; /* replaced by an upgrade while we run */
	char path[4096];
	const ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);

	if (n <= 0)
		return fail_null(a, "cannot find the path of this program: %s", strerror(errno));
	path[n] = 0;
	if (text_ends(path, gone))
		path[(size_t)n - strlen(gone)] = 0;
	return arena_str(a, path);
}
