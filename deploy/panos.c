/* Palo Alto Networks PAN-OS and Panorama, XML API: import of certificate and key, commit, and the
 * push to a template stack. docs.paloaltonetworks.com/pan-os/11-1/pan-os-panorama-api */
#include "../acme.h"

enum { POLLS = 40, POLL_MS = 15 * 1000 };

/* The key goes along in the body: in a URL it would be logged. */
static struct reply *ask(struct api *a, const char *what, const char *const *pairs)
{
	api_step(a, "%s", what);
	return api_send(a,
	    &(struct api_request){ .method = "POST",
	        .url = "/",
	        .type = API_FORM,
	        .body = fmt(a, "key=%s&%s", escape(a, api_kept(a, "key")), form_text(a, pairs)) });
}

static int take_key(struct api *a)
{
	const char *key = cred(a, "PANOS_KEY");

	if (!key) {
		api_step(a, "making an API key");
		const struct reply *r = api_send(a,
		    &(struct api_request){ .method = "POST",
		        .url = "/",
		        .type = API_FORM,
		        .confidential = true,
		        .body = form_text(a,
		            form("type", "keygen", "user", cred(a, "PANOS_USER"), "password",
		                cred(a, "PANOS_PASS"))) });
		key = r ? reply_str(a, r, "result/key") : NULL;
	}
	if (key)
		api_keep_secret(a, "key", key);
	return key ? 0 : -1;
}

static int import(struct api *a, const char *category, const char *name, const char *pem,
    const char *passphrase)
{
	const struct part parts[] = { { .name = "category", .value = category },
		{ .name = "certificate-name", .value = name },
		{ .name = "key", .value = api_kept(a, "key") },
		{ .name = "format", .value = "pem" }, { .name = "passphrase", .value = passphrase },
		{ .name = "target-tpl", .value = cred(a, "PANOS_TEMPLATE") },
		{ .name = "target-tpl-vsys", .value = cred(a, "PANOS_VSYS") },
		{ .name = "file", .value = pem, .filename = fmt(a, "%s.pem", name) }, { 0 } };
	/* A part without a value is left out; one without a name is the last. */
	api_step(a, "import of the %s", category);
	return ok(api_multipart(a, "/?type=import", parts));
}

/* What this user has changed, or, when forced, what all have. The job's number, "" when there was
 * nothing to commit. */
static const char *commit(struct api *a)
{
	const char *admin = fmt(a, "<admin><member>%s</member></admin>",
	    xml_escape(api_arena(a), cred(a, "PANOS_USER")));
	const char *partial = cred(a, "FORCE")
	    ? fmt(a, "<force>%s</force>", admin)
	    : fmt(a,
	          "<policy-and-objects>exclude</policy-and-objects>"
	          "<device-and-network>exclude</device-and-network>%s",
	          admin);
	const struct reply *r = ask(a, "commit",
	    form("type", "commit", "action", "partial", "cmd",
	        fmt(a, "<commit><partial>%s</partial></commit>", partial)));
	const char *job = r ? xml_str(r->xml, "result/job") : NULL;

	return !r || job ? job : "";
}

static int await(struct api *a, const char *job)
{
	const char *cmd =
	    fmt(a, "<show><jobs><id>%s</id></jobs></show>", xml_escape(api_arena(a), job));

	for (int i = 0; i < POLLS; i++) {
		const struct reply *r = ask(a, "commit", form("type", "op", "cmd", cmd));
		const char *status = r ? xml_str(r->xml, "result/job/status") : NULL;
		if (!r)
			return -1;
		if (text_is(status, "FIN"))
			return text_is(xml_str(r->xml, "result/job/result"), "OK")
			    ? 0
			    : reply_refused(a, r);
		if (api_wait(a, POLL_MS))
			return -1;
	}
	return fail(a, "job %s takes more than %d minutes", job, POLLS * POLL_MS / 60000);
}

static int push(struct api *a, const char *stack)
{
	const char *cmd = fmt(a,
	    "<commit-all><template-stack><name>%s</name><admin><member>%s</member></admin>"
	    "</template-stack></commit-all>",
	    xml_escape(api_arena(a), stack), xml_escape(api_arena(a), cred(a, "PANOS_USER")));

	return ok(ask(a, fmt(a, "push to %s", stack),
	    form("type", "commit", "action", "all", "cmd", cmd)));
}

static int deploy(struct api *a, const struct deployment *d)
{
	const char *stack = cred(a, "PANOS_TEMPLATE_STACK"), *name = cred(a, "PANOS_CERTNAME");
	const char *job;

	if (!name)
		name = text_replace(api_arena(a), d->domain, "*", "WILDCARD_");
	/* A passphrase is demanded, though the key is not encrypted. */
	if (take_key(a) || import(a, "certificate", name, d->fullchain, NULL) ||
	    import(a, "private-key", name, d->key, "123456") || !(job = commit(a)))
		return -1;
	if (!stack)
		return 0;
	return *job && await(a, job) ? -1 : push(a, stack);
}

const struct deploy_hook deploy_panos = {
	.svc = { .name = "panos",
	    .title = "Palo Alto PAN-OS",
	    .site = "paloaltonetworks.com",
	    .docs = "https://docs.paloaltonetworks.com/pan-os/11-1/pan-os-panorama-api",
	    .base = "{PANOS_HOST}/api",
	    .accept = "application/xml",
	    .fault = { .text =
	                   "result/job/details/line|msg/line|result/msg/line|result/msg|msg|result",
	        .code = "@code",
	        .ok = "@status",
	        .ok_value = "success" },
	    .creds = { { "PANOS_HOST", "address of the firewall or Panorama", 0, 0, NULL, NULL },
	        { "PANOS_USER", "administrator", 0, 0, NULL, NULL },
	        { "PANOS_PASS", "password", SECRET, 1, NULL, NULL },
	        { "PANOS_KEY", "API key", SECRET, 2, NULL, NULL },
	        { "PANOS_CERTNAME", "name of the certificate there, else its domain", OPTIONAL, 0,
	            NULL, NULL },
	        { "PANOS_TEMPLATE", "Panorama's template that it is imported into", OPTIONAL, 0,
	            NULL, NULL },
	        { "PANOS_VSYS", "virtual system of the template", OPTIONAL, 0, NULL, NULL },
	        { "PANOS_TEMPLATE_STACK", "template stack to push then", OPTIONAL, 0, NULL, NULL },
	        { "FORCE", "1: commit the changes of all administrators", OPTIONAL | UNSAVED, 0,
	            NULL, NULL },
	        { "PANOS_INSECURE", "1: accept whatever certificate it has", OPTIONAL, 0, NULL,
	            NULL } },
	    .unverified = "PANOS_INSECURE",
	    .permissions = "XML API: Import, Commit; Operational Requests for a template stack" },
	.deploy = deploy,
};
