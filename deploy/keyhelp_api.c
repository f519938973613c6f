/* KeyHelp API v2, certificates, on one server or several: app.swaggerhub.com/apis-docs/keyhelp/api */
#include "../acme.h"

static int upload(struct api *a, const struct deployment *d)
{
	const char *text = json_text(api_arena(a),
	    json(js("name", d->domain),
	        jo("components",
	            json(js("private_key", d->key), js("certificate", d->cert),
	                js("ca_certificate", *d->chain ? d->chain : NULL)))));
	const struct reply *r = api_send(a,
	    &(struct api_request){ .method = "PUT",
	        .url = fmt(a, "/api/v2/certificates/name/%s", escape(a, d->domain)),
	        .body = text,
	        .probe = true });

	if (r && r->missing)
		r = api_send(a,
		    &(struct api_request){ .method = "POST",
		        .url = "/api/v2/certificates",
		        .body = text });
	return ok(r);
}

static int deploy(struct api *a, const struct deployment *d)
{
	struct strs hosts = text_split(api_arena(a), cred(a, "DEPLOY_KEYHELP_HOST"), ", ");
	struct strs keys = text_split(api_arena(a), cred(a, "DEPLOY_KEYHELP_API_KEY"), ", ");

	if (hosts.n != keys.n)
		return fail(a,
		    "DEPLOY_KEYHELP_HOST names %zu servers, DEPLOY_KEYHELP_API_KEY %zu keys",
		    hosts.n, keys.n);
	for (size_t i = 0; i < hosts.n; i++) {
		const char *host = hosts.v[i];

		api_base(a, fmt(a, "%s%s", strstr(host, "://") ? "" : "https://", host));
		api_keep_secret(a, "key", keys.v[i]);
		api_step(a, "writing the certificate to %s", host);
		if (upload(a, d))
			return -1;
	}
	return 0;
}

const struct deploy_hook deploy_keyhelp_api = {
	.svc = { .name = "keyhelp_api",
	    .title = "KeyHelp (API)",
	    .site = "keyhelp.de",
	    .docs = "https://app.swaggerhub.com/apis-docs/keyhelp/api/",
	    .base = "{DEPLOY_KEYHELP_HOST}",
	    .headers = { { "X-API-Key", "key", NULL } },
	    .creds = { { "DEPLOY_KEYHELP_HOST", "URLs of the servers, with commas between", 0, 0,
	                   NULL, NULL },
	        { "DEPLOY_KEYHELP_API_KEY", "API keys, in the same order", SECRET, 0, NULL,
	            NULL } } },
	.deploy = deploy,
};
