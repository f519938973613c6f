/* home.c: where things are, by option, environment, account.conf and default. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "homes.h"
#include "text.h"

#include "tap.h"

static struct arena *a;
static const char *dir;

static const char *const names[] = { "LE_WORKING_DIR", "LE_CONFIG_HOME", "CERT_HOME", "CA_HOME",
	"ACCOUNT_CONF_PATH", "ACCOUNT_KEY_PATH" };

/* "NAME=value NAME=value" into the environment, the others of names out of it. */
static void environment(const char *list)
{
	const struct strs vars = text_split(a, list, " ");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unsetenv(names[i]);
	setenv("HOME", dir, 1);
	for (size_t i = 0; i < vars.n; i++) {
		const char *eq = strchr(vars.v[i], '=');
		setenv(arena_strn(a, vars.v[i], (size_t)(eq - vars.v[i])), eq + 1, 1);
	}
}

static void test_places(void)
{
	static const struct {
		const char *env, *account_conf; /* of $HOME/.acme.sh */
		struct home_ask ask;
		const char *want; /* dir config certs ca account_key; ~ is $HOME */
	} rows[] = {
		{ "", NULL, { 0 }, "~/.acme.sh ~/.acme.sh ~/.acme.sh ~/.acme.sh/ca -" },
		{ "LE_WORKING_DIR=/x/", NULL, { 0 }, "/x /x /x /x/ca -" },
		{ "LE_WORKING_DIR=/x", NULL, { .home = "/y//" }, "/y /y /y /y/ca -" },
		{ "LE_WORKING_DIR=/x LE_CONFIG_HOME=/c", NULL, { 0 }, "/x /c /c /c/ca -" },
		{ "LE_CONFIG_HOME=/c", NULL, { .config_home = "/d" }, "~/.acme.sh /d /d /d/ca -" },
		{ "", "CERT_HOME='/certs'\nACCOUNT_KEY_PATH=\"/k\"\n", { 0 },
		    "~/.acme.sh ~/.acme.sh /certs ~/.acme.sh/ca /k" },
		{ "CERT_HOME=/e CA_HOME=/ca", "CERT_HOME='/certs'\n", { 0 },
		    "~/.acme.sh ~/.acme.sh /e /ca -" },
		{ "CERT_HOME=/e ACCOUNT_KEY_PATH=/k", NULL,
		    { .cert_home = "/f", .account_key = "/m" },
		    "~/.acme.sh ~/.acme.sh /f ~/.acme.sh/ca /m" },
		{ "LE_WORKING_DIR=", NULL, { 0 },
		    "~/.acme.sh ~/.acme.sh ~/.acme.sh ~/.acme.sh/ca -" },
		{ "", NULL, { .home = "/" }, "/ / / /ca -" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct home h;
		const char *conf = file_join(a, dir, ".acme.sh/account.conf");
		environment(rows[i].env);
		file_remove(a, conf);
		if (rows[i].account_conf)
			write_text(a, conf, rows[i].account_conf);
		is_int(home_open(a, &rows[i].ask, &h), 0, "home opened");
		is_str(arena_fmt(a, "%s %s %s %s %s", h.dir, h.config, h.certs, h.ca,
		           h.account_key ? h.account_key : "-"),
		    text_replace(a, rows[i].want, "~", dir), rows[i].want);
	}
}

static void test_account_conf(void)
{
	const char *pointed = file_join(a, dir, "other.conf");
	const char *plain = file_join(a, dir, ".acme.sh/account.conf");
	const struct home_ask ask = { .account_conf = pointed };
	struct home h;

	environment("");
	write_text(a, pointed, "K='other'\nSAVED_T='saved'\nT='plain'\nE=''\n");
	write_text(a, plain, arena_fmt(a, "ACCOUNT_CONF_PATH=\"%s\"\nK='default'\n", pointed));
	ok(home_open(a, &(struct home_ask){ 0 }, &h) == 0);
	is_str(conf_get(h.conf, "K"), "other",
	    "the pointer in the default account.conf is followed");
	write_text(a, plain, "K='default'\n");
	ok(home_open(a, &ask, &h) == 0);
	is_str(home_setting(&h, "K"), "other", "--accountconf");
	is_str(home_setting(&h, "T"), "saved", "SAVED_ goes first");
	ok(!home_setting(&h, "E"), "an empty setting is none");
	setenv("T", "env", 1);
	setenv("K", "", 1);
	is_str(home_setting(&h, "T"), "env", "the environment goes before both");
	is_str(home_setting(&h, "K"), "other", "an empty variable is none");
	unsetenv("T");
	unsetenv("K");

	unsetenv("HOME");
	ok(home_open(a, &(struct home_ask){ 0 }, &h) < 0);
	ok(strstr(error_text(a), "--home") != NULL, "no HOME is told with a remedy");
	error_clear(a);
	write_text(a, plain, "K='x");
	environment("");
	ok(home_open(a, &(struct home_ask){ 0 }, &h) == 0, "an odd account.conf is no obstacle");
}

static void test_make(void)
{
	const struct home_ask ask = { .home = file_join(a, dir, "new/deep") };
	const struct home_ask bad = { .home = file_join(a, dir, "file/home") };
	struct home h;
	struct stat st;

	environment("");
	ok(home_open(a, &ask, &h) == 0 && !file_exists(h.dir), "opening makes nothing");
	ok(home_make(a, &h) == 0 && stat(h.dir, &st) == 0);
	is_int(st.st_mode & 0777, 0700, "a new home is for its owner only");
	ok(home_make(a, &h) == 0, "again");
	write_text(a, file_join(a, dir, "file"), "x");
	ok(home_open(a, &bad, &h) < 0 || home_make(a, &h) < 0);
	ok(strstr(error_text(a), "/file") != NULL, "a file in the way is named");
	error_clear(a);
}

static void test_lock(void)
{
	const struct home h = open_home(a, dir);
	const int fd = home_lock(a, &h, 0);
	ok(fd >= 0);
	ok(home_lock(a, &h, 0) < 0, "the home is locked once");
	ok(strstr(error_text(a), arena_fmt(a, "%ld", (long)getpid())) != NULL,
	    "the holder is told");
	error_clear(a);
	file_unlock(fd);
	const int again = home_lock(a, &h, 0);
	ok(again >= 0);
	file_unlock(again);
}

static void test_ca(void)
{
	const struct home h = open_home(a, dir);
	struct ca_files f;
	const char *url = "https://localhost:14000/dir";

	ok(home_ca(a, &h, url, &f) == 0);
	is_str(f.dir, file_join(a, h.ca, "localhost/dir"), "the port is not part");
	ok(!file_exists(h.ca), "nothing is made");
	write_text(a, file_join(a, h.ca, "localhost/account.key"), "key");
	write_text(a, file_join(a, h.ca, "localhost/ca.conf"), "CA_EMAIL='x@y'\n");
	ok(home_ca(a, &h, url, &f) == 0);
	is_str(content(a, f.key), "key", "an account of an old acme.sh is moved");
	is_str(conf_get(f.conf, "CA_EMAIL"), "x@y");
	ok(!file_exists(file_join(a, h.ca, "localhost/account.key")));
	write_text(a, file_join(a, h.ca, "localhost/account.key"), "old");
	ok(home_ca(a, &h, url, &f) == 0);
	is_str(content(a, f.key), "key", "but not over another");
	ok(home_ca(a, &h, "https://localhost/../../etc", &f) < 0, "a path that climbs is refused");
	error_clear(a);
}

static void test_acmesh(void)
{
	const char *user = acmesh_home(a);
	const struct home h = open_home(a, user);
	struct ca_files f;

	is_str(conf_get(h.conf, "ACCOUNT_EMAIL"), "admin@example.com");
	is_str(home_setting(&h, "CHALL_URL"), "http://127.0.0.1:8055", "a SAVED_ setting");
	ok(!conf_get(h.conf, "LOG_FILE"), "what is commented out is not set");
	is_str(conf_text(a, h.conf), content(a, conf_path(h.conf)), "account.conf round-trips");
	ok(home_ca(a, &h, conf_get(h.conf, "DEFAULT_ACME_SERVER"), &f) == 0);
	is_str(conf_get(f.conf, "CA_KEY_HASH"), "n+LI2QC4iVewevtYzmeklEs3iI/mdEYRAQD/3zEjyUc=");
	ok(file_exists(f.key) && file_exists(f.json));
	drop_folder(a, user);
}

int main(void)
{
	a = arena_new();
	dir = new_folder(a);
	test_places();
	test_account_conf();
	test_make();
	test_lock();
	test_ca();
	test_acmesh();
	drop_folder(a, dir);
	arena_drop(a);
	return done();
}
