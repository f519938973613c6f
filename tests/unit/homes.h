/* Folders for tests: an empty one, and the home that acme.sh 3.1.4 wrote (tests/fixtures). */
#ifndef HOMES_H
#define HOMES_H

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "file.h"
#include "home.h"
#include "proc.h"

static inline int run_quietly(struct arena *a, const char *const *argv)
{
	struct proc p = { .argv = argv, .env = proc_environment(a), .capture_err = true };
	return proc_run(a, &p) < 0 ? -1 : p.status;
}

static inline const char *new_folder(struct arena *a)
{
	const char *base = getenv("TMPDIR");
	char *path = file_join(a, base ? base : "/tmp", "acme-test-XXXXXX");
	if (!mkdtemp(path))
		die("no folder for the test");
	return path;
}

static inline void drop_folder(struct arena *a, const char *path)
{
	run_quietly(a, (const char *const[]){ "rm", "-rf", path, NULL });
}

/* The folder in which .acme.sh stands. */
static inline const char *acmesh_home(struct arena *a)
{
	const char *dir = new_folder(a);
	if (run_quietly(a,
	        (const char *const[]){ "tar", "-xzf", "tests/fixtures/acmesh-home.tar.gz", "-C",
	            dir, NULL }) != 0)
		die("the fixture does not unpack: run this from the top folder");
	return dir;
}

/* Opens <dir>/.acme.sh or, without one, dir itself as the home, whatever the environment says. */
static inline struct home open_home(struct arena *a, const char *dir)
{
	static const char *const names[] = { "LE_WORKING_DIR", "LE_CONFIG_HOME", "CERT_HOME",
		"CA_HOME", "ACCOUNT_CONF_PATH", "ACCOUNT_KEY_PATH" };
	const char *acmesh = file_join(a, dir, ".acme.sh");
	const struct home_ask ask = { .home = file_is_dir(acmesh) ? acmesh : dir };
	struct home h;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unsetenv(names[i]);
	if (home_open(a, &ask, &h) < 0)
		die("the home cannot be opened");
	return h;
}

static inline const char *content(struct arena *a, const char *path)
{
	return file_read(a, path, 1 << 20, NULL);
}

static inline void write_text(struct arena *a, const char *path, const char *text)
{
	if (file_mkdirs(a, file_dir(a, path), 0755) < 0 ||
	    file_write(a, path, text, strlen(text), 0644, false) < 0)
		die("%s cannot be written", path);
}

#endif
