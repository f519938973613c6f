/* csr: what is written is read back; with arguments a helper for tests/e2e/crypto.t:
 *   t_csr --make LENGTH CN|- EKU|- STAPLE NAME...   prints a request
 *   t_csr --show FILE                               prints what a request says */
#include "arena.h"
#include "b64.h"
#include "crypto_fixtures.h"
#include "csr.h"
#include "error.h"
#include "file.h"
#include "key.h"
#include "tap.h"

static struct arena *a;

static void test_make(void)
{
	static const char *const names[] = { "example.com", "*.example.com", "192.0.2.7",
		"2001:db8::1" };
	struct csr_ask ask = { .names = { .v = (const char **)names, .n = 4 },
		.must_staple = true,
		.eku = "serverAuth,clientAuth",
		.cn = "example.com" };
	struct der der, again;
	struct csr csr;
	struct key *k = key_parse(a, key_sec1, strlen(key_sec1), NULL);
	is_int(csr_make(a, k, &ask, &der), 0, "made");
	ok(csr_make(a, k, &ask, &again) == 0 && der_equal(der, again),
	    "the same again: deterministic");
	is_int(csr_parse(a, der.p, der.n, &csr), 0, "read as DER");
	is_str(csr.cn, "example.com");
	is_str(text_join(a, csr.names, " "), "example.com *.example.com 192.0.2.7 2001:db8::1",
	    "names in their order");
	is_str(csr.key_length, "prime256v1");
	ok(csr.ec && csr.spki.n == 91, "key");
	const char *hex = hex_encode(a, der.p, der.n);
	ok(strstr(hex, "0603551d250416301406082b0601050507030106082b06010505070302"), "EKU");
	ok(strstr(hex,
	       "06082b06010505070118040530030201"
	       "05"),
	    "must-staple");
	const char *pem = csr_pem(a, der);
	ok(csr_parse(a, pem, strlen(pem), &csr) == 0 && csr.names.n == 4, "read as PEM");

	ask = (struct csr_ask){ .names = { .v = (const char **)names, .n = 1 } };
	ok(csr_make(a, k, &ask, &der) == 0 && csr_parse(a, der.p, der.n, &csr) == 0, "smallest");
	is_str(csr.cn, "", "no CN");
	hex = hex_encode(a, der.p, der.n);
	ok(!strstr(hex, "0603551d25") && !strstr(hex, "06082b06010505070118"),
	    "no EKU, no must-staple");
	ok(strstr(hex, "0201003000"), "empty subject");

	static const struct {
		const char *eku;
		const char *hex; /* NULL: refused */
	} ekus[] = {
		{ "serverauth", "300a06082b06010505070301" },
		{ " clientAuth , 1.2.3.4 ", "300f06082b0601050507030206032a0304" },
		{ "serverAuth,nonsense", NULL },
		{ "1.2.", NULL },
	};
	for (size_t i = 0; i < sizeof ekus / sizeof *ekus; i++) {
		ask.eku = ekus[i].eku;
		error_clear(a);
		int got = csr_make(a, k, &ask, &der);
		is_int(got, ekus[i].hex ? 0 : -1, ekus[i].eku);
		if (ekus[i].hex)
			ok(strstr(hex_encode(a, der.p, der.n), ekus[i].hex), ekus[i].hex);
	}
	key_close(k);
}

static void test_bad(void)
{
	struct csr csr;
	struct csr_ask ask = { .cn = "example.com" };
	struct der der;
	struct key *k = key_parse(a, key_sec1, strlen(key_sec1), NULL);
	error_clear(a);
	csr_make(a, k, &ask, &der);
	ok(csr_parse(a, der.p, der.n, &csr) == 0 && csr.names.n == 0, "no extensions");
	static const char *const spaced[] = { "a b.test" };
	struct csr_ask bad_name = { .names = { .v = (const char **)spaced, .n = 1 } };
	struct der with_space;
	csr_make(a, k, &bad_name, &with_space);
	ok(csr_parse(a, with_space.p, with_space.n, &csr) < 0, "a space in a name is refused");
	unsigned char *p = arena_dup(a, der.p, der.n);
	for (size_t n = 0; n < der.n; n++)
		if (csr_parse(a, arena_dup(a, p, n), n, &csr) == 0)
			ok(false, "a cut request is read");
	int accepted = 0;
	for (size_t i = 0; i < der.n; i++) {
		p[i] ^= 0x41;
		accepted += csr_parse(a, p, der.n, &csr) == 0;
		p[i] ^= 0x41;
	}
	is_int(accepted, 0, "no changed request is taken");
	static const struct {
		const char *text;
		const char *says;
	} bad[] = {
		{ "", "neither PEM nor DER" },
		{ "hello", "neither PEM nor DER" },
		{ cert_leaf, "CERTIFICATE block" },
		{ key_sec1, "EC PRIVATE KEY block" },
		{ "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
		    "neither" },
		{ "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n", "cut off" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		error_clear(a);
		is_int(csr_parse(a, bad[i].text, strlen(bad[i].text), &csr), -1, bad[i].says);
		if (!ok(strstr(error_text(a), bad[i].says) != NULL, "and says so"))
			printf("# %s\n", error_text(a));
	}
	key_close(k);
}

static int helper(int argc, char **argv)
{
	struct der der;
	struct csr csr;
	if (strcmp(argv[1], "--show") == 0) {
		size_t n;
		const char *bytes = file_read(a, argv[2], 1 << 16, &n);
		if (!bytes || csr_parse(a, bytes, n, &csr) < 0)
			return printf("%s\n", error_text(a)) > 0;
		printf("%s|%s|%s\n", csr.cn, csr.key_length, text_join(a, csr.names, " "));
		return 0;
	}
	if (argc < 6)
		return 1;
	struct csr_ask ask = {
		.cn = strcmp(argv[3], "-") ? argv[3] : NULL,
		.eku = strcmp(argv[4], "-") ? argv[4] : NULL,
		.must_staple = strcmp(argv[5], "yes") == 0,
		.names = { .v = (const char **)(argv + 6), .n = (size_t)(argc - 6) },
	};
	struct key *k = key_make(a, argv[2]);
	if (!k || csr_make(a, k, &ask, &der) < 0)
		return 1;
	fputs(csr_pem(a, der), stdout);
	key_close(k);
	return 0;
}

int main(int argc, char **argv)
{
	a = arena_new();
	if (argc > 2)
		return helper(argc, argv);
	test_make();
	test_bad();
	arena_drop(a);
	return done();
}
