/* Keys and signing requests of one issue. */
#include "request.h"

#include <string.h>

#include "csr.h"
#include "error.h"
#include "file.h"
#include "keeper.h"
#include "log.h"

#define CN_MAX 64 /* ub-common-name, RFC 5280 appendix A.1 */
#define CSR_MAX (256 * 1024)

int request_read(struct arena *a, const char *path, struct csr *out)
{
	size_t n;
	const char *p = file_read(a, path, CSR_MAX, &n);

	if (!p)
		return -1;
	at(a, "%s", path);
	return csr_parse(a, p, n, out);
}

static int brought(struct arena *a, const char *path, struct signing *out)
{
	struct csr csr;

	if (request_read(a, path, &csr))
		return -1;
	out->csr = csr.der;
	out->spki = csr.spki;
	out->names = csr.names;
	out->key_length = csr.key_length;
	if (csr.cn[0] && !strs_has(csr.names, csr.cn) && !text_bad_name(csr.cn))
		strs_add(a, &out->names, csr.cn);
	info("Signing from existing CSR.");
	return 0;
}

/* The stored key stays unless there is none, its length changed, or a new one is wanted. */
static int pick_key(struct run *r, struct arena *a, const struct store *store,
    const struct spec *spec, struct signing *out)
{
	const char *length = key_length_name(a, spec->keylength);
	bool next = text_is(spec->new_key, "1");
	struct pubkey pub;

	if (!length)
		return -1;
	if (file_exists(store->key) && !next) {
		if ((out->key = keeper_load(r->keeper, a, store->key, NULL)) < 0 ||
		    keeper_public(r->keeper, a, out->key, &pub))
			return -1;
		if (text_is(pub.length, length))
			return 0;
		keeper_drop(r->keeper, out->key);
	}
	out->new_key = true;
	if (next && file_exists(store->key_next)) {
		struct arena *scratch = arena_new();

		out->key = keeper_load(r->keeper, scratch, store->key_next, NULL);
		if (out->key >= 0 &&
		    (keeper_public(r->keeper, scratch, out->key, &pub) ||
		        !text_is(pub.length, length)))
			out->key = -1; /* emptied, or of another length by now */
		arena_drop(scratch);
		if (out->key >= 0)
			return 0;
	}
	info("Creating domain key");
	out->key = keeper_make(r->keeper, a, length);
	return out->key < 0 ? -1 : 0;
}

int request_make(struct run *r, struct arena *a, const struct store *store, const struct spec *spec,
    const char *csr, struct signing *out)
{
	struct csr_ask ask = { .eku = spec->eku, .must_staple = text_is(spec->ocsp, "1") };
	struct pubkey pub;

	if (csr)
		return brought(a, csr, out);
	out->names = spec_ascii_names(a, spec);
	if (!out->names.n || pick_key(r, a, store, spec, out) ||
	    keeper_public(r->keeper, a, out->key, &pub))
		return -1;
	out->spki = pub.spki;
	out->key_length = pub.length;
	ask.names = out->names;
	if (!text_is_ip(out->names.v[0]) && strlen(out->names.v[0]) <= CN_MAX)
		ask.cn = out->names.v[0];
	return keeper_csr(r->keeper, a, out->key, &ask, &out->csr);
}

int request_stage(struct run *r, struct arena *a, const struct store *store, struct signing *req)
{
	if (store_make(a, store))
		return -1;
	if (!req->new_key)
		return 0;
	req->staged_key = store->staged_key;
	return keeper_save(r->keeper, a, req->key, KEEPER_PEM, req->staged_key, 0600, false);
}

char *request_conf(struct arena *a, const struct spec *spec, struct strs names)
{
	struct strs alt = { 0 };

	for (size_t i = 0; i < names.n; i++)
		strs_add(a, &alt,
		    arena_fmt(a, "%s:%s", text_is_ip(names.v[i]) ? "IP" : "DNS", names.v[i]));
	return arena_fmt(a,
	    "[ req_distinguished_name ]\n[ req ]\n"
	    "distinguished_name = req_distinguished_name\nreq_extensions = v3_req\n[ v3_req ]\n"
	    "%s%s%s%ssubjectAltName=%s",
	    text_empty(spec->eku) ? "" : "extendedKeyUsage=",
	    text_empty(spec->eku) ? "" : spec->eku, text_empty(spec->eku) ? "" : "\n",
	    text_is(spec->ocsp, "1") ? "tlsfeature=status_request\n" : "", text_join(a, alt, ","));
}

/* With --always-force-new-domain-key the key of the next period is made now, so that it can be
 * announced (TLSA) one period ahead. */
static int make_next_key(struct run *r, struct arena *a, const struct store *store,
    const struct signing *req)
{
	int key = keeper_make(r->keeper, a, req->key_length);
	int bad =
	    key < 0 || keeper_save(r->keeper, a, key, KEEPER_PEM, store->key_next, 0600, false);

	if (key > 0)
		keeper_drop(r->keeper, key);
	return bad ? -1 : 0;
}

int request_keep(struct run *r, struct arena *a, const struct store *store, const struct spec *spec,
    const struct signing *req)
{
	if (!req->key)
		return 0;
	if (req->new_key)
		info("The domain key is here: %s", store->key);
	if (text_is(spec->new_key, "1") && make_next_key(r, a, store, req))
		return -1;
	if (!text_empty(spec->pfx_password))
		return keeper_pkcs12(r->keeper, a, req->key, store->fullchain, spec->pfx_password,
		    store->domain, false, store->pfx);
	return 0;
}
