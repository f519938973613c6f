/* http-01 through files (RFC 8555 8.3): <root>/.well-known/acme-challenge/<token>.
 *
 * Root often writes here into folders of a user who may change them at any moment. So all goes
 * through descriptors of folders, and a symbolic link is followed only where its owner could
 * have written as well. */
#include "webroot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "error.h"
#include "log.h"
#include "text.h"

enum { STEPS = 2, TRIES = 3 };
static const char *const steps[STEPS] = { ".well-known", "acme-challenge" };

/* A task's state. */
struct place {
	const char *root;
	bool made[STEPS]; /* by us, and so to be removed by us */
	bool written;     /* the token's file */
};

/* The root and the folders below it; -1: not there. */
struct path {
	int fd[1 + STEPS];
	struct stat root;
};

/* --- folders -------------------------------------------------------------------------------- */

static bool may_follow(int dir, const char *name, int target)
{
	struct stat link, to;
	return geteuid() != 0 ||
	    (fstatat(dir, name, &link, AT_SYMLINK_NOFOLLOW) == 0 && fstat(target, &to) == 0 &&
	        (link.st_uid == 0 || link.st_uid == to.st_uid));
}

static int enter(int dir, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	int fd = openat(dir, name, flags | O_NOFOLLOW);
	if (fd >= 0 || errno == ENOENT)
		return fd;
	fd = openat(dir, name, flags);
	if (fd >= 0 && !may_follow(dir, name, fd)) {
		close(fd);
		errno = EPERM;
		fd = -1;
	}
	return fd;
}

/* Mode whatever the umask; the owner is the webroot's, as far as we may say so: the web server
 * can read it in any case. */
static int dress(int fd, mode_t mode, const struct stat *root)
{
	if (geteuid() == 0 && fchown(fd, root->st_uid, root->st_gid) != 0)
		debug(2, "owner of a webroot's file not set: %s", strerror(errno));
	return fchmod(fd, mode);
}

static int make_and_enter(int dir, const char *name, const struct stat *root, bool *made)
{
	const bool ours = mkdirat(dir, name, 0755) == 0;
	if (!ours && errno != EEXIST)
		return -1;
	const int fd = enter(dir, name);
	if (ours)
		*made = true;
	if (ours && fd >= 0)
		dress(fd, 0755, root);
	return fd;
}

static void leave(struct path *p)
{
	for (int i = 0; i <= STEPS; i++)
		if (p->fd[i] >= 0)
			close(p->fd[i]);
}

/* Opens the folders as far as they are there; with make, makes those that are not. -1 with errno
 * when that cannot be done; leave() is due in any case. */
static int walk(struct place *place, bool make, struct path *p)
{
	for (int i = 0; i <= STEPS; i++)
		p->fd[i] = -1;
	p->fd[0] = open(place->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->fd[0] < 0 || fstat(p->fd[0], &p->root) != 0)
		return -1;
	for (int i = 0; i < STEPS; i++) {
		p->fd[i + 1] = enter(p->fd[i], steps[i]);
		if (p->fd[i + 1] < 0 && errno == ENOENT && make)
			p->fd[i + 1] =
			    make_and_enter(p->fd[i], steps[i], &p->root, &place->made[i]);
		if (p->fd[i + 1] < 0)
			return errno == ENOENT && !make ? 0 : -1;
	}
	return 0;
}

static int cannot(struct arena *a, const char *root, const char *verb)
{
	const int why = errno;
	fail_errno(a, "webroot %s: %s", text_safe(a, root, 1000), verb);
	if (why == ENOENT || why == ENOTDIR)
		return remedy(a, "-w is the folder that the web server shows at http://NAME/");
	if (why == EPERM)
		return remedy(a,
		    "a symbolic link there belongs to another user than the folder it "
		    "leads to: give the folder itself");
	return why == EACCES ? remedy(a, "run as its owner, or as root") : -1;
}

/* --- the token's file ----------------------------------------------------------------------- */

/* A file that a reader sees whole or not at all. -1 with errno. */
static int put(const struct path *p, const char *token, const char *content)
{
	const int dir = p->fd[STEPS];
	const size_t n = strlen(content);
	char temporary[40];

	snprintf(temporary, sizeof temporary, ".acme-%ld.tmp", (long)getpid());
	unlinkat(dir, temporary, 0);
	const int fd =
	    openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	errno = ENOSPC; /* what a short write means */
	int result = write(fd, content, n) == (ssize_t)n ? dress(fd, 0644, &p->root) : -1;
	int why = errno;
	if (close(fd) != 0 && !result) {
		result = -1;
		why = errno;
	}
	if (!result && (result = renameat(dir, temporary, dir, token)) != 0)
		why = errno;
	if (result)
		unlinkat(dir, temporary, 0);
	errno = why;
	return result;
}

static int present(struct solving *s, struct task *t)
{
	struct place *place = t->state ? t->state : arena_alloc(s->mem, sizeof *place);
	const char *token = t->offer->token;
	int result = -1;

	place->root = t->entry;
	t->state = place;
	if (!text_is_token(token))
		return fail(s->mem, "the CA's token \"%s\" is none: it may not become a file name",
		    text_safe(s->mem, token ? token : "", 80));
	/* Another run may take the folders away between our finding them and our using them. */
	for (int i = 0; i < TRIES && result; i++) {
		struct path path;
		result = walk(place, true, &path) ? -1 : put(&path, token, t->key_authz);
		const int why = errno;
		leave(&path);
		errno = why;
		if (result && why != ENOENT)
			break;
	}
	if (result)
		return cannot(s->mem, place->root,
		    fmt(s->mem, "writing .well-known/acme-challenge/%s", token));
	place->written = true;
	return 0;
}

/* The folders that we made for a task, when nothing is in them any more. */
static void remove_made(struct place *place)
{
	struct path path;
	walk(place, false, &path);
	for (int i = STEPS - 1; i >= 0; i--)
		if (place->made[i] && path.fd[i] >= 0 &&
		    unlinkat(path.fd[i], steps[i], AT_REMOVEDIR) == 0)
			place->made[i] = false;
	leave(&path);
}

static void clean(struct solving *s, struct task *t)
{
	struct place *place = t->state;
	struct path path;

	if (!place)
		return;
	walk(place, false, &path);
	if (place->written && path.fd[STEPS] >= 0 &&
	    unlinkat(path.fd[STEPS], t->offer->token, 0) != 0 && errno != ENOENT)
		warn("webroot %s: %s not removed: %s", place->root, t->offer->token,
		    strerror(errno));
	place->written = false;
	leave(&path);
	/* The folders belong to all names: whoever is cleaned last finds them empty. */
	for (size_t i = 0; i < s->n; i++) {
		place = s->tasks[i].solver == t->solver ? s->tasks[i].state : NULL;
		if (place && (place->made[0] || place->made[1]))
			remove_made(place);
	}
}

/* --- before the order ----------------------------------------------------------------------- */

static int ready(struct solving *s, struct task *t)
{
	struct place place = { .root = t->entry };
	struct path path;
	int last = STEPS;

	int result = walk(&place, false, &path);
	if (result) {
		cannot(s->mem, t->entry,
		    path.fd[0] < 0 ? "opening the folder" : "opening .well-known/acme-challenge");
	} else {
		while (path.fd[last] < 0)
			last--;
		result = faccessat(path.fd[last], ".", W_OK | X_OK, AT_EACCESS);
		if (result)
			cannot(s->mem, t->entry, "writing to .well-known/acme-challenge");
	}
	leave(&path);
	return result;
}

/* Any other word is a folder, as acme.sh has it. */
static bool takes(const char *entry)
{
	return !text_starts(entry, "dns") && !text_starts(entry, "nginx:") &&
	    !text_is(entry, "apache");
}

const struct solver webroot_solver = {
	.type = "http-01",
	.option = "-w FOLDER",
	.takes = takes,
	.ready = ready,
	.present = present,
	.clean = clean,
};
