/* Consul's key/value store: developer.hashicorp.com/consul/api-docs/kv. In Fabio's mode names and number
 * of the keys are those of fabiolb.net/feature/certificate-stores. */
#include "../acme.h"

static int put(struct api *a, const char *key, const char *text)
{
	api_step(a, "writing %s", key);
	return ok(api_send(a,
	    &(struct api_request){ .method = "PUT",
	        .url = fmt(a, "/v1/kv/%s", text_replace(api_arena(a), escape(a, key), "%2F", "/")),
	        .body = text,
	        .type = "text/plain" }));
}

/* Consul itself takes an address without a scheme as http. */
static void set_base(struct api *a)
{
	const char *address = cred(a, "CONSUL_HTTP_ADDR");

	api_base(a, strstr(address, "://") ? address : fmt(a, "http://%s", address));
}

static int deploy(struct api *a, const struct deployment *d)
{
	const bool fabio = cred(a, "FABIO") != NULL;
	const char *prefix =
	    text_join(api_arena(a), text_split(api_arena(a), cred(a, "CONSUL_PREFIX"), "/"), "/");
	const char *folder = fmt(a, "%s/%s", prefix, d->domain);

	set_base(a);
	if (fabio)
		return put(a, fmt(a, "%s-cert.pem", folder), d->fullchain) ||
		        put(a, fmt(a, "%s-key.pem", folder), d->key)
		    ? -1
		    : 0;
	return put(a, fmt(a, "%s/cert.pem", folder), d->cert) ||
	        put(a, fmt(a, "%s/cert.key", folder), d->key) ||
	        put(a, fmt(a, "%s/chain.pem", folder), d->chain) ||
	        put(a, fmt(a, "%s/fullchain.pem", folder), d->fullchain)
	    ? -1
	    : 0;
}

const struct deploy_hook deploy_consul = {
	.svc = { .name = "consul",
	    .title = "Consul",
	    .site = "consul.io",
	    .docs = "https://developer.hashicorp.com/consul/api-docs/kv",
	    .base = "{CONSUL_HTTP_ADDR}",
	    .headers = { { "X-Consul-Token", "CONSUL_HTTP_TOKEN", NULL } },
	    .fault = { .text = "", .ok = "", .ok_value = "true" },
	    .creds = { { "CONSUL_PREFIX", "where in the store, acme/certs", 0, 0, NULL, NULL },
	        { "CONSUL_HTTP_ADDR", "address of an agent, http://127.0.0.1:8500", 0, 0, NULL,
	            NULL },
	        { "CONSUL_HTTP_TOKEN", "ACL token", SECRET | OPTIONAL, 0, NULL, NULL },
	        { "FABIO", "1: DOMAIN-cert.pem and DOMAIN-key.pem only, for Fabio", OPTIONAL, 0,
	            NULL, NULL } },
	    .permissions = "key_prefix \"PREFIX/\" { policy = \"write\" }",
	    .notes = "It is always done over HTTP; the program consul is not needed." },
	.deploy = deploy,
};
