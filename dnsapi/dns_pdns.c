/* PowerDNS authoritative server, HTTP API v1. A TXT set is read, changed and written back as a
 * whole: doc.powerdns.com/authoritative/http-api/zone.html */
#include "../acme.h"

/* Zone ids are canonical names, in which some characters stand as =2F; the listing tells them. */
static int zone(struct api *a, struct txt *t, const char *name)
{
	const struct reply *r = api_get(a, query(a, "zone", fmt(a, "%s.", name)));
	if (!r)
		return -1;
	t->zone_id = json_str(find_name(r->json, "", "name", name), "id");
	return t->zone_id != NULL;
}

static int change(struct api *a, const struct txt *t, bool with_ours)
{
	const char *name = fmt(a, "%s.", t->fqdn), *path = fmt(a, "/%s", t->zone_id);
	const struct reply *r = api_get(a, fmt(a, "%s%s", path, query(a, "rrset_name", name)));
	cJSON *records = json_list(NULL);
	const cJSON *set, *rec;
	bool there = false;
	if (!r)
		return -1;
	const cJSON *sets = json_get(r->json, "rrsets");
	cJSON_ArrayForEach(set, sets) {
		if (!same_name(json_str(set, "name"), name) ||
		    !text_is(json_str(set, "type"), "TXT"))
			continue;
		const cJSON *list = json_get(set, "records");
		cJSON_ArrayForEach(rec, list) {
			const bool ours = same_txt(json_str(rec, "content"), t->value);
			there |= ours;
			if (!ours)
				json_add(records,
				    json(js("content", json_str(rec, "content")),
				        jb("disabled", json_is_true(rec, "disabled"))));
		}
	}
	if (there == with_ours)
		return 0;
	if (with_ours)
		json_add(records, json(js("content", quoted(a, t->value)), jb("disabled", false)));
	const bool empty = !json_count(records, "");
	cJSON *rrset = json(js("name", name), js("type", "TXT"),
	    js("changetype", empty ? "DELETE" : "REPLACE"),
	    jn("ttl", cred_int(a, "PDNS_Ttl", t->ttl)), jo("records", records));
	return ok(api_patch(a, path, json(jo("rrsets", json_list(rrset)))));
}

/* Secondaries hear of the change at once; not all zones have some. */
static int notify(struct api *a, const struct txt *t)
{
	return ok(api_send(a,
	    &(struct api_request){ .method = "PUT",
	        .url = fmt(a, "/%s/notify", t->zone_id),
	        .any_status = true }));
}

static int add(struct api *a, struct txt *t)
{
	return change(a, t, true) ? -1 : notify(a, t);
}

static int rm(struct api *a, struct txt *t)
{
	return change(a, t, false) ? -1 : notify(a, t);
}

const struct dns_driver dns_pdns = {
	.svc = {
		.name = "dns_pdns",
		.title = "PowerDNS",
		.site = "powerdns.com",
		.docs = "https://doc.powerdns.com/authoritative/http-api/",
		.base = "{PDNS_Url}/api/v1/servers/{PDNS_ServerId}/zones",
		.headers = { { "X-API-Key", "PDNS_Token", NULL } },
		.fault = { .text = "error|errors" },
		.creds = {
			{ "PDNS_Url", "URL of the server's API, http://ns.example.com:8081", 0, 0, NULL, NULL },
			{ "PDNS_ServerId", "server's id, mostly localhost", 0, 0, "localhost", NULL },
			{ "PDNS_Token", "API key", SECRET, 0, NULL, NULL },
			{ "PDNS_Ttl", "TTL of the records", OPTIONAL, 0, "60", NULL },
		},
		.notes = "pdns.conf: api=yes, api-key=..., webserver-allow-from=...",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.live = true,
};
