/* Pushover: pushover.net/api */
#include "../acme.h"

enum { TITLE = 250, MESSAGE = 1024 };

static int send(struct api *a, const struct notice *n)
{
	/* An emergency is repeated until someone confirms it; how often must be said. */
	const bool emergency = text_is(cred(a, "PUSHOVER_PRIORITY"), "2");

	return ok(api_form(a, "/messages.json",
	    form("title", shorten(a, n->subject, TITLE), "message", shorten(a, n->text, MESSAGE),
	        "retry", emergency ? "300" : NULL, "expire", emergency ? "3600" : NULL)));
}

const struct notify_hook notify_pushover = {
	.svc = { .name = "pushover",
	    .title = "Pushover",
	    .site = "pushover.net",
	    .docs = "https://pushover.net/api",
	    .base = "https://api.pushover.net/1",
	    .params = { { "token", "PUSHOVER_TOKEN", NULL }, { "user", "PUSHOVER_USER", NULL },
	        { "device", "PUSHOVER_DEVICE", NULL }, { "priority", "PUSHOVER_PRIORITY", NULL },
	        { "sound", "PUSHOVER_SOUND", NULL } },
	    .fault = { .text = "errors", .ok = "status", .ok_value = "1" },
	    .creds = { { "PUSHOVER_TOKEN", "token of the application", SECRET, 0, NULL, NULL },
	        { "PUSHOVER_USER", "key of the user or group", SECRET, 0, NULL, NULL },
	        { "PUSHOVER_DEVICE", "one device only", OPTIONAL, 0, NULL, NULL },
	        { "PUSHOVER_PRIORITY", "priority, -2 to 2", 0, 0, "0", NULL },
	        { "PUSHOVER_SOUND", "sound, other than the user's", OPTIONAL, 0, NULL, NULL } } },
	.send = send,
};
