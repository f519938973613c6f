/* Keys, signing requests and their export: --create-account-key, --create-domain-key,
 * --create-csr, --show-csr, --to-pkcs12, --to-pkcs8. */
#include "cmd.h"

#include <string.h>

#include "csr.h"
#include "error.h"
#include "file.h"
#include "key.h"
#include "keeper.h"
#include "log.h"
#include "request.h"

static int make_key(struct run *r, const char *length, const char *path)
{
	struct keeper *k = run_keeper(r, r->mem);
	const char *name = key_length_name(r->mem, length);
	int key;

	if (!k || !name || (key = keeper_make(k, r->mem, name)) < 0)
		return -1;
	return keeper_save(k, r->mem, key, KEEPER_PEM, path, 0600, false);
}

int cmd_create_account_key(struct run *r, struct options *o)
{
	struct arena *a = r->mem;
	const char *directory = run_directory(r, a, NULL, cmd_ecc(o));
	const char *length = o->set.account_keylength;
	struct ca_files ca;

	if (!directory || home_ca(a, &r->home, directory, &ca))
		return -1;
	if (file_exists(ca.key)) {
		info("Account key exists, skipping");
		return 0;
	}
	if (file_mkdirs(a, ca.dir, 0700) ||
	    make_key(r, length ? length : o->spec.keylength, ca.key))
		return -1;
	info("Account key creation OK.");
	info("The account key is here: %s", ca.key);
	return 0;
}

int cmd_create_domain_key(struct run *r, struct options *o)
{
	struct arena *a = r->mem;
	const char *length = key_length_name(a, o->spec.keylength);
	struct options pick = *o;
	struct store store;
	int lock, bad;

	if (!length)
		return -1;
	pick.set.ecc = key_length_is_ec(length);
	if (cmd_open(r, &pick, false, &store, &lock))
		return -1;
	if (file_exists(store.key) && !r->set.force) {
		fail(a, "there is a key already: %s", store.key);
		bad = remedy(a,
		    "--force makes a new one in its place; the certificate must then be issued again");
	} else {
		conf_set(store.conf, "Le_Domain", store.domain);
		conf_set(store.conf, "Le_Keylength", length);
		bad = store_make(a, &store) || make_key(r, length, store.key) ||
		    conf_save(store.conf);
	}
	store_unlock(&store, lock);
	if (bad)
		return -1;
	info("The domain key is here: %s", store.key);
	return 0;
}

/* The key of an opened store, in the keeper; 0 and *key, or -1. */
static int load_key(struct run *r, const struct store *store, int *key)
{
	if (!file_exists(store->key)) {
		fail(r->mem, "'%s' has no key: there is no %s", store->domain, store->key);
		return remedy(r->mem, "acme --create-domain-key -d %s", store->domain);
	}
	if (!run_keeper(r, r->mem))
		return -1;
	*key = keeper_load(r->keeper, r->mem, store->key, NULL);
	return *key < 0 ? -1 : 0;
}

static int write_csr(struct run *r, const struct options *o, const struct store *store)
{
	struct arena *a = r->mem;
	struct spec spec = o->spec;
	struct signing req = { 0 };
	struct csr_ask ask = { .eku = spec.eku, .must_staple = text_is(spec.ocsp, "1") };
	const char *pem, *conf;

	cmd_names(a, o->domains, &spec);
	if (spec_check(a, &spec) || load_key(r, store, &req.key))
		return -1;
	ask.names = spec_ascii_names(a, &spec);
	if (!ask.names.n)
		return -1;
	if (!text_is_ip(ask.names.v[0]) && strlen(ask.names.v[0]) <= 64)
		ask.cn = ask.names.v[0];
	if (keeper_csr(r->keeper, a, req.key, &ask, &req.csr))
		return -1;
	pem = csr_pem(a, req.csr);
	conf = request_conf(a, &spec, ask.names);
	if (file_write(a, store->csr, pem, strlen(pem), 0644, true) ||
	    file_write(a, store->csr_conf, conf, strlen(conf), 0644, true))
		return -1;
	info("The CSR is here: %s", store->csr);
	return 0;
}

int cmd_create_csr(struct run *r, struct options *o)
{
	struct store store;
	int lock, bad;

	if (cmd_open(r, o, false, &store, &lock))
		return -1;
	bad = write_csr(r, o, &store);
	store_unlock(&store, lock);
	return bad;
}

int cmd_show_csr(struct run *r, struct options *o)
{
	struct csr csr;
	struct strs others = { 0 };

	if (text_empty(o->csr)) {
		fail(r->mem, "which request?");
		return remedy(r->mem, "add --csr file");
	}
	if (request_read(r->mem, o->csr, &csr))
		return -1;
	for (size_t i = 0; i < csr.names.n; i++)
		if (!text_is_ci(csr.names.v[i], csr.cn))
			strs_add(r->mem, &others, csr.names.v[i]);
	info("Subject=%s", csr.cn);
	info("SubjectAltNames=%s", text_join(r->mem, others, ","));
	info("KeyLength=%s", csr.key_length);
	return 0;
}

int cmd_to_pkcs12(struct run *r, struct options *o)
{
	struct store store;
	int lock, key = 0, bad;

	if (cmd_open(r, o, true, &store, &lock))
		return -1;
	if (text_empty(o->set.password)) {
		fail(r->mem, "a PKCS#12 file needs a password");
		bad = remedy(r->mem, "add --password");
	} else {
		bad = load_key(r, &store, &key) ||
		    keeper_pkcs12(r->keeper, r->mem, key, store.fullchain, o->set.password,
		        store.domain, o->pfx_legacy, store.pfx);
	}
	if (!bad) {
		/* kept, so that each renewal makes the file anew */
		conf_set_b64(store.conf, "Le_PFXPassword", o->set.password);
		bad = conf_save(store.conf);
	}
	store_unlock(&store, lock);
	if (bad)
		return -1;
	info("Success, PFX has been exported to: %s", store.pfx);
	return 0;
}

int cmd_to_pkcs8(struct run *r, struct options *o)
{
	struct store store;
	int lock, key = 0, bad;

	if (cmd_open(r, o, true, &store, &lock))
		return -1;
	bad = load_key(r, &store, &key) ||
	    keeper_save(r->keeper, r->mem, key, KEEPER_PKCS8, store.pkcs8, 0600, false);
	store_unlock(&store, lock);
	if (bad)
		return -1;
	info("Success, the PKCS#8 key is exported to: %s", store.pkcs8);
	return 0;
}
