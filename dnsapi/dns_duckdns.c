/* DuckDNS: one TXT value for a domain and all names below it: duckdns.org/spec.jsp */
#include "../acme.h"

/* "home" of _acme-challenge.www.home.duckdns.org; other names are domains of their own, which the
 * service may know or not. */
static char *domain(struct api *a, const struct txt *t)
{
	char *name = fmt(a, "%s", t->fqdn);
	if (text_ends(name, ".duckdns.org"))
		name[strlen(name) - strlen(".duckdns.org")] = 0;
	const char *dot = strrchr(name, '.');
	return fmt(a, "%s", dot ? dot + 1 : name);
}

static int update(struct api *a, const struct txt *t, const char *clear)
{
	return ok(api_get(a, query(a, "domains", domain(a, t), "txt", t->value, "clear", clear)));
}

static int add(struct api *a, struct txt *t)
{
	return update(a, t, NULL);
}

static int rm(struct api *a, struct txt *t)
{
	return update(a, t, "true");
}

const struct dns_driver dns_duckdns = {
	.svc = {
		.name = "dns_duckdns",
		.title = "DuckDNS",
		.site = "duckdns.org",
		.docs = "https://www.duckdns.org/spec.jsp",
		.base = "https://www.duckdns.org/update",
		.params = { { "token", "DuckDNS_Token", NULL } },
		.accept = "text/plain",
		.fault = { .text = "", .ok = "", .ok_value = "OK" },
		.creds = { { "DuckDNS_Token", "token of the account", SECRET, 0, NULL, NULL } },
	},
	.add = add,
	.rm = rm,
	.no_zones = true,
	.one_value = true,
};
