/* Knot DNS by DNS updates (RFC 2136), without knsupdate: knot-dns.cz/docs */
#include "../acme.h"
#include "dnsupdate.h"

static int settings(struct api *a, struct dnsupdate *u)
{
	*u = (struct dnsupdate){
		.servers = text_split(api_arena(a), cred(a, "KNOT_SERVER"), ", \t"),
		.key = tsig_key_parse(api_arena(a), cred(a, "KNOT_KEY"), HASH_SHA256),
	};
	return u->key ? 0 : -1;
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	struct dnsupdate u;
	(void)t;
	return settings(a, &u) ? -1 : dnsupdate_zone(api_arena(a), &u, name);
}

static int add(struct api *a, struct txt *t)
{
	struct dnsupdate u;
	return settings(a, &u)
	    ? -1
	    : dnsupdate_add(api_arena(a), &u, t->zone, t->fqdn, t->ttl, t->value);
}

static int rm(struct api *a, struct txt *t)
{
	struct dnsupdate u;
	return settings(a, &u) ? -1 : dnsupdate_rm(api_arena(a), &u, t->zone, t->fqdn, t->value);
}

const struct dns_driver dns_knot = {
	.svc = {
		.name = "dns_knot",
		.title = "Knot DNS",
		.site = "knot-dns.cz",
		.docs = "https://www.knot-dns.cz/docs/latest/html/configuration.html#dynamic-updates",
		.creds = {
			{ "KNOT_SERVER", "server, perhaps with :port", 0, 0, "localhost", NULL },
			{ "KNOT_KEY", "TSIG key as keymgr -t prints it: hmac-sha256:name:base64", SECRET, 0, NULL,
				NULL },
		},
		.permissions = "an acl with action: update",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.live = true,
	.ttl = 60,
};
