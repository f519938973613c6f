/* CallMeBot, messages to one's own WhatsApp: callmebot.com/blog/free-api-whatsapp-messages */
#include "../acme.h"

enum { MAX = 1500 }; /* it all goes into a URL */

/* The answer is a page that repeats the message; its last paragraph tells what came of it. */
static int refused(struct api *a, const char *page)
{
	const char *said = page;

	for (const char *p = page; (p = strstr(p, "<p>"));)
		said = p += 3;
	said = text_replace(api_arena(a), said, "<b>", "");
	said = text_replace(api_arena(a), said, "</b>", "");
	return fail(a, "%s", text_safe(api_arena(a), text_trim(api_arena(a), said), 300));
}

static int send(struct api *a, const struct notice *n)
{
	const char *text = shorten(a, fmt(a, "*%s*\n%s", n->subject, n->text), MAX);
	const struct reply *r = api_send(a,
	    &(struct api_request){ .url = query(a, "phone", cred(a, "CALLMEBOT_YOUR_PHONE_NO"),
	                               "apikey", cred(a, "CALLMEBOT_API_KEY"), "text", text),
	        .once = true });

	if (!r)
		return -1;
	return strstr(r->body, "Message queued") || strstr(r->body, "Message Sent")
	    ? 0
	    : refused(a, r->body);
}

const struct notify_hook notify_callmebotWhatsApp = {
	.svc = { .name = "callmebotWhatsApp",
	    .title = "CallMeBot for WhatsApp",
	    .site = "callmebot.com",
	    .docs = "https://www.callmebot.com/blog/free-api-whatsapp-messages/",
	    .base = "https://api.callmebot.com/whatsapp.php",
	    .accept = "text/plain",
	    .creds = { { "CALLMEBOT_YOUR_PHONE_NO", "phone number, with country code", 0, 0, NULL,
	                   NULL },
	        { "CALLMEBOT_API_KEY", "API key that the bot gave", SECRET | OPTIONAL, 0, NULL,
	            NULL } } },
	.send = send,
};
