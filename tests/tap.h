/*
 * Unit tests in C: each check prints one line of the Test Anything Protocol (testanything.org),
 * prove counts them. A test program ends with `return done();` and includes this file last,
 * because acme.h has an ok() of its own.
 */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_run, tap_failed;

static inline bool tap_check(bool good, const char *file, int line, const char *what)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++tap_run, what);
	if (!good) {
		tap_failed++;
		printf("# failed at %s:%d\n", file, line);
	}
	fflush(stdout);
	return good;
}

static inline bool tap_str(const char *got, const char *want, const char *file, int line,
    const char *what)
{
	bool good = got && want ? strcmp(got, want) == 0 : got == want;
	if (!tap_check(good, file, line, what))
		printf("#  got: %s\n# want: %s\n", got ? got : "(null)", want ? want : "(null)");
	return good;
}

static inline bool tap_int(long long got, long long want, const char *file, int line,
    const char *what)
{
	if (!tap_check(got == want, file, line, what))
		printf("#  got: %lld\n# want: %lld\n", got, want);
	return got == want;
}

static inline bool tap_mem(const void *got, size_t got_len, const void *want, size_t want_len,
    const char *file, int line, const char *what)
{
	bool good = got_len == want_len && (!want_len || memcmp(got, want, want_len) == 0);
	if (tap_check(good, file, line, what))
		return true;
	for (int side = 0; side < 2; side++) {
		const unsigned char *p = side ? want : got;
		size_t len = side ? want_len : got_len;
		printf("# %s: %zu bytes", side ? "want" : " got", len);
		for (size_t i = 0; i < len && i < 64; i++)
			printf(" %02x", p[i]);
		printf("\n");
	}
	return false;
}

/* The name of a test comes last and may be left out: then the expression is the name. */
#define ok(...) TAP_OK(__VA_ARGS__, #__VA_ARGS__, "")
#define is_str(...) TAP_STR(__VA_ARGS__, #__VA_ARGS__, "")
#define is_int(...) TAP_INT(__VA_ARGS__, #__VA_ARGS__, "")
#define is_mem(...) TAP_MEM(__VA_ARGS__, #__VA_ARGS__, "")

#define TAP_OK(cond, what, ...) tap_check(cond, __FILE__, __LINE__, what)
#define TAP_STR(got, want, what, ...) tap_str(got, want, __FILE__, __LINE__, what)
#define TAP_INT(got, want, what, ...) tap_int(got, want, __FILE__, __LINE__, what)
#define TAP_MEM(got, glen, want, wlen, what, ...) \
	tap_mem(got, glen, want, wlen, __FILE__, __LINE__, what)

static inline void skip(const char *what, const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_run, what, why);
}

static inline int done(void)
{
	printf("1..%d\n", tap_run);
	return tap_failed != 0;
}

#endif
