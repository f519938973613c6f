/* Private keys through mbedTLS's pk layer: SEC1 (RFC 5915), PKCS#1 (RFC 8017), PKCS#8 (RFC
 * 5958). */
#include "key.h"

#include <mbedtls/ecp.h>
#include <mbedtls/error.h>
#include <mbedtls/pem.h>
#include <mbedtls/pk.h>
#include <mbedtls/pkcs5.h>
#include <mbedtls/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "error.h"
#include "key_kind.h"
#include "pem.h"
#include "rand.h"
#include "text.h"

struct key {
	mbedtls_pk_context pk;
	const struct key_kind *kind;
};

/* mbedTLS's numbers of key_kinds' rows. */
static const struct {
	mbedtls_ecp_group_id group;
	mbedtls_md_type_t md;
} numbers[KEY_KINDS] = {
	{ MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_MD_SHA256 },
	{ MBEDTLS_ECP_DP_SECP384R1, MBEDTLS_MD_SHA384 },
	{ MBEDTLS_ECP_DP_SECP521R1, MBEDTLS_MD_SHA512 },
	{ MBEDTLS_ECP_DP_NONE, MBEDTLS_MD_SHA256 },
};

/* An RSA-8192 private key is 4.7 KiB of DER. */
enum { KEY_DER_MAX = 8192 };

/* --- the wish --- */
static const struct {
	const char *wish;
	const char *length;
} lengths[] = {
	{ "1024", "1024" },
	{ "2048", "2048" },
	{ "3072", "3072" },
	{ "4096", "4096" },
	{ "8192", "8192" },
	{ "ec-256", "ec-256" },
	{ "ec-384", "ec-384" },
	{ "ec-521", "ec-521" },
	{ "prime256v1", "ec-256" },
	{ "secp256r1", "ec-256" },
	{ "secp384r1", "ec-384" },
	{ "secp521r1", "ec-521" },
};

const char *key_length_name(struct arena *a, const char *wish)
{
	if (text_empty(wish))
		return "ec-256";
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
		if (text_is_ci(wish, lengths[i].wish))
			return lengths[i].length;
	fail(a, "key length '%s': there is no such length", wish);
	remedy(a, "give one of 2048, 3072, 4096, 8192, ec-256, ec-384, ec-521");
	return NULL;
}

bool key_length_is_ec(const char *length)
{
	return text_starts(length, "ec-");
}

/* --- making and reading --- */
static struct key *key_new(struct arena *a)
{
	struct key *k = arena_alloc(a, sizeof *k);
	mbedtls_pk_init(&k->pk);
	return k;
}

void key_close(struct key *k)
{
	if (k)
		mbedtls_pk_free(&k->pk);
}

void *key_pk(struct key *k)
{
	return &k->pk;
}

static bool find_kind(struct key *k)
{
	k->kind = &key_kinds[KEY_RSA];
	if (mbedtls_pk_get_type(&k->pk) == MBEDTLS_PK_RSA)
		return true;
	mbedtls_ecp_group_id group = mbedtls_ecp_keypair_get_group_id(mbedtls_pk_ec(k->pk));
	for (int i = 0; i < KEY_RSA; i++)
		if (numbers[i].group == group) {
			k->kind = &key_kinds[i];
			return true;
		}
	return false;
}

struct key *key_make(struct arena *a, const char *length)
{
	struct key *k = key_new(a);
	const char *name = key_length_name(a, length);
	if (!name)
		return NULL;
	mbedtls_pk_type_t type = key_length_is_ec(name) ? MBEDTLS_PK_ECKEY : MBEDTLS_PK_RSA;
	int ret = mbedtls_pk_setup(&k->pk, mbedtls_pk_info_from_type(type));
	if (ret == 0 && type == MBEDTLS_PK_RSA)
		ret = mbedtls_rsa_gen_key(mbedtls_pk_rsa(k->pk), rand_mbedtls, NULL,
		    (unsigned)strtoul(name, NULL, 10), 65537);
	for (int i = 0; type == MBEDTLS_PK_ECKEY && i < KEY_RSA; i++)
		if (ret == 0 && text_is(name, key_kinds[i].length))
			ret = mbedtls_ecp_gen_key(numbers[i].group, mbedtls_pk_ec(k->pk),
			    rand_mbedtls, NULL);
	if (ret == 0 && find_kind(k))
		return k;
	key_close(k);
	return fail_null(a, "making a %s key failed (mbedTLS -0x%04x)", name, (unsigned)-ret);
}

/* --- what it is, when it is no key --- */
static const struct {
	const char *in_label;
	const char *text;
	const char *remedy;
} impostors[] = {
	{ "OPENSSH PRIVATE KEY", "it is a key in OpenSSH's own format",
	    "convert a copy of it: ssh-keygen -p -m PEM -f COPY" },
	{ "ENCRYPTED PRIVATE KEY", NULL, NULL },
	{ "PRIVATE KEY", NULL, NULL },
	{ "CERTIFICATE REQUEST", "it is a certificate request, not a private key", NULL },
	{ "CERTIFICATE", "it is a certificate, not a private key", NULL },
	{ "PUBLIC KEY", "it is a public key, not a private key", NULL },
	{ "PARAMETERS", "it has parameters only, no private key", NULL },
};

static int not_a_key(struct arena *a, const char *text)
{
	if (*text == '\0')
		return fail(a, "not a private key: it is empty");
	if (!pem_is(text))
		return fail(a, "not a private key: it has no PEM block and is no DER key");
	for (size_t i = 0; i < sizeof impostors / sizeof *impostors; i++) {
		if (!strstr(text, impostors[i].in_label))
			continue;
		if (!impostors[i].text)
			return fail(a, "the private key is damaged or cut off");
		fail(a, "not a private key: %s", impostors[i].text);
		return impostors[i].remedy ? remedy(a, "%s", impostors[i].remedy) : -1;
	}
	return fail(a, "not a private key: it has another kind of PEM block");
}

static int unreadable(struct arena *a, const char *text, const char *password, int ret)
{
	/* mbedTLS adds a low error (0x7f and below) to a high one (the multiples of 0x80). */
	int high = -(-ret & ~0x7f);
	bool encrypted = strstr(text, "ENCRYPTED") != NULL;
	if (encrypted && !password)
		return fail(a, "the private key is encrypted and no password was given");
	switch (high) {
	case MBEDTLS_ERR_PK_PASSWORD_REQUIRED:
	case MBEDTLS_ERR_PK_PASSWORD_MISMATCH:
		return fail(a, "the password of the private key is wrong");
	case MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE:
	case MBEDTLS_ERR_PKCS5_FEATURE_UNAVAILABLE:
	case MBEDTLS_ERR_PEM_UNKNOWN_ENC_ALG:
		fail(a, "the private key is encrypted by a method that is not supported (scrypt?)");
		return remedy(a, "convert it: openssl pkcs8 -topk8 -v2 aes256 -in OLD -out NEW");
	case MBEDTLS_ERR_PK_UNKNOWN_PK_ALG:
	case MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE:
		return fail(a, "the private key is neither RSA nor EC on P-256, P-384 or P-521");
	default:
		/* One wrong password in 256 decrypts to something. */
		if (encrypted)
			return fail(a,
			    "the password of the private key is wrong, or the key damaged");
		return not_a_key(a, text);
	}
}

struct key *key_parse(struct arena *a, const void *p, size_t n, const char *password)
{
	const char *text = arena_dup(a, p, n); /* mbedTLS wants the NUL counted in PEM */
	struct key *k = key_new(a);
	int ret = mbedtls_pk_parse_key(&k->pk, (const unsigned char *)text, n + pem_is(text),
	    (const unsigned char *)password, password ? strlen(password) : 0, rand_mbedtls, NULL);
	if (ret != 0) {
		unreadable(a, text, password, ret);
		return NULL;
	}
	if (find_kind(k))
		return k;
	unreadable(a, text, password, MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE);
	key_close(k);
	return NULL;
}

/* --- writing --- */
/* mbedTLS writes DER to the end of a buffer. */
static struct der write_der(struct arena *a, struct key *k,
    int (*writer)(const mbedtls_pk_context *, unsigned char *, size_t))
{
	unsigned char *p = arena_alloc(a, KEY_DER_MAX);
	int n = writer(&k->pk, p, KEY_DER_MAX);
	if (n > 0)
		return der_bytes(p + KEY_DER_MAX - n, (size_t)n);
	fail(a, "writing a key failed (mbedTLS -0x%04x)", (unsigned)-n);
	return der_bytes("", 0);
}

char *key_pem(struct arena *a, struct key *k)
{
	struct der der = write_der(a, k, mbedtls_pk_write_key_der);
	return der.n ? pem_text(a, k->kind->crv ? "EC PRIVATE KEY" : "RSA PRIVATE KEY", der) : NULL;
}

/* SEC1's own copy of the curve's name is left out in PKCS#8, where the algorithm tells it. */
static struct der without_curve(struct arena *a, struct der sec1)
{
	struct der body, version, secret, curve;
	if (!der_take(&sec1, DER_SEQ, &body) || !der_take_whole(&body, DER_INT, &version) ||
	    !der_take_whole(&body, DER_OCTETS, &secret))
		die("mbedTLS wrote no ECPrivateKey");
	der_take(&body, DER_EXPLICIT, &curve);
	return DER_SEQUENCE(a, version, secret, body);
}

struct der key_pkcs8_der(struct arena *a, struct key *k)
{
	struct der key = write_der(a, k, mbedtls_pk_write_key_der);
	struct der spki = write_der(a, k, mbedtls_pk_write_pubkey_der);
	struct der body, algorithm;
	if (!der_take(&spki, DER_SEQ, &body) || !der_take_whole(&body, DER_SEQ, &algorithm) ||
	    !key.n)
		return der_bytes("", 0);
	return DER_SEQUENCE(a, der_uint(a, 0), algorithm,
	    der_make(a, DER_OCTETS, k->kind->crv ? without_curve(a, key) : key));
}

char *key_pkcs8_pem(struct arena *a, struct key *k)
{
	struct der der = key_pkcs8_der(a, k);
	return der.n ? pem_text(a, "PRIVATE KEY", der) : NULL;
}

int key_public(struct arena *a, struct key *k, struct pubkey *out)
{
	struct der spki = write_der(a, k, mbedtls_pk_write_pubkey_der);
	return spki.n ? pubkey_parse(a, spki, out) : -1;
}

/* --- signing --- */
/* RSA: PKCS#1 v1.5. EC: deterministic (RFC 6979), SEQUENCE { r, s }. */
static int sign_by(struct arena *a, struct key *k, enum hash h, mbedtls_md_type_t md, const void *p,
    size_t n, struct der *sig)
{
	unsigned char digest[HASH_MAX];
	size_t len;
	hash_bytes(h, p, n, digest);
	unsigned char *out = arena_alloc(a, MBEDTLS_PK_SIGNATURE_MAX_SIZE);
	int ret = mbedtls_pk_sign(&k->pk, md, digest, hash_size(h), out,
	    MBEDTLS_PK_SIGNATURE_MAX_SIZE, &len, rand_mbedtls, NULL);
	if (ret != 0)
		return fail(a, "signing failed (mbedTLS -0x%04x)", (unsigned)-ret);
	*sig = der_bytes(out, len);
	return 0;
}

/* An INTEGER as exactly n bytes. */
static bool put_number(struct der *in, unsigned char *out, size_t n)
{
	struct der number;
	if (!der_take(in, DER_INT, &number))
		return false;
	while (number.n > 0 && number.p[0] == 0)
		number = der_bytes(number.p + 1, number.n - 1);
	if (number.n > n)
		return false;
	memset(out, 0, n - number.n);
	memcpy(out + n - number.n, number.p, number.n);
	return true;
}

static int sign(struct arena *a, struct key *k, const void *p, size_t n, struct der *sig)
{
	return sign_by(a, k, k->kind->hash, numbers[k->kind - key_kinds].md, p, n, sig);
}

int key_sign_rsa(struct arena *a, struct key *k, enum hash h, const void *p, size_t n,
    struct der *sig)
{
	static const mbedtls_md_type_t types[] = {
		[HASH_SHA1] = MBEDTLS_MD_SHA1,
		[HASH_SHA256] = MBEDTLS_MD_SHA256,
		[HASH_SHA384] = MBEDTLS_MD_SHA384,
		[HASH_SHA512] = MBEDTLS_MD_SHA512,
	};
	if (k->kind->crv)
		return fail(a, "the key is no RSA key");
	return sign_by(a, k, h, types[h], p, n, sig);
}

int key_sign(struct arena *a, struct key *k, const void *p, size_t n, struct der *sig)
{
	if (sign(a, k, p, n, sig) < 0)
		return -1;
	if (!k->kind->crv)
		return 0;
	struct der body, der = *sig;
	size_t half = (size_t)(k->kind->bits + 7) / 8;
	unsigned char *raw = arena_alloc(a, 2 * half);
	if (!der_take(&der, DER_SEQ, &body) || !put_number(&body, raw, half) ||
	    !put_number(&body, raw + half, half))
		die("mbedTLS wrote no ECDSA signature");
	*sig = der_bytes(raw, 2 * half);
	return 0;
}

int key_sign_x509(struct arena *a, struct key *k, struct der tbs, struct der *sig)
{
	return sign(a, k, tbs.p, tbs.n, sig);
}

struct der key_x509_algorithm(struct arena *a, const struct key *k)
{
	struct der oid = der_oid(a, k->kind->signature);
	if (k->kind->crv)
		return DER_SEQUENCE(a, oid); /* RFC 5758 3.2: no parameters */
	return DER_SEQUENCE(a, oid, der_make(a, DER_NULL, der_bytes("", 0))); /* RFC 4055 5 */
}
