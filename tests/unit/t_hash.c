/* hash: vectors of FIPS 180-4, RFC 1321 and RFC 4231. */
#include "arena.h"
#include "b64.h"
#include "hash.h"
#include "tap.h"

static const struct {
	enum hash hash;
	const char *text;
	const char *hex;
} digests[] = {
	{ HASH_MD5, "", "d41d8cd98f00b204e9800998ecf8427e" },
	{ HASH_MD5, "abc", "900150983cd24fb0d6963f7d28e17f72" },
	{ HASH_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ HASH_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ HASH_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ HASH_SHA384, "abc",
	    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
	    "8086072ba1e7cc2358baeca134c825a7" },
	{ HASH_SHA512, "abc",
	    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
};

/* RFC 4231 test case 2, with RFC 2202's for the older digests. */
static const struct {
	enum hash hash;
	const char *hex;
} macs[] = {
	{ HASH_MD5, "750c783e6ab0b503eaa86e310a5db738" },
	{ HASH_SHA1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
	{ HASH_SHA256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ HASH_SHA384,
	    "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
	    "8e2240ca5e69e2c78b3239ecfab21649" },
	{ HASH_SHA512,
	    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
	    "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737" },
};

int main(void)
{
	struct arena *a = arena_new();
	for (size_t i = 0; i < sizeof digests / sizeof *digests; i++)
		is_str(hash_hex(a, digests[i].hash, digests[i].text, strlen(digests[i].text)),
		    digests[i].hex, digests[i].hex);
	for (size_t i = 0; i < sizeof macs / sizeof *macs; i++) {
		static const char data[] = "what do ya want for nothing?";
		unsigned char mac[HASH_MAX];
		hash_hmac(macs[i].hash, "Jefe", 4, data, strlen(data), mac);
		is_str(hex_encode(a, mac, hash_size(macs[i].hash)), macs[i].hex, macs[i].hex);
	}
	unsigned char long_key[131], mac[HASH_MAX];
	static const char data[] = "Test Using Larger Than Block-Size Key - Hash Key First";
	memset(long_key, 0xaa, sizeof long_key);
	hash_hmac(HASH_SHA256, long_key, sizeof long_key, data, strlen(data), mac);
	is_str(hex_encode(a, mac, 32),
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", "RFC 4231 case 6");
	arena_drop(a);
	return done();
}
