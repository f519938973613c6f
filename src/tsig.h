/* Signatures of DNS messages (TSIG, RFC 8945) by a key that is shared with the server, and the
 * forms in which such keys are handed out. */
#ifndef TSIG_H
#define TSIG_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "hash.h"

struct arena;

struct tsig_key {
	const char *name; /* lower case, no dot at the end */
	enum hash hash;
	const unsigned char *secret;
	size_t len;
};

/* "hmac-sha256:name:base64", blanks instead of colons too. Without an algorithm it is dflt. NULL with
 * the error, which does not tell the secret. */
const struct tsig_key *tsig_key_parse(struct arena *a, const char *text, enum hash dflt);
/* A key file's text: BIND's key clause, the KEY record of a K*.key file, or the line above. */
const struct tsig_key *tsig_key_read(struct arena *a, const char *text);
/* A key file. K*.private stands for the K*.key beside it. */
const struct tsig_key *tsig_key_file(struct arena *a, const char *path);
/* "hmac-sha256", as messages have it. */
const char *tsig_algorithm(enum hash h);

struct tsig_mac {
	unsigned char bytes[HASH_MAX];
	size_t n;
};

/* Puts a signature of the message at its end; *mac is what the reply's depends on. */
void tsig_sign(struct buf *message, const struct tsig_key *k, struct tsig_mac *mac);

enum tsig_state {
	TSIG_NONE, /* the reply is not signed */
	TSIG_GOOD,
	TSIG_BAD,     /* signed by somebody else, or changed, or old */
	TSIG_REFUSED, /* not signed, because the server could not check our signature */
};
/* RFC 8945 3: what the server says of our signature. */
enum { TSIG_BADSIG = 16, TSIG_BADKEY, TSIG_BADTIME, TSIG_BADTRUNC = 22 };
struct tsig_verdict {
	enum tsig_state state;
	int error;
	int64_t time; /* the server's clock, with TSIG_BADTIME */
};
/* The signature of the reply to the message that mac signed. */
struct tsig_verdict tsig_check(struct arena *a, const unsigned char *reply, size_t n,
    const struct tsig_key *k, const struct tsig_mac *mac);

/* Parts of DNS messages: a number of 16 bits, a name (-1: it is none). */
void tsig_put16(struct buf *b, unsigned n);
int tsig_put_name(struct buf *b, const char *name);

#endif
