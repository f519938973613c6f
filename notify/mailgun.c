/* Mailgun: documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages */
#include "../acme.h"

/* The user name is the same for all; where they are is not. */
static int login(struct api *a)
{
	const char *region = cred(a, "MAILGUN_REGION");

	api_keep(a, "user", "api");
	if (text_is_ci(region, "eu"))
		api_base(a, "https://api.eu.mailgun.net/v3");
	else if (!text_is_ci(region, "us"))
		return fail(a, "MAILGUN_REGION is '%s', and must be us or eu", region);
	return 0;
}

/* The domain to send from: else the one that each account has for trying things out, which is
 * remembered. */
static const char *find_domain(struct api *a)
{
	const char *name = cred(a, "MAILGUN_API_DOMAIN");
	const struct reply *r;

	if (name || !(r = api_get(a, "/domains")))
		return name;
	const cJSON *d, *list = json_get(r->json, "items");
	cJSON_ArrayForEach(d, list) {
		name = json_str(d, "name");
		if (text_starts(name, "sandbox") && text_ends(name, ".mailgun.org"))
			return cred_put(a, "MAILGUN_API_DOMAIN", name) ? NULL : name;
	}
	fail(a, "there is no sandbox domain in this account");
	remedy(a, "set MAILGUN_API_DOMAIN");
	return NULL;
}

static int send(struct api *a, const struct notice *n)
{
	const char *domain = find_domain(a), *from = cred(a, "MAILGUN_FROM");

	if (!domain)
		return -1;
	if (!from)
		from = fmt(a, "acme.sh@%s", domain);
	return ok(api_form(a, fmt(a, "/%s/messages", escape(a, domain)),
	    form("from", from, "to", cred(a, "MAILGUN_TO"), "subject", n->subject, "text",
	        n->text)));
}

const struct notify_hook notify_mailgun = {
	.svc = { .name = "mailgun",
	    .title = "Mailgun",
	    .site = "mailgun.com",
	    .docs = "https://documentation.mailgun.com/docs/mailgun/api-reference/",
	    .base = "https://api.mailgun.net/v3",
	    .basic = { "user", "MAILGUN_API_KEY" },
	    .creds = { { "MAILGUN_API_KEY", "API key", SECRET, 0, NULL, NULL },
	        { "MAILGUN_TO", "addresses to send to", 0, 0, NULL, NULL },
	        { "MAILGUN_REGION", "us or eu", 0, 0, "us", NULL },
	        { "MAILGUN_API_DOMAIN", "domain to send from, else the account's sandbox domain",
	            OPTIONAL, 0, NULL, NULL },
	        { "MAILGUN_FROM", "sender, else acme.sh@ that domain", OPTIONAL, 0, NULL, NULL } },
	    .login = login,
	    .notes = "A sandbox domain sends to addresses only that have agreed to it." },
	.send = send,
};
