/* One-time passwords (RFC 6238), for logins with a second factor. */
#include "../acme.h"

enum { TOTP_KEY_MAX = 64, TOTP_STEP = 30 };

/* RFC 4648 base32 as people copy it, with blanks and in small letters. The number of bytes. */
static size_t b32_decode(const char *s, unsigned char *out)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	unsigned bits = 0, held = 0;
	size_t n = 0;
	for (; *s && n < TOTP_KEY_MAX; s++) {
		const char *p = strchr(digits, *s);
		if (!p)
			continue;
		bits = bits << 5 | (unsigned)(p - digits) % 32;
		held += 5;
		if (held >= 8) {
			held -= 8;
			out[n++] = (unsigned char)(bits >> held);
		}
	}
	return n;
}

char *totp(struct api *a, const char *secret_key)
{
	unsigned char key[TOTP_KEY_MAX], counter[8], mac[HASH_MAX];
	const size_t n = b32_decode(secret_key, key);
	uint64_t steps = (uint64_t)clock_now() / TOTP_STEP;
	for (size_t i = 8; i-- > 0; steps >>= 8)
		counter[i] = (unsigned char)steps;
	hash_hmac(HASH_SHA1, key, n, counter, sizeof counter, mac);
	wipe(key, sizeof key);
	const unsigned char *p = mac + (mac[hash_size(HASH_SHA1) - 1] & 15);
	const uint32_t code =
	    (uint32_t)(p[0] & 127) << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	return fmt(a, "%06u", (unsigned)(code % 1000000));
}
