/* The user's own deploy and notification programs. */
#include "userhook.h"

#include <string.h>
#include <unistd.h>

#include "error.h"
#include "file.h"
#include "proc.h"

#define SCRIPT_MAX (1024 * 1024)
#define ARGUMENTS_MAX 8

static bool is_plain(const char *name)
{
	return *name && name[0] != '.' && name[0] != '-' &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") ==
	    strlen(name);
}

/* acme.sh's own hooks are no programs but pieces of its shell. What is too large for one, or may be
 * run but not read, is none. */
static bool is_library(const char *path, const char *name, const char *kind)
{
	struct arena *own = arena_new();
	const char *text = file_read(own, path, SCRIPT_MAX, NULL);
	const char *function =
	    arena_fmt(own, "%s_%s()", name, text_is(kind, "notify") ? "send" : kind);
	const bool library = text && strstr(text, function);

	arena_drop(own);
	return library;
}

static const char *nowhere(struct run *r, struct arena *a, const char *kind, const char *name)
{
	fail(a, "there is no %s hook '%s'", kind, text_safe(a, name, 60));
	remedy(a,
	    "acme --%s-list shows those that are built in; an own one is a program in %s/%s, or "
	    "given by its absolute path",
	    kind, r->home.dir, kind);
	return NULL;
}

const char *userhook_find(struct run *r, struct arena *a, const char *kind, const char *name,
    const char *domain, bool compiled_in)
{
	const char *home = r->home.dir;
	const char *const folders[] = { domain ? file_join(a, home, domain) : home, home,
		file_join(a, home, kind) };
	const char *library = NULL;

	if (name[0] == '/')
		return access(name, X_OK) == 0
		    ? name
		    : fail_null(a, "the %s hook %s is no program that can be run", kind, name);
	if (!is_plain(name) && compiled_in)
		return NULL;
	if (!is_plain(name))
		return fail_null(a, "'%s' is no name of a %s hook", text_safe(a, name, 100), kind);
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		for (int sh = 0; sh < 2; sh++) {
			const char *path =
			    arena_fmt(a, "%s/%s%s", folders[i], name, sh ? ".sh" : "");

			if (!file_exists(path) || file_is_dir(path))
				continue;
			if (is_library(path, name, kind)) {
				library = path;
				continue;
			}
			return access(path, X_OK) == 0
			    ? path
			    : fail_null(a, "%s cannot be run: chmod +x it", path);
		}
	if (compiled_in)
		return NULL;
	if (!library)
		return nowhere(r, a, kind, name);
	fail(a, "%s is a hook for acme.sh's shell, not a program", library);
	remedy(a, "make it a program that takes its facts as arguments (docs/from-acme.sh.md)");
	return NULL;
}

int userhook_run(struct arena *a, const char *path, const char *const *arguments, struct strs env)
{
	const char *argv[ARGUMENTS_MAX + 2] = { path };
	struct proc p = { .argv = argv, .env = env };

	for (size_t i = 0; i < ARGUMENTS_MAX && arguments[i]; i++)
		argv[i + 1] = arguments[i];
	if (proc_run(a, &p))
		return -1;
	at(a, "%s", path);
	if (p.timed_out)
		return fail(a, "it did not end within 10 minutes and was stopped");
	if (p.status)
		return fail(a, "it ended with exit code %d", p.status);
	return 0;
}
