/* The certificate of an order and its alternate chains (RFC 8555 7.4.2), and its revocation (7.6). */
#include "order.h"

#include <string.h>

#include "b64.h"
#include "error.h"
#include "log.h"

enum { ALTERNATES_MAX = 10 };

static int download(struct wire *w, struct arena *a, const char *url, struct response *res,
    struct chain *chain)
{
	const struct post post = { .url = url, .accept = "application/pem-certificate-chain" };

	*chain = (struct chain){ 0 };
	if (wire_post(w, a, &post, res) != 0)
		return -1;
	if (!header_type_is(&res->headers, post.accept))
		debug(1, "the certificate came as %s", header_get(&res->headers, "Content-Type"));
	if (res->body_len == 0)
		return fail(a, "the CA sent an empty certificate");
	return chain_parse(a, res->body, res->body_len, chain);
}

int order_download(struct wire *w, struct arena *a, const struct order *o, const char *preferred,
    const char **pem, struct chain *chain)
{
	struct response first, other;
	struct chain alternate;
	const char *ref, *url;

	doing(a, "downloading the certificate");
	if (!o->certificate)
		return fail(a, "the CA did not tell the certificate's address");
	if (download(w, a, o->certificate, &first, chain) != 0)
		return -1;
	*pem = first.body;
	if (text_empty(preferred) || text_has_ci(chain_top_issuer(chain), preferred))
		return 0;
	for (size_t i = 0; i < ALTERNATES_MAX; i++) {
		if (!(ref = header_link(a, &first.headers, "alternate", i)))
			break;
		url = wire_url(w, a, first.url ? first.url : o->certificate, ref);
		if (url && download(w, a, url, &other, &alternate) == 0) {
			if (!text_has_ci(chain_top_issuer(&alternate), preferred))
				continue;
			*pem = other.body;
			*chain = alternate;
			return 0;
		}
		warn("An alternate chain cannot be used: %s", error_text(a));
		error_clear(a);
	}
	warn("No chain of this CA ends at %s; using the default one, which ends at %s.", preferred,
	    text_safe(a, chain_top_issuer(chain), 200));
	return 0;
}

int order_revoke(struct wire *w, struct arena *a, struct der cert, int reason, int key,
    bool *already)
{
	struct post post = { .url = w->dir.revoke_cert, .by_jwk = key != 0, .key = key };

	*already = false;
	doing(a, "revoking the certificate");
	if (!post.url)
		return fail(a, "this CA does not revoke by ACME (no revokeCert in its directory)");
	struct arena *before = arena_use(a);
	post.payload = json_text(a,
	    json(js("certificate", b64url_encode(a, cert.p, cert.n)), jn("reason", reason)));
	arena_use(before);
	if (wire_post(w, a, &post, NULL) == 0)
		return 0;
	if (!text_is(arena_error(a)->code, "alreadyRevoked"))
		return -1;
	error_clear(a);
	*already = true;
	return 0;
}
