/* vsftpd: options rsa_cert_file, rsa_private_key_file and ssl_enable of vsftpd.conf(5). */
#include "../acme.h"

static int deploy(struct api *a, const struct deployment *d)
{
	const char *folder = cred(a, "DEPLOY_VSFTPD_FOLDER");
	const struct server_setup setup = { .key = fmt(a, "%s/vsftpd.key", folder),
		.fullchain = fmt(a, "%s/vsftpd.chain.pem", folder),
		.conf = cred(a, "DEPLOY_VSFTPD_CONF"),
		.options = { { "rsa_cert_file", fmt(a, "%s/vsftpd.chain.pem", folder) },
		    { "rsa_private_key_file", fmt(a, "%s/vsftpd.key", folder) },
		    { "ssl_enable", "YES" } },
		.reload = cred(a, "DEPLOY_VSFTPD_RELOAD") };

	return setup_server(a, d, &setup);
}

const struct deploy_hook deploy_vsftpd = {
	.svc = { .name = "vsftpd",
	    .title = "vsftpd",
	    .site = "security.appspot.com",
	    .docs = "https://security.appspot.com/vsftpd/vsftpd_conf.html",
	    .creds = { { "DEPLOY_VSFTPD_CONF", "configuration file", PER_DOMAIN, 0,
	                   "/etc/vsftpd.conf", NULL },
	        { "DEPLOY_VSFTPD_RELOAD", "command that restarts it", PER_DOMAIN, 0,
	            "service vsftpd restart", NULL },
	        { "DEPLOY_VSFTPD_FOLDER", "folder for key and chain", PER_DOMAIN, 0,
	            "/etc/acme.sh/vsftpd", NULL } } },
	.deploy = deploy,
	.live = true,
};
