/* Public keys: SubjectPublicKeyInfo (RFC 5280 4.1.2.7) read, described, written as JWK (RFC 7518
 * 6), and signatures checked with it. */
#include <mbedtls/pk.h>
#include <string.h>

#include "arena.h"
#include "b64.h"
#include "error.h"
#include "key.h"
#include "key_kind.h"
#include "text.h"

const struct key_kind key_kinds[KEY_KINDS] = {
	{ "ec-256", "ES256", "P-256", "prime256v1", "1.2.840.10045.3.1.7", "1.2.840.10045.4.3.2",
	    HASH_SHA256, 256 },
	{ "ec-384", "ES384", "P-384", "secp384r1", "1.3.132.0.34", "1.2.840.10045.4.3.3",
	    HASH_SHA384, 384 },
	{ "ec-521", "ES512", "P-521", "secp521r1", "1.3.132.0.35", "1.2.840.10045.4.3.4",
	    HASH_SHA512, 521 },
	{ NULL, "RS256", NULL, NULL, NULL, "1.2.840.113549.1.1.11", HASH_SHA256, 0 },
};

static const char oid_ec[] = "1.2.840.10045.2.1", oid_rsa[] = "1.2.840.113549.1.1.1";

/* What is in a SubjectPublicKeyInfo: the point's x and y, or modulus and exponent. */
struct parts {
	const struct key_kind *kind;
	struct der first;
	struct der second;
};

static bool split_point(struct der params, struct der point, struct parts *out)
{
	struct der oid;
	if (!der_take(&params, DER_OID, &oid))
		return false;
	for (out->kind = key_kinds; out->kind->crv; out->kind++)
		if (der_is_oid(oid, out->kind->oid))
			break;
	size_t n = (size_t)(out->kind->bits + 7) / 8;
	if (!out->kind->crv || point.n != 1 + 2 * n || point.p[0] != 4)
		return false;
	out->first = der_bytes(point.p + 1, n);
	out->second = der_bytes(point.p + 1 + n, n);
	return true;
}

/* A positive INTEGER without its sign byte. */
static bool take_number(struct der *in, struct der *number)
{
	if (!der_take(in, DER_INT, number))
		return false;
	while (number->n > 1 && number->p[0] == 0)
		*number = der_bytes(number->p + 1, number->n - 1);
	return number->n > 0 && number->p[0] != 0;
}

static bool split_rsa(struct der key, struct parts *out)
{
	struct der seq;
	out->kind = &key_kinds[KEY_RSA];
	return der_take(&key, DER_SEQ, &seq) && key.n == 0 && take_number(&seq, &out->first) &&
	    take_number(&seq, &out->second) && seq.n == 0 && out->first.n <= 2048;
}

static bool split(struct der spki, struct parts *out)
{
	struct der body, alg, oid, key;
	if (!der_take(&spki, DER_SEQ, &body) || spki.n != 0 || !der_take(&body, DER_SEQ, &alg) ||
	    !der_take_bits(&body, &key) || body.n != 0 || !der_take(&alg, DER_OID, &oid))
		return false;
	if (der_is_oid(oid, oid_ec))
		return split_point(alg, key, out);
	return der_is_oid(oid, oid_rsa) && split_rsa(key, out);
}

bool pubkey_known(struct arena *a, struct der spki, struct pubkey *out)
{
	struct parts key;
	if (!split(spki, &key))
		return false;
	int bits = key.kind->bits;
	if (!key.kind->crv) {
		bits = (int)key.first.n * 8;
		for (int top = 0x80; !(key.first.p[0] & top); top >>= 1)
			bits--;
	}
	*out = (struct pubkey){
		.ec = key.kind->crv != NULL,
		.bits = bits,
		.length = key.kind->length ? key.kind->length : arena_fmt(a, "%d", bits),
		.alg = key.kind->alg,
		.curve = key.kind->curve,
		.spki = der_bytes(arena_dup(a, spki.p, spki.n), spki.n),
	};
	return true;
}

int pubkey_parse(struct arena *a, struct der spki, struct pubkey *out)
{
	if (pubkey_known(a, spki, out))
		return 0;
	return fail(a, "public key: neither RSA nor EC on P-256, P-384 or P-521");
}

char *pubkey_jwk(struct arena *a, const struct pubkey *pub)
{
	struct parts key;
	if (!split(pub->spki, &key))
		return fail_null(a, "public key: neither RSA nor EC on P-256, P-384 or P-521");
	const char *first = b64url_encode(a, key.first.p, key.first.n);
	const char *second = b64url_encode(a, key.second.p, key.second.n);
	/* Only names and base64url: nothing that JSON would have to escape. */
	if (key.kind->crv)
		return fmt(a, "{\"crv\":\"%s\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}",
		    key.kind->crv, first, second);
	return fmt(a, "{\"e\":\"%s\",\"kty\":\"RSA\",\"n\":\"%s\"}", second, first);
}

char *pubkey_thumbprint(struct arena *a, const struct pubkey *pub)
{
	unsigned char digest[HASH_MAX];
	const char *jwk = pubkey_jwk(a, pub);
	if (!jwk)
		return NULL;
	hash_bytes(HASH_SHA256, jwk, strlen(jwk), digest);
	return b64url_encode(a, digest, hash_size(HASH_SHA256));
}

/* --- signatures of certificates and requests --- */
static const struct signature {
	const char *oid;
	mbedtls_pk_type_t type;
	enum hash hash;
	mbedtls_md_type_t md;
} signatures[] = {
	{ "1.2.840.10045.4.3.2", MBEDTLS_PK_ECKEY, HASH_SHA256, MBEDTLS_MD_SHA256 },
	{ "1.2.840.10045.4.3.3", MBEDTLS_PK_ECKEY, HASH_SHA384, MBEDTLS_MD_SHA384 },
	{ "1.2.840.10045.4.3.4", MBEDTLS_PK_ECKEY, HASH_SHA512, MBEDTLS_MD_SHA512 },
	{ "1.2.840.113549.1.1.11", MBEDTLS_PK_RSA, HASH_SHA256, MBEDTLS_MD_SHA256 },
	{ "1.2.840.113549.1.1.12", MBEDTLS_PK_RSA, HASH_SHA384, MBEDTLS_MD_SHA384 },
	{ "1.2.840.113549.1.1.13", MBEDTLS_PK_RSA, HASH_SHA512, MBEDTLS_MD_SHA512 },
};

int pubkey_verify(struct der spki, struct der algorithm, struct der tbs, struct der sig)
{
	unsigned char digest[HASH_MAX];
	struct der body, oid;
	const struct signature *s = signatures, *end = s + sizeof signatures / sizeof *s;
	if (!der_take(&algorithm, DER_SEQ, &body) || !der_take(&body, DER_OID, &oid))
		return -1;
	while (s < end && !der_is_oid(oid, s->oid))
		s++;
	if (s == end)
		return -1;
	hash_bytes(s->hash, tbs.p, tbs.n, digest);
	mbedtls_pk_context pk;
	mbedtls_pk_init(&pk);
	int ret = mbedtls_pk_parse_public_key(&pk, spki.p, spki.n);
	if (ret == 0)
		ret = mbedtls_pk_get_type(&pk) == s->type
		    ? mbedtls_pk_verify(&pk, s->md, digest, hash_size(s->hash), sig.p, sig.n)
		    : -1;
	mbedtls_pk_free(&pk);
	return ret == 0;
}
