/* Accounts and defaults: --register-account, --update-account, --update-account-key,
 * --deactivate-account, --set-default-ca, --set-default-chain. */
#include "cmd.h"

#include <string.h>

#include "account.h"
#include "b64.h"
#include "ca.h"
#include "clock.h"
#include "error.h"
#include "file.h"
#include "hash.h"
#include "keeper.h"
#include "log.h"

/* The conversation with the CA that the command line (or the home) names; the home is locked. */
static int begin(struct run *r, const struct options *o, bool need_account, int *lock)
{
	const char *directory = run_directory(r, r->mem, NULL, cmd_ecc(o));

	*lock = -1;
	if (!directory || (*lock = home_lock(r->mem, &r->home, 60 * 1000)) < 0)
		return -1;
	if (run_keeper(r, r->mem) && run_wire(r, r->mem, directory, need_account) == 0)
		return 0;
	file_unlock(*lock);
	return -1;
}

int cmd_register_account(struct run *r, struct options *o)
{
	int lock, bad;

	if (begin(r, o, false, &lock))
		return -1;
	bad = run_register(r, r->mem);
	file_unlock(lock);
	return bad;
}

int cmd_update_account(struct run *r, struct options *o)
{
	struct arena *a = r->mem;
	struct account account;
	struct strs contacts = { 0 };
	int lock, bad;

	if (begin(r, o, true, &lock))
		return -1;
	contacts =
	    text_split(a, o->set.email ? o->set.email : conf_get(r->ca->conf, "CA_EMAIL"), ",");
	bad = account_update(&r->wire, a, contacts, &account) ||
	    file_write(a, r->ca->json, account.json, strlen(account.json), 0600, false);
	if (!bad && o->set.email) {
		conf_set(r->ca->conf, "CA_EMAIL", o->set.email);
		bad = conf_save(r->ca->conf);
	}
	file_unlock(lock);
	if (bad)
		return -1;
	info("Account update success for %s.", r->wire.kid);
	info_value("ACCOUNT_THUMBPRINT", account_thumbprint(&r->wire, a));
	return 0;
}

/* The new key is on disk before the CA is told, so that a crash in between loses neither: run_wire
 * finds out which one is in force. */
static int roll_over(struct run *r, struct options *o)
{
	struct arena *a = r->mem;
	const char *next = r->ca->key_next;
	const char *length = key_length_name(a, o->set.account_keylength);
	unsigned char hash[32];
	int key;

	if (!length || (key = keeper_make(r->keeper, a, length)) < 0 ||
	    keeper_save(r->keeper, a, key, KEEPER_PEM, next, 0600, false))
		return -1;
	if (account_rollover(&r->wire, a, key) || file_rename(a, next, r->ca->key) ||
	    keeper_file_hash(r->keeper, a, r->ca->key, hash))
		return -1;
	conf_set(r->ca->conf, "CA_KEY_HASH", b64_encode(a, hash, sizeof hash));
	return conf_save(r->ca->conf);
}

int cmd_update_account_key(struct run *r, struct options *o)
{
	int lock, bad;

	if (begin(r, o, true, &lock))
		return -1;
	bad = roll_over(r, o);
	file_unlock(lock);
	if (bad)
		return -1;
	info("The account has a new key: %s", r->ca->key);
	info_value("ACCOUNT_THUMBPRINT", account_thumbprint(&r->wire, r->mem));
	return 0;
}

/* The account's files move to deactivated/<last part of its URL>/, so that the next order makes a
 * new account. */
static int put_aside(struct run *r, const char *url)
{
	struct arena *a = r->mem;
	const char *slash = strrchr(url, '/');
	const char *id = slash && text_is_token(slash + 1)
	    ? slash + 1
	    : arena_fmt(a, "%lld", (long long)clock_now());
	const char *dir = arena_fmt(a, "%s/deactivated/%s", r->ca->dir, id);
	const char *const names[] = { "account.key", "account.json", "ca.conf" };

	if (file_mkdirs(a, dir, 0700))
		return -1;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *from = file_join(a, r->ca->dir, names[i]);

		if (file_exists(from) && file_rename(a, from, file_join(a, dir, names[i])))
			return -1;
	}
	info("The account's files are now in: %s", dir);
	return 0;
}

int cmd_deactivate_account(struct run *r, struct options *o)
{
	const char *url;
	int lock, bad;

	if (begin(r, o, true, &lock))
		return -1;
	url = r->wire.kid;
	bad = account_deactivate(&r->wire, r->mem) || put_aside(r, url);
	file_unlock(lock);
	if (bad)
		return -1;
	info("Deactivated: %s", url);
	return 0;
}

int cmd_set_default_ca(struct run *r, struct options *o)
{
	const char *url;

	if (text_empty(o->set.server)) {
		fail(r->mem, "which CA is to be the default?");
		return remedy(r->mem, "add --server letsencrypt, or another name or directory URL");
	}
	if (!(url = ca_directory(r->mem, o->set.server, cmd_ecc(o))))
		return -1;
	conf_set(r->home.conf, "DEFAULT_ACME_SERVER", url);
	if (conf_save(r->home.conf))
		return -1;
	info("Changed default CA to: %s", url);
	return 0;
}

int cmd_set_default_chain(struct run *r, struct options *o)
{
	const char *directory = run_directory(r, r->mem, NULL, cmd_ecc(o));
	struct ca_files ca;

	if (!directory || home_ca(r->mem, &r->home, directory, &ca) ||
	    file_mkdirs(r->mem, ca.dir, 0700))
		return -1;
	conf_set_b64(ca.conf, "DEFAULT_PREFERRED_CHAIN",
	    text_empty(o->spec.preferred_chain) ? NULL : o->spec.preferred_chain);
	if (conf_save(ca.conf))
		return -1;
	if (text_empty(o->spec.preferred_chain))
		info("%s has no default chain any more.", directory);
	else
		info("Default chain of %s: %s", directory, o->spec.preferred_chain);
	return 0;
}
