/* The TXT records of one certificate at its DNS providers: added through the drivers, and written
 * down in the certificate's folder until they are removed, so that a run that was killed leaves
 * nothing behind for good. */
#ifndef DNSRECORDS_H
#define DNSRECORDS_H

#include <stdbool.h>

#include "../acme.h"
#include "run.h"
#include "spec.h"
#include "store.h"

struct arena;
struct dnsrecords;

/* For drivers with the credentials of this certificate: its conf, --dns-env, the environment,
 * account.conf. store NULL: none (a command of its own), and nothing is written down. Nothing is
 * sent yet. NULL with a's error: the --dns-env file cannot be read. */
struct dnsrecords *dnsrecords_open(struct run *r, struct arena *a, const char *env_file,
    const struct store *store);
/* Ends the conversations. NULL is allowed. */
void dnsrecords_close(struct dnsrecords *d);

/* entry: "dns_cf", "dns_cf:work". The name is where the record really goes. */
int dnsrecords_add(struct dnsrecords *d, struct arena *a, const char *entry, const char *fqdn,
    const char *value);
/* Removes it by value. After a failure it stays written down for the next run, unless its adding had
 * failed for good. */
int dnsrecords_rm(struct dnsrecords *d, struct arena *a, const char *entry, const char *fqdn,
    const char *value);
/* Opens the conversation; nothing is sent. -1: unknown driver, missing credentials. */
int dnsrecords_check(struct dnsrecords *d, struct arena *a, const char *entry);
/* The zone that a name is in ("" where the service has none); NULL with a's error. */
const char *dnsrecords_zone(struct dnsrecords *d, struct arena *a, const char *entry,
    const char *fqdn);

/* The driver of an entry; NULL with the error, which names the nearest one. */
const struct dns_driver *dnsrecords_driver(struct arena *a, const char *entry);

/* Whether an earlier run left records behind in this folder; removes them, and tells. */
bool dnsrecords_left(const struct store *store);
void dnsrecords_sweep(struct run *r, const struct spec *spec, const struct store *store);

#endif
