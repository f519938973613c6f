/* key: making, reading and writing in all forms, RFC 6979 signatures, JWK and thumbprints; with
 * arguments, a helper for tests/e2e/crypto.t:
 *   t_key --make LENGTH PREFIX     writes PREFIX.key (as acme.sh), PREFIX.p8, PREFIX.pub (DER)
 *   t_key --rewrite FILE           reads a key and prints it as acme.sh writes it
 *   t_key --sign FILE DATA         prints key_sign's result in hexadecimal */
#include "arena.h"
#include "b64.h"
#include "crypto_fixtures.h"
#include "error.h"
#include "file.h"
#include "key.h"
#include "tap.h"

static struct arena *a;

static struct key *parse(const char *text, const char *password)
{
	error_clear(a);
	return key_parse(a, text, strlen(text), password);
}

static void test_lengths(void)
{
	static const struct {
		const char *wish;
		const char *length;
	} wishes[] = {
		{ NULL, "ec-256" },
		{ "", "ec-256" },
		{ "2048", "2048" },
		{ "8192", "8192" },
		{ "ec-384", "ec-384" },
		{ "EC-384", "ec-384" },
		{ "secp521r1", "ec-521" },
		{ "prime256v1", "ec-256" },
		{ "2047", NULL },
		{ "ec-255", NULL },
		{ "rsa", NULL },
		{ "2048 ", NULL },
		{ "-1", NULL },
	};
	for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
		error_clear(a);
		is_str(key_length_name(a, wishes[i].wish), wishes[i].length,
		    wishes[i].wish ? wishes[i].wish : "(none)");
		ok(failed(a) == !wishes[i].length, "the error is set when there is none");
	}
	ok(strstr(error_text(a), "'-1'") && strstr(error_text(a), "ec-384"),
	    "the error tells both");
	ok(key_length_is_ec("ec-256") && !key_length_is_ec("2048"), "key_length_is_ec");
}

/* Each form of one key gives the same key. */
static void test_forms(void)
{
	static const struct {
		const char *what;
		const char *text;
		const char *password;
	} forms[] = {
		{ "SEC1", key_sec1, NULL },
		{ "SEC1, a password that is not needed", key_sec1, "secret" },
		{ "PKCS#8", key_pkcs8, NULL },
		{ "DEK-Info AES-256", key_dek_aes, "secret" },
		{ "DEK-Info 3DES", key_dek_3des, "secret" },
		{ "PBES2", key_pbes2, "secret" },
	};
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		struct key *k = parse(forms[i].text, forms[i].password);
		if (!ok(k != NULL, forms[i].what)) {
			printf("# %s\n", error_text(a));
			continue;
		}
		is_str(key_pem(a, k), key_sec1, "written as SEC1");
		is_str(key_pkcs8_pem(a, k), key_pkcs8, "written as PKCS#8");
		key_close(k);
	}
	struct key *k = parse(arena_fmt(a,
	                          "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
	                          "-----END EC PARAMETERS-----\n%s",
	                          key_sec1),
	    NULL);
	ok(k != NULL, "EC PARAMETERS in front");
	struct der p8 = key_pkcs8_der(a, k);
	key_close(k);
	k = key_parse(a, p8.p, p8.n, NULL);
	ok(k && strcmp(key_pem(a, k), key_sec1) == 0, "DER");
	key_close(k);
}

static void test_unreadable(void)
{
	static const struct {
		const char *text;
		const char *password;
		const char *says;
	} bad[] = {
		{ "", NULL, "empty" },
		{ "hello", NULL, "no PEM block" },
		{ "\x30\x03\x02\x01\x05", NULL, "no PEM block" },
		{ key_dek_aes, NULL, "encrypted and no password" },
		{ key_pbes2, NULL, "encrypted and no password" },
		{ key_dek_aes, "wrong", "password" },
		{ key_dek_3des, "", "password" },
		{ key_pbes2, "wrong", "password" },
		{ key_scrypt, "secret", "openssl pkcs8 -topk8 -v2 aes256" },
		{ key_ed25519, NULL, "neither RSA nor EC" },
		{ key_secp256k1, NULL, "neither RSA nor EC" },
		{ cert_leaf, NULL, "it is a certificate, not" },
		{ "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
		    NULL, "it is a certificate request" },
		{ "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", NULL,
		    "public key" },
		{ "-----BEGIN EC PARAMETERS-----\nAAAA\n-----END EC PARAMETERS-----\n", NULL,
		    "parameters only" },
		{ "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
		    NULL, "ssh-keygen" },
		{ "-----BEGIN EC PRIVATE KEY-----\nMHcC\n", NULL, "damaged or cut off" },
		{ "-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----\n", NULL,
		    "damaged" },
		{ "-----BEGIN PRIVATE KEY-----\n%%%%\n-----END PRIVATE KEY-----\n", NULL,
		    "damaged" },
		{ "-----BEGIN X-----\nAAAA\n-----END X-----\n", NULL, "another kind" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		ok(parse(bad[i].text, bad[i].password) == NULL, bad[i].says);
		if (!ok(strstr(error_text(a), bad[i].says) != NULL, "and says so"))
			printf("# %s\n", error_text(a));
	}
	error_clear(a);
}

/* RFC 6979 A.2.5, SHA-256. */
static void test_sign(void)
{
	static const struct {
		const char *text;
		const char *hex;
	} vectors[] = {
		{ "sample",
		    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
		    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8" },
		{ "test",
		    "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
		    "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083" },
	};
	struct key *k = parse(key_sec1, NULL);
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		struct der sig;
		key_sign(a, k, vectors[i].text, strlen(vectors[i].text), &sig);
		is_str(hex_encode(a, sig.p, sig.n), vectors[i].hex, vectors[i].text);
	}
	key_close(k);
}

/* Everything that a key of each length can do. */
static void test_make(const char *length, const char *alg, size_t sig_len, const char *curve)
{
	struct pubkey pub, other;
	struct der sig, tbs = der_bytes("to be signed", 12);
	struct key *k = key_make(a, length);
	if (!ok(k && key_public(a, k, &pub) == 0, arena_fmt(a, "%s is made", length)))
		return;
	is_str(pub.length, length);
	is_str(pub.alg, alg);
	is_str(pub.curve, curve);
	is_int(pub.ec, curve != NULL);
	ok(key_sign(a, k, "x", 1, &sig) == 0 && sig.n == sig_len, "length of the JWS signature");
	ok(key_sign_x509(a, k, tbs, &sig) == 0, "X.509 signature");
	struct der alg_id = key_x509_algorithm(a, k);
	is_int(pubkey_verify(pub.spki, alg_id, tbs, sig), 1, "it verifies");
	is_int(pubkey_verify(pub.spki, alg_id, der_bytes("to be signee", 12), sig), 0,
	    "other bytes");
	is_int(pubkey_verify(pub.spki, der_bytes("\x30\x03\x06\x01\x2a", 5), tbs, sig), -1,
	    "unknown algorithm");
	struct key *again = parse(key_pem(a, k), NULL);
	ok(again && key_public(a, again, &other) == 0 && der_equal(pub.spki, other.spki),
	    "PEM and back");
	key_close(again);
	again = parse(key_pkcs8_pem(a, k), NULL);
	ok(again && key_public(a, again, &other) == 0 && der_equal(pub.spki, other.spki),
	    "PKCS#8 and back");
	key_close(again);
	key_close(k);
}

/* RFC 7638 3.1 and, for EC, RFC 6979's key (OpenSSL and sha256sum agree). */
static void test_jwk(void)
{
	static const char modulus[] =
	    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"
	    "BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"
	    "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI"
	    "4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
	struct pubkey pub;
	size_t n;
	const unsigned char *p = b64_decode(a, modulus, &n);
	struct der number[] = { der_bytes("", 1), der_bytes(p, n) };
	struct der key = DER_SEQUENCE(a, der_seq(a, DER_INT, number, 2), der_uint(a, 65537));
	struct der alg = DER_SEQUENCE(a, der_oid(a, "1.2.840.113549.1.1.1"));
	error_clear(a);
	is_int(pubkey_parse(a, DER_SEQUENCE(a, alg, der_bits(a, key)), &pub), 0, "RSA SPKI");
	is_str(pub.length, "2048");
	is_str(pubkey_jwk(a, &pub),
	    arena_fmt(a, "{\"e\":\"AQAB\",\"kty\":\"RSA\",\"n\":\"%s\"}", modulus), "RSA JWK");
	is_str(pubkey_thumbprint(a, &pub), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
	    "RFC 7638 thumbprint");
	struct key *k = parse(key_sec1, NULL);
	key_public(a, k, &pub);
	is_str(pubkey_jwk(a, &pub),
	    "{\"crv\":\"P-256\",\"kty\":\"EC\","
	    "\"x\":\"YP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Y\","
	    "\"y\":\"eQP-EAi4vJmkGunpVii8ZPLxsgwtfp9Rd6PClNRGIpk\"}",
	    "EC JWK");
	key_close(k);
	static const char *const bad[] = {
		"",
		"3000",
		"30060604550403",
		"3009300506032b65700300",
		/* a point that is too short */
		"3017301306072a8648ce3d020106082a8648ce3d030107030004",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const void *bytes = hex_decode(a, bad[i], &n);
		error_clear(a);
		ok(pubkey_parse(a, der_bytes(bytes, bytes ? n : 0), &pub) < 0 && failed(a), bad[i]);
	}
}

static int fatal(void)
{
	printf("# %s\n", error_text(a));
	return 1;
}

static int helper(char **argv)
{
	size_t n;
	struct pubkey pub;
	struct der sig;
	if (strcmp(argv[1], "--make") == 0) {
		struct key *k = key_make(a, argv[2]);
		const char *pem = k ? key_pem(a, k) : NULL, *p8 = k ? key_pkcs8_pem(a, k) : NULL;
		if (!pem || !p8 || key_public(a, k, &pub) < 0 ||
		    file_write(a, fmt(a, "%s.key", argv[3]), pem, strlen(pem), 0600, false) < 0 ||
		    file_write(a, fmt(a, "%s.p8", argv[3]), p8, strlen(p8), 0600, false) < 0 ||
		    file_write(a, fmt(a, "%s.pub", argv[3]), pub.spki.p, pub.spki.n, 0644, false) <
		        0)
			return fatal();
		return 0;
	}
	const char *text = file_read(a, argv[2], 1 << 16, &n);
	struct key *k = text ? key_parse(a, text, n, NULL) : NULL;
	if (!k)
		return fatal();
	if (strcmp(argv[1], "--rewrite") == 0)
		fputs(key_pem(a, k), stdout);
	else if (key_sign(a, k, argv[3], strlen(argv[3]), &sig) == 0)
		puts(hex_encode(a, sig.p, sig.n));
	key_close(k);
	return 0;
}

int main(int argc, char **argv)
{
	a = arena_new();
	if (argc > 2)
		return helper(argv);
	test_lengths();
	test_forms();
	test_unreadable();
	test_sign();
	test_make("ec-256", "ES256", 64, "prime256v1");
	test_make("ec-384", "ES384", 96, "secp384r1");
	test_make("ec-521", "ES512", 132, "secp521r1");
	test_make("1024", "RS256", 128, NULL);
	ok(key_make(a, "77") == NULL && failed(a), "no such length is made");
	test_jwk();
	arena_drop(a);
	return done();
}
