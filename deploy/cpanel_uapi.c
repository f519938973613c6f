/* cPanel's UAPI on the server itself, by its command uapi, which takes the key from standard input:
 * api.docs.cpanel.net/specifications/cpanel.openapi/ssl-certificates/ssl-install_ssl */
#include <fnmatch.h>
#include <unistd.h>

#include "../acme.h"

#define UAPI "/usr/local/cpanel/bin/uapi" /* not in PATH everywhere */

/* Calls a function of UAPI for the account. The answer's result, or NULL with what it says. */
static const cJSON *uapi(struct api *a, const struct deployment *d, const char *module,
    const char *function, const cJSON *parameters)
{
	const char *const options[] = { have_program(a, "uapi") ? "uapi" : UAPI, "--input=json",
		"--output=json",
		geteuid() == 0 ? fmt(a, "--user=%s", cred(a, "DEPLOY_CPANEL_USER")) : NULL, module,
		function };
	struct strs line = { 0 };
	const char *text;

	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		if (options[i])
			strs_add(api_arena(a), &line, options[i]);
	text = run_program(a, d->env, line.v, json_text(api_arena(a), parameters));
	const cJSON *result =
	    text ? json_get(json_parse(api_arena(a), text, strlen(text)), "result") : NULL;
	const char *why = json_str(result, "errors/0");

	if (!text || text_is(json_str(result, "status"), "1"))
		return result;
	return fail_null(a, "uapi %s %s: %s", module, function,
	    text_safe(api_arena(a), why ? why : text, 300));
}

/* Whether a name of the certificate is this site's; "*" stands for one label. */
static bool covers(const char *name, const char *site)
{
	const char *dot = strchr(site, '.');

	return same_name(name, site) ||
	    (text_starts(name, "*.") && dot && same_name(name + 1, dot));
}

static bool is_covered(struct strs names, const char *site)
{
	for (size_t i = 0; i < names.n; i++)
		if (covers(names.v[i], site))
			return true;
	return false;
}

/* Whether one of a setting's patterns, with commas between, is the site's. */
static bool is_listed(struct api *a, const char *setting, const char *site)
{
	struct strs patterns =
	    text_split(api_arena(a), cred(a, setting) ? cred(a, setting) : "", ", ");

	for (size_t i = 0; i < patterns.n; i++)
		if (fnmatch(text_lower(api_arena(a), patterns.v[i]), text_lower(api_arena(a), site),
		        0) == 0)
			return true;
	return false;
}

static void add_site(struct api *a, const struct deployment *d, const char *site,
    struct strs *sites)
{
	const bool any = text_yes(cred(a, "DEPLOY_CPANEL_AUTO_NOMATCH"));

	if (site && (any || is_covered(d->names, site)) && !strs_has(*sites, site) &&
	    is_listed(a, "DEPLOY_CPANEL_AUTO_INCLUDE", site) &&
	    !is_listed(a, "DEPLOY_CPANEL_AUTO_EXCLUDE", site))
		strs_add(api_arena(a), sites, site);
}

static int find_sites(struct api *a, const struct deployment *d, struct strs *sites)
{
	static const char *const lists[] = { "sub_domains", "addon_domains", "parked_domains" };
	const cJSON *result = uapi(a, d, "DomainInfo", "list_domains", json(NULL)), *site;

	if (!result)
		return -1;
	add_site(a, d, json_str(result, "data/main_domain"), sites);
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		cJSON_ArrayForEach(site, json_get(json_get(result, "data"), lists[i]))
			add_site(a, d, json_str(site, ""), sites);
	if (sites->n)
		return 0;
	fail(a, "no site of this account matches the certificate and the settings");
	return remedy(a, "DEPLOY_CPANEL_AUTO_ENABLED=false takes %s as it is", d->domain);
}

static int deploy(struct api *a, const struct deployment *d)
{
	struct strs sites = { 0 };
	int bad = 0;

	if (geteuid() == 0 && !cred(a, "DEPLOY_CPANEL_USER"))
		return fail(a, "run by root, it needs DEPLOY_CPANEL_USER (the account's name)");
	if (!text_yes(cred(a, "DEPLOY_CPANEL_AUTO_ENABLED")))
		strs_add(api_arena(a), &sites, d->domain);
	else if (find_sites(a, d, &sites))
		return -1;
	for (size_t i = 0; i < sites.n; i++) {
		api_step(a, "installing the certificate for %s", sites.v[i]);
		bad |= !uapi(a, d, "SSL", "install_ssl",
		    json(js("domain", sites.v[i]), js("cert", d->cert), js("key", d->key),
		        js("cabundle", *d->chain ? d->chain : NULL)));
	}
	return bad ? -1 : 0;
}

const struct deploy_hook deploy_cpanel_uapi = {
	.svc = { .name = "cpanel_uapi",
	    .title = "cPanel (on its server)",
	    .site = "cpanel.net",
	    .docs = "https://api.docs.cpanel.net/specifications/cpanel.openapi/ssl-certificates/"
	            "ssl-install_ssl",
	    .creds = { { "DEPLOY_CPANEL_USER", "account, if run by root", OPTIONAL, 0, NULL, NULL },
	        { "DEPLOY_CPANEL_AUTO_ENABLED", "false: the site DOMAIN only", 0, 0, "true", NULL },
	        { "DEPLOY_CPANEL_AUTO_NOMATCH", "true: sites that the certificate is not for, too",
	            OPTIONAL, 0, NULL, NULL },
	        { "DEPLOY_CPANEL_AUTO_INCLUDE", "patterns of sites, with commas between", 0, 0, "*",
	            NULL },
	        { "DEPLOY_CPANEL_AUTO_EXCLUDE", "patterns of sites to leave alone", OPTIONAL, 0,
	            NULL, NULL } } },
	.deploy = deploy,
};
