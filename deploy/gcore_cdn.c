/* Gcore CDN API: the resource whose name is the certificate's gets a new certificate, and the one that it
 * had goes: gcore.com/docs/api-reference/cdn */
#include "../acme.h"

static int login(struct api *a)
{
	const struct reply *r = api_send(a,
	    &(struct api_request){ .method = "POST",
	        .url = "/auth/jwt/login",
	        .no_auth = true,
	        .body = json_text(api_arena(a),
	            json(js("username", cred(a, "DEPLOY_GCORE_CDN_USERNAME")),
	                js("password", cred(a, "DEPLOY_GCORE_CDN_PASSWORD")))) });
	const char *token = r ? reply_str(a, r, "access") : NULL;

	if (!token)
		return -1;
	api_keep_secret(a, "token", token);
	return 0;
}

static int deploy(struct api *a, const struct deployment *d)
{
	const cJSON *resources = api_pages(a, &(struct pages){ .path = "/cdn/resources" });
	const cJSON *resource = find_name(resources, "", "cname", d->domain);
	const char *id = json_str(resource, "id"), *old = json_str(resource, "sslData");
	const struct reply *r;
	long long fresh;

	if (!id)
		return resources ? fail(a, "there is no CDN resource with the CNAME %s", d->domain)
		                 : -1;
	api_step(a, "uploading the certificate");
	r = api_post(a, "/cdn/sslData",
	    json(js("name", fmt(a, "%s %s", d->domain, clock_rfc3339(api_arena(a), clock_now()))),
	        js("sslCertificate", d->fullchain), js("sslPrivateKey", d->key)));
	if (!r || !reply_str(a, r, "id"))
		return -1;
	fresh = json_int(r->json, "id", 0);
	api_step(a, "changing CDN resource %s", id);
	if (!api_patch(a, fmt(a, "/cdn/resources/%s", id),
	        json(jn("sslData", fresh), jb("sslEnabled", true))))
		return -1;
	if (!old)
		return 0;
	api_step(a, "removing the old certificate %s", old);
	/* One that another resource uses stays. */
	return ok(api_send(a,
	    &(struct api_request){ .method = "DELETE",
	        .url = fmt(a, "/cdn/sslData/%s", old),
	        .any_status = true }));
}

const struct deploy_hook deploy_gcore_cdn = {
	.svc = { .name = "gcore_cdn",
	    .title = "Gcore CDN",
	    .site = "gcore.com",
	    .docs = "https://gcore.com/docs/api-reference/cdn",
	    .base = "https://api.gcore.com",
	    .bearer = "token",
	    .fault = { .text = "message|errors|detail" },
	    .creds = { { "DEPLOY_GCORE_CDN_USERNAME", "user name", 0, 0, NULL,
	                   "Le_Deploy_gcore_cdn_username" },
	        { "DEPLOY_GCORE_CDN_PASSWORD", "password", SECRET, 0, NULL,
	            "Le_Deploy_gcore_cdn_password" } },
	    .login = login },
	.deploy = deploy,
};
