/* Key authorizations (RFC 8555 8.1) and what solvers make of them. */
#include "solver.h"

#include <string.h>

#include "arena.h"
#include "b64.h"
#include "hash.h"

char *key_authorization(struct arena *a, const char *token, const char *thumbprint)
{
	return fmt(a, "%s.%s", token, thumbprint);
}

void key_authorization_digest(const char *key_authz, unsigned char digest[32])
{
	hash_bytes(HASH_SHA256, key_authz, strlen(key_authz), digest);
}

char *dns_txt_value(struct arena *a, const char *key_authz)
{
	unsigned char digest[32];
	key_authorization_digest(key_authz, digest);
	return b64url_encode(a, digest, sizeof digest);
}
