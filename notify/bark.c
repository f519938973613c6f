/* Bark, pushes to iPhones: github.com/Finb/bark-server/blob/master/docs/API_V2.md */
#include "../acme.h"

enum { TITLE = 250, BODY = 2500 }; /* 4,096 bytes may a push have, of all that is said */

static int send(struct api *a, const struct notice *n)
{
	/* clang-format off */
	return ok(api_form(a, "", form(
	    "title", shorten(a, n->subject, TITLE),
	    "body", shorten(a, n->text, BODY),
	    "group", cred(a, "BARK_GROUP"),
	    "sound", cred(a, "BARK_SOUND"),
	    "level", cred(a, "BARK_LEVEL"),
	    "badge", cred(a, "BARK_BADGE"),
	    "automaticallyCopy", cred(a, "BARK_AUTOMATICALLYCOPY"),
	    "copy", cred(a, "BARK_COPY"),
	    "icon", cred(a, "BARK_ICON"),
	    "isArchive", cred(a, "BARK_ISARCHIVE"),
	    "url", cred(a, "BARK_URL"))));
	/* clang-format on */
}

const struct notify_hook notify_bark = {
	.svc = { .name = "bark",
	    .title = "Bark",
	    .site = "bark.day.app",
	    .docs = "https://bark.day.app/",
	    .base = "{BARK_API_URL}",
	    .fault = { .code = "code", .ok = "code", .ok_value = "200" },
	    .creds = { { "BARK_API_URL", "server and key of the device (https://api.day.app/KEY)",
	                   SECRET, 0, NULL, NULL },
	        { "BARK_GROUP", "group that messages are shown in", 0, 0, "ACME", NULL },
	        { "BARK_SOUND", "sound", OPTIONAL, 0, NULL, NULL },
	        { "BARK_LEVEL", "active, timeSensitive, passive or critical", OPTIONAL, 0, NULL,
	            NULL },
	        { "BARK_BADGE", "number at the app's icon", OPTIONAL, 0, NULL, NULL },
	        { "BARK_AUTOMATICALLYCOPY", "1: into the clipboard", OPTIONAL, 0, NULL, NULL },
	        { "BARK_COPY", "what goes there instead of the text", OPTIONAL, 0, NULL, NULL },
	        { "BARK_ICON", "address of an icon", OPTIONAL, 0, NULL, NULL },
	        { "BARK_ISARCHIVE", "1: kept by the app", OPTIONAL, 0, NULL, NULL },
	        { "BARK_URL", "address that a tap opens", OPTIONAL, 0, NULL, NULL } } },
	.send = send,
};
