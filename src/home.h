/* Where things are: acme.sh's homes, account.conf, and the account folder of a CA. */
#ifndef HOME_H
#define HOME_H

#include <stdbool.h>

#include "conf.h"

struct arena;

/* What the command line says about places; NULL: not given. The environment (LE_WORKING_DIR,
 * LE_CONFIG_HOME, CERT_HOME, ACCOUNT_CONF_PATH, CA_HOME, ACCOUNT_KEY_PATH) and account.conf come after it. */
struct home_ask {
	const char *home;
	const char *config_home;
	const char *cert_home;
	const char *account_conf;
	const char *account_key;
};

struct home {
	const char *dir;         /* LE_WORKING_DIR, default $HOME/.acme.sh */
	const char *config;      /* LE_CONFIG_HOME */
	const char *certs;       /* CERT_HOME */
	const char *ca;          /* CA_HOME */
	const char *account_key; /* --accountkey, ACCOUNT_KEY_PATH; NULL: the CA folder's */
	struct conf *conf;       /* account.conf */
};

/* Finds the places and reads account.conf; creates nothing. */
int home_open(struct arena *a, const struct home_ask *ask, struct home *out);
/* Makes the folders (0700) when missing and checks that they can be written. */
int home_make(struct arena *a, const struct home *h);
/* -1 when a path has a control character in it, which no crontab, unit or rc file can hold. */
int home_quotable(struct arena *a, const struct home *h);

/* A setting: the environment beats account.conf (SAVED_<name>, then <name>). NULL: neither has it. */
const char *home_setting(const struct home *h, const char *name);

/* The files of one account at one CA (ca/<host>/<path>/). Legacy ca/<host>/account.key files are
 * moved there. */
struct ca_files {
	const char *dir;
	const char *key;      /* account.key */
	const char *key_next; /* the new key of a rollover that is going on */
	const char *json;     /* account.json */
	struct conf *conf;    /* ca.conf */
};
int home_ca(struct arena *a, const struct home *h, const char *directory_url, struct ca_files *out);

/* The lock of the whole home (account.conf, accounts). Returns a descriptor or -1. */
int home_lock(struct arena *a, const struct home *h, int wait_ms);

#endif
