/* Azure DNS, REST API of 2017-09-01, as a service principal or the machine's managed identity. A TXT
 * set is read, changed and written back as a whole: learn.microsoft.com/rest/api/dns */
#include "../acme.h"

#define VERSION "api-version=2017-09-01"
enum { NEAR = 10 }; /* seconds for an answer of the machine's own services */

/* --- who we are ------------------------------------------------------------------------------- */
static const struct reply *ask_machine(struct api *a)
{
	static const char resource[] = "https://management.azure.com/";
	const char *service = cred(a, "IDENTITY_ENDPOINT"); /* in App Service and its like */
	struct api_request req = { .no_auth = true, .seconds = NEAR };
	api_step(a, "asking this machine for its identity");
	if (service) {
		req.url = fmt(a, "%s%s", service,
		    query(a, "resource", resource, "api-version", "2019-08-01"));
		api_header(&req, "X-IDENTITY-HEADER", cred(a, "IDENTITY_HEADER"));
	} else {
		req.url = fmt(a, "http://169.254.169.254/metadata/identity/oauth2/token%s",
		    query(a, "api-version", "2018-02-01", "resource", resource));
		api_header(&req, "Metadata", "true");
	}
	return api_send(a, &req);
}

static const struct reply *ask_tenant(struct api *a, const char *tenant)
{
	return api_send(a,
	    &(struct api_request){ .method = "POST",
	        .url =
	            fmt(a, "https://login.microsoftonline.com/%s/oauth2/token", escape(a, tenant)),
	        .type = "application/x-www-form-urlencoded",
	        .no_auth = true,
	        .body = form_text(a,
	            form("resource", "https://management.core.windows.net/", "client_id",
	                cred(a, "AZUREDNS_APPID"), "client_secret",
	                cred(a, "AZUREDNS_CLIENTSECRET"), "grant_type", "client_credentials")) });
}

static int login(struct api *a)
{
	const char *tenant = cred(a, "AZUREDNS_TENANTID"), *token = cred(a, "AZUREDNS_BEARERTOKEN");
	const bool machine = text_yes(cred(a, "AZUREDNS_MANAGEDIDENTITY"));
	if (!cred(a, "AZUREDNS_SUBSCRIPTIONID"))
		return fail(a, "set AZUREDNS_SUBSCRIPTIONID (id of the subscription)");
	if (!machine && !tenant && !token) {
		fail(a, "no credentials are given");
		return remedy(a,
		    "set AZUREDNS_TENANTID, AZUREDNS_APPID and AZUREDNS_CLIENTSECRET, or "
		    "AZUREDNS_MANAGEDIDENTITY=true, or AZUREDNS_BEARERTOKEN");
	}
	if (machine || tenant) {
		const struct reply *r = machine ? ask_machine(a) : ask_tenant(a, tenant);
		token = r ? reply_str(a, r, "access_token") : NULL;
	}
	if (token)
		api_keep_secret(a, "token", token);
	return token ? 0 : -1;
}

/* --- zones and records ------------------------------------------------------------------------ */
static int zone(struct api *a, struct txt *t, const char *name)
{
	const char *path =
	    fmt(a, "/subscriptions/%s/providers/Microsoft.Network/dnszones?$top=500&" VERSION,
	        escape(a, cred(a, "AZUREDNS_SUBSCRIPTIONID")));
	const cJSON *z,
	    *zones =
	        api_pages(a, &(struct pages){ .path = path, .items = "value", .next = "nextLink" });
	cJSON_ArrayForEach(z, zones) {
		const char *id = json_str(z, "id");
		if (id && same_name(json_str(z, "name"), name) &&
		    !text_is_ci(json_str(z, "properties/zoneType"), "Private")) {
			t->zone_id = id; /* a path, from "/subscriptions/" on */
			return 1;
		}
	}
	return zones ? 0 : -1;
}

/* A record's text may stand in pieces: {"value": ["abc", "def"]}. */
static bool is_ours(struct api *a, const cJSON *record, const char *value)
{
	return text_is(text_join(api_arena(a), texts_of(a, json_get(record, "value"), ""), ""),
	    value);
}

static int change(struct api *a, const struct txt *t, bool with_ours)
{
	const char *path = fmt(a, "%s/TXT/%s?" VERSION, t->zone_id, sub_or(t, "@"));
	const struct reply *r = api_probe(a, path);
	if (!r)
		return -1;
	cJSON *records = json_list(NULL);
	bool there = false;
	const cJSON *rec, *set = r->missing ? NULL : json_get(r->json, "properties");
	const cJSON *list = json_get(set, "TXTRecords"), *metadata = json_get(set, "metadata");
	cJSON_ArrayForEach(rec, list) {
		const bool ours = is_ours(a, rec, t->value);
		there |= ours;
		if (!ours)
			json_add(records, cJSON_Duplicate(rec, true));
	}
	if (there == with_ours)
		return 0;
	if (with_ours)
		json_add(records, json(jo("value", json_list(js(NULL, t->value)))));
	else if (!json_count(records, ""))
		return ok(api_delete(a, path));
	const cJSON *body = json(jo("properties",
	    json(jo("metadata", cJSON_IsObject(metadata) ? cJSON_Duplicate(metadata, true) : NULL),
	        jn("TTL", json_int(set, "TTL", t->ttl)), jo("TXTRecords", records))));
	return ok(api_put(a, path, body));
}

static int add(struct api *a, struct txt *t)
{
	return change(a, t, true);
}

static int rm(struct api *a, struct txt *t)
{
	return change(a, t, false);
}

const struct dns_driver dns_azure = {
	.svc = {
		.name = "dns_azure",
		.title = "Azure DNS",
		.site = "azure.microsoft.com/products/dns",
		.docs = "https://learn.microsoft.com/en-us/rest/api/dns/",
		.base = "https://management.azure.com",
		.bearer = "token",
		.fault = { .text = "error/message|error_description|message", .code = "error/code|code|error" },
		.creds = {
			{ "AZUREDNS_SUBSCRIPTIONID", "id of the subscription", 0, 0, NULL, NULL },
			{ "AZUREDNS_MANAGEDIDENTITY", "true: use this machine's managed identity", OPTIONAL, 0,
				NULL, NULL },
			{ "IDENTITY_ENDPOINT", "set by App Service and its like", OPTIONAL | UNSAVED, 0, NULL, NULL },
			{ "IDENTITY_HEADER", "set by App Service and its like", SECRET | OPTIONAL | UNSAVED, 0, NULL,
				NULL },
			{ "AZUREDNS_TENANTID", "id of the tenant (directory)", 0, 1, NULL, NULL },
			{ "AZUREDNS_APPID", "id of the application (client)", 0, 1, NULL, NULL },
			{ "AZUREDNS_CLIENTSECRET", "its secret", SECRET, 1, NULL, NULL },
			{ "AZUREDNS_BEARERTOKEN", "access token", SECRET, 2, NULL, NULL },
		},
		.keyless = true,
		.login = login,
		.permissions = "role DNS Zone Contributor",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.ttl = 10,
};
