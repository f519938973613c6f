/* OneBot 11 (CQHTTP), messages to a QQ user: github.com/botuniverse/onebot-11, api/public.md */
#include "../acme.h"

enum { MAX = 4000 };

/* acme.sh has this saved for a server without a token. */
static const char none[] = "__ACME_SH_TOKEN_EMPTY__";

static int send(struct api *a, const struct notice *n)
{
	const char *token = cred(a, "CQHTTP_TOKEN"), *user = cred(a, "CQHTTP_USER");
	const char *text = shorten(a,
	    fmt(a, "%s %s\n%s", cred(a, "CQHTTP_CUSTOM_MSGHEAD"), n->subject, n->text), MAX);
	long long id;

	if (text_number(user, 1, INT64_MAX, &id))
		return fail(a, "CQHTTP_USER is '%s', which is no QQ number", user);
	if (token && !text_is(token, none))
		api_keep_secret(a, "token", token);
	return ok(api_post(a, "/send_private_msg",
	    json(jn("user_id", id), js("message", text), jb("auto_escape", true))));
}

const struct notify_hook notify_cqhttp = {
	.svc = { .name = "cqhttp",
	    .title = "CQHTTP, OneBot for QQ",
	    .site = "onebot.dev",
	    .docs = "https://github.com/botuniverse/onebot-11",
	    .base = "{CQHTTP_APIROOT}",
	    .bearer = "token",
	    .fault = { .text = "wording|message|msg",
	        .code = "retcode",
	        .ok = "retcode",
	        .ok_value = "0" },
	    .creds = { { "CQHTTP_APIROOT", "address of the server", 0, 0, NULL, NULL },
	        { "CQHTTP_USER", "QQ number of the receiver", 0, 0, NULL, NULL },
	        { "CQHTTP_TOKEN", "access token", SECRET | OPTIONAL, 0, NULL, NULL },
	        { "CQHTTP_CUSTOM_MSGHEAD", "how messages begin", 0, 0,
	            "A message from acme.sh:", NULL } } },
	.send = send,
};
