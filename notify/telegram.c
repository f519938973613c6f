/* Telegram Bot API: core.telegram.org/bots/api#sendmessage */
#include "../acme.h"

/* All that MarkdownV2 knows must be escaped, or the message is refused. */
static const char markdown[] = "\\_*[]()~`>#+-=|{}.!";
enum { MAX = 4096 }; /* counted without the markup */

static int send(struct api *a, const struct notice *n)
{
	const char *subject = shorten(a, n->subject, MAX / 2);
	const char *text = shorten(a, n->text, MAX - strlen(subject) - 1);

	return ok(api_post(a, "/sendMessage",
	    json(js("chat_id", cred(a, "TELEGRAM_BOT_CHATID")),
	        js("message_thread_id", cred(a, "TELEGRAM_BOT_THREADID")),
	        js("text",
	            fmt(a, "*%s*\n%s", backslashed(a, subject, markdown),
	                backslashed(a, text, markdown))),
	        js("parse_mode", "MarkdownV2"), jb("disable_web_page_preview", true))));
}

const struct notify_hook notify_telegram = {
	.svc = { .name = "telegram",
	    .title = "Telegram",
	    .site = "telegram.org",
	    .docs = "https://core.telegram.org/bots/api#sendmessage",
	    .base = "{TELEGRAM_BOT_URLBASE}/bot{TELEGRAM_BOT_APITOKEN}",
	    .fault = { .text = "description",
	        .code = "error_code",
	        .ok = "ok",
	        .ok_value = "true" },
	    .creds = { { "TELEGRAM_BOT_APITOKEN", "the bot's token", SECRET, 0, NULL, NULL },
	        { "TELEGRAM_BOT_CHATID", "id of the chat, or @channel", 0, 0, NULL, NULL },
	        { "TELEGRAM_BOT_THREADID", "topic of a group with topics", OPTIONAL, 0, NULL,
	            NULL },
	        { "TELEGRAM_BOT_URLBASE", "a Bot API server of one's own", 0, 0,
	            "https://api.telegram.org", NULL } },
	    .notes = "The bot must have been spoken to, or be a member of the group." },
	.send = send,
};
