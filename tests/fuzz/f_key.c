/* key: a key file of any bytes is read or refused; what was read can be written. And public keys. */
#include <stdint.h>

#include "arena.h"
#include "error.h"
#include "key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Without password: a PBKDF2 of two thousand million rounds is what its owner asked for. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct pubkey pub;
	if (pubkey_parse(a, der_bytes(data, size), &pub) == 0) {
		pubkey_jwk(a, &pub);
		pubkey_thumbprint(a, &pub);
		pubkey_verify(pub.spki,
		    der_bytes("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02", 12),
		    der_bytes(data, size), der_bytes(data, size));
	}
	error_clear(a);
	struct key *k = size < 8192 ? key_parse(a, data, size, NULL) : NULL;
	if (k) {
		key_pem(a, k);
		key_pkcs8_pem(a, k);
		key_public(a, k, &pub);
		key_close(k);
	}
	arena_drop(a);
	return 0;
}
