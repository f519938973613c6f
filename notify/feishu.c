/* Feishu (Lark), a group's custom bot: open.feishu.cn/document/client-docs/bot-v3/add-custom-bot */
#include "../acme.h"

enum { MAX = 16000 }; /* 20 KB may the whole body have */

static int send(struct api *a, const struct notice *n)
{
	const char *key = cred(a, "FEISHU_SIGNING_KEY");
	const char *now = key ? fmt(a, "%lld", (long long)clock_now()) : NULL;
	/* What is signed is empty: time and secret are the key. */
	const char *sign = key ? hmac_b64(a, HASH_SHA256, fmt(a, "%s\n%s", now, key), "") : NULL;
	const char *text = notice_text(a, n, cred(a, "FEISHU_KEYWORD"), MAX);

	return ok(api_post(a, "",
	    json(js("timestamp", now), js("sign", sign), js("msg_type", "text"),
	        jo("content", json(js("text", text))))));
}

const struct notify_hook notify_feishu = {
	.svc = { .name = "feishu",
	    .title = "Feishu",
	    .site = "feishu.cn",
	    .docs = "https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot",
	    .base = "{FEISHU_WEBHOOK}",
	    .fault = { .code = "code", .ok = "code", .ok_value = "0" },
	    .creds = { { "FEISHU_WEBHOOK", "address of the bot's webhook", SECRET, 0, NULL, NULL },
	        { "FEISHU_KEYWORD", "keyword that the bot wants to see", OPTIONAL, 0, NULL, NULL },
	        { "FEISHU_SIGNING_KEY", "its signing secret", SECRET | OPTIONAL, 0, NULL,
	            NULL } } },
	.send = send,
};
