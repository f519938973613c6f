/* DingTalk, a group's custom robot: open.dingtalk.com/document/robots/custom-robot-access */
#include "../acme.h"

enum { MAX = 16000 }; /* 20,000 bytes may the whole body have */

/* A robot may want its requests signed: with the time in milliseconds, in the query. */
static const char *signature(struct api *a)
{
	const char *key = cred(a, "DINGTALK_SIGNING_KEY");
	const char *now = fmt(a, "%lld000", (long long)clock_now());

	return key ? fmt(a, "&timestamp=%s&sign=%s", now,
	                 escape(a, hmac_b64(a, HASH_SHA256, key, fmt(a, "%s\n%s", now, key))))
	           : "";
}

static int send(struct api *a, const struct notice *n)
{
	const char *text = notice_text(a, n, cred(a, "DINGTALK_KEYWORD"), MAX);

	return ok(api_post(a, signature(a),
	    json(js("msgtype", "text"), jo("text", json(js("content", text))))));
}

const struct notify_hook notify_dingtalk = {
	.svc = { .name = "dingtalk",
	    .title = "DingTalk",
	    .site = "dingtalk.com",
	    .docs = "https://open.dingtalk.com/document/robots/custom-robot-access",
	    .base = "{DINGTALK_WEBHOOK}",
	    .fault = { .text = "errmsg", .code = "errcode", .ok = "errcode", .ok_value = "0" },
	    .creds = { { "DINGTALK_WEBHOOK", "address of the robot's webhook", SECRET, 0, NULL,
	                   NULL },
	        { "DINGTALK_KEYWORD", "keyword that the robot wants to see", OPTIONAL, 0, NULL,
	            NULL },
	        { "DINGTALK_SIGNING_KEY", "its signing secret (SEC...)", SECRET | OPTIONAL, 0, NULL,
	            NULL } } },
	.send = send,
};
