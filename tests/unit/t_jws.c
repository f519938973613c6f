/* jws: the members, their order, and signatures of a known key (RFC 6979 makes them repeatable). */
#include <stdlib.h>
#include <unistd.h>

#include "arena.h"
#include "b64.h"
#include "crypto_fixtures.h"
#include "error.h"
#include "file.h"
#include "jws.h"
#include "json.h"
#include "tap.h"

static struct arena *a;

/* A base64url member of a JWS, decoded. */
static const char *part(const char *jws, const char *member)
{
	cJSON *j = jws ? json_parse(a, jws, strlen(jws)) : NULL;
	const char *text = json_str(j, member);
	size_t n;
	return text ? (const char *)b64_decode(a, text, &n) : NULL;
}

#define JWK \
	"{\"crv\":\"P-256\",\"kty\":\"EC\"," \
	"\"x\":\"YP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Y\"," \
	"\"y\":\"eQP-EAi4vJmkGunpVii8ZPLxsgwtfp9Rd6PClNRGIpk\"}"

static void test_sign(struct keeper *k, int key)
{
	struct jws_ask ask = { .url = "https://ca.test/new-acct",
		.nonce = "n0nce",
		.payload = "{\"a\":1}" };
	char *jws = jws_sign(k, a, key, &ask);
	is_str(part(jws, "protected"),
	    "{\"alg\":\"ES256\",\"jwk\":" JWK
	    ",\"nonce\":\"n0nce\",\"url\":\"https://ca.test/new-acct\"}",
	    "header with jwk");
	is_str(part(jws, "payload"), "{\"a\":1}", "payload");
	is_str(jws_sign(k, a, key, &ask), jws, "the same again");
	/* The signature is the one of header.payload. */
	cJSON *j = json_parse(a, jws, strlen(jws));
	const char *input = arena_fmt(a, "%s.%s", json_str(j, "protected"), json_str(j, "payload"));
	struct der sig;
	keeper_sign(k, a, key, input, strlen(input), &sig);
	is_str(json_str(j, "signature"), b64url_encode(a, sig.p, sig.n), "signature");

	ask.kid = "https://ca.test/acct/1";
	ask.payload = "";
	jws = jws_sign(k, a, key, &ask);
	is_str(part(jws, "protected"),
	    "{\"alg\":\"ES256\",\"kid\":\"https://ca.test/acct/1\","
	    "\"nonce\":\"n0nce\",\"url\":\"https://ca.test/new-acct\"}",
	    "header with kid");
	ok(jws && strstr(jws, "\"payload\":\"\""), "POST-as-GET has an empty payload");
	ask.nonce = NULL;
	ask.url = "https://ca.test/\"x";
	is_str(part(jws_sign(k, a, key, &ask), "protected"),
	    "{\"alg\":\"ES256\",\"kid\":\"https://ca.test/acct/1\",\"url\":\"https://ca.test/\\\"x\"}",
	    "no nonce; the URL is escaped");
	ok(jws_sign(k, a, 99, &ask) == NULL && failed(a), "no such key");
	error_clear(a);
}

static void test_eab(void)
{
	/* The MACs are Python's (hmac, hashlib), with the key "0123456789abcdef". */
	static const char secret[] = "MDEyMzQ1Njc4OWFiY2RlZg";
	static const struct {
		const char *alg;
		const char *mac;
	} algs[] = {
		{ "HS256", "uzwkjVryvJxn1cU-waHEf3LDuttGqZ_O7K9S3va0Ij0" },
		{ "HS384", "v5HEo-TIemQFasobfe542rGUBldJ-HQbgBOG84l7_LhE5vlfHzDNHqRZAqe08EX5" },
		{ "HS512",
		    "iJkV0y4zUPiA49gc0LGTr_hNy0k-kOCFyJtRAiFKpEMBWJXCtLSAAETa2JU7"
		    "ASd4Hi7Ft6fab4uLNEkE0raI8Q" },
	};
	for (size_t i = 0; i < sizeof algs / sizeof *algs; i++) {
		char *jws =
		    jws_eab(a, algs[i].alg, "kid-1", secret, "https://ca.test/new-acct", JWK);
		is_str(part(jws, "protected"),
		    arena_fmt(a,
		        "{\"alg\":\"%s\",\"kid\":\"kid-1\",\"url\":\"https://ca.test/new-acct\"}",
		        algs[i].alg),
		    algs[i].alg);
		is_str(part(jws, "payload"), JWK, "payload is the JWK");
		cJSON *j = json_parse(a, jws, strlen(jws));
		is_str(json_str(j, "signature"), algs[i].mac, "MAC");
	}
	ok(jws_eab(a, "HS256", "k", "MDEyMzQ1Njc4OWFiY2RlZg==", "u", "{}") != NULL,
	    "padded secret");
	ok(jws_eab(a, "HS1", "k", secret, "u", "{}") == NULL && strstr(error_text(a), "'HS1'"),
	    "alg");
	error_clear(a);
	ok(jws_eab(a, "HS256", "k", "no base64!", "u", "{}") == NULL &&
	        !strstr(error_text(a), "no base64!"),
	    "a bad secret is refused, and not shown");
	error_clear(a);
	ok(jws_eab(a, "HS256", "k", "", "u", "{}") == NULL, "an empty one too");
}

int main(void)
{
	char name[] = "/tmp/t_jws.XXXXXX";
	a = arena_new();
	struct keeper *k = keeper_start(a);
	int fd = mkstemp(name);
	if (fd < 0 || write(fd, key_sec1, strlen(key_sec1)) < 0)
		return 1;
	close(fd);
	int key = keeper_load(k, a, name, NULL);
	unlink(name);
	ok(key >= 0, "key loaded");
	test_sign(k, key);
	test_eab();
	keeper_stop(k);
	arena_drop(a);
	return done();
}
