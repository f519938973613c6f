/* lighttpd: one PEM file a certificate, for ssl.pemfile (wiki.lighttpd.net/Docs_SSL). */
#include "../acme.h"

static int deploy(struct api *a, const struct deployment *d)
{
	const char *name = cred(a, "DEPLOY_LIGHTTPD_PEM_NAME");
	const char *path = fmt(a, "%s/%s%s", cred(a, "DEPLOY_LIGHTTPD_PEM_PATH"),
	    name ? name : fmt(a, "%s.pem", d->name),
	    !text_yes(cred(a, "DEPLOY_LIGHTTPD_BUNDLE")) ? ""
	        : d->ecc                                 ? ".ecdsa"
	                                                 : ".rsa");
	const char *reload = cred(a, "DEPLOY_LIGHTTPD_RELOAD");

	if (put_text(a, path, fmt(a, "%s%s", d->key, d->fullchain), 0600))
		return -1;
	if (text_yes(cred(a, "DEPLOY_LIGHTTPD_ISSUER")) &&
	    put_text(a, fmt(a, "%s.issuer", path), d->chain, 0644))
		return -1;
	return reload ? run_line(a, d->env, reload) : 0;
}

const struct deploy_hook deploy_lighttpd = {
	.svc = { .name = "lighttpd",
	    .title = "lighttpd",
	    .site = "lighttpd.net",
	    .docs = "https://wiki.lighttpd.net/Docs_SSL",
	    .creds = { { "DEPLOY_LIGHTTPD_PEM_PATH", "folder of the PEM files", 0, 0,
	                   "/etc/lighttpd", "Le_Deploy_lighttpd_pem_path" },
	        { "DEPLOY_LIGHTTPD_PEM_NAME", "name of the file, else DOMAIN.pem", OPTIONAL, 0,
	            NULL, "Le_Deploy_lighttpd_pem_name" },
	        { "DEPLOY_LIGHTTPD_BUNDLE", "yes: .rsa or .ecdsa behind the name", OPTIONAL, 0,
	            NULL, "Le_Deploy_lighttpd_bundle" },
	        { "DEPLOY_LIGHTTPD_ISSUER", "no: without the CA's certificates in NAME.issuer", 0,
	            0, "yes", "Le_Deploy_lighttpd_issuer" },
	        { "DEPLOY_LIGHTTPD_RELOAD", "command that reloads lighttpd", OPTIONAL, 0, NULL,
	            "Le_Deploy_lighttpd_reload" } } },
	.deploy = deploy,
	.live = true,
};
