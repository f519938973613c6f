/* Gotify: gotify.net/docs/pushmsg */
#include "../acme.h"

static int send(struct api *a, const struct notice *n)
{
	return ok(api_post(a, "/message",
	    json(js("title", n->subject), js("message", n->text),
	        jn("priority", cred_int(a, "GOTIFY_PRIORITY", 0)))));
}

const struct notify_hook notify_gotify = {
	.svc = { .name = "gotify",
	    .title = "Gotify",
	    .site = "gotify.net",
	    .docs = "https://gotify.net/docs/pushmsg",
	    .base = "{GOTIFY_URL}",
	    .headers = { { "X-Gotify-Key", "GOTIFY_TOKEN", NULL } },
	    .fault = { .text = "errorDescription", .code = "errorCode", .ok = "id" },
	    .creds = { { "GOTIFY_URL", "address of the server", 0, 0, NULL, NULL },
	        { "GOTIFY_TOKEN", "token of the application", SECRET, 0, NULL, NULL },
	        { "GOTIFY_PRIORITY", "priority, 0 to 10", 0, 0, "0", NULL } } },
	.send = send,
};
