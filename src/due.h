/* When a certificate is to be renewed: one pure function of times and settings, and the facts of it
 * that are kept in <domain>.conf, so that the daily run over many certificates reads confs only. */
#ifndef DUE_H
#define DUE_H

#include <stdbool.h>
#include <stdint.h>

#include "ari.h"

struct arena;
struct conf;
struct spec;
struct store;

/* Our keys in <domain>.conf; times in seconds since 1970. They hold for the certificate of
 * Acme_Created only: when acme.sh has renewed it since, Le_CertCreateTime is another. */
#define ACME_CREATED "Acme_Created"      /* Le_CertCreateTime when these were written */
#define ACME_NOT_BEFORE "Acme_NotBefore" /* of the stored certificate */
#define ACME_NOT_AFTER "Acme_NotAfter"
#define ACME_ARI_START "Acme_AriStart" /* the window that the CA suggested */
#define ACME_ARI_END "Acme_AriEnd"
#define ACME_ARI_DRAW "Acme_AriDraw"   /* the time drawn from it */
#define ACME_ARI_RETRY "Acme_AriRetry" /* not to be asked again before */
#define ACME_ARI_URL "Acme_AriUrl"     /* explanationURL */
#define ACME_FAILURES "Acme_Failures"  /* renewals failed in a row */
#define ACME_LAST_FAILURE "Acme_LastFailure"
#define ACME_LAST_ERROR "Acme_LastError"   /* its text, base64 */
#define ACME_RETRY_AFTER "Acme_RetryAfter" /* the CA wants no try before */
#define ACME_OWED "Acme_Owed"              /* what is to be done yet: "reload", "deploy", ... */

struct due_facts {
	int64_t now;
	int64_t not_before, not_after; /* of the stored certificate; 0: there is none */
	int64_t created;               /* Le_CertCreateTime; 0: unknown */
	int64_t next;                  /* Le_NextRenewTime as acme.sh left it; 0: none */
	long days; /* --days: > 0 after issue, < 0 before the end, 0: not given */
	/* --valid-to as typed; NULL: none. An absolute date is never renewed by itself. */
	const char *valid_to;
	int64_t ari_start, ari_end; /* stored ARI window; 0: none */
	int64_t ari_draw;           /* the time drawn from it */
	unsigned failures;          /* renewals failed in a row */
	int64_t last_failure;
	int64_t retry_after; /* point in time before which the CA wants no new try; 0: none */
};

struct due {
	bool now;
	bool never;      /* cannot be renewed automatically */
	int64_t when;    /* the time of the next renewal; never: the end */
	const char *why; /* "ARI window", "two thirds of its life", ... */
};

/* Two thirds of the lifetime, half of it when shorter than 10 days, --days when given (counted as
 * acme.sh does: 30 is the 29th day); ARI in place of the first two, and before --days when that is
 * later; never later than the end less a margin (a tenth of the lifetime, at most a day). After
 * failures: 1 min, 10 min, 100 min, 1 day, or as the CA asked. */
struct due due_compute(const struct due_facts *f);

/* The facts of a stored certificate from its conf (keys of acme.sh and Acme_ keys). For one that
 * acme.sh issued not_before and not_after are 0 then. */
void due_read(const struct conf *c, const struct spec *s, int64_t now, struct due_facts *f);
/* The same, with the missing dates from the certificate file; both stay 0 when that cannot be read. */
void due_read_store(const struct store *st, const struct spec *s, int64_t now, struct due_facts *f);

/* What happened, into the conf (not to disk). A new certificate was stored and its
 * Le_CertCreateTime set: sets its dates, forgets ARI and failures. */
void due_save_success(struct conf *c, int64_t not_before, int64_t not_after);
/* What the CA answered about the window (start 0: none that makes sense): drawn from when it is
 * another one than before, not asked again for retry_after seconds. Le_NextRenewTime follows for
 * certificates of our own, by the settings in s. */
void due_save_ari(struct conf *c, const struct spec *s, const struct ari *ari, int64_t now);
/* Issue or renewal failed with this text; retry_after in seconds as the error record tells. */
void due_save_failure(struct conf *c, int64_t now, int64_t retry_after, const char *text);
/* Whether it is too early to ask the CA for its window again. */
bool due_ari_asked(const struct conf *c, int64_t now);

#endif
