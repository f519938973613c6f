/* --dns-add, --dns-rm: one record by hand. */
#include "cmd.h"

#include "error.h"
#include "log.h"
#include "plugin.h"
#include "provider.h"

/* The provider of --dns, with the credentials of -d's certificate when one is named. */
static struct provider *open_provider(struct run *r, const struct options *o)
{
	struct arena *a = r->mem;
	struct strs entries = text_split(a, o->spec.webroot, ",");
	struct api_ask where = { .http = run_http(r, a),
		.keeper = r->keeper,
		.places = { .account = r->home.conf } };
	struct store store;
	if (!where.http)
		return NULL;
	if (entries.n != 1 || !text_starts(entries.v[0], "dns_")) {
		fail(a, "through which provider?");
		remedy(a, "add --dns dns_x; acme --dns-list shows all");
		return NULL;
	}
	const struct dns_driver *d = plugin_find_dns(a, entries.v[0], &where.places.profile);
	if (!d)
		return NULL;
	if (o->domains.n) {
		if (cmd_open(r, o, true, &store, NULL))
			return NULL;
		where.places.domain = store.conf;
	}
	if (o->spec.dns_env && !(where.places.env = conf_load(a, o->spec.dns_env)))
		return NULL;
	if (o->spec.dns_env && conf_is_new(where.places.env))
		return fail_null(a, "--dns-env %s: there is no such file", o->spec.dns_env);
	return provider_open(a, d, &where);
}

static int change(struct run *r, const struct options *o,
    int (*f)(struct provider *, struct arena *, const char *, const char *), const char *done)
{
	if (text_empty(o->dns_name) || text_empty(o->dns_value))
		return fail(r->mem, "%s is needed",
		    text_empty(o->dns_name) ? "--dns-name" : "--dns-value");
	struct provider *p = open_provider(r, o);
	if (!p)
		return -1;
	const int code = f(p, r->mem, o->dns_name, o->dns_value);
	provider_close(p);
	if (code == 0)
		info("The TXT record %s %s: %s", o->dns_name, done, o->dns_value);
	return code;
}

int cmd_dns_add(struct run *r, struct options *o)
{
	return change(r, o, provider_add, "is added");
}

int cmd_dns_rm(struct run *r, struct options *o)
{
	return change(r, o, provider_rm, "is removed");
}
