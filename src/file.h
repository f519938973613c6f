/* Files: read with a ceiling, replace atomically, lock, list. All paths are taken as they are;
 * errors name the path and what was wrong with it. */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "text.h"

struct arena;

/* The whole file, NUL-terminated; NULL with the error set when it cannot be read or is larger
 * than max. *len (may be NULL) is its size. */
char *file_read(struct arena *a, const char *path, size_t max, size_t *len);
/* The same, but a missing file is no error: NULL with *missing true. */
char *file_try(struct arena *a, const char *path, size_t max, size_t *len, bool *missing);

/* Replace path by n bytes: temporary name in the same folder, fsync, rename, fsync of the
 * folder. mode is for a new file, whatever the umask; an existing file keeps its owner and mode
 * when keep is true (install targets), and a symbolic link is written through, not replaced.
 * Where only the file itself may be written (its owner or folder is another one's, it is mounted
 * by itself) it is written in place. */
int file_write(struct arena *a, const char *path, const void *p, size_t n, mode_t mode, bool keep);

int file_mkdirs(struct arena *a, const char *path, mode_t mode); /* mkdir -p, whatever the umask */
int file_rename(struct arena *a, const char *from, const char *to);
int file_remove(struct arena *a, const char *path); /* or an empty folder; a missing one is fine */
bool file_exists(const char *path);
bool file_is_dir(const char *path);
char *file_dir(struct arena *a, const char *path); /* dirname */
char *file_join(struct arena *a, const char *dir, const char *name);
char *file_absolute(struct arena *a, const char *path); /* against the working folder */
/* Names in a folder, sorted, without . and ..; a missing folder is an empty list. */
int file_list(struct arena *a, const char *dir, struct strs *names);

/* An advisory lock held by this process until file_unlock() or its end. The file keeps the
 * holder's process number. wait_ms 0: fail at once, telling who holds it. what: said while
 * waiting ("another acme on this home"); NULL: nothing is. The holder may remove the file before it
 * unlocks; who waited makes it again. Returns a descriptor or -1. */
int file_lock(struct arena *a, const char *path, int wait_ms, const char *what);
void file_unlock(int fd);

#endif
