/* Accounts at a CA (RFC 8555 7.3): create, find, update, roll the key over, deactivate; and
 * ZeroSSL's REST interface for its binding credentials (zerossl.com/documentation/acme). */
#include "account.h"

#include <string.h>

#include "ca.h"
#include "error.h"
#include "jws.h"
#include "log.h"
#include "problem.h"

#define ZEROSSL_EAB "https://api.zerossl.com/acme/eab-credentials-email"

/* "contact":[...], made of addresses and URLs. */
static cJSON *contact_list(struct arena *a, struct strs contacts)
{
	cJSON *list = json_list(NULL);

	for (size_t i = 0; i < contacts.n; i++)
		json_add(list,
		    js(NULL,
		        strchr(contacts.v[i], ':') ? contacts.v[i]
		                                   : fmt(a, "mailto:%s", contacts.v[i])));
	return jo("contact", list);
}

/* The account key's public half. */
static int public_jwk(struct wire *w, struct arena *a, const char **jwk)
{
	struct pubkey pub;

	if (keeper_public(w->keeper, a, w->key, &pub) != 0)
		return -1;
	*jwk = pubkey_jwk(a, &pub);
	return *jwk ? 0 : -1;
}

const char *account_thumbprint(struct wire *w, struct arena *a)
{
	struct pubkey pub;
	return keeper_public(w->keeper, a, w->key, &pub) == 0 ? pubkey_thumbprint(a, &pub) : NULL;
}

static int read_account(struct wire *w, struct arena *a, const cJSON *j, struct account *out)
{
	if (w->kid)
		out->url = w->kid;
	out->status = json_str(j, "status");
	out->json = json_text(a, j);
	out->thumbprint = account_thumbprint(w, a);
	if (!out->thumbprint)
		return -1;
	/* A CA that leaves the status out (it must not) means valid. */
	if (!out->status)
		out->status = "valid";
	if (!text_is(out->status, "valid"))
		return fail(a, "the account %s is %s", out->url, text_safe(a, out->status, 40));
	return 0;
}

/* --- newAccount --- */

/* The payload; NULL when the binding cannot be made. */
static const char *registration(struct wire *w, struct arena *a, const struct account_ask *ask,
    bool find)
{
	const char *jwk, *eab = NULL;

	if (ask->eab_kid && !find) {
		if (!ask->eab_secret)
			return fail_null(a,
			    "the binding key %s came without its secret: give --eab-hmac-key",
			    ask->eab_kid);
		secret(ask->eab_secret);
		if (public_jwk(w, a, &jwk) != 0)
			return NULL;
		eab = jws_eab(a, ask->eab_alg ? ask->eab_alg : "HS256", ask->eab_kid,
		    ask->eab_secret, w->dir.new_account, jwk);
		if (!eab)
			return NULL;
	}
	struct arena *before = arena_use(a);
	cJSON *j = json(jb("termsOfServiceAgreed", true));
	if (find)
		json_add(j, jb("onlyReturnExisting", true));
	else if (ask->contacts.n)
		json_add(j, contact_list(a, ask->contacts));
	if (eab)
		json_add(j, jo("externalAccountBinding", json_parse(a, eab, strlen(eab))));
	arena_use(before);
	return json_text(a, j);
}

static int post_account(struct wire *w, struct arena *a, const struct account_ask *ask, bool find,
    struct account *out)
{
	struct response res;
	struct post post = { .url = w->dir.new_account, .by_jwk = true };
	const char *location;
	const cJSON *j;

	*out = (struct account){ 0 };
	post.payload = registration(w, a, ask, find);
	if (!post.payload || !(j = wire_post_json(w, a, &post, &res)))
		return -1;
	location = header_get(&res.headers, "Location");
	if (text_empty(location))
		return fail(a, "the CA did not tell the account's address (no Location)");
	location = wire_url(w, a, post.url, location);
	if (!location)
		return -1;
	w->kid = arena_str(w->mem, location);
	out->created = res.status == 201;
	return read_account(w, a, j, out);
}

/* Tells what a CA's external account binding is and where its credentials come from. */
static int want_binding(struct wire *w, struct arena *a)
{
	const struct ca *ca = ca_of(w->dir.url);
	struct error *e = arena_error(a);

	error_clear(a);
	fail(a, "this CA registers only accounts that are bound to a customer of its own");
	e->code = "externalAccountRequired";
	e->input = true;
	return remedy(a, "give --eab-kid and --eab-hmac-key%s%s", ca && ca->eab_help ? ": " : "",
	    ca && ca->eab_help ? ca->eab_help : "");
}

int account_register(struct wire *w, struct arena *a, const struct account_ask *ask,
    struct account *out)
{
	struct error *e = arena_error(a);
	struct error first;
	/* An account that exists needs no binding any more: look for it before asking for one. */
	bool find = ask->only_existing || (w->dir.eab_required && !ask->eab_kid);

	doing(a, find ? "looking for the account" : "account registration");
	if (post_account(w, a, ask, find, out) == 0)
		return 0;
	if (ask->only_existing)
		return -1;
	if (text_is(e->code, "externalAccountRequired") ||
	    (find && text_is(e->code, "accountDoesNotExist")))
		return want_binding(w, a);
	/* ZeroSSL refuses a second binding of a key that has an account. */
	if (!ask->eab_kid || e->http != 400)
		return -1;
	first = *e;
	error_clear(a);
	if (post_account(w, a, ask, true, out) == 0)
		return 0;
	*e = first;
	return -1;
}

/* --- an account that is there --- */

int account_update(struct wire *w, struct arena *a, struct strs contacts, struct account *out)
{
	struct arena *before = arena_use(a);
	const char *payload = json_text(a, json(contact_list(a, contacts)));
	const cJSON *j;

	arena_use(before);
	*out = (struct account){ 0 };
	doing(a, "account update");
	j = wire_post_json(w, a, &(struct post){ .url = w->kid, .payload = payload }, NULL);
	return j ? read_account(w, a, j, out) : -1;
}

int account_deactivate(struct wire *w, struct arena *a)
{
	const struct post post = { .url = w->kid, .payload = "{\"status\":\"deactivated\"}" };

	doing(a, "account deactivation");
	return wire_post(w, a, &post, NULL);
}

int account_rollover(struct wire *w, struct arena *a, int new_key)
{
	struct jws_ask inner = { .url = w->dir.key_change };
	struct post post = { .url = w->dir.key_change };
	struct response res = { 0 };
	const char *old, *owner;

	doing(a, "account key rollover");
	if (!w->dir.key_change)
		return fail(a,
		    "this CA cannot change an account's key (no keyChange in its directory)");
	if (public_jwk(w, a, &old) != 0)
		return -1;
	struct arena *before = arena_use(a);
	inner.payload = json_text(a,
	    json(js("account", w->kid), jo("oldKey", json_parse(a, old, strlen(old)))));
	arena_use(before);
	post.payload = jws_sign(w->keeper, a, new_key, &inner);
	if (!post.payload)
		return -1;
	if (wire_post(w, a, &post, &res) != 0) {
		owner = header_get(&res.headers, "Location");
		if (res.status == 409 && owner)
			arena_error(a)->remedy =
			    fmt(a, "the new key belongs to the account %s already",
			        text_safe(a, owner, 200));
		return -1;
	}
	w->key = new_key;
	return 0;
}

/* --- ZeroSSL --- */

int account_zerossl_eab(struct http *h, struct arena *a, const char *email, const char **kid,
    const char **secret_b64)
{
	struct request req = { .method = "POST", .url = ZEROSSL_EAB, .confidential = true };
	struct response res = { 0 };
	const cJSON *j;
	const char *body = fmt(a, "email=%s", text_url_escape(a, email));

	at(a, "ZeroSSL.com");
	doing(a, "fetching binding credentials for %s", email);
	req.body = body;
	req.body_len = strlen(body);
	header_add(a, &req.headers, "Content-Type", "application/x-www-form-urlencoded");
	if (http_send(h, a, &req, &res) != 0)
		return -1;
	j = res.body ? json_parse(a, res.body, res.body_len) : NULL;
	error_clear(a);
	*kid = json_str(j, "eab_kid");
	*secret_b64 = json_str(j, "eab_hmac_key");
	if (res.status / 100 == 2 && !text_empty(*kid) && !text_empty(*secret_b64)) {
		secret(*secret_b64);
		return 0;
	}
	*kid = *secret_b64 = NULL;
	if (json_get(j, "error")) {
		const char *what = json_str(j, "error/type");
		fail(a, "%d %s", res.status, what ? text_safe(a, what, 200) : "refused");
		arena_error(a)->code = text_safe(a, json_str(j, "error/code"), 20);
		arena_error(a)->http = res.status;
		return -1;
	}
	if (res.status / 100 != 2)
		return problem_reply(a, &res);
	return fail(a, "the reply has no credentials");
}
