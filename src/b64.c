/* Base64 (RFC 4648 sections 4 and 5), base32 (section 6) and hexadecimal. */
#include "b64.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "arena.h"

static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char base32[] = "abcdefghijklmnopqrstuvwxyz234567";
static const char base16[] = "0123456789abcdef";

/* Each `bits` bits of the n bytes as one digit, filled up with zero bits at the end. */
static char *encode(struct arena *a, const void *p, size_t n, unsigned bits, const char *digits)
{
	const unsigned char *in = p;
	char *all = arena_alloc(a, n / bits * 8 + (n % bits * 8 + bits - 1) / bits + 3), *out = all;
	uint32_t held = 0;
	unsigned have = 0;
	for (size_t i = 0; i < n; i++) {
		held = held << 8 | in[i];
		for (have += 8; have >= bits; have -= bits)
			*out++ = digits[held >> (have - bits) & ((1u << bits) - 1)];
	}
	if (have > 0)
		*out++ = digits[held << (bits - have) & ((1u << bits) - 1)];
	return all;
}

char *b64_encode(struct arena *a, const void *p, size_t n)
{
	char *all = encode(a, p, n, 6, standard); /* which left room for the padding */
	if (n % 3 > 0)
		memcpy(all + n / 3 * 4 + n % 3 + 1, "==", 3 - n % 3);
	return all;
}

char *b64url_encode(struct arena *a, const void *p, size_t n)
{
	return encode(a, p, n, 6, url_safe);
}

char *hex_encode(struct arena *a, const void *p, size_t n)
{
	return encode(a, p, n, 4, base16);
}

char *b32_encode(struct arena *a, const void *p, size_t n)
{
	return encode(a, p, n, 5, base32);
}

/* The value of a base64 digit of either alphabet, or -1. */
static int value_of(int c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

unsigned char *b64_decode(struct arena *a, const char *s, size_t *n)
{
	unsigned char *all = arena_alloc(a, strlen(s) / 4 * 3 + 3), *out = all;
	uint32_t held = 0;
	size_t digits = 0, padding = 0;
	for (; *s; s++) {
		if (strchr(" \t\r\n\v\f", *s))
			continue;
		const int value = value_of(*s);
		if (*s == '=')
			padding++;
		else if (value < 0 || padding > 0)
			return NULL;
		else if (held = held << 6 | (uint32_t)value, digits++ % 4 > 0)
			*out++ = (unsigned char)(held >> (6 - 2 * ((digits - 1) % 4)));
	}
	if (digits % 4 == 1 || (padding > 0 && (padding > 2 || (digits + padding) % 4 != 0)))
		return NULL;
	*n = (size_t)(out - all);
	return all;
}

unsigned char *hex_decode(struct arena *a, const char *s, size_t *n)
{
	const size_t len = strlen(s);
	if (len % 2 > 0)
		return NULL;
	unsigned char *all = arena_alloc(a, len / 2 + 1);
	for (size_t i = 0; i < len; i++) {
		const int c = s[i] >= 'A' && s[i] <= 'F' ? s[i] - 'A' + 'a' : s[i];
		const char *digit = strchr(base16, c);
		if (!digit)
			return NULL;
		all[i / 2] = (unsigned char)(all[i / 2] << 4 | (digit - base16));
	}
	*n = len / 2;
	return all;
}
