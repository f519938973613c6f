/* A DNS provider: the core around a driver. Finds the zone, adds a TXT value and removes it again,
 * and knows what to do when it is not certain whether that happened. */
#ifndef PROVIDER_H
#define PROVIDER_H

#include <stdbool.h>

#include "api.h"

struct provider;

/* Opens the conversation with a driver's provider; nothing is sent yet. where.svc is set here.
 * It lives until provider_close(), a whole run at best, so that login, zones and listings are asked
 * for once. NULL with a's error set: credentials are missing. */
struct provider *provider_open(struct arena *a, const struct dns_driver *driver,
    const struct api_ask *where);
void provider_close(struct provider *p);
const struct dns_driver *provider_driver(const struct provider *p);

/* Adds the value at a name ("_acme-challenge.www.example.com", with a final dot or without, any
 * letter case, Unicode too), removes it (by value). -1 with a's error set. After success
 * credentials that came from the environment are saved. */
int provider_add(struct provider *p, struct arena *a, const char *fqdn, const char *value);
int provider_rm(struct provider *p, struct arena *a, const char *fqdn, const char *value);

/* The zone that the name is in; NULL with a's error set. "" where the service has no zones. */
const char *provider_zone(struct provider *p, struct arena *a, const char *fqdn);

#endif
