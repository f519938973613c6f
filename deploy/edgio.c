/* Edgio, as it was: the company has ended its service. */
#include "../acme.h"

#define GONE \
	"Edgio ended its service in January 2025: move the site to another CDN and use its hook."

static int deploy(struct api *a, const struct deployment *d)
{
	(void)d;
	return fail(a, "%s", GONE);
}

const struct deploy_hook deploy_edgio = {
	.svc = { .name = "edgio",
	    .title = "Edgio (closed)",
	    .site = "edg.io",
	    .creds = { { "EDGIO_CLIENT_ID", "API client", OPTIONAL | PER_DOMAIN, 0, NULL, NULL },
	        { "EDGIO_CLIENT_SECRET", "its secret", SECRET | OPTIONAL | PER_DOMAIN, 0, NULL,
	            NULL },
	        { "EDGIO_ENVIRONMENT_ID", "environments, with blanks between",
	            OPTIONAL | PER_DOMAIN, 0, NULL, NULL } },
	    .gone = GONE },
	.deploy = deploy,
};
