/* UniFi on this machine: the Network application's keystore, the pages of a first Cloud Key, UniFi
 * OS; each is known by a file that it has. A keystore is a PKCS#12 file with an entry "unifi": Java
 * reads it whatever the file's name says (keystore.type.compat), so that no keytool is needed. */
#include <sys/stat.h>
#include <unistd.h>

#include "../acme.h"

#define DATA "/usr/lib/unifi/data"

static const char *setting(struct api *a, const char *name, const char *usual)
{
	return cred(a, name) ? cred(a, name) : usual;
}

/* Whether what a setting names is here: 1, 0, -1 when it should be. */
static int here(struct api *a, const char *name, const char *path)
{
	if (access(path, F_OK) == 0)
		return 1;
	return cred(a, name) ? fail(a, "%s: there is no %s", name, path) : 0;
}

/* Replaces a file that is there, and keeps it as NAME_original. */
static int replace(struct api *a, const char *path, const char *original, const void *p, size_t n)
{
	size_t len;
	const char *old = api_file(a, path, &len);

	return !old || put_file(a, original, old, len, 0600) || put_file(a, path, p, n, 0600) ? -1
	                                                                                      : 0;
}

/* Without this the application offers no ciphers that go with an EC key. */
static int allow_ec(struct api *a, const char *keystore)
{
	const char *path = cred(a, "DEPLOY_UNIFI_SYSTEM_PROPERTIES"), *text;
	struct buf b = buf_new(api_arena(a), 0);

	if (!path)
		path = fmt(a, "%.*ssystem.properties", (int)(strrchr(keystore, '/') + 1 - keystore),
		    keystore);
	if (access(path, F_OK))
		path = DATA "/system.properties";
	if (access(path, F_OK))
		return 0;
	if (!(text = api_file(a, path, NULL)))
		return -1;
	for (size_t n; *text; text += n) {
		n = strcspn(text, "\n");
		n += text[n] == '\n';
		if (!text_starts(text, "unifi.https.ciphers") &&
		    !text_starts(text, "unifi.https.sslEnabledProtocols"))
			buf_add(&b, text, n);
	}
	buf_fmt(&b,
	    "%sunifi.https.ciphers=ECDHE-ECDSA-AES256-GCM-SHA384,ECDHE-RSA-AES128-GCM-SHA256\n"
	    "unifi.https.sslEnabledProtocols=TLSv1.3,TLSv1.2\n",
	    b.len && b.data[b.len - 1] != '\n' ? "\n" : "");
	return replace(a, path, fmt(a, "%s_original", path), b.data, b.len);
}

static const char *make_keystore(struct api *a, const struct deployment *d, size_t *n)
{
	struct deployment named = *d;

	named.domain = "unifi";
	return pkcs12_of(a, &named, setting(a, "DEPLOY_UNIFI_KEYPASS", "aircontrolenterprise"),
	    true, n);
}

/* --- the products ----------------------------------------------------------------------------- */
/* Each returns 1 when it is here and has got the certificate, 0 when not, -1. */

static int network(struct api *a, const struct deployment *d)
{
	const char *path = setting(a, "DEPLOY_UNIFI_KEYSTORE", DATA "/keystore"), *bytes;
	const int is = here(a, "DEPLOY_UNIFI_KEYSTORE", path);
	size_t n;

	if (is <= 0)
		return is;
	if (*path != '/')
		return fail(a, "DEPLOY_UNIFI_KEYSTORE: %s is no whole path", path);
	api_step(a, "the Network application");
	if (!(bytes = make_keystore(a, d, &n)) ||
	    replace(a, path, fmt(a, "%s_original", path), bytes, n))
		return -1;
	return d->ecc && allow_ec(a, path) ? -1 : 1;
}

/* It unpacks the archive when it starts. */
static int cloud_key(struct api *a, const struct deployment *d)
{
	const char *dir = setting(a, "DEPLOY_UNIFI_CLOUDKEY_CERTDIR", "/etc/ssl/private"), *bytes;
	const char *jks = fmt(a, "%s/unifi.keystore.jks", dir);
	const int is = here(a, "DEPLOY_UNIFI_CLOUDKEY_CERTDIR", fmt(a, "%s/cloudkey.key", dir));
	struct stat st;
	size_t n;

	if (is <= 0)
		return is;
	api_step(a, "the Cloud Key");
	/* It does not start with a link here. */
	if (lstat(jks, &st) == 0 && S_ISLNK(st.st_mode))
		unlink(jks);
	if (!(bytes = make_keystore(a, d, &n)) || put_file(a, jks, bytes, n, 0600) ||
	    put_text(a, fmt(a, "%s/cloudkey.crt", dir), d->fullchain, 0644) ||
	    put_text(a, fmt(a, "%s/cloudkey.key", dir), d->key, 0600))
		return -1;
	return run_program(a, d->env,
	           arguments("tar", "-C", dir, "-cf", fmt(a, "%s/cert.tar", dir), "cloudkey.crt",
	               "cloudkey.key", "unifi.keystore.jks"),
	           NULL)
	    ? 1
	    : -1;
}

static int unifi_os(struct api *a, const struct deployment *d)
{
	const char *dir = setting(a, "DEPLOY_UNIFI_CORE_CONFIG", "/data/unifi-core/config");
	const char *key = fmt(a, "%s/unifi-core.key", dir), *crt = fmt(a, "%s/unifi-core.crt", dir);
	const int is = here(a, "DEPLOY_UNIFI_CORE_CONFIG", key);

	if (is <= 0)
		return is;
	api_step(a, "UniFi OS");
	return replace(a, crt, fmt(a, "%s/unifi-core_original.crt", dir), d->fullchain,
	           strlen(d->fullchain)) ||
	        replace(a, key, fmt(a, "%s/unifi-core_original.key", dir), d->key, strlen(d->key))
	    ? -1
	    : 1;
}

/* --- all of them ------------------------------------------------------------------------------ */

static int deploy(struct api *a, const struct deployment *d)
{
	const char *reload = cred(a, "DEPLOY_UNIFI_RELOAD");
	const char *os_reload = cred(a, "DEPLOY_UNIFI_OS_RELOAD");
	const int has_network = network(a, d), has_key = has_network < 0 ? -1 : cloud_key(a, d);
	const int has_os = has_key < 0 ? -1 : unifi_os(a, d);
	struct strs lines = { 0 };

	if (has_os < 0)
		return -1;
	if (!has_network && !has_key && !has_os) {
		fail(a, "there is no UniFi in the usual places of this machine");
		return remedy(a,
		    "run it on the UniFi device itself; set DEPLOY_UNIFI_KEYSTORE, "
		    "DEPLOY_UNIFI_CLOUDKEY_CERTDIR or DEPLOY_UNIFI_CORE_CONFIG for other places");
	}
	/* UniFi OS last: it starts the application with what is there. */
	if (reload)
		strs_add(api_arena(a), &lines, reload);
	if (!reload && has_network)
		strs_add(api_arena(a), &lines, "systemctl restart unifi");
	if (!reload && has_key)
		strs_add(api_arena(a), &lines, "service nginx restart");
	if (has_os && (os_reload || !reload))
		strs_add(api_arena(a), &lines,
		    os_reload ? os_reload : "systemctl restart unifi-core");
	api_step(a, "restart");
	return run_line(a, d->env, text_join(api_arena(a), lines, " && "));
}

const struct deploy_hook deploy_unifi = {
	.svc = { .name = "unifi",
	    .title = "UniFi",
	    .site = "ui.com",
	    .docs = "https://help.ui.com/",
	    .creds = { { "DEPLOY_UNIFI_KEYSTORE",
	                   "the application's keystore, else " DATA "/keystore", OPTIONAL, 0, NULL,
	                   NULL },
	        { "DEPLOY_UNIFI_KEYPASS", "its password, if it is not UniFi's own",
	            OPTIONAL | SECRET, 0, NULL, NULL },
	        { "DEPLOY_UNIFI_SYSTEM_PROPERTIES", "else system.properties beside it", OPTIONAL, 0,
	            NULL, NULL },
	        { "DEPLOY_UNIFI_CLOUDKEY_CERTDIR", "the Cloud Key's folder, else /etc/ssl/private",
	            OPTIONAL, 0, NULL, NULL },
	        { "DEPLOY_UNIFI_CORE_CONFIG",
	            "the folder of UniFi OS, else /data/unifi-core/config", OPTIONAL, 0, NULL,
	            NULL },
	        { "DEPLOY_UNIFI_RELOAD", "command that restarts it, else systemctl restart unifi",
	            OPTIONAL, 0, NULL, NULL },
	        { "DEPLOY_UNIFI_OS_RELOAD",
	            "command that restarts UniFi OS, else systemctl restart unifi-core", OPTIONAL,
	            0, NULL, NULL } } },
	.deploy = deploy,
};
