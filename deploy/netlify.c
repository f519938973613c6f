/* Netlify API v1, the certificate of a site: open-api.netlify.com/#tag/sniCertificate */
#include "../acme.h"

static int deploy(struct api *a, const struct deployment *d)
{
	struct strs sites = text_split(api_arena(a), cred(a, "Netlify_SITE_ID"), " ");

	for (size_t i = 0; i < sites.n; i++) {
		api_step(a, "setting the certificate of site %s", sites.v[i]);
		if (!api_post(a, fmt(a, "/sites/%s/ssl", escape(a, sites.v[i])),
		        json(js("certificate", d->cert), js("key", d->key),
		            js("ca_certificates", d->chain))))
			return -1;
	}
	return 0;
}

const struct deploy_hook deploy_netlify = {
	.svc = { .name = "netlify",
	    .title = "Netlify",
	    .site = "netlify.com",
	    .docs = "https://open-api.netlify.com/#tag/sniCertificate",
	    .base = "https://api.netlify.com/api/v1",
	    .bearer = "Netlify_ACCESS_TOKEN",
	    .fault = { .text = "message|errors|error", .code = "code" },
	    .creds = { { "Netlify_ACCESS_TOKEN", "personal access token", SECRET | PER_DOMAIN, 0,
	                   NULL, NULL },
	        { "Netlify_SITE_ID", "sites, with blanks between", PER_DOMAIN, 0, NULL, NULL } } },
	.deploy = deploy,
};
