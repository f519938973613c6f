/* Growable bytes with a ceiling, in an arena. */
#ifndef BUF_H
#define BUF_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct buf {
	struct arena *mem;
	char *data; /* always NUL-terminated behind len once something was added */
	size_t len;
	size_t cap;
	size_t max; /* ceiling of len; 0 means 16 MiB */
	bool over;  /* something did not fit and was left out */
};

/* A buffer that may grow to max bytes (0: 16 MiB). */
struct buf buf_new(struct arena *a, size_t max);

/* Add bytes, a string, one byte, formatted text. 0, or -1 when it would pass the ceiling: then
 * nothing is added and .over is set, so that one check at the end is enough. */
int buf_add(struct buf *b, const void *p, size_t n);
int buf_str(struct buf *b, const char *s);
int buf_byte(struct buf *b, int c);
int buf_fmt(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Room for n more bytes at data + len (the caller then adds to len), or NULL at the ceiling. */
char *buf_room(struct buf *b, size_t n);

/* Drops the first n bytes. */
void buf_eat(struct buf *b, size_t n);

/* The content as a string, "" when empty. */
const char *buf_text(const struct buf *b);

#endif
