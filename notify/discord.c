/* Discord webhook: discord.com/developers/docs/resources/webhook#execute-webhook */
#include "../acme.h"

static const char markdown[] = "\\*_~`|<>[]";
enum { MAX = 2000 };

static int send(struct api *a, const struct notice *n)
{
	const char *text = fmt(a, "**%s**\n%s", backslashed(a, n->subject, markdown),
	    backslashed(a, n->text, markdown));

	return ok(api_post(a, "",
	    json(js("content", shorten(a, text, MAX)), js("username", cred(a, "DISCORD_USERNAME")),
	        js("avatar_url", cred(a, "DISCORD_AVATAR_URL")),
	        jo("allowed_mentions", json(jo("parse", json_list(NULL)))))));
}

const struct notify_hook notify_discord = {
	.svc = { .name = "discord",
	    .title = "Discord",
	    .site = "discord.com",
	    .docs = "https://discord.com/developers/docs/resources/webhook#execute-webhook",
	    .base = "{DISCORD_WEBHOOK_URL}",
	    .params = { { "wait", NULL, "true" } }, /* else faults are not told */
	    .fault = { .text = "errors|message", .code = "code", .ok = "id" },
	    .creds = { { "DISCORD_WEBHOOK_URL", "address of the webhook", SECRET, 0, NULL, NULL },
	        { "DISCORD_USERNAME", "name to post under", OPTIONAL, 0, NULL, NULL },
	        { "DISCORD_AVATAR_URL", "address of a picture to post under", OPTIONAL, 0, NULL,
	            NULL } } },
	.send = send,
};
