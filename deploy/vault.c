/* Vault's KV secrets engine over HTTP: developer.hashicorp.com/vault/api-docs/secret/kv */
#include "vault.h"

char *vault_prefix(struct api *a)
{
	return text_join(api_arena(a), text_split(api_arena(a), cred(a, "VAULT_PREFIX"), "/"), "/");
}

char *vault_escape(struct api *a, const char *path)
{
	return text_replace(api_arena(a), escape(a, path), "%2F", "/");
}

static int put(struct api *a, const char *path, bool v2, cJSON *secret_json)
{
	api_step(a, "writing %s", path);
	return ok(api_post(a, fmt(a, "/v1/%s", vault_escape(a, path)),
	    v2 ? json(jo("data", secret_json)) : secret_json));
}

/* The CA's certificates were in chain.pem once. Who reads them there still gets them. */
static int put_old_chain(struct api *a, const struct deployment *d, const char *path, bool v2)
{
	const struct reply *r;

	api_step(a, "looking for %s", path);
	r = api_send(a,
	    &(struct api_request){ .url = fmt(a, "/v1/%s", vault_escape(a, path)),
	        .any_status = true });
	if (!r || !strstr(r->body, "-----BEGIN CERTIFICATE-----"))
		return ok(r);
	return put(a, path, v2, json(js("value", d->chain)));
}

static int put_all(struct api *a, const struct deployment *d, const char *folder, bool v2)
{
	const struct {
		const char *name, *text;
	} files[] = { { "cert.pem", d->cert }, { "cert.key", d->key }, { "ca.pem", d->chain },
		{ "fullchain.pem", d->fullchain } };

	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (put(a, fmt(a, "%s/%s", folder, files[i].name), v2,
		        json(js("value", files[i].text))))
			return -1;
	return put_old_chain(a, d, fmt(a, "%s/chain.pem", folder), v2);
}

int vault_write(struct api *a, const struct deployment *d, const char *folder, bool v2)
{
	int bad;

	if (cred(a, "VAULT_RENEW_TOKEN")) {
		api_step(a, "renewing the token");
		if (!api_send(a,
		        &(struct api_request){ .method = "POST",
		            .url = "/v1/auth/token/renew-self",
		            .body = "{}",
		            .confidential = true }))
			return -1;
	}
	bad = cred(a, "VAULT_FABIO_MODE")
	    ? put(a, folder, v2, json(js("cert", d->fullchain), js("key", d->key)))
	    : put_all(a, d, folder, v2);
	return bad || !cred(a, "VAULT_SAVE_TOKEN")
	    ? bad
	    : cred_put(a, "VAULT_TOKEN", cred(a, "VAULT_TOKEN"));
}

static int deploy(struct api *a, const struct deployment *d)
{
	return vault_write(a, d, fmt(a, "%s/%s", vault_prefix(a), d->domain),
	    cred(a, "VAULT_KV_V2") != NULL);
}

const struct deploy_hook deploy_vault = {
	.svc = { .name = "vault",
	    .title = "Vault",
	    .site = "vaultproject.io",
	    .docs = "https://developer.hashicorp.com/vault/api-docs/secret/kv",
	    .base = "{VAULT_ADDR}",
	    .headers = VAULT_HEADERS,
	    .fault = { .text = "errors|warnings" },
	    .creds = { { "VAULT_PREFIX", "where, secret/acme, or secret/data/acme with VAULT_KV_V2",
	                   0, 0, NULL, NULL },
	        { "VAULT_KV_V2", "1: version 2 of the secrets engine", OPTIONAL, 0, NULL, NULL },
	        VAULT_ROWS } },
	.deploy = deploy,
};
