/* Digests and HMAC by mbedTLS's md layer. */
#include "hash.h"

#include <mbedtls/md.h>

#include "arena.h"
#include "b64.h"

static const mbedtls_md_info_t *info_of(enum hash h)
{
	static const mbedtls_md_type_t types[] = {
		[HASH_MD5] = MBEDTLS_MD_MD5,
		[HASH_SHA1] = MBEDTLS_MD_SHA1,
		[HASH_SHA256] = MBEDTLS_MD_SHA256,
		[HASH_SHA384] = MBEDTLS_MD_SHA384,
		[HASH_SHA512] = MBEDTLS_MD_SHA512,
		[HASH_SHA224] = MBEDTLS_MD_SHA224,
	};
	const mbedtls_md_info_t *info = mbedtls_md_info_from_type(types[h]);
	if (!info)
		die("digest %d is not compiled into mbedTLS", (int)h);
	return info;
}

size_t hash_size(enum hash h)
{
	return mbedtls_md_get_size(info_of(h));
}

void hash_bytes(enum hash h, const void *p, size_t n, unsigned char *out)
{
	if (mbedtls_md(info_of(h), p, n, out) != 0)
		die("out of memory for a digest");
}

void hash_hmac(enum hash h, const void *key, size_t key_len, const void *p, size_t n,
    unsigned char *out)
{
	if (mbedtls_md_hmac(info_of(h), key, key_len, p, n, out) != 0)
		die("out of memory for a digest");
}

char *hash_hex(struct arena *a, enum hash h, const void *p, size_t n)
{
	unsigned char digest[HASH_MAX];
	hash_bytes(h, p, n, digest);
	return hex_encode(a, digest, hash_size(h));
}
