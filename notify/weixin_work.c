/* WeCom (Weixin Work), a group's robot: developer.work.weixin.qq.com/document/path/91770 */
#include "../acme.h"

enum { MAX = 2048 };

static int send(struct api *a, const struct notice *n)
{
	const char *text = notice_text(a, n, cred(a, "WEIXIN_WORK_KEYWORD"), MAX);

	return ok(api_post(a, "",
	    json(js("msgtype", "text"), jo("text", json(js("content", text))))));
}

const struct notify_hook notify_weixin_work = {
	.svc = { .name = "weixin_work",
	    .title = "WeCom",
	    .site = "work.weixin.qq.com",
	    .docs = "https://developer.work.weixin.qq.com/document/path/91770",
	    .base = "{WEIXIN_WORK_WEBHOOK}",
	    .fault = { .text = "errmsg", .code = "errcode", .ok = "errcode", .ok_value = "0" },
	    .creds = { { "WEIXIN_WORK_WEBHOOK", "address of the robot's webhook", SECRET, 0, NULL,
	                   NULL },
	        { "WEIXIN_WORK_KEYWORD", "keyword at the head of the message", OPTIONAL, 0, NULL,
	            NULL } } },
	.send = send,
};
