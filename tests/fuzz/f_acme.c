/* What a CA may reply: directory, order, authorization, account, certificate, renewal window and
 * problem document, through the transport seam. The first byte chooses what is asked, the second
 * the status; a line follows that stands in the headers, then the body. */
#include <assert.h>
#include <string.h>

#include "account.h"
#include "ari.h"
#include "error.h"
#include "jws.h"
#include "order.h"
#include "problem.h"
#include "wire.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define CA "https://ca.test"

/* Signing would cost time and find nothing: these stand for jws.c and keeper.c. */
char *jws_sign(struct keeper *k, struct arena *a, int key, const struct jws_ask *ask)
{
	(void)k, (void)key;
	assert(ask->url && ask->nonce && ask->payload);
	return arena_str(a, ask->payload);
}

char *jws_eab(struct arena *a, const char *alg, const char *kid, const char *secret_b64,
    const char *url, const char *jwk)
{
	(void)alg, (void)kid, (void)secret_b64, (void)url, (void)jwk;
	return arena_str(a, "{}");
}

int keeper_public(struct keeper *k, struct arena *a, int key, struct pubkey *out)
{
	(void)k, (void)key, (void)out;
	return fail(a, "no keeper here");
}

static struct {
	int status, sent;
	const char *line, *body;
	size_t len;
} reply;

/* The fifth request fails for good: no pauses, no endless loops. */
static int answer(struct http *h, struct arena *a, const struct request *req, struct response *res)
{
	static const char *const names[] = { "Location", "Link", "Replay-Nonce", "Content-Type" };

	(void)h;
	assert(text_starts_ci(req->url, "https://"));
	if (++reply.sent > 4)
		return fail(a, "enough");
	*res = (struct response){ .status = reply.status, .url = req->url };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		header_add(a, &res->headers, names[i], reply.line);
	if (reply.status != 429 && reply.status != 503)
		header_add(a, &res->headers, "Retry-After", reply.line);
	res->body = arena_dup(a, reply.body, reply.len);
	res->body_len = reply.len;
	return 0;
}

static void printable(const char *s, bool lines)
{
	for (; s && *s; s++)
		assert((unsigned char)*s >= ' ' && (unsigned char)*s != 0x7f ? true
		                                                             : lines && *s == '\n');
}

static void https(const char *url)
{
	assert(!url || (text_starts_ci(url, "https://") && !strpbrk(url, " \r\n")));
}

static void try_directory(struct wire *w, struct arena *a)
{
	if (wire_open(w, a, NULL, NULL, CA "/directory") == 0) {
		https(w->dir.new_nonce);
		https(w->dir.new_account);
		https(w->dir.new_order);
		https(w->dir.renewal_info);
		printable(directory_profiles(a, &w->dir), false);
	}
}

static void check_order(const struct order *o)
{
	https(o->url);
	https(o->finalize);
	https(o->certificate);
	for (size_t i = 0; i < o->authz_urls.n; i++)
		https(o->authz_urls.v[i]);
}

static void try_order(struct wire *w, struct arena *a)
{
	const char *name = "a.test";
	const struct order_ask ask = { .names = { .v = &name, .n = 1 }, .replaces = "x.y" };
	struct order o;

	if (order_new(w, a, &ask, &o) == 0)
		check_order(&o);
}

static void try_finalize(struct wire *w, struct arena *a)
{
	struct order o = { .url = CA "/order", .status = "ready", .finalize = CA "/finalize" };
	int64_t after;

	if (order_finalize(w, a, &o, der_bytes("x", 1)) == 0)
		check_order(&o);
	error_clear(a);
	if (order_read(w, a, &o, &after) == 0)
		assert(after >= 0 && after <= 60);
	error_clear(a);
	order_explain(w, a, &o);
}

static void try_authz(struct wire *w, struct arena *a)
{
	struct authz z;

	if (authz_read(w, a, CA "/authz", &z) != 0)
		return;
	printable(z.name, false);
	assert(!text_bad_name(z.name));
	for (size_t i = 0; i < z.n_offers; i++) {
		https(z.offers[i].url);
		assert(!z.offers[i].token || text_is_token(z.offers[i].token));
	}
}

static void try_account(struct wire *w, struct arena *a)
{
	struct account account;
	const char *kid, *key;

	account_register(w, a, &(struct account_ask){ .only_existing = true }, &account);
	https(w->kid);
	error_clear(a);
	account_zerossl_eab(NULL, a, "a@a.test", &kid, &key);
}

static void try_ari(struct wire *w, struct arena *a)
{
	const unsigned char bytes[] = { 1, 2, 3 };
	const struct cert c = { .serial_hex = "1",
		.aki = { bytes, 3 },
		.serial = { bytes, 3 },
		.not_before = 1790000000,
		.not_after = 1800000000 };
	struct ari ari;

	if (ari_fetch(w, a, &c, &ari) == 0) {
		assert(ari.start < ari.end && ari.end <= c.not_after);
		int64_t t = ari_draw(&ari);
		assert(t >= ari.start && t < ari.end);
	} else {
		assert(!ari.start && !ari.end);
	}
	printable(ari.explanation, false);
	assert(ari.retry_after >= 60 && ari.retry_after <= 86400);
}

static void try_certificate(struct wire *w, struct arena *a)
{
	const struct order o = { .url = CA "/order", .status = "valid", .certificate = CA "/cert" };
	struct chain chain;
	const char *pem;
	bool already;

	if (order_download(w, a, &o, NULL, &pem, &chain) == 0)
		assert(chain.n > 0 && pem);
	error_clear(a);
	order_revoke(w, a, der_bytes("x", 1), 0, 0, &already);
}

static void (*const tries[])(struct wire *w, struct arena *a) = { try_directory, try_order,
	try_finalize, try_authz, try_account, try_ari, try_certificate };

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const int status[] = { 200, 200, 200, 201, 307, 400, 403, 409, 429, 500, 503 };

	if (size < 3)
		return 0;
	struct arena *a = arena_new();
	struct wire w = { .mem = a,
		.kid = CA "/account",
		.nonce = "n",
		.dir = { .url = CA "/directory",
		    .new_nonce = CA "/nonce",
		    .new_account = CA "/account",
		    .new_order = CA "/new-order",
		    .revoke_cert = CA "/revoke",
		    .renewal_info = CA "/ari" } };
	const char *text = arena_dup(a, data + 2, size - 2);
	size_t n = strcspn(text, "\n");
	const struct error *e = arena_error(a);

	http_transport = answer;
	reply.status = status[data[1] % (sizeof status / sizeof *status)];
	reply.sent = 0;
	reply.line = arena_strn(a, text, n);
	reply.body = text + n + (text[n] == '\n');
	reply.len = size - 2 - (size_t)(reply.body - text);
	tries[data[0] % (sizeof tries / sizeof *tries)](&w, a);
	printable(e->what, false);
	printable(e->code, false);
	printable(e->remedy, false);
	printable(e->doing, false);
	printable(e->names, true);
	assert(e->retry_after >= 0 && e->retry_after <= 7 * 86400);
	arena_drop(a);
	return 0;
}
