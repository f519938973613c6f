/* Internationalised names: what comes out is ASCII, short enough and has as many labels. */
#include "idn.h"

#include <assert.h>
#include <string.h>

#include "arena.h"
#include "error.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static size_t labels(const char *s)
{
	size_t n = 1;
	for (; *s; s++)
		n += *s == '.';
	return n;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena *a = arena_new();
	const char *name = arena_dup(a, data, size);
	const char *ascii = idn_to_ascii(a, name);
	assert(!ascii == failed(a));
	if (ascii) {
		assert(strlen(ascii) <= 253 && labels(ascii) == labels(name));
		for (const char *p = ascii; *p; p++)
			assert(*(const unsigned char *)p < 0x80 && !(*p >= 'A' && *p <= 'Z'));
		const char *again = idn_to_ascii(a, ascii);
		assert(again && strcmp(again, ascii) == 0);
	}
	arena_drop(a);
	return 0;
}
