/* KeyHelp's panel as a browser would use it, for versions without a certificate API: log in, add the
 * certificate, choose it in the form of each domain. keyhelp_api.c is the better way. */
#include "../acme.h"

/* --- reading a page --------------------------------------------------------------------------- */

/* The value of an attribute of the tag that begins at tag; NULL: it has none. */
static const char *attribute(struct api *a, const char *tag, const char *name)
{
	const char *text = arena_strn(api_arena(a), tag, strcspn(tag, ">"));
	const char *start = strstr(text, fmt(a, " %s=\"", name));

	if (!start)
		return NULL;
	start = strchr(start, '"') + 1;
	return arena_strn(api_arena(a), start, strcspn(start, "\""));
}

/* The value of the input of that name; of those that are chosen only, where they are boxes. */
static const char *input(struct api *a, const char *page, const char *name, bool box)
{
	for (const char *tag = page; (tag = strstr(tag, "<input")); tag++) {
		const char *text = arena_strn(api_arena(a), tag, strcspn(tag, ">"));
		const char *value = attribute(a, text, "value");
		if (text_is(attribute(a, text, "name"), name) && (!box || strstr(text, "checked")))
			return value ? value : "";
	}
	return NULL;
}

/* The value of the option whose text begins so. */
static const char *option(struct api *a, const char *page, const char *text)
{
	for (const char *tag = page; (tag = strstr(tag, "<option")); tag++) {
		const char *shown = strchr(tag, '>');
		if (shown && text_starts(shown + 1 + strspn(shown + 1, " \t\r\n"), text))
			return attribute(a, tag, "value");
	}
	return NULL;
}

/* What the page says about what was done. */
static const char *message(struct api *a, const char *page)
{
	const char *start = strstr(page, "message-body");
	struct buf b = buf_new(api_arena(a), 0);

	if (!start || !(start = strchr(start, '>')))
		return NULL;
	const char *end = strstr(start, "</div>");
	bool tag = false;
	for (const char *p = start + 1; *p && p != end; p++) {
		if (*p == '<' || *p == '>')
			tag = *p == '<';
		else if (!tag)
			buf_byte(&b, *p);
	}
	return text_trim(api_arena(a), buf_text(&b));
}

/* --- filling forms ---------------------------------------------------------------------------- */

/* Each form answers with a message; a page without one is the login's. */
static int submit(struct api *a, const char *path, const char *const *pairs)
{
	const struct reply *r = api_form(a, path, pairs);
	const char *said = r ? message(a, r->body) : NULL;

	if (!r)
		return -1;
	api_keep(a, "said", said);
	if (!text_empty(said))
		return 0;
	fail(a, "the panel did not take the form");
	return remedy(a, "check DEPLOY_KEYHELP_USERNAME and DEPLOY_KEYHELP_PASSWORD");
}

static int login(struct api *a)
{
	return ok(api_send(a,
	    &(struct api_request){ .method = "POST",
	        .url = "/index.php",
	        .type = API_FORM,
	        .body = form_text(a,
	            form("submit", "1", "username", cred(a, "DEPLOY_KEYHELP_USERNAME"), "password",
	                cred(a, "DEPLOY_KEYHELP_PASSWORD"))),
	        .no_redirect = true }));
}

/* Chooses the certificate in the form of a domain; what else is in it stays. */
static int choose(struct api *a, const char *id, const char *certificate)
{
	const char *path = "/index.php?page=domains&action=edit";
	const struct reply *r;
	const char *page, *value, *target;

	api_step(a, "giving the certificate to domain %s", id);
	if (!(r = api_get(a, fmt(a, "%s&id=%s", path, escape(a, id)))))
		return -1;
	page = r->body;
	target = input(a, page, "target_type", true);
	if (!(value = option(a, page, certificate)))
		return fail(a,
		    "the certificate is not among those of its form; the panel had said: %s",
		    text_safe(api_arena(a), api_kept(a, "said"), 300));
	return submit(a, path,
	    form("submit", "1", "id", id, "target_type", target ? target : "", "path",
	        text_is(target, "directory") ? input(a, page, "path", false) : "",
	        "is_prefer_https", input(a, page, "is_prefer_https", true) ? "1" : "0",
	        "hsts_enabled", input(a, page, "hsts_enabled", true) ? "1" : "0",
	        "certificate_type", "custom", "certificate_id", value, "enforce_https",
	        cred(a, "DEPLOY_KEYHELP_ENFORCE_HTTPS")));
}

static int deploy(struct api *a, const struct deployment *d)
{
	struct strs ids = text_split(api_arena(a), cred(a, "DEPLOY_KEYHELP_DOMAIN_ID"), " ");
	const char *now = clock_rfc3339(api_arena(a), clock_now());
	const char *name = fmt(a, "%s-%s", d->domain, text_replace(api_arena(a), now, ":", ""));

	api_step(a, "adding the certificate");
	if (submit(a, "/index.php?page=ssl_certificates&action=add",
	        form("submit", "1", "certificate_name", name, "add_type", "upload",
	            "text_private_key", d->key, "text_certificate", d->cert, "text_ca_certificate",
	            d->chain)))
		return -1;
	for (size_t i = 0; i < ids.n; i++)
		if (choose(a, ids.v[i], name))
			return -1;
	return 0;
}

const struct deploy_hook deploy_keyhelp = {
	.svc = { .name = "keyhelp",
	    .title = "KeyHelp (panel)",
	    .site = "keyhelp.de",
	    .docs = "https://www.keyhelp.de/en/",
	    .base = "{DEPLOY_KEYHELP_BASEURL}",
	    .accept = "text/html",
	    .cookies = true,
	    .creds = { { "DEPLOY_KEYHELP_BASEURL", "URL of the panel", PER_DOMAIN, 0, NULL, NULL },
	        { "DEPLOY_KEYHELP_USERNAME", "user name", PER_DOMAIN, 0, NULL, NULL },
	        { "DEPLOY_KEYHELP_PASSWORD", "password", SECRET | PER_DOMAIN, 0, NULL, NULL },
	        { "DEPLOY_KEYHELP_DOMAIN_ID",
	            "domains: the id=... of their pages, with blanks between", PER_DOMAIN, 0, NULL,
	            NULL },
	        { "DEPLOY_KEYHELP_ENFORCE_HTTPS", "1: visitors of http are sent to https", 0, 0,
	            "1", NULL } },
	    .login = login,
	    .notes = "keyhelp_api does the same by KeyHelp's API." },
	.deploy = deploy,
};
