/* Vault's KV secrets engine as "vault kv put" would do it: it asks which version of the engine serves the
 * path (developer.hashicorp.com/vault/api-docs/system/internal-ui-mounts), and puts "data" into the path
 * where that is 2. */
#include "vault.h"

static int deploy(struct api *a, const struct deployment *d)
{
	const char *path = fmt(a, "%s/%s", vault_prefix(a), d->domain), *mount;
	const struct reply *r;
	bool v2;

	api_step(a, "asking for the secrets engine at %s", path);
	r = api_probe(a, fmt(a, "/v1/sys/internal/ui/mounts/%s", vault_escape(a, path)));
	if (!r)
		return -1;
	mount = json_str(r->json, "data/path"); /* "secret/" */
	v2 = text_is(json_str(r->json, "data/options/version"), "2");
	if (v2 && mount && text_starts(path, mount))
		path = fmt(a, "%sdata/%s", mount, path + strlen(mount));
	return vault_write(a, d, path, v2);
}

const struct deploy_hook deploy_vault_cli = {
	.svc = { .name = "vault_cli",
	    .title = "Vault (as its command line)",
	    .site = "vaultproject.io",
	    .docs = "https://developer.hashicorp.com/vault/docs/commands/kv/put",
	    .base = "{VAULT_ADDR}",
	    .headers = VAULT_HEADERS,
	    .fault = { .text = "errors|warnings" },
	    .creds = { { "VAULT_PREFIX", "where, as \"vault kv put\" takes it: secret/acme", 0, 0,
	                   NULL, NULL },
	        VAULT_ROWS },
	    .notes = "It does over HTTP what the program vault would do; that is not needed." },
	.deploy = deploy,
};
