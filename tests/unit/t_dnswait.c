/* Zones, their name servers, CNAMEs, and the wait until all servers show a value: good zones, zones
 * that are late, lame, delegated, signed wrongly or in the way. */
#include "dnswait.h"

#include <stdio.h>

#include "arena.h"
#include "clock.h"
#include "dnszone.h"
#include "error.h"
#include "file.h"
#include "log.h"
#include "text.h"

#include "fakedns.h"
#include "tap.h"

static struct arena *a;
static struct resolver resolver;

#define NS2(zone) "NS " zone " ns1.z.test|NS " zone " ns2.z.test"

static const struct row rows[] = {
	{ "ns1.z.test", DNS_A, 0, 0, 0, "A 127.0.0.1", 0, 0 },
	{ "ns2.z.test", DNS_A, 0, 0, 0, "A 127.0.0.2", 0, 0 },
	{ "ns1.z.test", 0, 0, 0, AUTHORITY, "SOA z.test 1", 0, 0 },
	{ "ns2.z.test", 0, 0, 0, AUTHORITY, "SOA z.test 1", 0, 0 },
	{ "z.test", DNS_SOA, 1, 0, 0, "SOA z.test 7", 0, 0 },
	{ "z.test", DNS_SOA, 2, 0, 0, "SOA z.test 5", 0, 0 },
	{ "z.test", DNS_NS, 0, 0, 0, NS2("z.test"), 0, 0 },
	{ "now.z.test", DNS_TXT, 0, 0, 0, "TXT other|TXT v", 0, 0 },
	{ "late.z.test", DNS_TXT, 1, 0, 0, "TXT v", 0, 0 },
	{ "late.z.test", DNS_TXT, 2, 0, 0, "TXT v", 1500, 0 },
	{ "never.z.test", DNS_TXT, 1, 0, 0, "TXT v", 0, 0 },
	{ "lame.z.test", DNS_TXT, 1, 0, 0, "TXT v", 0, 0 },
	{ "lame.z.test", DNS_TXT, 2, DNS_REFUSED, 0, NULL, 0, 0 },
	{ "cached.z.test", DNS_TXT, 1, 0, 0, "TXT v", 0, 0 },
	{ "cached.z.test", DNS_TXT, 2, 0, NO_AA, "TXT v", 0, 0 },
	/* a zone below, on the second server only */
	{ "x.below.z.test", DNS_TXT, 1, 0, NO_AA | AUTHORITY, "NS below.z.test ns2.z.test", 0, 0 },
	{ "x.below.z.test", DNS_TXT, 2, 0, 0, "TXT v", 0, 0 },
	{ "below.z.test", 0, 1, 0, AUTHORITY, "SOA z.test 7", 0, 0 },
	/* both servers refuse everything: a resolver is asked */
	{ "r.test", DNS_SOA, 0, 0, 0, "SOA r.test 1", 0, 0 },
	{ "r.test", DNS_NS, 0, 0, 0, "NS r.test ns2.z.test", 0, 0 },
	{ "a.r.test", DNS_TXT, 2, DNS_SERVFAIL, 0, NULL, 0, 0 },
	{ "a.r.test", DNS_TXT, 1, 0, NO_AA, "TXT v", 0, 0 },
	/* no zone at all, as challtestsrv */
	{ "w.test", DNS_SOA, 0, DNS_NOTIMP, 0, NULL, 0, 0 },
	{ "test", DNS_SOA, 0, DNS_NOTIMP, 0, NULL, 0, 0 },
	{ "a.w.test", DNS_TXT, 0, 0, NO_AA, "TXT v", 600, 0 },
	{ "b.w.test", DNS_TXT, 0, 0, CHECKED, "TXT x", 0, 0 },
	/* wrong signatures, seen from outside only */
	{ "s.test", DNS_SOA, 0, 0, CHECKED, "SOA s.test 1", 100, 0 },
	{ "s.test", DNS_SOA, 0, 0, 0, "SOA s.test 1", 0, 0 },
	/* a wildcard */
	{ "mine.wild.z.test", DNS_TXT, 0, 0, 0, "TXT v", 700, 0 },
	/* CNAMEs */
	{ "c1.z.test", 0, 0, 0, 0, "CNAME c2.z.test", 0, 0 },
	{ "c2.z.test", 0, 0, 0, 0, "CNAME end.other.test", 0, 0 },
	{ "l1.z.test", 0, 0, 0, 0, "CNAME l2.z.test", 0, 0 },
	{ "l2.z.test", 0, 0, 0, 0, "CNAME L1.z.test", 0, 0 },
	{ "odd.wc.test", 0, 0, DNS_REFUSED, 0, NULL, 0, 0 },
	{ "wc.test", DNS_SOA, 0, 0, 0, "SOA wc.test 1", 0, 0 },
	{ "wc.test", DNS_NS, 0, 0, 0, "NS wc.test ns1.z.test", 0, 0 },
	{ "other.test", DNS_SOA, 0, 0, AUTHORITY, "SOA other.test 1", 0, 0 },
	{ "other.test", DNS_NS, 0, 0, 0, "NS other.test ns1.z.test", 0, 0 },
	{ "end.other.test", 0, 0, 0, AUTHORITY, "SOA other.test 1", 0, 0 },
	{ "far.test", DNS_SOA, 0, 0, 0, "SOA far.test 1", 0, 0 },
	{ "far.test", DNS_NS, 0, 0, 0, "NS far.test nowhere.z.test", 0, 0 },
	{ 0 },
};

/* What was told during f(), from the log file. */
static const char *told_path;
static const char *told(void)
{
	const char *text = file_read(a, told_path, 1 << 20, NULL);
	file_write(a, told_path, "", 0, 0600, false);
	log_setup(&(struct log_settings){ .file = told_path, .quiet = true });
	return text ? text : "";
}

static int wait_for(const char *fqdn, int timeout)
{
	const struct dns_expected want[] = { { fqdn, "v" } };
	const struct dnswait w = { .resolver = &resolver,
		.want = want,
		.n = 1,
		.timeout = timeout,
		.blind = 1 };
	error_clear(a);
	told();
	return dnswait(a, &w);
}

static void test_zones(void)
{
	struct dns_zone z;
	ok(dnszone_find(&resolver, a, "_acme-challenge.z.test", &z) == 0 && z.n == 2, "a zone");
	is_str(z.name, "z.test");
	ok(text_is(z.servers[0].name, "ns1.z.test") && text_is(z.servers[1].at.host, "127.0.0.2") &&
	        z.servers[1].at.port == dns.port,
	    "its servers");
	ok(dnszone_find(&resolver, a, "_acme-challenge.a.b.z.test", &z) == 0 &&
	        text_is(z.name, "z.test"),
	    "from further below");
	ok(dnszone_find(&resolver, a, "x.far.test", &z) < 0 &&
	        strstr(error_text(a), "have no address"),
	    error_text(a));
	error_clear(a);
	ok(dnszone_find(&resolver, a, "a.w.test", &z) < 0 && strstr(error_text(a), "says NOTIMP"),
	    error_text(a));
	error_clear(a);
	ok(dnszone_find(&resolver, a, "word", &z) < 0 && strstr(error_text(a), "single word"),
	    error_text(a));
	error_clear(a);
}

static void test_cnames(void)
{
	is_str(dnszone_target(&resolver, a, "C1.z.test"), "end.other.test", "a chain of CNAMEs");
	is_str(dnszone_target(&resolver, a, "now.z.test"), "now.z.test", "no CNAME");
	is_str(dnszone_target(&resolver, a, "none.z.test."), "none.z.test", "no such name");
	is_str(dnszone_target(&resolver, a, "odd.wc.test"), "odd.wc.test", "nobody who knows");
	ok(!dnszone_target(&resolver, a, "l1.z.test") && strstr(error_text(a), "in a circle"),
	    error_text(a));
	error_clear(a);
}

static void test_waits(void)
{
	int64_t begun = clock_ms();
	ok(wait_for("now.z.test", 9) == 0 && clock_ms() - begun < 900, "there at once");
	const char *text = told();
	ok(strstr(text, "name servers of z.test: ns1.z.test, ns2.z.test"), "who is asked is told");
	begun = clock_ms();
	ok(wait_for("late.z.test", 9) == 0 && clock_ms() - begun >= 500,
	    "waits for the second server");
	ok(wait_for("never.z.test", 2) < 0, "a server that never follows");
	ok(strstr(error_text(a), "never.z.test: the TXT record does not appear") &&
	        strstr(error_text(a), "ns2.z.test (127.0.0.2:") &&
	        strstr(error_text(a), "serial 5 of the zone where ns1.z.test has 7"),
	    error_text(a));
	ok(wait_for("none.z.test", 1) < 0 && strstr(error_text(a), "(NXDOMAIN)"), error_text(a));
	ok(wait_for("lame.z.test", 9) == 0, "a server that refuses is left out");
	ok(strstr(told(), "ns2.z.test (127.0.0.2:"), "and named");
	ok(wait_for("cached.z.test", 9) == 0, "so is one that is no authority");
	text = told();
	ok(strstr(text, "is no authority for z.test (a lame delegation)"), text);
	ok(wait_for("x.below.z.test", 9) == 0, "a delegation is followed");
}

static void test_fallbacks(void)
{
	const char *text;
	ok(wait_for("a.r.test", 20) == 0, "no authority answers: a resolver is asked");
	text = told();
	ok(strstr(text, "asking a resolver for a.r.test instead"), text);
	ok(wait_for("a.w.test", 9) == 0, "no zone: the same");
	ok(strstr(told(), "NOTIMP"), "with the reason");
	ok(wait_for("b.w.test", 1) < 0 && strstr(error_text(a), "SERVFAIL"), error_text(a));
	ok(strstr(told(), "DNSSEC signatures of the zone that holds b.w.test are broken"),
	    "wrong signatures");

	struct resolver deaf = resolver;
	deaf.servers[0].host = "127.0.0.3";
	const struct dns_expected want[] = { { "x.z.test", "v" }, { "y.z.test", "v" } };
	const struct dnswait w = { .resolver = &deaf,
		.want = want,
		.n = 2,
		.timeout = 9,
		.blind = 1 };
	const int64_t begun = clock_ms();
	ok(dnswait(a, &w) == 0 && clock_ms() - begun >= 1000 && clock_ms() - begun < 3000,
	    "nobody answers: time passes");
	ok(strstr(told(), "sleeping 1 seconds instead"), "which is told");
}

static void test_look(void)
{
	const struct dns_expected there = { "now.z.test", "v" }, not = { "none.z.test", "v" },
	                          unknown = { "a.w.test", "v" };
	is_int(dnswait_look(&resolver, &there), 1, "a look: there");
	is_int(dnswait_look(&resolver, &not ), 0, "not there");
	is_int(dnswait_look(&resolver, &unknown), -1, "nobody knows");
}

int main(void)
{
	char path[] = "/tmp/t_dnswait.XXXXXX";
	const int fd = mkstemp(path);
	a = arena_new();
	arena_use(a);
	clock_catch_signals();
	told_path = path;
	close(fd);
	dns_start(rows);
	resolver_open(a, fmt(a, "127.0.0.1:%d", dns.port), NULL, &resolver);
	test_zones();
	test_cnames();
	test_waits();
	test_fallbacks();
	test_look();
	dns_stop();
	unlink(path);
	arena_drop(a);
	return done();
}
