/* Copies of the files, wherever they are wanted; several of them in one file too. */
#include "../acme.h"

struct copy {
	const char *setting;
	const char *text;
	unsigned mode;
};

/* Key, certificate and so on that go to the same file follow each other in it. */
static int write_all(struct api *a, const struct copy *copies, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *path = cred(a, copies[i].setting), *text = copies[i].text;
		unsigned mode = copies[i].mode;
		bool written = !path;

		for (size_t j = 0; path && j < n; j++) {
			if (j == i || !text_is(cred(a, copies[j].setting), path))
				continue;
			written |= j < i;
			text = fmt(a, "%s%s", text, copies[j].text);
			mode &= copies[j].mode;
		}
		if (!written && put_text(a, path, text, mode))
			return -1;
	}
	return 0;
}

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
	/* With the full chain in the same file the certificate is there already. */
	const bool twice = cred(a, "DEPLOY_LOCALCOPY_FULLCHAIN") &&
	    text_is(cred(a, "DEPLOY_LOCALCOPY_CERTIFICATE"), cred(a, "DEPLOY_LOCALCOPY_FULLCHAIN"));
	const struct copy copies[] = {
		{ "DEPLOY_LOCALCOPY_CERTIFICATE", twice ? "" : d->cert, 0644 },
		{ "DEPLOY_LOCALCOPY_FULLCHAIN", d->fullchain, 0644 },
		{ "DEPLOY_LOCALCOPY_CA", d->chain, 0644 },
		{ "DEPLOY_LOCALCOPY_CERTKEY", d->key, 0600 },
	};
	const char *line = cred(a, "DEPLOY_LOCALCOPY_RELOADCMD");

	if (write_all(a, copies, sizeof copies / sizeof *copies) || copy_pfx(a, d))
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
};
