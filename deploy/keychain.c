/* The system keychain of macOS, by its command security(1). */
#include "../acme.h"

static int import(struct api *a, const struct deployment *d, const char *path)
{
	if (run_program(a, d->env,
	        arguments("/usr/bin/security", "import", path, "-k",
	            "/Library/Keychains/System.keychain"),
	        NULL))
		return 0;
	/* The key and the CA's certificates are the same as at the last renewal. */
	if (!strstr(error_text(api_arena(a)), "already exists"))
		return -1;
	error_clear(api_arena(a));
	return 0;
}

static int deploy(struct api *a, const struct deployment *d)
{
	return import(a, d, d->key_path) || import(a, d, d->cert_path) ||
	        (*d->chain && import(a, d, d->chain_path))
	    ? -1
	    : 0;
}

const struct deploy_hook deploy_keychain = {
	.svc = { .name = "keychain",
	    .title = "macOS keychain",
	    .site = "apple.com",
	    .docs = "https://ss64.com/mac/security.html",
	    .notes = "Imports into System.keychain, which takes root." },
	.deploy = deploy,
};
