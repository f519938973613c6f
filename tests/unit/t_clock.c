/* clock.h: dates written and read, Retry-After, waiting and the signals that end it. */
#include "clock.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "tap.h"

enum { bad = -1 };

static void writing(struct arena *a)
{
	static const struct {
		int64_t t;
		const char *rfc3339, *http;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT" },
		{ 784111777, "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 GMT" },
		{ 951782400, "2000-02-29T00:00:00Z", "Tue, 29 Feb 2000 00:00:00 GMT" },
		{ 1795293182, "2026-11-21T20:33:02Z", "Sat, 21 Nov 2026 20:33:02 GMT" },
		{ 2147483648, "2038-01-19T03:14:08Z", "Tue, 19 Jan 2038 03:14:08 GMT" },
		{ -1, "1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 GMT" },
		{ 253402300799, "9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 GMT" },
		{ -62167219200, "0000-01-01T00:00:00Z", "Sat, 01 Jan 0000 00:00:00 GMT" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t t;
		is_str(clock_rfc3339(a, rows[i].t), rows[i].rfc3339);
		is_str(clock_http_date(a, rows[i].t), rows[i].http);
		ok(!clock_parse_rfc3339(rows[i].rfc3339, &t) && t == rows[i].t, "and back");
		ok(!clock_parse_http_date(rows[i].http, &t) && t == rows[i].t, "and back");
	}
	is_str(clock_rfc3339(a, INT64_MAX), "9999-12-31T23:59:59Z", "the far end");
	is_str(clock_rfc3339(a, INT64_MIN), "0000-01-01T00:00:00Z", "the other end");
	setenv("TZ", "UTC0", 1);
	is_str(clock_local(a, 1795293182), "Sat Nov 21 20:33:02 UTC 2026", "as date(1)");
	is_str(clock_local(a, 784111777), "Sun Nov  6 08:49:37 UTC 1994", "one digit");
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	is_str(clock_local(a, 784111777), "Sun Nov  6 09:49:37 CET 1994", "winter");
	is_str(clock_local(a, 1751328000), "Tue Jul  1 02:00:00 CEST 2025", "summer");
	is_int(clock_days(1970, 1, 1), 0);
	is_int(clock_days(2000, 3, 1) - clock_days(2000, 2, 28), 2, "leap day");
	is_int(clock_days(1900, 3, 1) - clock_days(1900, 2, 28), 1, "none in 1900");
	is_int(clock_days(1600, 1, 1), -135140);
	is_int(clock_days(0, 1, 1), -719528);
}

static void reading_rfc3339(void)
{
	static const struct {
		const char *s;
		int64_t t;
	} rows[] = {
		{ "2026-11-21t20:33:02z", 1795293182 },
		{ "2026-11-21 20:33:02Z", 1795293182 },
		{ "2026-11-21T20:33:02.123456789Z", 1795293182 },
		{ "2026-11-21T22:33:02+02:00", 1795293182 },
		{ "2026-11-21T16:03:02.5-04:30", 1795293182 },
		{ "2026-11-21T20:33:02-00:00", 1795293182 },
		{ "2016-12-31T23:59:60Z", 1483228800 },
		{ "2024-02-29T00:00:00Z", 1709164800 },
		{ "2023-02-29T00:00:00Z", bad },
		{ "2026-13-01T00:00:00Z", bad },
		{ "2026-00-01T00:00:00Z", bad },
		{ "2026-04-31T00:00:00Z", bad },
		{ "2026-04-00T00:00:00Z", bad },
		{ "2026-04-01T24:00:00Z", bad },
		{ "2026-04-01T00:60:00Z", bad },
		{ "2026-04-01T00:00:61Z", bad },
		{ "2026-11-21T20:33:02", bad },
		{ "2026-11-21T20:33Z", bad },
		{ "2026-11-21", bad },
		{ "2026-11-21T20:33:02.Z", bad },
		{ "2026-11-21T20:33:02Zx", bad },
		{ "2026-11-21T20:33:02+24:00", bad },
		{ "2026-11-21T20:33:02+02", bad },
		{ "2026-1-21T20:33:02Z", bad },
		{ "-026-11-21T20:33:02Z", bad },
		{ " 2026-11-21T20:33:02Z", bad },
		{ "", bad },
		{ NULL, bad },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t t = bad;
		const int result = clock_parse_rfc3339(rows[i].s, &t);
		is_int(t, rows[i].t, rows[i].s ? rows[i].s : "NULL");
		is_int(result, rows[i].t == bad ? -1 : 0, "told so");
	}
}

static void reading_http(void)
{
	static const struct {
		const char *s;
		int64_t t;
	} rows[] = {
		{ "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
		{ "Sun Nov  6 08:49:37 1994", 784111777 },
		{ "Wed Nov 16 08:49:37 1994", 784975777 },
		{ "sun, 06 nov 1994 08:49:37 GMT", 784111777 },
		{ "Saturday, 21-Nov-26 20:33:02 GMT", 1795293182 },
		{ "Wednesday, 01-Jan-76 00:00:00 GMT", 3345062400 },
		{ "Friday, 01-Jan-77 00:00:00 GMT", 220924800 },
		{ "Sun, 06 Nov 1994 08:49:37", bad },
		{ "Sun, 06 Nov 1994 08:49:37 UTC", bad },
		{ "Sun, 06 Nov 1994 08:49:37 GMT ", bad },
		{ "Sun, 6 Nov 1994 08:49:37 GMT", bad },
		{ "Sun, 31 Nov 1994 08:49:37 GMT", bad },
		{ "Son, 06 Nov 1994 08:49:37 GMT", bad },
		{ "Sun, 06 Okt 1994 08:49:37 GMT", bad },
		{ "Sun, 06-Nov-94 08:49:37 GMT", bad },
		{ "Sun Nov 6 08:49:37 1994", bad },
		{ "120", bad },
		{ "", bad },
		{ NULL, bad },
	};
	clock_fake = 1795293182; /* 2026 */
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t t = bad;
		const int result = clock_parse_http_date(rows[i].s, &t);
		is_int(t, rows[i].t, rows[i].s ? rows[i].s : "NULL");
		is_int(result, rows[i].t == bad ? -1 : 0, "told so");
	}
}

static void retry_after(void)
{
	static const struct {
		const char *s;
		int64_t want;
	} rows[] = {
		{ "30", 30 },
		{ "0", 5 },
		{ "1", 5 },
		{ "86400", 600 },
		{ "99999999999999999999999", 600 },
		{ "Sat, 21 Nov 2026 20:34:02 GMT", 60 },
		{ "Sat, 21 Nov 2026 20:33:02 GMT", 5 },
		{ "Fri, 20 Nov 2026 20:33:02 GMT", 5 },
		{ "Sun, 21 Nov 2027 20:33:02 GMT", 600 },
		{ "", 17 },
		{ NULL, 17 },
		{ "-1", 17 },
		{ "1.5", 17 },
		{ "soon", 17 },
		{ "10s", 17 },
	};
	clock_fake = 1795293182;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		is_int(clock_retry_after(rows[i].s, 17, 5, 600), rows[i].want,
		    rows[i].s ? rows[i].s : "NULL");
	is_int(clock_now(), 1795293182, "the fake time");
	clock_fake = 0;
	ok(clock_now() > 1700000000, "the real time");
}

/* Runs body in a child and returns how it ended: its exit code, or 128 + signal. */
static int child(void (*body)(void))
{
	int status = 0;
	const pid_t pid = fork();
	if (pid == 0) {
		alarm(20);
		body();
		_exit(99);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Somebody else who sends us a signal after 50 ms. */
static void send_later(int number)
{
	const pid_t us = getpid();
	if (fork() == 0) {
		clock_sleep(50);
		kill(us, number);
		_exit(0);
	}
}

static void ended_by(int number)
{
	clock_catch_signals();
	const int64_t start = clock_ms();
	send_later(number);
	const int result = clock_sleep(10000);
	_exit(result == -1 && clock_interrupted() == number && clock_ms() - start < 5000 &&
	            clock_sleep(10000) == -1 && clock_ms() - start < 5000
	        ? 0
	        : 1);
}

static void by_term(void)
{
	ended_by(SIGTERM);
}

static void by_hup(void)
{
	ended_by(SIGHUP);
}

static void twice(void)
{
	clock_catch_signals();
	raise(SIGINT);
	if (clock_interrupted() == SIGINT)
		raise(SIGINT);
}

static void term_twice(void)
{
	clock_catch_signals();
	raise(SIGTERM);
	raise(SIGTERM);
	_exit(clock_interrupted());
}

/* A program that stays is not ended, but its wait is. */
static void look_again(void)
{
	clock_catch_signals();
	clock_catch_hangup();
	const int64_t start = clock_ms();
	send_later(SIGHUP);
	bool good = clock_sleep(10000) == 0 && clock_ms() - start < 5000 && !clock_interrupted();
	good = good && clock_hangup() && !clock_hangup() && clock_sleep(60) == 0 &&
	    clock_ms() - start >= 60;
	raise(SIGHUP);
	clock_catch_signals();
	raise(SIGHUP);
	_exit(good && !clock_hangup() && clock_interrupted() == SIGHUP ? 0 : 1);
}

static void nohup(void)
{
	signal(SIGHUP, SIG_IGN);
	clock_catch_signals();
	raise(SIGHUP);
	_exit(clock_interrupted());
}

static void broken_pipe(void)
{
	int ends[2];
	clock_catch_signals();
	if (pipe(ends))
		_exit(2);
	close(ends[0]);
	_exit(write(ends[1], "x", 1) == -1 && !clock_interrupted() ? 0 : 1);
}

static void pipe_in_programs(void)
{
	clock_catch_signals();
	execl("/bin/sh", "sh", "-c", "kill -s PIPE $$; exit 0", (char *)NULL);
}

static void waiting(void)
{
	const int64_t start = clock_ms();
	is_int(clock_sleep(60), 0, "sleep");
	const int64_t took = clock_ms() - start;
	ok(took >= 60 && took < 5000, "as long as told");
	ok(clock_sleep(0) == 0 && clock_sleep(-5) == 0 && clock_sleep(INT64_MIN) == 0, "no time");
	is_int(clock_interrupted(), 0, "no signal");
	is_int(child(by_term), 0, "SIGTERM ends a wait");
	is_int(child(by_hup), 0, "so does SIGHUP");
	is_int(child(look_again), 0, "unless it means to look again");
	is_int(child(twice), 130, "a second SIGINT ends the program");
	is_int(child(term_twice), SIGTERM, "a second SIGTERM does not");
	is_int(child(nohup), 0, "an ignored SIGHUP stays ignored");
	is_int(child(broken_pipe), 0, "SIGPIPE is ignored");
	is_int(child(pipe_in_programs), 128 + SIGPIPE, "but not by programs that we run");
}

int main(void)
{
	struct arena *a = arena_new();
	writing(a);
	reading_rfc3339();
	reading_http();
	retry_after();
	waiting();
	arena_drop(a);
	return done();
}
