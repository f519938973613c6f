/* ntfy: docs.ntfy.sh/publish/#publish-as-json */
#include "../acme.h"

enum { TITLE = 250, MAX = 4000 }; /* what is longer than 4,096 bytes becomes an attachment */

static int send(struct api *a, const struct notice *n)
{
	static const struct {
		int priority;     /* 3 is the usual one */
		const char *icon; /* docs.ntfy.sh/emojis */
	} kinds[] = {
		[NOTICE_GOOD] = { 3, "white_check_mark" },
		[NOTICE_ERROR] = { 4, "warning" },
		[NOTICE_SKIPPED] = { 2, "fast_forward" },
	};

	return ok(api_post(a, "/",
	    json(js("topic", cred(a, "NTFY_TOPIC")), js("title", shorten(a, n->subject, TITLE)),
	        js("message", shorten(a, n->text, MAX)), jn("priority", kinds[n->kind].priority),
	        jo("tags", json_list(js(NULL, kinds[n->kind].icon))))));
}

const struct notify_hook notify_ntfy = {
	.svc = { .name = "ntfy",
	    .title = "ntfy",
	    .site = "ntfy.sh",
	    .docs = "https://docs.ntfy.sh/publish/",
	    .base = "{NTFY_URL}",
	    .bearer = "NTFY_TOKEN",
	    .fault = { .text = "error", .code = "code", .ok = "id" },
	    .creds = { { "NTFY_TOPIC", "topic, to be kept to oneself if all may read it", 0, 0,
	                   NULL, NULL },
	        { "NTFY_URL", "address of the server", 0, 0, "https://ntfy.sh", NULL },
	        { "NTFY_TOKEN", "access token (tk_...)", SECRET | OPTIONAL, 0, NULL, NULL } } },
	.send = send,
};
