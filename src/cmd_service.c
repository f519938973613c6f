/* --dns-list, --deploy-list, --notify-list, their ...-help, and the pages dnsapi/README.md,
 * deploy/README.md, notify/README.md: what drivers and hooks say about themselves. */
#include "cmd.h"

#include <string.h>

#include "buf.h"
#include "error.h"
#include "json.h"
#include "log.h"
#include "plugin.h"

/* What is told of one. */
struct entry {
	const struct service *svc;
	bool live;        /* tested with the real thing */
	const char *more; /* a sentence, NULL: none */
};

struct kind {
	const char *list, *help;               /* its commands */
	const char *what;                      /* "deploy hook" */
	const char *event;                     /* of --json */
	const char *example;                   /* a command; the name follows */
	const char *title, *intro;             /* of the page */
	bool (*at)(size_t i, struct entry *e); /* false: there is no i-th */
};

static bool dns_at(size_t i, struct entry *e)
{
	const struct dns_driver *d = plugin_dns[i];

	if (d)
		*e = (struct entry){ &d->svc, d->live,
			d->one_value
			    ? "Holds one value a name: a domain and its wildcard are proved "
			      "one after the other."
			    : NULL };
	return d;
}

static bool deploy_at(size_t i, struct entry *e)
{
	if (plugin_deploy[i])
		*e = (struct entry){ &plugin_deploy[i]->svc, plugin_deploy[i]->live, NULL };
	return plugin_deploy[i];
}

static bool notify_at(size_t i, struct entry *e)
{
	if (plugin_notify[i])
		*e = (struct entry){ &plugin_notify[i]->svc, plugin_notify[i]->live, NULL };
	return plugin_notify[i];
}

static const struct kind dns = {
	.list = "--dns-list",
	.help = "--dns-help",
	.what = "DNS driver",
	.event = "dns.provider",
	.example = "acme --issue -d example.com --dns",
	.title = "DNS providers",
	.intro =
	    "`--dns NAME` proves a domain by a TXT record that acme adds and removes through the "
	    "provider's API. Give the credentials in the environment the first time; they are then kept in "
	    "`account.conf` (as acme.sh does) for the renewals. `NAME:work` is a second set of "
	    "credentials, kept under the name `work`. `acme --dns-help NAME` shows what stands here.",
	.at = dns_at,
};

static const struct kind deploy = {
	.list = "--deploy-list",
	.help = "--deploy-help",
	.what = "deploy hook",
	.event = "deploy.hook",
	.example = "acme --deploy -d example.com --deploy-hook",
	.title = "Deploy hooks",
	.intro =
	    "`acme --deploy -d example.com --deploy-hook NAME` brings a certificate to where it is used, now "
	    "and after each renewal. Give the settings in the environment the first time; they are then "
	    "kept with the certificate, as acme.sh keeps them. `NAME:two` is the same hook a second time, "
	    "with settings of its own (`SETTING__two`, else `SETTING`). `acme --deploy-help NAME` shows what "
	    "stands here. A hook of your own is a program: see [Hooks](../docs/hooks.md).",
	.at = deploy_at,
};

static const struct kind notify = {
	.list = "--notify-list",
	.help = "--notify-help",
	.what = "notification hook",
	.event = "notify.hook",
	.example = "acme --set-notify --notify-hook",
	.title = "Notification hooks",
	.intro =
	    "`acme --set-notify --notify-hook NAME` has the daily run tell what it did, and sends a first "
	    "message to try it. Give the settings in the environment then; they are kept in `account.conf`, as "
	    "acme.sh keeps them. `NAME:ops` is the same hook a second time, with settings of its own "
	    "(`SETTING__ops`, else `SETTING`). `acme --notify-help NAME` shows what stands here.",
	.at = notify_at,
};

/* --- one of them ---------------------------------------------------------------------------- */

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
static const char *remarks(struct arena *a, const struct kind *k, const struct cred *c)
{
	struct strs said = { 0 };
	if (c->flags & OPTIONAL)
		strs_add(a, &said, "optional");
	if (c->dflt)
		strs_add(a, &said, fmt(a, "default %s", c->dflt));
	if (k != &deploy && c->flags & (PER_DOMAIN | BINDS))
		strs_add(a, &said, "kept with the certificate");
	if (c->flags & IN_ACCOUNT)
		strs_add(a, &said, "kept for all certificates");
	if (c->flags & (UNSAVED | PASSING))
		strs_add(a, &said, "not kept");
	return said.n ? fmt(a, " (%s)", text_join(a, said, ", ")) : "";
}

static void put_creds(struct arena *a, struct buf *b, const struct kind *k, const struct service *s,
    bool markdown)
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
				buf_fmt(b, "- `%s`: %s%s\n", c->name, c->help, remarks(a, k, c));
			else
				buf_fmt(b, "  %-*s  %s%s\n", width, c->name, c->help,
				    remarks(a, k, c));
		}
		if (!first && markdown)
			buf_str(b, "\n");
	}
}

/* "CF_Token=... acme --issue -d example.com --dns dns_cf" */
static const char *example(struct arena *a, const struct kind *k, const struct service *s)
{
	struct buf b = buf_new(a, 0);
	for (const struct cred *c = s->creds; c->name; c++)
		if (c->way <= 1 && !(c->flags & OPTIONAL) && !c->dflt)
			buf_fmt(&b, "%s=... ", c->name);
	buf_fmt(&b, "%s %s", k->example, s->name);
	return b.data;
}

static void put_entry(struct arena *a, struct buf *b, const struct kind *k, const struct entry *e,
    bool markdown)
{
	const struct service *s = e->svc;
	const char *gap = markdown ? "\n" : "";
	buf_fmt(b, markdown ? "## %s\n\n%s, %s" : "%s: %s (%s)\n", s->name, s->title, s->site);
	if (s->docs)
		buf_fmt(b, markdown ? " ([API](%s))" : "API: %s\n", s->docs);
	buf_str(b, markdown ? ". " : "");
	if (markdown)
		buf_fmt(b, "Tested with %s.\n\n",
		    e->live ? "a live server and fixtures" : "fixtures");
	if (s->gone)
		buf_fmt(b, "%s\n%s", s->gone, gap);
	put_creds(a, b, k, s, markdown);
	if (s->permissions)
		buf_fmt(b, "They must be allowed: %s\n%s", s->permissions, gap);
	if (s->notes)
		buf_fmt(b, "%s\n%s", s->notes, gap);
	if (e->more)
		buf_fmt(b, "%s\n%s", e->more, gap);
	if (!s->gone)
		buf_fmt(b, markdown ? "    %s\n\n" : "Example:\n  %s\n", example(a, k, s));
}

/* --- all of them ---------------------------------------------------------------------------- */

static int list(struct run *r, const struct kind *k)
{
	struct entry e;
	for (size_t i = 0; k->at(i, &e); i++) {
		const struct service *s = e.svc;
		if (log_is_json())
			json_event(r->mem, k->event,
			    json(js("name", s->name), js("title", s->title), js("site", s->site),
			        js("docs", s->docs)));
		else
			print("%-20s %s (%s)", s->name, s->title, s->site);
	}
	return 0;
}

/* A DNS driver may be asked for by a slip of its name. */
static int find(struct arena *a, const struct kind *k, const char *name, struct entry *e)
{
	const char *profile;
	if (k == &dns) {
		const struct dns_driver *d = plugin_find_dns(a, name, &profile);
		if (!d)
			return -1;
		name = d->svc.name;
	}
	for (size_t i = 0; k->at(i, e); i++)
		if (text_is(e->svc->name, name))
			return 0;
	fail(a, "there is no %s '%s'", k->what, text_safe(a, name, 60));
	return remedy(a, "acme %s shows all", k->list);
}

static int help(struct run *r, const struct kind *k, const struct options *o)
{
	struct buf b = buf_new(r->mem, 0);
	struct entry e;
	if (!o->about) {
		fail(r->mem, "%s: about which %s?", k->help, k->what);
		return remedy(r->mem, "acme %s shows all", k->list);
	}
	if (find(r->mem, k, o->about, &e))
		return -1;
	put_entry(r->mem, &b, k, &e, false);
	print("%s", b.data);
	return 0;
}

static int page(struct run *r, const struct kind *k)
{
	struct buf b = buf_new(r->mem, 0);
	struct entry e;
	buf_fmt(&b,
	    "# %s\n\n<!-- Made from the program's own tables by `make docs`. -->\n\n%s\n\n"
	    "| name | for | tested with |\n|---|---|---|\n",
	    k->title, k->intro);
	for (size_t i = 0; k->at(i, &e); i++)
		buf_fmt(&b, "| [%s](#%s) | %s | %s |\n", e.svc->name, e.svc->name, e.svc->title,
		    e.live ? "live server" : "fixture");
	buf_str(&b, "\n");
	for (size_t i = 0; k->at(i, &e); i++)
		put_entry(r->mem, &b, k, &e, true);
	print("%s", text_trim(r->mem, b.data));
	return 0;
}

/* --- commands ------------------------------------------------------------------------------- */

int cmd_dns_list(struct run *r, struct options *o)
{
	(void)o;
	return list(r, &dns);
}

int cmd_dns_help(struct run *r, struct options *o)
{
	return help(r, &dns, o);
}

int cmd_deploy_list(struct run *r, struct options *o)
{
	(void)o;
	return list(r, &deploy);
}

int cmd_deploy_help(struct run *r, struct options *o)
{
	return help(r, &deploy, o);
}

int cmd_notify_list(struct run *r, struct options *o)
{
	(void)o;
	return list(r, &notify);
}

int cmd_notify_help(struct run *r, struct options *o)
{
	return help(r, &notify, o);
}

int cmd_print_table(struct run *r, struct options *o)
{
	static const struct kind *const kinds[] = { &dns, &deploy, &notify, NULL };
	for (size_t i = 0; kinds[i]; i++)
		if (o->about && text_starts(kinds[i]->list + 2, o->about))
			return page(r, kinds[i]);
	return fail(r->mem, "--print-table dns, deploy or notify");
}
