/* Credentials: rows of a service against the environment and acme.sh's conf files. */
#include "cred.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "buf.h"
#include "error.h"
#include "log.h"

enum { ROWS = sizeof((struct service *)0)->creds / sizeof(struct cred) };

/* FILE_GIVEN: --dns-env, which the next run reads again; its values are not saved. */
enum origin { NOWHERE, DEFAULT, CONF, ENVIRONMENT, FILE_GIVEN };

struct creds {
	struct arena *mem;
	const struct service *svc;
	struct cred_places places;
	int way;
	struct found {
		const char *value;
		enum origin from;
	} found[ROWS];
};

static bool is_row(const struct service *svc, size_t i)
{
	return i < ROWS && svc->creds[i].name;
}

/* --- looking up --- */

/* The row's name in the confs, and first in the environment: a profile has its own. */
static const char *key_of(const struct creds *c, const char *name)
{
	if (text_empty(c->places.profile))
		return name;
	char *key = fmt(c->mem, "%s__%s", name, c->places.profile);
	for (char *p = key; *p; p++)
		if (!strchr("_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", *p))
			*p = '_';
	return key;
}

static const char *of_conf(const struct creds *c, const char *name)
{
	const struct cred_places *p = &c->places;
	const char *value = p->domain ? conf_get(p->domain, name) : NULL;
	if (text_empty(value) && p->domain && p->deploy)
		value = conf_get(p->domain, fmt(c->mem, "SAVED_%s", name));
	if (text_empty(value) && p->account)
		value = conf_get(p->account, fmt(c->mem, "SAVED_%s", name));
	if (text_empty(value) && p->account)
		value = conf_get(p->account, name);
	return value;
}

static bool take(struct creds *c, struct found *f, const char *value, enum origin from)
{
	if (text_empty(value) || f->value)
		return false;
	/* A line end that came along from a file or an echo. */
	size_t n = strlen(value);
	while (n > 1 && strchr("\r\n", value[n - 1]))
		n--;
	*f = (struct found){ arena_strn(c->mem, value, n), from };
	return true;
}

static void take_env(struct creds *c, struct found *f, const char *name)
{
	take(c, f, c->places.env ? conf_get(c->places.env, name) : NULL, FILE_GIVEN);
	take(c, f, getenv(name), ENVIRONMENT);
}

static void look_up(struct creds *c, const struct cred *row, struct found *f)
{
	struct strs names = text_split(c->mem, row->also, "|");
	const char *key = key_of(c, row->name);
	take_env(c, f, key);
	take_env(c, f, row->name);
	for (size_t i = 0; i < names.n; i++)
		take_env(c, f, names.v[i]);
	take(c, f, of_conf(c, key), CONF);
	for (size_t i = 0; i < names.n; i++)
		take(c, f, of_conf(c, key_of(c, names.v[i])), CONF);
	take(c, f, row->dflt, DEFAULT);
	if (f->value && (row->flags & SECRET))
		secret(f->value);
}

/* --- the ways --- */
static int last_way(const struct service *svc)
{
	int last = 0;
	for (size_t i = 0; is_row(svc, i); i++)
		if (svc->creds[i].way > last)
			last = svc->creds[i].way;
	return last;
}

/* What of a way (rows of way 0 stand alone) is there: the best origin of its rows, NOWHERE when a
 * demanded one is missing, named in *missing. */
static enum origin complete(const struct creds *c, int way, const char **missing)
{
	enum origin best = NOWHERE;
	bool whole = true;
	for (size_t i = 0; is_row(c->svc, i); i++) {
		const struct cred *row = &c->svc->creds[i];
		const struct found *f = &c->found[i];
		if (row->way != way)
			continue;
		if (!f->value && !(row->flags & OPTIONAL)) {
			whole = false;
			if (!*missing)
				*missing = row->name;
		}
		if (f->from > best && !(row->flags & OPTIONAL))
			best = f->from;
	}
	if (!whole && best <= DEFAULT)
		*missing = NULL; /* nothing of it is there: it is not what the user began with */
	return whole ? (best ? best : DEFAULT) : NOWHERE;
}

/* The way that is complete; one from the environment before one from a conf. */
static int choose(struct creds *c)
{
	const struct service *svc = c->svc;
	const char *missing = NULL;
	const int ways = last_way(svc);
	enum origin best = NOWHERE;
	const char *wanted = cred_wanted(c->mem, svc);

	if (!complete(c, 0, &missing))
		return missing
		    ? (fail(c->mem, "%s is not set", missing), remedy(c->mem, "%s", wanted))
		    : fail(c->mem, "%s", wanted);
	for (int way = 1; way <= ways; way++) {
		const enum origin from = complete(c, way, &missing);
		if (from > best) {
			best = from;
			c->way = way;
		}
	}
	if (!ways || best || (svc->keyless && !missing))
		return 0;
	if (!missing)
		return fail(c->mem, "%s", wanted);
	fail(c->mem, "%s is not set", missing);
	return remedy(c->mem, "%s", wanted);
}

struct creds *cred_open(struct arena *a, const struct service *svc, const struct cred_places *p)
{
	struct creds *c = arena_alloc(a, sizeof *c);
	*c = (struct creds){ .mem = a, .svc = svc, .places = *p };
	for (size_t i = 0; is_row(svc, i); i++)
		look_up(c, &svc->creds[i], &c->found[i]);
	return choose(c) == 0 ? c : NULL;
}

/* --- reading and setting --- */
static bool is_used(const struct creds *c, size_t i)
{
	return c->svc->creds[i].way == 0 || c->svc->creds[i].way == c->way;
}

static const struct found *find(const struct creds *c, const char *name, size_t *at)
{
	for (*at = 0; is_row(c->svc, *at); ++*at)
		if (text_is(c->svc->creds[*at].name, name))
			return &c->found[*at];
	return NULL;
}

const char *cred_try(const struct creds *c, const char *name)
{
	size_t at;
	const struct found *f = find(c, name, &at);
	return f && is_used(c, at) ? f->value : NULL;
}

const char *cred_get(const struct creds *c, const char *name)
{
	size_t at;
	if (!find(c, name, &at))
		die("%s has no credential %s", c->svc->name, name);
	return cred_try(c, name);
}

/* Whether a row of the service binds all the others to the certificate. */
static bool bound(const struct creds *c)
{
	for (size_t i = 0; is_row(c->svc, i); i++)
		if ((c->svc->creds[i].flags & BINDS) && c->found[i].value && is_used(c, i))
			return true;
	return false;
}

/* Puts a row's value where it belongs, and takes it from where it would be found as well. */
static void store(struct creds *c, const struct cred *row, const char *value)
{
	const struct cred_places *p = &c->places;
	const char *key = key_of(c, row->name);
	const bool mine = p->env || (row->flags & (PER_DOMAIN | BINDS)) || bound(c);
	if (p->deploy && p->domain && !mine && !(row->flags & IN_ACCOUNT)) {
		conf_set(p->domain, fmt(c->mem, "SAVED_%s", key), value);
		conf_set(p->domain, key, NULL);
	} else if (mine && p->domain) {
		conf_set(p->domain, key, value);
	} else if (p->account) {
		conf_set(p->account, fmt(c->mem, "SAVED_%s", key), value);
		conf_set(p->account, key, NULL);
	}
}

static int write_confs(struct creds *c)
{
	const struct cred_places *p = &c->places;
	if (p->domain && conf_changed(p->domain) && conf_save(p->domain))
		return -1;
	return p->account && conf_changed(p->account) ? conf_save(p->account) : 0;
}

int cred_set(struct creds *c, const char *name, const char *value)
{
	size_t at;
	if (!find(c, name, &at))
		die("%s has no credential %s", c->svc->name, name);
	if (c->svc->creds[at].flags & SECRET)
		secret(value);
	c->found[at] = (struct found){ arena_str(c->mem, value), CONF };
	store(c, &c->svc->creds[at], value);
	return write_confs(c);
}

int cred_save(struct creds *c)
{
	bool fresh = false, passing = false;
	for (size_t i = 0; is_row(c->svc, i); i++) {
		fresh |= is_used(c, i) && c->found[i].from == ENVIRONMENT;
		passing |= is_used(c, i) && c->found[i].value && (c->svc->creds[i].flags & PASSING);
	}
	if (!fresh || passing)
		return 0;
	for (size_t i = 0; is_row(c->svc, i); i++) {
		const struct cred *row = &c->svc->creds[i];
		if (row->flags & (UNSAVED | PASSING))
			continue;
		if (!is_used(c, i))
			store(c, row, NULL);
		else if (c->found[i].from == ENVIRONMENT)
			store(c, row, c->found[i].value);
	}
	return write_confs(c);
}

/* --- describing --- */

/* "A (what), B (what) and C (what)" of one way's demanded rows; "" when there are none. */
static const char *rows_text(struct arena *a, const struct service *svc, int way)
{
	struct buf b = buf_new(a, 0);
	size_t left = 0;
	for (size_t i = 0; is_row(svc, i); i++)
		left += svc->creds[i].way == way && !(svc->creds[i].flags & OPTIONAL) &&
		    !svc->creds[i].dflt;
	for (size_t i = 0; is_row(svc, i); i++) {
		const struct cred *row = &svc->creds[i];
		if (row->way != way || (row->flags & OPTIONAL) || row->dflt)
			continue;
		buf_fmt(&b, "%s (%s)", row->name, row->help);
		left--;
		buf_str(&b, left > 1 ? ", " : left == 1 ? " and " : "");
	}
	return buf_text(&b);
}

char *cred_wanted(struct arena *a, const struct service *svc)
{
	struct buf b = buf_new(a, 0);
	const char *common = rows_text(a, svc, 0);
	const int ways = last_way(svc);
	for (int way = 1; way <= ways; way++) {
		const char *rows = rows_text(a, svc, way);
		if (*rows)
			buf_fmt(&b, "%s%s", b.len ? ", or " : "set ", rows);
	}
	if (*common)
		buf_fmt(&b, "%s%s", b.len ? ", and in any case " : "set ", common);
	return b.len ? b.data : NULL;
}

char *cred_used(struct arena *a, const struct creds *c)
{
	struct strs names = { 0 };
	for (size_t i = 0; is_row(c->svc, i); i++)
		if (is_used(c, i) && c->found[i].value && (c->svc->creds[i].flags & SECRET))
			strs_add(a, &names, c->svc->creds[i].name);
	return names.n ? text_join(a, names, " and ") : NULL;
}
