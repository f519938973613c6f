/* Tencent Cloud DNSPod, API of 2021-03-23 signed by TC3-HMAC-SHA256: cloud.tencent.com/document/api/1427.
 * Errors come with status 200 too. */
#include "../acme.h"

enum { TRIES = 5, BUSY_MS = 2000 };

static int sign(struct api *a, struct api_request *req)
{
	return sign_tc3(a, req, cred(a, "Tencent_SecretId"), cred(a, "Tencent_SecretKey"), "dnspod",
	    api_kept(a, "action"), "2021-03-23", NULL);
}

static const char *error_of(const struct reply *r)
{
	return json_str(r->json, "Response/Error/Code");
}

/* An error is returned like an answer when its code has one of the words. */
static const struct reply *call(struct api *a, const char *action, const cJSON *body,
    const char *words)
{
	api_keep(a, "action", action);
	for (int i = 0; i < TRIES; i++) {
		const struct reply *r = api_post(a, "/", body);
		const char *code = r ? error_of(r) : NULL;
		struct strs list = text_split(api_arena(a), words, "|");
		if (!r || (!code && json_get(r->json, "Response")))
			return r;
		if (!code)
			return fail_null(a, "the answer is not as expected (no Response in it)");
		for (size_t k = 0; k < list.n; k++)
			if (text_has_ci(code, list.v[k]))
				return r;
		if (!text_starts(code, "RequestLimitExceeded") || i == TRIES - 1) {
			const char *text = json_str(r->json, "Response/Error/Message");
			arena_error(api_arena(a))->code = code;
			return fail_null(a, "%s", text ? text : "refused");
		}
		if (api_wait(a, BUSY_MS << i))
			return NULL;
	}
	return NULL;
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	const struct reply *r =
	    call(a, "DescribeRecordList", json(js("Domain", name), jn("Limit", 1)),
	        "Domain|NoDataOfRecord|UnauthorizedOperation");
	const char *code = r ? error_of(r) : NULL;
	if (!r)
		return -1;
	return !code || text_has_ci(code, "NoDataOfRecord");
}

/* "DomainRecordExist" is the code of a record that is there already. */
static int add(struct api *a, struct txt *t)
{
	return ok(call(a, "CreateRecord",
	    json(js("Domain", t->zone), js("SubDomain", sub_or(t, "@")), js("RecordType", "TXT"),
	        js("RecordLine", "0"), js("RecordLineId", "0"), js("Value", t->value),
	        jn("TTL", t->ttl)),
	    "DomainRecordExist"));
}

static int rm(struct api *a, struct txt *t)
{
	const struct reply *r = call(a, "DescribeRecordFilterList",
	    json(js("Domain", t->zone), js("SubDomain", sub_or(t, "@")),
	        js("RecordValue", t->value)),
	    "NoDataOfRecord");
	const cJSON *rec = NULL, *list = r ? json_get(r->json, "Response/RecordList") : NULL;
	while ((rec = find_txt(list, rec, t, "Name", "Value")))
		if (text_is(json_str(rec, "Type"), "TXT") &&
		    !call(a, "DeleteRecord",
		        json(js("Domain", t->zone), jn("RecordId", json_int(rec, "RecordId", 0))),
		        "NoDataOfRecord|RecordIdInvalid"))
			return -1;
	return ok(r);
}

const struct dns_driver dns_tencent = {
	.svc = {
		.name = "dns_tencent",
		.title = "Tencent Cloud DNSPod",
		.site = "cloud.tencent.com",
		.docs = "https://cloud.tencent.com/document/api/1427/56193",
		.base = "https://dnspod.tencentcloudapi.com",
		.fault = { .text = "Response/Error/Message", .code = "Response/Error/Code" },
		.creds = {
			{ "Tencent_SecretId", "SecretId of an API key", 0, 0, NULL, NULL },
			{ "Tencent_SecretKey", "its SecretKey", SECRET, 0, NULL, NULL },
		},
		.sign = sign,
		.permissions = "QcloudDNSPodFullAccess, or dnspod: DescribeRecordList, "
		               "DescribeRecordFilterList, CreateRecord, DeleteRecord",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.ttl = 600,
};
