/* HAProxy: one PEM file a certificate, put into the running process over its socket ("set ssl cert",
 * docs.haproxy.org/3.0/management.html#9.3), or picked up by a reload. */
#include "../acme.h"

/* A command over the stats socket, which closes behind it, or over the master's to its worker, which
 * wants to be told to. Its payload ends with an empty line, so there must be none in it. */
static char *command(struct api *a, const char *line, const char *payload)
{
	const char *master = cred(a, "DEPLOY_HAPROXY_MASTER_CLI"), *text = fmt(a, "%s\n", line);

	if (payload)
		text =
		    fmt(a, "%s <<\n%s\n", line, text_replace(api_arena(a), payload, "\n\n", "\n"));
	if (master)
		text = fmt(a, "@1 %squit\n", text);
	api_step(a, "%s", line);
	return talk(a, master ? master : cred(a, "DEPLOY_HAPROXY_STATS_SOCKET"), text, strlen(text),
	    NULL);
}

static int refused(struct api *a, const char *answer)
{
	return fail(a, "HAProxy said: %s",
	    text_safe(api_arena(a), text_trim(api_arena(a), answer), 300));
}

/* Whether path stands in an answer as a line of its own. */
static bool listed(struct api *a, const char *answer, const char *path)
{
	struct strs lines = text_split(api_arena(a), answer, "\n");

	for (size_t i = 0; i < lines.n; i++)
		if (text_is(lines.v[i], path))
			return true;
	return false;
}

/* HAProxy serves a new certificate only when a list names it: the folder that it is in ("bind ...
 * crt /etc/haproxy/certs/") is such a list. */
static int add_to_list(struct api *a, const char *pem)
{
	const char *lists = command(a, "show ssl crt-list", NULL), *answer;
	const char *slash = strrchr(pem, '/');
	const char *folder = arena_strn(api_arena(a), pem, (size_t)(slash - pem));

	if (!lists)
		return -1;
	if (!listed(a, lists, folder))
		folder = fmt(a, "%s/", folder);
	if (!listed(a, lists, folder)) {
		fail(a, "the running HAProxy uses no certificate %s and no folder %s", pem, folder);
		return remedy(a,
		    "name one of them behind crt in its configuration and reload it once");
	}
	answer = command(a, fmt(a, "add ssl crt-list %s %s", folder, pem), NULL);
	return !answer ? -1 : strstr(answer, "Success!") ? 0 : refused(a, answer);
}

static int set(struct api *a, const char *path, const char *pem)
{
	const char *answer = command(a, fmt(a, "set ssl cert %s", path), pem);

	if (!answer)
		return -1;
	if (!strstr(answer, "ransaction"))
		return refused(a, answer);
	if (!(answer = command(a, fmt(a, "commit ssl cert %s", path), NULL)))
		return -1;
	if (strstr(answer, "Success!"))
		return 0;
	refused(a, answer);
	command(a, fmt(a, "abort ssl cert %s", path), NULL);
	return -1;
}

static int hot_update(struct api *a, const char *path, const char *pem)
{
	const char *answer = command(a, "show ssl cert", NULL);
	const bool fresh = answer && !listed(a, answer, path);

	if (!answer)
		return -1;
	if (fresh && !(answer = command(a, fmt(a, "new ssl cert %s", path), NULL)))
		return -1;
	if (fresh && !strstr(answer, "New empty certificate"))
		return refused(a, answer);
	return set(a, path, pem) || (fresh && add_to_list(a, path)) ? -1 : 0;
}

static int deploy(struct api *a, const struct deployment *d)
{
	const char *name = cred(a, "DEPLOY_HAPROXY_PEM_NAME"), *reload;
	const char *path = fmt(a, "%s/%s%s", cred(a, "DEPLOY_HAPROXY_PEM_PATH"),
	    name ? name : fmt(a, "%s.pem", d->name),
	    !text_yes(cred(a, "DEPLOY_HAPROXY_BUNDLE")) ? ""
	        : d->ecc                                ? ".ecdsa"
	                                                : ".rsa");
	const char *pem = fmt(a, "%s%s", d->fullchain, d->key);

	if (put_text(a, path, pem, 0600))
		return -1;
	if (text_yes(cred(a, "DEPLOY_HAPROXY_ISSUER")) &&
	    put_text(a, fmt(a, "%s.issuer", path), d->chain, 0644))
		return -1;
	if (text_yes(cred(a, "DEPLOY_HAPROXY_HOT_UPDATE")))
		return hot_update(a, path, pem);
	reload = cred(a, "DEPLOY_HAPROXY_RELOAD");
	return reload ? run_line(a, d->env, reload) : 0;
}

const struct deploy_hook deploy_haproxy = {
	.svc = { .name = "haproxy",
	    .title = "HAProxy",
	    .site = "haproxy.org",
	    .docs = "https://docs.haproxy.org/3.0/management.html",
	    .creds = { { "DEPLOY_HAPROXY_PEM_PATH", "folder of the PEM files", 0, 0, "/etc/haproxy",
	                   "Le_Deploy_haproxy_pem_path" },
	        { "DEPLOY_HAPROXY_PEM_NAME", "name of the file, else DOMAIN.pem", OPTIONAL, 0, NULL,
	            "Le_Deploy_haproxy_pem_name" },
	        { "DEPLOY_HAPROXY_BUNDLE", "yes: .rsa or .ecdsa behind the name", OPTIONAL, 0, NULL,
	            "Le_Deploy_haproxy_bundle" },
	        { "DEPLOY_HAPROXY_ISSUER", "yes: the CA's certificates in NAME.issuer too",
	            OPTIONAL, 0, NULL, "Le_Deploy_haproxy_issuer" },
	        { "DEPLOY_HAPROXY_HOT_UPDATE", "yes: over the socket, without a reload", OPTIONAL,
	            0, NULL, "Le_Deploy_haproxy_hot_update" },
	        { "DEPLOY_HAPROXY_STATS_SOCKET", "that socket, at level admin", 0, 0,
	            "UNIX:/run/haproxy/admin.sock", "Le_Deploy_haproxy_stats_socket" },
	        { "DEPLOY_HAPROXY_MASTER_CLI", "the master process's socket, to be used instead",
	            OPTIONAL, 0, NULL, "Le_Deploy_haproxy_master_cli" },
	        { "DEPLOY_HAPROXY_RELOAD", "command that reloads HAProxy", OPTIONAL, 0, NULL,
	            "Le_Deploy_haproxy_reload" } } },
	.deploy = deploy,
	.live = true,
};
