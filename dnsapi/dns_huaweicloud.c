/* Huawei Cloud DNS, API v2, with a token of IAM for an IAM user's password. A record set is read,
 * changed and written back as a whole: support.huaweicloud.com/intl/en-us/api-dns */
#include "../acme.h"

#define IAM "https://iam.myhuaweicloud.com/v3/auth/tokens"
#define PROJECT "ap-southeast-1"
enum { PAGE = 500, POLLS = 60, POLL_MS = 1000 };

static int login(struct api *a)
{
	cJSON *user = json(js("name", cred(a, "HUAWEICLOUD_Username")),
	    js("password", cred(a, "HUAWEICLOUD_Password")),
	    jo("domain", json(js("name", cred(a, "HUAWEICLOUD_DomainName")))));
	cJSON *identity = json(jo("methods", json_list(js(NULL, "password"))),
	    jo("password", json(jo("user", user))));
	cJSON *scope = json(jo("project", json(js("name", PROJECT))));
	cJSON *auth = json(jo("identity", identity), jo("scope", scope));
	const struct reply *r = api_send(a,
	    &(struct api_request){ .method = "POST",
	        .url = IAM,
	        .no_auth = true,
	        .body = json_text(api_arena(a), json(jo("auth", auth))) });
	if (!r)
		return -1;
	const char *token = reply_header(r, "X-Subject-Token");
	if (!token)
		return fail(a, "its answer has no header X-Subject-Token");
	api_keep_secret(a, "token", token);
	return 0;
}

/* All filters by name find parts of names too. */
static const cJSON *list(struct api *a, const char *path, const char *items)
{
	return api_pages(a,
	    &(struct pages){ .path = path,
	        .items = items,
	        .size = "limit",
	        .per_page = PAGE,
	        .offset = "offset",
	        .total = "metadata/total_count",
	        .fresh = true });
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	const cJSON *zones = list(a, fmt(a, "/zones%s", query(a, "name", name)), "zones");
	if (!zones)
		return -1;
	t->zone_id = json_str(find_name(zones, "", "name", name), "id");
	return t->zone_id != NULL;
}

static bool is_set(const cJSON *set, const struct txt *t)
{
	return same_name(json_str(set, "name"), t->fqdn) && text_is(json_str(set, "type"), "TXT");
}

/* The TXT sets at the name (there may be one for each line of users), among others. A set that is
 * being changed takes no other change. */
static const cJSON *settled(struct api *a, const struct txt *t)
{
	for (int i = 0; i < POLLS; i++) {
		const cJSON *sets = list(a,
		    fmt(a, "/zones/%s/recordsets%s", t->zone_id,
		        query(a, "name", t->fqdn, "type", "TXT")),
		    "recordsets");
		const cJSON *set;
		bool pending = false;
		cJSON_ArrayForEach(set, sets)
			pending |=
			    is_set(set, t) && text_starts(json_str(set, "status"), "PENDING");
		if (!sets || !pending)
			return sets;
		if (api_wait(a, POLL_MS))
			return NULL;
	}
	return fail_null(a, "the last change of the record set takes more than %d s", POLLS);
}

static int write_set(struct api *a, const struct txt *t, const cJSON *set, struct strs values)
{
	const char *sets = fmt(a, "/zones/%s/recordsets", t->zone_id);
	const char *one = set ? fmt(a, "%s/%s", sets, json_str(set, "id")) : NULL;
	if (set && !values.n)
		return ok(api_delete(a, one));
	const cJSON *body = json(js("name", fmt(a, "%s.", t->fqdn)), js("type", "TXT"),
	    jn("ttl", json_int(set, "ttl", t->ttl)), jo("records", texts_json(values)));
	return ok(set ? api_put(a, one, body) : api_post(a, sets, body));
}

static int add(struct api *a, struct txt *t)
{
	const cJSON *set, *first = NULL, *sets = settled(a, t);
	if (!sets)
		return -1;
	cJSON_ArrayForEach(set, sets)
		if (is_set(set, t) && !first)
			first = set;
	struct strs values = texts_of(a, json_get(first, "records"), "");
	return texts_add(a, &values, t->value, quoted(a, t->value)) ? write_set(a, t, first, values)
	                                                            : 0;
}

static int rm(struct api *a, struct txt *t)
{
	const cJSON *set, *sets = settled(a, t);
	if (!sets)
		return -1;
	cJSON_ArrayForEach(set, sets) {
		struct strs values = texts_of(a, json_get(set, "records"), "");
		if (is_set(set, t) && texts_rm(&values, t->value) && write_set(a, t, set, values))
			return -1;
	}
	return 0;
}

const struct dns_driver dns_huaweicloud = {
	.svc = {
		.name = "dns_huaweicloud",
		.title = "Huawei Cloud",
		.site = "huaweicloud.com",
		.docs = "https://support.huaweicloud.com/intl/en-us/api-dns/",
		.base = "https://dns." PROJECT ".myhuaweicloud.com/v2",
		.headers = { { "X-Auth-Token", "token", NULL } },
		.fault = { .text = "message|error/message|error_msg", .code = "code|error/code|error_code" },
		.creds = {
			{ "HUAWEICLOUD_Username", "name of an IAM user", 0, 0, NULL, NULL },
			{ "HUAWEICLOUD_Password", "its password", SECRET, 0, NULL, NULL },
			{ "HUAWEICLOUD_DomainName", "name of the account", 0, 0, NULL, NULL },
		},
		.login = login,
		.permissions = "DNS FullAccess, programmatic access",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.ttl = 1,
};
