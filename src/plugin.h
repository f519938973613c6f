/* The DNS drivers that are compiled in, by name. */
#ifndef PLUGIN_H
#define PLUGIN_H

#include <stddef.h>

#include "../acme.h"

struct arena;

/* All of them, sorted by name. */
extern const struct dns_driver *const plugin_dns[];
extern const size_t plugin_dns_count;

/* The driver "dns_cf"; a profile behind it ("dns_cf:work") is cut off and left in *profile (NULL:
 * none). NULL with the error: names the nearest one, or what took the place of a driver that
 * acme.sh once had. */
const struct dns_driver *plugin_find_dns(struct arena *a, const char *name, const char **profile);

#endif
