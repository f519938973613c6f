/* proc.c: what a child gets, what comes back, and that it always ends. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "error.h"
#include "file.h"
#include "log.h"
#include "proc.h"

#include "tap.h"

#include "told.h"

static struct arena *a;

static struct proc shell(const char *line, struct proc p)
{
	p.capture = p.capture_err = true;
	if (!p.env.n)
		p.env = proc_environment(a);
	if (proc_shell(a, &p, line) != 0)
		p.status = -1;
	return p;
}

static void test_results(void)
{
	struct proc p = shell("echo out; echo err >&2; exit 3", (struct proc){ 0 });
	is_str(p.out, "out\n");
	is_str(p.err, "err\n");
	is_int(p.status, 3);
	ok(!p.timed_out);
	is_int(shell("kill -9 $$", (struct proc){ 0 }).status, 128 + 9, "signal");
	is_str(shell(":", (struct proc){ 0 }).out, "", "no output");
	is_str(shell("cat", (struct proc){ 0 }).out, "", "stdin is empty");
	is_str(shell("cat", (struct proc){ .input = "in", .input_len = 2 }).out, "in", "input");
	is_str(shell("pwd", (struct proc){ .dir = "/" }).out, "/\n", "folder");

	const size_t big = 3000000;
	char *text = arena_alloc(a, big);
	memset(text, 'x', big);
	p = shell("cat", (struct proc){ .input = text, .input_len = big, .max = big + 1 });
	is_int(p.out ? (long long)strlen(p.out) : -1, (long long)big, "both pipes fill up");
	p = shell("cat", (struct proc){ .input = text, .input_len = big, .max = 1000 });
	is_int((long long)strlen(p.out), 1000, "output has a ceiling");
	is_int(p.status, 0, "and the program may go on");
	p = shell("exec <&-; sleep .2; exit 4", (struct proc){ .input = text, .input_len = big });
	is_int(p.status, 4, "input that nobody reads");
}

static void test_child(void)
{
	const char *const v[] = { "A=1", "B=x y", NULL };
	struct proc p = { .argv = (const char *const[]){ "env", NULL },
		.capture = true,
		.env = { .v = (const char **)v, .n = 2 } };

	is_int(proc_run(a, &p), 0);
	is_str(p.out, "A=1\nB=x y\n", "nothing but its environment");
	p.env = (struct strs){ 0 };
	proc_run(a, &p);
	is_str(p.out, "", "none at all");
	p.argv = (const char *const[]){ "printf", "[%s]", "a b", "$x;'", "", NULL };
	proc_run(a, &p);
	is_str(p.out, "[a b][$x;'][]", "arguments as they are");

	const int leak = fcntl(0, F_DUPFD, 50), report = fcntl(0, F_DUPFD, 3);
	p.argv = (const char *const[]){ "ls", "/proc/self/fd", NULL };
	proc_run(a, &p);
	is_str(p.out, "0\n1\n2\n3\n", "our descriptors are closed; 3 is the folder");
	close(leak);
	close(report);

	sigset_t all;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	signal(SIGTERM, SIG_IGN);
	is_int(shell("kill $$; sleep 5; exit 1", (struct proc){ 0 }).status, 128 + SIGTERM,
	    "signals are as they should be");
	sigemptyset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	signal(SIGTERM, SIG_DFL);
	is_str(shell("ps -o sid= -p $$ 2>/dev/null | tr -d ' ' | grep -x $$ | wc -l",
	           (struct proc){ 0 })
	           .out,
	    proc_which(a, "ps") ? "1\n" : "0\n", "own session");
}

static void test_failures(void)
{
	char file[] = "/tmp/t_proc.XXXXXX";
	struct proc p = { .argv = (const char *const[]){ "no-such-program", NULL } };

	close(mkstemp(file));
	ok(proc_run(a, &p) == -1 &&
	    told_once(a, "cannot run 'no-such-program': No such file or directory"));
	p.argv = (const char *const[]){ "/none/x", NULL };
	ok(proc_run(a, &p) == -1 &&
	    told_once(a, "cannot run '/none/x': No such file or directory"));
	p.argv = (const char *const[]){ "/", NULL };
	ok(proc_run(a, &p) == -1 && told_once(a, "cannot run '/': Permission denied"));
	p.argv = (const char *const[]){ file, NULL };
	ok(proc_run(a, &p) == -1 && told_once(a, "Permission denied"), "not executable");
	chmod(file, 0700);
	file_write(a, file, "#!/none/interpreter\n", 20, 0700, true);
	ok(proc_run(a, &p) == -1 && told_once(a, "No such file"), "no interpreter");
	file_write(a, file, "text\n", 5, 0700, true);
	ok(proc_run(a, &p) == -1 && told_once(a, "Exec format error"), "no program");
	p.argv = (const char *const[]){ "true", NULL };
	p.dir = "/none/dir";
	ok(proc_run(a, &p) == -1 && told_once(a, "in /none/dir: No such file"), "no folder");
	unlink(file);
}

static void test_deadlines(void)
{
	int64_t begin = clock_ms();
	struct proc p = shell("echo a; sleep 60", (struct proc){ .timeout_ms = 200 });
	ok(p.timed_out && p.status == 128 + SIGTERM && clock_ms() - begin < 4000, "SIGTERM");
	is_str(p.out, "a\n", "what it wrote before");

	begin = clock_ms();
	p = shell("(sleep 60; echo b) & wait", (struct proc){ .timeout_ms = 200 });
	ok(p.timed_out && clock_ms() - begin < 4000, "children are ended with it");

	begin = clock_ms();
	p = shell("trap '' TERM; while :; do sleep 1; done", (struct proc){ .timeout_ms = 200 });
	ok(p.timed_out && p.status == 128 + SIGKILL && clock_ms() - begin < 15000, "SIGKILL");

	begin = clock_ms();
	p = shell("sleep 20 & echo started", (struct proc){ 0 });
	ok(!p.timed_out && p.status == 0 && clock_ms() - begin < 10000, "a daemon left behind");
	is_str(p.out, "started\n");

	begin = clock_ms();
	for (int i = 0; i < 20; i++)
		shell(":", (struct proc){ 0 });
	ok(clock_ms() - begin < 5000, "a short program is not waited for long");
}

/* Last, because a signal is not forgotten. */
static void test_interruption(void)
{
	clock_catch_signals();
	const int64_t begin = clock_ms();
	struct proc p =
	    shell(arena_fmt(a, "kill -INT %ld; sleep 60", (long)getpid()), (struct proc){ 0 });
	ok(!p.timed_out && p.status == 128 + SIGTERM && clock_ms() - begin < 5000, "ends with us");
	is_int(clock_interrupted(), SIGINT);
	p = shell("sleep .1; echo cleaned", (struct proc){ 0 });
	is_str(p.out, "cleaned\n", "what cleans up afterwards may run");
}

static int fake(struct arena *mem, struct proc *p)
{
	p->out = arena_str(mem, p->argv[2]);
	return 0;
}

static void test_environment(void)
{
	struct strs env;

	setenv("T_PROC_KEY", "very secret", 1);
	setenv("T_PROC_OTHER", "public", 1);
	setenv("ACME_TEST_X", "1", 1);
	secret("very secret");
	env = proc_environment(a);
	ok(!strs_has(env, "T_PROC_KEY=very secret"), "secrets stay here");
	ok(!strs_has(env, "ACME_TEST_X=1"), "and what is ours alone");
	ok(strs_has(env, "T_PROC_OTHER=public"));
	const size_t n = env.n;
	proc_setenv(a, &env, "T_PROC_OTHER", "changed");
	proc_setenv(a, &env, "T_PROC_OTH", "new");
	proc_setenv(a, &env, "T_PROC_NONE", NULL);
	is_int((long long)env.n, (long long)n + 2);
	is_str(shell("echo $T_PROC_OTHER-$T_PROC_OTH-$T_PROC_KEY-${T_PROC_NONE-unset}",
	           (struct proc){ .env = env })
	           .out,
	    "changed-new--\n");
}

static void test_paths(void)
{
	ok(proc_which(a, "sh") && text_ends(proc_which(a, "sh"), "/sh"));
	ok(!proc_which(a, "no-such-program") && !proc_which(a, "") && !proc_which(a, NULL));
	is_str(proc_which(a, "/bin/sh"), "/bin/sh");
	ok(!proc_which(a, "/etc") && !proc_which(a, "/etc/passwd"));
	unsetenv("PATH");
	ok(proc_which(a, "sh"), "without PATH");
	setenv("PATH", "/none", 1);
	ok(!proc_which(a, "env"), "not in PATH");
	ok(text_ends(proc_self(a), "t_proc") || strstr(proc_self(a), "t_proc"), "ourselves");
	proc_run_hook = fake;
	is_str(shell("a line", (struct proc){ 0 }).out, "a line", "hook");
	proc_run_hook = NULL;
}

static void test_json(void)
{
	struct proc p = { .argv = (const char *const[]){ "echo", "# to stderr", NULL } };
	struct stat before, after;
	fflush(stdout);
	char file[] = "/tmp/t_proc.XXXXXX";
	const int to = mkstemp(file), out = dup(1);
	dup2(to, 1);
	log_setup(&(struct log_settings){ .json = true });
	fstat(1, &before);
	proc_run(a, &p);
	fstat(1, &after);
	dup2(out, 1);
	close(to);
	close(out);
	unlink(file);
	log_setup(&(struct log_settings){ 0 });
	ok(before.st_size == after.st_size, "with --json a program's output is kept from stdout");
}

int main(void)
{
	a = arena_new();
	test_results();
	test_child();
	test_failures();
	test_deadlines();
	test_environment();
	test_json();
	test_interruption();
	test_paths();
	arena_drop(a);
	return done();
}
