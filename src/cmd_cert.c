/* --install-cert, --revoke, --remove, --deactivate. */
#include "cmd.h"

#include "error.h"
#include "file.h"
#include "install.h"
#include "keeper.h"
#include "log.h"
#include "order.h"

int cmd_install_cert(struct run *r, struct options *o)
{
	struct arena *a = r->mem;
	struct store store;
	struct spec spec;
	int lock, bad;

	if (cmd_open(r, o, true, &store, &lock))
		return -1;
	spec_load(store.conf, &spec);
	/* as acme.sh: what is not given now is no target any more */
	spec.cert_file = o->spec.cert_file;
	spec.key_file = o->spec.key_file;
	spec.ca_file = o->spec.ca_file;
	spec.fullchain_file = o->spec.fullchain_file;
	spec.reload = o->spec.reload;
	if (!install_wanted(&spec)) {
		fail(a, "nothing to install was named");
		bad = remedy(a,
		    "add --key-file, --fullchain-file, --cert-file, --ca-file or --reloadcmd");
	} else if (!file_exists(store.cer)) {
		bad = fail(a, "'%s' has no certificate yet", store.domain);
	} else {
		spec_save(store.conf, &spec);
		bad = install_check(a, &spec) || conf_save(store.conf) ||
		    install_files(r, a, &spec, &store, true);
	}
	store_unlock(&store, lock);
	return bad ? -1 : 0;
}

/* Reasons that a subscriber may give (RFC 5280 5.3.1; the CAs take no others). */
static int revoke_reason(struct arena *a, const char *s, int *reason)
{
	long long n = 0;

	if (s && text_number(s, 0, 10, &n)) {
		fail(a, "--revoke-reason %s is no reason", s);
		return remedy(a,
		    "0 unspecified, 1 key compromised, 3 affiliation changed, "
		    "4 superseded, 5 no longer used");
	}
	*reason = (int)n;
	return 0;
}

/* By the account first; a CA that does not take that may take the certificate's own key. For a
 * compromised key only the latter makes the CA block the key. */
static int revoke(struct run *r, struct arena *a, const struct store *store, int reason,
    bool *already)
{
	struct cert leaf;
	struct arena *scratch;
	int bad, key;

	if (store_cert(a, store, &leaf))
		return -1;
	if (reason != 1) {
		scratch = arena_new();
		bad = order_revoke(&r->wire, scratch, leaf.der, reason, 0, already);
		if (bad)
			info(
			    "The account's key was not accepted (%s), trying the certificate's key.",
			    error_text(scratch));
		arena_drop(scratch);
		if (!bad)
			return 0;
	}
	if ((key = keeper_load(r->keeper, a, store->key, NULL)) < 0)
		return -1;
	return order_revoke(&r->wire, a, leaf.der, reason, key, already);
}

/* The revoked files are kept beside under acme.sh's names, the key no wider open than before. */
static int put_aside(struct run *r, struct arena *a, const struct store *store)
{
	size_t n;
	const char *csr;

	if (file_exists(store->key) &&
	    keeper_copy(r->keeper, a, store->key, arena_fmt(a, "%s.revoked", store->key), 0600,
	        false))
		return -1;
	if (file_exists(store->csr)) {
		csr = file_read(a, store->csr, 256 * 1024, &n);
		if (!csr ||
		    file_write(a, arena_fmt(a, "%s.revoked", store->csr), csr, n, 0644, false))
			return -1;
	}
	return file_remove(a, store->cer);
}

int cmd_revoke(struct run *r, struct options *o)
{
	struct arena *a = r->mem;
	struct store store;
	struct spec spec = { 0 };
	const char *directory;
	bool already = false;
	int lock, reason = 0, bad;

	if (revoke_reason(a, o->revoke_reason, &reason) || cmd_open(r, o, true, &store, &lock))
		return -1;
	spec_load(store.conf, &spec);
	directory = run_directory(r, a, spec.api, store.ecc);
	bad = !directory || !run_keeper(r, a) || run_wire(r, a, directory, reason != 1) ||
	    revoke(r, a, &store, reason, &already) || put_aside(r, a, &store);
	store_unlock(&store, lock);
	if (bad)
		return -1;
	say("cert.revoked", EVENT_FIELDS({ "domain", store.domain }),
	    already ? "It was revoked before: %s" : "Revocation successful: %s", store.domain);
	return 0;
}

int cmd_remove(struct run *r, struct options *o)
{
	struct store store;
	int lock, bad;

	if (cmd_open(r, o, true, &store, &lock))
		return -1;
	bad = store_remove(r->mem, &store);
	store_unlock(&store, lock);
	if (bad)
		return -1;
	info("'%s' is removed from the renewals.", store.domain);
	info("Its files stay in %s; remove them yourself when you need them no more.", store.dir);
	return 0;
}

/* A new order shows the authorization; a valid or pending one is deactivated (RFC 8555 7.5.2). */
static int deactivate(struct run *r, struct arena *a, const char *name)
{
	struct order_ask ask = { 0 };
	struct order order;
	struct authz z;

	strs_add(a, &ask.names, name);
	if (order_new(&r->wire, a, &ask, &order))
		return -1;
	for (size_t i = 0; i < order.authz_urls.n; i++)
		if (authz_read(&r->wire, a, order.authz_urls.v[i], &z) ||
		    authz_deactivate(&r->wire, a, z.url))
			return -1;
	info("Deactivated: %s", name);
	return 0;
}

int cmd_deactivate(struct run *r, struct options *o)
{
	const char *directory = run_directory(r, r->mem, NULL, cmd_ecc(o));
	struct spec spec = { 0 };
	struct strs names;

	cmd_names(r->mem, o->domains, &spec);
	names = spec_ascii_names(r->mem, &spec);
	if (!names.n || !directory || !run_keeper(r, r->mem) ||
	    run_wire(r, r->mem, directory, true))
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (deactivate(r, r->mem, names.v[i]))
			return -1;
	return 0;
}
