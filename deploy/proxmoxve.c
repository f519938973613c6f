/* Proxmox VE: the certificate of a node's web interface, with an API token:
 * pve.proxmox.com/pve-docs/api-viewer/#/nodes/{node}/certificates/custom */
#include "../acme.h"

/* A cluster's nodes have names of their own; by custom the machine's is the same. */
static const char *node_of(struct api *a, const char *host)
{
	const char *node = cred(a, "DEPLOY_PROXMOXVE_NODE_NAME");

	if (node || !text_is_ip(host))
		return node ? node : arena_strn(api_arena(a), host, strcspn(host, "."));
	fail(a, "which node %s is cannot be told from an address", host);
	remedy(a, "set DEPLOY_PROXMOXVE_NODE_NAME");
	return NULL;
}

static int deploy(struct api *a, const struct deployment *d)
{
	const char *host = host_or_domain(a, d, "DEPLOY_PROXMOXVE_SERVER");
	const char *node = host ? node_of(a, host) : NULL;

	if (!node)
		return -1;
	api_base(a,
	    fmt(a, "https://%s:%s/api2/json", host, cred(a, "DEPLOY_PROXMOXVE_SERVER_PORT")));
	api_keep_secret(a, "token",
	    fmt(a, "%s@%s!%s=%s", cred(a, "DEPLOY_PROXMOXVE_USER"),
	        cred(a, "DEPLOY_PROXMOXVE_USER_REALM"), cred(a, "DEPLOY_PROXMOXVE_API_TOKEN_NAME"),
	        cred(a, "DEPLOY_PROXMOXVE_API_TOKEN_KEY")));
	return ok(api_post(a, fmt(a, "/nodes/%s/certificates/custom", escape(a, node)),
	    json(js("certificates", d->fullchain), js("key", d->key), js("restart", "1"),
	        js("force", "1"))));
}

const struct deploy_hook deploy_proxmoxve = {
	.svc = { .name = "proxmoxve",
	    .title = "Proxmox VE",
	    .site = "proxmox.com",
	    .docs = "https://pve.proxmox.com/pve-docs/api-viewer/",
	    .base = "{DEPLOY_PROXMOXVE_SERVER}",
	    .headers = { { "Authorization", "token", "PVEAPIToken=%s" } },
	    .fault = { .text = "errors|message|:reason" },
	    .creds = { { "DEPLOY_PROXMOXVE_API_TOKEN_KEY", "secret of the API token", SECRET, 0,
	                   NULL, NULL },
	        { "DEPLOY_PROXMOXVE_SERVER", "the node's address, else the certificate's name",
	            OPTIONAL, 0, NULL, NULL },
	        { "DEPLOY_PROXMOXVE_SERVER_PORT", "its port", 0, 0, "8006", NULL },
	        { "DEPLOY_PROXMOXVE_NODE_NAME",
	            "the node's name, else the first part of its address", OPTIONAL, 0, NULL,
	            NULL },
	        { "DEPLOY_PROXMOXVE_USER", "user of the token", 0, 0, "root", NULL },
	        { "DEPLOY_PROXMOXVE_USER_REALM", "realm of the user", 0, 0, "pam", NULL },
	        { "DEPLOY_PROXMOXVE_API_TOKEN_NAME", "name of the token", 0, 0, "acme", NULL },
	        { "DEPLOY_PROXMOXVE_INSECURE", "1: accept whatever certificate it has", OPTIONAL, 0,
	            NULL, NULL } },
	    .unverified = "DEPLOY_PROXMOXVE_INSECURE",
	    .permissions = "Sys.Modify on /nodes/NODE" },
	.deploy = deploy,
};
