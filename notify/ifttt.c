/* IFTTT webhooks: ifttt.com/maker_webhooks, help.ifttt.com/hc/en-us/articles/115010230347 */
#include "../acme.h"

/* A row's value, which must be a name that IFTTT passes on. */
static const char *key(struct api *a, const char *row)
{
	const char *name = cred(a, row);

	if (text_is(name, "value1") || text_is(name, "value2") || text_is(name, "value3"))
		return name;
	return fail_null(a, "%s is '%s', and must be value1, value2 or value3", row, name);
}

static int send(struct api *a, const struct notice *n)
{
	const char *subject = key(a, "IFTTT_SUBJECT_KEY"), *text = key(a, "IFTTT_CONTENT_KEY");
	const struct reply *r;

	if (!subject || !text)
		return -1;
	if (text_is(subject, text))
		return fail(a, "IFTTT_SUBJECT_KEY and IFTTT_CONTENT_KEY are both %s", text);
	if (!(r = api_post(a, "", json(js(subject, n->subject), js(text, n->text)))))
		return -1;
	return text_starts(r->body, "Congratulations")
	    ? 0
	    : fail(a, "%s", text_safe(api_arena(a), r->body, 300));
}

const struct notify_hook notify_ifttt = {
	.svc = { .name = "ifttt",
	    .title = "IFTTT",
	    .site = "ifttt.com",
	    .docs = "https://ifttt.com/maker_webhooks",
	    .base = "https://maker.ifttt.com/trigger/{IFTTT_EVENT_NAME}/with/key/{IFTTT_API_KEY}",
	    .accept = "text/plain",
	    .fault = { .text = "errors/0/message" },
	    .creds = { { "IFTTT_API_KEY", "key of the webhooks service", SECRET, 0, NULL, NULL },
	        { "IFTTT_EVENT_NAME", "name of the event", 0, 0, NULL, NULL },
	        { "IFTTT_SUBJECT_KEY", "value1, value2 or value3: the subject", 0, 0, "value1",
	            NULL },
	        { "IFTTT_CONTENT_KEY", "value1, value2 or value3: the text", 0, 0, "value2",
	            NULL } } },
	.send = send,
};
