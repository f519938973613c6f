/* netcup CCP API: one URL, an action in JSON, a session of fifteen minutes; its status is always
 * 200: helpcenter.netcup.com/en/wiki/general/our-api */
#include "../acme.h"

enum { SESSION = 600 }; /* seconds that one is used */

static int login(struct api *a)
{
	const cJSON *call = json(js("action", "login"),
	    jo("param",
	        json(js("apikey", cred(a, "NC_Apikey")), js("apipassword", cred(a, "NC_Apipw")),
	            js("customernumber", cred(a, "NC_CID")))));
	const struct reply *r = api_send(a,
	    &(struct api_request){ .method = "POST",
	        .no_sign = true,
	        .body = json_text(api_arena(a), call) });
	const char *session = r ? reply_str(a, r, "responsedata/apisessionid") : NULL;
	if (!session)
		return -1;
	api_keep_secret(a, "session", session);
	api_keep(a, "since", fmt(a, "%lld", (long long)clock_now()));
	return 0;
}

/* Who asks, in which session, stands in the parameters of each action. */
static int sign(struct api *a, struct api_request *req)
{
	long long since;
	cJSON *call = json_parse(api_arena(a), req->body, req->body_len);
	cJSON *param = cJSON_GetObjectItem(call, "param");
	if (text_number(api_kept(a, "since"), 0, INT64_MAX, &since) ||
	    (clock_now() - since > SESSION && login(a)))
		return -1;
	json_add(param, js("apikey", cred(a, "NC_Apikey")));
	json_add(param, js("customernumber", cred(a, "NC_CID")));
	json_add(param, js("apisessionid", api_kept(a, "session")));
	req->body = json_text(api_arena(a), call);
	req->body_len = strlen(req->body);
	return 0;
}

static const struct reply *act(struct api *a, const char *action, cJSON *param, bool probe)
{
	return api_send(a,
	    &(struct api_request){ .method = "POST",
	        .probe = probe,
	        .body = json_text(api_arena(a), json(js("action", action), jo("param", param))) });
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	return found(act(a, "infoDnsZone", json(js("domainname", name)), true));
}

/* Of the zone's records only those that are named change. */
static int update(struct api *a, const struct txt *t, cJSON *list)
{
	return ok(act(a, "updateDnsRecords",
	    json(js("domainname", t->zone), jo("dnsrecordset", json(jo("dnsrecords", list)))),
	    false));
}

static const struct reply *records(struct api *a, const struct txt *t)
{
	return act(a, "infoDnsRecords", json(js("domainname", t->zone)), true);
}

static cJSON *record(const struct txt *t, const char *id, const char *host, bool away)
{
	return json(js("id", id), js("hostname", host), js("type", "TXT"), js("priority", "0"),
	    js("destination", t->value), jb("deleterecord", away), js("state", "yes"));
}

static int add(struct api *a, struct txt *t)
{
	return update(a, t, json_list(record(t, "", sub_or(t, "@"), false)));
}

static int find(struct api *a, struct txt *t)
{
	const struct reply *r = records(a, t);
	const cJSON *list = r ? json_get(r->json, "responsedata/dnsrecords") : NULL;
	return r ? find_txt(list, NULL, t, "hostname", "destination") != NULL : -1;
}

static int rm(struct api *a, struct txt *t)
{
	const struct reply *r = records(a, t);
	const cJSON *list = r ? json_get(r->json, "responsedata/dnsrecords") : NULL, *rec = NULL;
	cJSON *away = json_list(NULL);
	while ((rec = find_txt(list, rec, t, "hostname", "destination")))
		json_add(away, record(t, json_str(rec, "id"), json_str(rec, "hostname"), true));
	return !r ? -1 : json_count(away, "") ? update(a, t, away) : 0;
}

const struct dns_driver dns_netcup = {
	.svc = {
		.name = "dns_netcup",
		.title = "netcup",
		.site = "netcup.de",
		.docs = "https://helpcenter.netcup.com/en/wiki/general/our-api",
		.base = "https://ccp.netcup.net/run/webservice/servers/endpoint.php?JSON",
		.fault = { .text = "longmessage|shortmessage", .code = "statuscode", .ok = "status",
			.ok_value = "success|warning|pending",
			.missing = "5028|5029|field domainname|could not be found" },
		.creds = {
			{ "NC_CID", "customer number", 0, 0, NULL, NULL },
			{ "NC_Apikey", "API key", SECRET, 0, NULL, NULL },
			{ "NC_Apipw", "API password", SECRET, 0, NULL, NULL },
		},
		.login = login,
		.sign = sign,
		.permissions = "an API key and API password of the customer control panel",
		.notes = "Changes reach the name servers after five to fifteen minutes.",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
};
