/* Edits of configuration files that can be undone exactly. */
#include "webedit.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "buf.h"
#include "error.h"
#include "file.h"

enum { JOURNAL_MAX = 4 << 20 };

/* --- texts ------------------------------------------------------------------------------------ */

static const char *head(struct arena *a, const char *id)
{
	return fmt(a, "# acme %s: for a validation; acme takes these lines away", id);
}

static const char *foot(struct arena *a, const char *id)
{
	return fmt(a, "# acme %s end", id);
}

/* A text whose piece from one offset to another is replaced. */
static char *splice(struct arena *a, const char *text, size_t *n, size_t from, size_t to,
    const char *piece)
{
	struct buf b = buf_new(a, SIZE_MAX);

	buf_add(&b, text, from);
	buf_str(&b, piece);
	buf_add(&b, text + to, *n - to);
	*n = b.len;
	return b.data ? b.data : arena_str(a, "");
}

char *webedit_insert(struct arena *a, const char *text, size_t *n, size_t at, const char *lines,
    const char *id)
{
	return splice(a, text, n, at, at,
	    fmt(a, "\n%s\n%s\n%s\n", head(a, id), lines, foot(a, id)));
}

/* The offset of a text that may hold NULs; n when it is not there. */
static size_t find(const char *text, size_t n, size_t from, const char *what)
{
	const size_t len = strlen(what);

	for (size_t i = from; i + len <= n; i++)
		if (text[i] == *what && memcmp(text + i, what, len) == 0)
			return i;
	return n;
}

/* What an editor made of our newlines and of the blanks before our lines goes with them. */
char *webedit_strip(struct arena *a, const char *text, size_t *n, const char *id)
{
	const char *start = fmt(a, "# acme %s:", id), *end = foot(a, id);
	char *out = arena_dup(a, text, *n);

	for (;;) {
		size_t from = find(out, *n, 0, start), to = find(out, *n, 0, end);

		if (from == *n && to == *n)
			return out;
		if (from == *n || to == *n || to < from)
			return NULL;
		to += strlen(end);
		while (from && (out[from - 1] == ' ' || out[from - 1] == '\t'))
			from--;
		from -= from && out[from - 1] == '\n';
		to += to < *n && out[to] == '\r';
		to += to < *n && out[to] == '\n';
		out = splice(a, out, n, from, to, "");
	}
}

/* --- lists ------------------------------------------------------------------------------------ */

void webedits_add(struct arena *a, struct webedits *list, const char *file, size_t at,
    const char *text)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct webedit *e = &list->v[i];

		if (e->at == at && text_is(e->file, file) && text_is(e->text, text))
			return;
	}
	struct webedit *more = arena_alloc(a, (list->n + 1) * sizeof *more);
	if (list->n)
		memcpy(more, list->v, list->n * sizeof *more);
	more[list->n] = (struct webedit){ file, at, list->n, text };
	list->n++;
	list->v = more;
}

struct strs webedits_files(struct arena *a, const struct webedits *list)
{
	struct strs files = { 0 };

	for (size_t i = 0; i < list->n; i++) {
		bool seen = false;

		for (size_t k = 0; k < files.n; k++)
			seen |= text_is(files.v[k], list->v[i].file);
		if (!seen)
			strs_add(a, &files, list->v[i].file);
	}
	return files;
}

static bool writable(struct arena *a, const char *file)
{
	struct stat st;

	return access(file, W_OK) == 0 ||
	    (stat(file, &st) == 0 && st.st_uid == geteuid() &&
	        access(file_dir(a, file), W_OK) == 0);
}

int webedits_writable(struct arena *a, const struct webedits *list)
{
	const struct strs files = webedits_files(a, list);

	for (size_t i = 0; i < files.n; i++)
		if (!writable(a, files.v[i]))
			return fail_errno(a, "writing %s", files.v[i]);
	return 0;
}

/* --- files ------------------------------------------------------------------------------------ */

/* From the end to the start, so that offsets stay what they are. */
static int from_end(const void *x, const void *y)
{
	const struct webedit *p = x, *q = y;
	if (p->at != q->at)
		return p->at < q->at ? 1 : -1;
	return p->turn < q->turn ? 1 : p->turn > q->turn ? -1 : 0;
}

static int apply_to(struct arena *a, const char *file, const struct webedits *list, const char *id)
{
	size_t n;
	char *text = file_read(a, file, WEBEDIT_FILE_MAX, &n);

	if (!text)
		return -1;
	for (size_t i = 0; i < list->n; i++) {
		const struct webedit *e = &list->v[i];

		if (!text_is(e->file, file))
			continue;
		if (e->at > n) {
			fail(a, "%s was changed just now", file);
			return remedy(a, "run again");
		}
		text = webedit_insert(a, text, &n, e->at, e->text, id);
	}
	return file_write(a, file, text, n, 0644, true);
}

int webedits_apply(struct arena *a, const struct webedits *list, const char *id)
{
	const struct strs files = webedits_files(a, list);

	if (list->n)
		qsort(list->v, list->n, sizeof *list->v, from_end);
	for (size_t i = 0; i < files.n; i++)
		if (apply_to(a, files.v[i], list, id))
			return -1;
	return 0;
}

int webedit_undo(struct arena *a, const char *file, const char *id)
{
	size_t n, len;
	bool missing;
	const char *old = file_try(a, file, WEBEDIT_FILE_MAX, &n, &missing);

	if (!old)
		return missing ? 0 : -1;
	len = n;
	const char *text = webedit_strip(a, old, &len, id);
	if (!text) {
		fail(a, "%s: of the lines \"# acme %s\" only one is left", file, id);
		return remedy(a, "take it away by hand, and what was between them");
	}
	if (len == n)
		return 0;
	return file_write(a, file, text, len, 0644, true) ? -1 : 1;
}

/* --- the journal ------------------------------------------------------------------------------ */

/* One word and its value a line. */
int webjournal_save(struct arena *a, const char *path, const struct webjournal *j)
{
	struct buf b = buf_new(a, JOURNAL_MAX);

	buf_fmt(&b, "id %s\n", j->id);
	for (size_t i = 0; i < j->servers.n; i++)
		buf_fmt(&b, "server %s\n", j->servers.v[i]);
	for (size_t i = 0; i < j->files.n; i++) {
		if (strchr(j->files.v[i], '\n'))
			return fail(a, "the path %s has a line end in it",
			    text_safe(a, j->files.v[i], 1000));
		buf_fmt(&b, "file %s\n", j->files.v[i]);
	}
	if (b.over)
		return fail(a, "writing %s: too many files", path);
	return file_write(a, path, b.data, b.len, 0600, false);
}

int webjournal_load(struct arena *a, const char *path, struct webjournal *out)
{
	char *text = file_read(a, path, JOURNAL_MAX, NULL);
	const struct strs lines = text ? text_split(a, text, "\n") : (struct strs){ 0 };

	*out = (struct webjournal){ 0 };
	for (size_t i = 0; i < lines.n; i++) {
		const char *line = lines.v[i];

		if (text_starts(line, "id "))
			out->id = line + strlen("id ");
		else if (text_starts(line, "server "))
			strs_add(a, &out->servers, line + strlen("server "));
		else if (text_starts(line, "file /"))
			strs_add(a, &out->files, line + strlen("file "));
	}
	if (!text || text_is_token(out->id ? out->id : ""))
		return text ? 0 : -1;
	fail(a, "%s is damaged: it has no id", path);
	return remedy(a,
	    "look for lines \"# acme\" in the web server's configuration, take them "
	    "away, and remove that file");
}
