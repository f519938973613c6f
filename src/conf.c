/* acme.sh's KEY='value' files, which its shell sources: read by the shell's quoting rules, but
 * nothing is ever run. */
#include "conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "arena.h"
#include "b64.h"
#include "buf.h"
#include "clock.h"
#include "error.h"
#include "file.h"

#define FILE_MAX (1 << 20)
#define LOCK_MS (60 * 1000) /* many workers may save at a time */
#define VALUE_MAX (1 << 16)
#define EXPANSIONS_MAX 1000 /* in one file; each looks through the lines before it */
#define B64_START "__ACME_BASE64__START_"
#define B64_END "__ACME_BASE64__END_"
#define BLANKS " \t\r"

struct line {
	const char *raw; /* with its newline; a value in quotes may hold more of them */
	size_t len;
	const char *key; /* NULL: no assignment */
	size_t key_len;
	const char *value; /* NULL with a key: could not be read, see odd */
	const char *odd;   /* what it has that we cannot read, "" for all of it, NULL: nothing */
	size_t number;
	bool exported;
	bool code; /* odd because a shell would run something: never written over */
};

/* What was set since the file was read, so that it can be done again on a file that another process
 * has changed meanwhile. */
struct change {
	struct change *before;
	const char *key, *value;
	bool wrap;
};

struct conf {
	struct arena *mem;
	struct change *changes; /* the last one */
	const char *path;
	const char *text; /* as it is in the file */
	struct line *lines;
	size_t n, cap;
	unsigned expansions;
	bool is_new, touched;
};

static struct line *find(const struct conf *c, const char *key, size_t key_len)
{
	for (size_t i = c->n; i--;) {
		struct line *l = &c->lines[i];
		if (l->value && l->key_len == key_len && memcmp(l->key, key, key_len) == 0)
			return l;
	}
	return NULL;
}

/* Reading: one assignment, in the shell's grammar (POSIX XCU 2.2, 2.6.2) */

struct reader {
	struct conf *c;
	const char *p;
	struct buf word;
	const char *odd;
};

static const char no_end[] = "a quote without an end", command[] = "a command",
                  dollar[] = "a '$' that only a shell can read";

static size_t name_length(const char *p)
{
	size_t n = 0;
	while ((p[n] >= 'a' && p[n] <= 'z') || (p[n] >= 'A' && p[n] <= 'Z') || p[n] == '_' ||
	    (p[n] >= '0' && p[n] <= '9' && n))
		n++;
	return n;
}

/* $NAME and ${NAME}; anything else after a '$' would have to be run. */
static void read_variable(struct reader *r)
{
	const bool braced = r->p[1] == '{';
	const char *name = r->p + 1 + braced;
	const size_t n = name_length(name);

	if (!n && !braced && !(*name && strchr("(0123456789@*#?-!$", *name))) {
		buf_byte(&r->word, *r->p++);
		return;
	}
	if (!n || (braced && name[n] != '}') || r->c->expansions++ >= EXPANSIONS_MAX) {
		r->odd = dollar;
		return;
	}
	const struct line *l = find(r->c, name, n);
	const char *value = l ? l->value : getenv(arena_strn(r->c->mem, name, n));
	buf_str(&r->word, value ? value : "");
	r->p = name + n + braced;
}

static void read_double_quoted(struct reader *r)
{
	for (r->p++; *r->p != '"' && !r->odd;) {
		if (!*r->p || *r->p == '\n')
			r->odd = no_end;
		else if (*r->p == '`')
			r->odd = command;
		else if (*r->p == '$')
			read_variable(r);
		else {
			if (*r->p == '\\' && r->p[1] && strchr("$`\"\\", r->p[1]))
				r->p++;
			buf_byte(&r->word, *r->p++);
		}
	}
	r->p += !r->odd;
}

/* Where the value in single quotes ends that begins behind p, or NULL. The shell reads over
 * newlines; but when what follows looks like the next assignment, an end is missing. */
static const char *single_end(const char *p)
{
	for (;;) {
		p += strcspn(p, "'\n");
		if (*p != '\n')
			return *p ? p : NULL;
		const size_t n = name_length(++p);
		if (n && p[n] == '=')
			return NULL;
	}
}

static void read_word(struct reader *r)
{
	if (r->p[0] == '~' && (!r->p[1] || strchr("/ \t\r\n", r->p[1]))) {
		const char *home = getenv("HOME");
		buf_str(&r->word, home ? home : "~");
		r->p++;
	}
	while (*r->p && !strchr(BLANKS "\n", *r->p) && !r->odd) {
		if (*r->p == '\'') {
			const char *end = single_end(r->p + 1);
			if (!end) {
				r->odd = no_end;
				return;
			}
			buf_add(&r->word, r->p + 1, (size_t)(end - r->p - 1));
			r->p = end + 1;
		} else if (*r->p == '"') {
			read_double_quoted(r);
		} else if (*r->p == '$') {
			read_variable(r);
		} else if (strchr(";&|<>()`", *r->p) ||
		    (*r->p == '\\' && (!r->p[1] || r->p[1] == '\n'))) {
			r->odd = command;
		} else {
			r->p += *r->p == '\\';
			buf_byte(&r->word, *r->p++);
		}
	}
}

/* The value behind base64 markers; NULL when what stands between them is no base64 text. */
static const char *unwrap(struct arena *a, const char *value)
{
	const size_t around = strlen(B64_START B64_END), len = strlen(value);
	size_t n;

	if (len < around || !text_starts(value, B64_START) || !text_ends(value, B64_END))
		return value;
	const char *inner = arena_strn(a, value + strlen(B64_START), len - around);
	const char *plain = (const char *)b64_decode(a, inner, &n);
	return plain && !memchr(plain, 0, n) ? plain : NULL;
}

/* Fills l from the assignment at p, and returns what follows its value. */
static const char *read_assignment(struct conf *c, const char *p, struct line *l)
{
	struct reader r = { .c = c, .word = buf_new(c->mem, VALUE_MAX) };
	const size_t key_len = name_length(p);

	r.p = p + key_len;
	if (!key_len || *r.p != '=')
		return NULL;
	r.p++;
	l->key = arena_strn(c->mem, p, key_len);
	l->key_len = key_len;
	read_word(&r);
	const char *rest = r.p + strspn(r.p, BLANKS);
	if (!r.odd && r.word.over)
		r.odd = "a value that is too long";
	if (!r.odd && *rest && *rest != '\n' && *rest != '#')
		r.odd = command;
	if (!r.odd && !(l->value = unwrap(c->mem, buf_text(&r.word))))
		r.odd = "damaged base64";
	l->odd = r.odd;
	l->code = r.odd == command || r.odd == dollar;
	return r.odd ? NULL : rest;
}

static struct line *add_line(struct conf *c)
{
	if (c->n == c->cap) {
		c->cap = c->cap ? 2 * c->cap : 32;
		struct line *more = arena_alloc(c->mem, c->cap * sizeof *more);
		if (c->n)
			memcpy(more, c->lines, c->n * sizeof *more);
		c->lines = more;
	}
	return &c->lines[c->n++];
}

static void read_line(struct conf *c, const char *p, size_t number)
{
	struct line l = { .raw = p, .number = number };

	p += strspn(p, BLANKS);
	const char *end = p;
	if (*p && *p != '#' && *p != '\n') {
		const size_t gap = text_starts(p, "export") ? strspn(p + 6, BLANKS) : 0;
		l.exported = gap > 0;
		const char *behind = read_assignment(c, gap ? p + 6 + gap : p, &l);
		if (behind)
			end = behind;
		else if (!l.key)
			l.odd = "";
	}
	end += strcspn(end, "\n");
	l.len = (size_t)(end + (*end == '\n') - l.raw);
	*add_line(c) = l;
}

struct conf *conf_parse(struct arena *a, const char *path, const char *text, size_t len)
{
	if (memchr(text, 0, len))
		return fail_null(a, "%s: has a NUL byte in it: not a text file", path);

	struct conf *c = arena_alloc(a, sizeof *c);
	*c = (struct conf){ .mem = a, .path = arena_str(a, path), .text = text };
	for (size_t number = 1; *text;) {
		read_line(c, text, number);
		const char *end = text + c->lines[c->n - 1].len;
		for (; text < end && (text = strchr(text, '\n')); text++)
			number++;
		text = end;
	}
	return c;
}

struct conf *conf_load(struct arena *a, const char *path)
{
	size_t len = 0;
	bool missing;
	const char *text = file_try(a, path, FILE_MAX, &len, &missing);

	if (!text && !missing)
		return NULL;
	struct conf *c = conf_parse(a, path, missing ? "" : text, len);
	if (c)
		c->is_new = missing;
	return c;
}

const char *conf_path(const struct conf *c)
{
	return c->path;
}

bool conf_is_new(const struct conf *c)
{
	return c->is_new;
}

const char *conf_get(const struct conf *c, const char *key)
{
	const struct line *l = find(c, key, strlen(key));
	return l ? l->value : NULL;
}

struct strs conf_keys(struct arena *a, const struct conf *c)
{
	struct strs keys = { 0 };
	for (size_t i = 0; i < c->n; i++) {
		const struct line *l = &c->lines[i];
		if (l->value && find(c, l->key, strlen(l->key)) == l)
			strs_add(a, &keys, l->key);
	}
	return keys;
}

struct strs conf_odd_lines(struct arena *a, const struct conf *c)
{
	struct strs odd = { 0 };
	for (size_t i = 0; i < c->n; i++) {
		const struct line *l = &c->lines[i];
		const char *text = arena_strn(a, l->raw, strcspn(l->raw, "\r\n"));
		if (l->odd && l->key) /* its value may be a secret */
			strs_add(a, &odd,
			    arena_fmt(a, "line %zu: %s=... has %s", l->number, l->key, l->odd));
		else if (l->odd)
			strs_add(a, &odd,
			    arena_fmt(a, "line %zu: %s", l->number, text_safe(a, text, 120)));
	}
	return odd;
}

/* Writing */

static bool needs_wrapping(const char *value)
{
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < ' ' || *p == '\'' || *p == '\\')
			return true;
	return text_starts(value, B64_START) && text_ends(value, B64_END);
}

static bool is_commented(const struct line *l, const char *key)
{
	const size_t n = strlen(key);
	return l->raw[0] == '#' && strncmp(l->raw + 1, key, n) == 0 && l->raw[1 + n] == '=';
}

/* The line to be written over: the last assignment, also a damaged one, else the first one that
 * is commented out, else a new one. */
static struct line *line_for(struct conf *c, const char *key)
{
	struct line *commented = NULL;

	for (size_t i = c->n; i--;) {
		struct line *l = &c->lines[i];
		if (!l->code && text_is(l->key, key))
			return l;
		if (is_commented(l, key))
			commented = l;
	}
	if (commented)
		return commented;
	if (c->n) {
		struct line *last = &c->lines[c->n - 1];
		if (last->len && last->raw[last->len - 1] != '\n') {
			last->raw = arena_fmt(c->mem, "%.*s\n", (int)last->len, last->raw);
			last->len++;
		}
	}
	return add_line(c);
}

static void note_change(struct conf *c, const char *key, const char *value, bool wrap)
{
	struct change *change = arena_alloc(c->mem, sizeof *change);
	*change = (struct change){ .before = c->changes,
		.key = arena_str(c->mem, key),
		.value = arena_str(c->mem, value),
		.wrap = wrap };
	c->changes = change;
	c->touched = true;
}

static void remove_key(struct conf *c, const char *key, const struct line *but)
{
	for (size_t i = 0; i < c->n; i++) {
		struct line *l = &c->lines[i];
		if (l != but && !l->code && text_is(l->key, key)) {
			*l = (struct line){ .raw = "" };
			if (!but)
				note_change(c, key, NULL, false);
		}
	}
}

static void set(struct conf *c, const char *key, const char *value, bool wrap)
{
	const struct line *old = find(c, key, strlen(key));

	if (name_length(key) != strlen(key) || !*key)
		die("conf: '%s' is no key", key);
	if (!value) {
		remove_key(c, key, NULL);
		return;
	}
	if (old && text_is(old->value, value))
		return;
	struct line *l = line_for(c, key);
	const char *export = l->exported ? "export " : "";
	const char *raw = wrap && *value
	    ? arena_fmt(c->mem, "%s%s='" B64_START "%s" B64_END "'\n", export, key,
	          b64_encode(c->mem, value, strlen(value)))
	    : arena_fmt(c->mem, "%s%s='%s'\n", export, key, value);
	*l = (struct line){ .raw = raw,
		.len = strlen(raw),
		.key = arena_str(c->mem, key),
		.key_len = strlen(key),
		.value = arena_str(c->mem, value),
		.exported = l->exported };
	remove_key(c, key, l);
	note_change(c, key, value, wrap);
}

void conf_set(struct conf *c, const char *key, const char *value)
{
	set(c, key, value, value && needs_wrapping(value));
}

void conf_set_b64(struct conf *c, const char *key, const char *value)
{
	set(c, key, value, true);
}

char *conf_text(struct arena *a, const struct conf *c)
{
	struct buf b = buf_new(a, 0);
	for (size_t i = 0; i < c->n; i++)
		buf_add(&b, c->lines[i].raw, c->lines[i].len);
	return arena_str(a, buf_text(&b));
}

bool conf_changed(const struct conf *c)
{
	return c->touched && !text_is(conf_text(c->mem, c), c->text);
}

/* Two processes must not write over each other's settings: whoever has this lock reads, changes and
 * writes, which takes no time. It is the folder itself, so that no lock file stays behind. *lock is -1
 * where folders cannot be locked (NFS), or when there is none, which the writing tells. */
static int lock_folder(struct conf *c, int *lock)
{
	const char *dir = file_dir(c->mem, c->path);
	const int64_t deadline = clock_ms() + LOCK_MS;

	*lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (*lock >= 0 && flock(*lock, LOCK_EX | LOCK_NB) != 0) {
		if (errno == EINTR)
			continue;
		const bool held = errno == EWOULDBLOCK;
		if (held && clock_ms() < deadline && clock_sleep(20) == 0)
			continue;
		close(*lock);
		*lock = -1;
		if (!held)
			break;
		fail(c->mem, "writing %s: another program has the folder %s locked", c->path, dir);
		arena_error(c->mem)->transient = true;
		return remedy(c->mem,
		    "see with lslocks or fuser -v which (flock around acme?), end it and run again");
	}
	return 0;
}

static void replay(struct conf *c, const struct change *change)
{
	if (!change)
		return;
	replay(c, change->before);
	set(c, change->key, change->value, change->wrap);
}

/* When the file is not the one any more that was read, our changes are made to the new one. */
static int catch_up(struct conf *c)
{
	bool missing;
	size_t n = 0;
	const char *text = file_try(c->mem, c->path, FILE_MAX, &n, &missing);
	if (!text && !missing)
		return -1;
	if (missing || text_is(text, c->text))
		return 0;
	struct conf *now = conf_parse(c->mem, c->path, text, n);
	if (!now)
		return -1;
	replay(now, c->changes);
	*c = *now;
	return 0;
}

int conf_save(struct conf *c)
{
	int lock;

	if (!conf_changed(c))
		return 0;
	if (lock_folder(c, &lock) < 0)
		return -1;
	int result = catch_up(c);
	const char *text = conf_text(c->mem, c);
	if (result == 0)
		result = file_write(c->mem, c->path, text, strlen(text), 0600, true);
	if (result == 0)
		conf_saved(c);
	if (lock >= 0)
		close(lock);
	return result;
}

void conf_saved(struct conf *c)
{
	c->text = conf_text(c->mem, c);
	c->changes = NULL;
	c->touched = c->is_new = false;
}
