/* The scheduler: when the next round is, and what ends or shortens a wait. */
#include "daemon.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "log.h"

#include "tap.h"

enum { NOW = 1800000000, HOUR = 3600, DAY = 24 * HOUR };

static const struct daemon daily = { .shortest = 60, .longest = DAY, .repeat = HOUR };

static void test_next(void)
{
	static const struct {
		const char *what;
		int64_t due;
		uint32_t draw;
		int64_t wait;
	} rows[] = {
		{ "nothing is ever due: once a day", 0, 0, DAY },
		{ "or somewhat earlier", 0, 1000, DAY - 1000 },
		{ "by a twentieth at most", 0, DAY / 20 - 1, DAY - DAY / 20 + 1 },
		{ "however large the number", 0, DAY / 20, DAY },
		{ "and not later", 0, UINT32_MAX, DAY - UINT32_MAX % (DAY / 20) },
		{ "one is due in an hour", NOW + HOUR, 77, HOUR },
		{ "in a month: a day", NOW + 30 * DAY, 0, DAY },
		{ "in ten seconds: not so soon", NOW + 10, 0, 60 },
		{ "now: neither", NOW, 0, 60 },
		{ "long ago: neither", 1, 0, 60 },
		{ "in the far future", INT64_MAX, 5, DAY - 5 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		is_int(daemon_next(&daily, NOW, rows[i].due, rows[i].draw) - NOW, rows[i].wait,
		    rows[i].what);
	const struct daemon tiny = { .longest = 1 };
	is_int(daemon_next(&tiny, NOW, 0, 12345), NOW + 1, "a longest time too short to vary");
}

/* --- the loop, in a child of the test, told by signals ---------------------------------------- */

/* What the rounds do and were; shared with them. */
static struct book {
	volatile int rounds;
	int crash; /* this round crashes */
	int hang;  /* this one takes a minute */
	int64_t due;
	volatile int64_t last;
	volatile bool cut_short;
} * book;

static int a_round(void *ctx, int64_t *next)
{
	(void)ctx;
	book->rounds++;
	book->last = clock_ms();
	if (book->rounds == book->crash)
		kill(getpid(), SIGKILL);
	if (book->rounds == book->hang)
		book->cut_short = clock_sleep(60000) < 0;
	*next = book->due ? clock_now() + book->due : 0;
	return 0;
}

static struct daemon told;

static void prepare(int64_t shortest, int64_t longest)
{
	*book = (struct book){ 0 };
	told = (struct daemon){ .shortest = shortest,
		.longest = longest,
		.repeat = 1,
		.round = a_round };
	fflush(stdout);
}

static pid_t start(void)
{
	const pid_t pid = fork();
	if (pid == 0) {
		clock_catch_signals();
		log_setup(&(struct log_settings){ .quiet = true });
		_exit(daemon_run(&told));
	}
	return pid;
}

static bool rounds_soon(int n)
{
	for (int i = 0; i < 500 && book->rounds < n; i++)
		clock_sleep(20);
	return book->rounds >= n;
}

/* Ends it; 0 when it ended well and within two seconds. */
static int end(pid_t pid, int number)
{
	int status = -1;
	const int64_t begin = clock_ms();
	kill(pid, number);
	waitpid(pid, &status, 0);
	return clock_ms() - begin > 2000 ? -1 : status;
}

static void test_loop(void)
{
	prepare(0, 1);
	pid_t pid = start();
	ok(rounds_soon(3), "a round each second");
	is_int(end(pid, SIGTERM), 0, "SIGTERM ends it at once, with 0");

	prepare(0, 3600);
	book->due = 1;
	pid = start();
	ok(rounds_soon(3), "a round when a certificate is due");
	is_int(end(pid, SIGINT), 0, "SIGINT ends it");

	prepare(3600, 7200);
	pid = start();
	ok(rounds_soon(1), "a first round at once");
	clock_sleep(1200);
	is_int(book->rounds, 1, "and no other for an hour");
	kill(pid, SIGHUP);
	ok(rounds_soon(2), "but at SIGHUP");
	kill(pid, SIGHUP);
	ok(rounds_soon(3), "each time");
	is_int(end(pid, SIGTERM), 0, "it ends in its wait");

	prepare(0, 1);
	book->crash = 2;
	pid = start();
	ok(rounds_soon(4), "a round that crashes is not the last one");
	is_int(end(pid, SIGTERM), 0);

	prepare(0, 1);
	book->hang = 1;
	pid = start();
	ok(rounds_soon(1), "a round that takes long");
	is_int(end(pid, SIGTERM), 0, "is ended with the daemon");
	ok(book->cut_short, "and told so");
}

int main(void)
{
	alarm(100);
	book = mmap(NULL, sizeof *book, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (book == MAP_FAILED)
		die("no shared memory");
	test_next();
	test_loop();
	return done();
}
