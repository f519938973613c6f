/* DNSPod (China), the API of tokens: forms in, JSON out, every HTTP status 200:
 * docs.dnspod.cn/api */
#include "../acme.h"

enum { LENGTH = 3000 }; /* records of a listing, at most */

/* Asks for an action. One that may find nothing is a probe. */
static struct reply *ask(struct api *a, const char *path, bool probe, const char *const *pairs)
{
	const char *token = fmt(a, "%s,%s", cred(a, "DP_Id"), cred(a, "DP_Key"));
	const char *common =
	    form_text(a, form("login_token", token, "format", "json", "lang", "en"));
	return api_send(a,
	    &(struct api_request){ .method = "POST",
	        .url = path,
	        .probe = probe,
	        .body = fmt(a, "%s&%s", common, form_text(a, pairs)),
	        .type = "application/x-www-form-urlencoded" });
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	const struct reply *r = ask(a, "/Domain.Info", true, form("domain", name));
	if (!r || r->missing)
		return found(r);
	t->zone_id = reply_str(a, r, "domain/id");
	return t->zone_id ? 1 : -1;
}

static const cJSON *records(struct api *a, const struct txt *t)
{
	const struct reply *r = ask(a, "/Record.List", true,
	    form("domain_id", t->zone_id, "sub_domain", sub_or(t, "@"), "record_type", "TXT",
	        "offset", "0", "length", fmt(a, "%d", LENGTH)));
	if (!r || r->missing)
		return r ? json_list(NULL) : NULL;
	return json_get(r->json, "records") ? json_get(r->json, "records") : json_list(NULL);
}

static int add(struct api *a, struct txt *t)
{
	return ok(ask(a, "/Record.Create", false,
	    form("domain_id", t->zone_id, "sub_domain", sub_or(t, "@"), "record_type", "TXT",
	        "record_line", "默认", "value", t->value)));
}

static int find(struct api *a, struct txt *t)
{
	return has_txt(records(a, t), t, "name", "value");
}

static int remove_one(struct api *a, const struct txt *t, const char *id)
{
	return ok(ask(a, "/Record.Remove", true, form("domain_id", t->zone_id, "record_id", id)));
}

static int rm(struct api *a, struct txt *t)
{
	return rm_txt(a, records(a, t), t, "name", "value", "id", remove_one);
}

const struct dns_driver dns_dp = {
	.svc = {
		.name = "dns_dp",
		.title = "DNSPod",
		.site = "dnspod.cn",
		.docs = "https://docs.dnspod.cn/api/",
		.base = "https://dnsapi.cn",
		/* 6, 7: a domain that is none, or another's; 8: no such domain or record; 10: no records;
		 * 13: not a domain of this account */
		.fault = { .text = "status/message", .code = "status/code", .ok = "status/code",
			.ok_value = "1", .exists = "104|already exist", .missing = "6|7|8|10|13|No records" },
		.creds = {
			{ "DP_Id", "id of the token", 0, 0, NULL, NULL },
			{ "DP_Key", "token", SECRET, 0, NULL, NULL },
		},
		.notes = "Tokens are made at https://console.dnspod.cn/account/token/token; the keys of Tencent "
		         "Cloud are for dns_tencent.",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
	.ttl = 600,
};
