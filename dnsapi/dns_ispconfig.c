/* ISPConfig, the panel's remote API with JSON: the function is the query, the session is in the
 * body: git.ispconfig.org/ispconfig/ispconfig3, remoting_client/API-docs */
#include "../acme.h"

enum { SESSION = 300 }; /* seconds; the panel ends it after ten minutes */

static int login(struct api *a)
{
	const struct reply *r = api_post(a, "?login",
	    json(js("username", cred(a, "ISPC_User")), js("password", cred(a, "ISPC_Password")),
	        jb("client_login", false)));
	const char *session = r ? reply_str(a, r, "response") : NULL;
	if (!session)
		return -1;
	api_keep_secret(a, "session", session);
	api_keep(a, "until", fmt(a, "%lld", (long long)clock_now() + SESSION));
	return 0;
}

/* args: what the function takes besides the session. */
static struct reply *call(struct api *a, const char *function, cJSON *args)
{
	long long until;
	const bool in =
	    !text_number(api_kept(a, "until"), 0, INT64_MAX, &until) && clock_now() < until;
	if (!in && login(a))
		return NULL;
	json_add(args, js("session_id", api_kept(a, "session")));
	return api_post(a, fmt(a, "?%s", function), args);
}

static struct reply *ask_zone(struct api *a, const char *origin)
{
	return call(a, "dns_zone_get", json(jo("primary_id", json(js("origin", origin)))));
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	const char *origin = fmt(a, "%s.", name);
	const struct reply *r = ask_zone(a, origin);
	if (!r)
		return -1;
	t->zone_id = json_str(find_name(r->json, "response", "origin", origin), "id");
	return t->zone_id != NULL;
}

/* A record needs the zone's server, and the client who owns the zone (0: the administrator). */
static int add(struct api *a, struct txt *t)
{
	const struct reply *r = ask_zone(a, fmt(a, "%s.", t->zone));
	const cJSON *z = r ? json_get(r->json, "response/0") : NULL;
	r = z ? call(a, "client_get_id", json(js("sys_userid", json_str(z, "sys_userid")))) : NULL;
	const char *client = r ? reply_str(a, r, "response") : NULL;
	const char *now = clock_rfc3339(api_arena(a), clock_now());
	if (!client)
		return -1;
	cJSON *record = json(js("server_id", json_str(z, "server_id")), js("zone", t->zone_id),
	    js("name", fmt(a, "%s.", t->fqdn)), js("type", "TXT"), js("data", t->value),
	    js("aux", "0"), jn("ttl", t->ttl), js("active", "y"),
	    js("stamp", fmt(a, "%.10s %.8s", now, now + 11)), jn("serial", clock_now()));
	return ok(call(a, "dns_txt_add",
	    json(js("client_id", client), jo("params", record), jb("update_serial", true))));
}

static const cJSON *records(struct api *a, const struct txt *t)
{
	const struct reply *r = call(a, "dns_txt_get",
	    json(jo("primary_id",
	        json(js("name", fmt(a, "%s.", t->fqdn)), js("zone", t->zone_id),
	            js("type", "TXT")))));
	return r ? json_get(r->json, "response") : NULL;
}

static int find(struct api *a, struct txt *t)
{
	return has_txt(records(a, t), t, "name", "data");
}

static int remove_one(struct api *a, const struct txt *t, const char *id)
{
	(void)t;
	return ok(call(a, "dns_txt_delete", json(js("primary_id", id), jb("update_serial", true))));
}

static int rm(struct api *a, struct txt *t)
{
	return rm_txt(a, records(a, t), t, "name", "data", "id", remove_one);
}

const struct dns_driver dns_ispconfig = {
	.svc = {
		.name = "dns_ispconfig",
		.title = "ISPConfig",
		.site = "ispconfig.org",
		.docs = "https://git.ispconfig.org/ispconfig/ispconfig3",
		.base = "{ISPC_Api}",
		.fault = { .text = "message", .code = "code", .ok = "code", .ok_value = "ok" },
		.creds = {
			{ "ISPC_User", "name of a remote user", 0, 0, NULL, NULL },
			{ "ISPC_Password", "its password", SECRET, 0, NULL, NULL },
			{ "ISPC_Api", "URL, https://panel.example.com:8080/remote/json.php", 0, 0, NULL, NULL },
			{ "ISPC_Api_Insecure", "not used: see --insecure, --ca-bundle", OPTIONAL, 0, NULL, NULL },
		},
		.permissions = "functions of the remote user: client, DNS zone, DNS txt",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
	.ttl = 3600,
};
