/* The table of solvers, and which of them, and which of the CA's offers, a name gets. */
#include "challenge.h"

#include "arena.h"
#include "dns01.h"
#include "dnspersist.h"
#include "error.h"
#include "standalone.h"
#include "stateless.h"
#include "text.h"
#include "webroot.h"
#include "webserver.h"

/* The webroot comes last: it takes every word that no other one knows. */
const struct solver *const solver_table[] = {
	&standalone_solver,
	&alpn_solver,
	&stateless_solver,
	&dns_manual_solver,
	&dns_persist_solver,
	&dns_account_manual_solver,
	&dns_account_solver,
	&dns01_solver,
	&nginx_solver,
	&apache_solver,
	&webroot_solver,
	NULL,
};

const struct solver *solver_for(struct arena *a, const char *entry)
{
	struct strs options = { 0 };
	for (size_t i = 0; solver_table[i]; i++) {
		if (entry && *entry && solver_table[i]->takes(entry))
			return solver_table[i];
		strs_add(a, &options, solver_table[i]->option);
	}
	const char *known = text_join(a, options, ", ");
	arena_error(a)->input = true;
	return text_empty(entry)
	    ? fail_null(a, "it is not said how to prove control of the name: use one of %s", known)
	    : fail_null(a, "this program has no way \"%s\" to prove control of a name; it has %s",
	          text_safe(a, entry, 100), known);
}

int challenge_pick(struct arena *a, const struct solver *v, const struct authz *z,
    const struct challenge_offer **out)
{
	struct strs types = { 0 };
	for (size_t i = 0; i < z->n_offers; i++) {
		const struct challenge_offer *o = &z->offers[i];
		if (text_is(o->type, v->type)) {
			*out = o;
			return 0;
		}
		if (!text_empty(o->type))
			strs_add(a, &types, text_safe(a, o->type, 40));
	}
	const char *name = text_safe(a, z->name, 253);
	fail(a, "%s cannot be proven by %s (%s): the CA offers %s", name, v->type, v->option,
	    types.n ? text_join(a, types, ", ") : "nothing");
	return text_starts(z->name, "*.")
	    ? remedy(a, "a wildcard name is proven by a DNS record: use --dns")
	    : -1;
}
