/* Le_DeployHook: "hook1,hook2,". A program of the user's goes before a compiled-in hook of its
 * name; pieces of acme.sh's shell in the home do not.
 *
 * A compiled-in hook needs the private key, which does not belong into this process: each runs in a
 * child that reads the key, does its work and ends. */
#include "deploy.h"

#include <string.h>

#include "api.h"
#include "cert.h"
#include "crew.h"
#include "error.h"
#include "file.h"
#include "hooks.h"
#include "log.h"
#include "plugin.h"
#include "proc.h"
#include "userhook.h"

enum { PEM_MAX = 1 << 20, JOB_MS = 15 * 60 * 1000 };

struct job {
	struct run *run;
	struct arena *mem;
	const char *name;               /* as given, perhaps with a profile */
	const struct deploy_hook *hook; /* NULL: a program of the user's */
	const char *profile;
	const char *program;
	const struct spec *spec;
	const struct store *store;
	const struct conf *settings; /* that go before the environment; NULL: none */
};

/* In the child: what it deploys, for hooks that run other ones. */
static struct job *ours;

static int find(struct job *j, struct arena *a)
{
	j->hook = plugin_find_deploy(a, j->name, &j->profile);
	j->program = userhook_find(j->run, a, "deploy", j->name, j->spec->domain, j->hook != NULL);
	return failed(a) ? -1 : 0;
}

static struct cred_places places(const struct job *j)
{
	return (struct cred_places){ .account = j->run->home.conf,
		.domain = j->store->conf,
		.env = j->settings,
		.profile = j->profile,
		.deploy = true };
}

/* Whether the settings that the hook needs are there. */
static int check_settings(const struct job *j, struct arena *a)
{
	struct arena *own = arena_new();
	const struct cred_places where = places(j);
	int bad = 0;

	at(own, "%s", j->hook->svc.title);
	if (!cred_open(own, &j->hook->svc, &where))
		bad = error_move(a, own);
	arena_drop(own);
	return bad;
}

int deploy_check(struct run *r, struct arena *a, const struct spec *s, const struct store *store)
{
	struct strs names = text_split(a, s->deploy_hook, ",");

	for (size_t i = 0; i < names.n; i++) {
		struct job j = { .run = r, .name = names.v[i], .spec = s, .store = store };
		if (find(&j, a) || (!j.program && check_settings(&j, a)))
			return -1;
	}
	return 0;
}

/* --- in the child --------------------------------------------------------------------------- */

/* What is pasted together must not run together: the text ends with a line end. */
static const char *read_pem(struct arena *a, const char *path, bool may_miss)
{
	bool missing = false;
	const char *text = may_miss ? file_try(a, path, PEM_MAX, NULL, &missing)
	                            : file_read(a, path, PEM_MAX, NULL);

	if (missing)
		return "";
	return !text || text_ends(text, "\n") ? text : fmt(a, "%s\n", text);
}

static int describe(const struct job *j, struct arena *a, struct deployment *d)
{
	const struct store *s = j->store;
	struct chain chain;

	*d = (struct deployment){ .domain = s->domain,
		.name = text_replace(a, s->domain, "*", "_"),
		.names = spec_names(a, j->spec),
		.ecc = s->ecc,
		.cert_path = s->cer,
		.chain_path = s->ca,
		.fullchain_path = s->fullchain,
		.key_path = s->key,
		.pfx_path = s->pfx,
		.folder = s->dir,
		.env = hook_environment(j->run, a, j->spec, s) };
	if (!(d->cert = read_pem(a, s->cer, false)) || !(d->chain = read_pem(a, s->ca, true)) ||
	    !(d->fullchain = read_pem(a, s->fullchain, false)) ||
	    !(d->key = read_pem(a, s->key, false)))
		return -1;
	secret(d->key);
	if (chain_parse(a, d->cert, strlen(d->cert), &chain))
		return -1;
	d->not_after = chain.certs[0].not_after;
	return 0;
}

static int call_hook(const struct job *j, struct arena *a, const struct deployment *d)
{
	const struct api_ask where = { .http = run_http(j->run, a),
		.keeper = run_keeper(j->run, a),
		.places = places(j) };

	return where.http && where.keeper ? plugin_run_deploy(a, &where, j->hook, d) : -1;
}

static int run_own(const struct job *j)
{
	const struct store *s = j->store;
	const char *const arguments[] = { s->domain, s->key, s->cer, s->ca, s->fullchain, NULL };
	struct strs env = hook_environment(j->run, j->mem, j->spec, s);
	struct strs names = j->settings ? conf_keys(j->mem, j->settings) : (struct strs){ 0 };

	for (size_t i = 0; i < names.n; i++)
		proc_setenv(j->mem, &env, names.v[i], conf_get(j->settings, names.v[i]));
	return userhook_run(j->mem, j->program, arguments, env);
}

static int deploy_here(struct job *j, struct arena *a)
{
	struct deployment d;
	int bad;

	ours = j;
	http_leave(j->run->http); /* the caller's connections are not for us */
	j->run->http = NULL;
	bad = describe(j, a, &d) || call_hook(j, a, &d);
	http_close(j->run->http);
	return bad ? -1 : 0;
}

int deploy_by(struct api *a, const struct deployment *d, const char *hook, struct strs settings)
{
	struct arena *mem = arena_new();
	struct conf *conf = conf_parse(mem, "settings", "", 0);
	struct job j = *ours;
	int bad;

	for (size_t i = 0; i < settings.n; i++) {
		const size_t n = strcspn(settings.v[i], "=");
		conf_set(conf, arena_strn(mem, settings.v[i], n), settings.v[i] + n + 1);
	}
	j.mem = mem;
	j.name = hook;
	j.settings = conf;
	if (find(&j, mem))
		bad = -1;
	else if (j.hook == ours->hook && !j.program)
		bad = fail(mem, "%s runs itself", hook);
	else
		bad = j.program ? run_own(&j) : call_hook(&j, mem, d);
	if (bad)
		fail(a, "%s", error_text(mem));
	arena_drop(mem);
	return bad ? -1 : 0;
}

static void work(void *ctx, size_t n, int fd, struct report *out)
{
	struct arena *a = arena_new();

	(void)n;
	(void)fd;
	out->code = deploy_here(ctx, a) ? 1 : 0;
	const char *text = error_text(a);
	memcpy(out->text, text, strnlen(text, sizeof out->text - 1));
	arena_drop(a);
}

/* --- in the caller -------------------------------------------------------------------------- */

static void done(void *ctx, size_t n, const struct report *report)
{
	const struct job *j = ctx;

	(void)n;
	if (report->code)
		fail(j->mem, "%s", arena_str(j->mem, report->text));
}

static int run_compiled(struct job *j)
{
	const struct crew crew = { .ctx = j,
		.work = work,
		.done = done,
		.limit = 1,
		.job_ms = JOB_MS };

	if (!run_keeper(j->run, j->mem))
		return -1;
	if (crew_run(&crew, 1))
		fail(j->mem, "told to end");
	return failed(j->mem) ? -1 : 0;
}

static int deploy_one(struct job *j)
{
	if (find(j, j->mem))
		return -1;
	info("Running deploy hook: %s", j->name);
	return j->program ? run_own(j) : run_compiled(j);
}

int deploy_run(struct run *r, struct arena *a, const struct spec *s, const struct store *store)
{
	struct strs names = text_split(a, s->deploy_hook, ",");

	for (size_t i = 0; i < names.n; i++) {
		struct job j = { .run = r,
			.mem = arena_new(),
			.name = names.v[i],
			.spec = s,
			.store = store };

		if (deploy_one(&j) == 0)
			success("Success: deploy hook %s", names.v[i]);
		else if (failed(a))
			complain("%s", error_text(j.mem));
		else
			error_move(a, j.mem);
		arena_drop(j.mem);
	}
	return failed(a) ? -1 : 0;
}
