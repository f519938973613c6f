/* Proxmox Backup Server: the certificate of its web interface and API, with an API token:
 * pbs.proxmox.com/docs/api-viewer/#/nodes/{node}/certificates/custom */
#include "../acme.h"

static int deploy(struct api *a, const struct deployment *d)
{
	const char *host = host_or_domain(a, d, "DEPLOY_PROXMOXBS_SERVER");

	if (!host)
		return -1;
	api_base(a,
	    fmt(a, "https://%s:%s/api2/json", host, cred(a, "DEPLOY_PROXMOXBS_SERVER_PORT")));
	/* A colon, where Proxmox VE has "=". */
	api_keep_secret(a, "token",
	    fmt(a, "%s@%s!%s:%s", cred(a, "DEPLOY_PROXMOXBS_USER"),
	        cred(a, "DEPLOY_PROXMOXBS_USER_REALM"), cred(a, "DEPLOY_PROXMOXBS_API_TOKEN_NAME"),
	        cred(a, "DEPLOY_PROXMOXBS_API_TOKEN_KEY")));
	return ok(api_post(a, "/nodes/localhost/certificates/custom",
	    json(js("certificates", d->fullchain), js("key", d->key), jb("restart", true),
	        jb("force", true))));
}

const struct deploy_hook deploy_proxmoxbs = {
	.svc = { .name = "proxmoxbs",
	    .title = "Proxmox Backup Server",
	    .site = "proxmox.com",
	    .docs = "https://pbs.proxmox.com/docs/api-viewer/",
	    .base = "{DEPLOY_PROXMOXBS_SERVER}",
	    .headers = { { "Authorization", "token", "PBSAPIToken=%s" } },
	    .fault = { .text = "errors|message" },
	    .creds = { { "DEPLOY_PROXMOXBS_API_TOKEN_KEY", "secret of the API token", SECRET, 0,
	                   NULL, NULL },
	        { "DEPLOY_PROXMOXBS_SERVER", "the server's address, else the certificate's name",
	            OPTIONAL, 0, NULL, NULL },
	        { "DEPLOY_PROXMOXBS_SERVER_PORT", "its port", 0, 0, "8007", NULL },
	        { "DEPLOY_PROXMOXBS_USER", "user of the token", 0, 0, "root", NULL },
	        { "DEPLOY_PROXMOXBS_USER_REALM", "realm of the user", 0, 0, "pam", NULL },
	        { "DEPLOY_PROXMOXBS_API_TOKEN_NAME", "name of the token", 0, 0, "acme", NULL },
	        { "DEPLOY_PROXMOXBS_INSECURE", "1: accept whatever certificate it has", OPTIONAL, 0,
	            NULL, NULL } },
	    .unverified = "DEPLOY_PROXMOXBS_INSECURE",
	    .permissions = "Sys.Modify on /system/certificates" },
	.deploy = deploy,
};
