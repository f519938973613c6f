/* Orders, authorizations and challenges (RFC 8555 7.4, 7.5), finalisation, the certificate and
 * its alternates, revocation (7.6). */
#ifndef ORDER_H
#define ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cert.h"
#include "text.h"
#include "wire.h"

struct challenge_offer {
	const char *type;
	const char *url;
	const char *token; /* NULL for types without; checked against ACME's alphabet */
	const char *status;
	const cJSON *json;
};

struct authz {
	const char *url;
	const char *status;
	const char *name; /* "*." put back in front when the CA said wildcard */
	bool is_ip;
	struct challenge_offer *offers;
	size_t n_offers;
};

struct order_ask {
	struct strs names;      /* A-labels and IP addresses, first the main one */
	const char *profile;    /* NULL: none */
	const char *not_before; /* RFC 3339 or NULL */
	const char *not_after;
	const char *replaces; /* ARI id or NULL */
};

struct order {
	const char *url;
	const char *status;
	struct strs authz_urls;
	const char *finalize;
	const char *certificate;
	const char *expires;
	const cJSON *error;    /* the order's own problem, or NULL */
	bool replaces_refused; /* the CA took the order only without replaces */
};

/* newOrder. With replaces refused (any 4xx/5xx but 429 and 503) it is tried once more without;
 * it is not sent to a CA without renewalInfo. A profile that the directory does not offer is
 * refused here. Names are lower-cased, repeated ones left out. */
int order_new(struct wire *w, struct arena *a, const struct order_ask *ask, struct order *o);
/* Reads the order at o->url again (resume, poll). retry_after (may be NULL): seconds that the CA
 * asks to wait, 0: not told. */
int order_read(struct wire *w, struct arena *a, struct order *o, int64_t *retry_after);
int authz_read(struct wire *w, struct arena *a, const char *url, struct authz *out);
int authz_deactivate(struct wire *w, struct arena *a, const char *url);
/* Tells the CA that a challenge is ready. */
int challenge_answer(struct wire *w, struct arena *a, const char *url);
/* Puts the CA's words about each authorization that failed (or, while the order is pending, is not
 * finished) into the error record, name by name; returns -1. */
int order_explain(struct wire *w, struct arena *a, const struct order *o);

/* Polls until the order leaves pending (want "ready") or processing (want "valid"): early first
 * polls, then back-off, Retry-After obeyed within 1..60 s, until the deadline (clock_ms). wake() (may be NULL)
 * waits for at most ms and returns 1 when something happened that makes an early poll sensible,
 * 0 after the time, -1 told to end. An order that turned invalid: -1 with order_explain's words. */
int order_poll(struct wire *w, struct arena *a, struct order *o, const char *want, int64_t deadline,
    int (*wake)(void *ctx, int64_t ms), void *ctx);

/* Sends the request. The order may be valid at once; order_poll(want "valid") then asks nothing. A reply
 * that got lost is not sent twice: the order is read first. */
int order_finalize(struct wire *w, struct arena *a, struct order *o, struct der csr);

/* Downloads the chain as sent (PEM), and, with preferred not NULL, the alternates until one's top
 * issuer CN contains it (letter case ignored); none: the default with a warning. */
int order_download(struct wire *w, struct arena *a, const struct order *o, const char *preferred,
    const char **pem, struct chain *chain);

/* revokeCert by the account key, or by the certificate's own key (number in the keeper, 0: account).
 * reason is a CRL reason. alreadyRevoked is success with *already true. */
int order_revoke(struct wire *w, struct arena *a, struct der cert, int reason, int key,
    bool *already);

/* Profile names offered by the directory, "a, b"; "" when none. */
char *directory_profiles(struct arena *a, const struct directory *d);

#endif
