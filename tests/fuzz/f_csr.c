/* csr: a request of any bytes is read or refused. */
#include <stdint.h>

#include "arena.h"
#include "csr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct csr csr;
	if (csr_parse(a, data, size, &csr) == 0)
		csr_pem(a, csr.der);
	arena_drop(a);
	return 0;
}
