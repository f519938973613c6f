/* openmediavault, by remote procedure calls to its engine on this machine or over ssh. They go
 * through the machine's own Python module and not through omv-rpc, which takes the private key as
 * an argument only: docs.openmediavault.org, its sources rpc.py and certificatemgmt.inc */
#include "../acme.h"

/* What an object that does not exist yet is called (OMV_CONFIGOBJECT_NEW_UUID). */
#define FRESH "fa4b1c66-ef79-11e5-87a0-0002b3a176b4"

/* Runs a program there; command is the same as a line for the shell that ssh starts. */
static char *run(struct api *a, const struct deployment *d, const char *const *program,
    const char *command, const char *input)
{
	const char *host = cred(a, "DEPLOY_OMV_HOST"), *user = cred(a, "DEPLOY_OMV_SSH_USER");

	if (!host || !user)
		return run_program(a, d->env, program, input);
	return run_program(a, d->env, arguments("ssh", "--", fmt(a, "%s@%s", user, host), command),
	    input);
}

static cJSON *call(struct api *a, const struct deployment *d, const char *service,
    const char *method, cJSON *params)
{
	static const char script[] = "import json, sys; from openmediavault.rpc import call; "
	                             "print(json.dumps(call(*json.load(sys.stdin))))";
	const char *request = json_text(api_arena(a),
	    json_list(js(NULL, service), js(NULL, method), jo(NULL, params)));
	cJSON *answer = NULL;

	api_step(a, "%s %s", service, method);
	const char *out = run(a, d, arguments("python3", "-c", script),
	    fmt(a, "python3 -c %s", text_shell_quote(api_arena(a), script)), request);
	if (out && !(answer = json_parse(api_arena(a), out, strlen(out))))
		fail(a, "the answer is no JSON: %s", text_safe(api_arena(a), out, 200));
	return answer;
}

/* The one of this domain that is there: by its name, or, for a certificate without one, by what we
 * wrote beside it. */
static const char *find(struct api *a, const struct deployment *d, const cJSON *list,
    const char *comment)
{
	const cJSON *c = json_find(list, "data", "name", fmt(a, "/CN=%s", d->domain));

	if (!c)
		c = json_find(list, "data", "comment", comment);
	return c ? json_str(c, "uuid") : FRESH;
}

static int deploy(struct api *a, const struct deployment *d)
{
	const char *comment = fmt(a, "acme %s", d->domain), *uuid;
	cJSON *list =
	    call(a, d, "CertificateMgmt", "getList", json(jn("start", 0), jn("limit", -1)));
	cJSON *set = list
	    ? call(a, d, "CertificateMgmt", "set",
	          json(js("uuid", find(a, d, list, comment)), js("certificate", d->fullchain),
	              js("privatekey", d->key), js("comment", comment)))
	    : NULL;
	cJSON *settings = set ? call(a, d, "WebGui", "getSettings", NULL) : NULL;

	if (!settings)
		return -1;
	if (!(uuid = json_str(set, "uuid")))
		return fail(a, "the answer tells no uuid of the certificate");
	cJSON_DeleteItemFromObjectCaseSensitive(settings, "sslcertificateref");
	json_add(settings, js("sslcertificateref", uuid));
	if (!call(a, d, "WebGui", "setSettings", settings) ||
	    !call(a, d, "Config", "applyChanges",
	        json(jo("modules", json_list(NULL)), jb("force", false))))
		return -1;
	api_step(a, "reload of nginx");
	return run(a, d, arguments("nginx", "-s", "reload"), "nginx -s reload", NULL) ? 0 : -1;
}

const struct deploy_hook deploy_openmediavault = {
	.svc = { .name = "openmediavault",
	    .title = "openmediavault",
	    .site = "openmediavault.org",
	    .docs = "https://docs.openmediavault.org/",
	    .creds = { { "DEPLOY_OMV_HOST", "the machine, if it is not this one", OPTIONAL, 0, NULL,
	                   NULL },
	        { "DEPLOY_OMV_SSH_USER", "user to log in there by ssh", OPTIONAL, 0, NULL, NULL },
	        { "DEPLOY_OMV_WEBUI_ADMIN", "not used: calls are the administrator's", OPTIONAL, 0,
	            NULL, NULL } },
	    .permissions = "root there" },
	.deploy = deploy,
};
