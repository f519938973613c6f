/* The settings of a certificate and their keys in <domain>.conf: one table, in the order in which
 * acme.sh writes them. */
#include "spec.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "clock.h"
#include "error.h"
#include "idn.h"
#include "key.h"

/* How a key is written. */
enum {
	WRAPPED = 1,  /* in base64 markers, as it may hold anything */
	TOGETHER = 2, /* the install targets: when one is set, all are written */
	FLAG = 8      /* "1", or not there */
};

#define AT(member) offsetof(struct spec, member)
static const struct row {
	const char *key;
	size_t offset;
	unsigned how;
	const char *unset; /* what stands in the file when there is no value; NULL: no line */
} rows[] = {
	{ "Le_Domain", AT(domain), 0, "" },
	{ "Le_Alt", AT(alt), 0, "no" },
	{ "Le_Webroot", AT(webroot), 0, "" },
	{ "Le_PreHook", AT(pre_hook), WRAPPED, "" },
	{ "Le_PostHook", AT(post_hook), WRAPPED, "" },
	{ "Le_RenewHook", AT(renew_hook), WRAPPED, "" },
	{ "Le_LocalAddress", AT(local_address), 0, NULL },
	{ "Le_ChallengeAlias", AT(challenge_alias), 0, NULL },
	{ "Le_Preferred_Chain", AT(preferred_chain), WRAPPED, NULL },
	{ "Le_Certificate_Profile", AT(profile), 0, NULL },
	{ "Le_API", AT(api), 0, NULL },
	{ "Le_HTTPPort", AT(http_port), 0, NULL },
	{ "Le_TLSPort", AT(tls_port), 0, NULL },
	{ "Le_OCSP_Staple", AT(ocsp), FLAG, NULL },
	{ "Le_ExtKeyUse", AT(eku), 0, NULL },
	{ "Le_Keylength", AT(keylength), 0, NULL },
	{ "Le_Valid_From", AT(valid_from), 0, NULL },
	{ "Le_Valid_To", AT(valid_to), 0, NULL },
	{ "Le_DNSSleep", AT(dns_sleep), 0, NULL },
	{ "Acme_DnsEnv", AT(dns_env), 0, NULL },
	{ "Acme_Resolver", AT(resolver), 0, NULL },
	{ "Acme_DnsTimeout", AT(dns_timeout), 0, NULL },
	{ "Le_RenewalDays", AT(days), 0, NULL },
	{ "Le_Listen_V4", AT(listen_v4), FLAG, NULL },
	{ "Le_Listen_V6", AT(listen_v6), FLAG, NULL },
	{ "Le_ForceNewDomainKey", AT(new_key), FLAG, NULL },
	{ "Le_PFXPassword", AT(pfx_password), WRAPPED, NULL },
	{ "Le_RealCertPath", AT(cert_file), TOGETHER, "" },
	{ "Le_RealCACertPath", AT(ca_file), TOGETHER, "" },
	{ "Le_RealKeyPath", AT(key_file), TOGETHER, "" },
	{ "Le_ReloadCmd", AT(reload), TOGETHER | WRAPPED, "" },
	{ "Le_RealFullChainPath", AT(fullchain_file), TOGETHER, "" },
	{ "Le_DeployHook", AT(deploy_hook), 0, NULL },
};
static const struct row *const end = rows + sizeof rows / sizeof *rows;

static const char **member(struct spec *s, const struct row *r)
{
	return (const char **)((char *)s + r->offset);
}

/* What a text means at this key; NULL: not set. */
static const char *meaning(const struct row *r, const char *v)
{
	if (text_empty(v) || text_is(v, r->unset) || (r->how & TOGETHER && text_is(v, "no")))
		return NULL;
	if (r->how & FLAG)
		return text_yes(v) ? "1" : NULL;
	return v;
}

static const char *value(const struct spec *s, const struct row *r)
{
	return *(const char *const *)((const char *)s + r->offset);
}

void spec_load(const struct conf *c, struct spec *out)
{
	*out = (struct spec){ 0 };
	for (const struct row *r = rows; r < end; r++)
		*member(out, r) = meaning(r, conf_get(c, r->key));
	/* Before acme.sh knew EC keys it did not write a length. */
	if (!out->keylength && !text_empty(conf_get(c, "Le_CertCreateTime")))
		out->keylength = "2048";
}

void spec_overlay(struct spec *base, const struct spec *over)
{
	for (const struct row *r = rows; r < end; r++)
		if (value(over, r))
			*member(base, r) = meaning(r, value(over, r));
}

static bool any_target(const struct spec *s)
{
	for (const struct row *r = rows; r < end; r++)
		if (r->how & TOGETHER && meaning(r, value(s, r)))
			return true;
	return false;
}

void spec_save(struct conf *c, const struct spec *s)
{
	const bool install = any_target(s);
	for (const struct row *r = rows; r < end; r++) {
		const char *now = conf_get(c, r->key);
		const char *v = meaning(r, value(s, r));
		if (!v)
			v = r->how & TOGETHER && !install && !now ? NULL : r->unset;
		/* A line that says the same in other words (quotes, plain text for base64) stays. */
		if (text_is(v, now))
			continue;
		if (v && r->how & WRAPPED)
			conf_set_b64(c, r->key, v);
		else
			conf_set(c, r->key, v);
	}
}

/* Names */

static struct strs typed_names(struct arena *a, const struct spec *s)
{
	struct strs names = text_split(a, s->domain ? s->domain : "", ",");
	if (text_empty(s->alt) || text_is(s->alt, "no"))
		return names;
	const struct strs more = text_split(a, s->alt, ",");
	for (size_t i = 0; i < more.n; i++)
		strs_add(a, &names, more.v[i]);
	return names;
}

struct strs spec_names(struct arena *a, const struct spec *s)
{
	const struct strs typed = typed_names(a, s);
	struct strs names = { 0 };
	for (size_t i = 0; i < typed.n; i++)
		if (!strs_has(names, typed.v[i]))
			strs_add(a, &names, typed.v[i]);
	return names;
}

struct strs spec_ascii_names(struct arena *a, const struct spec *s)
{
	const struct strs names = spec_names(a, s);
	struct strs ascii = { 0 };
	for (size_t i = 0; i < names.n; i++) {
		const char *name = idn_to_ascii(a, names.v[i]);
		if (!name)
			return (struct strs){ 0 };
		strs_add(a, &ascii, name);
	}
	return ascii;
}

bool spec_same_names(struct arena *a, const struct spec *x, const struct spec *y)
{
	const struct strs p = spec_ascii_names(a, x), q = spec_ascii_names(a, y);
	for (size_t i = 0; i < p.n; i++)
		if (!strs_has(q, p.v[i]))
			return false;
	return p.n && p.n == q.n; /* neither has a name twice */
}

/* Piece i of a comma list, the last one for all that come after it. */
static const char *piece(struct arena *a, const char *list, size_t i)
{
	const struct strs v = text_split(a, list ? list : "", ",");
	return v.n ? v.v[i < v.n ? i : v.n - 1] : NULL;
}

/* Where the i-th name stood when the user typed it, names given twice counted. */
static size_t typed_index(struct arena *a, const struct spec *s, size_t i)
{
	const struct strs names = spec_names(a, s), typed = typed_names(a, s);
	size_t at = 0;
	while (i < names.n && at < typed.n && !text_is(typed.v[at], names.v[i]))
		at++;
	return i < names.n ? at : i;
}

const char *spec_entry(struct arena *a, const struct spec *s, size_t i)
{
	return piece(a, s->webroot, typed_index(a, s, i));
}

static bool listens(const char *entry)
{
	return text_is(entry, "no") || text_is(entry, "alpn");
}

const char *spec_local_address(struct arena *a, const struct spec *s, size_t i)
{
	size_t before = 0; /* addresses are counted by the names that we listen for */
	for (size_t k = 0; k < i; k++)
		before += listens(spec_entry(a, s, k));
	return piece(a, s->local_address, before);
}

/* Checks. Each returns 0, or -1 with the error told. */

static int check_name(struct arena *a, const struct spec *s, const char *name, size_t i)
{
	const char *bad = text_bad_name(name);
	if (bad)
		return fail(a, "domain '%s': %s", text_safe(a, name, 300), bad);
	if (!idn_to_ascii(a, name))
		return -1;
	const char *entry = spec_entry(a, s, i);
	const bool dns = entry && text_starts(entry, "dns");
	if (entry && !dns && text_starts(name, "*.")) {
		fail(a, "domain '%s': a wildcard name can only be proven by DNS", name);
		return remedy(a,
		    "use --dns with the name of your provider's hook, as --dns dns_cf");
	}
	if (dns && text_is_ip(name)) {
		fail(a, "domain '%s': an IP address cannot be proven by DNS", name);
		return remedy(a, "use --standalone, --alpn or -w for it");
	}
	return 0;
}

static int check_names(struct arena *a, const struct spec *s)
{
	const struct strs names = spec_names(a, s);
	if (!names.n)
		return fail(a, "no domain is given: use -d");
	for (size_t i = 0; i < names.n; i++)
		if (check_name(a, s, names.v[i], i) < 0)
			return -1;
	return 0;
}

static int check_number(struct arena *a, const char *option, const char *text, long long min,
    long long max)
{
	long long n;
	if (!text || text_number(text, min, max, &n) == 0)
		return 0;
	return fail(a, "%s '%s': not a whole number from %lld to %lld", option,
	    text_safe(a, text, 80), min, max);
}

static int check_days(struct arena *a, const char *days)
{
	long long n = 1;
	if (days && (text_number(days, -36500, 36500, &n) != 0 || !n))
		return fail(a,
		    "--days '%s': not a number of days: 30 is after the issue, -10 before the end",
		    text_safe(a, days, 80));
	return 0;
}

/* "+90d", "+36h", or the time itself as 2026-11-21T20:33:02Z. */
static int check_time(struct arena *a, const char *option, const char *text)
{
	const size_t n = text ? strlen(text) : 0;
	long long count;
	int64_t t;

	if (!text)
		return 0;
	if (text[0] == '+' && n > 2 && strchr("dh", text[n - 1]) && text[1] >= '0' &&
	    text[1] <= '9' && text_number(arena_strn(a, text + 1, n - 2), 1, 1000000, &count) == 0)
		return 0;
	if (n == strlen("YYYY-MM-DDTHH:MM:SSZ") && text[n - 1] == 'Z' &&
	    clock_parse_rfc3339(text, &t) == 0)
		return 0;
	return fail(a, "%s '%s': neither a time as 2027-01-31T12:00:00Z nor as +90d or +36h",
	    option, text_safe(a, text, 80));
}

static int check_addresses(struct arena *a, const char *list)
{
	const struct strs v = text_split(a, list ? list : "", ",");
	for (size_t i = 0; i < v.n; i++)
		if (!text_is_ip(v.v[i]))
			return fail(a, "--local-address '%s': not an IP address",
			    text_safe(a, v.v[i], 80));
	return 0;
}

static int check_aliases(struct arena *a, const char *list)
{
	const struct strs v = text_split(a, list ? list : "", ",");
	for (size_t i = 0; i < v.n; i++) {
		const char *name = v.v[i] + (v.v[i][0] == '=');
		const char *bad = text_bad_name(name);
		if (!bad && (text_is_ip(name) || text_starts(name, "*.")))
			bad = "is no name that a TXT record can stand at";
		if (bad)
			return fail(a, "challenge alias '%s': %s", text_safe(a, name, 300), bad);
	}
	return 0;
}

int spec_check(struct arena *a, const struct spec *s)
{
	if (check_names(a, s) == 0 && check_addresses(a, s->local_address) == 0 &&
	    check_aliases(a, s->challenge_alias) == 0 &&
	    check_number(a, "--httpport", s->http_port, 1, 65535) == 0 &&
	    check_number(a, "--tlsport", s->tls_port, 1, 65535) == 0 &&
	    check_number(a, "--dnssleep", s->dns_sleep, 0, 86400) == 0 &&
	    check_number(a, "--dns-timeout", s->dns_timeout, 1, 7 * 86400) == 0 &&
	    check_days(a, s->days) == 0 && (!s->keylength || key_length_name(a, s->keylength)) &&
	    check_time(a, "--valid-from", s->valid_from) == 0 &&
	    check_time(a, "--valid-to", s->valid_to) == 0)
		return 0;
	arena_error(a)->input = true;
	return -1;
}
