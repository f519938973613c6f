/* DNS questions to servers that answer well, badly, twice, cut, late or not at all; what replies
 * mean; who is asked. */
#include "resolve.h"

#include <stdio.h>

#include "arena.h"
#include "clock.h"
#include "error.h"
#include "http.h"
#include "text.h"

#include "fakedns.h"
#include "tap.h"

static struct arena *a;

static const struct row rows[] = {
	{ "txt.z.test", DNS_TXT, 0, 0, 0, "TXT one two|TXT three", 0, 0 },
	{ "other.z.test", DNS_TXT, 0, 0, NO_AA, "A 192.0.2.1|AAAA 2001:db8::1|TXT x", 0, 0 },
	{ "soa.z.test", DNS_SOA, 0, 0, 0, "SOA soa.z.test 4711", 0, 0 },
	{ "cname.z.test", 0, 0, 0, 0, "CNAME Target.Z.test", 0, 0 },
	{ "cut.z.test", 0, 0, 0, CUT, "TXT whole", 0, 0 },
	{ "tcp.z.test", 0, 0, 0, NOT_UDP, "TXT whole", 0, 0 },
	{ "forged.z.test", 0, 0, 0, FORGED, "TXT true", 0, 0 },
	{ "silent.z.test", 0, 0, 0, SILENT, NULL, 0, 0 },
	{ "refused.z.test", 0, 1, DNS_REFUSED, 0, NULL, 0, 0 },
	{ "refused.z.test", 0, 2, 0, 0, "TXT yes", 0, 0 },
	{ "signed.z.test", 0, 0, 0, CHECKED, "TXT x", 0, 0 },
	{ 0 },
};

static int ask_at(const char *host, const char *name, enum dns_type type, int ms,
    struct dns_reply *r)
{
	const struct dns_server s = { host, dns.port };
	const struct dns_question q = { .name = name, .type = type };
	error_clear(a);
	return resolve(a, &s, &q, clock_ms() + ms, r);
}

static int ask(const char *name, enum dns_type type, struct dns_reply *r)
{
	return ask_at("127.0.0.1", name, type, 8000, r);
}

static void test_replies(void)
{
	struct dns_reply r;
	ok(ask("txt.z.test", DNS_TXT, &r) == 0 && r.aa && r.answer.n == 2, "two TXT records");
	is_str(r.answer.v[0].text, "onetwo", "the strings of one are put together");
	ok(dns_has_txt(&r.answer, "three") && !dns_has_txt(&r.answer, "thre"), "values are whole");
	ok(ask("TXT.Z.TEST", DNS_TXT, &r) == 0 && r.answer.n == 2, "letter case is no matter");
	ok(ask("txt.z.test.", DNS_TXT, &r) == 0 && r.answer.n == 2, "nor the final dot");
	ok(ask("other.z.test", DNS_TXT, &r) == 0 && !r.aa && r.answer.n == 3, "no authority");
	is_str(dns_find(&r.answer, DNS_A, NULL)->text, "192.0.2.1", "an address");
	is_str(dns_find(&r.answer, DNS_AAAA, "OTHER.z.test")->text, "2001:db8::1",
	    "an IPv6 address");
	ok(!dns_find(&r.answer, DNS_A, "z.test"), "of another name");
	ok(ask("soa.z.test", DNS_SOA, &r) == 0 && r.answer.n == 1 && r.answer.v[0].serial == 4711,
	    "SOA");
	ok(ask("cname.z.test", DNS_TXT, &r) == 0, "CNAME");
	is_str(r.answer.v[0].text, "target.z.test", "in lower case");
	ok(ask("none.z.test", DNS_TXT, &r) == 0 && r.rcode == DNS_NXDOMAIN && !r.answer.n,
	    "NXDOMAIN");
	is_str(r.authority.v[0].name, "z.test", "with the zone's SOA");
	is_str(dns_rcode_text(a, r.rcode), "NXDOMAIN");
	is_str(dns_rcode_text(a, 23), "rcode 23");
	ok(ask("cut.z.test", DNS_TXT, &r) == 0 && dns_has_txt(&r.answer, "whole"),
	    "cut: asked by TCP");
	ok(ask("forged.z.test", DNS_TXT, &r) == 0 && dns_has_txt(&r.answer, "true"),
	    "forged replies are passed over");
	ok(ask("refused.z.test", DNS_TXT, &r) == 0 && r.rcode == DNS_REFUSED, "REFUSED");
	ok(!arena_error(a)->where && !arena_error(a)->doing, "the context of errors is left alone");
}

static void test_failures(void)
{
	struct dns_reply r;
	int64_t begun = clock_ms();
	ok(ask_at("127.0.0.1", "silent.z.test", DNS_TXT, 300, &r) < 0, "no answer");
	ok(clock_ms() - begun < 1500, "in the time that there was");
	ok(strstr(error_text(a), "DNS server 127.0.0.1") &&
	        strstr(error_text(a), "no answer in time"),
	    error_text(a));
	ok(ask("tcp.z.test", DNS_TXT, &r) == 0 && dns_has_txt(&r.answer, "whole"),
	    "UDP is filtered: TCP serves");
	ok(ask_at("127.0.0.3", "txt.z.test", DNS_TXT, 3000, &r) < 0 &&
	        strstr(error_text(a), "refused"),
	    error_text(a));
	ok(!r.unreachable, "a server that is not there can be reached");
	ok(ask_at("255.255.255.255", "txt.z.test", DNS_TXT, 3000, &r) < 0 && r.unreachable,
	    "an address that there is no way to");
	ok(ask(fmt(a, "%0255d.test", 1), DNS_TXT, &r) < 0 && strstr(error_text(a), "is no name"),
	    "a name that is none");
}

static void test_servers(void)
{
	static const struct {
		const char *text, *host;
		int port;
	} servers[] = { { "192.0.2.1", "192.0.2.1", 53 }, { "192.0.2.1:8053", "192.0.2.1", 8053 },
		{ "[2001:db8::1]:54", "2001:db8::1", 54 }, { "2001:db8::1", "2001:db8::1", 53 },
		{ "[::1]", "::1", 53 }, { "192.0.2.1:0", NULL, 0 }, { "192.0.2.1:x", NULL, 0 },
		{ "[::1", NULL, 0 }, { "[::1]53", NULL, 0 }, { ":53", NULL, 0 }, { "", NULL, 0 },
		{ "192.0.2.1:65536", NULL, 0 } };
	for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
		struct dns_server s = { 0 };
		const int got = dns_server_parse(a, servers[i].text, &s);
		ok(servers[i].host
		        ? got == 0 && text_is(s.host, servers[i].host) && s.port == servers[i].port
		        : got < 0 && failed(a),
		    fmt(a, "server '%s'", servers[i].text));
		error_clear(a);
	}
	is_str(dns_server_text(a, &(struct dns_server){ "::1", 54 }), "[::1]:54");
	is_str(dns_server_text(a, &(struct dns_server){ "::1", 53 }), "::1");
	ok(dns_within("a.b.test", "b.test") && dns_within("B.test", "b.TEST") &&
	        dns_within("x", ""),
	    "within a zone");
	ok(!dns_within("ab.test", "b.test") && !dns_within("test", "b.test"),
	    "by whole labels only");
}

static void test_resolver(void)
{
	struct resolver r;
	struct dns_reply reply;
	struct dns_question q = { .name = "refused.z.test", .type = DNS_TXT };
	ok(resolver_open(a, fmt(a, "127.0.0.1:%d", dns.port), NULL, &r) == 0 && r.given && r.n == 1,
	    "a resolver that was given");
	ok(resolver_ask(&r, a, &q, &reply) == 0 && reply.rcode == DNS_REFUSED,
	    "its REFUSED is told");
	r.servers[r.n++] = (struct dns_server){ "127.0.0.2", dns.port };
	ok(resolver_ask(&r, a, &q, &reply) == 0 && reply.rcode == 0 &&
	        dns_has_txt(&reply.answer, "yes"),
	    "unless another one knows better");
	is_str(r.last, fmt(a, "127.0.0.2:%d", dns.port), "which one it was");
	q.name = "signed.z.test";
	ok(resolver_ask(&r, a, &q, &reply) == 0 && reply.rcode == DNS_SERVFAIL,
	    "signatures are wrong");
	q.unchecked = true;
	ok(resolver_ask(&r, a, &q, &reply) == 0 && reply.answer.n == 1,
	    "unless they are not checked");
	r.servers[0].host = r.servers[1].host = "127.0.0.3";
	ok(resolver_ask(&r, a, &q, &reply) < 0 && r.silent && failed(a), error_text(a));
	error_clear(a);
	const int64_t begun = clock_ms();
	ok(resolver_ask(&r, a, &q, &reply) < 0 && clock_ms() - begun < 200,
	    "and not asked again soon");
	error_clear(a);
	setenv("DOH_USE", "5", 1);
	ok(resolver_open(a, NULL, NULL, &r) < 0 && strstr(error_text(a), "Unknown DOH provider"),
	    error_text(a));
	error_clear(a);
	setenv("DOH_USE", "2", 1);
	ok(resolver_open(a, NULL, NULL, &r) == 0 && r.n >= 1 && !r.given && r.doh_use == 2,
	    "the system's");
	unsetenv("DOH_USE");
}

/* --- DNS over HTTPS, through the transport seam --- */
static const char *doh_body, *doh_seen;
static int doh_status;

static int transport(struct http *h, struct arena *mem, const struct request *req,
    struct response *res)
{
	(void)h;
	doh_seen = arena_fmt(a, "%s %s", req->url, header_get(&req->headers, "Accept"));
	if (!doh_status)
		return fail(mem, "no connection");
	*res = (struct response){ .status = doh_status,
		.body = arena_str(mem, doh_body),
		.body_len = strlen(doh_body),
		.url = req->url };
	return 0;
}

static void test_doh(void)
{
	struct resolver r = { .http = (struct http *)(void *)a };
	struct dns_reply reply;
	const struct dns_question q = { .name = "_acme-challenge.z.test", .type = DNS_TXT };
	http_transport = transport;
	doh_status = 200;
	doh_body =
	    "{\"Status\":0,\"Answer\":[{\"name\":\"_acme-challenge.Z.test.\",\"type\":16,\"TTL\":5,"
	    "\"data\":\"\\\"a b\\\" \\\"c\\\"\"},{\"name\":\"x.\",\"type\":16,\"data\":\"bare\"},"
	    "{\"name\":\"x.\",\"type\":5,\"data\":\"Y.test.\"},{\"type\":16},7]}";
	ok(resolver_ask_doh(&r, a, &q, &reply) == 0 && reply.answer.n == 3, "DNS over HTTPS");
	is_str(doh_seen,
	    "https://cloudflare-dns.com/dns-query?name=_acme-challenge.z.test&type=16 application/dns-json");
	is_str(reply.answer.v[0].text, "a bc", "quoted pieces");
	is_str(reply.answer.v[1].text, "bare", "no quotes");
	is_str(reply.answer.v[2].text, "y.test", "a name");
	is_str(r.last, "Cloudflare");
	r.doh_use = 4;
	ok(resolver_ask_doh(&r, a, &q, &reply) == 0 && text_is(r.last, "DNSPod"), "DOH_USE");
	static const char *const bad[] = { "", "<html>", "[]", "{}", "{\"Status\":-1}",
		"{\"Status\":\"x\"}" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		ok(resolve_doh_parse(a, bad[i], strlen(bad[i]), &reply) < 0 && failed(a),
		    fmt(a, "no reply: %s", bad[i]));
		error_clear(a);
	}
	r.doh_use = 0;
	doh_status = 0;
	ok(resolver_ask_doh(&r, a, &q, &reply) < 0, "nobody is there");
	error_clear(a);
	doh_seen = NULL;
	ok(resolver_ask_doh(&r, a, &q, &reply) < 0 && !doh_seen, "nobody is asked again soon");
	error_clear(a);

	/* Nobody answers here either: then DNS over HTTPS makes sense only behind a proxy. */
	memset(r.doh_deaf, 0, sizeof r.doh_deaf);
	r.servers[r.n++] = (struct dns_server){ "127.0.0.3", dns.port };
	unsetenv("https_proxy");
	ok(resolver_ask(&r, a, &q, &reply) < 0 && !doh_seen && r.silent, "no resolver, no proxy");
	is_str(arena_error(a)->what, "no DNS resolver answers");
	error_clear(a);
	setenv("https_proxy", "http://192.0.2.1:3128", 1);
	doh_status = 200;
	memset(r.deaf, 0, sizeof r.deaf);
	ok(resolver_ask(&r, a, &q, &reply) == 0 && doh_seen && !r.silent, "a proxy looks up names");
	unsetenv("https_proxy");
	http_transport = NULL;
}

int main(void)
{
	a = arena_new();
	arena_use(a);
	clock_catch_signals();
	dns_start(rows);
	test_replies();
	test_failures();
	test_servers();
	test_resolver();
	test_doh();
	dns_stop();
	arena_drop(a);
	return done();
}
