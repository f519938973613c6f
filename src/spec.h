/* What a certificate is to be: the settings that acme.sh keeps in <domain>.conf, one table of
 * keys (acmesh-state: Le_* in its quoting and order). All are text, as in the file; NULL means
 * not set. */
#ifndef SPEC_H
#define SPEC_H

#include <stdbool.h>

#include "conf.h"
#include "text.h"

struct arena;

struct spec {
	const char *domain;  /* Le_Domain */
	const char *alt;     /* Le_Alt: comma list; NULL (or "no", when given): none */
	const char *webroot; /* Le_Webroot: one entry a name, comma list */
	const char *pre_hook, *post_hook, *renew_hook;
	const char *local_address;   /* "a,b," */
	const char *challenge_alias; /* "alias,=full,no," */
	const char *preferred_chain;
	const char *profile;
	const char *api; /* directory URL */
	const char *http_port, *tls_port;
	const char *ocsp; /* "1": must-staple */
	const char *eku;
	const char *keylength;
	const char *valid_from, *valid_to;
	const char *dns_sleep;
	const char *dns_env;     /* Acme_DnsEnv: file with credentials for DNS */
	const char *resolver;    /* Acme_Resolver: DNS server to ask, NULL: the system's */
	const char *dns_timeout; /* Acme_DnsTimeout: seconds that a record may take to appear */
	const char *days;
	const char *listen_v4, *listen_v6;
	const char *new_key;                                         /* Le_ForceNewDomainKey: "1" */
	const char *cert_file, *ca_file, *key_file, *fullchain_file; /* Le_Real* */
	const char *reload;                                          /* Le_ReloadCmd */
	const char *deploy_hook;                                     /* "hook1,hook2," */
	const char *pfx_password;
};

void spec_load(const struct conf *c, struct spec *out);
/* over's settings that are set replace base's. An empty string removes a setting. */
void spec_overlay(struct spec *base, const struct spec *over);
/* Writes all settings into the conf in acme.sh's order and forms (not to disk). A line that already
 * says the same stays as it is. */
void spec_save(struct conf *c, const struct spec *s);

/* All names, main one first, each once, as typed; and as A-labels (idn): none with the error set
 * when a name has no such form. */
struct strs spec_names(struct arena *a, const struct spec *s);
struct strs spec_ascii_names(struct arena *a, const struct spec *s);
/* The webroot entry of the i-th name (the last entry serves the rest), NULL when there is none; its
 * local address (acme.sh counts them by the standalone and alpn names only), NULL: all. */
const char *spec_entry(struct arena *a, const struct spec *s, size_t i);
const char *spec_local_address(struct arena *a, const struct spec *s, size_t i);
/* Same set of names, order and letter case ignored. */
bool spec_same_names(struct arena *a, const struct spec *x, const struct spec *y);

/* Checks everything that can be checked before the network: names, port numbers, key length,
 * days, --valid-*, addresses. -1 with the first thing that is wrong. How names are proven is looked at
 * when webroot is set (a CSR can be written without). */
int spec_check(struct arena *a, const struct spec *s);

#endif
