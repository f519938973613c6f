/* cPanel UAPI, modules DomainInfo and DNS. A zone is the lines of its file; a change names the
 * serial of the zone that it is for: api.docs.cpanel.net/openapi/cpanel */
#include "../acme.h"

static int login(struct api *a)
{
	api_keep_secret(a, "key",
	    fmt(a, "%s:%s", cred(a, "cPanel_Username"), cred(a, "cPanel_Apitoken")));
	return 0;
}

static bool has(const cJSON *domains, const char *kind, const char *name)
{
	const cJSON *d, *list = json_get(domains, kind);
	cJSON_ArrayForEach(d, list)
		if (same_name(json_str(d, ""), name))
			return true;
	return same_name(json_str(list, ""), name);
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	const struct reply *r = api_get(a, "/DomainInfo/list_domains");
	const cJSON *domains = r ? json_get(r->json, "data") : NULL;
	return !r ? -1
	          : has(domains, "main_domain", name) || has(domains, "addon_domains", name) ||
	        has(domains, "parked_domains", name);
}

/* All that is written in a zone is in base64. */
static const char *plain(struct api *a, const cJSON *line, const char *path)
{
	size_t n;
	const char *s = json_str(line, path);
	s = s ? (const char *)b64_decode(api_arena(a), s, &n) : NULL;
	return s ? s : "";
}

static const cJSON *lines(struct api *a, const struct txt *t)
{
	return api_pages(a,
	    &(struct pages){ .path = fmt(a, "/DNS/parse_zone%s", query(a, "zone", t->zone)),
	        .items = "data",
	        .fresh = true });
}

/* A change of the zone that lines are of: what is "add=..." or "remove=...". */
static int change(struct api *a, const struct txt *t, const cJSON *zone_lines, const char *what)
{
	const cJSON *soa = json_find(zone_lines, "", "record_type", "SOA");
	return ok(api_get(a,
	    fmt(a, "/DNS/mass_edit_zone%s&%s",
	        query(a, "zone", t->zone, "serial", plain(a, soa, "data_b64/2")), what)));
}

static bool is_ours(struct api *a, const struct txt *t, const cJSON *line)
{
	const char *name = plain(a, line, "dname_b64");
	const bool whole = text_ends(name, ".");
	return text_is(json_str(line, "record_type"), "TXT") &&
	    same_name(name, whole ? t->fqdn : sub_or(t, "@")) &&
	    same_txt(plain(a, line, "data_b64/0"), t->value);
}

static int add(struct api *a, struct txt *t)
{
	const cJSON *now = lines(a, t);
	cJSON *record = json(js("dname", sub_or(t, fmt(a, "%s.", t->zone))),
	    jn("ttl", cred_int(a, "cPanel_TTL", t->ttl)), js("record_type", "TXT"),
	    jo("data", json_list(js(NULL, t->value))));
	const char *text = json_text(api_arena(a), record);
	return now ? change(a, t, now, form_text(a, form("add", text))) : -1;
}

static int find(struct api *a, struct txt *t)
{
	const cJSON *line, *now = lines(a, t);
	cJSON_ArrayForEach(line, now)
		if (is_ours(a, t, line))
			return 1;
	return now ? 0 : -1;
}

static int rm(struct api *a, struct txt *t)
{
	const cJSON *line, *now = lines(a, t);
	struct strs ours = { 0 };
	cJSON_ArrayForEach(line, now)
		if (is_ours(a, t, line) && json_str(line, "line_index"))
			strs_add(api_arena(a), &ours,
			    fmt(a, "remove=%s", json_str(line, "line_index")));
	if (!now || !ours.n)
		return now ? 0 : -1;
	return change(a, t, now, text_join(api_arena(a), ours, "&"));
}

const struct dns_driver dns_cpanel_uapi = {
	.svc = {
		.name = "dns_cpanel_uapi",
		.title = "cPanel (UAPI)",
		.site = "cpanel.net",
		.docs = "https://api.docs.cpanel.net/openapi/cpanel/operation/dns-mass_edit_zone/",
		.base = "{cPanel_Hostname}/execute",
		.headers = { { "Authorization", "key", "cpanel %s" } },
		.fault = { .text = "errors|messages", .ok = "status", .ok_value = "1" },
		.creds = {
			{ "cPanel_Username", "user name", 0, 0, NULL, NULL },
			{ "cPanel_Apitoken", "API token", SECRET, 0, NULL, NULL },
			{ "cPanel_Hostname", "URL of the server, https://cpanel.example.com:2083", 0, 0, NULL,
				NULL },
			{ "cPanel_TTL", "TTL of the records", OPTIONAL, 0, NULL, NULL },
		},
		.login = login,
		.permissions = "Zone Editor",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
};
