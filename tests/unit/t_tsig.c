/* tsig: signatures against those that dnspython makes with the same key and time, replies that were
 * changed, the forms of keys. */
#include "arena.h"
#include "b64.h"
#include "clock.h"
#include "error.h"
#include "file.h"
#include "text.h"
#include "tsig.h"
#include "tap.h"

#define SECRET "YSBzZWNyZXQgb2YgdGhpcnR5LXR3byBjaGFyYWN0ZXJz"
enum { NOW = 1700000000 };

/* A question for the SOA of example.com, and the server's bare answer. */
static const char asked[] = "12340000000100000000000007"
                            "6578616d706c6503636f6d0000060001";
static const char replied[] = "12348000000100000000000107"
                              "6578616d706c6503636f6d0000060001";

static const struct {
	enum hash hash;
	const char *wire, *request, *reply; /* algorithm's name, MACs */
} vectors[] = {
	{ HASH_MD5, "HMAC-MD5.SIG-ALG.REG.INT", "a6488764015f7c736e4e870d5d5654d8",
	    "ede144988be3e66de9495ea56eeb7751" },
	{ HASH_SHA1, "hmac-sha1", "e5b50c2df678c0031227730c0794a70b1c52f60e",
	    "027074fa9cbee9c7310123bbf37b66a347ab492c" },
	{ HASH_SHA224, "hmac-sha224", "cd5b92cf9c616e38b3746996a802711ee274b76c3ff82390564975ef",
	    "913361850e4d5b3cbea115f87424ecea3af8b841332f66152c769019" },
	{ HASH_SHA256, "hmac-sha256",
	    "6054e62fb554e2f328ef89cde125bec5470c8f52ebb14440ac5debe83c3862ed",
	    "5ace258bd1e7223a50f28ee0da75c9412968f67324d101dbfa07b88c5610119d" },
	{ HASH_SHA384, "hmac-sha384",
	    "eab481a6273a6b190fee8b9ac0157dfb52d32edbce26ca60665c1b7abb28fece"
	    "84c83544a0a8db299ae46deb3b7a8417",
	    "7812009fcba205a98216ac7113a9f41d1d6cdfd034fe081b26ec5bf0ee1125ce"
	    "89ef5551bc07d9af1055905f949e334a" },
	{ HASH_SHA512, "hmac-sha512",
	    "a98e5a0bc78d2e34a6e7d4c9b29ba9b6f29ffc948c542a6f905af34976255d8a"
	    "cd61e16192bc27aff6f36154a2da4ac36b9237974e0a4820cf985edc7d280069",
	    "20086dd7679360d41394a69dfe1e4ab2f287d9e66f54a76f4e655b5e9ccb304c"
	    "494248f557cc295624fa1e01201d094adc565557c49298f3472269eb1592fb01" },
};

static struct arena *a;

static const struct tsig_key *key_of(enum hash h)
{
	return tsig_key_parse(a, "Some.Key.:" SECRET, h);
}

static void put_hex(struct buf *b, const char *hex)
{
	size_t n;
	const unsigned char *p = hex_decode(a, hex, &n);
	buf_add(b, p, n);
}

/* A reply with a TSIG record; names in other letter case than ours. */
static struct buf reply_of(const char *wire, const char *mac, size_t mac_len, unsigned error,
    const char *other)
{
	struct buf b = buf_new(a, 0), data = buf_new(a, 0);
	tsig_put_name(&data, wire);
	put_hex(&data, "00006553f100012c");
	tsig_put16(&data, (unsigned)mac_len);
	put_hex(&data, arena_strn(a, mac, 2 * mac_len));
	tsig_put16(&data, 0x1234);
	tsig_put16(&data, error);
	tsig_put16(&data, (unsigned)strlen(other) / 2);
	put_hex(&data, other);
	put_hex(&b, replied);
	tsig_put_name(&b, "SOME.key");
	put_hex(&b, "00fa00ff00000000");
	tsig_put16(&b, (unsigned)data.len);
	buf_add(&b, data.data, data.len);
	return b;
}

static enum tsig_state check(const void *p, size_t n, const struct tsig_key *k,
    const struct tsig_mac *mac)
{
	/* In an object of its own size, so that sanitizers see what is read behind it. */
	return tsig_check(a, arena_dup(a, p, n), n, k, mac).state;
}

static void signing(void)
{
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		struct buf m = buf_new(a, 0);
		struct tsig_mac mac;
		const struct tsig_key *k = key_of(vectors[i].hash);
		const char *name = vectors[i].wire;
		put_hex(&m, asked);
		tsig_sign(&m, k, &mac);
		is_str(hex_encode(a, mac.bytes, mac.n), vectors[i].request,
		    arena_fmt(a, "%s: MAC", name));
		is_str(hex_encode(a, m.data + m.len - 6 - mac.n, mac.n + 6),
		    arena_fmt(a, "%s123400000000", vectors[i].request), "the message ends with it");
		is_int(m.data[11], 1, "one additional record");
		struct buf r = reply_of(name, vectors[i].reply, mac.n, 0, "");
		is_int(check(r.data, r.len, k, &mac), TSIG_GOOD, "the reply's is good");
		mac.bytes[3] ^= 1;
		is_int(check(r.data, r.len, k, &mac), TSIG_BAD,
		    "but not as reply to something else");
	}
}

static void changes(void)
{
	const struct tsig_key *k = key_of(HASH_SHA256);
	struct tsig_mac mac;
	struct buf m = buf_new(a, 0);
	int good = 0;
	put_hex(&m, asked);
	tsig_sign(&m, k, &mac);
	struct buf r = reply_of("hmac-sha256", vectors[3].reply, 32, 0, "");
	for (size_t i = 0; i < r.len; i++) {
		r.data[i] ^= 1;
		good += check(r.data, r.len, k, &mac) == TSIG_GOOD;
		r.data[i] ^= 1;
	}
	is_int(good, 2 + 4, "each byte counts, but for the message's number and the record's TTL");
	good = 0;
	for (size_t n = 0; n < r.len; n++)
		good += check(r.data, n, k, &mac) == TSIG_GOOD;
	is_int(good, 0, "a part of a reply is none");
	clock_fake = NOW + 301;
	is_int(check(r.data, r.len, k, &mac), TSIG_BAD, "an old reply");
	clock_fake = NOW - 301;
	is_int(check(r.data, r.len, k, &mac), TSIG_BAD, "a reply from the future");
	clock_fake = NOW;
	r = reply_of("hmac-sha256", vectors[3].reply, 16, 0, "");
	is_int(check(r.data, r.len, k, &mac), TSIG_GOOD, "half of a MAC will do");
	r = reply_of("hmac-sha256", vectors[3].reply, 15, 0, "");
	is_int(check(r.data, r.len, k, &mac), TSIG_BAD, "less will not");
	r = reply_of("hmac-sha512", vectors[3].reply, 32, 0, "");
	is_int(check(r.data, r.len, k, &mac), TSIG_BAD, "another algorithm");
	is_int(check(m.data, 0, k, &mac), TSIG_BAD, "nothing at all");
	m.data[11] = 0;
	is_int(check(m.data, 29, k, &mac), TSIG_NONE, "no signature");
	r = reply_of("hmac-sha256", "", 0, TSIG_BADKEY, "");
	struct tsig_verdict v = tsig_check(a, (unsigned char *)r.data, r.len, k, &mac);
	ok(v.state == TSIG_REFUSED && v.error == TSIG_BADKEY, "BADKEY comes unsigned");
	r = reply_of("hmac-sha256", "", 0, TSIG_BADTIME, "00006553f500");
	v = tsig_check(a, (unsigned char *)r.data, r.len, k, &mac);
	ok(v.error == TSIG_BADTIME && v.time == NOW + 1024, "BADTIME tells the server's clock");
	r = reply_of("hmac-sha256", "", 0, 0, "");
	is_int(check(r.data, r.len, k, &mac), TSIG_BAD, "no MAC and no error");
}

static void keys(void)
{
	static const struct {
		const char *text, *name; /* NULL: refused */
		enum hash hash;
	} rows[] = {
		{ "key \"a.b\" {\n\talgorithm hmac-sha512;\n\tsecret \"" SECRET "\";\n};\n", "a.b",
		    HASH_SHA512 },
		{ "key A { secret " SECRET "; algorithm HMAC-SHA1; };", "a", HASH_SHA1 },
		{ "# key \"no\" {\n// key\n/* key \"x\" {} */key\"a\"{algorithm hmac-md5;secret\"" SECRET
		  "\";}",
		    "a", HASH_MD5 },
		{ "options { directory \"/\"; };\nkey a. { algorithm hmac-sha256-128; secret " SECRET
		  "; };",
		    "a", HASH_SHA256 },
		{ "key a { algorithm hmac-md5.sig-alg.reg.int; secret \"" SECRET
		  "\"; }; key b { };",
		    "a", HASH_MD5 },
		{ "a.b. IN KEY 512 3 163 YSBzZWNyZXQgb2Yg dGhpcnR5LXR3byBjaGFyYWN0ZXJz\n", "a.b",
		    HASH_SHA256 },
		{ "; made by a tool\na 3600 IN KEY 0 3 165 " SECRET, "a", HASH_SHA512 },
		{ "# made by keymgr\nhmac-sha384:a:" SECRET "\n", "a", HASH_SHA384 },
		{ "a:" SECRET, "a", HASH_SHA256 },
		{ "hmac-sha224 a " SECRET, NULL, 0 },
		{ "", NULL, 0 },
		{ "key", NULL, 0 },
		{ "key a", NULL, 0 },
		{ "key a {", NULL, 0 },
		{ "key a { secret \"" SECRET "\"; };", NULL, 0 },
		{ "key a { algorithm hmac-sha256; };", NULL, 0 },
		{ "key a { algorithm rsa; secret \"" SECRET "\"; };", NULL, 0 },
		{ "key a { algorithm hmac-sha256; secret \"?\"; };", NULL, 0 },
		{ "key a { algorithm hmac-sha256; secret \"\"; };", NULL, 0 },
		{ "key \"\" { algorithm hmac-sha256; secret \"" SECRET "\"; };", NULL, 0 },
		{ "key a..b { algorithm hmac-sha256; secret \"" SECRET "\"; };", NULL, 0 },
		{ "a IN KEY 512 3 8 " SECRET, NULL, 0 },
		{ "a IN KEY 512 3 163", NULL, 0 },
		{ "/*", NULL, 0 },
		{ "-----BEGIN PRIVATE KEY-----\nAA==\n", NULL, 0 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct tsig_key *k = tsig_key_read(a, rows[i].text);
		const char *what = text_safe(a, rows[i].text, 40);
		is_str(k ? k->name : NULL, rows[i].name, what);
		ok(k ? k->hash == rows[i].hash && k->len == 33 : failed(a),
		    "its digest and secret");
		ok(!strstr(error_text(a), SECRET), "the secret is not told");
		error_clear(a);
	}
	is_str(tsig_key_parse(a, "hmac-sha1:a:" SECRET, HASH_MD5)->name, "a", "on a line");
	is_int(tsig_key_parse(a, "hmac-sha1 a " SECRET, HASH_MD5)->hash, HASH_SHA1, "with blanks");
	is_int(tsig_key_parse(a, "a:" SECRET, HASH_MD5)->hash, HASH_MD5,
	    "the digest that is usual");
	ok(!tsig_key_parse(a, "a", HASH_MD5) && !tsig_key_parse(a, "a:b:c:d", HASH_MD5));
}

int main(void)
{
	a = arena_new();
	clock_fake = NOW;
	signing();
	changes();
	keys();
	arena_drop(a);
	return done();
}
