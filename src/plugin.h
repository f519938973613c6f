/* The DNS drivers, deploy hooks and notification hooks that are compiled in, by name. */
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

/* All hooks, sorted by name; NULL-terminated. */
extern const struct deploy_hook *const plugin_deploy[];
extern const struct notify_hook *const plugin_notify[];

/* The hook of that name, which may have a profile as above; NULL: none is compiled in. */
const struct deploy_hook *plugin_find_deploy(struct arena *a, const char *name,
    const char **profile);
const struct notify_hook *plugin_find_notify(struct arena *a, const char *name,
    const char **profile);

/* Have a hook do its work, in a conversation of its own; where.svc is set here. What the environment
 * gave as settings is saved when it went well. -1 with a's error set. */
struct api_ask;
int plugin_run_deploy(struct arena *a, const struct api_ask *where, const struct deploy_hook *hook,
    const struct deployment *d);
int plugin_run_notify(struct arena *a, const struct api_ask *where, const struct notify_hook *hook,
    const struct notice *n);

#endif
