/* store.c: folders found as acme.sh lays them out, and new certificates put in place as a whole:
 * killed at every step, on a full disk, by two runs at a time. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "error.h"
#include "homes.h"
#include "log.h"
#include "store.h"

#include "tap.h"

#define CERT(text) "-----BEGIN CERTIFICATE-----\n" text "\n-----END CERTIFICATE-----\n"

static struct arena *a;
static const char *dir; /* a home of our own */
static struct home home;

static void put(const char *path, const char *text)
{
	write_text(a, file_join(a, dir, path), text);
}

static const char *tail(const struct store *s)
{
	return s->dir + strlen(dir) + 1;
}

static int commit(const struct store *s, const char *pem, const struct chain *chain,
    const char *key)
{
	const struct store_new new = { .pem = pem, .chain = chain, .staged_key = key };
	return store_commit(a, s, &new);
}

static void test_pick(void)
{
	static const struct {
		const char *domain, *want;
		enum store_pick pick;
	} rows[] = {
		{ "none.example", "none.example", STORE_ANY },
		{ "none.example", "none.example_ecc", STORE_ECC },
		{ "rsa.example", "rsa.example", STORE_ANY },
		{ "rsa.example", "rsa.example_ecc", STORE_ECC },
		{ "ecc.example", "ecc.example_ecc", STORE_ANY },
		{ "ecc.example", "ecc.example", STORE_RSA },
		{ "both.example", "both.example", STORE_ANY },
		{ "both.example", "both.example_ecc", STORE_ECC },
		{ "removed.example", "removed.example_ecc", STORE_ANY },
		{ "empty.example", "empty.example_ecc", STORE_ANY },
		{ "*.wild.example", "*.wild.example_ecc", STORE_ANY },
		{ "::1", "::1_ecc", STORE_ANY },
		{ "ECC.Example", "ecc.example_ecc", STORE_ANY },
		{ "New.Example", "New.Example", STORE_RSA },
		{ "Upper.Example", "Upper.Example_ecc", STORE_ANY },
		{ "localhost", "localhost_ecc", STORE_ANY },
		{ "my_ecc", "my_ecc", STORE_ANY },
	};
	put("rsa.example/rsa.example.conf", "Le_Domain='rsa.example'\n");
	put("ecc.example_ecc/ecc.example.conf", "Le_Domain='ecc.example'\n");
	put("both.example/both.example.conf", "Le_Domain='both.example'\n");
	put("both.example_ecc/both.example.conf", "Le_Domain='both.example'\n");
	put("removed.example/removed.example.conf.removed", "Le_Domain='removed.example'\n");
	put("removed.example_ecc/removed.example.conf", "Le_Domain='removed.example'\n");
	put("empty.example_ecc/empty.example.key", "x");
	put("*.wild.example_ecc/*.wild.example.conf", "Le_Domain='*.wild.example'\n");
	put("::1_ecc/::1.conf", "Le_Domain='::1'\n");
	put("Upper.Example_ecc/Upper.Example.conf", "Le_Domain='Upper.Example'\n");
	put("localhost_ecc/localhost.conf", "Le_Domain='localhost'\n");
	put("my_ecc/my_ecc.conf", "Le_Domain='my_ecc'\n");
	put("no.certificate/readme", "x");
	put("ca/host/dir/ca.conf", "ACCOUNT_URL='x'\n");
	put("deploy/deploy.conf", "X='1'\n");
	put(".hidden.folder/.hidden.folder.conf", "Le_Domain='x.y'\n");

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct store s;
		is_int(store_open(a, &home, rows[i].domain, rows[i].pick, &s), 0, "opened");
		is_str(tail(&s), rows[i].want, rows[i].domain);
		is_int(s.ecc, text_ends(rows[i].want, "_ecc") && !text_is(rows[i].want, "my_ecc"));
	}
	struct store s;
	ok(store_open(a, &home, "*.wild.example", STORE_ECC, &s) == 0);
	is_str(s.key, arena_fmt(a, "%s/*.wild.example_ecc/*.wild.example.key", dir));
	is_str(s.fullchain, arena_fmt(a, "%s/*.wild.example_ecc/fullchain.cer", dir));
	ok(store_exists(&s) && !store_issued(&s));
	ok(store_open(a, &home, "none.example", STORE_ANY, &s) == 0 && !store_exists(&s));
	ok(!file_exists(s.dir), "opening makes nothing");
}

static void test_bad_names(void)
{
	static const char *const names[] = { "", "..", ".", "a/b", "../etc", "/etc", "a b", "-x.y",
		"a\nb", ".hidden", "*", "a\x01" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct store s;
		ok(store_open(a, &home, names[i], STORE_ANY, &s) < 0, text_safe(a, names[i], 40));
		ok(text_starts(error_text(a), "domain '") && arena_error(a)->input);
		error_clear(a);
	}
}

static int collect(void *ctx, struct arena *mem, struct store *s)
{
	struct strs *all = ctx;
	(void)mem;
	strs_add(a, all, arena_fmt(a, "%s:%s", tail(s), s->domain));
	return text_is(s->domain, "stop.example") ? 7 : 0;
}

static void test_each(void)
{
	struct strs all = { 0 };
	put("copied.example/copied.example.conf", "Le_Domain='a/../b'\n");
	is_int(store_each(a, &home, collect, &all), 0, "all certificates");
	is_str(text_join(a, all, " "),
	    "*.wild.example_ecc:*.wild.example ::1_ecc:::1 Upper.Example_ecc:Upper.Example "
	    "both.example:both.example both.example_ecc:both.example copied.example:copied.example "
	    "ecc.example_ecc:ecc.example localhost_ecc:localhost my_ecc:my_ecc "
	    "removed.example_ecc:removed.example rsa.example:rsa.example");

	put("copied.example/copied.example.conf", "Le_Domain='x.y'\nLe_PreHook='it's'\n");
	put("stop.example/stop.example.conf", "Le_Domain='stop.example'\n");
	put("zebra.example/zebra.example.conf", "Le_Domain='zebra.example'\n");
	all = (struct strs){ 0 };
	is_int(store_each(a, &home, collect, &all), 7, "a result ends the walk");
	is_int((long long)all.n, 11, "one that is damaged is passed over");
	ok(failed(a), "but not without an error");
	error_clear(a);
	drop_folder(a, file_join(a, dir, "stop.example"));
	all = (struct strs){ 0 };
	is_int(store_each(a, &home, collect, &all), -1);
	is_int((long long)all.n, 11);
	ok(strstr(error_text(a), "copied.example.conf is damaged: line 2: Le_PreHook"),
	    error_text(a));
	error_clear(a);
	const struct home none = { .certs = file_join(a, dir, "nowhere") };
	is_int(store_each(a, &none, collect, &all), 0, "no folder is no certificates");
}

static void test_damaged(void)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{ "", true },
		{ "# nothing\n", true },
		{ "Le_Domain='d.example'\nif true; then\nX=1\nfi\n",
		    true }, /* shell code is kept */
		{ "Le_Domain='d.example'\nCF_Key='a'b'\n", true },
		{ "Le_Domain='d.example'\nLe_Webroot='/x", false },
		{ "Le_Domain='d.example'\nLe_ReloadCmd='it's'\n", false },
		{ "\x7f"
		  "ELF garbage\n",
		    false },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct store s;
		put("d.example/d.example.conf", rows[i].text);
		is_int(store_open(a, &home, "d.example", STORE_ANY, &s), rows[i].good ? 0 : -1,
		    text_safe(a, rows[i].text, 60));
		ok(rows[i].good || strstr(error_text(a), "d.example.conf is damaged: line "));
		error_clear(a);
	}
	drop_folder(a, file_join(a, dir, "d.example"));
}

static void test_acmesh(void)
{
	const char *user = acmesh_home(a);
	const struct home h = open_home(a, user);
	struct store s;
	struct cert c;

	ok(store_open(a, &h, "rsa.example", STORE_ANY, &s) == 0 && store_issued(&s));
	ok(store_cert(a, &s, &c) == 0 && c.names.n == 2 && strs_has(c.names, "www.rsa.example"));
	is_int(c.not_before > 0 && c.not_after > c.not_before, 1);
	const char *cer = content(a, s.cer), *ca = content(a, s.ca),
	           *full = content(a, s.fullchain);
	struct chain chain = { .n = 2 };
	ok(commit(&s, full, &chain, NULL) == 0);
	is_str(content(a, s.cer), cer, "the chain is split as acme.sh does");
	is_str(content(a, s.ca), ca);
	is_str(content(a, s.fullchain), full);

	ok(store_open(a, &h, "wild.example", STORE_ANY, &s) == 0 && store_exists(&s));
	ok(!store_issued(&s), "a first issue that failed");
	ok(store_cert(a, &s, &c) < 0);
	error_clear(a);
	write_text(a, s.cer, "junk");
	ok(store_cert(a, &s, &c) < 0 && strstr(error_text(a), "wild.example.cer"),
	    "the file is named");
	error_clear(a);
	drop_folder(a, user);
}

static struct store fresh(const char *domain)
{
	struct store s;
	drop_folder(a, file_join(a, dir, domain));
	if (store_open(a, &home, domain, STORE_RSA, &s) < 0 || store_make(a, &s) < 0)
		die("no store");
	return s;
}

static mode_t mode(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 ? st.st_mode & 0777 : 0;
}

static void test_commit(void)
{
	struct store s = fresh("c.example");
	struct chain two = { .n = 2 }, one = { .n = 1 };

	/* Let's Encrypt leaves an empty line between certificates. */
	ok(commit(&s, CERT("leaf") "\n" CERT("ca"), &two, NULL) == 0, "without a key");
	is_str(content(a, s.cer), CERT("leaf"));
	is_str(content(a, s.ca), "\n" CERT("ca"));
	is_str(content(a, s.fullchain), CERT("leaf") "\n" CERT("ca"));
	ok(!file_exists(s.key));
	is_int(mode(s.cer), 0644);

	chmod(s.cer, 0640);
	write_text(a, s.staged_key, "key 1");
	chmod(s.staged_key, 0600);
	ok(commit(&s, CERT("two"), &one, s.staged_key) == 0, "a leaf alone, and a key");
	is_str(content(a, s.key), "key 1");
	is_int(mode(s.key), 0600);
	is_int(mode(s.cer), 0640, "modes are kept");
	is_str(content(a, s.fullchain), CERT("two"));
	ok(!file_exists(s.ca), "the old ca.cer is gone");

	const char *elsewhere = file_join(a, s.dir, "my.key");
	write_text(a, elsewhere, "key 2");
	chmod(s.key, 0440);
	ok(commit(&s, "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----", &one,
	       elsewhere) == 0,
	    "a key from elsewhere");
	is_str(content(a, s.key), "key 2");
	is_int(mode(s.key), 0440);
	is_str(content(a, s.cer), CERT("x"), "a missing newline is put there");
	ok(commit(&s, "no certificate", &one, NULL) < 0);
	error_clear(a);
	is_str(content(a, s.cer), CERT("x"));
}

/* Crashes */

static int steps, kill_at;

static void count(const char *what)
{
	(void)what;
	if (++steps == kill_at)
		kill(getpid(), SIGKILL);
}

static void write_old(const struct store *s)
{
	write_text(a, s->key, "old key");
	write_text(a, s->cer, CERT("old"));
	write_text(a, s->ca, CERT("old ca"));
	write_text(a, s->fullchain, CERT("old") CERT("old ca"));
}

/* 1: all old, 2: all new, 0: mixed. */
static int state(const struct store *s, bool single)
{
	const char *key = content(a, s->key), *cer = content(a, s->cer);
	const char *full = content(a, s->fullchain);
	bool missing;
	const char *ca = file_try(a, s->ca, 1000, NULL, &missing);

	if (text_is(key, "old key") && text_is(cer, CERT("old")) && text_is(ca, CERT("old ca")) &&
	    text_is(full, CERT("old") CERT("old ca")))
		return 1;
	if (text_is(key, "new key") && text_is(cer, CERT("new")) &&
	    (single ? missing && text_is(full, CERT("new"))
	            : text_is(ca, CERT("new ca")) && text_is(full, CERT("new") CERT("new ca"))))
		return 2;
	return 0;
}

/* Nothing but the five files and the lock. */
static bool tidy(const struct store *s)
{
	struct strs names;
	if (file_list(a, s->dir, &names) < 0)
		return false;
	for (size_t i = 0; i < names.n; i++)
		if (names.v[i][0] == '.' && !text_is(names.v[i], ".lock"))
			return false;
	return true;
}

static void commit_new(struct store *s, bool single)
{
	const struct chain chain = { .n = single ? 1 : 2 };
	const int fd = store_lock(a, s, 0);
	write_text(a, s->staged_key, "new key");
	const int done =
	    commit(s, single ? CERT("new") : CERT("new") CERT("new ca"), &chain, s->staged_key);
	file_unlock(fd);
	_exit(fd < 0 || done < 0);
}

/* A run that is killed at one of its steps leaves the old certificate or the new one. */
static void test_crash(bool single)
{
	int seen[3] = { 0 }, status = SIGKILL;
	struct store s = fresh("k.example");
	for (kill_at = 1; WIFSIGNALED(status) && kill_at < 100; kill_at++) {
		write_old(&s);
		const pid_t pid = fork();
		if (pid == 0) {
			steps = 0;
			store_step = count;
			commit_new(&s, single);
		}
		waitpid(pid, &status, 0);
		/* The journal is worked off by opening, what has none is swept away under the lock. */
		ok(store_open(a, &home, "k.example", STORE_RSA, &s) == 0);
		const int got = state(&s, single);
		seen[got]++;
		ok(got != 0,
		    arena_fmt(a, "killed at step %d: %s", kill_at, got == 1 ? "old" : "new"));
		const int fd = store_lock(a, &s, 0);
		ok(fd >= 0 && tidy(&s) && state(&s, single) == got, "and nothing is left behind");
		file_unlock(fd);
	}
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "until it came to its end");
	ok(seen[1] > 3 && seen[2] > 3, "both happened");
}

/* A journal that is being worked off by someone alive is left to him. */
static void test_busy(void)
{
	struct store s = fresh("b.example"), other;
	const int fd = store_lock(a, &s, 0);
	ok(fd >= 0);
	write_old(&s);
	put("b.example/.new.cer", CERT("new"));
	put("b.example/.commit", "cer\n");
	ok(store_open(a, &home, "b.example", STORE_RSA, &other) == 0);
	is_str(content(a, s.cer), CERT("old"), "not while the lock is held");
	ok(store_lock(a, &other, 0) < 0, "which is had once only");
	error_clear(a);
	file_unlock(fd);
	ok(store_open(a, &home, "b.example", STORE_RSA, &other) == 0);
	is_str(content(a, s.cer), CERT("new"));
	/* A journal names nothing but our own files. */
	put("b.example/.commit", "../../x\n-key/..\nnonsense\n-\n\n");
	ok(store_open(a, &home, "b.example", STORE_RSA, &other) == 0 && tidy(&other));
	is_str(content(a, s.key), "old key");
	/* What another run changed is seen under the lock. */
	write_text(a, s.conf_path, "Le_Domain='b.example'\n");
	ok(!store_exists(&s));
	const int again = store_lock(a, &s, 0);
	ok(again >= 0 && store_exists(&s));
	file_unlock(again);
	/* A temporary file of a process that is gone. */
	put("b.example/.acme-999999999-0.tmp", "half a key");
	put(arena_fmt(a, "b.example/.acme-%ld-0.tmp", (long)getpid()), "mine");
	file_unlock(store_lock(a, &s, 0));
	ok(!file_exists(file_join(a, s.dir, ".acme-999999999-0.tmp")));
	ok(file_exists(file_join(a, s.dir, arena_fmt(a, ".acme-%ld-0.tmp", (long)getpid()))));
}

static const char *big_chain(void)
{
	char *body = arena_alloc(a, 60001);
	memset(body, 'A', 60000);
	return arena_fmt(a, "%s-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n",
	    CERT("new"), body);
}

static void full_disk(struct store *s, const char *what)
{
	const struct chain chain = { .n = 2 };
	write_old(s);
	write_text(a, s->staged_key, "new key");
	ok(commit(s, big_chain(), &chain, s->staged_key) < 0, what);
	ok(strstr(error_text(a), s->dir) != NULL, error_text(a));
	error_clear(a);
	ok(state(s, false) == 1 && tidy(s), "the old certificate is whole, nothing half-written");
}

/* A folder in which nothing came about goes again, while others wait for its lock: each gets it, and
 * never two at a time. */
static void test_empty_folder(void)
{
	enum { RUNS = 4, ROUNDS = 25 };
	const char *busy = file_join(a, dir, "busy");
	struct store s;
	int status, bad = 0;

	store_open(a, &home, "empty.test", STORE_ECC, &s);
	const int first = store_claim(a, &s, 0);
	ok(first >= 0 && file_is_dir(s.dir), "the folder is made for its lock");
	for (int i = 0; i < RUNS; i++) {
		if (fork())
			continue;
		for (int round = 0; round < ROUNDS; round++) {
			const int fd = store_claim(a, &s, 20000);
			if (fd < 0 || mkdir(busy, 0700) != 0 || rmdir(busy) != 0)
				_exit(1);
			store_unlock(&s, fd);
		}
		_exit(0);
	}
	clock_sleep(100);
	write_text(a, s.staged_key, "half a key");
	store_unlock(&s, first);
	while (wait(&status) > 0)
		bad += status != 0;
	is_int(bad, 0, "runs that wait for a folder that goes");
	ok(!file_exists(s.dir), "and it has gone");
	const int last = store_claim(a, &s, 0);
	write_text(a, s.key, "a key");
	store_unlock(&s, last);
	ok(file_exists(s.key), "one with a file in it stays");
}

static void test_full_disk(void)
{
	struct rlimit old, limit;
	struct store s = fresh("f.example");
	const char *path = file_join(a, dir, "small");

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	limit = old;
	limit.rlim_cur = 20000;
	setrlimit(RLIMIT_FSIZE, &limit);
	full_disk(&s, "no more than 20,000 bytes");
	setrlimit(RLIMIT_FSIZE, &old);

	if (mkdir(path, 0700) != 0 || mount("tmpfs", path, "tmpfs", 0, "size=64k") != 0) {
		skip("a disk of 64 KiB", "cannot mount one");
		return;
	}
	const struct home small = { .certs = path };
	ok(store_open(a, &small, "f.example", STORE_ECC, &s) == 0 && store_make(a, &s) == 0);
	full_disk(&s, "a disk of 64 KiB");
	umount(path);
}

static void test_remove(void)
{
	struct store s = fresh("r.example");
	write_text(a, s.conf_path, "Le_Domain='r.example'\n");
	ok(store_open(a, &home, "r.example", STORE_ANY, &s) == 0 && store_remove(a, &s) == 0);
	ok(file_exists(arena_fmt(a, "%s.removed", s.conf_path)) && !file_exists(s.conf_path));
	ok(store_open(a, &home, "r.example", STORE_ANY, &s) == 0 && store_remove(a, &s) < 0,
	    "again");
	error_clear(a);
}

int main(void)
{
	log_setup(&(struct log_settings){ .quiet = true });
	a = arena_new();
	dir = new_folder(a);
	home = open_home(a, dir);
	test_pick();
	test_bad_names();
	test_each();
	test_damaged();
	test_acmesh();
	test_commit();
	test_crash(false);
	test_crash(true);
	test_busy();
	test_empty_folder();
	test_full_disk();
	test_remove();
	drop_folder(a, dir);
	arena_drop(a);
	return done();
}
