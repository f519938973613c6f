/* --dns-list, --dns-help, --dns-add, --dns-rm, and the page dnsapi/README.md: what the DNS drivers
 * say about themselves, and one record by hand. */
#include "cmd.h"

#include <string.h>

#include "buf.h"
#include "error.h"
#include "file.h"
#include "json.h"
#include "log.h"
#include "plugin.h"
#include "provider.h"

/* --- what a driver says about itself --- */
static int name_width(const struct service *s)
{
	size_t width = 0;
	for (const struct cred *c = s->creds; c->name; c++)
		if (strlen(c->name) > width)
			width = strlen(c->name);
	return (int)width;
}

static int ways(const struct service *s)
{
	int last = 0;
	for (const struct cred *c = s->creds; c->name; c++)
		if (c->way > last)
			last = c->way;
	return last;
}

/* "optional, default 60, kept with the certificate"; "" when there is nothing to say. */
static const char *remarks(struct arena *a, const struct cred *c)
{
	struct strs said = { 0 };
	if (c->flags & OPTIONAL)
		strs_add(a, &said, "optional");
	if (c->dflt)
		strs_add(a, &said, fmt(a, "default %s", c->dflt));
	if (c->flags & (PER_DOMAIN | BINDS))
		strs_add(a, &said, "kept with the certificate");
	if (c->flags & (UNSAVED | PASSING))
		strs_add(a, &said, "not kept");
	return said.n ? fmt(a, " (%s)", text_join(a, said, ", ")) : "";
}

static void put_creds(struct arena *a, struct buf *b, const struct service *s, bool markdown)
{
	const int width = name_width(s), last = ways(s);
	for (int way = 0; way <= last; way++) {
		bool first = true;
		for (const struct cred *c = s->creds; c->name; c++) {
			if (c->way != way)
				continue;
			if (first && way && last > 1)
				buf_fmt(b, "%s%s\n", way > 1 ? "or" : "either",
				    markdown ? "\n" : "");
			first = false;
			if (markdown)
				buf_fmt(b, "- `%s`: %s%s\n", c->name, c->help, remarks(a, c));
			else
				buf_fmt(b, "  %-*s  %s%s\n", width, c->name, c->help,
				    remarks(a, c));
		}
		if (!first && markdown)
			buf_str(b, "\n");
	}
}

/* "CF_Token=... acme --issue -d example.com --dns dns_cf" */
static const char *example(struct arena *a, const struct service *s)
{
	struct buf b = buf_new(a, 0);
	for (const struct cred *c = s->creds; c->name; c++)
		if (c->way <= 1 && !(c->flags & OPTIONAL) && !c->dflt)
			buf_fmt(&b, "%s=... ", c->name);
	buf_fmt(&b, "acme --issue -d example.com --dns %s", s->name);
	return b.data;
}

static void put_driver(struct arena *a, struct buf *b, const struct dns_driver *d, bool markdown)
{
	const struct service *s = &d->svc;
	const char *gap = markdown ? "\n" : "";
	buf_fmt(b, markdown ? "## %s\n\n%s, %s" : "%s: %s (%s)\n", s->name, s->title, s->site);
	if (s->docs)
		buf_fmt(b, markdown ? " ([API](%s))" : "API: %s\n", s->docs);
	buf_str(b, markdown ? ". " : "");
	if (markdown)
		buf_fmt(b, "Tested with %s.\n\n",
		    d->live ? "a live server and fixtures" : "fixtures");
	if (s->gone)
		buf_fmt(b, "%s\n%s", s->gone, gap);
	put_creds(a, b, s, markdown);
	if (s->permissions)
		buf_fmt(b, "They must be allowed: %s\n%s", s->permissions, gap);
	if (s->notes)
		buf_fmt(b, "%s\n%s", s->notes, gap);
	if (d->one_value)
		buf_fmt(b,
		    "Holds one value a name: a domain and its wildcard are proved one after the other.\n%s",
		    gap);
	if (!s->gone)
		buf_fmt(b, markdown ? "    %s\n\n" : "Example:\n  %s\n", example(a, s));
}

int cmd_dns_list(struct run *r, struct options *o)
{
	(void)o;
	for (size_t i = 0; i < plugin_dns_count; i++) {
		const struct service *s = &plugin_dns[i]->svc;

		if (log_is_json())
			json_event(r->mem, "dns.provider",
			    json(js("name", s->name), js("title", s->title), js("site", s->site),
			        js("docs", s->docs)));
		else
			print("%-20s %s (%s)", s->name, s->title, s->site);
	}
	return 0;
}

int cmd_dns_help(struct run *r, struct options *o)
{
	struct arena *a = r->mem;
	struct buf b = buf_new(a, 0);
	const char *profile;
	if (!o->about) {
		fail(a, "--dns-help: about which driver?");
		return remedy(a, "acme --dns-list shows all");
	}
	const struct dns_driver *d = plugin_find_dns(a, o->about, &profile);
	if (!d)
		return -1;
	put_driver(a, &b, d, false);
	print("%s", b.data);
	return 0;
}

int cmd_dns_page(struct run *r, struct options *o)
{
	struct buf b = buf_new(r->mem, 0);
	(void)o;
	buf_str(&b,
	    "# DNS providers\n\n"
	    "<!-- Made from the drivers' own tables by `make docs`. -->\n\n"
	    "`--dns NAME` proves a domain by a TXT record that acme adds and removes through the "
	    "provider's API. Give the credentials in the environment the first time; they are then kept in "
	    "`account.conf` (as acme.sh does) for the renewals. `NAME:work` is a second set of "
	    "credentials, kept under the name `work`. `acme --dns-help NAME` shows what stands here.\n\n"
	    "| name | provider | tested with |\n|---|---|---|\n");
	for (size_t i = 0; i < plugin_dns_count; i++)
		buf_fmt(&b, "| [%s](#%s) | %s | %s |\n", plugin_dns[i]->svc.name,
		    plugin_dns[i]->svc.name, plugin_dns[i]->svc.title,
		    plugin_dns[i]->live ? "live server" : "fixture");
	buf_str(&b, "\n");
	for (size_t i = 0; i < plugin_dns_count; i++)
		put_driver(r->mem, &b, plugin_dns[i], true);
	print("%s", text_trim(r->mem, b.data));
	return 0;
}

/* --- one record by hand --- */

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
