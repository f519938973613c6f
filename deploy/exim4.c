/* Exim: main options tls_certificate and tls_privatekey, exim.org/exim-html-current/doc/html/spec_html. */
#include "../acme.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

/* Exim reads the key as its own user, when a client says STARTTLS: as it was made it is root's only. */
static int share(struct api *a, const char *path)
{
	const struct group *g = getgrnam("Debian-exim");
	struct stat st;

	if (!g)
		g = getgrnam("exim");
	if (!g || geteuid() != 0 || stat(path, &st) || st.st_gid != 0 || st.st_mode & 077)
		return 0;
	if (chown(path, (uid_t)-1, g->gr_gid) || chmod(path, 0640))
		return fail_errno(api_arena(a), "giving %s to group %s", path, g->gr_name);
	return 0;
}

static const char *find_conf(struct api *a)
{
	static const char *const usual[] = { "/etc/exim/exim.conf", "/etc/exim4/exim4.conf",
		"/etc/exim4/exim4.conf.template" };
	const char *conf = cred(a, "DEPLOY_EXIM4_CONF");

	for (size_t i = 0; !conf && i < sizeof usual / sizeof *usual; i++)
		if (access(usual[i], F_OK) == 0)
			conf = usual[i];
	if (!conf) {
		fail(a, "there is no configuration of Exim at the usual places");
		remedy(a, "set DEPLOY_EXIM4_CONF (its file)");
	}
	return conf;
}

static int deploy(struct api *a, const struct deployment *d)
{
	const char *folder = cred(a, "DEPLOY_EXIM4_FOLDER");
	const struct server_setup setup = { .key = fmt(a, "%s/exim4.key", folder),
		.fullchain = fmt(a, "%s/exim4.pem", folder),
		.conf = find_conf(a),
		.options = { { "tls_certificate", fmt(a, "%s/exim4.pem", folder) },
		    { "tls_privatekey", fmt(a, "%s/exim4.key", folder) } },
		.before = "begin ", /* the other sections of the file */
		.reload = cred(a, "DEPLOY_EXIM4_RELOAD") };

	return !setup.conf || setup_server(a, d, &setup) ? -1 : share(a, setup.key);
}

const struct deploy_hook deploy_exim4 = {
	.svc = { .name = "exim4",
	    .title = "Exim",
	    .site = "exim.org",
	    .docs = "https://www.exim.org/exim-html-current/doc/html/spec_html/",
	    .creds = { { "DEPLOY_EXIM4_CONF",
	                   "configuration file, else /etc/exim/exim.conf or Debian's",
	                   OPTIONAL | PER_DOMAIN, 0, NULL, NULL },
	        { "DEPLOY_EXIM4_RELOAD", "command that restarts it", PER_DOMAIN, 0,
	            "service exim4 restart", NULL },
	        { "DEPLOY_EXIM4_FOLDER", "folder for key and chain", PER_DOMAIN, 0,
	            "/etc/acme.sh/exim4", NULL } } },
	.deploy = deploy,
	.live = true,
};
