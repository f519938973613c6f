/* Alibaba Cloud's signature of its older, RPC style APIs (HMAC-SHA1 over the sorted parameters, those
 * of the query and those of a form): alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism */
#include <string.h>

#include "api.h"
#include "arena.h"
#include "b64.h"
#include "clock.h"
#include "rand.h"
#include "sign.h"
#include "text.h"

int sign_aliyun(struct api *api, struct api_request *req, const char *key_id, const char *secret,
    const char *version)
{
	struct arena *a = api_arena(api);
	const size_t path = strcspn(req->url, "?");
	unsigned char nonce[16];

	rand_bytes(nonce, sizeof nonce);
	const char *common = form_text(api,
	    form("AccessKeyId", key_id, "Format", "JSON", "SignatureMethod", "HMAC-SHA1",
	        "SignatureNonce", hex_encode(a, nonce, sizeof nonce), "SignatureVersion", "1.0",
	        "Timestamp", clock_rfc3339(a, clock_now()), "Version", version));
	const char *given = req->url[path] ? req->url + path + 1 : "";
	const char *query = sign_canonical_query(a, fmt(a, "%s&%s", given, common));
	const char *all = text_is(req->type, API_FORM)
	    ? sign_canonical_query(a, fmt(a, "%s&%s", query, req->body))
	    : query;
	const char *text = fmt(a, "%s&%%2F&%s", req->method, text_url_escape(a, all));
	const char *signature = hmac_b64(api, HASH_SHA1, fmt(a, "%s&", secret), text);
	req->url = fmt(a, "%.*s?%s&Signature=%s", (int)path, req->url, query,
	    text_url_escape(a, signature));
	return 0;
}
