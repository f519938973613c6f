/* Growable bytes with a ceiling, in an arena. */
#include "buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"

enum { default_max = 16 << 20, first_cap = 128 };

struct buf buf_new(struct arena *a, size_t max)
{
	return (struct buf){ .mem = a, .max = max };
}

char *buf_room(struct buf *b, size_t n)
{
	const size_t max = b->max ? b->max : default_max;
	if (b->len > max || n > max - b->len) {
		b->over = true;
		return NULL;
	}
	const size_t need = b->len + n + 1;
	if (need > b->cap) {
		size_t cap = b->cap ? b->cap : first_cap;
		while (cap < need)
			cap = cap > SIZE_MAX / 2 ? need : 2 * cap;
		if (cap > max && need <= max)
			cap = max + 1;
		char *data = arena_alloc(b->mem, cap);
		if (b->len > 0)
			memcpy(data, b->data, b->len);
		b->data = data;
		b->cap = cap;
	}
	return b->data + b->len;
}

int buf_add(struct buf *b, const void *p, size_t n)
{
	char *to = buf_room(b, n);
	if (!to)
		return -1;
	if (n > 0)
		memcpy(to, p, n);
	b->len += n;
	b->data[b->len] = '\0';
	return 0;
}

int buf_str(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int buf_byte(struct buf *b, int c)
{
	const char byte = (char)c;
	return buf_add(b, &byte, 1);
}

int buf_fmt(struct buf *b, const char *format, ...)
{
	va_list ap, again;
	va_start(ap, format);
	va_copy(again, ap);
	const int n = vsnprintf(NULL, 0, format, ap);
	char *to = n < 0 ? NULL : buf_room(b, (size_t)n);
	if (to) {
		vsnprintf(to, (size_t)n + 1, format, again);
		b->len += (size_t)n;
	}
	va_end(again);
	va_end(ap);
	return to ? 0 : -1;
}

void buf_eat(struct buf *b, size_t n)
{
	if (n > b->len)
		n = b->len;
	if (n == 0)
		return;
	b->len -= n;
	memmove(b->data, b->data + n, b->len);
	/* What a caller of buf_room() then reads in is NUL-terminated without more ado. */
	memset(b->data + b->len, 0, n);
}

const char *buf_text(const struct buf *b)
{
	if (b->len == 0)
		return "";
	b->data[b->len] = '\0'; /* a caller of buf_room() may have added to len */
	return b->data;
}
