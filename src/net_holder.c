/* Who listens on a port: what /proc of Linux tells (proc(5)); NULL on systems without it. */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "net.h"
#include "text.h"

enum { SOCKETS_MAX = 64, STATE_LISTEN = 0x0a };

/* Columns of the kernel's tables. */
enum { LOCAL = 1, STATE = 3, INODE = 9 };

/* Inodes of the sockets that listen on a port, from one of the tables. */
static size_t listening(const char *table, int port, unsigned long *inodes, size_t n)
{
	FILE *f = fopen(table, "re");
	char line[512];
	while (f && n < SOCKETS_MAX && fgets(line, sizeof line, f)) {
		struct arena *a = arena_new();
		struct strs column = text_split(a, line, " \n");
		const char *local = column.n > INODE ? strrchr(column.v[LOCAL], ':') : NULL;
		if (local && strtol(local + 1, NULL, 16) == port &&
		    strtol(column.v[STATE], NULL, 16) == STATE_LISTEN)
			inodes[n++] = strtoul(column.v[INODE], NULL, 10);
		arena_drop(a);
	}
	if (f)
		fclose(f);
	return n;
}

/* Whether one of a process's descriptors is one of these sockets. */
static bool holds(const char *pid, const unsigned long *inodes, size_t n)
{
	char path[64 + 256], link[64];
	snprintf(path, sizeof path, "/proc/%.20s/fd", pid);
	DIR *dir = opendir(path);
	bool found = false;
	for (struct dirent *e; dir && !found && (e = readdir(dir));) {
		snprintf(path, sizeof path, "/proc/%.20s/fd/%.20s", pid, e->d_name);
		ssize_t len = readlink(path, link, sizeof link - 1);
		link[len > 0 ? len : 0] = 0;
		for (size_t i = 0; i < n && text_starts(link, "socket:["); i++)
			found = found || strtoul(link + 8, NULL, 10) == inodes[i];
	}
	if (dir)
		closedir(dir);
	return found;
}

static const char *describe(struct arena *a, const char *pid)
{
	char path[64], name[64] = "";
	snprintf(path, sizeof path, "/proc/%.20s/comm", pid);
	FILE *f = fopen(path, "re");
	if (f && fgets(name, sizeof name, f))
		name[strcspn(name, "\n")] = 0;
	if (f)
		fclose(f);
	return fmt(a, "%s (process %s)", *name ? text_safe(a, name, 40) : "a program", pid);
}

const char *net_port_holder(struct arena *a, int port)
{
	unsigned long inodes[SOCKETS_MAX];
	size_t n = listening("/proc/net/tcp", port, inodes, 0);
	n = listening("/proc/net/tcp6", port, inodes, n);
	DIR *dir = n ? opendir("/proc") : NULL;
	const char *holder = NULL;
	for (struct dirent *e; dir && !holder && (e = readdir(dir));)
		if (isdigit((unsigned char)e->d_name[0]) && holds(e->d_name, inodes, n))
			holder = describe(a, e->d_name);
	if (dir)
		closedir(dir);
	return holder;
}
