/* The webroot solver on real folders: what it writes, whose it is, what it leaves behind. */
#include "webroot.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "error.h"
#include "file.h"
#include "text.h"

#include "tap.h"

static struct arena *a;
static char top[] = "/tmp/t_webroot.XXXXXX";

static const char *below(const char *path)
{
	return file_join(a, top, path);
}

static const char *content(const char *path)
{
	bool missing;
	const char *text = file_try(a, below(path), 4096, NULL, &missing);
	error_clear(a);
	return text;
}

static mode_t mode_of(const char *path)
{
	struct stat st;
	return lstat(below(path), &st) == 0 ? st.st_mode & 07777 : 0;
}

static uid_t owner_of(const char *path)
{
	struct stat st;
	return lstat(below(path), &st) == 0 ? st.st_uid : (uid_t)-1;
}

/* A new, empty webroot of a user. */
static void fresh(const char *name, uid_t owner)
{
	if (mkdir(below(name), 0755) || (geteuid() == 0 && chown(below(name), owner, owner)))
		die("%s: %s", name, strerror(errno));
}

enum { MANY = 2 };
static struct challenge_offer offers[MANY];
static struct task tasks[MANY];
static struct solving solving;

/* Tasks for tokens in a webroot each. */
static void prepare(const char *root0, const char *token0, const char *root1, const char *token1)
{
	const char *const roots[MANY] = { root0, root1 }, *const tokens[MANY] = { token0, token1 };
	solving = (struct solving){ .mem = a, .tasks = tasks, .n = root1 ? 2 : 1 };
	for (size_t i = 0; i < solving.n; i++) {
		offers[i] = (struct challenge_offer){ .type = "http-01", .token = tokens[i] };
		tasks[i] = (struct task){ .name = "a.test",
			.entry = below(roots[i]),
			.offer = &offers[i],
			.solver = &webroot_solver,
			.key_authz = fmt(a, "%s.thumb", tokens[i]) };
	}
}

static int ready(void)
{
	return webroot_solver.ready(&solving, &tasks[0]);
}

static int present(size_t i)
{
	return webroot_solver.present(&solving, &tasks[i]);
}

static void clean(size_t i)
{
	webroot_solver.clean(&solving, &tasks[i]);
}

static void fails_with(int result, const char *part, const char *what)
{
	const char *text = error_text(a);
	ok(result < 0 && strstr(text, part), what);
	if (!strstr(text, part))
		printf("# it says: %s\n", text);
	error_clear(a);
}

static void test_plain(void)
{
	fresh("plain", 1234);
	prepare("plain", "tok", NULL, NULL);
	ok(ready() == 0 && mode_of("plain/.well-known") == 0, "ready looks and makes nothing");
	umask(077);
	ok(present(0) == 0, fmt(a, "presents: %s", error_text(a)));
	umask(022);
	is_str(content("plain/.well-known/acme-challenge/tok"), "tok.thumb",
	    "the key authorization");
	is_int(mode_of("plain/.well-known/acme-challenge/tok"), 0644,
	    "readable, whatever the umask");
	is_int(mode_of("plain/.well-known/acme-challenge"), 0755, "its folder too");
	is_int(mode_of("plain/.well-known"), 0755, "and that one's");
	if (geteuid() == 0)
		ok(owner_of("plain/.well-known/acme-challenge/tok") == 1234 &&
		        owner_of("plain/.well-known/acme-challenge") == 1234 &&
		        owner_of("plain/.well-known") == 1234,
		    "of the webroot's owner");
	else
		skip("of the webroot's owner", "not root");
	struct strs names;
	file_list(a, below("plain/.well-known/acme-challenge"), &names);
	is_int((long long)names.n, 1, "no temporary file stays");
	ok(present(0) == 0, "a second time");
	clean(0);
	ok(!file_exists(below("plain/.well-known")), "all of it is taken away");
	clean(0);
	ok(file_is_dir(below("plain")), "also twice; the webroot stays");
}

static void test_shared(void)
{
	fresh("shared", 0);
	prepare("shared", "t1", "shared/", "t2");
	ok(present(0) == 0 && present(1) == 0, "two names in one webroot");
	clean(0);
	is_str(content("shared/.well-known/acme-challenge/t2"), "t2.thumb", "the first one goes");
	clean(1);
	ok(!file_exists(below("shared/.well-known")), "with the last one the folders go");
}

static void test_kept(void)
{
	fresh("kept", 1234);
	mkdir(below("kept/.well-known"), 0750);
	prepare("kept", "tok", NULL, NULL);
	present(0);
	clean(0);
	ok(file_is_dir(below("kept/.well-known")), "a folder that was there stays");
	is_int(mode_of("kept/.well-known"), 0750, "as it was");
	ok(!file_exists(below("kept/.well-known/acme-challenge")), "the one we made does not");

	present(0);
	file_write(a, below("kept/.well-known/acme-challenge/other"), "x", 1, 0644, false);
	clean(0);
	is_str(content("kept/.well-known/acme-challenge/other"), "x",
	    "other files stay, their folder too");
	ok(!content("kept/.well-known/acme-challenge/tok"), "ours does not");

	/* As a run leaves it that was killed. */
	file_write(a, below("kept/.well-known/acme-challenge/tok"), "half", 4, 0600, false);
	ok(present(0) == 0, "over a file of the same name");
	is_str(content("kept/.well-known/acme-challenge/tok"), "tok.thumb", "the new content");
	is_int(mode_of("kept/.well-known/acme-challenge/tok"), 0644, "and mode");
	clean(0);
}

/* A second run's clean-up between our making the folders and writing into them. */
static void test_vanishing(void)
{
	fresh("gone", 0);
	prepare("gone", "tok", NULL, NULL);
	present(0);
	file_remove(a, below("gone/.well-known/acme-challenge/tok"));
	rmdir(below("gone/.well-known/acme-challenge"));
	rmdir(below("gone"));
	clean(0);
	ok(!failed(a), "what is gone already is no failure");
}

static void test_links(void)
{
	fresh("linked", 1234);
	fresh("elsewhere", 1234);
	fresh("roots", 0);
	prepare("linked", "tok", NULL, NULL);

	if (symlink("../elsewhere", below("linked/.well-known")))
		die("no symbolic links");
	ok(ready() == 0 && present(0) == 0,
	    fmt(a, "a link of root is followed: %s", error_text(a)));
	is_str(content("elsewhere/acme-challenge/tok"), "tok.thumb", "to where it leads");
	clean(0);
	ok(!file_exists(below("elsewhere/acme-challenge")) && mode_of("linked/.well-known"),
	    "cleaned up there, and the link stays");

	unlink(below("linked/.well-known"));
	if (symlink("../missing", below("linked/.well-known")))
		die("no symbolic links");
	fails_with(present(0), "No such file", "a link that leads nowhere");

	unlink(below("linked/.well-known"));
	file_write(a, below("linked/.well-known"), "x", 1, 0644, false);
	fails_with(ready(), "Not a directory", "a file in the way");
	fails_with(present(0), "Not a directory", "and for present");
	unlink(below("linked/.well-known"));

	if (geteuid() != 0) {
		skip("links of other users", "not root");
		return;
	}
	if (symlink("../roots", below("linked/.well-known")) ||
	    lchown(below("linked/.well-known"), 1234, 1234))
		die("no symbolic links");
	fails_with(ready(), "belongs to another user", "a user's link to a folder of root");
	fails_with(present(0), "belongs to another user", "is not followed for writing");
	ok(!file_exists(below("roots/acme-challenge")), "nothing is made there");
	unlink(below("linked/.well-known"));
	if (symlink("../elsewhere", below("linked/.well-known")) ||
	    lchown(below("linked/.well-known"), 1234, 1234))
		die("no symbolic links");
	ok(present(0) == 0, "a user's link to a folder of the same user is");
	clean(0);
}

static void test_bad(void)
{
	static const char *const tokens[] = { "", "..", "../../etc/x", "a/b", "a.b", "\n",
		"$(id)" };
	fresh("bad", 0);
	for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
		prepare("bad", tokens[i], NULL, NULL);
		fails_with(present(0), "may not become a file name", "a token that is none");
		clean(0);
	}
	offers[0].token = NULL;
	fails_with(present(0), "may not become a file name", "no token");
	ok(!file_exists(below("bad/.well-known")), "nothing is made for them");

	char *longest = arena_alloc(a, 257);
	memset(longest, 'x', 256);
	prepare("bad", longest, NULL, NULL);
	fails_with(present(0), "ame too long", "a token longer than file names may be");
	clean(0);
	ok(!file_exists(below("bad/.well-known")), "after which nothing stays");

	prepare("missing", "tok", NULL, NULL);
	fails_with(ready(), "/missing: opening the folder: No such file",
	    "a webroot that is not there");
	fails_with(present(0), "No such file", "also later");
	clean(0);
	file_write(a, below("file"), "x", 1, 0644, false);
	prepare("file", "tok", NULL, NULL);
	fails_with(ready(), "Not a directory", "a webroot that is a file");

	fresh("closed", 0);
	chmod(below("closed"), 0555);
	prepare("closed", "tok", NULL, NULL);
	if (geteuid() == 0 && seteuid(4321)) {
		skip("a webroot that we may not write", "cannot become another user");
		return;
	}
	fails_with(ready(), "Permission denied; run as its owner",
	    "a webroot that we may not write");
	fails_with(present(0), "Permission denied", "also later");
	if (geteuid() != 0)
		ok(seteuid(0) == 0 || getuid() != 0, "root again");
}

static void test_entries(void)
{
	static const struct {
		const char *entry;
		bool taken;
	} rows[] = { { "/var/www", true }, { "www", true }, { ".", true }, { "/srv/dns", true },
		{ "dns", false }, { "dns_cf", false }, { "nginx:", false },
		{ "nginx:/etc/nginx.conf", false }, { "apache", false }, { "/apache", true } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		ok(webroot_solver.takes(rows[i].entry) == rows[i].taken, rows[i].entry);
}

int main(void)
{
	a = arena_new();
	umask(022);
	if (!mkdtemp(top) || chmod(top, 0755))
		die("no folder for the test");
	test_plain();
	test_shared();
	test_kept();
	test_vanishing();
	test_links();
	test_bad();
	test_entries();
	if (system(fmt(a, "rm -rf '%s'", top)) != 0)
		printf("# %s stays\n", top);
	arena_drop(a);
	return done();
}
