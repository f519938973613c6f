/* One certificate, described. */
#include "describe.h"

#include <limits.h>

#include "ca.h"
#include "clock.h"
#include "error.h"
#include "log.h"
#include "text.h"

void describe(const struct run *r, struct arena *a, const struct store *s, bool with_leaf,
    struct description *out)
{
	struct spec terms;

	*out = (struct description){ .store = s };
	spec_load(s->conf, &out->spec);
	out->ca = ca_name(ca_current(out->spec.api));
	terms = run_terms(r, &out->spec);
	due_read_store(s, &terms, clock_now(), &out->facts);
	out->owed = conf_get(s->conf, ACME_OWED);
	out->last_error = conf_get(s->conf, ACME_LAST_ERROR);
	out->failures = conf_get(s->conf, ACME_FAILURES);
	if (with_leaf) {
		out->has_leaf = store_cert(a, s, &out->leaf) == 0;
		error_clear(a);
	}
	if (out->has_leaf) {
		out->facts.not_before = out->leaf.not_before;
		out->facts.not_after = out->leaf.not_after;
	}
	out->due = due_compute(&out->facts);
}

bool describe_is_secret(const char *key)
{
	return text_starts(key, "SAVED_") || text_is(key, "Le_PFXPassword") ||
	    text_ends(key, "_HMAC_KEY");
}

static cJSON *list(struct arena *a, const char *comma_list)
{
	struct strs words = text_split(a, comma_list, ",");
	cJSON *array = json_array((cJSON *const[]){ NULL });

	for (size_t i = 0; i < words.n; i++)
		json_add(array, js(NULL, words.v[i]));
	return array;
}

static cJSON *installed(const struct spec *s)
{
	return json(js("cert", s->cert_file), js("key", s->key_file), js("ca", s->ca_file),
	    js("fullchain", s->fullchain_file), js("reload", s->reload));
}

static cJSON *hooks(struct arena *a, const struct spec *s)
{
	return json(js("pre", s->pre_hook), js("post", s->post_hook), js("renew", s->renew_hook),
	    jo("deploy", list(a, s->deploy_hook)));
}

cJSON *describe_json(struct arena *a, const struct description *d)
{
	long long failures = 0;
	const struct spec *s = &d->spec;
	const struct conf *c = d->store->conf;
	bool issued = store_issued(d->store);
	cJSON *j = json(js("domain", d->store->domain),
	    jo("names", list(a, text_join(a, spec_names(a, s), ","))),
	    js("key_length", s->keylength), jb("ecc", d->store->ecc), js("profile", s->profile),
	    js("ca", d->ca), js("server", s->api), jo("proof", list(a, s->webroot)),
	    js("created", conf_get(c, "Le_CertCreateTimeStr")),
	    js("not_after", d->facts.not_after ? clock_rfc3339(a, d->facts.not_after) : NULL),
	    js("renew_at", issued && !d->due.never ? clock_rfc3339(a, d->due.when) : NULL),
	    js("renew_why", issued ? d->due.why : NULL), jo("owed", list(a, d->owed)),
	    js("last_error", d->last_error), js("folder", d->store->dir));

	if (text_number(d->failures, 0, INT_MAX, &failures) == 0)
		json_add(j, jn("failures", failures));
	if (!d->has_leaf)
		return j;
	json_add(j, js("issuer", d->leaf.issuer_cn));
	json_add(j, js("serial", d->leaf.serial_hex));
	json_add(j, js("not_before", clock_rfc3339(a, d->leaf.not_before)));

	if (d->facts.ari_start)
		json_add(j,
		    jo("ari",
		        json(js("start", clock_rfc3339(a, d->facts.ari_start)),
		            js("end", clock_rfc3339(a, d->facts.ari_end)),
		            js("drawn", clock_rfc3339(a, d->facts.ari_draw)))));
	json_add(j, jo("installed", installed(s)));
	json_add(j, jo("hooks", hooks(a, s)));
	return j;
}

static void fact(const char *name, const char *value)
{
	if (!text_empty(value))
		print("%s=%s\n", name, value);
}

void describe_print(struct arena *a, const struct description *d)
{
	if (d->has_leaf) {
		fact("Names", text_join(a, d->leaf.names, ","));
		fact("Key", d->leaf.key_length);
		fact("Issuer", d->leaf.issuer);
		fact("Serial", d->leaf.serial_hex);
		fact("NotBefore", clock_rfc3339(a, d->leaf.not_before));
		fact("NotAfter", clock_rfc3339(a, d->leaf.not_after));
	}
	if (store_issued(d->store))
		print("NextRenewal=%s (%s)\n",
		    d->due.never ? "never" : clock_rfc3339(a, d->due.when), d->due.why);
	if (d->facts.ari_start)
		print("AriWindow=%s to %s, drawn: %s\n", clock_rfc3339(a, d->facts.ari_start),
		    clock_rfc3339(a, d->facts.ari_end), clock_rfc3339(a, d->facts.ari_draw));
	fact("Owed", d->owed);
	fact("Failures", d->failures);
	fact("LastError", d->last_error);
}
