/* Our own responder answers: http-01 on --httpport (RFC 8555 8.3), tls-alpn-01 on --tlsport
 * (RFC 8737). It serves from the first name until the last one is taken away, which is when the
 * order is final. */
#include "standalone.h"

#include "arena.h"
#include "error.h"
#include "log.h"
#include "responder.h"
#include "text.h"

/* What differs between the two. */
struct door {
	bool tls;
	int port;
	enum net_family family;
};

static int find_door(const struct solving *s, const struct task *t, struct door *d)
{
	const bool tls = t->solver == &alpn_solver;
	const char *text = tls ? s->spec->tls_port : s->spec->http_port;
	const bool v4 = text_yes(s->spec->listen_v4), v6 = text_yes(s->spec->listen_v6);
	long long port = tls ? 443 : 80;

	if (!text_empty(text) && text_number(text, 1, 65535, &port))
		return fail(s->mem, "%s \"%s\" is no port number", tls ? "--tlsport" : "--httpport",
		    text_safe(s->mem, text, 40));
	*d = (struct door){ .tls = tls,
		.port = (int)port,
		.family = v4 == v6 ? NET_ANY
		    : v4           ? NET_V4
		                   : NET_V6 };
	return 0;
}

static bool takes_no(const char *entry)
{
	return text_is(entry, "no");
}

static bool takes_alpn(const char *entry)
{
	return text_is(entry, "alpn");
}

static int ready(struct solving *s, struct task *t)
{
	struct door d = { 0 };
	if (find_door(s, t, &d))
		return -1;
	return responder_probe(s->run->responder, s->mem, t->local_address, d.port, d.family,
	    d.tls);
}

static int present(struct solving *s, struct task *t)
{
	unsigned char digest[32];
	struct door d = { 0 };

	if (!t->key_authz)
		return fail(s->mem, "%s: the CA's challenge has no token", t->name);
	struct responder *r = run_responder(s->run, s->mem);
	if (!r || find_door(s, t, &d) ||
	    responder_listen(r, s->mem, t->local_address, d.port, d.family, d.tls))
		return -1;
	if (!d.tls)
		return responder_add_token(r, s->mem, t->offer->token, t->key_authz);
	key_authorization_digest(t->key_authz, digest);
	return responder_add_alpn(r, s->mem, t->name, digest);
}

static void clean(struct solving *s, struct task *t)
{
	struct arena *scratch = arena_new();
	const char *what = t->solver == &alpn_solver ? t->name : t->offer->token;
	/* The responder is not started to take away what it never had. */
	if (s->run->responder && what && responder_remove(s->run->responder, scratch, what))
		debug(1, "%s: %s", t->name, error_text(scratch));
	arena_drop(scratch);
}

const struct solver standalone_solver = {
	.type = "http-01",
	.title = "Standalone mode.",
	.option = "--standalone",
	.takes = takes_no,
	.ready = ready,
	.present = present,
	.clean = clean,
	.served = true,
};

const struct solver alpn_solver = {
	.type = "tls-alpn-01",
	.title = "Standalone alpn mode.",
	.option = "--alpn",
	.takes = takes_alpn,
	.ready = ready,
	.present = present,
	.clean = clean,
	.served = true,
};
