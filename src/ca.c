/* The certificate authorities that are known by name. Names and aliases are acme.sh's; addresses
 * and where credentials come from are in each CA's own documentation. */
#include "ca.h"

#include <string.h>

#include "error.h"
#include "text.h"
#include "url.h"

#define ALIASES(...) ((const char *const[]){ __VA_ARGS__, NULL })

const struct ca ca_table[] = {
	{ .name = "Actalis.com",
	    .aliases = ALIASES("actalis", "actalis.com"),
	    .url = "https://acme-api.actalis.com/acme/directory",
	    .eab_help = "Actalis shows them in your customer area, under ACME" },
	{ .name = "Google.com",
	    .aliases = ALIASES("google", "google.com"),
	    .url = "https://dv.acme-v02.api.pki.goog/directory",
	    .eab_help =
	        "'gcloud publicca external-account-keys create' makes them; they work once, "
	        "within 7 days" },
	{ .name = "Google.com_test",
	    .aliases = ALIASES("google_test", "googletest", "google.com_test"),
	    .url = "https://dv.acme-v02.test-api.pki.goog/directory",
	    .eab_help =
	        "'gcloud publicca external-account-keys create' makes them when it is pointed "
	        "at Google's staging; they work once, within 7 days",
	    .staging = true },
	{ .name = "LetsEncrypt.org",
	    .aliases = ALIASES("letsencrypt", "letsencrypt.org"),
	    .url = CA_DEFAULT },
	{ .name = "LetsEncrypt.org_test",
	    .aliases = ALIASES("letsencrypt_test", "letsencrypttest", "letsencrypt.org_test"),
	    .url = CA_STAGING,
	    .staging = true },
	{ .name = "SSL.com",
	    .aliases = ALIASES("sslcom", "ssl.com"),
	    .url = "https://acme.ssl.com/sslcom-dv-rsa",
	    .url_ecc = "https://acme.ssl.com/sslcom-dv-ecc",
	    .eab_help = "SSL.com shows them in your account's dashboard, under API credentials" },
	{ .name = "ZeroSSL.com",
	    .aliases = ALIASES("zerossl", "zerossl.com"),
	    .url = "https://acme.zerossl.com/v2/DV90",
	    .eab_help = "ZeroSSL shows them in its dashboard, under Developer; or give an e-mail "
	                "address with -m, they are then fetched" },
};
const unsigned ca_count = sizeof ca_table / sizeof *ca_table;

/* Names that acme.sh once knew, and what became of the service. */
static const struct {
	const char *name;
	const char *fate;
} gone[] = {
	{ "buypass", "Buypass ended its ACME service on 2025-10-15" },
	{ "buypass.com", "Buypass ended its ACME service on 2025-10-15" },
	{ "buypass_test", "Buypass ended its ACME service on 2025-10-15" },
	{ "buypass.com_test", "Buypass ended its ACME service on 2025-10-15" },
	{ "buypasstest", "Buypass ended its ACME service on 2025-10-15" },
};

/* "actalis, google, ..." */
static const char *known_names(struct arena *a)
{
	struct strs names = { 0 };
	for (unsigned i = 0; i < ca_count; i++)
		strs_add(a, &names, ca_table[i].aliases[0]);
	return text_join(a, names, ", ");
}

/* The first alias that is a slip of the finger away, or NULL. */
static const char *nearest(const char *server)
{
	const char *best = NULL;
	unsigned least = 3;
	for (unsigned i = 0; i < ca_count; i++)
		for (const char *const *alias = ca_table[i].aliases; *alias; alias++)
			if (text_distance(server, *alias) < least) {
				least = text_distance(server, *alias);
				best = *alias;
			}
	return best;
}

static const char *unknown(struct arena *a, const char *server)
{
	const char *guess = nearest(server);

	fail(a, "--server %s: this is neither the name of a CA nor a directory URL",
	    text_safe(a, server, 120));
	arena_error(a)->input = true;
	if (guess)
		remedy(a, "did you mean %s? Known names: %s", guess, known_names(a));
	else
		remedy(a, "give an https:// URL, or one of %s", known_names(a));
	return NULL;
}

const char *ca_directory(struct arena *a, const char *server, bool ecc)
{
	struct url u;

	if (text_empty(server))
		return unknown(a, "");
	if (text_starts_ci(server, "https://") || text_starts_ci(server, "http://"))
		return url_parse(a, server, &u) == 0 ? arena_str(a, server) : NULL;
	for (unsigned i = 0; i < ca_count; i++)
		for (const char *const *alias = ca_table[i].aliases; *alias; alias++)
			if (text_is_ci(server, *alias))
				return ecc && ca_table[i].url_ecc ? ca_table[i].url_ecc
				                                  : ca_table[i].url;
	for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
		if (text_is_ci(server, gone[i].name)) {
			fail(a, "--server %s: %s", gone[i].name, gone[i].fate);
			arena_error(a)->input = true;
			remedy(a, "choose one of %s", known_names(a));
			return NULL;
		}
	return unknown(a, server);
}

const struct ca *ca_of(const char *url)
{
	for (unsigned i = 0; url && i < ca_count; i++) {
		const struct ca *ca = &ca_table[i];
		if (text_is_ci(url, ca->url) || (ca->url_ecc && text_is_ci(url, ca->url_ecc)))
			return ca;
	}
	return NULL;
}

const char *ca_current(const char *url)
{
	if (text_empty(url) || text_starts(url, "https://acme-v01.api.letsencrypt.org"))
		return CA_DEFAULT;
	return text_starts(url, "https://acme-staging.api.letsencrypt.org") ? CA_STAGING : url;
}

const char *ca_name(const char *url)
{
	const struct ca *ca = ca_of(url);
	return ca ? ca->name : url;
}

char *ca_folder(struct arena *a, const char *url)
{
	struct url u;
	struct strs parts = { 0 };

	if (url_parse(a, url, &u) != 0)
		return NULL;
	strs_add(a, &parts, u.host);
	/* Repeated slashes count as one. */
	for (const char *p = u.path + strspn(u.path, "/"); *p; p += strspn(p, "/")) {
		size_t n = strcspn(p, "/");
		strs_add(a, &parts, arena_strn(a, p, n));
		p += n;
	}
	for (size_t i = 0; i < parts.n; i++)
		if (text_is(parts.v[i], "..") || text_is(parts.v[i], "."))
			return fail_null(a,
			    "%s: the path of this directory URL has a part %s, which cannot be a folder's name",
			    u.text, parts.v[i]);
	return text_join(a, parts, "/");
}
