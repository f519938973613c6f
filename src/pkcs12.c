/* PKCS#12 (RFC 7292), written only: PFX { authSafe { sealed certificates, sealed key }, MAC }. */
#include "pkcs12.h"

#include <mbedtls/cipher.h>
#include <mbedtls/pkcs5.h>
#include <string.h>

#include "arena.h"
#include "error.h"
#include "hash.h"
#include "key.h"
#include "rand.h"

#define PKCS "1.2.840.113549.1."
#define OID_DATA PKCS "7.1"
#define OID_ENCRYPTED_DATA PKCS "7.6"
#define OID_SHROUDED_KEY_BAG PKCS "12.10.1.2"
#define OID_CERT_BAG PKCS "12.10.1.3"
#define OID_X509_CERTIFICATE PKCS "9.22.1"
#define OID_FRIENDLY_NAME PKCS "9.20"
#define OID_LOCAL_KEY_ID PKCS "9.21"
#define OID_PBES2 PKCS "5.13"
#define OID_PBKDF2 PKCS "5.12"
#define OID_HMAC_SHA256 "1.2.840.113549.2.9"
#define OID_AES256_CBC "2.16.840.1.101.3.4.1.42"
#define OID_SHA256 "2.16.840.1.101.3.4.2.1"
#define OID_SHA1 "1.3.14.3.2.26"
#define OID_PBE_SHA1_3DES PKCS "12.1.3"

/* OpenSSL's and Java's own numbers are 2048 to 10000; old readers get the smaller one. */
enum { ITERATIONS = 10000, LEGACY_ITERATIONS = 2048, SALT = 16, LEGACY_SALT = 8 };

/* What the writing functions need all the time. */
struct pfx {
	struct arena *a;
	struct der password; /* UTF-8 */
	struct der unicode;  /* UTF-16, two zero bytes behind (RFC 7292 B.1) */
	struct der name;     /* UTF-16 */
	struct der key_id;
	bool legacy;
};

static struct der random_bytes(struct arena *a, size_t n)
{
	unsigned char *p = arena_alloc(a, n);
	rand_bytes(p, n);
	return der_bytes(p, n);
}

/* UTF-8 to UTF-16BE. false when it is not UTF-8. */
static bool to_unicode(struct arena *a, const char *s, struct der *out)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)s;
	unsigned char *start = arena_alloc(a, 2 * strlen(s) + 2), *w = start;
	while (*p) {
		int more = *p < 0x80 ? 0 : *p < 0xe0 ? 1 : *p < 0xf0 ? 2 : 3;
		uint32_t c = more ? *p & (0x3fu >> more) : *p;
		if ((*p >= 0x80 && *p < 0xc2) || *p > 0xf4)
			return false;
		p++;
		for (int i = 0; i < more; i++, p++) {
			if ((*p & 0xc0) != 0x80)
				return false;
			c = c << 6 | (*p & 0x3f);
		}
		if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
			return false;
		if (c >= 0x10000) {
			uint32_t high = 0xd800 + ((c - 0x10000) >> 10);
			*w++ = (unsigned char)(high >> 8);
			*w++ = (unsigned char)high;
			c = 0xdc00 + (c & 0x3ff);
		}
		*w++ = (unsigned char)(c >> 8);
		*w++ = (unsigned char)c;
	}
	*out = der_bytes(start, (size_t)(w - start));
	return true;
}

/* --- deriving keys from the password (RFC 7292 B.2) --- */
enum { DERIVE_KEY = 1, DERIVE_IV = 2, DERIVE_MAC = 3 };

/* Text repeated until n bytes are filled. */
static void repeat(struct der text, unsigned char *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = text.p[i % text.n];
}

/* mbedTLS has this function too, for passwords of up to 31 characters. */
static void derive(struct pfx *f, enum hash h, int purpose, struct der salt, int iterations,
    unsigned char *out, size_t n)
{
	enum { BLOCK = 64 }; /* of SHA-1 and SHA-256 */
	size_t salt_n = (salt.n + BLOCK - 1) / BLOCK * BLOCK;
	size_t password_n = (f->unicode.n + BLOCK - 1) / BLOCK * BLOCK;
	size_t total = BLOCK + salt_n + password_n;
	unsigned char *input = arena_alloc(f->a, total); /* D || S || P */
	unsigned char digest[HASH_MAX], b[BLOCK];
	memset(input, purpose, BLOCK);
	repeat(salt, input + BLOCK, salt_n);
	repeat(f->unicode, input + BLOCK + salt_n, password_n);
	for (;;) {
		hash_bytes(h, input, total, digest);
		for (int i = 1; i < iterations; i++)
			hash_bytes(h, digest, hash_size(h), digest);
		size_t part = n < hash_size(h) ? n : hash_size(h);
		memcpy(out, digest, part);
		out += part;
		n -= part;
		if (n == 0)
			break;
		repeat(der_bytes(digest, hash_size(h)), b, BLOCK);
		for (unsigned char *block = input + BLOCK; block < input + total; block += BLOCK) {
			unsigned carry = 1; /* block = block + b + 1 */
			for (int i = BLOCK - 1; i >= 0; i--) {
				carry += (unsigned)block[i] + b[i];
				block[i] = (unsigned char)carry;
				carry >>= 8;
			}
		}
	}
	wipe(digest, sizeof digest);
}

/* --- encryption --- */
static struct der cbc(struct arena *a, mbedtls_cipher_type_t type, const unsigned char *key,
    struct der iv, struct der plain)
{
	mbedtls_cipher_context_t ctx;
	const mbedtls_cipher_info_t *info = mbedtls_cipher_info_from_type(type);
	unsigned char *out = arena_alloc(a, plain.n + 2 * MBEDTLS_MAX_BLOCK_LENGTH);
	size_t n = 0;
	mbedtls_cipher_init(&ctx);
	int ret = mbedtls_cipher_setup(&ctx, info);
	if (ret == 0)
		ret = mbedtls_cipher_setkey(&ctx, key,
		    (int)mbedtls_cipher_info_get_key_bitlen(info), MBEDTLS_ENCRYPT);
	if (ret == 0)
		ret = mbedtls_cipher_set_padding_mode(&ctx, MBEDTLS_PADDING_PKCS7);
	if (ret == 0)
		ret = mbedtls_cipher_crypt(&ctx, iv.p, iv.n, plain.p, plain.n, out, &n);
	mbedtls_cipher_free(&ctx);
	if (ret != 0)
		die("PKCS#12 encryption failed (mbedTLS -0x%04x)", (unsigned)-ret);
	return der_bytes(out, n);
}

/* PBES2 (RFC 8018 6.2): AES-256-CBC, PBKDF2 with HMAC-SHA256. */
static struct der pbes2(struct pfx *f, struct der plain, struct der *algorithm)
{
	struct arena *a = f->a;
	unsigned char key[32];
	struct der salt = random_bytes(a, SALT), iv = random_bytes(a, 16);
	int ret = mbedtls_pkcs5_pbkdf2_hmac_ext(MBEDTLS_MD_SHA256, f->password.p, f->password.n,
	    salt.p, salt.n, ITERATIONS, sizeof key, key);
	if (ret != 0)
		die("PKCS#12 key derivation failed (mbedTLS -0x%04x)", (unsigned)-ret);
	struct der prf =
	    DER_SEQUENCE(a, der_oid(a, OID_HMAC_SHA256), der_make(a, DER_NULL, der_bytes("", 0)));
	struct der kdf = DER_SEQUENCE(a, der_oid(a, OID_PBKDF2),
	    DER_SEQUENCE(a, der_make(a, DER_OCTETS, salt), der_uint(a, ITERATIONS), prf));
	*algorithm = DER_SEQUENCE(a, der_oid(a, OID_PBES2),
	    DER_SEQUENCE(a, kdf,
	        DER_SEQUENCE(a, der_oid(a, OID_AES256_CBC), der_make(a, DER_OCTETS, iv))));
	struct der out = cbc(a, MBEDTLS_CIPHER_AES_256_CBC, key, iv, plain);
	wipe(key, sizeof key);
	return out;
}

/* pbeWithSHAAnd3-KeyTripleDES-CBC (RFC 7292 appendix C). */
static struct der pbe_3des(struct pfx *f, struct der plain, struct der *algorithm)
{
	struct arena *a = f->a;
	unsigned char key[24], iv[8];
	struct der salt = random_bytes(a, LEGACY_SALT);
	derive(f, HASH_SHA1, DERIVE_KEY, salt, LEGACY_ITERATIONS, key, sizeof key);
	derive(f, HASH_SHA1, DERIVE_IV, salt, LEGACY_ITERATIONS, iv, sizeof iv);
	*algorithm = DER_SEQUENCE(a, der_oid(a, OID_PBE_SHA1_3DES),
	    DER_SEQUENCE(a, der_make(a, DER_OCTETS, salt), der_uint(a, LEGACY_ITERATIONS)));
	struct der out = cbc(a, MBEDTLS_CIPHER_DES_EDE3_CBC, key, der_bytes(iv, sizeof iv), plain);
	wipe(key, sizeof key);
	return out;
}

static struct der encrypt(struct pfx *f, struct der plain, struct der *algorithm)
{
	return f->legacy ? pbe_3des(f, plain, algorithm) : pbes2(f, plain, algorithm);
}

/* --- bags (RFC 7292 4.2) --- */
/* localKeyId ties the certificate to its key; Java and Windows show friendlyName. */
static struct der attributes(struct pfx *f)
{
	struct arena *a = f->a;
	struct der id = DER_SEQUENCE(a, der_oid(a, OID_LOCAL_KEY_ID),
	    der_make(a, DER_SET, der_make(a, DER_OCTETS, f->key_id)));
	struct der name = DER_SEQUENCE(a, der_oid(a, OID_FRIENDLY_NAME),
	    der_make(a, DER_SET, der_make(a, DER_BMP, f->name)));
	if (f->name.n == 0)
		return der_make(a, DER_SET, id);
	/* The shorter element is the smaller one: DER sorts what is in a SET OF. */
	bool name_first = name.n <= id.n;
	return der_seq(a, DER_SET,
	    (const struct der[]){ name_first ? name : id, name_first ? id : name }, 2);
}

static struct der bag(struct pfx *f, const char *oid, struct der value, bool own)
{
	struct arena *a = f->a;
	return DER_SEQUENCE(a, der_oid(a, oid), der_make(a, DER_EXPLICIT, value),
	    own ? attributes(f) : der_bytes("", 0));
}

/* ContentInfo (RFC 5652 3). */
static struct der content_info(struct arena *a, const char *oid, struct der content)
{
	return DER_SEQUENCE(a, der_oid(a, oid), der_make(a, DER_EXPLICIT, content));
}

static struct der data(struct arena *a, struct der bytes)
{
	return content_info(a, OID_DATA, der_make(a, DER_OCTETS, bytes));
}

static struct der certificates(struct pfx *f, const struct chain *chain)
{
	struct arena *a = f->a;
	struct der *bags = arena_alloc(a, chain->n * sizeof *bags);
	for (size_t i = 0; i < chain->n; i++)
		bags[i] = bag(f, OID_CERT_BAG,
		    DER_SEQUENCE(a, der_oid(a, OID_X509_CERTIFICATE),
		        der_make(a, DER_EXPLICIT, der_make(a, DER_OCTETS, chain->certs[i].der))),
		    i == 0);
	struct der algorithm;
	struct der sealed = encrypt(f, der_seq(a, DER_SEQ, bags, chain->n), &algorithm);
	struct der info =
	    DER_SEQUENCE(a, der_oid(a, OID_DATA), algorithm, der_make(a, DER_CONTEXT, sealed));
	return content_info(a, OID_ENCRYPTED_DATA, DER_SEQUENCE(a, der_uint(a, 0), info));
}

static struct der shrouded_key(struct pfx *f, struct der pkcs8)
{
	struct arena *a = f->a;
	struct der algorithm;
	struct der sealed = encrypt(f, pkcs8, &algorithm);
	struct der value = DER_SEQUENCE(a, algorithm, der_make(a, DER_OCTETS, sealed));
	return data(a, DER_SEQUENCE(a, bag(f, OID_SHROUDED_KEY_BAG, value, true)));
}

static struct der mac(struct pfx *f, struct der safe)
{
	struct arena *a = f->a;
	unsigned char key[HASH_MAX], digest[HASH_MAX];
	enum hash h = f->legacy ? HASH_SHA1 : HASH_SHA256;
	int iterations = f->legacy ? LEGACY_ITERATIONS : ITERATIONS;
	struct der salt = random_bytes(a, f->legacy ? LEGACY_SALT : SALT);
	derive(f, h, DERIVE_MAC, salt, iterations, key, hash_size(h));
	hash_hmac(h, key, hash_size(h), safe.p, safe.n, digest);
	wipe(key, sizeof key);
	struct der algorithm = DER_SEQUENCE(a, der_oid(a, f->legacy ? OID_SHA1 : OID_SHA256),
	    der_make(a, DER_NULL, der_bytes("", 0)));
	return DER_SEQUENCE(a,
	    DER_SEQUENCE(a, algorithm, der_make(a, DER_OCTETS, der_bytes(digest, hash_size(h)))),
	    der_make(a, DER_OCTETS, salt), der_uint(a, (uint64_t)iterations));
}

int pkcs12_make(struct arena *a, struct key *k, const struct chain *chain, const char *password,
    const char *name, bool legacy, struct der *out)
{
	struct pfx f = { .a = a, .legacy = legacy };
	const char *secret = password ? password : "";
	unsigned char id[20];
	struct pubkey pub;
	if (chain->n == 0)
		return fail(a, "PKCS#12: there is no certificate to put in");
	if (key_public(a, k, &pub) < 0)
		return -1;
	if (!der_equal(pub.spki, chain->certs[0].spki))
		return fail(a, "PKCS#12: the certificate is not for this key");
	if (!to_unicode(a, secret, &f.unicode) || !to_unicode(a, name ? name : "", &f.name))
		return fail(a, "PKCS#12: password or name is not UTF-8");
	f.password = der_bytes(secret, strlen(secret));
	f.unicode.n += 2; /* to_unicode leaves two zero bytes behind its text */
	hash_bytes(HASH_SHA1, chain->certs[0].der.p, chain->certs[0].der.n, id);
	f.key_id = der_bytes(id, sizeof id);
	struct der pkcs8 = key_pkcs8_der(a, k);
	if (pkcs8.n == 0)
		return -1;
	struct der safe = DER_SEQUENCE(a, certificates(&f, chain), shrouded_key(&f, pkcs8));
	*out = DER_SEQUENCE(a, der_uint(a, 3), data(a, safe), mac(&f, safe));
	return 0;
}
