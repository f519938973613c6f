/* Trusted certificates: where they are looked for, and that each one of a bundle is found. */
#include "tap.h"

#include "hostile.h"
#include "told.h"

#include <sys/stat.h>
#include <time.h>

#include "buf.h"
#include "error.h"
#include "trust.h"

static struct arena *a;

static bool holds(struct trust *t, const struct identity *id)
{
	return trust_holds(t, der_bytes(id->crt.raw.p, id->crt.raw.len));
}

/* Whether mbedTLS comes from a leaf to a trusted root. */
static uint32_t verify(struct trust *t, struct identity *leaf)
{
	mbedtls_ssl_config conf;
	uint32_t flags = 0;
	mbedtls_ssl_config_init(&conf);
	trust_install(t, &conf);
#ifdef MBEDTLS_X509_TRUSTED_CERTIFICATE_CALLBACK
	mbedtls_x509_crt_verify_with_ca_cb(&leaf->crt, conf.MBEDTLS_PRIVATE(f_ca_cb),
	    conf.MBEDTLS_PRIVATE(p_ca_cb), &mbedtls_x509_crt_profile_default, NULL, &flags, NULL,
	    NULL);
#else
	mbedtls_x509_crt_verify(&leaf->crt, conf.MBEDTLS_PRIVATE(ca_chain), NULL, NULL, &flags,
	    NULL, NULL);
#endif
	mbedtls_ssl_config_free(&conf);
	return flags;
}

static char *with_crlf(const char *pem)
{
	char *out = arena_alloc(a, strlen(pem) * 2 + 1), *p = out;
	for (; *pem; *p++ = *pem++)
		if (*pem == '\n')
			*p++ = '\r';
	return out;
}

enum { MANY = 40 };

/* Certificates between all kinds of text, at all kinds of places. */
static void bundles(void)
{
	struct identity *ids[MANY], *other = make_identity(a, &(struct wish){ .name = "x" });
	struct buf all = buf_new(a, 0);
	for (size_t i = 0; i < MANY; i++) {
		ids[i] = make_identity(a,
		    &(struct wish){ .name = arena_fmt(a, "Root %zu", i), .ca = true });
		buf_fmt(&all, "# Root %zu -----\n===-------BEGIN\n", i);
		for (size_t k = 0; k < i * 97; k++)
			buf_byte(&all, k % 50 ? "a -"[(i + k) % 3] : '\n');
		buf_fmt(&all, "\n%s", i % 2 ? with_crlf(ids[i]->pem) : ids[i]->pem);
	}
	buf_str(&all, "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n");
	buf_str(&all, "-----BEGIN CERTIFICATE-----\nMIIB");
	struct trust *t = trust_open(a, scratch_file(a, "many.pem", buf_text(&all)), NULL);
	ok(t != NULL, "a bundle with all kinds of text in it");
	size_t found = 0;
	for (size_t i = 0; t && i < MANY; i++)
		found += holds(t, ids[i]);
	is_int(found, MANY, "each certificate is found");
	ok(!holds(t, other), "one that is not there is not");
	ok(!trust_holds(t, der_bytes("", 0)) && !trust_holds(t, der_bytes("\x30\x84\xff\xff", 4)),
	    "rubbish is not");
	struct identity *leaf = make_identity(a, &(struct wish){ .name = "l", .issuer = ids[33] });
	is_int(verify(t, leaf), 0, "the issuer of a certificate is found");
	struct identity *stray = make_identity(a, &(struct wish){ .name = "l", .issuer = other });
	is_int(verify(t, stray), MBEDTLS_X509_BADCERT_NOT_TRUSTED, "one that is not there is not");
	struct identity *twin = make_identity(a, &(struct wish){ .name = "Root 33", .ca = true });
	struct identity *child = make_identity(a, &(struct wish){ .name = "l", .issuer = twin });
	is_int(verify(t, child), MBEDTLS_X509_BADCERT_NOT_TRUSTED, "a name alone is no trust");
	scratch_file(a, "many.pem", arena_fmt(a, "%s%s%s", twin->pem, buf_text(&all), twin->pem));
	trust_close(t);
	t = trust_open(a,
	    scratch_file(a, "many.pem", arena_fmt(a, "%s%s", twin->pem, buf_text(&all))), NULL);
	ok(verify(t, leaf) == 0 && verify(t, child) == 0, "of two with one name each is tried");
#ifdef MBEDTLS_X509_TRUSTED_CERTIFICATE_CALLBACK
	scratch_file(a, "many.pem", "short now");
	is_int(verify(t, leaf), MBEDTLS_X509_BADCERT_NOT_TRUSTED, "a file that changed is no harm");
#endif
	trust_close(t);
}

/* Names compare as mbedTLS compares them: case and string type do not count. */
static void spelling(void)
{
	struct identity *id = make_identity(a, &(struct wish){ .name = "Some Root", .ca = true });
	struct trust *t = trust_open(a, scratch_file(a, "one.pem", id->pem), NULL);
	struct identity *leaf = make_identity(a, &(struct wish){ .name = "l", .issuer = id });
	char *name = strstr((char *)leaf->crt.issuer_raw.p, "Some Root");
	must(name);
	memcpy(name, "SOME root", 9);
	is_int(verify(t, leaf), MBEDTLS_X509_BADCERT_NOT_TRUSTED,
	    "the signature is verified all the same");
	trust_close(t);
}

static void sources(void)
{
	struct identity *one = make_identity(a, &(struct wish){ .name = "one", .ca = true });
	struct identity *two = make_identity(a, &(struct wish){ .name = "two", .ca = true });
	const char *first = scratch_file(a, "first.pem", one->pem);
	const char *second = scratch_file(a, "second.pem", two->pem);
	const char *none = scratch_file(a, "none.pem", "no certificate\n");
	const char *dir = file_join(a, scratch(a), "dir"), *bare = file_join(a, scratch(a), "bare");
	must(file_mkdirs(a, dir, 0700) == 0 && file_mkdirs(a, bare, 0700) == 0);
	must(symlink(second, file_join(a, dir, "5ad8a5d6.0")) == 0);
	must(mkfifo(file_join(a, dir, "fifo"), 0600) == 0);
	const struct {
		const char *bundle, *dir, *file_env, *dir_env;
		bool one, two;
		const char *error;
	} cases[] = {
		{ first, NULL, second, NULL, true, false, NULL },
		{ NULL, dir, first, NULL, false, true, NULL },
		{ first, dir, NULL, NULL, true, true, NULL },
		{ NULL, NULL, first, NULL, true, false, NULL },
		{ "", "", first, dir, true, true, NULL },
		{ NULL, NULL, "", dir, false, true, NULL },
		{ none, NULL, NULL, NULL, false, false, "none.pem holds no certificate" },
		{ NULL, NULL, none, NULL, false, false, "none.pem holds no certificate" },
		{ dir, NULL, NULL, NULL, false, false, "Is a directory" },
		{ file_join(a, dir, "fifo"), NULL, NULL, NULL, false, false,
		    "reading the CA bundle" },
		{ "/nonexistent/x", NULL, NULL, NULL, false, false, "No such file" },
		{ NULL, "/nonexistent/x", NULL, NULL, false, false, "is not there" },
		{ NULL, bare, NULL, NULL, false, false, "holds none" },
		{ first, bare, NULL, NULL, false, false, "holds none" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena *own = arena_new();
		unsetenv("CURL_CA_BUNDLE");
		setenv("SSL_CERT_FILE", cases[i].file_env ? cases[i].file_env : "", 1);
		setenv("SSL_CERT_DIR", cases[i].dir_env ? cases[i].dir_env : "", 1);
		struct trust *t = trust_open(own, cases[i].bundle, cases[i].dir);
		if (cases[i].error) {
			ok(!t && told(own, cases[i].error), "a source that is none");
		} else if (ok(t != NULL, "a source of roots")) {
			is_int(holds(t, one), cases[i].one);
			is_int(holds(t, two), cases[i].two);
			trust_close(t);
		}
		arena_drop(own);
	}
	unsetenv("SSL_CERT_FILE");
	unsetenv("SSL_CERT_DIR");
	file_remove(a, file_join(a, dir, "5ad8a5d6.0"));
	file_remove(a, file_join(a, dir, "fifo"));
	rmdir(dir);
	rmdir(bare);
}

/* What the machine has, with the time that the first look takes; a figure, not a test. */
static void usual(void)
{
	struct trust *t = trust_open(a, NULL, NULL);
	struct identity *other = make_identity(a, &(struct wish){ .name = "x" });
	struct timespec begin, end;
	ok(t != NULL, "the machine's own roots, if any");
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	ok(!holds(t, other), "do not hold a stranger");
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	printf("# %s: looked through in %ld us\n", trust_source(t) ? trust_source(t) : "nothing",
	    (end.tv_sec - begin.tv_sec) * 1000000 + (end.tv_nsec - begin.tv_nsec) / 1000);
	trust_close(t);
}

int main(void)
{
	a = arena_new();
	bundles();
	spelling();
	sources();
	usual();
	free_identities();
	scratch_remove(a);
	arena_drop(a);
	return done();
}
