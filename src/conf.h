/* acme.sh's KEY='value' files: account.conf, ca.conf, <domain>.conf. Read without eval; order,
 * comments and unknown lines are kept; written so that acme.sh can source them again.
 *
 * Read: KEY='v', KEY="v" ($NAME and ${NAME} from the file's own keys or the environment are
 * expanded), KEY=v, export KEY=v, trailing spaces and comments; the last assignment wins; a value
 * in __ACME_BASE64__START_..._END_ markers is decoded (empty markers are ""). */
#ifndef CONF_H
#define CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "text.h"

struct arena;
struct conf;

/* Reads path; a missing file is an empty conf. NULL with the error set when it cannot be read,
 * is larger than 1 MiB or holds a NUL byte. */
struct conf *conf_load(struct arena *a, const char *path);
/* The same from text, which is NUL-terminated behind its len bytes and outlives the conf. */
struct conf *conf_parse(struct arena *a, const char *path, const char *text, size_t len);
const char *conf_path(const struct conf *c);
bool conf_is_new(const struct conf *c); /* there was no file */

/* The value, decoded, or NULL when there is no such key. */
const char *conf_get(const struct conf *c, const char *key);
/* Sets in place (an existing line, else a commented line #KEY=, else appended). A value that
 * plain quotes cannot hold (a quote, backslash, newline) is base64-wrapped by itself.
 * NULL removes the key. */
void conf_set(struct conf *c, const char *key, const char *value);
/* The same, always base64-wrapped (acme.sh's hooks and reload command); "" stays ''. */
void conf_set_b64(struct conf *c, const char *key, const char *value);

/* Whether something differs from the file; writes it when so (atomic, 0600 when new). Settings that
 * another process wrote meanwhile stay: only what was set here is changed. -1, and the file as it was, when it
 * cannot be written or another program has its folder locked for a minute. */
bool conf_changed(const struct conf *c);
int conf_save(struct conf *c);
/* Somebody else has written conf_text() to the file. */
void conf_saved(struct conf *c);

/* All keys in file order. */
struct strs conf_keys(struct arena *a, const struct conf *c);
/* Lines that are neither assignment, comment nor blank, as "line 12: text" (shell code that
 * people keep in account.conf is kept, not run), or for an assignment that cannot be read
 * "line 12: KEY=... has a quote without an end". */
struct strs conf_odd_lines(struct arena *a, const struct conf *c);
/* The text as it would be written. */
char *conf_text(struct arena *a, const struct conf *c);

#endif
