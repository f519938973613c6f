/* DirectAdmin, CMD_API_SSL, with a login key: docs.directadmin.com/developer/api */
#include "../acme.h"

/* A value of an answer like "error=1&text=No%20such%20domain". */
static const char *value(struct api *a, const char *answer, const char *name)
{
	struct strs pairs = text_split(api_arena(a), answer, "&\r\n");
	const char *start = fmt(a, "%s=", name);

	for (size_t i = 0; i < pairs.n; i++)
		if (text_starts(pairs.v[i], start))
			return text_url_unescape(api_arena(a),
			    text_replace(api_arena(a), pairs.v[i] + strlen(start), "+", " "));
	return "";
}

static int judge(struct api *a, const struct reply *r)
{
	const char *text = value(a, r->body, "text"), *details = value(a, r->body, "details");

	if (text_is(value(a, r->body, "error"), "0"))
		return 0;
	if (!*text && !*details)
		text = "the answer is not as expected: it says neither error=0 nor what is wrong";
	return fail(a, "%s%s%s", text_safe(api_arena(a), text, 300), *details ? ": " : "",
	    text_safe(api_arena(a), details, 300));
}

static int deploy(struct api *a, const struct deployment *d)
{
	const struct reply *r;

	api_base(a,
	    fmt(a, "%s://%s", cred(a, "DirectAdmin_SCHEME"), cred(a, "DirectAdmin_ENDPOINT")));
	r = api_form(a, "/CMD_API_SSL",
	    form("domain", cred(a, "DirectAdmin_MAIN_DOMAIN"), "action", "save", "type", "paste",
	        "certificate", fmt(a, "%s\n%s", d->key, d->fullchain)));
	return r ? judge(a, r) : -1;
}

const struct deploy_hook deploy_directadmin = {
	.svc = { .name = "directadmin",
	    .title = "DirectAdmin",
	    .site = "directadmin.com",
	    .docs = "https://docs.directadmin.com/developer/api/",
	    .base = "{DirectAdmin_ENDPOINT}",
	    .basic = { "DirectAdmin_USERNAME", "DirectAdmin_KEY" },
	    .accept = "text/plain",
	    .creds = { { "DirectAdmin_ENDPOINT", "server and port, example.com:2222", PER_DOMAIN, 0,
	                   NULL, NULL },
	        { "DirectAdmin_USERNAME", "user name", PER_DOMAIN, 0, NULL, NULL },
	        { "DirectAdmin_KEY", "login key or password", SECRET | PER_DOMAIN, 0, NULL, NULL },
	        { "DirectAdmin_MAIN_DOMAIN", "the domain there, no subdomain", PER_DOMAIN, 0, NULL,
	            NULL },
	        { "DirectAdmin_SCHEME", "https or http", 0, 0, "https", NULL } },
	    .permissions = "a login key for CMD_API_SSL" },
	.deploy = deploy,
};
