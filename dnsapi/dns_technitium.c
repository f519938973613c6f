/* Technitium DNS Server, HTTP API: github.com/TechnitiumSoftware/DnsServer, APIDOCS.md */
#include "../acme.h"

/* The server finds the zone itself; adds once, and does not mind when nothing is to delete. */
static int change(struct api *a, const struct txt *t, const char *what, const char *expiry)
{
	return ok(api_get(a,
	    fmt(a, "/%s%s", what,
	        query(a, "domain", t->fqdn, "type", "TXT", "text", t->value, "expiryTtl",
	            expiry))));
}

static int add(struct api *a, struct txt *t)
{
	return change(a, t, "add", cred(a, "Technitium_Expiry_Ttl"));
}

static int rm(struct api *a, struct txt *t)
{
	return change(a, t, "delete", NULL);
}

const struct dns_driver dns_technitium = {
	.svc = {
		.name = "dns_technitium",
		.title = "Technitium",
		.site = "technitium.com/dns",
		.docs = "https://github.com/TechnitiumSoftware/DnsServer/blob/master/APIDOCS.md",
		.base = "{Technitium_Server}/api/zones/records",
		.params = { { "token", "Technitium_Token", NULL } },
		.fault = { .text = "errorMessage|status", .ok = "status", .ok_value = "ok" },
		.creds = {
			{ "Technitium_Server", "URL of the server, https://dns.example.com:53443", 0, 0, NULL,
				NULL },
			{ "Technitium_Token", "API token", SECRET, 0, NULL, NULL },
			{ "Technitium_Expiry_Ttl", "seconds after which the server drops the record", OPTIONAL,
				0, NULL, "Technitium_Expirty_Ttl" },
		},
		.permissions = "Zones: view, modify, delete",
	},
	.add = add,
	.rm = rm,
	.no_zones = true,
};
