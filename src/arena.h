/* Memory of one operation (a certificate, an API conversation), wiped when it is dropped.
 *
 * An arena also holds the operation's error record (error.h), so that whoever is handed the
 * arena can both allocate and say what went wrong. Nothing in an arena is freed singly.
 * With -DARENA_EXACT each object is its own malloc, so that sanitizers see every overrun. */
#ifndef ARENA_H
#define ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;
struct api;
struct error;

/* A new, empty arena; never NULL (out of memory ends the program with one message). */
struct arena *arena_new(void);

/* Wipes and releases everything of the arena. NULL is allowed. An arena that is dropped while it
 * is the current one (below) leaves the previous one current. */
void arena_drop(struct arena *a);

/* n zeroed bytes, aligned for any object. Never NULL. */
void *arena_alloc(struct arena *a, size_t n);

/* Copies: of n bytes (a NUL follows the copy, not counted), of a string, of at most n characters
 * of a string. arena_str(a, NULL) is NULL. */
void *arena_dup(struct arena *a, const void *p, size_t n);
char *arena_str(struct arena *a, const char *s);
char *arena_strn(struct arena *a, const char *s, size_t n);

/* printf into the arena. */
char *arena_fmt(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vfmt(struct arena *a, const char *format, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* The arena's error record, zeroed at first (defined in error.c, which keeps it in the slot). */
struct error *arena_error(struct arena *a);
void **arena_slot(struct arena *a);

/* The current arena is where code that cannot be handed one (cJSON's allocator) takes its memory.
 * arena_use() makes a the current one and returns the one before, to be put back. */
struct arena *arena_use(struct arena *a);
struct arena *arena_current(void);

/* mem_of(x): the arena of x, which is an arena or a struct that holds one. fmt(x, ...) formats
 * into it. */
struct arena *arena_self(struct arena *a);
struct arena *api_arena(struct api *api); /* defined in api.c */
#define mem_of(x) _Generic((x), struct arena * : arena_self, struct api * : api_arena)(x)
#define fmt(x, ...) arena_fmt(mem_of(x), __VA_ARGS__)

/* Wipes n bytes so that the compiler cannot leave it out. */
void wipe(void *p, size_t n);

/* For broken invariants, out of memory and bad usage only: one line on stderr, exit 1. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
