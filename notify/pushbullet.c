/* Pushbullet: docs.pushbullet.com/#create-push */
#include "../acme.h"

static int send(struct api *a, const struct notice *n)
{
	return ok(api_post(a, "/pushes",
	    json(js("type", "note"), js("title", n->subject), js("body", n->text),
	        js("device_iden", cred(a, "PUSHBULLET_DEVICE")))));
}

const struct notify_hook notify_pushbullet = {
	.svc = { .name = "pushbullet",
	    .title = "Pushbullet",
	    .site = "pushbullet.com",
	    .docs = "https://docs.pushbullet.com/#create-push",
	    .base = "https://api.pushbullet.com/v2",
	    .headers = { { "Access-Token", "PUSHBULLET_TOKEN", NULL } },
	    .fault = { .text = "error/message", .code = "error_code", .ok = "iden" },
	    .creds = { { "PUSHBULLET_TOKEN", "access token", SECRET, 0, NULL, NULL },
	        { "PUSHBULLET_DEVICE", "one device only", OPTIONAL, 0, NULL, NULL } } },
	.send = send,
};
