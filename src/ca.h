/* The certificate authorities that are known by name, and the folder in which an account at a CA
 * is kept. */
#ifndef CA_H
#define CA_H

#include <stdbool.h>

struct arena;

struct ca {
	const char *name;           /* as --list shows it: LetsEncrypt.org */
	const char *const *aliases; /* what --server takes, letter case ignored */
	const char *url;            /* directory */
	const char *url_ecc;        /* directory for EC keys when it differs (SSL.com), else NULL */
	const char *eab_help;       /* where its EAB credentials come from; NULL: needs none */
	bool staging;
};

extern const struct ca ca_table[];
extern const unsigned ca_count;
#define CA_DEFAULT "https://acme-v02.api.letsencrypt.org/directory"
#define CA_STAGING "https://acme-staging-v02.api.letsencrypt.org/directory"

/* The directory URL of a name or URL given to --server; NULL with the error (and the known names)
 * when it is neither. ecc picks url_ecc. */
const char *ca_directory(struct arena *a, const char *server, bool ecc);
/* The table row of a directory URL, or NULL. */
const struct ca *ca_of(const char *url);
/* What a certificate's Le_API means today: acme.sh's first years name addresses that are gone, and none at
 * all, which is Let's Encrypt. */
const char *ca_current(const char *url);
/* What --list shows: the name, or the URL. */
const char *ca_name(const char *url);
/* "acme-v02.api.letsencrypt.org/directory": acme.sh's folder below ca/, without the port. A path of the
 * URL that would climb out (..) is refused with NULL and the error set. */
char *ca_folder(struct arena *a, const char *url);

#endif
