/* All-Inkl, KAS: SOAP calls that hold JSON and answer with lists of keys and values:
 * kasapi.kasserver.com/dokumentation */
#include "../acme.h"

static struct reply *soap(struct api *a, const char *function, const cJSON *params)
{
	struct buf b = buf_new(api_arena(a), 0);
	buf_fmt(&b,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<SOAP-ENV:Envelope "
	    "xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\" "
	    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
	    "xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" xmlns:ns1=\"urn:xmethods%s\">"
	    "<SOAP-ENV:Body><ns1:%s><Params xsi:type=\"xsd:string\">%s</Params></ns1:%s>"
	    "</SOAP-ENV:Body></SOAP-ENV:Envelope>",
	    function, function, xml_escape(api_arena(a), json_text(api_arena(a), params)),
	    function);
	struct api_request req = { .method = "POST",
		.url = fmt(a, "/%s.php", function),
		.body = b.data,
		.type = "text/xml; charset=utf-8" };
	api_header(&req, "SOAPAction", fmt(a, "\"urn:xmethods%s#%s\"", function, function));
	return api_send(a, &req);
}

static int login(struct api *a)
{
	const struct reply *r = soap(a, "KasAuth",
	    json(js("kas_login", cred(a, "KAS_Login")),
	        js("kas_auth_type", cred(a, "KAS_Authtype")),
	        js("kas_auth_data", cred(a, "KAS_Authdata")), jn("session_lifetime", 1800),
	        js("session_update_lifetime", "Y")));
	const char *session = r ? reply_str(a, r, "Body/*/return") : NULL;
	if (!session)
		return -1;
	api_keep_secret(a, "session", session);
	return 0;
}

/* <item><key>k</key><value>v</value></item>... is an object, other <item>s are an array. */
static cJSON *value_of(const char *name, const struct xml *x)
{
	const struct xml *item = x ? xml_get(x, "item") : NULL;
	if (!item)
		return js(name, x ? x->text : "");
	cJSON *value = xml_get(item, "key") ? json(NULL) : json_list(NULL);
	for (; item; item = xml_next(item)) {
		const char *key = xml_str(item, "key");
		json_add(value, key ? value_of(key, xml_get(item, "value")) : value_of(NULL, item));
	}
	return jo(name, value);
}

/* The answer of an action, with what it asks for in Response/ReturnInfo. */
static const cJSON *call(struct api *a, const char *action, cJSON *params)
{
	if (!api_kept(a, "session") && login(a))
		return NULL;
	const struct reply *r = soap(a, "KasApi",
	    json(js("kas_login", cred(a, "KAS_Login")), js("kas_auth_type", "session"),
	        js("kas_auth_data", api_kept(a, "session")), js("kas_action", action),
	        jo("KasRequestParams", params)));
	return r ? value_of("", xml_get(r->xml, "Body/*/return")) : NULL;
}

/* What a listing has, fetched once a conversation, is kept as text. */
static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	const char *kept = api_kept(a, "domains");
	if (!kept) {
		const cJSON *domains = call(a, "get_domains", json(NULL));
		if (!domains)
			return -1;
		const struct strs names =
		    texts_of(a, json_get(domains, "Response/ReturnInfo"), "domain_name");
		kept = text_join(api_arena(a), names, " ");
		api_keep(a, "domains", kept);
	}
	return strs_has(text_split(api_arena(a), kept, " "), name);
}

static const cJSON *records(struct api *a, const struct txt *t)
{
	return call(a, "get_dns_settings", json(js("zone_host", fmt(a, "%s.", t->zone))));
}

/* The next record of ours; its members begin with "record_". */
static const cJSON *next(const cJSON *answer, const cJSON *after, const struct txt *t)
{
	const cJSON *list = json_get(answer, "Response/ReturnInfo");
	const cJSON *r = after;
	do
		r = find_txt(list, r, t, "record_name", "record_data");
	while (r && !text_is_ci(json_str(r, "record_type"), "TXT"));
	return r;
}

static int add(struct api *a, struct txt *t)
{
	return call(a, "add_dns_settings",
	           json(js("record_name", t->sub), js("record_type", "TXT"),
	               js("record_data", t->value), js("record_aux", "0"),
	               js("zone_host", fmt(a, "%s.", t->zone))))
	    ? 0
	    : -1;
}

static int find(struct api *a, struct txt *t)
{
	const cJSON *answer = records(a, t);
	return answer ? next(answer, NULL, t) != NULL : -1;
}

static int rm(struct api *a, struct txt *t)
{
	const cJSON *rec = NULL, *answer = records(a, t);
	while ((rec = next(answer, rec, t))) {
		const char *id = json_str(rec, "record_id");
		if (!id)
			return fail(a, "a listed record has no record_id");
		if (!call(a, "delete_dns_settings", json(js("record_id", id))))
			return -1;
	}
	return answer ? 0 : -1;
}

const struct dns_driver dns_kas = {
	.svc = {
		.name = "dns_kas",
		.title = "All-Inkl KAS",
		.site = "all-inkl.com",
		.docs = "https://kasapi.kasserver.com/dokumentation/",
		.base = "https://kasapi.kasserver.com/soap",
		.accept = "text/xml",
		.fault = { .text = "Body/Fault/faultstring", .code = "Body/Fault/faultstring",
			.ok = "Body/*/return", .exists = "record_already_exists",
			.busy = "flood_protection" },
		.creds = {
			{ "KAS_Login", "KAS login", 0, 0, NULL, NULL },
			{ "KAS_Authtype", "how it is authorised: plain", 0, 0, "plain", NULL },
			{ "KAS_Authdata", "password", SECRET, 0, NULL, NULL },
		},
		.pause_ms = 2500,
		.notes = "The service asks for a pause between calls, so this takes its time.",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
};
