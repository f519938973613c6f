/* Names, numbers, escapes and lists as they come from files, command lines and CAs. */
#include "text.h"

#include <assert.h>
#include <string.h>

#include "arena.h"
#include "b64.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* A refused name never gets this far: a folder is named after it. */
static void check_name(const char *s)
{
	if (text_bad_name(s))
		return;
	assert(*s && strlen(s) <= 253 && *s != '.' && *s != '-');
	assert(!strpbrk(s, "/\\ \t\r\n'\"$`;&|<>") && !strstr(s, ".."));
}

static void check_safe(struct arena *a, const char *s, size_t max)
{
	const char *safe = text_safe(a, s, max);
	uint32_t c;
	assert(strlen(safe) <= max);
	for (size_t n; *safe; safe += n) {
		n = text_utf8(safe, &c);
		assert(n > 0 && c >= 0x20 && c != 0x7f);
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena *a = arena_new();
	const char *s = arena_dup(a, data, size);
	long long number;
	size_t n;

	check_name(s);
	check_safe(a, s, size);
	check_safe(a, s, size / 2);
	check_safe(a, s, 2);
	if (text_number(s, -1000, 1000, &number) == 0)
		assert(number >= -1000 && number <= 1000);
	assert(strlen(text_url_unescape(a, s)) <= strlen(s));
	assert(text_is(text_url_unescape(a, text_url_escape(a, s)), s));
	assert(text_is(text_replace(a, text_replace(a, s, "a", "aa"), "aa", "a"), s));
	for (struct strs list = text_split(a, s, ",; "); list.n > 0; list.n--)
		assert(!text_empty(list.v[list.n - 1]) && !strpbrk(list.v[list.n - 1], ",; "));
	assert(text_distance(s, s) == 0 || strlen(s) > 64);
	if (text_is_token(s))
		assert(!strpbrk(s, "./%"));

	const unsigned char *back = b64_decode(a, b64_encode(a, data, size), &n);
	assert(back && n == size && memcmp(back, data, size) == 0);
	back = b64_decode(a, s, &n);
	assert(!back || n <= strlen(s) / 4 * 3 + 2);
	back = hex_decode(a, s, &n);
	assert(!back || n == strlen(s) / 2);
	arena_drop(a);
	return 0;
}
