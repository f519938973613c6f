/* SendGrid v3: docs.sendgrid.com/api-reference/mail-send/mail-send */
#include "../acme.h"

static cJSON *receivers(struct api *a)
{
	struct strs to = text_split(api_arena(a), cred(a, "SENDGRID_TO"), ", ");
	cJSON *list = json_list(NULL);

	for (size_t i = 0; i < to.n; i++)
		json_add(list, json(js("email", to.v[i])));
	return list;
}

static int send(struct api *a, const struct notice *n)
{
	const cJSON *mail = json(jo("personalizations", json_list(json(jo("to", receivers(a))))),
	    jo("from",
	        json(js("email", cred(a, "SENDGRID_FROM")),
	            js("name", cred(a, "SENDGRID_FROM_NAME")))),
	    js("subject", n->subject),
	    jo("content", json_list(json(js("type", "text/plain"), js("value", n->text)))));

	return ok(api_post(a, "/mail/send", mail));
}

const struct notify_hook notify_sendgrid = {
	.svc = { .name = "sendgrid",
	    .title = "SendGrid",
	    .site = "sendgrid.com",
	    .docs = "https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send",
	    .base = "https://api.sendgrid.com/v3",
	    .bearer = "SENDGRID_API_KEY",
	    .fault = { .text = "errors/0/message" },
	    .creds = { { "SENDGRID_API_KEY", "API key", SECRET, 0, NULL, NULL },
	        { "SENDGRID_TO", "addresses to send to", 0, 0, NULL, NULL },
	        { "SENDGRID_FROM", "sender, a verified one", 0, 0, NULL, NULL },
	        { "SENDGRID_FROM_NAME", "the sender's name", OPTIONAL, 0, NULL, NULL } },
	    .permissions = "Mail Send" },
	.send = send,
};
