/* From a name to a web server that answers for it, and back: find, test, edit, test, reload,
 * ask; afterwards undo and reload. One run at a time does so in a home: its lock is held from
 * the edit to the undo, and a journal without a holder of the lock is one that a dead run left. */
#include "webserver.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>

#include "account.h"
#include "arena.h"
#include "b64.h"
#include "clock.h"
#include "error.h"
#include "file.h"
#include "home.h"
#include "log.h"
#include "proc.h"
#include "rand.h"
#include "text.h"

enum {
	TURN_MS = 10 * 60 * 1000, /* until other runs' names are proven */
	ANSWER_MS = 10 * 1000,    /* until the server answers after a reload */
	UNASKED_MS = 1000,        /* where it cannot be asked */
	PROGRAM_MS = 60 * 1000,
	WORDS = 4, /* lines of a program's complaint that are told */
};

/* Remedy for a server that is not there. */
#define ASKED_AT \
	"the CA asks at port 80: let it listen there, or name with --httpport the port that such " \
	"requests are forwarded to"

/* Remedy where we may not do what has to be done. */
#define RIGHTS \
	"run as its owner or as root, or let the server answer by itself (--stateless), or use -w"

/* What the names of one order share. */
struct webservers {
	struct webserver *list;
	struct webjournal journal; /* id NULL: nothing is edited */
	int lock;                  /* -1: not held */
};

/* --- programs --------------------------------------------------------------------------------- */

/* What a program complains about, in one line. */
static const char *complaint(struct arena *a, const char *text)
{
	static const char noise[][12] = { "[warn]", "[notice]", "AH00558" /* no ServerName */ };
	const struct strs lines = text_split(a, text, "\n");
	struct strs told = { 0 };

	for (size_t i = 0; i < lines.n && told.n < WORDS; i++) {
		bool dull = false;

		for (size_t k = 0; k < sizeof noise / sizeof *noise; k++)
			dull |= strstr(lines.v[i], noise[k]) != NULL;
		if (!dull)
			strs_add(a, &told, text_safe(a, lines.v[i], 300));
	}
	return told.n ? text_join(a, told, "; ") : "without a word";
}

int webserver_run(struct webserver *w, const char *const *args, const char **out)
{
	struct strs argv = { 0 };
	struct proc p = { .env = proc_environment(w->mem),
		.capture = true,
		.capture_err = true,
		.max = 16 << 20,
		.timeout_ms = PROGRAM_MS };

	for (strs_add(w->mem, &argv, w->program); *args; args++)
		strs_add(w->mem, &argv, *args);
	p.argv = argv.v;
	if (proc_run(w->mem, &p))
		return -1;
	const char *both = fmt(w->mem, "%s%s", p.err, p.out);
	if (out)
		*out = both;
	if (p.status == 0)
		return 0;
	if (clock_interrupted() && p.status > 128)
		return fail(w->mem, "told to end");
	return p.timed_out
	    ? fail(w->mem, "'%s' did not end within a minute", text_join(w->mem, argv, " "))
	    : fail(w->mem, "'%s' says: %s", text_join(w->mem, argv, " "), complaint(w->mem, both));
}

/* --- servers of an order ---------------------------------------------------------------------- */

void webserver_door(struct webserver *w, const char *address, const char *host)
{
	struct webdoor d = { .address = address, .port = w->port, .host = host };
	const bool any4 = text_is(address, "*"), any6 = text_is(address, "[::]");

	if (text_starts(address, "unix:")) {
		w->unasked = true;
		return;
	}
	d.any = any4 || any6;
	if (d.any)
		d.address = any4 ? "127.0.0.1" : "::1";
	else if (*address == '[')
		d.address = arena_strn(w->mem, address + 1, strcspn(address + 1, "]"));
	for (size_t i = 0; i < w->n_doors; i++)
		if (text_is(w->doors[i].address, d.address) && text_is(w->doors[i].host, host))
			return;
	struct webdoor *more = arena_alloc(w->mem, (w->n_doors + 1) * sizeof d);
	if (w->n_doors)
		memcpy(more, w->doors, w->n_doors * sizeof d);
	more[w->n_doors++] = d;
	w->doors = more;
}

int webserver_no_way(struct webserver *w, const char *what)
{
	fail(w->mem, "%s%s%s: no %s takes plain http requests at port %d", w->kind->name,
	    w->conf ? " with " : "", w->conf ? w->conf : "", what, w->port);
	return remedy(w->mem, ASKED_AT);
}

/* foreign: it is another user's, and so we may not reload it. */
static bool running(const struct webserver *w, bool *foreign)
{
	bool missing;
	struct arena *scratch = arena_new();
	const char *text = w->pid_file ? file_try(scratch, w->pid_file, 100, NULL, &missing) : "";
	long long pid;
	const bool known = text && text_number(text_trim(scratch, text), 1, INT32_MAX, &pid) == 0;
	const bool ours = known && kill((pid_t)pid, 0) == 0;

	*foreign = known && !ours && errno == EPERM;
	arena_drop(scratch);
	return ours || *foreign;
}

static const struct webserver_kind *kind_of(const struct solver *v)
{
	return v == &nginx_solver ? &nginx_kind : &apache_kind;
}

/* As a request names it. */
static const char *host_of(struct arena *a, const char *name)
{
	return text_is_ipv6(name) ? fmt(a, "[%s]", name) : name;
}

/* The server of an entry, found when it is the entry's first name. */
static struct webserver *server_of(struct solving *s, const struct task *t)
{
	long long port = 80;
	struct webserver *w;

	if (!s->web) {
		s->web = arena_alloc(s->mem, sizeof *s->web);
		s->web->lock = -1;
	}
	for (w = s->web->list; w; w = w->next)
		if (text_is(w->entry, t->entry))
			return w;
	text_number(s->spec->http_port, 1, 65535, &port);
	const char *conf = strchr(t->entry, ':');
	w = arena_alloc(s->mem, sizeof *w);
	*w = (struct webserver){ .mem = s->mem,
		.run = s->run,
		.kind = kind_of(t->solver),
		.entry = t->entry,
		.conf = conf && conf[1] ? conf + 1 : NULL,
		.port = (int)port,
		.next = s->web->list };
	if (w->kind->find(w))
		return NULL;
	s->web->list = w;
	return w;
}

/* --- before the order ------------------------------------------------------------------------- */

static int check_server(struct webserver *w)
{
	const char *name = w->kind->name;

	doing(w->mem, "testing the configuration of %s before anything is changed", name);
	if (w->kind->test(w)) {
		const bool rights = strstr(arena_error(w->mem)->what, "ermission denied") != NULL;

		return remedy(w->mem, "%s",
		    rights ? RIGHTS : "it was broken before this run: mend it first");
	}
	doing(w->mem, "reading the configuration of %s", name);
	if (w->kind->look(w))
		return -1;
	doing(w->mem, "looking at %s", name);
	if (running(w, &w->foreign))
		return 0;
	fail(w->mem, "%s is not running (its process number should be in %s)", name,
	    w->pid_file ? w->pid_file : "a file that is not known");
	return remedy(w->mem, "start it, or use --standalone");
}

/* Where nothing needs to be edited, no rights are needed. */
static int check_rights(const struct webserver *w)
{
	if (w->has_thumbprint)
		return 0;
	if (w->foreign)
		fail(w->mem, "%s is run by another user, who alone may reload it", w->kind->name);
	return w->foreign || webedits_writable(w->mem, &w->edits) ? remedy(w->mem, RIGHTS) : 0;
}

static int ready(struct solving *s, struct task *t)
{
	struct webserver *w = server_of(s, t);

	if (!w)
		return -1;
	/* An account that is to be made yet cannot be in a configuration. */
	if (!w->thumbprint && s->run->wire_mem && s->run->wire.key > 0)
		w->thumbprint = account_thumbprint(&s->run->wire, s->mem);
	if (!w->checked && check_server(w))
		return -1;
	w->checked = true;
	if (w->kind->plan(w, host_of(s->mem, t->name)))
		return -1;
	webserver_try_doors(w);
	if (!w->n_doors && !w->unasked) {
		fail(s->mem, "%s takes no connection at port %d", w->kind->name, w->port);
		return remedy(s->mem, ASKED_AT);
	}
	return check_rights(w);
}

/* --- undoing ---------------------------------------------------------------------------------- */

static const char *journal_path(struct arena *a, struct run *r)
{
	return file_join(a, r->home.config, ".webserver.journal");
}

static const char *lock_path(struct arena *a, struct run *r)
{
	return file_join(a, r->home.config, ".webserver.lock");
}

/* Takes everything out of the files. false: it is still in one of them. */
static bool undo_files(const struct webjournal *j)
{
	bool all = true;

	for (size_t i = 0; i < j->files.n; i++) {
		struct arena *a = arena_new();

		if (webedit_undo(a, j->files.v[i], j->id) < 0) {
			warn("%s", error_text(a));
			all = false;
		}
		arena_drop(a);
	}
	return all;
}

static void forget_journal(struct run *r)
{
	struct arena *a = arena_new();

	if (file_remove(a, journal_path(a, r)))
		warn("%s", error_text(a));
	arena_drop(a);
}

/* The files are as they were; a server that was not reloaded with them still answers
 * validations. */
static void reload_again(const struct webserver *server)
{
	struct webserver w = *server;

	w.mem = arena_new(); /* the order's own error stays */
	if (w.kind->reload(&w))
		warn("%s; until it is reloaded %s goes on answering validations", error_text(w.mem),
		    w.kind->name);
	arena_drop(w.mem);
}

/* A server as the journal names it: "nginx /etc/nginx/nginx.conf". */
static void mend_server(struct run *r, const char *line)
{
	struct arena *a = arena_new();
	const size_t n = strcspn(line, " ");
	const char *name = arena_strn(a, line, n);
	struct webserver w = { .mem = a,
		.run = r,
		.kind = text_is(name, nginx_kind.name) ? &nginx_kind : &apache_kind,
		.conf = line[n] && line[n + 1] ? line + n + 1 : NULL };

	if (w.kind->find(&w) || w.kind->test(&w) || w.kind->look(&w))
		warn("%s is not reloaded: %s", w.kind->name, error_text(a));
	else if (running(&w, &w.foreign))
		reload_again(&w);
	arena_drop(a);
}

/* With the lock held. false: an earlier run's lines are still somewhere. */
static bool mend(struct run *r)
{
	struct arena *a = arena_new();
	struct webjournal j;
	bool good = !file_exists(journal_path(a, r));

	if (good) {
		/* as nearly always */
	} else if (webjournal_load(a, journal_path(a, r), &j)) {
		warn("%s", error_text(a));
	} else {
		info("An earlier run was cut short: its lines are taken away from %s.",
		    text_join(a, j.files, ", "));
		clock_cleaning(true);
		good = undo_files(&j);
		for (size_t i = 0; i < j.servers.n; i++)
			mend_server(r, j.servers.v[i]);
		if (good)
			forget_journal(r);
		clock_cleaning(false);
	}
	arena_drop(a);
	return good;
}

void webserver_mend(struct run *r)
{
	struct arena *a = arena_new();

	if (file_exists(journal_path(a, r))) {
		const int lock = file_lock(a, lock_path(a, r), 0, NULL);

		if (lock >= 0)
			mend(r);
		else
			debug(1, "%s", error_text(a));
		file_unlock(lock);
	}
	arena_drop(a);
}

/* --- the edit --------------------------------------------------------------------------------- */

static int take_turn(struct solving *s)
{
	struct webservers *web = s->web;

	if (web->lock >= 0)
		return 0;
	web->lock = file_lock(s->mem, lock_path(s->mem, s->run), TURN_MS,
	    "another run that proves names by a web server");
	if (web->lock < 0)
		return -1;
	if (mend(s->run))
		return 0;
	fail(s->mem, "what an earlier run has put into a configuration is still there");
	return remedy(s->mem, "take the lines \"# acme\" away by hand, and then remove %s",
	    journal_path(s->mem, s->run));
}

/* Before the first file is touched: whatever happens, the next run knows. */
static int note(struct solving *s, const struct webserver *w)
{
	struct webjournal *j = &s->web->journal;
	const struct strs files = webedits_files(s->mem, &w->edits);

	if (!j->id) {
		unsigned char random[8];

		rand_bytes(random, sizeof random);
		j->id = hex_encode(s->mem, random, sizeof random);
	}
	strs_add(s->mem, &j->servers, fmt(s->mem, "%s %s", w->kind->name, w->conf ? w->conf : ""));
	for (size_t i = 0; i < files.n; i++)
		strs_add(s->mem, &j->files, files.v[i]);
	return webjournal_save(s->mem, journal_path(s->mem, s->run), j);
}

static int edit(struct solving *s, struct webserver *w)
{
	doing(s->mem, "editing the configuration of %s", w->kind->name);
	info("Lines for the validation are put into %s.",
	    text_join(s->mem, webedits_files(s->mem, &w->edits), ", "));
	if (note(s, w) || webedits_apply(s->mem, &w->edits, s->web->journal.id))
		return -1;
	doing(s->mem, "testing the configuration of %s with our lines in it", w->kind->name);
	if (w->kind->test(w))
		return remedy(s->mem,
		    "%s was not reloaded, its files are as they were: use -w or "
		    "--stateless",
		    w->kind->name);
	doing(s->mem, "reloading %s", w->kind->name);
	w->reloaded = true;
	if (w->kind->reload(w))
		return -1;
	return 0;
}

/* The CA has the last word on whether the server answers. */
static int wait_for_answer(const struct webserver *w)
{
	const char *why = "";
	const int got = webserver_answers(w, clock_ms() + ANSWER_MS, &why);

	if (got == 0)
		warn("%s does not answer as it should within %d s of its reload: %s", w->kind->name,
		    ANSWER_MS / 1000, why);
	const bool blind = w->unasked || w->closed.n;
	return got < 0 || (blind && clock_sleep(UNASKED_MS)) ? fail(w->mem, "told to end") : 0;
}

static int serve(struct solving *s, struct webserver *w)
{
	const char *why;

	w->thumbprint = s->thumbprint;
	w->edits = (struct webedits){ 0 };
	w->doors = NULL;
	w->n_doors = 0;
	w->unasked = false;
	doing(s->mem, "reading the configuration of %s", w->kind->name);
	if (w->kind->look(w))
		return -1;
	for (size_t i = 0; i < s->n; i++) {
		const struct task *t = &s->tasks[i];

		if (t->presented && text_is(t->entry, w->entry) &&
		    w->kind->plan(w, host_of(s->mem, t->name)))
			return -1;
	}
	webserver_try_doors(w);
	if (w->has_thumbprint && w->n_doors && webserver_answers(w, 0, &why) == 1) {
		info("%s answers validations by itself: its configuration stays as it is.",
		    w->kind->name);
		return 0;
	}
	return edit(s, w) ? -1 : wait_for_answer(w);
}

/* --- the solvers ------------------------------------------------------------------------------ */

static bool takes_nginx(const char *entry)
{
	return text_starts(entry, "nginx:");
}

static bool takes_apache(const char *entry)
{
	return text_is(entry, "apache");
}

static int present(struct solving *s, struct task *t)
{
	return server_of(s, t) ? 0 : -1;
}

static int settle(struct solving *s, const struct solver *self)
{
	at(s->mem, "%s", s->spec->domain);
	if (take_turn(s))
		return -1;
	for (struct webserver *w = s->web->list; w; w = w->next)
		if (w->kind == kind_of(self) && serve(s, w))
			return -1;
	return 0;
}

/* The first name that is cleaned up takes all with it: they were proven together. */
static void clean(struct solving *s, struct task *t)
{
	(void)t;
	if (!s->web || s->web->lock < 0)
		return;
	const bool edited = s->web->journal.id != NULL;
	if (edited)
		info("They are taken away again.");
	const bool good = undo_files(&s->web->journal);
	for (struct webserver *w = s->web->list; w; w = w->next)
		if (w->reloaded)
			reload_again(w);
	if (edited && good)
		forget_journal(s->run);
	file_unlock(s->web->lock);
	s->web = NULL;
}

const struct solver nginx_solver = {
	.type = "http-01",
	.title = "Nginx mode.",
	.option = "--nginx",
	.takes = takes_nginx,
	.ready = ready,
	.present = present,
	.settle = settle,
	.clean = clean,
};

const struct solver apache_solver = {
	.type = "http-01",
	.title = "Apache mode.",
	.option = "--apache",
	.takes = takes_apache,
	.ready = ready,
	.present = present,
	.settle = settle,
	.clean = clean,
};
