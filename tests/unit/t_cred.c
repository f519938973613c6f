/* Credentials: where they are found, which way is taken, what is demanded, what is saved. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "arena.h"
#include "cred.h"
#include "error.h"
#include "file.h"
#include "tap.h"

static struct arena *mem;
static const char *dir;

static const struct service svc = {
	.name = "dns_fake",
	.title = "Fake",
	.creds = {
		{ "FK_Token", "API token", SECRET, 1, NULL, "FK_OLD_TOKEN|fk_token" },
		{ "FK_Zone", "zone", OPTIONAL | BINDS, 1, NULL, NULL },
		{ "FK_Email", "e-mail address", 0, 2, NULL, NULL },
		{ "FK_Key", "global key", SECRET, 2, NULL, NULL },
		{ "FK_Session", "session", OPTIONAL | PASSING, 2, NULL, NULL },
		{ "FK_Ttl", "TTL", OPTIONAL, 0, "60", NULL },
	},
};

/* A case: "NAME=value" lines of the environment and the two confs. */
struct world {
	const char *env, *account, *domain, *profile;
};

static struct cred_places places;

static struct conf *conf_of(const char *name, const char *lines)
{
	const char *path = file_join(mem, dir, name);
	file_remove(mem, path);
	if (lines)
		file_write(mem, path, lines, strlen(lines), 0600, false);
	return conf_load(mem, path);
}

static struct creds *open_in(const struct service *s, const struct world *w)
{
	struct strs vars = text_split(mem, w->env, "\n");
	for (const struct cred *c = s->creds; c->name; c++)
		unsetenv(c->name);
	unsetenv("FK_OLD_TOKEN");
	unsetenv("FK_Token__work");
	for (size_t i = 0; i < vars.n; i++) {
		const size_t n = strcspn(vars.v[i], "=");
		setenv(arena_strn(mem, vars.v[i], n), vars.v[i] + n + 1, 1);
	}
	places = (struct cred_places){ .account = conf_of("account.conf", w->account),
		.domain = w->domain ? conf_of("domain.conf", w->domain) : NULL,
		.profile = w->profile };
	error_clear(mem);
	return cred_open(mem, s, &places);
}

static void lookups(void)
{
	static const struct {
		struct world w;
		const char *token, *email; /* as got */
	} rows[] = {
		{ { "FK_Token=e", "SAVED_FK_Token='s'\nFK_Token='p'\n", "FK_Token='d'\n", NULL },
		    "e", NULL },
		{ { "", "SAVED_FK_Token='s'\nFK_Token='p'\n", "FK_Token='d'\n", NULL }, "d", NULL },
		{ { "", "SAVED_FK_Token='s'\nFK_Token='p'\n", NULL, NULL }, "s", NULL },
		{ { "FK_Token=", "FK_Token='p'\n", "", NULL }, "p", NULL },
		{ { "FK_OLD_TOKEN=o", NULL, NULL, NULL }, "o", NULL },
		{ { "", "SAVED_fk_token='o'\n", NULL, NULL }, "o", NULL },
		{ { "FK_Email=m\nFK_Key=k", "SAVED_FK_Token='s'\n", NULL, NULL }, NULL, "m" },
		{ { "FK_Email=m\nFK_Key=k\nFK_Token=e", NULL, NULL, NULL }, "e", NULL },
		{ { "FK_Email=m", "SAVED_FK_Token='s'\n", NULL, NULL }, "s", NULL },
		{ { "FK_Email=m", "SAVED_FK_Token='s'\nSAVED_FK_Key='k'\n", NULL, NULL }, NULL,
		    "m" },
		{ { "", "SAVED_FK_Token='s'\nSAVED_FK_Token__work='w'\n", NULL, "work" }, "w",
		    NULL },
		{ { "FK_Token=e", "SAVED_FK_Token__work='w'\n", NULL, "work" }, "e", NULL },
		{ { "FK_Token=e\nFK_Token__work=we", "SAVED_FK_Token__work='w'\n", NULL, "work" },
		    "we", NULL },
		{ { "FK_Token=line\r\n", NULL, NULL, NULL }, "line", NULL },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct creds *c = open_in(&svc, &rows[i].w);
		ok(c != NULL, "complete");
		is_str(c ? cred_get(c, "FK_Token") : "?", rows[i].token, "token");
		is_str(c ? cred_get(c, "FK_Email") : "?", rows[i].email, "e-mail");
	}
	const struct creds *c = open_in(&svc, &(struct world){ "FK_Token=e", NULL, NULL, NULL });
	is_str(cred_get(c, "FK_Ttl"), "60", "a default");
	ok(!cred_try(c, "FK_Nothing"), "no such row");
	is_str(cred_used(mem, c), "FK_Token", "what to check");
}

static void demands(void)
{
	static const char all[] =
	    "set FK_Token (API token), or FK_Email (e-mail address) and FK_Key (global key)";
	static const struct {
		struct world w;
		const char *what, *remedy;
	} rows[] = {
		{ { "", NULL, NULL, NULL }, all, NULL },
		{ { "FK_Email=m", NULL, NULL, NULL }, "FK_Key is not set", all },
		{ { "", "SAVED_FK_Token='s'\n", NULL, "work" }, all, NULL },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ok(!open_in(&svc, &rows[i].w), "not complete");
		is_str(arena_error(mem)->what, rows[i].what, "what is wanted");
		is_str(arena_error(mem)->remedy, rows[i].remedy, "remedy");
	}
	const struct service one = { .title = "One",
		.creds = { { "FK_Token", "token", SECRET, 0, NULL, NULL },
		    { "FK_Url", "URL", 0, 0, NULL, NULL },
		    { "FK_User", "user", 0, 0, NULL, NULL } } };
	ok(!open_in(&one, &(struct world){ "", NULL, NULL, NULL }), "nothing set");
	is_str(arena_error(mem)->what, "set FK_Token (token), FK_Url (URL) and FK_User (user)",
	    "three");
	struct service role = svc;
	role.keyless = true;
	const struct creds *c = open_in(&role, &(struct world){ "", NULL, NULL, NULL });
	ok(c && !cred_get(c, "FK_Token"), "a service that works without");
	ok(!open_in(&role, &(struct world){ "FK_Key=k", NULL, NULL, NULL }),
	    "but half a set is a mistake");
	struct service regional = { .name = "fake",
		.keyless = true,
		.creds = { { "FK_Key", "key", 0, 1, NULL, NULL },
		    { "FK_Url", "URL", 0, 0, NULL, NULL } } };
	ok(!open_in(&regional, &(struct world){ "FK_Key=k", NULL, NULL, NULL }),
	    "nor does it work without what it needs in any case");
	ok(open_in(&regional, &(struct world){ "FK_Url=u", NULL, NULL, NULL }) != NULL,
	    "with that it does");
}

static void saves(void)
{
	static const struct {
		struct world w;
		const char *account, *domain; /* afterwards */
	} rows[] = {
		{ { "FK_Token=e", "FK_Token='p'\nX='y'\n", NULL, NULL },
		    "X='y'\nSAVED_FK_Token='e'\n", NULL },
		{ { "FK_Token=e\nFK_Ttl=9", "SAVED_FK_Email='m'\nSAVED_FK_Key='k'\n", NULL, NULL },
		    "SAVED_FK_Token='e'\nSAVED_FK_Ttl='9'\n", NULL },
		{ { "", "FK_Token='p'\n", NULL, NULL }, "FK_Token='p'\n", NULL },
		{ { "FK_Token=e\nFK_Zone=z", "A='b'\n", "C='d'\n", NULL }, "A='b'\n",
		    "C='d'\nFK_Token='e'\nFK_Zone='z'\n" },
		{ { "FK_Token=e", NULL, "C='d'\n", NULL }, "SAVED_FK_Token='e'\n", "C='d'\n" },
		{ { "FK_Email=m\nFK_Key=k\nFK_Session=s", "A='b'\n", NULL, NULL }, "A='b'\n",
		    NULL },
		{ { "FK_Token=e", "SAVED_FK_Token='s'\n", NULL, "wo-rk" },
		    "SAVED_FK_Token='s'\nSAVED_FK_Token__wo_rk='e'\n", NULL },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct creds *c = open_in(&svc, &rows[i].w);
		is_int(c ? cred_save(c) : -1, 0, "saved");
		is_str(file_read(mem, file_join(mem, dir, "account.conf"), 4096, NULL),
		    rows[i].account, "account.conf");
		if (rows[i].domain)
			is_str(file_read(mem, file_join(mem, dir, "domain.conf"), 4096, NULL),
			    rows[i].domain, "certificate's conf");
	}
	struct creds *c = open_in(&svc, &(struct world){ "FK_Token=e", NULL, NULL, NULL });
	is_int(cred_set(c, "FK_Zone", "zz"), 0, "a value of the provider");
	is_str(cred_get(c, "FK_Zone"), "zz", "is there at once");
	is_str(file_read(mem, file_join(mem, dir, "account.conf"), 4096, NULL),
	    "SAVED_FK_Zone='zz'\n", "and on disk");
}

int main(void)
{
	char temporary[] = "/tmp/t_cred.XXXXXX";
	mem = arena_new();
	dir = mkdtemp(temporary);
	lookups();
	demands();
	saves();
	file_remove(mem, file_join(mem, dir, "account.conf"));
	file_remove(mem, file_join(mem, dir, "domain.conf"));
	rmdir(dir);
	arena_drop(mem);
	return done();
}
