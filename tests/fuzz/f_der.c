/* der and pem: whatever is taken off lies within its bytes; what is written from it is the same. */
#include <stdint.h>
#include <stdlib.h>

#include "arena.h"
#include "der.h"
#include "error.h"
#include "pem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Constructed elements are walked into; each element is written again and compared. */
static void walk(struct arena *a, struct der in, int depth)
{
	struct der content;
	int tag;
	for (const unsigned char *start = in.p; der_next(&in, &tag, &content); start = in.p) {
		struct der whole = der_bytes(start, (size_t)(in.p - start));
		if (!der_equal(whole, der_make(a, tag, content)))
			abort();
		der_is_oid(content, "1.2.840.113549.1.9.14");
		if ((tag & 0x20) && depth < 16)
			walk(a, content, depth + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct pem block;
	struct der bits, in = der_bytes(arena_dup(a, data, size), size);
	if (size < 4096)
		walk(a, in, 0);
	der_take_bits(&in, &bits);
	for (const char *text = arena_strn(a, (const char *)data, size);
	     pem_next(a, &text, &block) > 0;)
		error_clear(a);
	der_oid(a, arena_strn(a, (const char *)data, size));
	arena_drop(a);
	return 0;
}
