/* The tables of drivers and hooks: make writes one X(name) a file, so that the file is the
 * registration. */
#include "plugin.h"

#include <ctype.h>
#include <string.h>

#include "arena.h"
#include "error.h"
#include "text.h"

/* The name without its profile. */
static const char *without_profile(struct arena *a, const char *name, const char **profile)
{
	const size_t n = strcspn(name, ":");

	*profile = name[n] && name[n + 1] ? arena_str(a, name + n + 1) : NULL;
	return arena_strn(a, name, n);
}

#define X(name) extern const struct dns_driver name;
#include "dns.list"
#undef X

#define X(name) &name,
const struct dns_driver *const plugin_dns[] = {
#include "dns.list"
	NULL
};
#undef X

#define X(name) +1
const size_t plugin_dns_count = 0
#include "dns.list"
    ;
#undef X

#define X(name) extern const struct deploy_hook deploy_##name;
#include "deploy.list"
#undef X

#define X(name) &deploy_##name,
const struct deploy_hook *const plugin_deploy[] = {
#include "deploy.list"
	NULL
};
#undef X

#define X(name) extern const struct notify_hook notify_##name;
#include "notify.list"
#undef X

#define X(name) &notify_##name,
const struct notify_hook *const plugin_notify[] = {
#include "notify.list"
	NULL
};
#undef X

const struct deploy_hook *plugin_find_deploy(struct arena *a, const char *name,
    const char **profile)
{
	const char *bare = without_profile(a, name, profile);

	for (size_t i = 0; plugin_deploy[i]; i++)
		if (text_is(plugin_deploy[i]->svc.name, bare))
			return plugin_deploy[i];
	return NULL;
}

const struct notify_hook *plugin_find_notify(struct arena *a, const char *name,
    const char **profile)
{
	const char *bare = without_profile(a, name, profile);

	for (size_t i = 0; plugin_notify[i]; i++)
		if (text_is(plugin_notify[i]->svc.name, bare))
			return plugin_notify[i];
	return NULL;
}

/* Names that acme.sh had once, or that are mistaken for the real ones, and what to use now. */
static const struct {
	const char *old, *now;
} renamed[] = {
	{ "dns_do", "dns_doapi" },
	{ "dns_gdnsdk", "dns_one" },
	{ "dns_hetzner", "dns_hetznercloud" },
	{ "dns_mijn_host", "dns_mijnhost" },
	{ "dns_technitum", "dns_technitium" },
	{ "dns_west", "dns_west_cn" },
	{ "dns_yandex", "dns_yandex360" },
};

static const struct dns_driver *look_up(const char *name)
{
	for (size_t i = 0; i < plugin_dns_count; i++)
		if (text_is(plugin_dns[i]->svc.name, name))
			return plugin_dns[i];
	return NULL;
}

/* Letters and digits of a name, for comparing "Cloudflare" with "dns-cloudflare". */
static char *letters(struct arena *a, const char *s)
{
	char *copy = arena_str(a, s), *out = copy;
	for (; *s; s++)
		if (isalnum((unsigned char)*s))
			*out++ = (char)tolower((unsigned char)*s);
	*out = 0;
	return copy;
}

/* The driver that is meant: by another client's prefix, the provider's title, or a slip. */
static const char *nearest(struct arena *a, const char *name)
{
	const char *bare = letters(a, name), *best = NULL;
	unsigned least = 4;
	if (text_starts(bare, "dns"))
		bare += 3;
	for (size_t i = 0; i < plugin_dns_count; i++) {
		const struct service *s = &plugin_dns[i]->svc;
		const char *own = letters(a, s->name + strlen("dns_"));
		if (text_is(own, bare) || text_is(letters(a, s->title), bare))
			return s->name;
		const unsigned distance = text_distance(own, bare);
		if (distance < least && distance < strlen(own)) {
			least = distance;
			best = s->name;
		}
	}
	for (size_t i = 0; !best && strlen(bare) > 3 && i < plugin_dns_count; i++)
		if (text_has_ci(letters(a, plugin_dns[i]->svc.title), bare) ||
		    text_has_ci(plugin_dns[i]->svc.site, bare))
			best = plugin_dns[i]->svc.name;
	return best;
}

const struct dns_driver *plugin_find_dns(struct arena *a, const char *name, const char **profile)
{
	const char *bare = without_profile(a, name, profile);
	const struct dns_driver *d = look_up(bare);
	if (d)
		return d;
	for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
		if (text_is(renamed[i].old, bare)) {
			fail(a, "there is no DNS driver '%s' any more", bare);
			remedy(a, "use %s", renamed[i].now);
			return NULL;
		}
	fail(a, "there is no DNS driver '%s'", text_safe(a, bare, 60));
	const char *near = nearest(a, bare);
	remedy(a, near ? "did you mean %s? acme --dns-list shows all" : "acme --dns-list shows all",
	    near);
	return NULL;
}
