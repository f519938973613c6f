/* ClouDNS HTTP API. Whatever happens, the answer is a 200 with a status in it:
 * cloudns.net/wiki/article/41 */
#include "../acme.h"

static struct reply *call(struct api *a, const char *method, const char *name,
    const char *const *pairs)
{
	const bool post = text_is(method, "POST");
	const char *url = fmt(a, "/%s.json", name), *text = fmt(a, "%s&%s", form_text(a, form(
	    "sub-auth-id", cred(a, "CLOUDNS_SUB_AUTH_ID"), "auth-id", cred(a, "CLOUDNS_AUTH_ID"),
	    "auth-password", cred(a, "CLOUDNS_AUTH_PASSWORD"))), form_text(a, pairs));
	struct reply *r = api_send(a, &(struct api_request){ .method = method,
	    .url = post ? url : fmt(a, "%s?%s", url, text), .body = post ? text : NULL,
	    .type = "application/x-www-form-urlencoded" });
	if (!r || !text_is_ci(json_str(r->json, "status"), "Failed"))
		return r;
	const char *why = json_str(r->json, "statusDescription");
	if (text_has_ci(why ? why : "", "authentication")) {
		fail(a, "%s", why);
		remedy(a, "check CLOUDNS_AUTH_ID or CLOUDNS_SUB_AUTH_ID, and CLOUDNS_AUTH_PASSWORD");
		return NULL;
	}
}
