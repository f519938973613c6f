/* From a new order to one that is ready to be finalised (RFC 8555 7.5). */
#include "prove.h"

#include "account.h"
#include "challenge.h"
#include "clock.h"
#include "dnsrecords.h"
#include "error.h"
#include "log.h"
#include "webserver.h"

#define PROVE_DEADLINE_MS (10 * 60 * 1000)
#define ROUND_POLL_MS 1000
#define ALREADY_VERIFIED "%s is already verified, skipping %s."

/* One task a name, in the order of the names. */
static int make_tasks(struct arena *a, const struct spec *spec, struct solving *s)
{
	struct strs names = spec_ascii_names(a, spec);
	struct strs aliases = text_split(a, spec->challenge_alias, ",");
	size_t dns = 0;

	s->n = names.n;
	s->tasks = arena_alloc(a, names.n * sizeof *s->tasks);
	for (size_t i = 0; i < names.n; i++) {
		struct task *t = &s->tasks[i];

		t->name = names.v[i];
		t->entry = spec_entry(a, spec, i);
		t->local_address = spec_local_address(a, spec, i);
		if (!(t->solver = solver_for(a, t->entry)))
			return -1;
		if (text_starts(t->entry, "dns") && aliases.n) {
			/* the i-th alias is for the i-th DNS name, the last one for all that follow */
			const char *alias = aliases.v[dns < aliases.n ? dns : aliases.n - 1];

			t->alias = text_is(alias, "no") ? NULL : alias;
			dns++;
		}
	}
	return 0;
}

static int begin(struct run *r, struct arena *a, const struct spec *spec, const struct store *store,
    struct solving *s)
{
	*s =
	    (struct solving){ .run = r, .mem = a, .spec = spec, .dir = store->dir, .store = store };
	return make_tasks(a, spec, s);
}

static bool uses(const struct solving *s, const struct solver *v)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->tasks[i].solver == v)
			return true;
	return false;
}

static void end(struct solving *s)
{
	for (size_t i = 0; solver_table[i]; i++)
		if (solver_table[i]->end && uses(s, solver_table[i]))
			solver_table[i]->end(s, solver_table[i]);
}

static int all_ready(struct solving *s)
{
	const struct solver *told = NULL;

	for (size_t i = 0; i < s->n; i++) {
		const struct solver *v = s->tasks[i].solver;

		if (v->title && v != told)
			info("%s", v->title);
		told = v;
		if (v->ready && v->ready(s, &s->tasks[i]))
			return -1;
	}
	return 0;
}

int prove_ready(struct run *r, struct arena *a, const struct spec *spec, const struct store *store)
{
	struct solving s;
	int bad;

	dnsrecords_sweep(r, spec, store);
	webserver_mend(r);
	if (begin(r, a, spec, store, &s))
		return -1;
	bad = all_ready(&s);
	end(&s);
	return bad;
}

static struct task *task_of(const struct solving *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (text_is_ci(s->tasks[i].name, name))
			return &s->tasks[i];
	return NULL;
}

/* The CA remembers all names from an earlier order. */
static int told_verified(const struct solving *s)
{
	for (size_t i = 0; i < s->n; i++)
		info(ALREADY_VERIFIED, s->tasks[i].name, s->tasks[i].solver->type);
	return 0;
}

/* Reads each authorization, finds its name, and picks the challenge. A name that is valid
 * already keeps offer NULL. */
static int pick_offers(struct solving *s, struct wire *w, const struct order *order)
{
	for (size_t i = 0; i < order->authz_urls.n; i++) {
		struct authz *z = arena_alloc(s->mem, sizeof *z);
		struct task *t;

		if (authz_read(w, s->mem, order->authz_urls.v[i], z))
			return -1;
		if (!(t = task_of(s, z->name)))
			return fail(s->mem, "the CA wants '%s' proven, which was not asked for",
			    text_safe(s->mem, z->name, 253));
		t->authz = z;
		if (text_is(z->status, "valid")) {
			info(ALREADY_VERIFIED, t->name, t->solver->type);
			continue;
		}
		info_value("Getting webroot for domain", t->name);
		if (challenge_pick(s->mem, t->solver, z, &t->offer))
			return -1;
		if (t->offer->token)
			t->key_authz = key_authorization(s->mem, t->offer->token, s->thumbprint);
	}
	return 0;
}

/* Names that cannot stand beside others of their entry get a round each. Returns how many rounds
 * there are. */
static unsigned plan(struct solving *s)
{
	unsigned rounds = 1;

	for (size_t i = 0; i < s->n; i++) {
		struct task *t = &s->tasks[i];

		if (!t->offer || !t->solver->alone || !t->solver->alone(t))
			continue;
		for (size_t j = 0; j < i; j++)
			if (s->tasks[j].offer && text_is(s->tasks[j].entry, t->entry))
				t->round = s->tasks[j].round + 1;
		rounds = t->round >= rounds ? t->round + 1 : rounds;
	}
	return rounds;
}

static bool in_round(const struct task *t, unsigned round)
{
	return t->offer && t->round == round;
}

/* What a solver does before (begin) or after (settle) its names of a round are presented. */
static int each_solver(struct solving *s, unsigned round, bool settle)
{
	for (size_t i = 0; solver_table[i]; i++) {
		const struct solver *v = solver_table[i];
		int (*step)(struct solving *, const struct solver *) =
		    settle ? v->settle : v->begin;
		bool used = false;

		for (size_t j = 0; j < s->n; j++)
			used |= s->tasks[j].solver == v && in_round(&s->tasks[j], round);
		if (used && step && step(s, v))
			return -1;
	}
	return 0;
}

/* Everything is put in place first; then each way of solving waits once for all its names. */
static int present(struct solving *s, unsigned round)
{
	for (size_t i = 0; i < s->n; i++) {
		struct task *t = &s->tasks[i];

		if (!in_round(t, round) || !t->solver->present)
			continue;
		t->presented = true; /* also when it fails half-way: clean() is called */
		if (t->solver->present(s, t))
			return -1;
	}
	return each_solver(s, round, true);
}

struct waiting {
	struct run *run;
	unsigned served; /* the responder's count at which all names were asked for */
};

/* order_poll's wake: the CA's requests reach our own responder, so we know when to look. */
static int wake(void *ctx, int64_t ms)
{
	struct waiting *w = ctx;
	int64_t deadline = clock_ms() + ms;

	if (!w->run->responder || !w->served || responder_served(w->run->responder) >= w->served)
		return clock_sleep(ms);
	while (responder_served(w->run->responder) < w->served) {
		int got = responder_wait(w->run->responder, deadline);

		if (got <= 0)
			return got;
	}
	return 1;
}

/* Until the authorizations of a round that is not the last are valid. */
static int wait_round(struct solving *s, struct wire *w, struct order *order, unsigned round)
{
	const int64_t deadline = clock_ms() + PROVE_DEADLINE_MS;

	doing(s->mem, "waiting for the validation");
	for (size_t i = 0; i < s->n; i++) {
		const struct task *t = &s->tasks[i];
		struct authz z = { .status = "pending" };

		while (in_round(t, round) && text_is(z.status, "pending")) {
			if (clock_ms() >= deadline)
				return fail(s->mem, "%s is still pending", t->name);
			if (clock_sleep(ROUND_POLL_MS))
				return fail(s->mem, "told to end");
			if (authz_read(w, s->mem, t->authz->url, &z))
				return -1;
		}
		if (in_round(t, round) && !text_is(z.status, "valid"))
			return order_explain(w, s->mem, order);
	}
	return 0;
}

static int answer(struct solving *s, struct wire *w, unsigned round, struct waiting *waiting)
{
	unsigned served = s->run->responder ? responder_served(s->run->responder) : 0;

	for (size_t i = 0; i < s->n; i++) {
		struct task *t = &s->tasks[i];

		if (!in_round(t, round))
			continue;
		info("Verifying: %s", t->name);
		if (challenge_answer(w, s->mem, t->offer->url))
			return -1;
		if (t->solver->served)
			waiting->served = ++served;
	}
	return 0;
}

static void clean(struct solving *s)
{
	clock_cleaning(true);
	for (size_t i = 0; i < s->n; i++) {
		struct task *t = &s->tasks[i];

		if (t->presented && t->solver->clean)
			t->solver->clean(s, t);
		t->presented = false;
	}
	clock_cleaning(false);
}

static int prove_round(struct solving *s, struct wire *w, struct order *order, unsigned round,
    bool last)
{
	struct waiting waiting = { .run = s->run };

	if (present(s, round) || answer(s, w, round, &waiting))
		return -1;
	if (!last)
		return wait_round(s, w, order, round);
	return order_poll(w, s->mem, order, "ready", clock_ms() + PROVE_DEADLINE_MS, wake,
	    &waiting);
}

static int prove_all(struct solving *s, struct wire *w, struct order *order)
{
	const unsigned rounds = plan(s);

	for (unsigned round = 0; round < rounds; round++)
		if (each_solver(s, round, false))
			return -1;
	for (unsigned round = 0; round < rounds; round++) {
		const int bad = prove_round(s, w, order, round, round + 1 == rounds);

		for (size_t i = 0; !bad && i < s->n; i++)
			if (in_round(&s->tasks[i], round))
				say("name.verified",
				    EVENT_FIELDS({ "name", s->tasks[i].name },
				        { "challenge", s->tasks[i].offer->type }),
				    "Success: %s", s->tasks[i].name);
		clean(s);
		if (bad)
			return -1;
	}
	return 0;
}

/* Pending authorizations of an order that is given up; what goes wrong here is of no interest. */
static void give_up(struct wire *w, const struct order *order)
{
	for (size_t i = 0; i < order->authz_urls.n; i++) {
		struct arena *scratch = arena_new();
		struct authz z;

		if (authz_read(w, scratch, order->authz_urls.v[i], &z) == 0 &&
		    text_is(z.status, "pending"))
			authz_deactivate(w, scratch, z.url);
		arena_drop(scratch);
	}
}

int prove_order(struct run *r, struct arena *a, const struct spec *spec, const struct store *store,
    struct order *order, bool resumed)
{
	struct solving s;
	int bad;

	if (begin(r, a, spec, store, &s))
		return -1;
	if (text_is(order->status, "ready") || text_is(order->status, "valid"))
		return told_verified(&s);
	s.order = order;
	s.resumed = resumed;
	s.account_url = r->wire.kid;
	s.thumbprint = account_thumbprint(&r->wire, a);
	bad = !s.thumbprint || pick_offers(&s, &r->wire, order) || prove_all(&s, &r->wire, order);
	clock_cleaning(true);
	if (bad && !s.keep_order)
		give_up(&r->wire, order);
	end(&s);
	clock_cleaning(false);
	return bad ? -1 : 0;
}
