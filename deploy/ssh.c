/* Files and a command on other machines, by the OpenSSH client of this one (ssh(1), scp(1)). What is to be
 * done there is a script for the other side's sh, which gets it on its standard input: so the private key
 * is in no program's arguments, here or there. */
#include "../acme.h"

#include <unistd.h>

struct target {
	struct api *a;
	const struct deployment *d;
	const char *host, *port; /* port NULL: ssh's own */
	const char *backup;      /* folder on the other side, NULL: none */
	const char *script;      /* what was not sent yet */
};

/* A function is read to its end before any of it is done: a cut connection does nothing by halves, and no
 * program in it can read the rest of the script. */
static int send_script(struct target *t)
{
	const char *script = fmt(t->a, "deploy() {\n%s}\ndeploy </dev/null\n", t->script);
	struct strs command = words(t->a, cred(t->a, "DEPLOY_SSH_CMD"));

	if (!command.n)
		return -1;
	if (t->port) {
		strs_add(api_arena(t->a), &command, "-p");
		strs_add(api_arena(t->a), &command, t->port);
	}
	strs_add(api_arena(t->a), &command,
	    fmt(t->a, "%s@%s", cred(t->a, "DEPLOY_SSH_USER"), t->host));
	strs_add(api_arena(t->a), &command, "sh");
	t->script = "";
	const char *said = run_program(t->a, t->d->env, command.v, script);
	if (said && *said)
		info("%s", text_trim(api_arena(t->a), said));
	return said ? 0 : -1;
}

/* One step: sent by itself, or with the others when all are there. */
static int step(struct target *t, const char *script)
{
	t->script = fmt(t->a, "%s%s", t->script, script);
	if (text_yes(cred(t->a, "DEPLOY_SSH_MULTI_CALL")) ||
	    text_yes(cred(t->a, "DEPLOY_SSH_USE_SCP")))
		return send_script(t);
	return 0;
}

static const char *shell_quote(const struct target *t, const char *s)
{
	return text_shell_quote(api_arena(t->a), s);
}

/* A path on the other side, where the folder that ssh starts in is the home. */
static const char *there(const char *path)
{
	return !path || !text_starts(path, "~/") ? path : path + 2;
}

/* A folder for what is overwritten; those older than 180 days go. */
static int begin_backup(struct target *t)
{
	const char *parent = there(cred(t->a, "DEPLOY_SSH_BACKUP_PATH"));
	const char *now = clock_rfc3339(api_arena(t->a), clock_now());
	const char *prefix = fmt(t->a, "%s-backup-", t->d->name);

	if (!text_yes(cred(t->a, "DEPLOY_SSH_BACKUP")))
		return 0;
	t->backup = shell_quote(t, fmt(t->a, "%s/%s%.10s-%.8s", parent, prefix, now, now + 11));
	return step(t,
	    fmt(t->a,
	        "(umask 077 && mkdir -p %s) || exit\n"
	        "find %s/. ! -name . -prune -type d -name %s -mtime +180 -exec rm -rf {} \\;\n",
	        t->backup, shell_quote(t, parent), shell_quote(t, fmt(t->a, "%s*", prefix))));
}

static int copy_by_scp(struct target *t, const struct copy *c)
{
	const char *local = fmt(t->a, "%s/deploy-ssh.pem", t->d->folder);
	struct strs command = words(t->a, cred(t->a, "DEPLOY_SSH_SCP_CMD"));
	bool bad;

	if (!command.n)
		return -1;
	if (t->port) {
		strs_add(api_arena(t->a), &command, "-P");
		strs_add(api_arena(t->a), &command, t->port);
	}
	strs_add(api_arena(t->a), &command, local);
	strs_add(api_arena(t->a), &command,
	    fmt(t->a, strchr(t->host, ':') ? "%s@[%s]:%s" : "%s@%s:%s",
	        cred(t->a, "DEPLOY_SSH_USER"), t->host, c->path));
	unlink(local);
	bad = put_text(t->a, local, c->text, c->mode) ||
	    !run_program(t->a, t->d->env, command.v, NULL);
	unlink(local);
	return bad ? -1 : 0;
}

/* A file that is there is written over, so that owner and mode stay. */
static int copy(struct target *t, const struct copy *c)
{
	const char *path = shell_quote(t, c->path);
	const char *end = "END";

	if (t->backup &&
	    step(t, fmt(t->a, "[ ! -e %s ] || cp -p %s %s || exit\n", path, path, t->backup)))
		return -1;
	if (text_yes(cred(t->a, "DEPLOY_SSH_USE_SCP")))
		return copy_by_scp(t, c);
	while (strstr(c->text, end))
		end = fmt(t->a, "%s_", end);
	return step(t,
	    fmt(t->a, "(umask %03o && cat >%s) <<'%s' || exit\n%s%s\n", 0666 & ~c->mode, path, end,
	        c->text, end));
}

static int deploy_to(struct api *a, const struct deployment *d, const char *server)
{
	const char *first = strchr(server, ':'), *last = strrchr(server, ':');
	const char *bracket = *server == '[' ? strchr(server, ']') : NULL;
	struct target t = { .a = a, .d = d, .host = server, .script = "" };
	const char *line = cred(a, "DEPLOY_SSH_REMOTE_CMD");
	struct copy copies[] = {
		{ there(cred(a, "DEPLOY_SSH_KEYFILE")), d->key, 0600 },
		{ there(cred(a, "DEPLOY_SSH_CERTFILE")), d->cert, 0644 },
		{ there(cred(a, "DEPLOY_SSH_CAFILE")), d->chain, 0644 },
		{ there(cred(a, "DEPLOY_SSH_FULLCHAIN")), d->fullchain, 0644 },
	};
	const size_t n = join_copies(a, copies, sizeof copies / sizeof *copies);

	if (!n && !line) {
		fail(a, "there is nothing to do on %s", server);
		return remedy(a,
		    "set DEPLOY_SSH_KEYFILE, DEPLOY_SSH_FULLCHAIN ... or "
		    "DEPLOY_SSH_REMOTE_CMD");
	}
	if (bracket) { /* [2001:db8::1]:22; an IPv6 address alone has more than one colon, too */
		t.host = arena_strn(api_arena(a), server + 1, (size_t)(bracket - server - 1));
		t.port = bracket[1] == ':' ? bracket + 2 : NULL;
	} else if (first && first == last) {
		t.host = arena_strn(api_arena(a), server, (size_t)(first - server));
		t.port = first + 1;
	}
	api_step(a, "deploying to %s", server);
	info("Deploying to %s@%s", cred(a, "DEPLOY_SSH_USER"), server);
	if (n && begin_backup(&t))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (copy(&t, &copies[i]))
			return -1;
	if (line && step(&t, fmt(a, "%s\n", line)))
		return -1;
	return *t.script ? send_script(&t) : 0;
}

static int deploy(struct api *a, const struct deployment *d)
{
	const char *servers = cred(a, "DEPLOY_SSH_SERVER");
	struct strs list = text_split(api_arena(a), servers ? servers : d->domain, " \t\n");
	struct error first = { 0 };

	for (size_t i = 0; i < list.n; i++)
		if (deploy_to(a, d, list.v[i]))
			set_aside(a, &first);
	return first_failure(a, &first);
}

const struct deploy_hook deploy_ssh = {
	.svc = { .name = "ssh",
	    .title = "SSH",
	    .site = "openssh.com",
	    .docs = "https://man.openbsd.org/ssh",
	    .creds = { { "DEPLOY_SSH_USER", "user there", 0, 0, NULL, "Le_Deploy_ssh_user" },
	        { "DEPLOY_SSH_SERVER", "hosts, HOST or HOST:PORT, else the domain", OPTIONAL, 0,
	            NULL, "Le_Deploy_ssh_server" },
	        { "DEPLOY_SSH_CMD", "ssh with its options", 0, 0, "ssh -T", "Le_Deploy_ssh_cmd" },
	        { "DEPLOY_SSH_KEYFILE", "file for the key there", OPTIONAL, 0, NULL,
	            "Le_Deploy_ssh_keyfile" },
	        { "DEPLOY_SSH_CERTFILE", "file for the certificate", OPTIONAL, 0, NULL,
	            "Le_Deploy_ssh_certfile" },
	        { "DEPLOY_SSH_CAFILE", "file for the CA's certificates", OPTIONAL, 0, NULL,
	            "Le_Deploy_ssh_cafile" },
	        { "DEPLOY_SSH_FULLCHAIN", "file for the full chain", OPTIONAL, 0, NULL,
	            "Le_Deploy_ssh_fullchain" },
	        { "DEPLOY_SSH_REMOTE_CMD", "command to run there then", OPTIONAL, 0, NULL,
	            "Le_Deploy_ssh_remote_cmd" },
	        { "DEPLOY_SSH_BACKUP", "no: what is there is not saved first", 0, 0, "yes",
	            "Le_Deploy_ssh_backup" },
	        { "DEPLOY_SSH_BACKUP_PATH", "folder there for that", 0, 0, ".acme_ssh_deploy",
	            "Le_Deploy_ssh_backup_path" },
	        { "DEPLOY_SSH_MULTI_CALL", "yes: each step by a connection of its own", OPTIONAL, 0,
	            NULL, "Le_Deploy_ssh_multi_call" },
	        { "DEPLOY_SSH_USE_SCP", "yes: files go by scp", OPTIONAL, 0, NULL,
	            "Le_Deploy_ssh_use_scp" },
	        { "DEPLOY_SSH_SCP_CMD", "scp with its options", 0, 0, "scp -q",
	            "Le_Deploy_ssh_scp_cmd" } },
	    .notes =
	        "The same name twice makes one file of both. ssh must get in without a question: "
	        "a key in the user's ~/.ssh or an agent, and a known host." },
	.deploy = deploy,
	.live = true,
};
