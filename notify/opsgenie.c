/* Opsgenie Alert API: docs.opsgenie.com/docs/alert-api#create-alert */
#include "../acme.h"

enum { MESSAGE = 130, ALIAS = 512, DESCRIPTION = 15000, TAG = 50 };

static int login(struct api *a)
{
	const char *region = cred(a, "OPSGENIE_REGION");

	if (text_is_ci(region, "EU"))
		api_base(a, "https://api.eu.opsgenie.com/v2");
	else if (!text_is_ci(region, "US"))
		return fail(a, "OPSGENIE_REGION is '%s', and must be US or EU", region);
	return 0;
}

/* The same subject again on the same day is no alert of its own: the alias is the same. */
static int send(struct api *a, const struct notice *n)
{
	static const char *const priorities[] = {
		[NOTICE_GOOD] = "OPSGENIE_PRIORITY_SUCCESS",
		[NOTICE_ERROR] = "OPSGENIE_PRIORITY_ERROR",
		[NOTICE_SKIPPED] = "OPSGENIE_PRIORITY_SKIP",
	};
	const char *day = clock_rfc3339(api_arena(a), clock_now());
	const char *alias = fmt(a, "acme.sh-%.10s-%s-%s", day, n->host, n->subject);

	return ok(api_post(a, "/alerts",
	    json(js("message", shorten(a, n->subject, MESSAGE)),
	        js("alias", shorten(a, alias, ALIAS)),
	        js("description", shorten(a, n->text, DESCRIPTION)),
	        jo("tags",
	            json_list(js(NULL, "acme.sh"),
	                js(NULL, shorten(a, fmt(a, "host:%s", n->host), TAG)))),
	        js("entity", n->host), js("priority", cred(a, priorities[n->kind])))));
}

const struct notify_hook notify_opsgenie = {
	.svc = { .name = "opsgenie",
	    .title = "Opsgenie",
	    .site = "opsgenie.com",
	    .docs = "https://docs.opsgenie.com/docs/alert-api",
	    .base = "https://api.opsgenie.com/v2",
	    .headers = { { "Authorization", "OPSGENIE_API_KEY", "GenieKey %s" } },
	    .fault = { .text = "errors|message" },
	    .creds = { { "OPSGENIE_API_KEY", "key of an API integration", SECRET, 0, NULL, NULL },
	        { "OPSGENIE_REGION", "US or EU", 0, 0, "US", NULL },
	        { "OPSGENIE_PRIORITY_SUCCESS", "P1 to P5: of good news", 0, 0, "P5", NULL },
	        { "OPSGENIE_PRIORITY_ERROR", "P1 to P5: of failures", 0, 0, "P2", NULL },
	        { "OPSGENIE_PRIORITY_SKIP", "P1 to P5: of what was not due", 0, 0, "P5", NULL } },
	    .login = login,
	    .notes = "Atlassian ends Opsgenie in April 2027." },
	.send = send,
};
