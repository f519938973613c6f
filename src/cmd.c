/* What several commands share. */
#include "cmd.h"

#include "error.h"
#include "key.h"

#define LOCK_WAIT_MS (10 * 60 * 1000)

/* Of -k, in whatever spelling; none is the default's. */
static bool is_ec(const char *length)
{
	struct arena *a = arena_new();
	const bool ec = key_length_is_ec(key_length_name(a, length));

	arena_drop(a);
	return ec;
}

bool cmd_ecc(const struct options *o)
{
	return o->set.ecc || is_ec(o->spec.keylength);
}

/* --ecc means the EC folder, an RSA length the other one; else whichever exists. */
static enum store_pick pick(const struct options *o)
{
	if (o->set.ecc)
		return STORE_ECC;
	if (!text_empty(o->spec.keylength))
		return is_ec(o->spec.keylength) ? STORE_ECC : STORE_RSA;
	return STORE_ANY;
}

int cmd_open(struct run *r, const struct options *o, bool must_exist, struct store *store,
    int *lock)
{
	struct arena *a = r->mem;

	if (store_open(a, &r->home, o->domains.v[0], pick(o), store))
		return -1;
	if (must_exist && !store_exists(store)) {
		fail(a, "'%s' is not an issued domain: there is no %s", store->domain,
		    store->conf_path);
		return remedy(a, "acme --list shows the ones there are");
	}
	if (!lock)
		return 0;
	return (*lock = store_claim(a, store, LOCK_WAIT_MS)) < 0 ? -1 : 0;
}

void cmd_names(struct arena *a, struct strs domains, struct spec *s)
{
	struct strs rest = { domains.v + 1, domains.n - 1, 0 };

	s->domain = domains.v[0];
	s->alt = domains.n > 1 ? text_join(a, rest, ",") : "no";
}
