/* CacheFly API 2.5, certificates: portal.cachefly.com/api/2.5/docs */
#include "../acme.h"

static int deploy(struct api *a, const struct deployment *d)
{
	return ok(api_post(a, "/certificates",
	    json(js("certificate", d->fullchain), js("certificateKey", d->key))));
}

const struct deploy_hook deploy_cachefly = {
	.svc = { .name = "cachefly",
	    .title = "CacheFly",
	    .site = "cachefly.com",
	    .docs = "https://portal.cachefly.com/api/2.5/docs/",
	    .base = "https://api.cachefly.com/api/2.5",
	    .bearer = "CACHEFLY_TOKEN",
	    .fault = { .text = "message", .ok = "_id" },
	    .creds = { { "CACHEFLY_TOKEN", "API token", SECRET | PER_DOMAIN, 0, NULL, NULL } },
	    .permissions = "P_CERTIFICATE_MANAGE" },
	.deploy = deploy,
};
