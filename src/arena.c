/* Arenas: objects are cut from chunks that grow with the operation; large ones get their own. */
#include "arena.h"

#include <errno.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef ARENA_EXACT
static const bool exact = true;
#else
static const bool exact = false;
#endif

struct chunk {
	struct chunk *next;
	size_t size; /* of data */
	size_t used;
	alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct chunk *chunks; /* the first one is where small objects are cut from */
	size_t next_size;     /* of the next chunk, header included */
	struct arena *before; /* what was the current arena when this one became it */
	void *slot;
};

/* The first chunk is small because most operations are (a conf file, a form); the sizes stay a
 * little under a power of two because malloc adds a header of its own. */
enum { first_chunk = 4096 - 32, last_chunk = 65536 - 32 };

static struct arena *current; /* heads the list of arenas in use, by .before */
static struct arena *process; /* stands in when nothing is in use */

void die(const char *format, ...)
{
	char line[1024] = "acme: ";
	const size_t start = strlen(line);
	va_list ap;
	va_start(ap, format);
	const int n = vsnprintf(line + start, sizeof line - start - 1, format, ap);
	va_end(ap);
	size_t len = start + (n > 0 ? (size_t)n : 0);
	if (len > sizeof line - 2)
		len = sizeof line - 2;
	line[len++] = '\n';
	for (size_t done = 0; done < len;) {
		const ssize_t w = write(STDERR_FILENO, line + done, len - done);
		if (w > 0)
			done += (size_t)w;
		else if (errno != EINTR)
			break;
	}
	exit(1);
}

void wipe(void *p, size_t n)
{
	static void *(*const volatile set)(void *, int, size_t) = memset;
	if (n > 0)
		set(p, 0, n);
}

static void *zeroed(size_t n)
{
	void *p = calloc(1, n);
	if (!p)
		die("out of memory (%zu bytes)", n);
	return p;
}

struct arena *arena_new(void)
{
	struct arena *a = zeroed(sizeof *a);
	a->next_size = first_chunk;
	return a;
}

void arena_drop(struct arena *a)
{
	if (!a)
		return;
	for (struct arena **p = &current; *p; p = &(*p)->before)
		if (*p == a) {
			*p = a->before;
			break;
		}
	if (process == a)
		process = NULL;
	for (struct chunk *c = a->chunks, *next; c; c = next) {
		next = c->next;
		wipe(c->data, c->used);
		free(c);
	}
	free(a);
}

/* A chunk with room for size bytes, behind *at. */
static struct chunk *add_chunk(struct chunk **at, size_t size)
{
	struct chunk *c = zeroed(sizeof *c + size);
	c->size = size;
	c->next = *at;
	*at = c;
	return c;
}

void *arena_alloc(struct arena *a, size_t n)
{
	const size_t align = alignof(max_align_t);
	if (n > SIZE_MAX / 2)
		die("out of memory (%zu bytes)", n);
	size_t need = exact ? n : (n + align - 1) / align * align;
	struct chunk *c = a->chunks;
	if (!c || exact || c->size - c->used < need) {
		if (exact || need > a->next_size / 4) {
			/* An own chunk stands second, so that the first one is still filled up. */
			c = add_chunk(c ? &c->next : &a->chunks, need);
		} else {
			c = add_chunk(&a->chunks, a->next_size - sizeof *c);
			if (a->next_size < last_chunk)
				a->next_size = 2 * (a->next_size + 32) - 32;
		}
	}
	void *p = c->data + c->used; /* never used before, so zero since calloc */
	c->used += need;
	return p;
}

void *arena_dup(struct arena *a, const void *p, size_t n)
{
	char *copy = arena_alloc(a, n + 1);
	if (n > 0)
		memcpy(copy, p, n);
	return copy;
}

char *arena_str(struct arena *a, const char *s)
{
	return s ? arena_dup(a, s, strlen(s)) : NULL;
}

char *arena_strn(struct arena *a, const char *s, size_t n)
{
	return s ? arena_dup(a, s, strnlen(s, n)) : NULL;
}

char *arena_vfmt(struct arena *a, const char *format, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	const int n = vsnprintf(NULL, 0, format, ap);
	if (n < 0)
		die("cannot format \"%s\"", format);
	char *s = arena_alloc(a, (size_t)n + 1);
	vsnprintf(s, (size_t)n + 1, format, again);
	va_end(again);
	return s;
}

char *arena_fmt(struct arena *a, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	char *s = arena_vfmt(a, format, ap);
	va_end(ap);
	return s;
}

void **arena_slot(struct arena *a)
{
	return &a->slot;
}

struct arena *arena_use(struct arena *a)
{
	struct arena *before = current;
	/* Putting one back takes off what came after it; else the list would bite its tail. */
	for (struct arena *p = current; p; p = p->before)
		if (p == a) {
			current = a;
			return before;
		}
	if (a)
		a->before = before;
	current = a;
	return before;
}

struct arena *arena_current(void)
{
	if (current)
		return current;
	if (!process)
		process = arena_new();
	return process;
}

struct arena *arena_self(struct arena *a)
{
	return a;
}
