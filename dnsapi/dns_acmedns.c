/* acme-dns, a small name server for challenges only, to which _acme-challenge is made a CNAME. It
 * keeps the last two values of an account: github.com/joohoi/acme-dns */
#include "../acme.h"

/* A new account of the server. Nothing can be proved by it before the user has made the CNAME. */
static int enroll(struct api *a, const struct txt *t)
{
	api_step(a, "registering");
	const struct reply *r = api_send(a,
	    &(struct api_request){ .method = "POST",
	        .url = "/register",
	        .body = "{}",
	        .confidential = true });
	const char *target = r ? reply_str(a, r, "fulldomain") : NULL;
	const char *sub = r ? reply_str(a, r, "subdomain") : NULL;
	const char *user = r ? reply_str(a, r, "username") : NULL;
	const char *password = r ? reply_str(a, r, "password") : NULL;
	if (!target || !sub || !user || !password ||
	    cred_put(a, "ACMEDNS_BASE_URL", cred(a, "ACMEDNS_BASE_URL")) ||
	    cred_put(a, "ACMEDNS_USERNAME", user) || cred_put(a, "ACMEDNS_PASSWORD", password) ||
	    cred_put(a, "ACMEDNS_SUBDOMAIN", sub))
		return -1;
	fail(a, "there is a new account now, but no name leads to it");
	return remedy(a, "make %s a CNAME of %s, then run this again", t->fqdn, target);
}

static int add(struct api *a, struct txt *t)
{
	if (!cred(a, "ACMEDNS_USERNAME") || !cred(a, "ACMEDNS_PASSWORD"))
		return enroll(a, t);
	const char *sub = cred(a, "ACMEDNS_SUBDOMAIN");
	if (!sub)
		return fail(a, "ACMEDNS_SUBDOMAIN is not set");
	const struct reply *r =
	    api_post(a, "/update", json(js("subdomain", sub), js("txt", t->value)));
	const char *kept = r ? reply_str(a, r, "txt") : NULL;
	if (!kept)
		return -1;
	return same_txt(kept, t->value) ? 0 : fail(a, "it keeps '%s' instead", kept);
}

/* Values go when newer ones come; there is no other way. */
static int rm(struct api *a, struct txt *t)
{
	(void)a;
	(void)t;
	return 0;
}

const struct dns_driver dns_acmedns = {
	.svc = {
		.name = "dns_acmedns",
		.title = "acme-dns",
		.site = "github.com/joohoi/acme-dns",
		.docs = "https://github.com/joohoi/acme-dns#api",
		.base = "{ACMEDNS_BASE_URL}",
		.headers = { { "X-Api-User", "ACMEDNS_USERNAME", NULL },
			{ "X-Api-Key", "ACMEDNS_PASSWORD", NULL } },
		.fault = { .text = "error" },
		.creds = {
			{ "ACMEDNS_BASE_URL", "URL of the server", PER_DOMAIN, 0, "https://auth.acme-dns.io",
				NULL },
			{ "ACMEDNS_USERNAME", "user name of the account", OPTIONAL | PER_DOMAIN, 0, NULL, NULL },
			{ "ACMEDNS_PASSWORD", "its password", SECRET | OPTIONAL | PER_DOMAIN, 0, NULL, NULL },
			{ "ACMEDNS_SUBDOMAIN", "its subdomain", OPTIONAL | PER_DOMAIN, 0, NULL, NULL },
		},
		.notes = "Without an account one is registered, and the CNAME to make is told. It holds two "
		         "values: enough for a name and its wildcard, not for more names.",
	},
	.add = add,
	.rm = rm,
	.no_zones = true,
};
