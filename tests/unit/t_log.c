/* log.c and log_redact.c: channels, prefix, colour, secrets in all their forms, lost outputs. */
#define _XOPEN_SOURCE 700 /* pseudo-terminals */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "b64.h"
#include "clock.h"
#include "log.h"
#include "log_redact.h"
#include "text.h"

#include "tap.h"

static struct arena *a;
static char folder[] = "/tmp/t_log.XXXXXX";
static char out[1 << 16], err[1 << 16];
static int status;

static const char *path(const char *name)
{
	return arena_fmt(a, "%s/%s", folder, name);
}

static void load(const char *name, char *text, size_t size)
{
	const int fd = open(path(name), O_RDONLY);
	const ssize_t n = fd < 0 ? 0 : read(fd, text, size - 1);
	text[n > 0 ? n : 0] = 0;
	close(fd);
}

/* Runs f in a child whose stdout and stderr end up in out and err. */
static void tell(void (*f)(void), const struct log_settings *settings, const char *to)
{
	fflush(stdout);
	const pid_t pid = fork();
	if (pid == 0) {
		dup2(open(to ? to : path("out"), O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
		dup2(open(path("err"), O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
		if (settings)
			log_setup(settings);
		f();
		_exit(log_broken());
	}
	waitpid(pid, &status, 0);
	load("out", out, sizeof out);
	load("err", err, sizeof err);
}

static void all_channels(void)
{
	info("one %d", 1);
	info_value("Le_LinkCert", "x");
	success("good");
	warn("two");
	complain("three");
	print("bare");
	print("bare too\n");
	usage("Usage: x");
	debug(1, "d1");
	debug(2, "d2");
	say("cert.issued", EVENT_FIELDS({ "domain", "a\"b" }, { "none", NULL }, { "n", "1" }),
	    "said %s", "it");
	say_error("cert.failed", EVENT_FIELDS({ "domain", "c" }), "failed");
	print_json("{\"a\":1}");
	progress("never %d", 1);
	progress(NULL);
}

#define STAMP "[Sat Nov 21 21:47:40 UTC 2026] "

static void test_channels(void)
{
	tell(all_channels, NULL, NULL);
	is_str(out,
	    STAMP "one 1\n" STAMP "Le_LinkCert='x'\n" STAMP "good\nbare\nbare too\n" STAMP
	          "said it\n{\"a\":1}\n",
	    "stdout");
	is_str(err, STAMP "two\n" STAMP "three\nUsage: x\n" STAMP "failed\n", "stderr");

	tell(all_channels,
	    &(struct log_settings){ .no_timestamp = true, .debug = 1, .quiet = true }, NULL);
	is_str(out, "bare\nbare too\n{\"a\":1}\n", "quiet stdout");
	is_str(err, "two\nthree\nUsage: x\nd1\nfailed\n", "stderr with debug 1");

	tell(all_channels, &(struct log_settings){ .no_timestamp = true, .json = true }, NULL);
	is_str(out,
	    "{\"event\":\"cert.issued\",\"time\":\"2026-11-21T21:47:40Z\",\"domain\":\"a\\\"b\","
	    "\"n\":\"1\"}\n{\"event\":\"cert.failed\",\"time\":\"2026-11-21T21:47:40Z\","
	    "\"domain\":\"c\"}\n{\"a\":1}\n",
	    "stdout is JSON and nothing else");
	is_str(err,
	    "one 1\nLe_LinkCert='x'\ngood\ntwo\nthree\nbare\nbare too\nUsage: x\nsaid it\n"
	    "failed\n",
	    "everything else on stderr");

	tell(all_channels, &(struct log_settings){ .color = 1, .no_timestamp = true }, NULL);
	ok(strstr(out, "\033[1;32mgood\033[0m\n") != NULL, "green");
	ok(strstr(err, "\033[1;31mthree\033[0m\n\033[1;31mUsage: x\033[0m\n") != NULL, "red");
	tell(all_channels, &(struct log_settings){ .color = 1 }, NULL);
	ok(strstr(err, STAMP "\033[1;31mthree\033[0m\n") != NULL, "the date is not coloured");
}

static void test_environment(void)
{
	static const struct {
		const char *name, *value;
		bool color, stamp;
	} rows[] = {
		{ "NO_TIMESTAMP", "1", false, false },
		{ "NO_TIMESTAMP", "0", false, true },
		{ "NO_TIMESTAMP", "", false, true },
		{ "ACME_FORCE_COLOR", "1", true, true },
		{ "ACME_FORCE_COLOR", "0", false, true },
		{ "ACME_NO_COLOR", "1", false, true },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		setenv(rows[i].name, rows[i].value, 1);
		tell(all_channels, NULL, NULL);
		is_int(strstr(out, "\033[") != NULL, rows[i].color, rows[i].name);
		is_int(strstr(out, "2026] ") != NULL, rows[i].stamp, rows[i].name);
		unsetenv(rows[i].name);
	}
}

static const char *log_text(void)
{
	static char text[1 << 16];
	load("log", text, sizeof text);
	return text;
}

static void test_log_file(void)
{
	struct stat st;
	struct log_settings set = { .file = path("log"),
		.file_level = 1,
		.quiet = true,
		.color = 1 };

	umask(0);
	tell(all_channels, &set, NULL);
	stat(set.file, &st);
	is_int(st.st_mode & 0777, 0600, "born private");
	is_str(log_text(),
	    STAMP "one 1\n" STAMP "Le_LinkCert='x'\n" STAMP "good\n" STAMP "two\n" STAMP
	          "three\n" STAMP "d1\n" STAMP "said it\n" STAMP "failed\n",
	    "no colour, level 1");
	set.file_level = 2;
	set.no_timestamp = true;
	tell(all_channels, &set, NULL);
	ok(text_ends(log_text(), "d1\nd2\nsaid it\nfailed\n") &&
	        strstr(log_text(), STAMP "one 1\n"),
	    "appended, level 2");
	set.file = path("none/log");
	is_int(log_setup(&set), -1, "a log file that cannot be opened");
}

static void tell_secrets(void)
{
	secret("s3cr/t+p\"w ");
	secret("tiny");
	secret("-----KEY\r\nabcd\r\n----");
	info("lines -----KEY\r\nabcd\r\n----\n");
	secret("abcdef");
	secret("defghi");
	secret("abc");
	secret(NULL);
	secret("");
	info("plain <s3cr/t+p\"w>");
	info("url s3cr%%2Ft%%2Bp%%22w s3cr%%2ft%%2bp%%22w");
	info("base64 %s|%s", b64_encode(a, "s3cr/t+p\"w", 10), b64url_encode(a, "s3cr/t+p\"w", 10));
	info("json \"s3cr/t+p\\\"w\" \"s3cr\\/t+p\\\"w\"");
	info("overlap abcdefghi-abcdef-defghi");
	info("tiny abc");
	print("s3cr/t+p\"w");
	debug(1, "in the middle xs3cr/t+p\"wx");
	complain("s3cr/t+p\"w");
	usage("s3cr/t+p\"w");
	print_json("{\"a\":\"s3cr/t+p\\\"w\"}");
	say("e", EVENT_FIELDS({ "f", "s3cr/t+p\"w" }), "s3cr/t+p\"w");
}

static void test_secrets(void)
{
	struct log_settings set = { .no_timestamp = true,
		.file = path("log2"),
		.file_level = 3,
		.debug = 3 };

	tell(tell_secrets, &set, NULL);
	is_str(out,
	    "lines [hidden]\nplain <[hidden]>\nurl [hidden] [hidden]\nbase64 [hidden]==|[hidden]\n"
	    "json \"[hidden]\" \"[hidden]\"\noverlap [hidden]-[hidden]-[hidden]\ntiny abc\n"
	    "[hidden]\n{\"a\":\"[hidden]\"}\n[hidden]\n",
	    "stdout");
	is_str(err, "in the middle x[hidden]x\n[hidden]\n[hidden]\n", "stderr");
	static char text[1 << 16];
	load("log2", text, sizeof text);
	ok(strstr(text, "[hidden]") && !strstr(text, "s3cr"), "log file");
	set.json = true;
	tell(tell_secrets, &set, NULL);
	ok(strstr(out, "\"f\":\"[hidden]\"") && !strstr(out, "s3cr") && !strstr(err, "s3cr"),
	    "events");
	set = (struct log_settings){ .show_secrets = true, .no_timestamp = true };
	tell(tell_secrets, &set, NULL);
	ok(strstr(out, "\nplain <s3cr/t+p\"w>\n") && !strstr(out, "hidden"), "--output-insecure");
}

static void tell_controls(void)
{
	info("a\033[2Jb\tc\r\nd\177e\xc2\x9b"
	     "f\xff\xc3\xa4\n");
	info("%s", "");
	errno = 7;
	info("x");
	if (errno != 7)
		info("errno changed");
}

static void test_controls(void)
{
	tell(tell_controls, &(struct log_settings){ .no_timestamp = true }, NULL);
	is_str(out, "a?[2Jb\tc\nd?e?f?\xc3\xa4\n\nx\n", "control characters");
}

static void test_json_string(void)
{
	struct buf b = buf_new(a, 0);
	redact_json_string(&b, "a\"\\\b\f\n\r\t\001\177\xc3\xa4\xff\xe2\x82/\xed\xa0\x80");
	is_str(buf_text(&b),
	    "\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u007f\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd"
	    "\xef\xbf\xbd/\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void twice(void)
{
	info("one");
	info("two");
	complain("three");
}

static void closed(void)
{
	close(1);
	twice();
}

static void closed_stderr(void)
{
	close(2);
	twice();
}

static void test_lost_outputs(void)
{
	static const struct log_settings set = { .no_timestamp = true };
	tell(twice, &set, NULL);
	is_int(WEXITSTATUS(status), 0, "nothing lost");
	tell(twice, &set, "/dev/full");
	is_str(err, "cannot write to standard output: No space left on device\nthree\n");
	is_int(WEXITSTATUS(status), 1, "told to main");
	tell(closed, &set, NULL);
	is_str(err, "cannot write to standard output: Bad file descriptor\nthree\n");
	is_int(WEXITSTATUS(status), 1);
	tell(closed_stderr, &set, NULL);
	is_str(out, "one\ntwo\n");
	tell(twice, &(struct log_settings){ .no_timestamp = true, .file = "/dev/full" }, NULL);
	is_str(out, "one\ntwo\n");
	is_str(err, "cannot write to /dev/full: No space left on device\nthree\n");
	is_int(WEXITSTATUS(status), 1);
}

static void show_progress(void)
{
	progress("wait %d", 2);
	progress("wait %d", 1);
	info("line");
	progress("%0100d", 0);
	progress(NULL);
	complain("red");
}

/* On a terminal, where stderr is a file. */
static void test_terminal(void)
{
	const int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK);
	const char *name =
	    master < 0 || grantpt(master) || unlockpt(master) ? NULL : ptsname(master);
	if (!name) {
		skip("progress lines", "no pseudo-terminal");
		return;
	}
	setenv("TERM", "xterm", 1);
	const int hold = open(name, O_RDWR | O_NOCTTY);
	tell(show_progress, &(struct log_settings){ .no_timestamp = true }, name);
	const ssize_t n = read(master, out, sizeof out - 1);
	out[n > 0 ? n : 0] = 0;
	ok(text_starts(out, "wait 2\r\033[Kwait 1\r\033[Kline\r\n000"), "rewritten in place");
	ok(text_ends(out, "0...\r\033[K"), "cut to a line and taken away");
	is_str(err, "red\n", "no colour where stderr is no terminal");
	close(hold);
	close(master);
}

static void test_debugging(void)
{
	log_setup(&(struct log_settings){ .debug = 2 });
	ok(debugging(1) && debugging(2) && !debugging(3), "by --debug");
	log_setup(&(struct log_settings){ .file = path("log3"), .file_level = 3 });
	ok(debugging(3), "by the log file");
	log_setup(&(struct log_settings){ .syslog = 7 });
	ok(debugging(1) && !debugging(2), "by syslog");
	log_setup(&(struct log_settings){ .syslog = 6 });
	ok(!debugging(1));
	log_setup(&(struct log_settings){ .json = true });
	ok(log_is_json() && !log_broken());
}

int main(void)
{
	static const char *const files[] = { "out", "err", "log", "log2", "log3" };
	a = arena_new();
	if (!mkdtemp(folder))
		die("no folder");
	setenv("TZ", "UTC", 1);
	unsetenv("NO_TIMESTAMP");
	unsetenv("NO_COLOR");
	clock_fake = 1795297660;
	test_channels();
	test_environment();
	test_log_file();
	test_secrets();
	test_controls();
	test_json_string();
	test_lost_outputs();
	test_terminal();
	test_debugging();
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		unlink(path(files[i]));
	rmdir(folder);
	arena_drop(a);
	return done();
}
