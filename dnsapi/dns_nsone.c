/* NS1 API v1. A record holds all answers of a name and type, which are changed as a whole:
 * developer.ibm.com/apis/catalog/ns1--ibm-ns1-connect-api */
#include "../acme.h"

static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	const cJSON *zones = api_pages(a, &(struct pages){ .path = "/zones", .next = "Link" });
	return zones ? find_name(zones, "", "zone", name) != NULL : -1;
}

/* The record as it is, and its answers but ours with all that belongs to them. */
struct set {
	const char *path;
	bool exists, ours;
	cJSON *others;
};

static int read_set(struct api *a, const struct txt *t, struct set *s)
{
	*s = (struct set){ .path = fmt(a, "/zones/%s/%s/TXT", t->zone, t->fqdn),
		.others = json_list(NULL) };
	const struct reply *r = api_probe(a, s->path);
	const cJSON *one, *answers = r && !r->missing ? json_get(r->json, "answers") : NULL;
	cJSON_ArrayForEach(one, answers) {
		if (json_count(one, "answer") == 1 && same_txt(json_str(one, "answer/0"), t->value))
			s->ours = true;
		else
			json_add(s->others, cJSON_Duplicate(one, true));
	}
	s->exists = r && !r->missing;
	return ok(r);
}

static int add(struct api *a, struct txt *t)
{
	struct set s;
	if (read_set(a, t, &s))
		return -1;
	if (s.ours)
		return 0;
	json_add(s.others, json(jo("answer", json_list(js(NULL, t->value)))));
	const cJSON *body = json(js("zone", t->zone), js("domain", t->fqdn), js("type", "TXT"),
	    jo("answers", s.others), s.exists ? NULL : jn("ttl", t->ttl));
	return ok(s.exists ? api_post(a, s.path, body) : api_put(a, s.path, body));
}

static int rm(struct api *a, struct txt *t)
{
	struct set s;
	if (read_set(a, t, &s))
		return -1;
	if (!s.ours)
		return 0;
	if (!json_count(s.others, ""))
		return ok(api_delete(a, s.path));
	return ok(api_post(a, s.path,
	    json(js("zone", t->zone), js("domain", t->fqdn), js("type", "TXT"),
	        jo("answers", s.others))));
}

const struct dns_driver dns_nsone = {
	.svc = {
		.name = "dns_nsone",
		.title = "NS1",
		.site = "ns1.com",
		.docs = "https://developer.ibm.com/apis/catalog/ns1--ibm-ns1-connect-api",
		.base = "https://api.nsone.net/v1",
		.headers = { { "X-NSONE-Key", "NS1_Key", NULL } },
		.fault = { .text = "message" },
		.creds = { { "NS1_Key", "API key", SECRET, 0, NULL, NULL } },
		.permissions = "DNS: view zones, manage zones",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
};
