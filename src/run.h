/* One run of the program: where things are, the settings that are not a certificate's, and the
 * processes and connections that are started when first needed. */
#ifndef RUN_H
#define RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "home.h"
#include "http.h"
#include "keeper.h"
#include "responder.h"
#include "spec.h"
#include "wire.h"

struct arena;

/* Settings of the run, from the command line; NULL or 0: not given. */
struct settings {
	const char *server; /* --server */
	bool staging;
	const char *email;             /* -m */
	const char *account_keylength; /* -ak */
	const char *eab_kid, *eab_secret, *eab_alg;
	bool insecure;
	const char *ca_bundle, *ca_path;
	const char *user_agent;
	bool request_v4, request_v6;
	bool force;
	bool ecc;
	bool dns_manual_ok; /* --yes-I-know-dns-manual-mode-enough-go-ahead-please */
	bool require_chain;
	bool cron;            /* this is the daily run */
	const char *password; /* PKCS#12 or encrypted key */
};

struct run {
	struct arena *mem; /* of the whole run */
	struct home home;
	struct settings set;
	int64_t next_due;      /* set by a run over all certificates; 0: none is due by itself */
	bool worker;           /* one of several processes that renew at the same time */
	struct keeper *keeper; /* started by run_keeper */
	struct http *http;
	struct responder *responder;
	const struct ca_files *ca; /* of the wire below */
	struct wire wire;          /* opened by run_wire for wire.dir.url */
	struct arena *wire_mem;    /* what lives as long as that; NULL: not opened */
	int64_t wire_down; /* its CA could not be reached: not tried again before (clock_ms) */
};

/* Each starts what it names when it is not yet there. NULL / -1 with a's error set. The keeper is
 * always forked before the first connection. */
struct keeper *run_keeper(struct run *r, struct arena *a);
struct http *run_http(struct run *r, struct arena *a);
struct responder *run_responder(struct run *r, struct arena *a);
/* Ends what was started, in the right order. */
void run_close(struct run *r);
/* In a forked child: lets go of the parent's keeper, connections and wire, so that the child starts its
 * own. responder: what responder_invite() gave for this child, -1: it needs none. */
void run_leave(struct run *r, int responder);

/* The directory URL to use: --server, else ACME_DIRECTORY, else --staging or STAGE, else
 * configured (a certificate's Le_API; NULL: none), else DEFAULT_ACME_SERVER of account.conf, else Let's Encrypt. */
const char *run_directory(struct run *r, struct arena *a, const char *configured, bool ecc);

/* The settings that tell when a certificate is renewed: its own, and DEFAULT_RENEW for --days where it
 * has none. Not for storing. */
struct spec run_terms(const struct run *r, const struct spec *s);

/* Opens the conversation with a CA, or goes on with it when it is the one that is open, and loads
 * its account key when there is one. With need_account the key is made (by -ak) and the account
 * registered, stored and told as acme.sh tells it, unless ca.conf knows it for this key (ACCOUNT_URL,
 * CA_KEY_HASH), which costs no request. */
int run_wire(struct run *r, struct arena *a, const char *directory, bool need_account);

/* The address for the account, and for mail to the user; NULL: none is known. */
const char *run_email(const struct run *r);

/* Registers (or finds) the account of the open wire now, whatever ca.conf says, and writes ca.conf and
 * account.json; also for a CA that answers accountDoesNotExist to an account that ca.conf knows. The
 * key is made when there is none. Takes the lock of the account's folder, not the home's. */
int run_register(struct run *r, struct arena *a);

#endif
