/* What the hooks vault and vault_cli share. */
#ifndef VAULT_H
#define VAULT_H

#include "../acme.h"

/* The prefix without slashes around it. */
char *vault_prefix(struct api *a);
/* A path as part of a URL. */
char *vault_escape(struct api *a, const char *path);
/* Writes the certificate below folder ("secret/data/acme/example.com"), as version 2 of the KV secrets
 * engine wants it or as version 1 does. Renews and keeps the token if that is wished for. */
int vault_write(struct api *a, const struct deployment *d, const char *folder, bool v2);

#define VAULT_ROWS \
	{ "VAULT_ADDR", "URL of the server, https://vault.example.com:8200", 0, 0, NULL, NULL }, \
	    { "VAULT_TOKEN", "token", SECRET | UNSAVED, 0, NULL, NULL }, \
	    { "VAULT_NAMESPACE", "namespace", OPTIONAL, 0, NULL, NULL }, \
	    { "VAULT_SAVE_TOKEN", "1: keep the token, for renewals", OPTIONAL, 0, NULL, NULL }, \
	    { "VAULT_RENEW_TOKEN", "1: renew the token first", OPTIONAL, 0, NULL, NULL }, \
	{ \
		"VAULT_FABIO_MODE", "1: one secret with cert and key, for Fabio", OPTIONAL, 0, \
		    NULL, "FABIO" \
	}
#define VAULT_HEADERS \
	{ \
		{ "X-Vault-Token", "VAULT_TOKEN", NULL }, \
		    { "X-Vault-Namespace", "VAULT_NAMESPACE", NULL }, \
		{ \
			"X-Vault-Request", NULL, "true" \
		} \
	}

#endif
