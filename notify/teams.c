/* Microsoft Teams, a workflow's webhook that posts an Adaptive Card:
 * learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using */
#include "../acme.h"

enum { MAX = 20000 }; /* 28 KB may the whole message have */

/* A card's text is Markdown, a little of it: names become a list's items, whose lines follow each
 * other, while before a list must be an empty one. */
static const char *listed(struct api *a, const char *text)
{
	text = text_replace(api_arena(a), shorten(a, text, MAX), ":\n", ":\n\n");
	return text_replace(api_arena(a), text, "\n    ", "\n- ");
}

static cJSON *card(struct api *a, const struct notice *n, const char *color)
{
	return json(js("$schema", "http://adaptivecards.io/schemas/adaptive-card.json"),
	    js("type", "AdaptiveCard"), js("version", "1.2"),
	    jo("body",
	        json_list(json(js("type", "TextBlock"), js("size", "medium"),
	                      js("weight", "bolder"), js("color", color), jb("wrap", true),
	                      js("text", n->subject)),
	            json(js("type", "TextBlock"), jb("wrap", true),
	                js("text", listed(a, n->text))))));
}

static int send(struct api *a, const struct notice *n)
{
	static const char *const colors[] = {
		[NOTICE_GOOD] = "TEAMS_SUCCESS_COLOR",
		[NOTICE_ERROR] = "TEAMS_ERROR_COLOR",
		[NOTICE_SKIPPED] = "TEAMS_SKIP_COLOR",
	};
	const struct reply *r = api_post(a, "",
	    json(js("type", "message"),
	        jo("attachments",
	            json_list(json(js("contentType", "application/vnd.microsoft.card.adaptive"),
	                jo("content", card(a, n, cred(a, colors[n->kind]))))))));

	/* A connector of the old kind tells failures with status 200. */
	if (r && text_has_ci(r->body, "error"))
		return fail(a, "%s", text_safe(api_arena(a), r->body, 300));
	return ok(r);
}

const struct notify_hook notify_teams = {
	.svc = { .name = "teams",
	    .title = "Microsoft Teams",
	    .site = "teams.microsoft.com",
	    .docs =
	        "https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using",
	    .base = "{TEAMS_WEBHOOK_URL}",
	    .accept = "text/plain",
	    .fault = { .text = "error/message", .code = "error/code" },
	    .creds = { { "TEAMS_WEBHOOK_URL", "address of the webhook", SECRET, 0, NULL, NULL },
	        { "TEAMS_SUCCESS_COLOR", "color of good news", UNSAVED, 0, "Good", NULL },
	        { "TEAMS_ERROR_COLOR", "color of failures", UNSAVED, 0, "Attention", NULL },
	        { "TEAMS_SKIP_COLOR", "color of what was not due", UNSAVED, 0, "Accent", NULL } },
	    .notes = "Colors are those of Adaptive Cards: Good, Attention, Accent, Warning ..." },
	.send = send,
};
