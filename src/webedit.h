/* Texts put into the configuration files of a web server for a while, so that they can be taken
 * away again whatever happens: each stands between two marked lines, and a journal on disk names
 * the files before the first of them is touched. What else is in a file stays as it is, byte for
 * byte, also when somebody edits it meanwhile. */
#ifndef WEBEDIT_H
#define WEBEDIT_H

#include <stddef.h>

#include "text.h"

struct arena;

enum { WEBEDIT_FILE_MAX = 4 << 20 }; /* of a configuration file */

struct webedit {
	const char *file; /* without symbolic links */
	size_t at;        /* offset */
	size_t turn;      /* of those at one offset the first one stands first */
	const char *text; /* whole lines, without the newline of the last one */
};
struct webedits {
	struct webedit *v;
	size_t n;
};
/* The same text at the same place is put there once. */
void webedits_add(struct arena *a, struct webedits *list, const char *file, size_t at,
    const char *text);
/* The files, each once. */
struct strs webedits_files(struct arena *a, const struct webedits *list);
/* -1: a file cannot be written by this user. */
int webedits_writable(struct arena *a, const struct webedits *list);

/* id: a word that is in the marked lines and nowhere else. */
int webedits_apply(struct arena *a, const struct webedits *list, const char *id);
/* Takes away what was put into a file: 1 it was there, 0 not, -1 failed. A file that is gone is
 * fine. */
int webedit_undo(struct arena *a, const char *file, const char *id);

/* What these do to a text; *n is its length before and after. webedit_strip: NULL when a marked
 * line has lost its other one. */
char *webedit_insert(struct arena *a, const char *text, size_t *n, size_t at, const char *lines,
    const char *id);
char *webedit_strip(struct arena *a, const char *text, size_t *n, const char *id);

/* --- the journal ------------------------------------------------------------------------------ */
struct webjournal {
	const char *id;
	struct strs servers; /* "nginx /etc/nginx/nginx.conf" */
	struct strs files;
};
int webjournal_save(struct arena *a, const char *path, const struct webjournal *j);
/* -1: it is there, but is none. */
int webjournal_load(struct arena *a, const char *path, struct webjournal *out);

#endif
