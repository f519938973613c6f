/* GitLab Pages, domains: docs.gitlab.com/api/pages_domains */
#include "../acme.h"

static int deploy(struct api *a, const struct deployment *d)
{
	return ok(api_send(a,
	    &(struct api_request){ .method = "PUT",
	        .url = fmt(a, "/projects/%s/pages/domains/%s",
	            escape(a, cred(a, "GITLAB_PROJECT_ID")), escape(a, cred(a, "GITLAB_DOMAIN"))),
	        .body = form_text(a, form("certificate", d->fullchain, "key", d->key)),
	        .type = API_FORM }));
}

const struct deploy_hook deploy_gitlab = {
	.svc = { .name = "gitlab",
	    .title = "GitLab Pages",
	    .site = "gitlab.com",
	    .docs = "https://docs.gitlab.com/api/pages_domains/",
	    .base = "{GITLAB_URL}/api/v4",
	    .headers = { { "PRIVATE-TOKEN", "GITLAB_TOKEN", NULL } },
	    .fault = { .text = "message|error_description|error" },
	    .creds = { { "GITLAB_TOKEN", "access token", SECRET, 0, NULL,
	                   "Le_Deploy_gitlab_token" },
	        { "GITLAB_PROJECT_ID", "id or path of the project", 0, 0, NULL,
	            "Le_Deploy_gitlab_project_id" },
	        { "GITLAB_DOMAIN", "domain of its pages", 0, 0, NULL, "Le_Deploy_gitlab_domain" },
	        { "GITLAB_URL", "server of your own", 0, 0, "https://gitlab.com", NULL } },
	    .permissions = "api, as maintainer of the project" },
	.deploy = deploy,
};
