/* tsig: whatever a server sends is no signed reply, and whatever a key file holds is read within its
 * bytes. */
#include <stdint.h>
#include <stdlib.h>

#include "arena.h"
#include "clock.h"
#include "error.h"
#include "tsig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	const struct tsig_key *k = tsig_key_parse(a, "a:c2VjcmV0", HASH_SHA256);
	const struct tsig_mac mac = { { 1, 2, 3 }, 32 };
	clock_fake = 1700000000;
	if (size <= 65535 &&
	    tsig_check(a, arena_dup(a, data, size), size, k, &mac).state == TSIG_GOOD)
		abort();
	k = tsig_key_read(a, arena_strn(a, (const char *)data, size));
	if (!k != failed(a) || (k && !k->len))
		abort();
	arena_drop(a);
	return 0;
}
