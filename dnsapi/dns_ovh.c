/* OVHcloud API 1.0 and its sisters, signed with an application's and a user's (consumer) key:
 * help.ovhcloud.com/csm/en-api-getting-started-ovhcloud-api */
#include "../acme.h"

static const char *const rights[][2] = {
	{ "GET", "/auth/time" },
	{ "GET", "/domain" },
	{ "GET", "/domain/zone/*" },
	{ "GET", "/domain/zone/*/record" },
	{ "POST", "/domain/zone/*/record" },
	{ "POST", "/domain/zone/*/refresh" },
	{ "PUT", "/domain/zone/*/record/*" },
	{ "DELETE", "/domain/zone/*/record/*" },
};

static int choose_endpoint(struct api *a)
{
	static const char *const hosts[][2] = {
		{ "ovheu", "eu.api.ovh.com" },
		{ "ovhus", "api.us.ovhcloud.com" },
		{ "ovhca", "ca.api.ovh.com" },
		{ "kimsufieu", "eu.api.kimsufi.com" },
		{ "kimsufica", "ca.api.kimsufi.com" },
		{ "soyoustarteu", "eu.api.soyoustart.com" },
		{ "soyoustartca", "ca.api.soyoustart.com" },
	};
	const char *given = cred(a, "OVH_END_POINT");
	const char *name = text_replace(api_arena(a), given, "-", "");
	if (text_starts_ci(given, "https://")) {
		api_base(a, fmt(a, "%.*s", (int)strlen(given) - text_ends(given, "/"), given));
		return 0;
	}
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
		if (text_is_ci(name, hosts[i][0])) {
			api_base(a, fmt(a, "https://%s/1.0", hosts[i][1]));
			return 0;
		}
	fail(a, "OVH_END_POINT=%s is not known", given);
	return remedy(a,
	    "ovh-eu, ovh-us, ovh-ca, kimsufi-eu, kimsufi-ca, soyoustart-eu, soyoustart-ca, "
	    "or an https URL");
}

/* A consumer key is of use when its user has confirmed it on a page of OVH's. */
static int ask_consumer_key(struct api *a)
{
	cJSON *rules = json_list(NULL);
	api_step(a, "asking for a consumer key");
	for (size_t i = 0; i < sizeof rights / sizeof *rights; i++)
		json_add(rules, json(js("method", rights[i][0]), js("path", rights[i][1])));
	struct api_request req = { .method = "POST",
		.url = "/auth/credential",
		.no_auth = true,
		.no_sign = true,
		.body = json_text(api_arena(a), json(jo("accessRules", rules))) };
	api_header(&req, "X-Ovh-Application", cred(a, "OVH_AK"));
	const struct reply *r = api_send(a, &req);
	const char *key = r ? reply_str(a, r, "consumerKey") : NULL;
	const char *page = key ? reply_str(a, r, "validationUrl") : NULL;
	if (!page || cred_put(a, "OVH_AK", cred(a, "OVH_AK")) ||
	    cred_put(a, "OVH_AS", cred(a, "OVH_AS")) || cred_put(a, "OVH_CK", key))
		return -1;
	fail(a, "the new consumer key waits for being confirmed");
	return remedy(a, "open %s, choose an unlimited validity, then run this again", page);
}

static int login(struct api *a)
{
	if (choose_endpoint(a))
		return -1;
	if (!cred(a, "OVH_CK"))
		return ask_consumer_key(a);
	const struct reply *r = api_send(a,
	    &(struct api_request){ .url = "/auth/time", .no_auth = true, .no_sign = true });
	const long long now = clock_now();
	if (r)
		api_keep(a, "ahead", fmt(a, "%lld", json_int(r->json, "", now) - now));
	return ok(r);
}

static int sign(struct api *a, struct api_request *req)
{
	long long ahead = 0;
	text_number(api_kept(a, "ahead"), INT32_MIN, INT32_MAX, &ahead);
	const char *when = fmt(a, "%lld", clock_now() + ahead);
	const char *text = fmt(a, "%s+%s+%s+%s+%s+%s", cred(a, "OVH_AS"), cred(a, "OVH_CK"),
	    req->method, req->url, req->body ? req->body : "", when);
	api_header(req, "X-Ovh-Timestamp", when);
	api_header(req, "X-Ovh-Signature",
	    fmt(a, "$1$%s", hash_hex(api_arena(a), HASH_SHA1, text, strlen(text))));
	return 0;
}

/* A consumer key may be good for some zones only, so that names below them are denied it; that it
 * is denied the last one, too, is to be told. */
static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	const char *path = fmt(a, "/domain/zone/%s", name);
	const struct reply *r =
	    api_send(a, &(struct api_request){ .url = path, .any_status = true });
	if (!r)
		return -1;
	if (r->status == 404 ||
	    (text_is(json_str(r->json, "errorCode"), "NOT_GRANTED_CALL") &&
	        strchr(strchr(name, '.') + 1, '.')))
		return 0;
	return r->status == 200 ? 1 : found(api_probe(a, path));
}

static const char *records(struct api *a, const struct txt *t)
{
	return fmt(a, "/domain/zone/%s/record", t->zone);
}

static int refresh(struct api *a, const struct txt *t)
{
	return ok(api_post(a, fmt(a, "/domain/zone/%s/refresh", t->zone), NULL));
}

static int add(struct api *a, struct txt *t)
{
	const struct reply *r = api_post(a, records(a, t),
	    json(js("fieldType", "TXT"), js("subDomain", t->sub), js("target", t->value),
	        jn("ttl", t->ttl)));
	return r ? refresh(a, t) : -1;
}

/* The ids of the records with our value. The listing has nothing but ids. */
static int ours(struct api *a, const struct txt *t, struct strs *ids)
{
	const struct reply *r = api_get(a,
	    fmt(a, "%s%s", records(a, t), query(a, "fieldType", "TXT", "subDomain", t->sub)));
	const struct strs all = r ? texts_of(a, r->json, "") : (struct strs){ 0 };
	for (size_t i = 0; i < all.n; i++) {
		const struct reply *one = api_probe(a, fmt(a, "%s/%s", records(a, t), all.v[i]));
		if (!one)
			return -1;
		const char *type = json_str(one->json, "fieldType"),
		           *sub = json_str(one->json, "subDomain");
		if (!one->missing && (!type || text_is_ci(type, "TXT")) &&
		    text_is_ci(sub ? sub : "", t->sub) &&
		    same_txt(json_str(one->json, "target"), t->value))
			strs_add(api_arena(a), ids, all.v[i]);
	}
	return ok(r);
}

/* A record that is there may not have been published yet. */
static int find(struct api *a, struct txt *t)
{
	struct strs ids = { 0 };
	if (ours(a, t, &ids) || (ids.n && refresh(a, t)))
		return -1;
	return ids.n > 0;
}

static int rm(struct api *a, struct txt *t)
{
	struct strs ids = { 0 };
	if (ours(a, t, &ids))
		return -1;
	for (size_t i = 0; i < ids.n; i++)
		if (!api_delete(a, fmt(a, "%s/%s", records(a, t), ids.v[i])))
			return -1;
	return ids.n ? refresh(a, t) : 0;
}

const struct dns_driver dns_ovh = {
	.svc = {
		.name = "dns_ovh",
		.title = "OVHcloud",
		.site = "ovhcloud.com, kimsufi.com, soyoustart.com",
		.docs = "https://api.ovh.com/console/",
		.headers = { { "X-Ovh-Application", "OVH_AK", NULL },
			{ "X-Ovh-Consumer", "OVH_CK", NULL } },
		.fault = { .text = "message", .code = "errorCode", .exists = "already exist" },
		.creds = {
			{ "OVH_AK", "application key", SECRET, 0, NULL, NULL },
			{ "OVH_AS", "application secret", SECRET, 0, NULL, NULL },
			{ "OVH_CK", "consumer key; without it one is asked for", SECRET | OPTIONAL, 0, NULL,
				NULL },
			{ "OVH_END_POINT", "ovh-eu, ovh-us, ovh-ca, kimsufi-eu, ..., or a URL", OPTIONAL, 0,
				"ovh-eu", NULL },
		},
		.login = login,
		.sign = sign,
		.permissions = "GET, POST, PUT and DELETE of /domain/zone/*",
		.notes = "Keys are made at https://eu.api.ovh.com/createToken/ (each endpoint has its own).",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
	.ttl = 60,
};
