/* Mattermost, a bot's post: developers.mattermost.com/api-documentation/#/operations/CreatePost */
#include "../acme.h"

static const char markdown[] = "\\*_~`|<>[]#";
enum { MAX = 16383 }; /* characters */

static int send(struct api *a, const struct notice *n)
{
	const char *text = fmt(a, "**%s**\n%s", backslashed(a, n->subject, markdown),
	    backslashed(a, n->text, markdown));

	return ok(api_post(a, "",
	    json(js("channel_id", cred(a, "MATTERMOST_CHANNEL_ID")),
	        js("message", shorten(a, text, MAX)))));
}

const struct notify_hook notify_mattermost = {
	.svc = { .name = "mattermost",
	    .title = "Mattermost",
	    .site = "mattermost.com",
	    .docs = "https://developers.mattermost.com/api-documentation/",
	    .base = "{MATTERMOST_API_URL}",
	    .bearer = "MATTERMOST_BOT_TOKEN",
	    .fault = { .code = "id", .ok = "create_at" },
	    .creds = { { "MATTERMOST_API_URL",
	                   "address of posts (https://chat.example.com/api/v4/posts)", 0, 0, NULL,
	                   NULL },
	        { "MATTERMOST_CHANNEL_ID", "id of the channel", 0, 0, NULL, NULL },
	        { "MATTERMOST_BOT_TOKEN", "the bot's token", SECRET, 0, NULL, NULL } },
	    .permissions = "to post in the channel" },
	.send = send,
};
