/* Copies of the files, wherever they are wanted; several of them in one file too. */
#include "../acme.h"

/* The PKCS#12 file that --to-pkcs12 keeps up to date. */
static int copy_pfx(struct api *a, const struct deployment *d)
{
	const char *path = cred(a, "DEPLOY_LOCALCOPY_PFX"), *bytes;
	size_t n;

	if (!path)
		return 0;
	if ((bytes = api_file(a, d->pfx_path, &n)))
		return put_file(a, path, bytes, n, 0600);
	return remedy(a, "acme --to-pkcs12 -d %s makes it, now and after each renewal", d->domain);
}

static int deploy(struct api *a, const struct deployment *d)
{
	struct copy copies[] = {
		{ cred(a, "DEPLOY_LOCALCOPY_CERTIFICATE"), d->cert, 0644 },
		{ cred(a, "DEPLOY_LOCALCOPY_FULLCHAIN"), d->fullchain, 0644 },
		{ cred(a, "DEPLOY_LOCALCOPY_CA"), d->chain, 0644 },
		{ cred(a, "DEPLOY_LOCALCOPY_CERTKEY"), d->key, 0600 },
	};
	const size_t n = join_copies(a, copies, sizeof copies / sizeof *copies);
	const char *line = cred(a, "DEPLOY_LOCALCOPY_RELOADCMD");

	for (size_t i = 0; i < n; i++)
		if (put_text(a, copies[i].path, copies[i].text, copies[i].mode))
			return -1;
	if (copy_pfx(a, d))
		return -1;
	return line ? run_line(a, d->env, line) : 0;
}

const struct deploy_hook deploy_localcopy = {
	.svc = { .name = "localcopy",
	    .title = "Files on this machine",
	    .site = "acme.sh",
	    .creds = { { "DEPLOY_LOCALCOPY_CERTIFICATE", "file for the certificate", OPTIONAL, 0,
	                   NULL, NULL },
	        { "DEPLOY_LOCALCOPY_CERTKEY", "file for the key", OPTIONAL, 0, NULL, NULL },
	        { "DEPLOY_LOCALCOPY_FULLCHAIN", "file for the full chain", OPTIONAL, 0, NULL,
	            NULL },
	        { "DEPLOY_LOCALCOPY_CA", "file for the CA's certificates", OPTIONAL, 0, NULL,
	            NULL },
	        { "DEPLOY_LOCALCOPY_PFX", "file for the PKCS#12 of --to-pkcs12", OPTIONAL, 0, NULL,
	            NULL },
	        { "DEPLOY_LOCALCOPY_RELOADCMD", "command to run then", OPTIONAL, 0, NULL, NULL } },
	    .notes = "The same name twice makes one file of both." },
	.deploy = deploy,
	.live = true,
};
