/* Ruckus ZoneDirector and Unleashed, as their web interface does it: certificate and key are
 * uploaded one after the other, put to use, and the controller restarts. */
#include "../acme.h"

/* "/" redirects to the login page, within a folder that depends on the version; or first to the
 * machine that is the master. */
static const char *login_page(struct api *a)
{
	const char *url = "/";
	const struct reply *r = NULL;

	for (int hops = 0; hops < 3; hops++) {
		r = api_send(a, &(struct api_request){ .url = url, .no_redirect = true });
		if (!r || !(url = reply_header(r, "Location")))
			break;
		const char *host = strstr(url, "://");
		const char *path = strchr(host ? host + 3 : url, '/');
		if (host)
			api_base(a,
			    arena_strn(api_arena(a), url,
			        path ? (size_t)(path - url) : strlen(url)));
		if (path && path[1])
			return path;
		url = "/";
	}
	return r ? fail_null(a, "it does not lead to a login page") : NULL;
}

/* The folder of the pages, as base; session cookie and CSRF token for what follows. */
static int log_in(struct api *a)
{
	const char *page = login_page(a), *file = page ? strrchr(page, '/') + 1 : NULL, *token;
	const struct reply *r;

	if (!page)
		return -1;
	if (text_starts(file, "index.html"))
		return fail(a, "Unleashed is rebuilding; it takes a while");
	if (text_starts(file, "wizard.jsp"))
		return fail(a, "its setup wizard has not been completed");
	r = api_send(a,
	    &(struct api_request){ .method = "POST",
	        .url = page,
	        .type = API_FORM,
	        .no_redirect = true,
	        .confidential = true,
	        .body = form_text(a,
	            form("username", cred(a, "RUCKUS_USER"), "password", cred(a, "RUCKUS_PASS"),
	                "ok", "Log In")) });
	if (!r)
		return -1;
	/* The login page once more is how it says no. */
	if (r->status == 200 || !(token = reply_header(r, "HTTP_X_CSRF_TOKEN"))) {
		fail(a, "it does not take this user name and password");
		return remedy(a, "check RUCKUS_USER and RUCKUS_PASS");
	}
	api_keep_secret(a, "csrf", token);
	api_keep(a, "folder", arena_strn(api_arena(a), page, (size_t)(file - page)));
	return 0;
}

/* It compares what is uploaded with what is there already: only what it says of the second of the
 * two counts. */
static int upload(struct api *a, const char *action, const char *pem, const char **message)
{
	const struct reply *r;

	api_step(a, "%s", action);
	r = api_multipart(a, fmt(a, "%s_upload.jsp?request_type=xhr", api_kept(a, "folder")),
	    (const struct part[]){ { .name = "u", .value = pem, .filename = action },
	        { .name = "action", .value = action },
	        { .name = "callback", .value = fmt(a, "uploader_%s", action) }, { 0 } });
	*message = r ? json_str(r->json, "msg") : NULL;
	return ok(r);
}

static int command(struct api *a, const char *name, const char *request)
{
	const struct reply *r;
	const char *xml, *message = NULL;

	api_step(a, "%s", name);
	r = api_send(a,
	    &(struct api_request){ .method = "POST",
	        .url = fmt(a, "%s_cmdstat.jsp", api_kept(a, "folder")),
	        .type = API_FORM,
	        .body = request });
	/* Behind a document type, which our reader refuses. */
	if (r && (xml = strstr(r->body, "<ajax-response")))
		message =
		    xml_str(xml_find(xml_parse(api_arena(a), xml, strlen(xml)), "xmsg"), "@msg");
	return !text_empty(message) ? fail(a, "%s", text_safe(api_arena(a), message, 200)) : ok(r);
}

static int deploy(struct api *a, const struct deployment *d)
{
	const char *host = host_or_domain(a, d, "RUCKUS_HOST"), *message;

	if (!host)
		return -1;
	api_base(a, fmt(a, "https://%s", host));
	api_step(a, "login");
	if (log_in(a) || upload(a, "uploadcert", d->fullchain, &message) ||
	    upload(a, "uploadprivatekey", d->key, &message))
		return -1;
	if (message && text_starts(message, "E_"))
		return fail(a, "%s", text_safe(api_arena(a), message, 200));
	return command(a, "replace-cert",
	           fmt(a,
	               "<ajax-request action=\"docmd\" comp=\"system\" updater=\"rid.0.5\" "
	               "xcmd=\"replace-cert\" checkAbility=\"6\" timeout=\"-1\">"
	               "<xcmd cmd=\"replace-cert\" cn=\"%s\"/></ajax-request>",
	               xml_escape(api_arena(a), host))) ||
	        command(a, "cert-reboot",
	            "<ajax-request action=\"docmd\" comp=\"worker\" updater=\"rid.0.5\" "
	            "xcmd=\"cert-reboot\" checkAbility=\"6\">"
	            "<xcmd cmd=\"cert-reboot\" action=\"undefined\"/></ajax-request>")
	    ? -1
	    : 0;
}

const struct deploy_hook deploy_ruckus = {
	.svc = { .name = "ruckus",
	    .title = "Ruckus ZoneDirector, Unleashed",
	    .site = "ruckusnetworks.com",
	    .docs = "https://ms264556.net/pages/ReplaceZdCertificate",
	    .base = "{RUCKUS_HOST}",
	    .accept = "*/*",
	    .cookies = true,
	    .headers = { { "X-CSRF-Token", "csrf", NULL } },
	    .creds = { { "RUCKUS_USER", "administrator", 0, 0, NULL, NULL },
	        { "RUCKUS_PASS", "password", SECRET, 0, NULL, NULL },
	        { "RUCKUS_HOST", "address of the controller, else the certificate's name", OPTIONAL,
	            0, NULL, NULL },
	        { "RUCKUS_INSECURE", "1: accept whatever certificate it has", OPTIONAL, 0, NULL,
	            NULL } },
	    .unverified = "RUCKUS_INSECURE",
	    .notes = "The controller restarts. EC keys need release 200.13 or later." },
	.deploy = deploy,
};
