/* Any server that takes DNS updates (RFC 2136): BIND, Knot, PowerDNS, Windows. No nsupdate program is
 * needed; settings are those of acme.sh, which runs it. */
#include "../acme.h"
#include "dnsupdate.h"
#include "resolve.h"

/* --- NSUPDATE_OPT: options of nsupdate --- */
struct options {
	int ipv4, ipv6, tcp, port, seconds, other;
	const char *key_file, *key, *text;
};

static const struct option {
	char letter;
	enum { FLAG, NUMBER, TEXT } kind;
	size_t place;
	int max;
	const char *instead; /* what to do, for one that is not done here */
} table[] = {
	{ '4', FLAG, offsetof(struct options, ipv4), 0, NULL },
	{ '6', FLAG, offsetof(struct options, ipv6), 0, NULL },
	{ 'd', FLAG, offsetof(struct options, other), 0, NULL },
	{ 'D', FLAG, offsetof(struct options, other), 0, NULL },
	{ 'g', FLAG, 0, 0, "Kerberos is not spoken here: set NSUPDATE_KEY to a TSIG key's file" },
	{ 'i', FLAG, offsetof(struct options, other), 0, NULL },
	{ 'k', TEXT, offsetof(struct options, key_file), 0, NULL },
	{ 'l', FLAG, 0, 0,
	    "set NSUPDATE_KEY to named's session key file (/run/named/session.key)" },
	{ 'L', TEXT, offsetof(struct options, text), 0, NULL },
	{ 'o', FLAG, 0, 0, "Kerberos is not spoken here: set NSUPDATE_KEY to a TSIG key's file" },
	{ 'p', NUMBER, offsetof(struct options, port), 65535, NULL },
	{ 'r', NUMBER, offsetof(struct options, other), 1000, NULL },
	{ 't', NUMBER, offsetof(struct options, seconds), 600, NULL },
	{ 'u', NUMBER, offsetof(struct options, other), 600, NULL },
	{ 'v', FLAG, offsetof(struct options, tcp), 0, NULL },
	{ 'y', TEXT, offsetof(struct options, key), 0, NULL },
};

static const struct option *find_option(char letter)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].letter == letter)
			return &table[i];
	return NULL;
}

static int set(struct api *a, const struct option *o, const char *value, struct options *out)
{
	char *to = (char *)out + o->place;
	long long n = 1;
	if (o->instead) {
		fail(a, "NSUPDATE_OPT: -%c cannot be honoured", o->letter);
		return remedy(a, "%s", o->instead);
	}
	if (o->kind != FLAG && !value)
		return fail(a, "NSUPDATE_OPT: -%c wants a value", o->letter);
	if (o->kind == NUMBER && text_number(value, 0, o->max, &n))
		return fail(a, "NSUPDATE_OPT: -%c takes a number up to %d", o->letter, o->max);
	if (o->kind == TEXT)
		*(const char **)(void *)to = value;
	else
		*(int *)(void *)to = (int)n;
	return 0;
}

/* A word may hold several flags, and the value of the last of them. */
static int read_options(struct api *a, const char *text, struct options *out)
{
	struct strs words = text_split(api_arena(a), text, " \t");
	for (size_t i = 0; i < words.n; i++) {
		const char *w = words.v[i], *p = w + 1;
		const struct option *o = *w == '-' ? find_option(*p) : NULL;
		for (; o && o->kind == FLAG && *p; o = *++p ? find_option(*p) : o)
			if (set(a, o, NULL, out))
				return -1;
		if (!o) {
			fail(a, "NSUPDATE_OPT: '%s' is not known here",
			    text_safe(api_arena(a), w, 40));
			return remedy(a, "-4 -6 -k -p -t -v -y are");
		}
		if (*p && set(a, o, p[1] ? p + 1 : words.v[++i], out))
			return -1;
	}
	return 0;
}

/* --- the driver --- */
static int settings(struct api *a, struct dnsupdate *out)
{
	struct options o = { .port = cred_int(a, "NSUPDATE_SERVER_PORT", 53),
		.key_file = cred(a, "NSUPDATE_KEY") };
	if (read_options(a, cred(a, "NSUPDATE_OPT"), &o))
		return -1;
	*out = (struct dnsupdate){
		.servers = text_split(api_arena(a), cred(a, "NSUPDATE_SERVER"), ", \t"),
		.port = o.port,
		.family = o.ipv4 ? NET_V4
		    : o.ipv6     ? NET_V6
		                 : NET_ANY,
		.tcp = o.tcp,
		.seconds = o.seconds,
	};
	if (o.key)
		out->key = tsig_key_parse(api_arena(a), o.key, HASH_MD5);
	else if (o.key_file)
		out->key = tsig_key_file(api_arena(a), o.key_file);
	return failed(api_arena(a)) ? -1 : 0;
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	struct dnsupdate u;
	const char *given = cred(a, "NSUPDATE_ZONE");
	if (!given)
		return settings(a, &u) ? -1 : dnsupdate_zone(api_arena(a), &u, name);
	if (!dns_within(t->fqdn, dns_name(api_arena(a), given)))
		return fail(a, "NSUPDATE_ZONE is %s, which that name is not in", given);
	return same_name(name, given);
}

static int add(struct api *a, struct txt *t)
{
	struct dnsupdate u;
	return settings(a, &u)
	    ? -1
	    : dnsupdate_add(api_arena(a), &u, t->zone, t->fqdn, t->ttl, t->value);
}

static int rm(struct api *a, struct txt *t)
{
	struct dnsupdate u;
	return settings(a, &u) ? -1 : dnsupdate_rm(api_arena(a), &u, t->zone, t->fqdn, t->value);
}

const struct dns_driver dns_nsupdate = {
	.svc = {
		.name = "dns_nsupdate",
		.title = "DNS update (RFC 2136)",
		.site = "BIND, Knot, PowerDNS, Windows",
		.creds = {
			{ "NSUPDATE_SERVER", "primary servers of the zone, with commas between", 0, 0,
				"localhost", NULL },
			{ "NSUPDATE_SERVER_PORT", "their port", 0, 0, "53", NULL },
			{ "NSUPDATE_KEY", "file of the TSIG key, as tsig-keygen writes it", OPTIONAL, 0, NULL, NULL },
			{ "NSUPDATE_ZONE", "zone, where the server does not tell", OPTIONAL, 0, NULL, NULL },
			{ "NSUPDATE_OPT", "options of nsupdate: -4 -6 -k -p -t -v -y", OPTIONAL, 0, NULL, NULL },
		},
		.permissions = "adding and deleting TXT records (BIND: allow-update or update-policy)",
		.notes = "The program nsupdate is not needed.",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.live = true,
	.ttl = 60,
};
