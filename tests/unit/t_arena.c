/* arena.h: alignment, zeroed memory, copies, formatting, the current arena, die(). */
#include "arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

static bool is_zero(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

/* Objects of many sizes are aligned and zero when they come, and keep what was put there. */
static void objects(void)
{
	enum { count = 3000 };
	static unsigned char *p[count];
	struct arena *a = arena_new();
	bool aligned = true, zero = true, kept = true;
	for (size_t i = 0; i < count; i++) {
		const size_t n = i % 97 == 0 ? i * 30 : i % 61;
		p[i] = arena_alloc(a, n);
		aligned = aligned && (uintptr_t)p[i] % alignof(max_align_t) == 0;
		zero = zero && is_zero(p[i], n);
		if (n > 0)
			memset(p[i], (int)(i % 251) + 1, n);
	}
	for (size_t i = 0; i < count; i++) {
		const size_t n = i % 97 == 0 ? i * 30 : i % 61;
		for (size_t k = 0; k < n; k++)
			kept = kept && p[i][k] == i % 251 + 1;
	}
	ok(aligned, "objects are aligned");
	ok(zero, "objects are zero at first");
	ok(kept, "objects do not overlap");
	unsigned char *big = arena_alloc(a, 5 << 20);
	ok(is_zero(big, 5 << 20), "a large object is zero");
	arena_drop(a);
	arena_drop(NULL);
}

static void copies(void)
{
	struct arena *a = arena_new();
	const char *text = "certificate";
	ok(arena_str(a, NULL) == NULL && arena_strn(a, NULL, 3) == NULL, "no string, no copy");
	ok(arena_str(a, text) != text, "a copy is another object");
	is_str(arena_str(a, text), text, "copy");
	is_str(arena_strn(a, text, 4), "cert", "cut copy");
	is_str(arena_strn(a, text, 400), text, "copy of a string that is shorter");
	is_str(arena_dup(a, "ab\0cd", 3), "ab", "bytes");
	is_int(((char *)arena_dup(a, "abcd", 3))[3], 0, "a NUL follows");
	is_str(arena_dup(a, NULL, 0), "", "no bytes");
	is_str(arena_fmt(a, "%s-%d%%", "x", 7), "x-7%", "arena_fmt");
	is_str(fmt(a, "%s", ""), "", "fmt takes an arena");
	is_int((long long)strlen(arena_fmt(a, "%70000d", 1)), 70000, "long formatted text");
	char secret[] = "secret";
	wipe(secret, sizeof secret);
	ok(is_zero((unsigned char *)secret, sizeof secret), "wipe");
	wipe(NULL, 0);
	arena_drop(a);
}

static void the_current(void)
{
	struct arena *process = arena_current();
	ok(process && arena_current() == process, "there is always a current arena");
	struct arena *a = arena_new(), *b = arena_new(), *c = arena_new();
	ok(arena_use(a) == NULL && arena_current() == a, "first in use");
	ok(arena_use(b) == a && arena_current() == b, "second in use");
	ok(arena_use(c) == b && arena_current() == c, "third in use");
	ok(arena_use(a) == c && arena_current() == a, "put back the first");
	ok(arena_use(b) == a, "second again");
	arena_use(c);
	arena_drop(b);
	ok(arena_current() == c, "dropping one below leaves the current one");
	arena_drop(c);
	ok(arena_current() == a, "dropping the current one leaves the one before");
	ok(arena_use(a) == a && arena_current() == a, "the same twice");
	ok(arena_use(NULL) == a && arena_current() == process, "none in use");
	arena_use(a);
	arena_drop(a);
	ok(arena_current() == process, "back to the process's");
	arena_drop(process);
	ok(arena_current() != NULL, "which comes again when it was dropped");
	arena_drop(arena_current());
}

static void the_end(void)
{
	int ends[2], status = 0;
	char line[2000] = "";
	ok(pipe(ends) == 0, "pipe");
	const pid_t child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		die("%s: %0*d", "too long", 3000, 1);
	}
	close(ends[1]);
	const ssize_t n = read(ends[0], line, sizeof line - 1);
	close(ends[0]);
	waitpid(child, &status, 0);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 1, "die() ends with 1");
	ok(strncmp(line, "acme: too long: 000", 19) == 0, "and says why");
	ok(n > 1 && strchr(line, '\n') == line + n - 1, "in one line");
}

int main(void)
{
	objects();
	copies();
	the_current();
	the_end();
	return done();
}
