/* The error record: one an operation, kept in its arena. */
#include "error.h"

#include <errno.h>
#include <string.h>

#include "text.h"

struct error *arena_error(struct arena *a)
{
	void **slot = arena_slot(a);
	if (!*slot)
		*slot = arena_alloc(a, sizeof(struct error));
	return *slot;
}

int arena_fail(struct arena *a, const char *format, ...)
{
	struct error *e = arena_error(a);
	va_list ap;
	if (e->what)
		return -1;
	va_start(ap, format);
	e->what = arena_vfmt(a, format, ap);
	va_end(ap);
	return -1;
}

int fail_errno(struct arena *a, const char *format, ...)
{
	const int reason = errno;
	va_list ap;
	if (failed(a))
		return -1;
	va_start(ap, format);
	const char *text = arena_vfmt(a, format, ap);
	va_end(ap);
	return arena_fail(a, "%s: %s", text, strerror(reason));
}

static void set(struct arena *a, const char **field, const char *format, va_list ap)
    __attribute__((format(printf, 3, 0)));

/* The context of a recorded failure is left alone: cleaning up is not what failed. */
static void set(struct arena *a, const char **field, const char *format, va_list ap)
{
	if (!failed(a))
		*field = arena_vfmt(a, format, ap);
}

void doing(struct arena *a, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	set(a, &arena_error(a)->doing, format, ap);
	va_end(ap);
}

void at(struct arena *a, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	set(a, &arena_error(a)->where, format, ap);
	va_end(ap);
}

int arena_remedy(struct arena *a, const char *format, ...)
{
	struct error *e = arena_error(a);
	va_list ap;
	if (!e->what || e->remedy)
		return -1;
	va_start(ap, format);
	e->remedy = arena_vfmt(a, format, ap);
	va_end(ap);
	return -1;
}

bool failed(struct arena *a)
{
	return arena_error(a)->what != NULL;
}

void error_clear(struct arena *a)
{
	struct error *e = arena_error(a);
	*e = (struct error){ .where = e->where, .doing = e->doing };
}

char *error_text(struct arena *a)
{
	const struct error *e = arena_error(a);
	if (!e->what)
		return arena_str(a, "");
	const char *code = e->code ? e->code : "";
	/* A bare number says nothing without a word in front; a problem type does. */
	const bool number = strspn(code, "0123456789") == strlen(code);
	const char *text = arena_fmt(a, "%s%s%s%s%s%s%s%s%s%s", e->where ? e->where : "",
	    e->where ? ": " : "", e->doing ? e->doing : "", e->doing ? ": " : "", e->what,
	    *code ? (number ? " (code " : " (") : "", code, *code ? ")" : "", e->remedy ? "; " : "",
	    e->remedy ? e->remedy : "");
	return text_safe(a, text, 4096);
}

int error_move(struct arena *to, struct arena *from)
{
	const struct error *f = arena_error(from);
	struct error *t = arena_error(to);
	if (!f->what || t->what || t == f)
		return -1;
	const struct error before = *t;
	*t = *f;
	t->where = f->where ? arena_str(to, f->where) : before.where;
	t->doing = f->doing ? arena_str(to, f->doing) : before.doing;
	t->what = arena_str(to, f->what);
	t->code = arena_str(to, f->code);
	t->remedy = arena_str(to, f->remedy);
	t->names = arena_str(to, f->names);
	return -1;
}
