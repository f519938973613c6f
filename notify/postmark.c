/* Postmark: postmarkapp.com/developer/api/email-api */
#include "../acme.h"

static int send(struct api *a, const struct notice *n)
{
	return ok(api_post(a, "/email",
	    json(js("From", cred(a, "POSTMARK_FROM")), js("To", cred(a, "POSTMARK_TO")),
	        js("Subject", n->subject), js("TextBody", n->text))));
}

const struct notify_hook notify_postmark = {
	.svc = { .name = "postmark",
	    .title = "Postmark",
	    .site = "postmarkapp.com",
	    .docs = "https://postmarkapp.com/developer/api/email-api",
	    .base = "https://api.postmarkapp.com",
	    .headers = { { "X-Postmark-Server-Token", "POSTMARK_TOKEN", NULL } },
	    .fault = { .code = "ErrorCode", .ok = "ErrorCode", .ok_value = "0" },
	    .creds = { { "POSTMARK_TOKEN", "token of the server", SECRET, 0, NULL, NULL },
	        { "POSTMARK_TO", "addresses to send to", 0, 0, NULL, NULL },
	        { "POSTMARK_FROM", "sender, a confirmed signature", 0, 0, NULL, NULL } } },
	.send = send,
};
