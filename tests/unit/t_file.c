/* file.c: ceilings, replacement that is atomic or keeps its owner, locks across processes. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "error.h"
#include "file.h"
#include "log.h"
#include "proc.h"

#include "tap.h"

#include "told.h"

#define NOBODY 65534

static struct arena *a;
static char folder[] = "/tmp/t_file.XXXXXX";

static const char *path(const char *name)
{
	return file_join(a, folder, name);
}

static int put(const char *name, const char *text)
{
	return file_write(a, path(name), text, strlen(text), 0644, false);
}

static const char *get(const char *name)
{
	return file_read(a, path(name), 1 << 20, NULL);
}

static struct stat state(const char *name)
{
	struct stat st = { 0 };
	lstat(path(name), &st);
	return st;
}

static size_t names_in(const char *dir)
{
	struct strs names;
	file_list(a, dir, &names);
	return names.n;
}

/* Runs f as an unprivileged user in a child; its exit status is what f returned. */
static int as_nobody(int (*f)(void))
{
	int status;
	fflush(stdout);
	const pid_t pid = fork();
	if (pid == 0)
		_exit(setgid(NOBODY) || setuid(NOBODY) ? 99 : f());
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static void test_reading(void)
{
	size_t len = 0;
	bool missing = false;

	put("r", "hello");
	is_str(file_read(a, path("r"), 5, &len), "hello", "exactly the ceiling");
	is_int((long long)len, 5);
	ok(!file_read(a, path("r"), 4, NULL) && told_once(a, "larger than 4 bytes"),
	    "over the ceiling");
	ok(!file_read(a, path("none"), 9, NULL) && told_once(a, "/none: No such file"), "missing");
	ok(!file_try(a, path("none"), 9, NULL, &missing) && missing && !failed(a), "try: missing");
	ok(!file_try(a, path("r/x"), 9, NULL, &missing) && missing && !failed(a), "under a file");
	ok(file_try(a, path("r"), 9, NULL, &missing) && !missing, "try: there");
	ok(!file_try(a, folder, 9, NULL, &missing) && !missing && told_once(a, "Is a directory"),
	    "folder");
	put("empty", "");
	is_str(file_read(a, path("empty"), 0, &len), "", "empty");
	is_int((long long)len, 0);
	ok(file_read(a, "/proc/self/status", 1 << 16, &len) && len > 100, "size not known before");
	ok(!file_read(a, "/dev/zero", 1 << 16, NULL) && told_once(a, "larger"), "endless");
	const size_t big = 300000;
	file_write(a, path("big"), arena_alloc(a, big), big, 0600, false);
	ok(file_read(a, path("big"), 1 << 20, &len) && len == big, "big");
}

static void test_writing(void)
{
	umask(077);
	is_int(put("w", "one"), 0);
	is_int(state("w").st_mode & 07777, 0644, "the mode asked for, whatever the umask");
	const ino_t inode = state("w").st_ino;
	chmod(path("w"), 0600);
	is_int(file_write(a, path("w"), "two", 3, 0640, true), 0);
	is_int(state("w").st_mode & 07777, 0600, "kept mode");
	ok(state("w").st_ino != inode, "replaced, not written over");
	is_int(file_write(a, path("w"), "two", 3, 0640, false), 0);
	is_int(state("w").st_mode & 07777, 0640, "new mode");
	is_str(get("w"), "two");
	is_int(file_write(a, path("nul"), "a\0b", 3, 0600, true), 0);
	is_int(state("nul").st_size, 3, "any bytes");

	mkdir(path("sub"), 0700);
	put("sub/real", "old");
	symlink("sub/real", path("link"));
	symlink("link", path("link2"));
	is_int(put("link2", "new"), 0);
	ok(S_ISLNK(state("link").st_mode) && S_ISLNK(state("link2").st_mode), "links stay links");
	is_str(get("sub/real"), "new", "written through two links");
	symlink("sub/later", path("dangling"));
	is_int(put("dangling", "x"), 0);
	is_str(get("sub/later"), "x", "a link whose end was not there");
	symlink("loop", path("loop"));
	ok(put("loop", "x") && told_once(a, "writing"), "loop of links");

	ok(put("none/x", "x") && told_once(a, "there is no folder"), "no folder");
	ok(put("w/x", "x") && told_once(a, "writing"), "a file as folder");
	ok(put("sub", "x") && told_once(a, "Is a directory"), "over a folder");
	ok(put("../../dev/full", "x") && told_once(a, "No space left on device; free some space"),
	    "full");
	is_int((long long)names_in(path("sub")), 2, "no temporary file is left");
}

/* A write that breaks off costs neither the old content nor leaves a temporary file. */
static void test_limit(void)
{
	struct rlimit old, small;
	static char data[10000];
	const size_t before = names_in(folder);

	put("limit", "old");
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 4096;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	const int result = file_write(a, path("limit"), data, sizeof data, 0600, true);
	setrlimit(RLIMIT_FSIZE, &old);
	ok(result && told_once(a, "File too large"), "the write fails");
	is_str(get("limit"), "old", "the old content stays");
	is_int((long long)names_in(folder), (long long)before + 1, "no temporary file is left");
}

static int write_shared(void)
{
	return file_write(a, path("open/foreign"), "more", 4, 0600, true) != 0;
}

static int write_read_only(void)
{
	return file_write(a, path("shut/mine"), "more", 4, 0600, true) != 0;
}

static int write_forbidden(void)
{
	return !(file_write(a, path("shut/new"), "x", 1, 0600, true) == -1 &&
	           told_once(a, "Permission denied; run as the user who owns it")) +
	    2 *
	    !(file_write(a, path("shut/foreign"), "x", 1, 0600, true) == -1 &&
	        told_once(a, "denied")) +
	    4 *
	    !(file_read(a, path("secret"), 10, NULL) == NULL && told_once(a, "Permission denied")) +
	    8 *
	    !(file_mkdirs(a, path("shut/a/b"), 0700) == -1 &&
	        told_once(a, "shut/a: Permission denied")) +
	    16 * !(file_lock(a, path("shut/lock"), 0, NULL) == -1 && told_once(a, "locking"));
}

static void test_owners(void)
{
	if (getuid() != 0) {
		skip("owners", "not root");
		return;
	}
	chmod(folder, 0755);
	umask(0);
	mkdir(path("open"), 0777);
	mkdir(path("shut"), 0755);
	put("open/foreign", "a longer text");
	chmod(path("open/foreign"), 0666);
	put("shut/mine", "a longer text");
	chown(path("shut/mine"), NOBODY, NOBODY);
	put("shut/foreign", "x");
	file_write(a, path("secret"), "s", 1, 0600, false);
	const ino_t inode = state("open/foreign").st_ino;

	is_int(as_nobody(write_shared), 0, "a file of somebody else is written");
	is_str(get("open/foreign"), "more");
	is_int(state("open/foreign").st_uid, 0, "and keeps its owner");
	ok(state("open/foreign").st_ino == inode);
	is_int((long long)names_in(path("open")), 1, "no temporary file is left");
	is_int(as_nobody(write_read_only), 0, "our file in a folder of somebody else");
	is_str(get("shut/mine"), "more");
	is_int(as_nobody(write_forbidden), 0, "what is not allowed is told");
	is_int(file_write(a, path("shut/mine"), "root", 4, 0600, true), 0);
	is_int(state("shut/mine").st_uid, NOBODY, "root keeps the owner");
	is_int(file_write(a, path("shut/mine"), "root", 4, 0600, false), 0);
	is_int(state("shut/mine").st_uid, 0, "unless it is not to be kept");
}

static void test_folders(void)
{
	struct strs names;

	umask(077);
	is_int(file_mkdirs(a, path("m//a/b/"), 0755), 0);
	is_int(state("m/a/b").st_mode & 0777, 0755, "the mode asked for");
	is_int(file_mkdirs(a, path("m/a/b"), 0700), 0, "again");
	is_int(state("m/a").st_mode & 0777, 0755, "what was there stays");
	put("m/f", "x");
	ok(file_mkdirs(a, path("m/f"), 0700) && told_once(a, "m/f: Not a directory"),
	    "over a file");
	ok(file_mkdirs(a, path("m/f/x"), 0700) && told_once(a, "m/f"), "under a file");
	put("m/c", "x");
	put("m/.d", "x");
	is_int(file_list(a, path("m"), &names), 0);
	is_str(text_join(a, names, " "), ".d a c f", "sorted");
	is_int(file_list(a, path("none"), &names), 0);
	is_int((long long)names.n, 0, "missing folder");
	ok(file_list(a, path("m/f"), &names) && told_once(a, "Not a directory"),
	    "a file is no folder");
	is_int(file_rename(a, path("m/c"), path("m/d")), 0);
	ok(file_exists(path("m/d")) && !file_exists(path("m/c")));
	ok(file_rename(a, path("m/c"), path("m/e")) && told_once(a, "renaming"),
	    "rename of nothing");
	is_int(file_remove(a, path("m/d")), 0);
	is_int(file_remove(a, path("m/d")), 0, "twice");
	ok(file_remove(a, path("m")) && told_once(a, "removing") && file_is_dir(path("m")),
	    "full folder");
	is_int(file_remove(a, path("m/a/b")), 0, "empty folder");
	ok(!file_is_dir(path("m/a/b")) && !file_is_dir(path("m/f")) && file_exists(path("m/f")));
}

static void test_names(void)
{
	static const struct {
		const char *path, *dir;
	} rows[] = { { "/a/b", "/a" }, { "/a", "/" }, { "a", "." }, { "a/b/c", "a/b" },
		{ "a//b", "a" }, { "/", "/" }, { "//a", "/" }, { "a/b/", "a" }, { "", "." } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		is_str(file_dir(a, rows[i].path), rows[i].dir, rows[i].path);
	is_str(file_join(a, "a", "b"), "a/b");
	is_str(file_join(a, "a/", "b"), "a/b");
	is_str(file_join(a, "/", "b"), "/b");
	is_str(file_join(a, "", "b"), "b");
	is_str(file_absolute(a, "/x"), "/x");
	chdir("/");
	is_str(file_absolute(a, "x/y"), "/x/y");
}

static void test_locks(void)
{
	const char *lock = path("lock");
	int in[2], status;
	char c;

	const int fd = file_lock(a, lock, 0, "a test");
	ok(fd >= 0, "taken");
	is_str(get("lock"), arena_fmt(a, "%ld\n", (long)getpid()), "says who holds it");
	ok(fcntl(fd, F_GETFD) & FD_CLOEXEC, "not handed to programs");
	is_int(file_lock(a, lock, 0, "a test"), -1, "not twice, even in one process");
	ok(arena_error(a)->transient);
	ok(told_once(a, arena_fmt(a, "held by a test (process %ld); run again", (long)getpid())));

	fflush(stdout);
	if (fork() == 0) {
		file_unlock(fd); /* inherited: must not end the parent's lock */
		_exit(file_lock(a, lock, 100, NULL) == -1 ? 0 : 1);
	}
	wait(&status);
	is_int(WEXITSTATUS(status), 0, "held against a child");
	is_int(file_lock(a, lock, 0, NULL), -1, "and still after it");
	error_clear(a);
	file_unlock(fd);
	is_str(get("lock"), "", "no number of nobody");

	ok(pipe(in) == 0);
	if (fork() == 0) {
		const int held = file_lock(a, lock, 0, NULL);
		(void)!write(in[1], "x", 1);
		clock_sleep(300);
		file_unlock(held);
		_exit(held < 0);
	}
	(void)!read(in[0], &c, 1);
	ok(file_lock(a, lock, 60, NULL) == -1 && told_once(a, "held by another acme"), "in vain");
	const int64_t begin = clock_ms();
	const int late = file_lock(a, lock, 20000, NULL);
	ok(late >= 0 && clock_ms() - begin < 15000, "taken when the other is done");
	wait(&status);
	file_unlock(late);
	file_unlock(-1);

	if (fork() == 0) {
		file_lock(a, lock, 0, NULL);
		_exit(0);
	}
	wait(&status);
	ok(file_lock(a, lock, 0, NULL) >= 0, "a lock ends with its process");
	ok(file_lock(a, path("none/lock"), 0, NULL) == -1 && told_once(a, "none/lock"),
	    "no folder");
}

int main(void)
{
	a = arena_new();
	if (!mkdtemp(folder))
		die("no folder");
	log_setup(&(struct log_settings){ .quiet = true });
	test_reading();
	test_writing();
	test_limit();
	test_owners();
	test_folders();
	test_names();
	test_locks();
	struct proc p = { .argv = (const char *const[]){ "rm", "-rf", folder, NULL } };
	proc_run(a, &p);
	arena_drop(a);
	return done();
}
