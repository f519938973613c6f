/* Slack incoming webhook: api.slack.com/messaging/webhooks */
#include "../acme.h"

enum { MAX = 30000 }; /* Slack cuts at 40,000 characters */

static int send(struct api *a, const struct notice *n)
{
	const char *text = shorten(a, fmt(a, "*%s*\n%s", n->subject, n->text), MAX);

	return ok(api_post(a, "",
	    json(js("text", html_escaped(a, text)), js("channel", cred(a, "SLACK_CHANNEL")),
	        js("username", cred(a, "SLACK_USERNAME")), jb("mrkdwn", true))));
}

const struct notify_hook notify_slack = {
	.svc = { .name = "slack",
	    .title = "Slack",
	    .site = "slack.com",
	    .docs = "https://api.slack.com/messaging/webhooks",
	    .base = "{SLACK_WEBHOOK_URL}",
	    .accept = "text/plain",
	    .fault = { .text = "", .ok = "", .ok_value = "ok" },
	    .creds = { { "SLACK_WEBHOOK_URL", "address of the webhook", SECRET, 0, NULL, NULL },
	        { "SLACK_CHANNEL", "channel, other than the webhook's", OPTIONAL, 0, NULL, NULL },
	        { "SLACK_USERNAME", "name to post under", OPTIONAL, 0, NULL, NULL } } },
	.send = send,
};
