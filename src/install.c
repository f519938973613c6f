/* Installing: each target file is replaced as a whole; keys are copied by the keeper. */
#include "install.h"

#include "error.h"
#include "file.h"
#include "hooks.h"
#include "log.h"

#define FILE_CEILING (1024 * 1024)

struct target {
	const char *what; /* as acme.sh says it */
	const char *from;
	const char *to;
	const char *backup; /* name in backup/ */
	bool key;
};

enum { TARGETS = 4 };

static void targets(const struct spec *s, const struct store *store, struct target t[TARGETS])
{
	t[0] = (struct target){ "cert", store->cer, s->cert_file, "cert.bak", false };
	t[1] = (struct target){ "CA", store->ca, s->ca_file, "ca.bak", false };
	t[2] = (struct target){ "key", store->key, s->key_file, "key.bak", true };
	t[3] = (struct target){ "full chain", store->fullchain, s->fullchain_file, "fullchain.bak",
		false };
}

static bool is_set(const char *path)
{
	return !text_empty(path) && !text_is(path, "no");
}

bool install_wanted(const struct spec *s)
{
	return is_set(s->cert_file) || is_set(s->ca_file) || is_set(s->key_file) ||
	    is_set(s->fullchain_file) || is_set(s->reload);
}

int install_check(struct arena *a, const struct spec *s)
{
	const char *paths[TARGETS] = { s->cert_file, s->ca_file, s->key_file, s->fullchain_file };

	for (size_t i = 0; i < TARGETS; i++) {
		const char *dir;

		if (!is_set(paths[i]))
			continue;
		dir = file_dir(a, paths[i]);
		if (file_is_dir(paths[i])) {
			fail(a, "cannot install to '%s': it is a folder", paths[i]);
			return remedy(a, "name the file in it");
		}
		if (!file_is_dir(dir)) {
			fail(a, "cannot install to '%s': there is no folder %s", paths[i], dir);
			return remedy(a, "mkdir -p %s", dir);
		}
	}
	return 0;
}

static int copy(struct run *r, struct arena *a, const struct target *t, const char *to, mode_t mode,
    bool keep)
{
	size_t n;
	const char *text;

	if (t->key) {
		struct keeper *k = run_keeper(r, a);

		return k ? keeper_copy(k, a, t->from, to, 0600, keep) : -1;
	}
	if (!(text = file_read(a, t->from, FILE_CEILING, &n)))
		return -1;
	return file_write(a, to, text, n, mode, keep);
}

static int back_up(struct run *r, struct arena *a, const struct target *t,
    const struct store *store)
{
	struct target old = *t;

	if (!file_exists(t->to))
		return 0;
	old.from = t->to;
	return file_mkdirs(a, store->backup, 0700) ||
	        copy(r, a, &old, file_join(a, store->backup, t->backup), 0600, false)
	    ? -1
	    : 0;
}

/* A CA that sends no intermediates leaves no ca.cer: there is nothing to copy then. */
static bool nothing_to_copy(const struct target *t, const struct store *store)
{
	return t->from == store->ca && !file_exists(store->ca);
}

/* acme.sh appends the CA's certificates when both go to the same file. */
static int append(struct arena *a, const struct target *t)
{
	size_t n, m;
	const char *first = file_read(a, t->to, FILE_CEILING, &n);
	const char *second = file_read(a, t->from, FILE_CEILING, &m);
	const char *both;

	if (!first || !second)
		return -1;
	both = arena_fmt(a, "%s\n%s", first, second);
	return file_write(a, t->to, both, n + 1 + m, 0644, true);
}

int install_files(struct run *r, struct arena *a, const struct spec *s, const struct store *store,
    bool backup)
{
	struct target t[TARGETS];

	targets(s, store, t);
	for (size_t i = 0; i < TARGETS; i++) {
		bool same = t[i].from == store->ca && text_is(t[i].to, s->cert_file);

		if (!is_set(t[i].to) || nothing_to_copy(&t[i], store))
			continue;
		info("Installing %s to: %s", t[i].what, t[i].to);
		if (backup && !same && back_up(r, a, &t[i], store))
			return -1;
		if (same ? append(a, &t[i])
		         : copy(r, a, &t[i], t[i].to, t[i].key ? 0600 : 0644, true))
			return -1;
	}
	if (!is_set(s->reload))
		return 0;
	info("Running reload cmd: %s", s->reload);
	if (hook_run(r, a, "reload command", s->reload, s, store))
		return -1;
	info("Reload successful");
	return 0;
}
