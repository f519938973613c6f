/* One certificate's folder, <domain>/ or <domain>_ecc/: its files, its lock, and the step that
 * puts a new certificate in place as a whole. */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cert.h"
#include "conf.h"
#include "home.h"
#include "text.h"

struct arena;

struct store {
	const char *domain; /* main domain as typed */
	bool ecc;
	const char *dir;
	const char *key, *csr, *csr_conf, *cer, *ca, *fullchain, *conf_path, *pfx, *pkcs8;
	const char *key_next, *backup;
	const char *staged_key; /* where the keeper saves a key for store_commit to put in place */
	struct conf *conf;
};

enum store_pick {
	STORE_ANY, /* the RSA folder when it exists, else the _ecc one (acme.sh without --ecc) */
	STORE_RSA,
	STORE_ECC
};

/* Opens (reads the conf of) a certificate's folder without creating anything; a commit that a
 * crash cut short is finished first. The domain is checked before it becomes a path. A folder of
 * the name in lower case serves when there is none as typed. */
int store_open(struct arena *a, const struct home *h, const char *domain, enum store_pick pick,
    struct store *out);
bool store_exists(const struct store *s);               /* there is a conf */
bool store_issued(const struct store *s);               /* and a certificate was issued once */
int store_make(struct arena *a, const struct store *s); /* the folder */

/* The lock of this certificate (its folder must be there); another run that holds it is waited for
 * (wait_ms). What a killed run left is taken away, and the conf is read again, because that other
 * run may have changed it: lock first, then change. fd (for store_unlock) or -1. */
int store_lock(struct arena *a, struct store *s, int wait_ms);
/* The same, and makes the folder, which store_unlock() takes away again when nothing came of it. */
int store_claim(struct arena *a, struct store *s, int wait_ms);
void store_unlock(const struct store *s, int fd);

/* The leaf that is stored. -1 with the error when there is none or it cannot be read. */
int store_cert(struct arena *a, const struct store *s, struct cert *out);

/* What a new certificate brings; NULL: that file stays as it is. */
struct store_new {
	const char *pem; /* the chain as the CA sent it */
	const struct chain *chain;
	const char *staged_key; /* where the keeper saved a new key */
	const char *csr;        /* texts of <d>.csr and <d>.csr.conf */
	const char *csr_conf;
};

/* Puts a new certificate in place: leaf, ca, fullchain, key, request, and the conf as it is in memory
 * by now. All or nothing, also when killed in between. Files that are there keep their owner and
 * mode. The caller holds the lock. */
int store_commit(struct arena *a, const struct store *s, const struct store_new *n);

/* Called before each step of a commit; for tests of what a crash leaves. */
extern void (*store_step)(const char *what);

/* The certificate of one folder of the home, by the folder's name: 1, 0 when it holds none, -1 when
 * it cannot be read. */
int store_folder(struct arena *a, const struct home *h, const char *folder, struct store *out);

/* All certificates of the home, sorted by folder name. each() gets an opened store; its arena is
 * dropped after the call, so that any number of certificates needs little memory. A return of
 * other than 0 ends the walk and is returned. A conf that cannot be read is told on the spot and
 * makes the result -1, but the walk goes on. */
int store_each(struct arena *a, const struct home *h,
    int (*each)(void *ctx, struct arena *a, struct store *s), void *ctx);

/* --remove: <domain>.conf becomes <domain>.conf.removed. */
int store_remove(struct arena *a, const struct store *s);

#endif
