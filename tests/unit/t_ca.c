/* Names, addresses and folders of CAs. */
#include <stdio.h>

#include "arena.h"
#include "ca.h"
#include "error.h"
#include "text.h"
#include "tap.h"

static void names(void)
{
	static const struct {
		const char *server, *rsa, *ecc;
	} rows[] = {
		{ "letsencrypt", CA_DEFAULT, CA_DEFAULT },
		{ "LetsEncrypt.org", CA_DEFAULT, CA_DEFAULT },
		{ "letsencrypt_test", CA_STAGING, CA_STAGING },
		{ "letsencrypttest", CA_STAGING, CA_STAGING },
		{ "letsencrypt.org_test", CA_STAGING, CA_STAGING },
		{ "zerossl", "https://acme.zerossl.com/v2/DV90",
		    "https://acme.zerossl.com/v2/DV90" },
		{ "ZeroSSL.com", "https://acme.zerossl.com/v2/DV90",
		    "https://acme.zerossl.com/v2/DV90" },
		{ "sslcom", "https://acme.ssl.com/sslcom-dv-rsa",
		    "https://acme.ssl.com/sslcom-dv-ecc" },
		{ "ssl.com", "https://acme.ssl.com/sslcom-dv-rsa",
		    "https://acme.ssl.com/sslcom-dv-ecc" },
		{ "google", "https://dv.acme-v02.api.pki.goog/directory",
		    "https://dv.acme-v02.api.pki.goog/directory" },
		{ "googletest", "https://dv.acme-v02.test-api.pki.goog/directory",
		    "https://dv.acme-v02.test-api.pki.goog/directory" },
		{ "google.com_test", "https://dv.acme-v02.test-api.pki.goog/directory",
		    "https://dv.acme-v02.test-api.pki.goog/directory" },
		{ "actalis", "https://acme-api.actalis.com/acme/directory",
		    "https://acme-api.actalis.com/acme/directory" },
		{ "https://x.test:14000/dir", "https://x.test:14000/dir",
		    "https://x.test:14000/dir" },
		{ "http://x.test/dir", "http://x.test/dir", "http://x.test/dir" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *a = arena_new();
		is_str(ca_directory(a, rows[i].server, false), rows[i].rsa, rows[i].server);
		is_str(ca_directory(a, rows[i].server, true), rows[i].ecc,
		    "the same for an EC key");
		arena_drop(a);
	}
}

static void refused(void)
{
	static const struct {
		const char *server, *told, *remedy;
	} rows[] = {
		{ "buypass", "Buypass ended its ACME service on 2025-10-15", "letsencrypt" },
		{ "Buypass.com", "Buypass ended its ACME service on 2025-10-15", "zerossl" },
		{ "letsencript", "neither the name of a CA nor", "did you mean letsencrypt?" },
		{ "", "neither", "letsencrypt" },
		{ "nonsense", "neither", "give an https:// URL" },
		{ "ftp://x.test/", "neither", "https://" },
		{ "a\033[2Jb", "a?[2Jb", "https://" },
		{ "https://", "no host", "" },
		{ "https://a b/", "space", "" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *a = arena_new();
		const char *url = ca_directory(a, rows[i].server, true);
		const struct error *e = arena_error(a);
		ok(!url && e->what && strstr(e->what, rows[i].told), rows[i].told);
		ok(strstr(e->remedy ? e->remedy : "", rows[i].remedy), "and what to do instead");
		arena_drop(a);
	}
}

static void folders(void)
{
	static const struct {
		const char *url, *folder;
	} rows[] = {
		{ CA_DEFAULT, "acme-v02.api.letsencrypt.org/directory" },
		{ "https://acme.zerossl.com/v2/DV90", "acme.zerossl.com/v2/DV90" },
		{ "https://localhost:14000/dir", "localhost/dir" },
		{ "https://localhost:14000//dir///x/", "localhost/dir/x" },
		{ "https://localhost", "localhost" },
		{ "https://x.test/dir?ca=1", "x.test/dir?ca=1" },
		{ "https://[::1]:14000/dir", "::1/dir" },
		{ "https://x.test/../../etc", NULL },
		{ "https://x.test/a/..", NULL },
		{ "https://x.test/./a", NULL },
		{ "https://x.test/a..b/...", "x.test/a..b/..." },
		{ "https://../x", NULL },
		{ "x.test/dir", NULL },
		{ "https://x.test/a\nb", NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *a = arena_new();
		is_str(ca_folder(a, rows[i].url), rows[i].folder, rows[i].url);
		ok(failed(a) == !rows[i].folder, "an error exactly when refused");
		arena_drop(a);
	}
}

static void table(void)
{
	unsigned staging = 0;

	for (unsigned i = 0; i < ca_count; i++) {
		struct arena *a = arena_new();
		const struct ca *ca = &ca_table[i];
		ok(ca_of(ca->url) == ca && (!ca->url_ecc || ca_of(ca->url_ecc) == ca), ca->name);
		is_str(ca_directory(a, ca->name, false), ca->url, "its name is an alias, too");
		staging += ca->staging;
		arena_drop(a);
	}
	is_int(staging, 2);
	is_str(ca_name(CA_STAGING), "LetsEncrypt.org_test");
	is_str(ca_name("HTTPS://ACME.SSL.COM/sslcom-dv-ecc"), "SSL.com");
	is_str(ca_name("https://x.test/dir"), "https://x.test/dir");
	ok(!ca_of("https://x.test/dir") && !ca_of(NULL));
	ok(!ca_of(CA_DEFAULT)->eab_help && ca_of("https://acme.zerossl.com/v2/DV90")->eab_help);
}

int main(void)
{
	names();
	refused();
	folders();
	table();
	return done();
}
