/* Digests and HMAC (FIPS 180-4, RFC 2104). */
#ifndef HASH_H
#define HASH_H

#include <stddef.h>

enum hash { HASH_MD5 = 1, HASH_SHA1, HASH_SHA256, HASH_SHA384, HASH_SHA512, HASH_SHA224 };
#define HASH_MAX 64

size_t hash_size(enum hash h);
/* Digest of n bytes into out (hash_size bytes). */
void hash_bytes(enum hash h, const void *p, size_t n, unsigned char *out);
void hash_hmac(enum hash h, const void *key, size_t key_len, const void *p, size_t n,
    unsigned char *out);
/* Lower-case hexadecimal digest in an arena. */
struct arena;
char *hash_hex(struct arena *a, enum hash h, const void *p, size_t n);

#endif
