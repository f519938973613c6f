/* Hetzner Cloud DNS, API v1: docs.hetzner.cloud/reference/cloud#dns. A change is an "action", which is
 * polled until it is done. */
#include "../acme.h"

enum { POLL_MS = 1000 };

static int zone(struct api *a, struct txt *t, const char *name)
{
	const struct reply *r = api_probe(a, fmt(a, "/zones/%s", name));
	if (!r || r->missing)
		return found(r);
	t->zone_id = reply_str(a, r, "zone/id");
	return t->zone_id ? 1 : -1;
}

static const char *set_path(struct api *a, const struct txt *t)
{
	return fmt(a, "/zones/%s/rrsets/%s/TXT", t->zone_id, sub_or(t, "@"));
}

/* The values at the name: 1 ours is among them, 0 it is not, -1 failed. */
static int look(struct api *a, const struct txt *t, bool *any)
{
	const struct reply *r = api_probe(a, set_path(a, t));
	if (!r)
		return -1;
	struct strs values =
	    texts_of(a, r->missing ? NULL : json_get(r->json, "rrset/records"), "value");
	*any = values.n > 0;
	return texts_rm(&values, t->value);
}

static int finish(struct api *a, const struct reply *r)
{
	const int tries = cred_int(a, "HETZNER_MAX_ATTEMPTS", 120);
	const char *id = r ? json_str(r->json, "action/id") : NULL;
	if (!r)
		return -1;
	for (int i = 0;; i++) {
		const char *status = json_str(r->json, "action/status");
		if (text_is(status, "error")) {
			const char *why = json_str(r->json, "action/error/message");
			arena_error(api_arena(a))->code = json_str(r->json, "action/error/code");
			return fail(a, "the change failed: %s", why ? why : "it does not say why");
		}
		if (!id || !text_is(status, "running"))
			return 0;
		if (i == tries)
			return fail(a, "the change takes more than %d s", tries);
		if (api_wait(a, POLL_MS) || !(r = api_get(a, fmt(a, "/actions/%s", id))))
			return -1;
	}
}

static cJSON *record(struct api *a, const struct txt *t)
{
	return json_list(json(js("value", quoted(a, t->value))));
}

/* A set that is there keeps its TTL; another one would be refused. */
static int add(struct api *a, struct txt *t)
{
	bool any;
	const int there = look(a, t, &any);
	if (there)
		return there < 0 ? -1 : 0;
	return finish(a,
	    api_post(a, fmt(a, "%s/actions/add_records", set_path(a, t)),
	        json(jo("records", record(a, t)),
	            any ? jo("ttl", NULL) : jn("ttl", cred_int(a, "HETZNER_TTL", t->ttl)))));
}

static int rm(struct api *a, struct txt *t)
{
	bool any;
	const int there = look(a, t, &any);
	if (there <= 0)
		return there;
	return finish(a,
	    api_post(a, fmt(a, "%s/actions/remove_records", set_path(a, t)),
	        json(jo("records", record(a, t)))));
}

const struct dns_driver dns_hetznercloud = {
	.svc = {
		.name = "dns_hetznercloud",
		.title = "Hetzner Cloud DNS",
		.site = "hetzner.com",
		.docs = "https://docs.hetzner.cloud/reference/cloud#dns",
		.base = "{HETZNER_API}",
		.bearer = "HETZNER_TOKEN",
		.fault = { .text = "error/message", .code = "error/code" },
		.creds = {
			{ "HETZNER_TOKEN", "API token of the project", SECRET, 0, NULL, NULL },
			{ "HETZNER_TTL", "TTL of the record", OPTIONAL, 0, "120", NULL },
			{ "HETZNER_API", "URL of the API", OPTIONAL, 0, "https://api.hetzner.cloud/v1", NULL },
			{ "HETZNER_MAX_ATTEMPTS", "how often a change is looked at, once a second", OPTIONAL, 0,
				"120", NULL },
		},
		.permissions = "read and write",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
};
