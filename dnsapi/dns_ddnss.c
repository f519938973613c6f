/* DDNSS.de: one TXT value for a host and all names below it: ddnss.de/info.php */
#include "../acme.h"

/* Hosts have three labels: "home.ddnss.de" of _acme-challenge.www.home.ddnss.de. */
static const char *host(const struct txt *t)
{
	const char *p = t->fqdn + strlen(t->fqdn);
	for (int dots = 0; p > t->fqdn; p--)
		if (p[-1] == '.' && ++dots == 3)
			break;
	return p;
}

/* The answer is a page; its last words count. */
static int update(struct api *a, const struct txt *t, const char *mode, const char *value)
{
	const struct reply *r = api_get(a, query(a, "host", host(t), "txtm", mode, "txt", value));
	if (!r || strstr(r->body, "Updated 1 hostname"))
		return ok(r);
	const char *text = r->body + strlen(r->body);
	while (text > r->body && text[-1] != '>')
		text--;
	return fail(a, "%.200s", *text ? text : r->body);
}

static int add(struct api *a, struct txt *t)
{
	return update(a, t, "1", t->value);
}

static int rm(struct api *a, struct txt *t)
{
	return update(a, t, "2", NULL);
}

const struct dns_driver dns_ddnss = {
	.svc = {
		.name = "dns_ddnss",
		.title = "DDNSS.de",
		.site = "ddnss.de",
		.docs = "https://ddnss.de/info.php",
		.base = "https://ddnss.de/upd.php",
		.params = { { "key", "DDNSS_Token", NULL } },
		.accept = "text/plain",
		.creds = { { "DDNSS_Token", "update key", SECRET, 0, NULL, NULL } },
	},
	.add = add,
	.rm = rm,
	.no_zones = true,
	.one_value = true,
};
