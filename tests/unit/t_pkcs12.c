/* pkcs12: its outer structure and its refusals; that others can read it is for tests/e2e/crypto.t,
 * whose helper this is: t_pkcs12 --make modern|legacy PASSWORD NAME FILE */
#include <stdlib.h>

#include "arena.h"
#include "b64.h"
#include "crypto_fixtures.h"
#include "error.h"
#include "file.h"
#include "key.h"
#include "pkcs12.h"
#include "rand.h"
#include "tap.h"

static struct arena *a;

static int make(const char *pem, const char *password, const char *name, bool legacy,
    struct der *out)
{
	struct chain chain;
	error_clear(a);
	struct key *k = key_parse(a, key_sec1, strlen(key_sec1), NULL);
	int ret = chain_parse(a, pem, strlen(pem), &chain) < 0
	    ? -1
	    : pkcs12_make(a, k, &chain, password, name, legacy, out);
	key_close(k);
	return ret;
}

static void zeros(void *p, size_t n)
{
	memset(p, 0, n);
}

int main(int argc, char **argv)
{
	struct der out, again, pfx, version, content;
	const char *pem;
	a = arena_new();
	pem = arena_fmt(a, "%s%s", cert_leaf, cert_inter);
	if (argc > 5)
		return make(pem, argv[3], argv[4], strcmp(argv[2], "legacy") == 0, &out) < 0 ||
		    file_write(a, argv[5], out.p, out.n, 0600, false) < 0;
	for (int legacy = 0; legacy < 2; legacy++) {
		ok(make(pem, "secret", "example.com", legacy, &out) == 0, "made");
		ok(make(pem, "secret", "example.com", legacy, &again) == 0 &&
		        !der_equal(out, again),
		    "another salt each time");
		ok(der_take(&out, DER_SEQ, &pfx) && out.n == 0 &&
		        der_take(&pfx, DER_INT, &version) && version.p[0] == 3 &&
		        der_take(&pfx, DER_SEQ, &content) && der_take(&pfx, DER_SEQ, &content) &&
		        pfx.n == 0,
		    "PFX { 3, authSafe, macData }");
		const char *hex = hex_encode(a, again.p, again.n);
		is_int(strstr(hex, "060960864801650304012a") != NULL, !legacy, "AES-256-CBC");
		is_int(strstr(hex, "060a2a864886f70d010c0103") != NULL, legacy, "3DES");
		ok(!strstr(hex, "c9afa9d845ba75166b5c"), "the key is not in the clear");
	}
	rand_fake = zeros;
	ok(make(pem, "secret", "x", false, &out) == 0 &&
	        make(pem, "secreu", "x", false, &again) == 0 && !der_equal(out, again),
	    "the password matters");
	rand_fake = NULL;
	const char *lengthy =
	    "0123456789012345678901234567890123456789012345678901234567890123456789";
	ok(make(pem, lengthy, NULL, false, &out) == 0, "a password of 70 characters, no name");
	ok(make(pem, NULL, "x", false, &out) == 0, "no password");
	ok(make(cert_inter, "secret", "x", false, &out) < 0 &&
	        strstr(error_text(a), "not for this key"),
	    "another key's certificate");
	ok(make(pem, "\xff", "x", false, &out) < 0 && strstr(error_text(a), "UTF-8"),
	    "bad password");
	ok(make(pem, "x", "\xc3", false, &out) < 0, "bad name");
	arena_drop(a);
	return done();
}
