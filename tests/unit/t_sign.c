/* Request signatures, against published examples and openssl's results. */
#include <stdio.h>
#include <unistd.h>

#include "arena.h"
#include "error.h"
#include "fakeapi.h"
#include "file.h"
#include "keeper.h"
#include "rand.h"
#include "sign.h"
#include "tap.h"

static struct arena *mem;

static struct api *open_api(struct keeper *k)
{
	static const struct service svc = { .title = "Fake", .base = "https://fake.test" };
	return api_open(mem, &(struct api_ask){ .svc = &svc, .keeper = k });
}

static const char *authorization(const struct api_request *req)
{
	for (size_t i = 0; i < req->n_headers; i++)
		if (text_is(req->headers[i].name, "Authorization"))
			return req->headers[i].value;
	return NULL;
}

static void queries(void)
{
	static const struct {
		const char *query, *canonical;
	} rows[] = {
		{ "", "" },
		{ "a", "a=" },
		{ "b=2&a=1", "a=1&b=2" },
		{ "a=2&a=1", "a=1&a=2" },
		{ "a=b%20c", "a=b%20c" },
		{ "a=b/c", "a=b%2Fc" },
		{ "a=%7e-_.", "a=~-_." },
		{ "a=x=y", "a=x%3Dy" },
		{ "A=1&a=2&B=3", "A=1&B=3&a=2" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		is_str(sign_canonical_query(mem, rows[i].query), rows[i].canonical, rows[i].query);
}

/* get-vanilla, get-vanilla-query-order-key-case of Amazon's test suite. */
static void sigv4(void)
{
	static const struct {
		const char *url, *signature;
	} rows[] = {
		{ "https://example.amazonaws.com/",
		    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		    "SignedHeaders=host;x-amz-date, "
		    "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
		{ "https://example.amazonaws.com/?Param2=value2&Param1=value1",
		    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		    "SignedHeaders=host;x-amz-date, "
		    "Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500" },
	};
	struct api *a = open_api(NULL);
	clock_fake = 1440938160; /* 2015-08-30T12:36:00Z */
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct api_request req = { .method = "GET", .url = rows[i].url };
		is_int(sign_sigv4(a, &req, "AKIDEXAMPLE",
		           "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", NULL, "us-east-1",
		           "service"),
		    0, "signed");
		is_str(authorization(&req), rows[i].signature, "as Amazon has it");
	}
	struct api_request req = { .method = "GET", .url = "https://example.amazonaws.com/" };
	sign_sigv4(a, &req, "AKIDEXAMPLE", "secret", "session", "us-east-1", "service");
	ok(strstr(authorization(&req), "SignedHeaders=host;x-amz-date;x-amz-security-token,") !=
	        NULL,
	    "a session token is signed too");
	api_close(a);
}

static void sevens(void *p, size_t n)
{
	memset(p, 7, n);
}

/* Alibaba Cloud, against another program; a form's parameters count as the query's do. */
static void aliyun(void)
{
	const char *common = "AccessKeyId=testid&Action=%s&Format=JSON&SignatureMethod=HMAC-SHA1&"
	                     "SignatureNonce=07070707070707070707070707070707&SignatureVersion=1.0&"
	                     "Timestamp=2016-02-23T12%3A46%3A24Z&Version=2014-05-26";
	const struct {
		struct api_request req;
		const char *action, *signature;
	} rows[] = {
		{ { .method = "GET", .url = "https://ecs.aliyuncs.com/?Action=DescribeRegions" },
		    "DescribeRegions", "AZUyPxgH1byrJMusuESpJPKm9pk%3D" },
		{ { .method = "POST",
		      .url = "https://ecs.aliyuncs.com/?Action=Set",
		      .type = API_FORM,
		      .body = "SSLPri=a%0Ab%2Bc%2F%3D&DomainName=%2A.example.com" },
		    "Set", "%2BfMtsSpzP99W0ELknYwMvWO5%2BJY%3D" },
	};
	struct api *a = open_api(NULL);

	clock_fake = 1456231584;
	rand_fake = sevens;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct api_request req = rows[i].req;
		is_int(sign_aliyun(a, &req, "testid", "testsecret", "2014-05-26"), 0, "signed");
		is_str(req.url,
		    fmt(mem, "https://ecs.aliyuncs.com/?%s&Signature=%s",
		        text_replace(mem, common, "%s", rows[i].action), rows[i].signature),
		    rows[i].req.method);
		is_str(req.body, rows[i].req.body, "the body stays");
	}
	rand_fake = NULL;
	clock_fake = 0;
	api_close(a);
}

static void hmacs(void)
{
	struct api *a = open_api(NULL);
	/* RFC 4231 4.3, RFC 2202 3 */
	is_str(hmac_hex(a, HASH_SHA256, "Jefe", "what do ya want for nothing?"),
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", "HMAC-SHA-256");
	is_str(hmac_hex(a, HASH_SHA1, "Jefe", "what do ya want for nothing?"),
	    "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79", "HMAC-SHA-1");
	is_str(hmac_b64(a, HASH_MD5, "Jefe", "what do ya want for nothing?"),
	    "dQx4PmqwtQPqqG4xCl23OA==", "in base64");
	api_close(a);
}

static const char *digest_of(const char *b64)
{
	size_t n;
	const unsigned char *p = b64 ? b64_decode(mem, b64, &n) : NULL;
	return p ? hash_hex(mem, HASH_SHA256, p, n) : NULL;
}

/* RFC 6238 appendix B, the last six of its eight digits. */
static void one_time(void)
{
	static const struct {
		int64_t time;
		const char *secret, *code;
	} rows[] = {
		{ 59, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "287082" },
		{ 1111111109, "gezd gnbv gy3t qojq gezd gnbv gy3t qojq", "081804" },
		{ 20000000000, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ====", "353130" },
	};
	struct api *a = open_api(NULL);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		clock_fake = rows[i].time;
		is_str(totp(a, rows[i].secret), rows[i].code, rows[i].secret);
	}
	clock_fake = 0;
	api_close(a);
}

static void rsa(struct keeper *k)
{
	static const struct {
		enum hash h;
		const char *digest; /* SHA-256 of what openssl makes */
	} rows[] = {
		{ HASH_SHA1, "10e3e228ef72f16669d44f831996cb626ec2d7f28d7964a94239e738a1763101" },
		{ HASH_SHA256, "66d5df272cd4a91ceb21d2d19a075c427db35e8aeda6f0b464e1d1934a7c2bfb" },
		{ HASH_SHA512, "8a8ac67ef3d08bd352aa173ca53e28e2274099cf580d7ec1eaf8024e1d3339ca" },
	};
	struct api *a = open_api(k);
	size_t n;
	const char *pem = file_read(mem, "tests/dnsapi/testkey_rsa2048.pem", 10000, &n);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		is_str(digest_of(sign_rsa(a, pem, rows[i].h, "text to sign", 12)), rows[i].digest,
		    "as openssl signs");
	const unsigned char *spki = sign_rsa_public(a, pem, &n);
	is_str(spki ? hash_hex(mem, HASH_MD5, spki, n) : NULL, "78c54b85d313472bba7eb20d6fbd6244",
	    "the public key's fingerprint");
	const char *jwt =
	    sign_jwt_rs256(a, pem, "k1", json(js("iss", "me"), jn("exp", 1700003600)));
	const char *dot = jwt ? strrchr(jwt, '.') : NULL;
	ok(text_starts(jwt,
	       "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJpc3MiOiJtZSIsImV4cCI6MTcwMDAwMzYwMH0."),
	    "a token's head and claims");
	is_str(dot ? hash_hex(mem, HASH_SHA256, dot + 1, strlen(dot + 1)) : NULL,
	    "bd3b321020e55e3c00b8aec1a3b753b145dd99a104b66691f9cd10e4e75e9c10", "its signature");
	ok(!sign_rsa(a, "no key", HASH_SHA256, "x", 1), "what is no key");
	ok(failed(api_arena(a)), "is told");
	api_close(a);
	a = open_api(k);
	ok(!sign_rsa(a, pem, HASH_MD5, "x", 1), "MD5 is not signed");
	api_close(a);
	a = open_api(k);
	struct arena *e = arena_new();
	const int key = keeper_make(k, e, "ec-256");
	char path[] = "/tmp/t_sign.XXXXXX";
	close(mkstemp(path));
	keeper_save(k, e, key, KEEPER_PEM, path, 0600, false);
	ok(!sign_rsa(a, file_read(mem, path, 10000, &n), HASH_SHA256, "x", 1), "an EC key");
	is_str(error_text(api_arena(a)), "Fake: the key is no RSA key", "is told");
	unlink(path);
	arena_drop(e);
	api_close(a);
}

int main(void)
{
	mem = arena_new();
	arena_use(mem);
	struct keeper *k = keeper_start(mem);
	queries();
	sigv4();
	aliyun();
	hmacs();
	one_time();
	rsa(k);
	keeper_stop(k);
	arena_drop(mem);
	return done();
}
