/* Slack app: api.slack.com/methods/chat.postMessage */
#include "../acme.h"

enum { MAX = 30000 }; /* Slack cuts at 40,000 characters */

static int send(struct api *a, const struct notice *n)
{
	const char *text = shorten(a, fmt(a, "*%s*\n%s", n->subject, n->text), MAX);

	return ok(api_post(a, "",
	    json(js("channel", cred(a, "SLACK_APP_CHANNEL")), js("text", html_escaped(a, text)),
	        jb("mrkdwn", true))));
}

const struct notify_hook notify_slack_app = {
	.svc = { .name = "slack_app",
	    .title = "Slack app",
	    .site = "slack.com",
	    .docs = "https://api.slack.com/methods/chat.postMessage",
	    .base = "https://slack.com/api/chat.postMessage",
	    .bearer = "SLACK_APP_TOKEN",
	    .fault = { .text = "error", .ok = "ok", .ok_value = "true" },
	    .creds = { { "SLACK_APP_CHANNEL", "id or name of the channel", 0, 0, NULL, NULL },
	        { "SLACK_APP_TOKEN", "the bot's token (xoxb-...)", SECRET, 0, NULL, NULL } },
	    .permissions = "chat:write, and membership of the channel" },
	.send = send,
};
