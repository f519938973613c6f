/* One run: settings found, processes started, a conversation with a CA opened by the account that
 * acme.sh's ca.conf remembers, or a new one (RFC 8555 7.3). */
#include "run.h"

#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "arena.h"
#include "b64.h"
#include "ca.h"
#include "clock.h"
#include "error.h"
#include "file.h"
#include "hash.h"
#include "log.h"
#include "text.h"
#include "url.h"

#define LOCK_MS (60 * 1000)
#define DOWN_MS (60 * 1000) /* a CA that cannot be reached is not tried again before */

/* The error of a longer-lived arena becomes the operation's; returns -1. */
static int hand_over(struct arena *a, struct arena *from)
{
	if (a != from) {
		error_move(a, from);
		error_clear(from);
	}
	return -1;
}

struct keeper *run_keeper(struct run *r, struct arena *a)
{
	if (!r->keeper && !(r->keeper = keeper_start(r->mem)))
		hand_over(a, r->mem);
	return r->keeper;
}

struct responder *run_responder(struct run *r, struct arena *a)
{
	if (!r->responder && !(r->responder = responder_start(r->mem)))
		hand_over(a, r->mem);
	return r->responder;
}

static const char *setting(const struct run *r, const char *given, const char *name)
{
	return text_empty(given) ? home_setting(&r->home, name) : given;
}

static enum net_family family(const struct run *r)
{
	if (r->set.request_v4 || r->set.request_v6)
		return r->set.request_v6 ? NET_V6 : NET_V4;
	if (text_yes(home_setting(&r->home, "ACME_USE_IPV6_REQUESTS")))
		return NET_V6;
	return text_yes(home_setting(&r->home, "ACME_USE_IPV4_REQUESTS")) ? NET_V4 : NET_ANY;
}

/* _H1 ... _H5 of the environment: "Name: value". */
static struct headers extra_headers(struct run *r)
{
	struct headers h = { 0 };
	for (int i = 1; i <= 5; i++) {
		const char *line = getenv(arena_fmt(r->mem, "_H%d", i));
		const size_t n = line ? strcspn(line, ":\r\n") : 0;
		if (n && line[n] == ':')
			header_add(r->mem, &h, arena_strn(r->mem, line, n),
			    text_trim(r->mem,
			        arena_strn(r->mem, line + n + 1, strcspn(line + n + 1, "\r\n"))));
	}
	return h;
}

struct http *run_http(struct run *r, struct arena *a)
{
	if (r->http || !run_keeper(r, a))
		return r->http;
	const struct http_settings s = {
		.user_agent = setting(r, r->set.user_agent, "USER_AGENT"),
		.ca_bundle = setting(r, r->set.ca_bundle, "CA_BUNDLE"),
		.ca_path = setting(r, r->set.ca_path, "CA_PATH"),
		.insecure = r->set.insecure || text_yes(home_setting(&r->home, "HTTPS_INSECURE")),
		.no_redirects = text_yes(home_setting(&r->home, "ACME_HTTP_NO_REDIRECTS")),
		.family = family(r),
		.extra = extra_headers(r),
	};
	if (s.insecure && !r->set.insecure) /* acme.sh makes --insecure permanent */
		warn("%s sets HTTPS_INSECURE: take that line out", conf_path(r->home.conf));
	r->http = http_new(r->mem, &s);
	if (!r->http)
		hand_over(a, r->mem);
	return r->http;
}

static void close_wire(struct run *r)
{
	if (r->keeper && r->wire.key > 0)
		keeper_drop(r->keeper, r->wire.key);
	r->wire = (struct wire){ .key = -1 };
	r->ca = NULL;
	r->wire_down = 0;
	arena_drop(r->wire_mem);
	r->wire_mem = NULL;
}

void run_close(struct run *r)
{
	close_wire(r);
	if (r->responder)
		responder_stop(r->responder);
	if (r->http)
		http_close(r->http);
	if (r->keeper)
		keeper_stop(r->keeper);
	r->responder = NULL;
	r->http = NULL;
	r->keeper = NULL;
}

void run_leave(struct run *r, int responder)
{
	http_leave(r->http);
	keeper_leave(r->keeper);
	r->http = NULL;
	r->keeper = NULL;
	close_wire(r);
	if (r->responder)
		responder_join(r->responder, responder);
	if (responder < 0)
		r->responder = NULL;
}

const char *run_directory(struct run *r, struct arena *a, const char *configured, bool ecc)
{
	const char *server = r->set.server;
	if (text_empty(server))
		server = getenv("ACME_DIRECTORY");
	if (text_empty(server) && (r->set.staging || !text_empty(getenv("STAGE"))))
		server = CA_STAGING;
	if (text_empty(server) && !text_empty(configured))
		return ca_current(configured);
	if (text_empty(server))
		server = conf_get(r->home.conf, "DEFAULT_ACME_SERVER");
	return text_empty(server) ? CA_DEFAULT : ca_directory(a, server, ecc);
}

struct spec run_terms(const struct run *r, const struct spec *s)
{
	struct spec terms = *s;
	if (text_empty(terms.days))
		terms.days = home_setting(&r->home, "DEFAULT_RENEW");
	return terms;
}

/* The account */

/* acme.sh's CA_KEY_HASH. */
static const char *key_hash(struct run *r, struct arena *a)
{
	unsigned char digest[HASH_MAX];
	if (keeper_file_hash(r->keeper, a, r->ca->key, digest) < 0)
		return NULL;
	return b64_encode(a, digest, hash_size(HASH_SHA256));
}

/* acme.sh leaves the port out of a CA's folder, so that ca.conf may be another CA's on the same
 * host. Ours says whose it is; acme.sh's tells by the account's URL. */
static bool of_this_ca(struct run *r, struct arena *a, const char *account)
{
	const char *directory = conf_get(r->ca->conf, "Acme_Directory");
	struct url x, y;
	if (directory)
		return text_is(directory, r->wire.dir.url);
	if (url_parse(a, account, &x) < 0 || url_parse(a, r->wire.dir.url, &y) < 0) {
		error_clear(a);
		return false;
	}
	return !text_is(x.host, y.host) || x.port == y.port;
}

/* Loads the key when there is one, and the account's URL when ca.conf knows it for this key. */
static int load_account(struct run *r, struct arena *a)
{
	struct wire *w = &r->wire;
	struct ca_files files;

	if (home_ca(r->wire_mem, &r->home, w->dir.url, &files) < 0)
		return hand_over(a, r->wire_mem);
	r->ca = arena_dup(r->wire_mem, &files, sizeof files);
	if (w->key > 0)
		keeper_drop(r->keeper, w->key);
	w->key = -1;
	w->kid = NULL;
	if (!file_exists(r->ca->key))
		return 0;
	w->key = keeper_load(r->keeper, a, r->ca->key, NULL);
	if (w->key < 0)
		return -1;
	if (file_exists(r->ca->key_next))
		return 0; /* a rollover was cut short: register_locked() finds out */
	const char *account = conf_get(r->ca->conf, "ACCOUNT_URL");
	const char *known = conf_get(r->ca->conf, "CA_KEY_HASH");
	if (text_empty(account) || text_empty(known) || !of_this_ca(r, a, account))
		return 0;
	const char *hash = key_hash(r, a);
	if (!hash)
		return -1;
	if (text_is(hash, known))
		w->kid = account;
	return 0;
}

static int make_key(struct run *r, struct arena *a)
{
	const char *length = key_length_name(a, r->set.account_keylength);
	const int key = length ? keeper_make(r->keeper, a, length) : -1;
	if (key < 0 || keeper_save(r->keeper, a, key, KEEPER_PEM, r->ca->key, 0600, false) < 0)
		return -1;
	r->wire.key = key;
	info("Account key creation OK.");
	return 0;
}

const char *run_email(const struct run *r)
{
	const char *const places[] = { r->set.email, getenv("ACCOUNT_EMAIL"), getenv("CA_EMAIL"),
		r->ca ? conf_get(r->ca->conf, "CA_EMAIL") : NULL,
		conf_get(r->home.conf, "ACCOUNT_EMAIL") };
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (!text_empty(places[i]))
			return places[i];
	return NULL;
}

/* ZeroSSL binds accounts, and hands the credentials out for an e-mail address. */
static int zerossl_eab(struct run *r, struct arena *a, struct account_ask *ask)
{
	info("No EAB credentials found for ZeroSSL, let's obtain them");
	if (!ask->contacts.n) {
		error_clear(a);
		fail(a, "ZeroSSL registers no account without an e-mail address");
		return remedy(a, "add -m with yours, or give --eab-kid and --eab-hmac-key");
	}
	error_clear(a);
	return account_zerossl_eab(r->http, a, ask->contacts.v[0], &ask->eab_kid, &ask->eab_secret);
}

/* What is asked of the CA: by options, else by what ca.conf remembers. */
static int fill_ask(struct run *r, struct arena *a, struct account_ask *ask)
{
	const char *mail = run_email(r);

	*ask = (struct account_ask){ .eab_kid = r->set.eab_kid,
		.eab_secret = r->set.eab_secret,
		.eab_alg = r->set.eab_alg };
	if (text_empty(ask->eab_kid) != text_empty(ask->eab_secret)) {
		arena_error(a)->input = true;
		return fail(a, "--eab-kid and --eab-hmac-key go together: one of them is missing");
	}
	if (text_empty(ask->eab_kid)) {
		ask->eab_kid = conf_get(r->ca->conf, "CA_EAB_KEY_ID");
		ask->eab_secret = conf_get(r->ca->conf, "CA_EAB_HMAC_KEY");
		if (text_empty(ask->eab_kid) || text_empty(ask->eab_secret))
			ask->eab_kid = ask->eab_secret = NULL;
	}
	if (mail)
		ask->contacts = text_split(a, mail, ",");
	return 0;
}

static int save_account(struct run *r, struct arena *a, const struct account_ask *ask,
    const struct account *account)
{
	struct conf *c = r->ca->conf;
	const char *hash = key_hash(r, a);

	if (!hash)
		return -1;
	if (ask->eab_kid) {
		conf_set(c, "CA_EAB_KEY_ID", ask->eab_kid);
		conf_set(c, "CA_EAB_HMAC_KEY", ask->eab_secret);
	}
	if (ask->contacts.n)
		conf_set(c, "CA_EMAIL", text_join(a, ask->contacts, ","));
	conf_set(c, "ACCOUNT_URL", account->url);
	conf_set(c, "CA_KEY_HASH", hash);
	conf_set(c, "Acme_Directory", r->wire.dir.url);
	if (account->json && (account->created || !file_exists(r->ca->json))) {
		const char *json = arena_fmt(a, "%s\n", account->json);
		if (file_write(a, r->ca->json, json, strlen(json), 0600, false) < 0)
			return -1;
	}
	return conf_save(c) < 0 ? hand_over(a, r->wire_mem) : 0;
}

/* A key rollover was cut short: whether the CA has taken the new key is found out by asking for
 * its account (RFC 8555 7.3.1). The key that is not in force goes. */
static int finish_rollover(struct run *r, struct arena *a)
{
	const struct account_ask ask = { .only_existing = true };
	struct arena *scratch = arena_new();
	struct account account;
	const int old = r->wire.key;
	const int next = keeper_load(r->keeper, scratch, r->ca->key_next, NULL);
	bool taken = false;

	if (next > 0) {
		r->wire.key = next;
		taken = account_register(&r->wire, scratch, &ask, &account) == 0;
		r->wire.kid = NULL;
	}
	const bool unknown = !taken && next > 0 && arena_error(scratch)->http == 0;
	if (unknown)
		error_move(a, scratch);
	arena_drop(scratch);
	if (unknown)
		return -1; /* the CA did not answer: both keys stay */
	keeper_drop(r->keeper, taken ? old : next);
	r->wire.key = taken ? next : old;
	if (!taken)
		return file_remove(a, r->ca->key_next);
	info("The account's new key of a rollover that was cut short is in force.");
	return file_rename(a, r->ca->key_next, r->ca->key);
}

/* The account's folder is locked. */
static int register_locked(struct run *r, struct arena *a)
{
	struct account_ask ask;
	struct account account;
	const struct ca *ca = ca_of(r->wire.dir.url);

	if (file_exists(r->ca->key_next) && finish_rollover(r, a) < 0)
		return -1;
	if (fill_ask(r, a, &ask) < 0 || (r->wire.key < 0 && make_key(r, a) < 0))
		return -1;
	info("Registering account: %s", r->wire.dir.url);
	r->wire.kid = NULL;
	int result = account_register(&r->wire, a, &ask, &account);
	if (result < 0 && !ask.eab_kid && ca && text_is(ca->name, "ZeroSSL.com") &&
	    text_is(arena_error(a)->code, "externalAccountRequired")) {
		if (zerossl_eab(r, a, &ask) < 0)
			return -1;
		result = account_register(&r->wire, a, &ask, &account);
	}
	if (result < 0 || save_account(r, a, &ask, &account) < 0)
		return -1;
	say("account.registered",
	    EVENT_FIELDS({ "url", account.url }, { "directory", r->wire.dir.url }),
	    account.created ? "Registered" : "Already registered");
	info_value("ACCOUNT_THUMBPRINT", account.thumbprint);
	return 0;
}

/* Two runs at a time must not make two keys and two accounts. */
static int register_account(struct run *r, struct arena *a, bool unless_known)
{
	if (file_mkdirs(a, r->ca->dir, 0700) < 0)
		return -1;
	const int lock =
	    file_lock(a, file_join(a, r->ca->dir, ".lock"), LOCK_MS, "another run on this account");
	if (lock < 0)
		return -1;
	int result = load_account(r, a);
	if (result == 0 && !(unless_known && r->wire.kid))
		result = register_locked(r, a);
	file_unlock(lock);
	return result;
}

int run_register(struct run *r, struct arena *a)
{
	return register_account(r, a, false);
}

static int open_wire(struct run *r, struct arena *a, const char *directory)
{
	close_wire(r);
	if (!run_keeper(r, a) || !run_http(r, a))
		return -1;
	if (!text_is(directory, CA_DEFAULT) && r->set.staging)
		info("Using ACME_DIRECTORY: %s", directory);
	r->wire_mem = arena_new();
	if (wire_open(&r->wire, r->wire_mem, r->http, r->keeper, directory) < 0) {
		r->wire_down = clock_ms() + DOWN_MS;
		return error_move(a, r->wire_mem);
	}
	if (load_account(r, a) == 0)
		return 0;
	close_wire(r);
	return -1;
}

int run_wire(struct run *r, struct arena *a, const char *directory, bool need_account)
{
	const bool same = r->wire_mem && text_is(r->wire.dir.url, directory);

	if (same && r->wire_down && clock_ms() < r->wire_down)
		return error_move(a, r->wire_mem); /* told again, without the time it takes */
	if ((!same || r->wire_down) && open_wire(r, a, directory) < 0)
		return -1;
	return need_account && !r->wire.kid ? register_account(r, a, true) : 0;
}
