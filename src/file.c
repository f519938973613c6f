/* Files, by POSIX.1-2008 calls: a reader sees the old content or the new, never half of it. */
#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "buf.h"
#include "clock.h"
#include "error.h"
#include "log.h"

#define LINKS 32   /* symbolic links that are followed, as most kernels do */
#define POLL_MS 50 /* how often a lock that is held is tried again */

static int cannot(struct arena *a, const char *verb, const char *path)
{
	static const struct {
		int why;
		const char *text;
	} remedies[] = {
		{ EACCES, "run as the user who owns it, or change its owner or mode" },
		{ EDQUOT, "free some space or raise the quota, and run again" },
		{ ENOSPC, "free some space and run again" },
		{ EPERM, "run as the user who owns it, or change its owner or mode" },
		{ EROFS, "choose a folder that can be written" },
	};
	const int why = errno;

	if (failed(a))
		return -1;
	fail_errno(a, "%s %s", verb, path);
	for (size_t i = 0; i < sizeof remedies / sizeof *remedies; i++)
		if (remedies[i].why == why)
			remedy(a, "%s", remedies[i].text);
	return -1;
}

/* Reading */

static char *read_all(struct arena *a, int fd, const char *path, size_t max, size_t *len)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return cannot(a, "reading", path), NULL;
	if (S_ISREG(st.st_mode) && (uintmax_t)st.st_size > max)
		return fail_null(a, "reading %s: larger than %zu bytes", path, max);

	struct buf b = buf_new(a, max + 1); /* one more, to see that there is more */
	size_t want = S_ISREG(st.st_mode) ? (size_t)st.st_size + 1 : 4096;
	for (;;) {
		if (want > max + 1 - b.len)
			want = max + 1 - b.len;
		ssize_t n = read(fd, buf_room(&b, want), want);
		if (n < 0 && errno == EINTR && !clock_interrupted())
			continue;
		if (n < 0)
			return cannot(a, "reading", path), NULL;
		b.len += (size_t)n;
		if (b.len > max)
			return fail_null(a, "reading %s: larger than %zu bytes", path, max);
		if (n == 0)
			break;
		want = b.cap - b.len > 1 ? b.cap - b.len - 1 : 4096;
	}
	b.data[b.len] = 0;
	if (len)
		*len = b.len;
	return b.data;
}

static int open_again(const char *path, int flags, mode_t mode)
{
	int fd;
	do
		fd = open(path, flags | O_CLOEXEC | O_NOCTTY, mode);
	while (fd < 0 && errno == EINTR && !clock_interrupted());
	return fd;
}

char *file_try(struct arena *a, const char *path, size_t max, size_t *len, bool *missing)
{
	const int fd = open_again(path, O_RDONLY, 0);

	*missing = fd < 0 && (errno == ENOENT || errno == ENOTDIR);
	if (*missing)
		return NULL;
	if (fd < 0)
		return cannot(a, "reading", path), NULL;
	char *text = read_all(a, fd, path, max, len);
	close(fd);
	return text;
}

char *file_read(struct arena *a, const char *path, size_t max, size_t *len)
{
	bool missing;
	char *text = file_try(a, path, max, len, &missing);
	if (missing)
		cannot(a, "reading", path);
	return text;
}

/* Writing */

static int write_all(int fd, const char *p, size_t n)
{
	while (n) {
		const ssize_t done = write(fd, p, n);
		if (done < 0 && errno != EINTR)
			return -1;
		if (done > 0) {
			p += done;
			n -= (size_t)done;
		}
	}
	return 0;
}

/* The path that is written when path is a chain of symbolic links; its end need not exist. */
static const char *follow(struct arena *a, const char *path)
{
	for (int i = 0; i < LINKS; i++) {
		char target[4096];
		const ssize_t n = readlink(path, target, sizeof target - 1);
		if (n < 0)
			return path;
		target[n] = 0;
		path = target[0] == '/' ? arena_str(a, target)
		                        : file_join(a, file_dir(a, path), target);
	}
	errno = ELOOP;
	return NULL;
}

/* A new file beside path, for its owner only; *name is its path. */
static int open_temporary(struct arena *a, const char *path, char **name)
{
	int fd = -1;
	for (unsigned i = 0; i < 100 && fd < 0; i++) {
		/* No part of path's name: that may be as long as names get. */
		*name = file_join(a, file_dir(a, path),
		    arena_fmt(a, ".acme-%ld-%u.tmp", (long)getpid(), i));
		fd = open_again(*name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	return fd;
}

static void sync_folder(struct arena *a, const char *path)
{
	const int fd = open_again(file_dir(a, path), O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0) /* one may write to a folder that one may not list */
		return;
	fsync(fd); /* some file systems know no fsync of folders: nothing to be done */
	close(fd);
}

/* Over the old content, where a new file cannot take the place of the old one. */
static int write_in_place(const char *path, const void *p, size_t n, mode_t mode, bool keep)
{
	const int fd = open_again(path, O_WRONLY, 0);
	struct stat st;
	int why;

	if (fd < 0)
		return -1;
	const bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	if (regular && !keep)
		fchmod(fd, mode); /* as much as we may */
	/* Room first: a full disk must not cost the old content. Not every file system can tell. */
	if (regular && n > (size_t)st.st_size &&
	    ((why = posix_fallocate(fd, 0, (off_t)n)) == ENOSPC || why == EDQUOT))
		; /* why is set */
	else if (write_all(fd, p, n) != 0 ||
	    (regular && (ftruncate(fd, (off_t)n) != 0 || fsync(fd) != 0)))
		why = errno;
	else
		why = 0;
	if (close(fd) != 0 && !why)
		return -1;
	errno = why;
	return why ? -1 : 0;
}

static int set_owner(int fd, const struct stat *old)
{
	struct stat now;
	if (fstat(fd, &now) != 0)
		return -1;
	if ((now.st_uid == old->st_uid && now.st_gid == old->st_gid) ||
	    fchown(fd, old->st_uid, old->st_gid) == 0)
		return 0;
	errno = EPERM; /* also for owners that a container does not know */
	return -1;
}

/* A new file in the place of path. old: whose owner and mode it takes, or NULL. */
static int replace(struct arena *a, const char *path, const void *p, size_t n, mode_t mode,
    const struct stat *old)
{
	char *name;
	const int fd = open_temporary(a, path, &name);

	if (fd < 0)
		return -1;
	int result = write_all(fd, p, n);
	if (!result && old)
		result = set_owner(fd, old);
	if (!result)
		result = fchmod(fd, old ? old->st_mode & 07777 : mode);
	if (!result)
		result = fsync(fd);
	int why = errno;
	if (close(fd) != 0 && !result) { /* NFS tells here that the disk is full */
		result = -1;
		why = errno;
	}
	if (!result && (result = rename(name, path)) != 0)
		why = errno;
	if (result)
		unlink(name);
	else
		sync_folder(a, path);
	errno = why;
	return result;
}

int file_write(struct arena *a, const char *path, const void *p, size_t n, mode_t mode, bool keep)
{
	struct stat old;
	const bool exists = stat(path, &old) == 0;
	const bool special = exists && !S_ISREG(old.st_mode); /* /dev/stdout, a pipe, a folder */
	const char *target = special ? path : follow(a, path);
	int result = -1;

	if (target && !special)
		result = replace(a, target, p, n, mode, exists && keep ? &old : NULL);
	/* What is another user's, or is mounted by itself into a container (EBUSY), can still
	 * be written as any program would. */
	if (special ||
	    (result && exists &&
	        (errno == EACCES || errno == EPERM || errno == EROFS || errno == EBUSY)))
		result = write_in_place(path, p, n, mode, keep);
	if (!result)
		return 0;
	if (errno == ENOENT && target && !file_is_dir(file_dir(a, target)))
		return fail(a, "writing %s: there is no folder %s", path, file_dir(a, target));
	return cannot(a, "writing", path);
}

int file_mkdirs(struct arena *a, const char *path, mode_t mode)
{
	size_t n = 0;

	if (file_is_dir(path))
		return 0;
	while (path[n]) {
		n += strspn(path + n, "/");
		n += strcspn(path + n, "/");
		const char *part = arena_strn(a, path, n);
		if (mkdir(part, mode) == 0) {
			chmod(part, mode); /* whatever the umask */
			continue;
		}
		const int why = errno;
		if (!file_is_dir(part)) {
			errno = why == EEXIST ? ENOTDIR : why;
			return cannot(a, "making the folder", part);
		}
	}
	return 0;
}

int file_rename(struct arena *a, const char *from, const char *to)
{
	if (rename(from, to) == 0)
		return 0;
	return cannot(a, arena_fmt(a, "renaming %s to", from), to);
}

int file_remove(struct arena *a, const char *path)
{
	if (remove(path) == 0 || errno == ENOENT || errno == ENOTDIR)
		return 0;
	return cannot(a, "removing", path);
}

/* Names */

bool file_exists(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0;
}

bool file_is_dir(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

char *file_dir(struct arena *a, const char *path)
{
	size_t n = strlen(path);
	while (n > 1 && path[n - 1] == '/')
		n--;
	while (n && path[n - 1] != '/')
		n--;
	if (!n)
		return arena_str(a, ".");
	while (n > 1 && path[n - 1] == '/')
		n--;
	return arena_strn(a, path, n);
}

char *file_join(struct arena *a, const char *dir, const char *name)
{
	return arena_fmt(a, "%s%s%s", dir, *dir && !text_ends(dir, "/") ? "/" : "", name);
}

char *file_absolute(struct arena *a, const char *path)
{
	char here[4096];
	if (path[0] == '/' || !getcwd(here, sizeof here))
		return arena_str(a, path);
	return file_join(a, here, path);
}

static int by_name(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

int file_list(struct arena *a, const char *dir, struct strs *names)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	*names = (struct strs){ 0 };
	if (!d)
		return errno == ENOENT ? 0 : cannot(a, "reading the folder", dir);
	while (errno = 0, (e = readdir(d)))
		if (!text_is(e->d_name, ".") && !text_is(e->d_name, ".."))
			strs_add(a, names, arena_str(a, e->d_name));
	const int why = errno;
	closedir(d);
	errno = why;
	if (why)
		return cannot(a, "reading the folder", dir);
	if (names->n)
		qsort(names->v, names->n, sizeof *names->v, by_name);
	return 0;
}

/* Locks: flock(2), which belongs to the open file, so that a lock taken in a forked child is
 * another one, and it ends with the last process that has it. */

static long holder(int fd)
{
	char text[24] = "";
	const ssize_t n = pread(fd, text, sizeof text - 1, 0);
	return n > 0 ? strtol(text, NULL, 10) : 0;
}

static const char *holder_text(struct arena *a, int fd)
{
	const long pid = holder(fd);
	return pid > 0 ? arena_fmt(a, "process %ld", pid)
	               : "a process that did not leave its number";
}

/* Opens the lock file and waits for it until end. */
static int take_lock(struct arena *a, const char *path, int64_t end, const char *what, bool *told)
{
	const int fd = open_again(path, O_RDWR | O_CREAT, 0600);

	if (fd < 0)
		return cannot(a, "locking", path);
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK) {
			cannot(a, "locking", path);
			close(fd);
			return -1;
		}
		const bool over = clock_ms() >= end;
		if (!over && !*told && what)
			info("Waiting for %s (%s) that holds %s.", what, holder_text(a, fd), path);
		*told = true;
		if (over || clock_sleep(POLL_MS) != 0) {
			const bool first = !failed(a);
			fail(a, "locking %s: held by %s (%s)", path, what ? what : "another acme",
			    holder_text(a, fd));
			if (first) {
				remedy(a, "run again when it has ended");
				arena_error(a)->transient = true;
			}
			close(fd);
			return -1;
		}
	}
	return fd;
}

/* Whether path is still the file that was opened: whoever had the lock may have taken it away. */
static bool is_current(int fd, const char *path)
{
	struct stat opened, there;
	return fstat(fd, &opened) == 0 && stat(path, &there) == 0 &&
	    opened.st_dev == there.st_dev && opened.st_ino == there.st_ino;
}

int file_lock(struct arena *a, const char *path, int wait_ms, const char *what)
{
	const int64_t end = clock_ms() + wait_ms;
	bool told = false;
	int fd;

	while ((fd = take_lock(a, path, end, what, &told)) >= 0 && !is_current(fd, path))
		close(fd);
	if (fd < 0)
		return -1;
	const char *pid = arena_fmt(a, "%ld\n", (long)getpid());
	/* For people to read: a full disk, which leaves it empty, is no reason to fail here. */
	if (pwrite(fd, pid, strlen(pid), 0) < 0 || ftruncate(fd, (off_t)strlen(pid)) != 0)
		debug(1, "%s: process number not written: %s", path, strerror(errno));
	return fd;
}

void file_unlock(int fd)
{
	if (fd < 0)
		return;
	/* A child that inherited the descriptor must not end its parent's lock. */
	if (holder(fd) == (long)getpid() && ftruncate(fd, 0) == 0)
		flock(fd, LOCK_UN);
	close(fd);
}
