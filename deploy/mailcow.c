/* mailcow: its own certificate is data/assets/ssl/{key,cert}.pem,
 * docs.mailcow.email/post_installation/firststeps-ssl */
#include "../acme.h"

#include <unistd.h>

static int deploy(struct api *a, const struct deployment *d)
{
	const char *path = cred(a, "DEPLOY_MAILCOW_PATH");

	/* mailcow's own folder, or the one of its certificates, as it is seen from a container. */
	if (access(fmt(a, "%s/generate_config.sh", path), F_OK) == 0)
		path = fmt(a, "%s/data/assets/ssl", path);
	if (put_text(a, fmt(a, "%s/key.pem", path), d->key, 0600) ||
	    put_text(a, fmt(a, "%s/cert.pem", path), d->fullchain, 0644))
		return -1;
	return run_line(a, d->env, cred(a, "DEPLOY_MAILCOW_RELOAD"));
}

const struct deploy_hook deploy_mailcow = {
	.svc = { .name = "mailcow",
	    .title = "mailcow",
	    .site = "mailcow.email",
	    .docs = "https://docs.mailcow.email/post_installation/firststeps-ssl/",
	    .creds = { { "DEPLOY_MAILCOW_PATH", "folder of mailcow, or of its certificates", 0, 0,
	                   NULL, NULL },
	        { "DEPLOY_MAILCOW_RELOAD", "command that restarts what uses them", 0, 0,
	            "docker restart $(docker ps -qa -f name=postfix-mailcow -f name=nginx-mailcow "
	            "-f name=dovecot-mailcow)",
	            NULL } },
	    .notes = "SKIP_LETS_ENCRYPT=y in mailcow.conf keeps mailcow's own ACME client away." },
	.deploy = deploy,
};
