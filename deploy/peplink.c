/* Peplink routers: login over the API, then the form that the web interface sends when a
 * certificate is replaced: peplink.com, "Router API Documentation" */
#include "../acme.h"

static int login(struct api *a)
{
	const struct reply *r;

	api_base(a,
	    fmt(a, "%s://%s:%s/cgi-bin/MANGA", cred(a, "PEPLINK_Scheme"),
	        cred(a, "PEPLINK_Hostname"), cred(a, "PEPLINK_Port")));
	r = api_form(a, "/api.cgi",
	    form("func", "login", "username", cred(a, "PEPLINK_Username"), "password",
	        cred(a, "PEPLINK_Password")));
	if (!r)
		return -1;
	if (reply_header(r, "Set-Cookie") && !text_is(json_str(r->json, "stat"), "fail"))
		return 0;
	reply_refused(a, r);
	return remedy(a, "check PEPLINK_Username and PEPLINK_Password");
}

static int deploy(struct api *a, const struct deployment *d)
{
	const struct reply *r;

	api_step(a, "replacing the %s certificate", cred(a, "PEPLINK_Certtype"));
	r = api_form(a, "/admin.cgi",
	    form("cert_type", cred(a, "PEPLINK_Certtype"), "cert_uid", "", "section", "CERT_modify",
	        "key_pem", d->key, "key_pem_passphrase", "", "key_pem_passphrase_confirm", "",
	        "cert_pem", d->fullchain));
	if (!r)
		return -1;
	return strstr(r->body, "Success") ? 0 : reply_refused(a, r);
}

const struct deploy_hook deploy_peplink = {
	.svc = { .name = "peplink",
	    .title = "Peplink",
	    .site = "peplink.com",
	    .docs = "https://www.peplink.com/support/downloads/",
	    .base = "{PEPLINK_Hostname}",
	    .accept = "*/*",
	    .cookies = true,
	    .creds = { { "PEPLINK_Hostname", "address of the router", 0, 0, NULL, NULL },
	        { "PEPLINK_Username", "administrator", 0, 0, NULL, NULL },
	        { "PEPLINK_Password", "password", SECRET, 0, NULL, NULL },
	        { "PEPLINK_Certtype",
	            "what for: webadmin, chub, openvpn, portal, webproxy, wwan_ca, wwan_client", 0,
	            0, "webadmin", NULL },
	        { "PEPLINK_Scheme", "https or http", 0, 0, "https", NULL },
	        { "PEPLINK_Port", "its port", 0, 0, "443", NULL },
	        { "PEPLINK_INSECURE", "1: accept whatever certificate it has", OPTIONAL, 0, NULL,
	            NULL } },
	    .unverified = "PEPLINK_INSECURE",
	    .login = login },
	.deploy = deploy,
};
