/* cert: what OpenSSL signed is read; a chain that is not what was asked is refused; with arguments
 * a helper for tests/e2e/crypto.t: t_cert --alpn IDENTIFIER prints a tls-alpn-01 certificate. */
#include <stdlib.h>

#include "arena.h"
#include "b64.h"
#include "cert.h"
#include "clock.h"
#include "crypto_fixtures.h"
#include "error.h"
#include "key.h"
#include "tap.h"

static struct arena *a;

static struct chain parse(const char *pem)
{
	struct chain c;
	error_clear(a);
	if (chain_parse(a, pem, strlen(pem), &c) < 0)
		c.n = 0;
	return c;
}

static void test_read(void)
{
	struct chain c =
	    parse(arena_fmt(a, "some words\n%s%s%s", cert_leaf, cert_inter, cert_root));
	is_int((long long)c.n, 3, "three certificates");
	const struct cert *leaf = &c.certs[0];
	is_str(leaf->subject_cn, "example.com");
	is_str(leaf->issuer_cn, "Test Sub CA");
	is_str(leaf->issuer, "C=US, O=Test Org, CN=Test Sub CA");
	is_str(leaf->serial_hex, "008765432100AABBCC", "serial with its sign byte");
	is_str(hex_encode(a, leaf->aki.p, leaf->aki.n), "b89719bbe7b0d6ea2678a6018e0e0fb0e2262f20",
	    "AKI");
	is_str(clock_rfc3339(a, leaf->not_before), "2026-11-21T22:11:47Z", "not before");
	is_str(clock_rfc3339(a, leaf->not_after), "2126-10-28T22:11:47Z",
	    "not after, a GeneralizedTime");
	is_str(text_join(a, leaf->names, " "), "example.com *.example.com 192.0.2.7 2001:db8::1",
	    "names");
	is_str(leaf->key_length, "ec-256");
	ok(leaf->must_staple && !c.certs[1].must_staple, "must-staple");
	is_str(cert_ari_id(a, leaf), "uJcZu-ew1uomeKYBjg4PsOImLyA.AIdlQyEAqrvM", "ARI id");
	is_str(cert_fingerprint(a, leaf),
	    "03401c783a842335eb4949f292629175c1b71948b9555cd5ebdfa4806442ca7a", "fingerprint");
	is_str(c.certs[1].key_length, "ec-384");
	is_str(chain_top_issuer(&c), "Test Root", "top-most issuer");
	is_str(cert_pem(a, leaf->der), cert_leaf, "written as PEM");
	/* RFC 9773 4.1's own example. */
	struct cert example = { 0 };
	size_t n;
	const void *p = hex_decode(a, "69885b6b87464041e1b37b847bd0ae2cde01c8d4", &n);
	example.aki = der_bytes(p, n);
	p = hex_decode(a, "0087654321", &n);
	example.serial = der_bytes(p, n);
	is_str(cert_ari_id(a, &example), "aYhba4dGQEHhs3uEe9CuLN4ByNQ.AIdlQyE", "RFC 9773 example");
	example.aki.n = 0;
	ok(cert_ari_id(a, &example) == NULL, "no ARI id without AKI");
}

static struct strs names_of(const char *list)
{
	return text_split(a, list, " ");
}

static void test_check(void)
{
	static const char all[] = "2001:DB8:0::1 EXAMPLE.com *.example.com 192.0.2.7";
	struct der own = parse(cert_leaf).certs[0].spki;
	const char *whole = arena_fmt(a, "%s%s", cert_leaf, cert_inter);
	const struct {
		const char *what;
		const char *pem;
		struct der spki;
		const char *names;
		int64_t now;
		const char *says; /* NULL: fine */
	} checks[] = {
		{ "in another order and spelling", whole, own, all, 1800000000, NULL },
		{ "with the root", arena_fmt(a, "%s%s", whole, cert_root), own, all, 1800000000,
		    NULL },
		{ "leaf alone", cert_leaf, own, all, 1800000000, NULL },
		{ "another key", whole, parse(cert_root).certs[0].spki, all, 1800000000,
		    "another key" },
		{ "a name is missing", whole, own, arena_fmt(a, "%s www.example.com", all),
		    1800000000, "not for www.example.com" },
		{ "a name too many", whole, own, "example.com *.example.com 192.0.2.7", 1800000000,
		    "also for 2001:db8::1" },
		{ "no names", whole, own, "", 1800000000, "also for" },
		{ "expired", whole, own, all, 6000000000, "expired" },
		{ "wrong order", arena_fmt(a, "%s%s", cert_inter, cert_leaf), own, all, 1800000000,
		    "another key" },
		{ "a hole in the chain", arena_fmt(a, "%s%s", cert_leaf, cert_root), own, all,
		    1800000000, "not signed by 'Test Root'" },
		{ "a private key in it", arena_fmt(a, "%s%s", whole, key_sec1), own, all,
		    1800000000, "EC PRIVATE KEY" },
	};
	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
		struct chain c = parse(checks[i].pem);
		int got = chain_check(a, checks[i].pem, &c, checks[i].spki,
		    names_of(checks[i].names), checks[i].now);
		is_int(got, checks[i].says ? -1 : 0, checks[i].what);
		if (!ok(!checks[i].says || strstr(error_text(a), checks[i].says), "and says so"))
			printf("# %s\n", error_text(a));
	}
	/* A changed byte in what is signed, and in the signature. */
	static const size_t places[] = { 120, 12 };
	for (size_t i = 0; i < 2; i++) {
		struct chain c = parse(whole);
		unsigned char *p = (unsigned char *)c.certs[0].der.p;
		p[i == 0 ? places[0] : c.certs[0].der.n - places[1]] ^= 1;
		error_clear(a);
		ok(chain_check(a, whole, &c, c.certs[0].spki, c.certs[0].names, 1800000000) < 0 &&
		        strstr(error_text(a), "not signed by"),
		    "a changed byte");
	}
	struct chain none = { 0 };
	error_clear(a);
	ok(chain_check(a, "", &none, own, names_of(all), 0) < 0, "empty chain");
}

/* Each cut and many changes are refused or read, never a crash; all cuts are refused. */
static void test_damage(void)
{
	struct chain c = parse(cert_leaf);
	struct der whole = c.certs[0].der;
	struct cert out;
	int read = 0;
	for (size_t n = 0; n < whole.n; n++) {
		error_clear(a);
		read += cert_parse_der(a, der_bytes(arena_dup(a, whole.p, n), n), &out) == 0;
	}
	is_int(read, 0, "no cut certificate is read");
	for (size_t i = 0; i < whole.n; i++) {
		unsigned char *p = arena_dup(a, whole.p, whole.n);
		p[i] ^= 0x84;
		error_clear(a);
		cert_parse_der(a, der_bytes(p, whole.n), &out);
	}
	ok(true, "changed bytes");
	static const char *const bad[] = {
		"",
		"hello",
		"-----BEGIN CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		key_sec1,
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		error_clear(a);
		ok(chain_parse(a, bad[i], strlen(bad[i]), &c) < 0 && failed(a), bad[i]);
	}
	const char *many = "";
	for (int i = 0; i < 17; i++)
		many = arena_fmt(a, "%s%s", many, cert_leaf);
	error_clear(a);
	ok(chain_parse(a, many, strlen(many), &c) < 0, "17 certificates are too many");
}

static void test_alpn(void)
{
	static const char *const identifiers[] = { "example.com", "192.0.2.7", "2001:db8::1" };
	unsigned char digest[32];
	memset(digest, 7, sizeof digest);
	struct key *k = key_parse(a, key_sec1, strlen(key_sec1), NULL);
	for (size_t i = 0; i < 3; i++) {
		struct der der;
		struct cert c;
		error_clear(a);
		ok(cert_make_alpn(a, k, identifiers[i], digest, &der) == 0 &&
		        cert_parse_der(a, der, &c) == 0,
		    identifiers[i]);
		is_str(text_join(a, c.names, " "), identifiers[i], "its only name");
		is_int(c.not_after - c.not_before, 7 * 86400, "a week");
		is_str(c.issuer_cn, c.subject_cn, "self-signed");
		const char *hex = hex_encode(a, der.p, der.n);
		ok(strstr(hex,
		       arena_fmt(a, "06082b0601050507011f0101ff04220420%s",
		           hex_encode(a, digest, 32))) != NULL,
		    "critical acmeIdentifier with the digest");
	}
	key_close(k);
}

int main(int argc, char **argv)
{
	a = arena_new();
	if (argc > 2) {
		unsigned char digest[32] = { 1, 2, 3 };
		struct der der;
		struct key *k = key_make(a, "ec-256");
		if (cert_make_alpn(a, k, argv[2], digest, &der) < 0)
			return 1;
		fputs(cert_pem(a, der), stdout);
		key_close(k);
		return 0;
	}
	test_read();
	test_check();
	test_damage();
	test_alpn();
	arena_drop(a);
	return done();
}
