/* MikroTik RouterOS over SSH: key and chain go there as files, a script of RouterOS imports them, as a remote
 * command is one line only (help.mikrotik.com/docs/display/ROS/Certificates). */
#include "../acme.h"

/* What it answers: errors are told there, in exit codes by newer versions only. */
static const char *tell(struct api *a, const struct deployment *d, const char *command)
{
	const char *given = cred(a, "ROUTER_OS_SSH_CMD"), *host = cred(a, "ROUTER_OS_HOST");
	struct strs line = words(a, given ? given : fmt(a, "ssh -p %s", cred(a, "ROUTER_OS_PORT")));

	if (!line.n)
		return NULL;
	strs_add(api_arena(a), &line,
	    fmt(a, "%s@%s", cred(a, "ROUTER_OS_USERNAME"), host ? host : d->domain));
	strs_add(api_arena(a), &line, command);
	const char *said = run_program(a, d->env, line.v, NULL);
	return said ? text_trim(api_arena(a), said) : NULL;
}

static int send_file(struct api *a, const struct deployment *d, const char *path, const char *name)
{
	const char *given = cred(a, "ROUTER_OS_SCP_CMD"), *host = cred(a, "ROUTER_OS_HOST");
	struct strs line = words(a, given ? given : fmt(a, "scp -P %s", cred(a, "ROUTER_OS_PORT")));

	if (!line.n)
		return -1;
	strs_add(api_arena(a), &line, path);
	strs_add(api_arena(a), &line,
	    fmt(a, "%s@%s:%s", cred(a, "ROUTER_OS_USERNAME"), host ? host : d->domain, name));
	return run_program(a, d->env, line.v, NULL) ? 0 : -1;
}

/* A text between RouterOS's double quotes. */
static const char *inner(struct api *a, const char *s)
{
	s = text_replace(api_arena(a), s, "\\", "\\\\");
	s = text_replace(api_arena(a), s, "\"", "\\\"");
	return text_replace(api_arena(a), s, "\n", "\\n");
}

/* An import names what it finds in FILE.cer FILE.cer_0, FILE.cer_1 and so on. */
static const char *script(struct api *a, const char *name)
{
	struct buf b = buf_new(api_arena(a), 0);
	const char *more = cred(a, "ROUTER_OS_ADDITIONAL_SERVICES");

	for (int i = 0; i < 3; i++)
		buf_fmt(&b, "/certificate remove [ find name=\"%s.cer_%d\" ]\n", name, i);
	buf_fmt(&b,
	    ":delay 1\n"
	    "/certificate import file-name=\"%s.cer\" passphrase=\"\"\n"
	    "/certificate import file-name=\"%s.key\" passphrase=\"\"\n"
	    ":delay 2\n"
	    "/ip service set www-ssl certificate=\"%s.cer_0\"\n",
	    name, name, name);
	return fmt(a, "%s%s", inner(a, buf_text(&b)), more ? more : "");
}

/* What tells a certificate from the one before, as RouterOS has it. */
static const char *fingerprint(struct api *a, const char *pem)
{
	const char *begin = strstr(pem, "-----BEGIN CERTIFICATE-----");
	const char *end = begin ? strstr(begin, "-----END") : NULL;
	size_t n = 0;

	if (!end)
		return "";
	begin += strlen("-----BEGIN CERTIFICATE-----");
	const unsigned char *der =
	    b64_decode(api_arena(a), arena_strn(api_arena(a), begin, (size_t)(end - begin)), &n);
	return der ? hash_hex(api_arena(a), HASH_SHA256, der, n) : "";
}

static int deploy(struct api *a, const struct deployment *d)
{
	const char *name = d->name, *added, *ran, *got;

	if (send_file(a, d, d->key_path, fmt(a, "%s.key", name)) ||
	    send_file(a, d, d->fullchain_path, fmt(a, "%s.cer", name)))
		return -1;
	added = tell(a, d,
	    fmt(a,
	        ":do { /system script remove \"LECertDeploy-%s\" } on-error={ }; "
	        "/system script add name=\"LECertDeploy-%s\" source=\"%s\"",
	        name, name, script(a, name)));
	ran = added ? tell(a, d, fmt(a, "/system script run \"LECertDeploy-%s\"", name)) : NULL;
	/* Newer versions have removed the files by themselves. */
	tell(a, d,
	    fmt(a,
	        ":do { /system script remove \"LECertDeploy-%s\" } on-error={ }; "
	        ":do { /file remove \"%s.key\" } on-error={ }; "
	        ":do { /file remove \"%s.cer\" } on-error={ }",
	        name, name, name));
	if (!ran)
		return -1;
	got = tell(a, d,
	    fmt(a, ":put [/certificate get [find name=\"%s.cer_0\"] fingerprint]", name));
	if (!got || text_is_ci(got, fingerprint(a, d->cert)))
		return got ? 0 : -1;
	return fail(a, "the router does not have the new certificate: %s",
	    text_safe(api_arena(a),
	        *added     ? added
	            : *ran ? ran
	                   : got,
	        300));
}

const struct deploy_hook deploy_routeros = {
	.svc = { .name = "routeros",
	    .title = "RouterOS",
	    .site = "mikrotik.com",
	    .docs = "https://help.mikrotik.com/docs/display/ROS/Certificates",
	    .creds = { { "ROUTER_OS_USERNAME", "user there", 0, 0, NULL, NULL },
	        { "ROUTER_OS_HOST", "the router, else the domain", OPTIONAL, 0, NULL, NULL },
	        { "ROUTER_OS_PORT", "port of SSH", 0, 0, "22", NULL },
	        { "ROUTER_OS_SSH_CMD", "ssh with its options, else ssh -p PORT", OPTIONAL, 0, NULL,
	            NULL },
	        { "ROUTER_OS_SCP_CMD", "scp with its options, else scp -P PORT", OPTIONAL, 0, NULL,
	            NULL },
	        { "ROUTER_OS_ADDITIONAL_SERVICES",
	            "commands of RouterOS to run then, quotes with a backslash before them",
	            OPTIONAL, 0, NULL, NULL } },
	    .permissions = "ssh, ftp, read, write, policy, test",
	    .notes =
	        "www-ssl gets the certificate; others by ROUTER_OS_ADDITIONAL_SERVICES, where it is "
	        "called DOMAIN.cer_0." },
	.deploy = deploy,
};
