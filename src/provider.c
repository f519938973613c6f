/* What is the same for all DNS drivers. A zone is looked for at the name itself first, because
 * _acme-challenge.example.com can be one of its own (delegated for just this purpose). */
#include "provider.h"

#include <string.h>

#include "arena.h"
#include "clock.h"
#include "error.h"
#include "idn.h"
#include "log.h"
#include "text.h"

enum { TTL = 120, UNSURE_MS = 2000 };

/* A name that was asked for. */
struct asked {
	const char *name;
	const char *zone_id;
	bool mine;
	struct asked *next;
};

struct provider {
	struct api *api;
	struct arena *mem; /* the conversation's */
	const struct dns_driver *driver;
	struct asked *asked;
};

struct provider *provider_open(struct arena *a, const struct dns_driver *driver,
    const struct api_ask *where)
{
	struct api_ask ask = *where;
	ask.svc = &driver->svc;
	struct api *api = api_open(a, &ask);
	if (driver->svc.gone)
		warn("%s", driver->svc.gone);
	if (!api)
		return NULL;
	struct provider *p = arena_alloc(api_arena(api), sizeof *p);
	*p = (struct provider){ .api = api, .mem = api_arena(api), .driver = driver };
	return p;
}

void provider_close(struct provider *p)
{
	if (p)
		api_close(p->api);
}

const struct dns_driver *provider_driver(const struct provider *p)
{
	return p->driver;
}

/* --- the zone --- */

/* Asks the driver about one name, unless that was done before. 1, 0, -1. */
static int ask(struct provider *p, struct txt *t, const char *name)
{
	for (const struct asked *s = p->asked; s; s = s->next)
		if (text_is(s->name, name)) {
			t->zone_id = s->zone_id;
			return s->mine;
		}
	t->zone_id = NULL;
	doing(p->mem, "zone lookup for %s", name);
	const int mine = p->driver->zone(p->api, t, name);
	if (mine < 0 || failed(p->mem))
		return fail(p->mem, "failed");
	struct asked *s = arena_alloc(p->mem, sizeof *s);
	*s = (struct asked){ name, t->zone_id, mine > 0, p->asked };
	p->asked = s;
	return mine > 0;
}

static int find_zone(struct provider *p, struct txt *t)
{
	t->sub = t->fqdn;
	t->zone = "";
	if (p->driver->no_zones)
		return 0;
	for (const char *name = t->fqdn; strchr(name, '.'); name = strchr(name, '.') + 1) {
		const int mine = ask(p, t, name);
		if (mine < 0)
			return -1;
		if (!mine)
			continue;
		const size_t n = (size_t)(name - t->fqdn);
		t->zone = name;
		t->sub = arena_strn(p->mem, t->fqdn, n ? n - 1 : 0);
		debug(1, "%s: %s is in zone %s", p->driver->svc.title, t->fqdn, name);
		return 0;
	}
	doing(p->mem, "zone lookup for %s", t->fqdn);
	fail(p->mem, "no zone of this account holds that name");
	return remedy(p->mem, "check that the domain is there and that the credentials may see it");
}

/* --- add and remove --- */
typedef int step(struct api *a, struct txt *t);

static int again(struct provider *p, struct txt *t, step *f)
{
	if (!api_unsure(p->api) || clock_interrupted())
		return -1;
	const struct error *e = arena_error(p->mem);
	debug(1, "%s: %s: %s: looking whether it was done", p->driver->svc.title, e->doing,
	    e->what);
	const struct error before = *e;
	api_recover(p->api);
	if (api_wait(p->api, UNSURE_MS))
		return -1;
	const int there = p->driver->find && f == p->driver->add ? p->driver->find(p->api, t) : 0;
	if (there > 0)
		return 0;
	if (there == 0 && f(p->api, t) == 0 && !failed(p->mem))
		return 0;
	*arena_error(p->mem) = before; /* the first failure is the one to tell */
	return -1;
}

/* The record in question, with its zone. */
static int describe(struct provider *p, const char *fqdn, const char *value, struct txt *t)
{
	*t = (struct txt){ .value = arena_str(p->mem, value),
		.ttl = p->driver->ttl ? p->driver->ttl : TTL };
	char *name = idn_to_ascii(p->mem, fqdn);
	if (!name)
		return -1;
	if (text_ends(name, "."))
		name[strlen(name) - 1] = 0;
	t->fqdn = name;
	return find_zone(p, t);
}

static int run(struct provider *p, const char *fqdn, const char *value, const char *what, step *f)
{
	struct txt t;
	doing(p->mem, "%s the TXT record %s", what, fqdn);
	if (describe(p, fqdn, value, &t))
		return -1;
	doing(p->mem, "%s the TXT record %s", what, t.fqdn);
	if (f(p->api, &t) || failed(p->mem)) {
		fail(p->mem, "failed");
		if (again(p, &t, f))
			return -1;
	}
	return cred_save(api_creds(p->api));
}

/* A driver builds JSON, which goes to the current arena: that is its conversation's meanwhile. */
static int on_arena(struct provider *p, struct arena *a, const char *fqdn, const char *value,
    const char *what, step *f)
{
	struct arena *before = arena_use(p->mem);
	api_recover(p->api);
	const int code = run(p, fqdn, value, what, f);
	arena_use(before);
	if (code && p->driver->svc.gone)
		arena_error(p->mem)->remedy = p->driver->svc.gone;
	return code ? error_move(a, p->mem) : 0;
}

int provider_add(struct provider *p, struct arena *a, const char *fqdn, const char *value)
{
	return on_arena(p, a, fqdn, value, "adding", p->driver->add);
}

int provider_rm(struct provider *p, struct arena *a, const char *fqdn, const char *value)
{
	return on_arena(p, a, fqdn, value, "removing", p->driver->rm);
}

const char *provider_zone(struct provider *p, struct arena *a, const char *fqdn)
{
	struct txt t;
	struct arena *before = arena_use(p->mem);
	api_recover(p->api);
	const int code = describe(p, fqdn, "", &t);
	arena_use(before);
	if (code)
		error_move(a, p->mem);
	return code ? NULL : t.zone;
}
