/* cert: a certificate or chain of any bytes is read or refused; what was read can be used. */
#include <stdint.h>
#include <string.h>

#include "arena.h"
#include "cert.h"
#include "error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct cert cert;
	struct chain chain;
	const char *text = arena_strn(a, (const char *)data, size);
	if (cert_parse_der(a, der_bytes(data, size), &cert) == 0) {
		chain = (struct chain){ &cert, 1 };
		cert_ari_id(a, &cert);
		cert_fingerprint(a, &cert);
		chain_check(a, "", &chain, cert.spki, cert.names, 0);
		/* Its own issuer: the signature is checked, too. */
		struct cert twice[] = { cert, cert };
		chain = (struct chain){ twice, 2 };
		chain_check(a, "", &chain, cert.spki, cert.names, 0);
	}
	error_clear(a);
	if (chain_parse(a, text, strlen(text), &chain) == 0)
		chain_check(a, text, &chain, chain.certs[0].spki, chain.certs[0].names, 0);
	arena_drop(a);
	return 0;
}
