/* dns-01 (RFC 8555 8.4): a TXT record at _acme-challenge through a provider's driver, or by hand
 * in two phases (entry "dns"). dns-account-01 (draft-ietf-acme-dns-account-label, experimental) is
 * the same at _LABEL._acme-challenge, where the label is the account's: entry "dns_account:" and
 * the driver's name behind it, or nothing for records by hand. */
#ifndef DNS01_H
#define DNS01_H

#include "solver.h"

struct arena;

extern const struct solver dns01_solver, dns_manual_solver;
extern const struct solver dns_account_solver, dns_account_manual_solver;

/* The driver's entry in an entry: "dns_cf" of "dns_account:dns_cf"; "" for records by hand. */
const char *dns01_entry(const char *entry);

/* What is before the name: "_acme-challenge", "_dgn6q2vwhdqykmyn._acme-challenge". */
const char *dns01_prefix(struct arena *a, const struct solver *v, const char *account_url);

/* Le_Vlist of acme.sh: name#key authorization#challenge URL#type#entry#authorization URL, for each
 * name; and whether it has a name with this key authorization. */
const char *dns01_vlist(struct arena *a, const struct solving *s);
bool dns01_in_vlist(struct arena *a, const char *vlist, const char *name, const char *key_authz);

#endif
