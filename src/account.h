/* Accounts at a CA (RFC 8555 7.3): create, find, update, roll the key over, deactivate. */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <stdbool.h>

#include "text.h"
#include "wire.h"

struct account_ask {
	struct strs contacts; /* e-mail addresses or mailto: URLs; empty: none sent */
	bool only_existing;
	const char *eab_kid;    /* external account binding; NULL: none */
	const char *eab_secret; /* base64url */
	const char *eab_alg;    /* HS256 (NULL), HS384, HS512 */
};

struct account {
	const char *url;
	const char *status;
	bool created; /* 201, not 200 */
	const char *thumbprint;
	const char *json; /* the CA's reply, one line, for account.json */
};

/* newAccount with the wire's key (terms agreed). On success w->kid is set. A CA that wants EAB
 * and got none is told with where its credentials come from (ca.h). */
int account_register(struct wire *w, struct arena *a, const struct account_ask *ask,
    struct account *out);
/* Thumbprint of the wire's account key. */
const char *account_thumbprint(struct wire *w, struct arena *a);
int account_update(struct wire *w, struct arena *a, struct strs contacts, struct account *out);
int account_deactivate(struct wire *w, struct arena *a);
/* keyChange to another key of the keeper (7.3.5); w->key is the new one afterwards. */
int account_rollover(struct wire *w, struct arena *a, int new_key);
/* ZeroSSL gives EAB credentials for an e-mail address by its REST interface. */
int account_zerossl_eab(struct http *h, struct arena *a, const char *email, const char **kid,
    const char **secret);

#endif
