/* One certificate from its settings to its files (RFC 8555 7.4; acmesh-behaviour for the words). */
#include "issue.h"

#include <string.h>

#include "account.h"
#include "ari.h"
#include "ca.h"
#include "clock.h"
#include "csr.h"
#include "deploy.h"
#include "due.h"
#include "error.h"
#include "file.h"
#include "hooks.h"
#include "idn.h"
#include "install.h"
#include "log.h"
#include "prove.h"
#include "request.h"

#define ORDER_DEADLINE_MS (10 * 60 * 1000)
#define TURN_MS (20 * 60 * 1000) /* until others' hooks and reloads have ended */

/* What is gathered on the way; order and chain are in the operation's arena. */
struct progress {
	struct signing req; /* key and CSR */
	struct order order;
	bool resumed; /* it is one that an earlier run left */
	const char *pem;
	struct chain chain;
};

/* The stored certificate is replaced by this order when the same CA issued it, it is still
 * valid and a name goes on (RFC 9773 5). */
static const char *replaced_id(struct run *r, struct arena *a, const struct issue *job,
    struct strs names)
{
	struct arena *scratch;
	struct cert old;
	const char *id = NULL;

	if (!r->wire.dir.renewal_info || text_yes(home_setting(&r->home, "NO_ARI")) ||
	    !file_exists(job->store.cer) ||
	    !text_is(conf_get(job->store.conf, "Le_API"), job->spec.api))
		return NULL;
	scratch = arena_new();
	if (store_cert(scratch, &job->store, &old) == 0 && old.not_after > clock_now())
		for (size_t i = 0; i < names.n && !id; i++)
			if (strs_has(old.names, names.v[i]))
				id = arena_str(a, cert_ari_id(scratch, &old));
	arena_drop(scratch);
	return id;
}

/* --valid-from and --valid-to: a date as it is, or +3d, +12h from now. */
static const char *validity(struct arena *a, const char *s)
{
	long long n;
	size_t len = text_empty(s) ? 0 : strlen(s);
	const char *digits;

	if (!len)
		return NULL;
	if (s[0] != '+')
		return s;
	digits = arena_strn(a, s + 1, len - 2);
	if (text_number(digits, 0, 100000, &n))
		return NULL; /* spec_check has refused it */
	return clock_rfc3339(a, clock_now() + n * (s[len - 1] == 'd' ? 86400 : 3600));
}

/* A CA may have forgotten an account that our ca.conf still knows (a test CA that restarted). */
static int place_order(struct run *r, struct arena *a, const struct order_ask *ask,
    struct order *order)
{
	if (order_new(&r->wire, a, ask, order) == 0)
		return 0;
	if (!text_is(arena_error(a)->code, "accountDoesNotExist"))
		return -1;
	error_clear(a);
	info("The CA does not know the account any more.");
	return run_register(r, a) ? -1 : order_new(&r->wire, a, ask, order);
}

/* Goes on with the order that waits for DNS records by hand (Le_Vlist), if it is still of use. */
static bool resume_order(struct run *r, struct arena *a, const struct issue *job, struct order *o)
{
	const struct conf *c = job->store.conf;

	*o = (struct order){ .url = conf_get(c, "Le_LinkOrder"),
		.finalize = conf_get(c, "Le_OrderFinalize") };
	if (!job->renewal || !conf_get(c, "Le_Vlist") || text_empty(o->url) ||
	    !text_is(conf_get(c, "Le_API"), job->spec.api))
		return false;
	if (order_read(&r->wire, a, o, NULL) == 0 && o->authz_urls.n &&
	    (text_is(o->status, "pending") || text_is(o->status, "ready"))) {
		info("Going on with the order of the last run.");
		return true;
	}
	info("The order of the last run is of no use any more (%s): a new one is made.",
	    failed(a) ? error_text(a) : o->status);
	error_clear(a);
	return false;
}

static int make_order(struct run *r, struct arena *a, struct issue *job, struct progress *p)
{
	struct order_ask ask = { .names = p->req.names, .profile = job->spec.profile };
	char *list = text_join(a, p->req.names, ",DNS:");

	if (p->req.names.n == 1)
		info_value("Single domain", p->req.names.v[0]);
	else
		info_value("Multi domain", arena_fmt(a, "DNS:%s", list));
	ask.not_before = validity(a, job->spec.valid_from);
	ask.not_after = validity(a, job->spec.valid_to);
	ask.replaces = replaced_id(r, a, job, ask.names);
	if ((p->resumed = resume_order(r, a, job, &p->order)))
		return 0;
	return place_order(r, a, &ask, &p->order);
}

/* Key and request are on disk before the CA is asked to sign, the certificate right after. */
static int sign(struct run *r, struct arena *a, struct issue *job, struct progress *p)
{
	const char *preferred = job->spec.preferred_chain;
	struct order *o = &p->order;
	int64_t deadline = clock_ms() + ORDER_DEADLINE_MS;

	if (text_empty(preferred))
		preferred = conf_get(r->ca->conf, "DEFAULT_PREFERRED_CHAIN");
	if (request_stage(r, a, &job->store, &p->req))
		return -1;
	info("Verification finished, beginning signing.");
	info("Let's finalize the order.");
	info_value("Le_OrderFinalize", o->finalize);
	if (!text_is(o->status, "valid") && order_finalize(&r->wire, a, o, p->req.csr))
		return -1;
	if (order_poll(&r->wire, a, o, "valid", deadline, NULL, NULL))
		return -1;
	info("Downloading cert.");
	info_value("Le_LinkCert", o->certificate);
	if (order_download(&r->wire, a, o, preferred, &p->pem, &p->chain))
		return -1;
	if (r->set.require_chain && !text_empty(preferred) &&
	    !text_has_ci(chain_top_issuer(&p->chain), preferred))
		return fail(a, "no chain of the CA has '%s' as its top issuer", preferred);
	return chain_check(a, p->pem, &p->chain, p->req.spki, p->req.names, clock_now());
}

/* What follows a certificate that is in place, in acme.sh's order. */
struct step {
	const char *name;
	bool (*wanted)(const struct issue *job);
	int (*run)(struct run *r, struct arena *a, struct issue *job);
};

static bool wants_install(const struct issue *job)
{
	return install_wanted(&job->spec);
}

static int step_install(struct run *r, struct arena *a, struct issue *job)
{
	return install_files(r, a, &job->spec, &job->store, !job->renewal);
}

static bool wants_post(const struct issue *job)
{
	return !text_empty(job->spec.post_hook);
}

static int step_post(struct run *r, struct arena *a, struct issue *job)
{
	info("Running post hook:'%s'", job->spec.post_hook);
	return hook_run(r, a, "post hook", job->spec.post_hook, &job->spec, &job->store);
}

static bool wants_renew(const struct issue *job)
{
	return job->renewal && !text_empty(job->spec.renew_hook);
}

static int step_renew(struct run *r, struct arena *a, struct issue *job)
{
	info("Running renew hook: '%s'", job->spec.renew_hook);
	return hook_run(r, a, "renew hook", job->spec.renew_hook, &job->spec, &job->store);
}

static bool wants_deploy(const struct issue *job)
{
	return !text_empty(job->spec.deploy_hook);
}

static int step_deploy(struct run *r, struct arena *a, struct issue *job)
{
	return deploy_run(r, a, &job->spec, &job->store);
}

static const struct step steps[] = {
	{ "install", wants_install, step_install },
	{ "post", wants_post, step_post },
	{ "renew", wants_renew, step_renew },
	{ "deploy", wants_deploy, step_deploy },
};
enum { STEPS = sizeof steps / sizeof *steps };

/* All steps are owed from the moment the certificate is in place, so that a crash forgets none. */
static const char *owed_at_first(struct arena *a, const struct issue *job)
{
	struct strs owed = { 0 };

	for (size_t i = 0; i < STEPS; i++)
		if (steps[i].wanted(job))
			strs_add(a, &owed, steps[i].name);
	return owed.n ? text_join(a, owed, ",") : NULL;
}

/* What acme.sh keeps about the order, besides the settings; not on disk yet. */
static void fill_conf(struct run *r, struct arena *a, struct issue *job, const struct progress *p)
{
	struct conf *c = job->store.conf;
	const struct cert *leaf = &p->chain.certs[0];
	struct spec terms = run_terms(r, &job->spec);
	int64_t now = clock_now();
	struct due_facts facts;
	struct due due;

	if (job->csr)
		job->spec.keylength = p->req.key_length;
	spec_save(c, &job->spec);
	conf_set(c, "Le_Vlist", NULL);
	conf_set(c, "Le_OrderFinalize", p->order.finalize);
	conf_set(c, "Le_LinkOrder", p->order.url);
	conf_set(c, "Le_LinkCert", p->order.certificate);
	conf_set(c, "Le_CertCreateTime", arena_fmt(a, "%lld", (long long)now));
	conf_set(c, "Le_CertCreateTimeStr", clock_rfc3339(a, now));
	due_save_success(c, leaf->not_before, leaf->not_after);
	due_read(c, &terms, now, &facts);
	facts.next = 0;
	due = due_compute(&facts);
	conf_set(c, "Le_NextRenewTimeStr", clock_rfc3339(a, due.when));
	conf_set(c, "Le_NextRenewTime", arena_fmt(a, "%lld", (long long)due.when));
	conf_set(c, ACME_OWED, owed_at_first(a, job));
}

static int keep(struct run *r, struct arena *a, struct issue *job, struct progress *p)
{
	const struct store *s = &job->store;
	const struct store_new new = { .pem = p->pem,
		.chain = &p->chain,
		.staged_key = p->req.staged_key,
		.csr = csr_pem(a, p->req.csr),
		.csr_conf = p->req.key ? request_conf(a, &job->spec, p->req.names) : NULL };

	at(a, "%s", s->domain);
	doing(a, "storing the certificate");
	fill_conf(r, a, job, p);
	if (store_commit(a, s, &new) || request_keep(r, a, s, &job->spec, &p->req))
		return -1;
	say("cert.issued",
	    EVENT_FIELDS({ "domain", s->domain }, { "cert", s->cer },
	        { "key", p->req.key ? s->key : NULL }, { "ca", s->ca },
	        { "fullchain", s->fullchain }, { "serial", p->chain.certs[0].serial_hex },
	        { "not_after", clock_rfc3339(a, p->chain.certs[0].not_after) }),
	    "Cert success.");
	if (!log_is_json())
		print("%s", cert_pem(a, p->chain.certs[0].der));
	info("Your cert is in: %s", s->cer);
	if (p->req.key)
		info("Your cert key is in: %s", s->key);
	if (p->chain.n > 1)
		info("The intermediate CA cert is in: %s", s->ca);
	info("And the full-chain cert is in: %s", s->fullchain);
	return 0;
}

/* Everything up to files in place. The keeper is forked and the account made ready first. */
static int obtain(struct run *r, struct arena *a, struct issue *job, struct progress *p)
{
	at(a, "%s", job->spec.domain);
	if (request_make(r, a, &job->store, &job->spec, job->csr, &p->req) ||
	    prove_ready(r, a, &job->spec, &job->store) || run_wire(r, a, job->spec.api, true) ||
	    make_order(r, a, job, p) ||
	    prove_order(r, a, &job->spec, &job->store, &p->order, p->resumed) || sign(r, a, job, p))
		return -1;
	return keep(r, a, job, p);
}

/* What the user wrote for one certificate at a time must not run for two. *lock is for
 * file_unlock(), -1 where nobody else can be at it. */
static int my_turn(struct run *r, struct arena *a, int *lock)
{
	*lock = -1;
	if (!r->worker)
		return 0;
	*lock = file_lock(a, file_join(a, r->home.config, ".hooks.lock"), TURN_MS,
	    "the hooks of another certificate");
	return *lock < 0 ? -1 : 0;
}

/* Runs the steps that the conf says are owed; what fails stays owed, so that the next run does it
 * again. The first failure is the one that is told; the later steps still run. */
int issue_owed(struct run *r, struct arena *a, struct issue *job)
{
	struct conf *c = job->store.conf;
	struct strs owed = text_split(a, conf_get(c, ACME_OWED), ","), left = { 0 };
	int turn = -1;

	if (owed.n && my_turn(r, a, &turn))
		return -1; /* they stay owed */
	for (size_t i = 0; i < STEPS; i++) {
		struct arena *step;

		if (!strs_has(owed, steps[i].name) || !steps[i].wanted(job))
			continue;
		step = arena_new();
		if (steps[i].run(r, step, job)) {
			strs_add(a, &left, steps[i].name);
			if (failed(a))
				complain("%s", error_text(step));
			else
				error_move(a, step);
		}
		arena_drop(step);
	}
	if (turn >= 0)
		file_unlock(turn);
	conf_set(c, ACME_OWED, left.n ? text_join(a, left, ",") : NULL);
	if (conf_save(c))
		return -1;
	if (left.n)
		remedy(a, "the certificate is in place; the next cron run tries this again");
	return left.n ? -1 : 0;
}

/* The post-hook undoes what the pre-hook did, however the attempt ended. */
static void after_failure(struct run *r, struct issue *job)
{
	struct arena *a = arena_new();

	clock_cleaning(true);
	if (wants_post(job) && step_post(r, a, job))
		complain("%s", error_text(a));
	clock_cleaning(false);
	arena_drop(a);
}

/* What is wrong with stored targets and hooks keeps no certificate from being renewed: they fail when it
 * is in place, and are owed then. */
static int check(struct run *r, struct arena *a, const struct issue *job)
{
	if (spec_check(a, &job->spec))
		return -1;
	return !job->stored_steps &&
	        (install_check(a, &job->spec) || deploy_check(r, a, &job->spec, &job->store))
	    ? -1
	    : 0;
}

int issue_certificate(struct run *r, struct arena *a, struct issue *job)
{
	struct progress p = { 0 };
	const struct spec *s = &job->spec;

	if (check(r, a, job) || !run_keeper(r, a) || run_wire(r, a, s->api, false))
		return -1;
	info("Using CA: %s", s->api);
	if (!text_empty(s->pre_hook))
		info("Running pre hook:'%s'", s->pre_hook);
	if (hook_run(r, a, "pre hook", s->pre_hook, s, &job->store) || obtain(r, a, job, &p)) {
		after_failure(r, job);
		return -1;
	}
	return issue_owed(r, a, job);
}
