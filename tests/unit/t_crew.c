/* Jobs in child processes: what they print comes out whole and on the right side, what they report
 * comes back, and one that crashes, hangs or cannot be ended politely is its own affair. */
#include "crew.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "file.h"
#include "log.h"
#include "text.h"

#include "tap.h"

enum { JOBS = 40 };

static struct arena *a;

struct seen {
	struct report reports[JOBS];
	unsigned done;
	size_t left_out;    /* this one is not begun */
	unsigned at_a_time; /* most that were begun and not done */
	unsigned open;
	int gift[2]; /* a pipe whose writing end is for each child */
};

static bool begin(void *ctx, size_t job, int *fd)
{
	struct seen *s = ctx;
	if (job == s->left_out)
		return false;
	s->open++;
	if (s->open > s->at_a_time)
		s->at_a_time = s->open;
	*fd = dup(s->gift[1]);
	return true;
}

static void done_with(void *ctx, size_t job, const struct report *report)
{
	struct seen *s = ctx;
	s->reports[job] = *report;
	s->open--;
	s->done++;
}

static void say_much(const char *what, size_t job)
{
	for (int i = 0; i < 5; i++) {
		print("%s %zu line %d", what, job, i);
		usage("%s %zu error %d", what, job, i);
		clock_sleep(3);
	}
}

/* Most print and end well; the first few do not. */
static void work(void *ctx, size_t job, int fd, struct report *out)
{
	(void)ctx;
	out->number = (int64_t)job * 1000;
	switch (job) {
	case 0:
		out->code = 7;
		snprintf(out->text, sizeof out->text, "it was not to be");
		return;
	case 1:
		signal(SIGSEGV, SIG_DFL); /* a sanitizer would explain at length */
		raise(SIGSEGV);
		return;
	case 2:
		_exit(5);
	case 3: {
		char *large = arena_alloc(a, 3 << 20);
		memset(large, 'x', (3 << 20) - 1);
		print("%s", large);
		return;
	}
	case 5:
		/* A daemon that keeps the output open; as a program it has nothing else of ours. */
		if (fork() == 0) {
			for (int i = STDERR_FILENO + 1; i < 256; i++)
				close(i);
			sleep(30);
			_exit(0);
		}
		return;
	default:
		if (write(fd, "!", 1) != 1)
			out->code = 1;
		say_much("job", job);
	}
}

/* Runs a crew with our outputs in files; what came out is in *out and *err. */
static int captured(const struct crew *c, size_t n, const char **out, const char **err)
{
	const char *paths[] = { fmt(a, "/tmp/t_crew.%ld.out", (long)getpid()),
		fmt(a, "/tmp/t_crew.%ld.err", (long)getpid()) };
	int saved[2];
	fflush(stdout);
	for (int i = 0; i < 2; i++) {
		saved[i] = dup(i + 1);
		const int fd = open(paths[i], O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600);
		dup2(i && !err ? 1 : fd, i + 1);
		close(fd);
	}
	const int result = crew_run(c, n);
	for (int i = 0; i < 2; i++) {
		dup2(saved[i], i + 1);
		close(saved[i]);
	}
	*out = file_read(a, paths[0], 16 << 20, NULL);
	if (err)
		*err = file_read(a, paths[1], 16 << 20, NULL);
	unlink(paths[0]);
	unlink(paths[1]);
	return result;
}

/* Each job's lines stand together, in their order. */
static bool in_blocks(const char *text, const char *word)
{
	for (size_t job = 6; job < JOBS; job++) {
		const char *block = fmt(a, "job %zu %s 0\njob %zu %s 1\njob %zu %s 2\n", job, word,
		    job, word, job, word);
		if (!strstr(text, block))
			return false;
	}
	return true;
}

static void test_jobs(void)
{
	struct seen seen = { .left_out = 4 };
	const struct crew c = { .limit = 4,
		.ctx = &seen,
		.begin = begin,
		.work = work,
		.done = done_with,
		.job_ms = 60000 };
	const char *out, *err;
	char gifts[JOBS + 1];

	if (pipe(seen.gift))
		die("no pipe");
	is_int(captured(&c, JOBS, &out, &err), 0, "forty jobs");
	is_int(seen.done, JOBS - 1, "all but the one that was left out");
	is_int(seen.at_a_time, 4, "four at a time");
	is_int(seen.reports[0].code, 7, "a code");
	is_str(seen.reports[0].text, "it was not to be", "and its text");
	is_int(seen.reports[39].number, 39000, "a number");
	is_str(seen.reports[1].text, fmt(a, "its process was ended by signal %d", SIGSEGV),
	    "a crash");
	is_int(seen.reports[1].code, 1, "is a failure");
	is_str(seen.reports[2].text, "its process ended early with exit code 5", "a sudden end");
	is_int(seen.reports[3].code, 0, "one that prints 3 MiB");
	ok(strlen(out) > 3 << 20, "which all comes out");
	is_int(read(seen.gift[0], gifts, sizeof gifts), JOBS - 6, "each had its descriptor");
	ok(in_blocks(out, "line"), "lines of a job stand together");
	ok(in_blocks(err, "error"), "on the error side too");
	ok(!strstr(out, "error") && !strstr(err, "line"), "the sides are not mixed");

	seen.done = 0;
	is_int(captured(&c, JOBS, &out, NULL), 0, "both outputs in one place");
	ok(strstr(out, "job 20 line 0\njob 20 error 0\njob 20 line 1\njob 20 error 1\n"),
	    "keep their order");
}

/* --- time and signals ----------------------------------------------------------------------- */

static void stubborn(void *ctx, size_t job, int fd, struct report *out)
{
	(void)ctx;
	(void)fd;
	if (job % 2) {
		out->code = clock_sleep(60000) ? 3 : 0;
		snprintf(out->text, sizeof out->text, "was told");
	}
}

static void test_deadline(void)
{
	struct seen seen = { .left_out = JOBS };
	const struct crew c = { .limit = 3,
		.ctx = &seen,
		.work = stubborn,
		.done = done_with,
		.job_ms = 300 };
	const int64_t start = clock_ms();

	is_int(crew_run(&c, 2), 0, "one of two hangs");
	ok(clock_ms() - start < 20000, "and is told to end");
	is_int(seen.reports[0].code, 0, "the other one is fine");
	is_int(seen.reports[1].code, 3, "it ends as it likes");
	is_str(seen.reports[1].text, "stopped after 0 minutes: was told", "and says so");
}

static int ended_from_outside(void)
{
	struct seen seen = { .left_out = JOBS };
	const struct crew c = { .limit = 2, .ctx = &seen, .work = stubborn, .done = done_with };
	const pid_t us = getpid();

	clock_catch_signals();
	if (fork() == 0) {
		clock_sleep(300);
		kill(us, SIGTERM);
		_exit(0);
	}
	const int64_t start = clock_ms();
	const bool good = crew_run(&c, 20) == -1 && clock_ms() - start < 20000 &&
	    seen.reports[1].code == 3 && seen.reports[3].code == 3 && seen.done < 6;
	return good ? 0 : 1;
}

static void test_end(void)
{
	int status = 1;
	fflush(stdout);
	const pid_t pid = fork();
	if (pid == 0)
		_exit(ended_from_outside());
	waitpid(pid, &status, 0);
	is_int(status, 0, "SIGTERM ends all jobs, and no more are begun");
}

int main(void)
{
	a = arena_new();
	alarm(100);
	clock_catch_signals();
	log_setup(&(struct log_settings){ .no_timestamp = true, .color = -1 });
	test_jobs();
	test_deadline();
	test_end();
	arena_drop(a);
	return done();
}
