/* conf.c: the shell's quoting without the shell, edits in place, what acme.sh can read again. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "buf.h"
#include "clock.h"
#include "conf.h"
#include "error.h"
#include "file.h"
#include "proc.h"

#include "tap.h"

static struct arena *a;
static char folder[] = "/tmp/t_conf.XXXXXX";

static struct conf *parse(const char *text)
{
	return conf_parse(a, "x.conf", text, strlen(text));
}

static const struct {
	const char *text, *value; /* of K */
} readings[] = {
	{ "K='v'\n", "v" },
	{ "K='v'", "v" },
	{ "K=\"v w\"\n", "v w" },
	{ "K=v\n", "v" },
	{ "K=\n", "" },
	{ "K=''\n", "" },
	{ "export K=v\n", "v" },
	{ "  \texport \t K='v'  \n", "v" },
	{ "K='v'   # it's said\n", "v" },
	{ "K='v'\r\n", "v" },
	{ "K='1'\nK='2'\n", "2" },
	{ "K='1'\n#K='2'\n", "1" },
	{ "KK='1'\n", NULL },
	{ "K ='1'\n", NULL },
	{ "K='a#b'\n", "a#b" },
	{ "K=a#b\n", "a#b" },
	{ "K='$HOME `x` \\n \"'\n", "$HOME `x` \\n \"" },
	{ "K='it'\\''s'\n", "it's" },
	{ "K='a'\"b\"c\n", "abc" },
	{ "K=\"a\\\"b\\\\c\\$d\\e\"\n", "a\"b\\c$d\\e" },
	{ "K=a\\ b\n", "a b" },
	{ "D=/x\nK=\"$D/y\"\n", "/x/y" },
	{ "D=/x\nK=\"${D}y\"\n", "/xy" },
	{ "D=/x\nK=$D/y\n", "/x/y" },
	{ "D=1\nD=2\nK=$D\nD=3\n", "2" },
	{ "K=\"$T_CONF_ENV/y\"\n", "from env/y" },
	{ "K=\"a$T_CONF_NONE-b\"\n", "a-b" },
	{ "K=\"cost$\"\n", "cost$" },
	{ "K=~/x\n", "/home/t/x" },
	{ "K='~/x'\n", "~/x" },
	{ "K=a~\n", "a~" },
	{ "K='one\ntwo'\nL='3'\n", "one\ntwo" },
	{ "K='__ACME_BASE64__START_aGVsbG8=__ACME_BASE64__END_'\n", "hello" },
	{ "K='__ACME_BASE64__START___ACME_BASE64__END_'\n", "" },
	{ "K='x__ACME_BASE64__START_aGVsbG8=__ACME_BASE64__END_'\n",
	    "x__ACME_BASE64__START_aGVsbG8=__ACME_BASE64__END_" },
	{ "K='__ACME_BASE64__START_a*b__ACME_BASE64__END_'\n", NULL },
	{ "K='__ACME_BASE64__START_AAAA__ACME_BASE64__END_'\n", NULL },
	{ "K='v\n", NULL },
	{ "K='1'\nK='v\n", "1" },
	{ "K='it's'\nL='2'\n", NULL },
	{ "K=\"v\n", NULL },
	{ "K=\"v", NULL },
	{ "K=\"v\\", NULL },
	{ "K=a\\\nb\n", NULL },
	{ "K=a\\", NULL },
	{ "K=\"$(date)\"\n", NULL },
	{ "K=`date`\n", NULL },
	{ "K=\"`date`\"\n", NULL },
	{ "K=${X:-y}\n", NULL },
	{ "K=\"a$1\"\n", NULL },
	{ "K=a;b\n", NULL },
	{ "K=a b\n", NULL },
	{ "1K=a\n", NULL },
	{ "", NULL },
};

static void test_reading(void)
{
	setenv("T_CONF_ENV", "from env", 1);
	setenv("HOME", "/home/t", 1);
	unsetenv("T_CONF_NONE");
	for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
		struct conf *c = parse(readings[i].text);
		is_str(conf_get(c, "K"), readings[i].value,
		    readings[i].text[0] ? readings[i].text : "empty");
		if (strcmp(conf_text(a, c), readings[i].text) != 0)
			ok(false, "kept byte for byte");
	}
	ok(!conf_parse(a, "x.conf", "K='v'\0", 6), "NUL byte");
	ok(strstr(error_text(a), "x.conf") != NULL, error_text(a));
	error_clear(a);
}

static void test_bad_lines(void)
{
	struct conf *c = parse("# comment\n\nA='1'\nif [ -f x ]; then\nB='2\nC='a b\nc'\nD='it's'\n"
	                       "export E\nF='4'");
	struct strs odd = conf_odd_lines(a, c), keys = conf_keys(a, c);

	is_str(text_join(a, odd, "|"),
	    "line 4: if [ -f x ]; then|line 5: B=... has a quote without an end|"
	    "line 8: D=... has a quote without an end|line 9: export E");
	is_str(text_join(a, keys, " "), "A C F");
	is_str(conf_get(c, "C"), "a b\nc");
	conf_set(c, "A", "1");
	ok(!conf_changed(c), "the same value is no change");
	conf_set(c, "D", "fine");
	ok(conf_changed(c));
	is_str(conf_text(a, c),
	    "# comment\n\nA='1'\nif [ -f x ]; then\nB='2\nC='a b\nc'\nD='fine'\n"
	    "export E\nF='4'",
	    "only the damaged line is replaced");
}

static void test_setting(void)
{
	static const struct {
		const char *before, *value, *after;
	} rows[] = {
		{ "", "v", "K='v'\n" },
		{ "A='1'", "v", "A='1'\nK='v'\n" },
		{ "A='1'\nK='x'\nB='2'\n", "v", "A='1'\nK='v'\nB='2'\n" },
		{ "A='1'\nK=\"x\"", "v", "A='1'\nK='v'\n" },
		{ "#K=\"x\"\nB='2'\n", "v", "K='v'\nB='2'\n" },
		{ "#K=\"x\"\nK='2'\n", "v", "#K=\"x\"\nK='v'\n" },
		{ "# K='x'\n", "v", "# K='x'\nK='v'\n" },
		{ "#KK='x'\n", "v", "#KK='x'\nK='v'\n" },
		{ "K='1'\nA='2'\nK='3'\n", "v", "A='2'\nK='v'\n" },
		{ "K='1'\nA='2'\nK='3'\n", NULL, "A='2'\n" },
		{ "#K='1'\n", NULL, "#K='1'\n" },
		{ "A='2'\n", NULL, "A='2'\n" },
		{ "export K=1\n", "v", "export K='v'\n" },
		{ "K=1; run me\n", "v", "K=1; run me\nK='v'\n" },
		{ "K=1; run me\n", NULL, "K=1; run me\n" },
		{ "K='x\n", "v", "K='v'\n" },
		{ "K='1'\n", "", "K=''\n" },
		{ "", "it's", "K='__ACME_BASE64__START_aXQncw==__ACME_BASE64__END_'\n" },
		{ "", "a\\b", "K='__ACME_BASE64__START_YVxi__ACME_BASE64__END_'\n" },
		{ "", "a\nb", "K='__ACME_BASE64__START_YQpi__ACME_BASE64__END_'\n" },
		{ "", "a&b|c$d`e\"f #", "K='a&b|c$d`e\"f #'\n" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct conf *c = parse(rows[i].before);
		conf_set(c, "K", rows[i].value);
		is_str(conf_text(a, c), rows[i].after, rows[i].after);
		is_str(conf_get(c, "K"), rows[i].value, "reads back");
		is_str(conf_get(parse(conf_text(a, c)), "K"), rows[i].value, "and from the text");
	}

	struct conf *c = parse("");
	conf_set_b64(c, "K", "echo hi");
	conf_set_b64(c, "L", "");
	is_str(conf_text(a, c), "K='__ACME_BASE64__START_ZWNobyBoaQ==__ACME_BASE64__END_'\nL=''\n");
	const char *marked = "__ACME_BASE64__START_eA==__ACME_BASE64__END_";
	conf_set(c, "M", marked);
	is_str(conf_get(parse(conf_text(a, c)), "M"), marked, "a value that looks wrapped");
	conf_set(c, "K", "x");
	conf_set(c, "K", NULL);
	conf_set(c, "L", NULL);
	conf_set(c, "M", NULL);
	ok(!conf_changed(c), "set and removed is no change");
}

/* What we write must mean the same to the shell that sources it. */
static void test_shell(void)
{
	static const char *const values[] = { "plain", "", "a b", "$HOME `id` \"q\" #x",
		"a=b;c&d|e", "*", "!x", "~/y", "\xc3\xa4" };
	const char *path = file_join(a, folder, "shell.conf");
	struct conf *c = conf_load(a, path);

	ok(conf_is_new(c), "missing file");
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		conf_set(c, arena_fmt(a, "K%zu", i), values[i]);
	is_int(conf_save(c), 0);
	ok(!conf_changed(c) && !conf_is_new(c), "saved");
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		struct proc p = { .capture = true };
		p.env = proc_environment(a);
		proc_shell(a, &p, arena_fmt(a, ". %s; printf %%s \"$K%zu\"", path, i));
		is_str(p.out, values[i], "as the shell reads it");
	}
}

static void test_files(void)
{
	const char *path = file_join(a, folder, "a.conf");
	struct stat st;
	struct conf *c = conf_load(a, path);

	conf_set(c, "A", "1");
	is_int(conf_save(c), 0);
	stat(path, &st);
	is_int(st.st_mode & 07777, 0600, "born private");
	is_str(file_read(a, path, 100, NULL), "A='1'\n");
	chmod(path, 0640);
	c = conf_load(a, path);
	ok(!conf_is_new(c));
	is_str(conf_path(c), path);
	unlink(path);
	is_int(conf_save(c), 0);
	ok(!file_exists(path), "nothing changed, nothing written");
	conf_set(c, "B", "2");
	is_int(conf_save(c), 0);
	is_str(file_read(a, path, 100, NULL), "A='1'\nB='2'\n");
	ok(!conf_load(a, folder), "a folder is no conf");
	error_clear(a);
	file_write(a, path, arena_alloc(a, (1 << 20) + 1), (1 << 20) + 1, 0600, false);
	ok(!conf_load(a, path), "larger than a MiB");
	ok(strstr(error_text(a), "larger") != NULL, error_text(a));
	error_clear(a);
}

/* Text that would cost quadratic time or endless memory, if it were read without thought. */
static void test_costs(void)
{
	static const char *const repeated[] = { "A='\n", "A=\"$A$A\"\n", "x\n", "A=$B\n", "A='x\ny",
		"'", "A=", "#A=\n", "$", "A=\"", "\\" };
	const int64_t begin = clock_ms();

	for (size_t i = 0; i < sizeof repeated / sizeof *repeated; i++) {
		struct arena *mem = arena_new();
		struct buf b = buf_new(mem, 0);
		while (b.len < 1000000)
			buf_str(&b, repeated[i]);
		struct conf *c = conf_parse(mem, "x", buf_text(&b), b.len);
		if (!c || strcmp(conf_text(mem, c), buf_text(&b)) != 0)
			ok(false, repeated[i]);
		arena_drop(mem);
	}
	ok(clock_ms() - begin < 10000, "11 MB of nonsense in bounded time");
}

/* Two that have read the same file both set something. */
static void test_merge(void)
{
	const char *path = "/tmp/acme-test-merge.conf";
	struct conf *x, *y;

	unlink(path);
	x = conf_load(a, path);
	conf_set(x, "A", "1");
	conf_set(x, "GONE", "x");
	ok(conf_save(x) == 0);
	x = conf_load(a, path);
	y = conf_load(a, path);
	conf_set(x, "A", "2");
	conf_set_b64(x, "B", "b");
	conf_set(y, "C", "c");
	conf_set(y, "GONE", NULL);
	ok(conf_save(x) == 0 && conf_save(y) == 0, "both save");
	is_str(conf_get(y, "A"), "2", "the second has taken over what the first wrote");
	x = conf_load(a, path);
	is_str(conf_get(x, "A"), "2");
	is_str(conf_get(x, "B"), "b");
	is_str(conf_get(x, "C"), "c");
	ok(!conf_get(x, "GONE"), "what was removed stays removed");
	unlink(path);
}

/* Somebody else has the folder locked: it is waited for, and never written without. */
static void test_lock(void)
{
	const char *path = file_join(a, folder, "locked.conf");
	const int other = open(folder, O_RDONLY);
	int status = -1;
	pid_t pid;

	flock(other, LOCK_EX);
	if ((pid = fork()) == 0) {
		struct conf *c = conf_load(a, path);
		conf_set(c, "A", "1");
		clock_catch_signals();
		raise(SIGTERM); /* what ends the wait is told as its end by itself would be */
		_exit(conf_save(c) < 0 && strstr(error_text(a), "locked.conf") &&
		            strstr(error_text(a), "locked; see")
		        ? 0
		        : 1);
	}
	waitpid(pid, &status, 0);
	is_int(status, 0, "a lock that is not given up is an error");
	ok(!file_exists(path), "nothing is written without it");
	if ((pid = fork()) == 0) {
		struct conf *c = conf_load(a, path);
		conf_set(c, "A", "1");
		close(other);
		_exit(conf_save(c) == 0 ? 0 : 1);
	}
	clock_sleep(100);
	ok(!file_exists(path), "it is waited for");
	close(other);
	waitpid(pid, &status, 0);
	is_int(status, 0, "and then written");
	is_str(file_read(a, path, 100, NULL), "A='1'\n");
}

int main(void)
{
	a = arena_new();
	if (!mkdtemp(folder))
		die("no folder");
	test_reading();
	test_bad_lines();
	test_setting();
	test_shell();
	test_files();
	test_costs();
	test_lock();
	struct proc p = { .argv = (const char *const[]){ "rm", "-r", folder, NULL } };
	proc_run(a, &p);
	test_merge();
	arena_drop(a);
	return done();
}
