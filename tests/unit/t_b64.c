/* b64.h: the test vectors of RFC 4648 section 10, both alphabets, bad input. */
#include "b64.h"

#include "arena.h"
#include "tap.h"

static void vectors(struct arena *a)
{
	static const struct {
		const char *plain, *b64, *b32, *hex;
	} rows[] = {
		{ "", "", "", "" },
		{ "f", "Zg==", "my", "66" },
		{ "fo", "Zm8=", "mzxq", "666f" },
		{ "foo", "Zm9v", "mzxw6", "666f6f" },
		{ "foob", "Zm9vYg==", "mzxw6yq", "666f6f62" },
		{ "fooba", "Zm9vYmE=", "mzxw6ytb", "666f6f6261" },
		{ "foobar", "Zm9vYmFy", "mzxw6ytboi", "666f6f626172" },
		{ "\xfb\xff\xfe", "+//+", "7p774", "fbfffe" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const size_t len = strlen(rows[i].plain);
		size_t n = 99;
		is_str(b64_encode(a, rows[i].plain, len), rows[i].b64, "base64");
		is_str(b32_encode(a, rows[i].plain, len), rows[i].b32, "base32");
		is_str(hex_encode(a, rows[i].plain, len), rows[i].hex, "hexadecimal");
		const char *back = (const char *)b64_decode(a, rows[i].b64, &n);
		ok(back && n == len && strcmp(back, rows[i].plain) == 0, "base64 back");
		back = (const char *)b64_decode(a, b64url_encode(a, rows[i].plain, len), &n);
		ok(back && n == len && strcmp(back, rows[i].plain) == 0, "base64url back");
		back = (const char *)hex_decode(a, rows[i].hex, &n);
		ok(back && n == len && strcmp(back, rows[i].plain) == 0, "hexadecimal back");
	}
	is_str(b64url_encode(a, "\xfb\xff\xfe\xff", 4), "-__-_w", "URL-safe, no padding");
	is_str(b32_encode(a, "\xff\xff\xff\xff\xff\0\0\0\0\0", 10), "77777777aaaaaaaa",
	    "ACME's 16");
	/* The same by each length up to 300, of bytes that use all bits. */
	unsigned char bytes[300];
	bool good = true;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)(i * 167 + 13);
	for (size_t len = 0; len <= sizeof bytes; len++) {
		size_t n1, n2, n3;
		const unsigned char *p1 = b64_decode(a, b64_encode(a, bytes, len), &n1);
		const unsigned char *p2 = b64_decode(a, b64url_encode(a, bytes, len), &n2);
		const unsigned char *p3 = hex_decode(a, hex_encode(a, bytes, len), &n3);
		good = good && n1 == len && n2 == len && n3 == len && !memcmp(p1, bytes, len) &&
		    !memcmp(p2, bytes, len) && !memcmp(p3, bytes, len);
	}
	ok(good, "there and back, 0 to 300 bytes");
}

static void decoding(struct arena *a)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "Zg", "f" },
		{ " Z\ng = =\r\n", "f" },
		{ "Zm8", "fo" },
		{ "Zm9v", "foo" },
		{ "", "" },
		{ "Z", NULL },
		{ "Zm9vY", NULL },
		{ "Zg=", NULL },
		{ "Zg===", NULL },
		{ "=", NULL },
		{ "====", NULL },
		{ "Zg==Zg==", NULL },
		{ "Zm9v=", NULL },
		{ "Zm9v====", NULL },
		{ "Zm9*", NULL },
		{ "Zm9.", NULL },
		{ "\xc3\xa4Zg", NULL },
		{ "Zm9v\x7f", NULL },
	};
	size_t n = 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *got = (const char *)b64_decode(a, rows[i].in, &n);
		is_str(got, rows[i].out, arena_fmt(a, "decode \"%s\"", rows[i].in));
	}
	const unsigned char *both = b64_decode(a, "+/-_", &n);
	is_mem(both, n, "\xfb\xff\xbf", 3, "either alphabet");
	ok(!hex_decode(a, "abc", &n) && !hex_decode(a, "0g", &n) && !hex_decode(a, "0x", &n));
	is_str((char *)hex_decode(a, "4A4b", &n), "JK", "either case");
}

int main(void)
{
	struct arena *a = arena_new();
	vectors(a);
	decoding(a);
	arena_drop(a);
	return done();
}
