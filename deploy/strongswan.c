/* strongSwan: the folders of swanctl(8), and those of ipsec(8) where the daemon is controlled by that. */
#include "../acme.h"

#include <sys/stat.h>

/* Where key, certificate, the CA's certificates and the full chain go; NULL: nowhere. */
struct layout {
	const char *key, *cert, *chain, *fullchain;
};

static const struct layout stroke = { "ipsec.d/private", "ipsec.d/certs", "ipsec.d/cacerts",
	"ipsec.d/cacerts" };
static const struct layout vici = { "private", "x509", "x509ca", NULL };

static int put_in(struct api *a, const char *root, const char *folder, const char *path,
    const char *text, unsigned mode)
{
	return folder ? put_text(a, fmt(a, "%s/%s%s", root, folder, strrchr(path, '/')), text, mode)
	              : 0;
}

/* Of a file strongSwan takes the first certificate: ca.cer is followed by ca-2.cer and so on. */
static int put_chain(struct api *a, const char *root, const struct layout *l,
    const struct deployment *d)
{
	const char *one = d->chain, *next, *path = d->chain_path;

	for (int i = 2; *one; i++, one = next) {
		next = strstr(one + 1, "-----BEGIN");
		if (!next)
			next = one + strlen(one);
		if (put_in(a, root, l->chain, path,
		        arena_strn(api_arena(a), one, (size_t)(next - one)), 0644))
			return -1;
		path = fmt(a, "/ca-%d.cer", i);
	}
	return 0;
}

static int put_all(struct api *a, const struct deployment *d, const char *root,
    const struct layout *l)
{
	return put_in(a, root, l->key, d->key_path, d->key, 0600) ||
	    put_in(a, root, l->cert, d->cert_path, d->cert, 0644) || put_chain(a, root, l, d) ||
	    put_in(a, root, l->fullchain, d->fullchain_path, d->fullchain, 0644);
}

static int by_ipsec(struct api *a, const struct deployment *d, const char *program)
{
	const char *root = run_program(a, d->env, arguments(program, "--confdir"), NULL);

	if (!root || put_all(a, d, text_trim(api_arena(a), root), &stroke))
		return -1;
	/* The first reads keys and CA certificates again, the second connections with theirs. */
	return run_program(a, d->env, arguments(program, "rereadall"), NULL) &&
	        run_program(a, d->env, arguments(program, "reload"), NULL)
	    ? 0
	    : -1;
}

static int by_swanctl(struct api *a, const struct deployment *d)
{
	const char *roots[] = { cred(a, "SWANCTL_DIR"), "/usr/local/etc/swanctl", "/etc/swanctl",
		"/etc/strongswan/swanctl" };
	struct stat st;

	for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
		if (!roots[i] || stat(roots[i], &st) || !S_ISDIR(st.st_mode))
			continue;
		return put_all(a, d, roots[i], &vici) ||
		        !run_program(a, d->env, arguments("swanctl", "--load-creds"), NULL)
		    ? -1
		    : 0;
	}
	return fail(a, "there is none of the folders of swanctl, such as /etc/swanctl");
}

/* Where both are installed the daemon may know only one of them. */
static int deploy(struct api *a, const struct deployment *d)
{
	const char *ipsec = have_program(a, "ipsec") ? "ipsec"
	    : have_program(a, "strongswan")          ? "strongswan"
	                                             : NULL;
	const bool swanctl = have_program(a, "swanctl");
	struct error first = { 0 };
	bool done = false;

	if (!ipsec && !swanctl)
		return fail(a, "there is neither swanctl nor ipsec in PATH");
	if (swanctl && by_swanctl(a, d))
		set_aside(a, &first);
	else
		done = swanctl;
	if (ipsec && by_ipsec(a, d, ipsec))
		set_aside(a, &first);
	else
		done |= ipsec != NULL;
	return done ? 0 : first_failure(a, &first);
}

const struct deploy_hook deploy_strongswan = {
	.svc = { .name = "strongswan",
	    .title = "strongSwan",
	    .site = "strongswan.org",
	    .docs = "https://docs.strongswan.org/docs/latest/swanctl/swanctlDir.html",
	    .creds = { { "SWANCTL_DIR", "folder of swanctl.conf, else the usual ones", OPTIONAL, 0,
	        NULL, NULL } } },
	.deploy = deploy,
	.live = true,
};
