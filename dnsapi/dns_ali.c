/* Alibaba Cloud DNS (Alidns), API of 2015-01-09, RPC style: everything is in the query.
 * alibabacloud.com/help/en/dns/api-alidns-2015-01-09-overview */
#include "../acme.h"

enum { PAGE = 500, TRIES = 5, BUSY_MS = 2000 };

static int sign(struct api *a, struct api_request *req)
{
	return sign_aliyun(a, req, cred(a, "Ali_Key"), cred(a, "Ali_Secret"), "2015-01-09");
}

/* A wrong key has status 404 too: the code tells what is not there. */
static int zone(struct api *a, struct txt *t, const char *name)
{
	const struct api_request ask = { .any_status = true,
		.url = query(a, "Action", "DescribeDomainRecords", "DomainName", name, "PageSize",
		    "1") };
	(void)t;
	for (int i = 0;; i++) {
		const struct reply *r = api_send(a, &ask);
		if (!r)
			return -1;
		if (r->status == 200 && json_get(r->json, "PageNumber"))
			return 1;
		const char *code = json_str(r->json, "Code"), *text = json_str(r->json, "Message");
		code = code ? code : "";
		if (text_starts(code, "InvalidDomainName") || text_starts(code, "Forbidden") ||
		    text_is(code, "IncorrectDomainUser"))
			return 0;
		if (!text_starts(code, "Throttling") || i == TRIES) {
			arena_error(api_arena(a))->code = *code ? code : NULL;
			fail(a, "%d %s", r->status, text ? text : "the answer is not as expected");
			return remedy(a, "check Ali_Key and Ali_Secret");
		}
		if (api_wait(a, BUSY_MS))
			return -1;
	}
}

static int add(struct api *a, struct txt *t)
{
	const char *path = query(a, "Action", "AddDomainRecord", "DomainName", t->zone, "RR",
	    sub_or(t, "@"), "Type", "TXT", "Value", t->value);
	return ok(api_send(a, &(struct api_request){ .method = "GET", .url = path }));
}

/* Filters by key word find parts of names too. */
static int rm(struct api *a, struct txt *t)
{
	const char *path = query(a, "Action", "DescribeDomainRecords", "DomainName", t->zone,
	    "RRKeyWord", sub_or(t, "@"), "TypeKeyWord", "TXT");
	const cJSON *rec = NULL,
	            *list = api_pages(a,
	                &(struct pages){ .path = path,
	                    .items = "DomainRecords/Record",
	                    .size = "PageSize",
	                    .per_page = PAGE,
	                    .page = "PageNumber",
	                    .total = "TotalCount",
	                    .fresh = true });
	if (!list)
		return -1;
	while ((rec = find_txt(list, rec, t, "RR", "Value")))
		if (text_is(json_str(rec, "Type"), "TXT") &&
		    !api_probe(a,
		        query(a, "Action", "DeleteDomainRecord", "RecordId",
		            json_str(rec, "RecordId"))))
			return -1;
	return 0;
}

const struct dns_driver dns_ali = {
	.svc = {
		.name = "dns_ali",
		.title = "Alibaba Cloud DNS",
		.site = "alibabacloud.com",
		.docs = "https://www.alibabacloud.com/help/en/dns/api-alidns-2015-01-09-overview",
		.base = "https://alidns.aliyuncs.com/",
		.fault = { .text = "Message", .code = "Code", .exists = "DomainRecordDuplicate",
			.missing = "DomainRecordNotBelongToUser|InvalidRecordId.NotFound", .busy = "Throttling.User|Throttling" },
		.creds = {
			{ "Ali_Key", "AccessKey id", 0, 0, NULL, NULL },
			{ "Ali_Secret", "AccessKey secret", SECRET, 0, NULL, NULL },
		},
		.sign = sign,
		.permissions = "AliyunDNSFullAccess, or alidns: DescribeDomainRecords, AddDomainRecord, "
		               "DeleteDomainRecord",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
};
