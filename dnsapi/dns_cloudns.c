/* ClouDNS HTTP API. Faults come with status 200 too: cloudns.net/wiki/article/41 */
#include "../acme.h"

/* POST what changes something: a GET would be repeated after a cut connection. */
static struct reply *call(struct api *a, const char *method, const char *name,
    const char *const *pairs)
{
	const char *url = fmt(a, "/%s.json", name);
	const char *who = form_text(a,
	    form("sub-auth-id", cred(a, "CLOUDNS_SUB_AUTH_ID"), "auth-id",
	        cred(a, "CLOUDNS_AUTH_ID"), "auth-password", cred(a, "CLOUDNS_AUTH_PASSWORD")));
	struct api_request req = { .method = method,
		.url = url,
		.body = fmt(a, "%s&%s", who, form_text(a, pairs)),
		.type = "application/x-www-form-urlencoded" };
	if (text_is(method, "GET")) {
		req.url = fmt(a, "%s?%s", url, req.body);
		req.body = NULL;
	}
	struct reply *r = api_send(a, &req);
	if (!r || !text_is_ci(json_str(r->json, "status"), "Failed"))
		return r;
	const char *why = json_str(r->json, "statusDescription");
	r->missing =
	    why && (text_has_ci(why, "Missing domain-name") || text_has_ci(why, "record-id"));
	if (r->missing || (why && text_has_ci(why, "already exist")))
		return r;
	return fail_null(a, "%s", text_safe(api_arena(a), why ? why : "Failed", 200));
}

/* The records of a "cloud domain" are those of another zone, and listed and deleted there. */
static int zone(struct api *a, struct txt *t, const char *name)
{
	const struct reply *r = call(a, "GET", "get-zone-info", form("domain-name", name));
	const char *master = r ? json_str(r->json, "cloud-master") : NULL;
	t->zone_id = text_empty(master) ? name : master;
	return found(r);
}

static int add(struct api *a, struct txt *t)
{
	const struct reply *r = call(a, "POST", "add-record",
	    form("domain-name", t->zone, "record-type", "TXT", "host", t->sub, "record", t->value,
	        "ttl", fmt(a, "%d", t->ttl)));
	return r && r->missing ? fail(a, "%s", json_str(r->json, "statusDescription")) : ok(r);
}

/* An object by record ids, an empty list when there are none. */
static const struct reply *records(struct api *a, const struct txt *t)
{
	return call(a, "GET", "records",
	    form("domain-name", t->zone_id, "host", t->sub, "type", "TXT"));
}

static int find(struct api *a, struct txt *t)
{
	const struct reply *r = records(a, t);
	return r ? find_txt(r->json, NULL, t, "host", "record") != NULL : -1;
}

static int rm(struct api *a, struct txt *t)
{
	const struct reply *r = records(a, t);
	const cJSON *list = r ? r->json : NULL, *rec = NULL;
	while (r && (rec = find_txt(list, rec, t, "host", "record")))
		r = call(a, "POST", "delete-record",
		    form("domain-name", t->zone_id, "record-id", json_str(rec, "id")));
	return ok(r);
}

const struct dns_driver dns_cloudns = {
	.svc = {
		.name = "dns_cloudns",
		.title = "ClouDNS",
		.site = "cloudns.net",
		.docs = "https://www.cloudns.net/wiki/article/41/",
		.base = "https://api.cloudns.net/dns",
		.creds = {
			{ "CLOUDNS_SUB_AUTH_ID", "id of an API sub-user", 0, 1, NULL, NULL },
			{ "CLOUDNS_AUTH_ID", "id of an API user", 0, 2, NULL, NULL },
			{ "CLOUDNS_AUTH_PASSWORD", "its password", SECRET, 0, NULL, NULL },
		},
		.permissions = "for a sub-user: the zone delegated to it",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
	.ttl = 60,
};
