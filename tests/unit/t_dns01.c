/* dns-01: names of records, the list of manual mode, dns-persist-01's text; records that are added,
 * remembered and removed through drivers; names that are proven one after the other. Providers and
 * CA are scripted. */
#include "dns01.h"

#include <stdio.h>

#include "challenge.h"
#include "clock.h"
#include "dnspersist.h"
#include "dnsrecords.h"
#include "fakeca.h"
#include "homes.h"
#include "log.h"
#include "prove.h"

#include "tap.h"

static struct arena *a;
static const char *dir;
static struct run run;
static struct store store;

/* --- providers: DuckDNS and DigitalOcean --- */
static struct {
	struct buf log; /* "add V", "rm V", and what the CA was asked */
	int status;     /* of DigitalOcean's replies, 0: no connection */
	bool holds;     /* it has the record */
} api;

static int reply(struct arena *mem, struct response *res, int status, const char *body)
{
	res->status = status;
	res->body = arena_str(mem, body);
	res->body_len = strlen(body);
	header_add(mem, &res->headers, "Content-Type", "application/json");
	return 0;
}

static int duckdns(struct arena *mem, const char *url, struct response *res)
{
	const char *value = strstr(url, "txt=") + 4;
	buf_fmt(&api.log, "%s %.*s\n", strstr(url, "clear=true") ? "rm" : "add",
	    (int)strcspn(value, "&"), value);
	return reply(mem, res, 200, "OK");
}

static int digitalocean(struct arena *mem, const struct request *req, struct response *res)
{
	if (!api.status)
		return fail(mem, "no connection");
	if (api.status != 200)
		return reply(mem, res, api.status, "{\"message\":\"go away\"}");
	if (text_is(req->method, "POST")) {
		api.holds = true;
		buf_str(&api.log, "add\n");
		return reply(mem, res, 201, "{\"domain_record\":{\"id\":1}}");
	}
	if (text_is(req->method, "DELETE")) {
		api.holds = false;
		buf_str(&api.log, "rm\n");
		return reply(mem, res, 204, "");
	}
	if (strstr(req->url, "/records"))
		return reply(mem, res, 200,
		    api.holds ? "{\"domain_records\":[{\"id\":1,\"type\":\"TXT\",\"name\":"
		                "\"_acme-challenge\",\"data\":\"V\"}]}"
		              : "{\"domain_records\":[]}");
	return text_ends(req->url, "/domains/do.test") ? reply(mem, res, 200, "{\"domain\":{}}")
	                                               : reply(mem, res, 404, "{}");
}

static int transport(struct http *h, struct arena *mem, const struct request *req,
    struct response *res)
{
	*res = (struct response){ .url = req->url };
	if (strstr(req->url, "duckdns"))
		return duckdns(mem, req->url, res);
	if (strstr(req->url, "digitalocean"))
		return digitalocean(mem, req, res);
	buf_fmt(&api.log, "%s\n", req->url + strlen(CA));
	return fake_send(h, mem, req, res);
}

/* --- what is pure --- */
static void test_names(void)
{
	static const struct {
		const char *entry, *option, *driver;
	} entries[] = { { "dns", "--dns", "" }, { "dns_cf", "--dns dns_x", "dns_cf" },
		{ "dns_cf:work", "--dns dns_x", "dns_cf:work" },
		{ "dns_persist", "--dns-persist", NULL }, { "dns_account:", "--dns-account", "" },
		{ "dns_account:dns_cf", "--dns-account dns_x", "dns_cf" } };
	for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
		const struct solver *v = solver_for(a, entries[i].entry);
		is_str(v ? v->option : NULL, entries[i].option, entries[i].entry);
		if (entries[i].driver)
			is_str(dns01_entry(entries[i].entry), entries[i].driver);
	}
	is_str(dns01_prefix(a, &dns01_solver, NULL), "_acme-challenge");
	/* By openssl and base32(1), from the URL of the draft's example. */
	is_str(dns01_prefix(a, &dns_account_solver, "https://example.com/acme/acct/ExampleAccount"),
	    "_ujmmovf2vn55tgye._acme-challenge", "an account's label");
}

static void test_vlist(void)
{
	const struct challenge_offer offer = { .url = "https://ca/chall" };
	const struct authz z = { .url = "https://ca/authz" };
	struct task tasks[] = { { .name = "a.test",
		                    .entry = "dns",
		                    .authz = &z,
		                    .offer = &offer,
		                    .solver = &dns_manual_solver,
		                    .key_authz = "t.h" },
		{ .name = "*.a.test", .entry = "dns_cf", .authz = &z, .solver = &dns01_solver } };
	const struct solving s = { .mem = a, .tasks = tasks, .n = 2 };
	const char *list = dns01_vlist(a, &s);
	is_str(list,
	    "a.test#t.h#https://ca/chall#dns-01#dns#https://ca/authz,"
	    "*.a.test#verified_ok##dns-01#dns_cf#https://ca/authz,",
	    "Le_Vlist");
	ok(dns01_in_vlist(a, list, "A.test", "t.h"), "a name that is in it");
	ok(!dns01_in_vlist(a, list, "a.test", "t.i") && !dns01_in_vlist(a, list, "b.test", "t.h") &&
	        !dns01_in_vlist(a, NULL, "a.test", "t.h") &&
	        !dns01_in_vlist(a, "#,", "a.test", "t.h"),
	    "others are not");
}

static void test_persist(void)
{
	const struct dnspersist p = { "ca.test", "https://ca.test/1", true, 2000 };
	const struct dnspersist plain = { "ca.test", "https://ca.test/1", false, 0 };
	static const struct {
		const char *text;
		bool plain, wildcard;
	} rows[] = {
		{ "ca.test; accounturi=https://ca.test/1", true, false },
		{ "CA.test;AccountURI=https://ca.test/1 ; policy=Wildcard", true, true },
		{ "ca.test; accounturi=https://ca.test/1; policy=wildcard; persistUntil=1001", true,
		    true },
		{ "ca.test; accounturi=https://ca.test/1; persistUntil=1000", false, false },
		{ "ca.test; accounturi=https://ca.test/1; persistUntil=soon", false, false },
		{ "ca.test; accounturi=https://ca.test/2; policy=wildcard", false, false },
		{ "other.test; accounturi=https://ca.test/1", false, false },
		{ "ca.test; accounturi", false, false },
		{ "ca.test", false, false },
		{ "", false, false },
	};
	is_str(dnspersist_value(a, &p),
	    "ca.test; accounturi=https://ca.test/1; policy=wildcard; persistUntil=2000");
	is_str(dnspersist_value(a, &plain), "ca.test; accounturi=https://ca.test/1");
	is_str(dnspersist_name(a, "*.a.test"), "_validation-persist.a.test", "no asterisk");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		ok(dnspersist_allows(a, rows[i].text, &plain, 1000) == rows[i].plain &&
		        dnspersist_allows(a, rows[i].text, &p, 1000) == rows[i].wildcard,
		    rows[i].text);
}

/* --- records --- */
static struct dnsrecords *begin(int status)
{
	api.log.len = 0;
	api.status = status;
	error_clear(a);
	return dnsrecords_open(&run, a, NULL, &store);
}

#define RECORD "dns_dgon", "_acme-challenge.do.test", "V"

static void test_records(void)
{
	struct spec spec = { 0 };
	struct dnsrecords *d = begin(200);
	const char *list = file_join(a, store.dir, "dns.pending");
	setenv("DO_API_KEY", "a-secret-key", 1);
	ok(dnsrecords_add(d, a, RECORD) == 0 && dnsrecords_left(&store), "added, and written down");
	ok(strstr(file_read(a, list, 1000, NULL), " dns_dgon _acme-challenge.do.test V\n"),
	    "with all that is needed");
	is_str(dnsrecords_zone(d, a, "dns_dgon", "_acme-challenge.do.test"), "do.test", "its zone");
	ok(dnsrecords_rm(d, a, RECORD) == 0 && !dnsrecords_left(&store), "removed, and forgotten");
	ok(dnsrecords_rm(d, a, RECORD) == 0, "removed twice");
	is_str(buf_text(&api.log), "add\nrm\n", "what was asked of the provider");
	ok(dnsrecords_add(d, a, RECORD) == 0, "added by a run that is killed");
	dnsrecords_close(d);
	api.status = 503;
	dnsrecords_sweep(&run, &spec, &store);
	ok(dnsrecords_left(&store) && api.holds, "the provider is down: the list stays");
	api.status = 200;
	dnsrecords_sweep(&run, &spec, &store);
	ok(!dnsrecords_left(&store) && !api.holds, "the next run removes it");

	d = begin(401);
	ok(dnsrecords_add(d, a, RECORD) < 0 && strstr(error_text(a), "401"), error_text(a));
	ok(!dnsrecords_left(&store), "a refusal leaves nothing to remove");
	dnsrecords_close(d);
	d = begin(500);
	ok(dnsrecords_add(d, a, RECORD) < 0 && dnsrecords_left(&store),
	    "trouble may have left something");
	dnsrecords_close(d);
	const char *old = "1000 dns_dgon _acme-challenge.do.test V\nodd line\n";
	file_write(a, list, old, strlen(old), 0600, false);
	dnsrecords_sweep(&run, &spec, &store);
	ok(!strstr(file_exists(list) ? file_read(a, list, 1000, NULL) : "", "dns_dgon"),
	    "given up after a month");
	file_remove(a, list);
	d = begin(200);
	ok(dnsrecords_add(d, a, "dns_dgo", "x.do.test", "V") < 0 &&
	        strstr(error_text(a), "did you mean dns_dgon"),
	    error_text(a));
	error_clear(a);
	ok(dnsrecords_check(d, a, "dns_duckdns") < 0 && strstr(error_text(a), "DuckDNS_Token"),
	    error_text(a));
	dnsrecords_close(d);
	error_clear(a);
	ok(!dnsrecords_open(&run, a, "/nonexistent/env", &store) &&
	        strstr(error_text(a), "--dns-env /nonexistent/env"),
	    error_text(a));
	error_clear(a);
}

/* --- one value a name --- */
#define AUTHZ(n, status, wildcard) \
	"{\"status\":\"" status \
	"\",\"identifier\":{\"type\":\"dns\",\"value\":\"x.duckdns.org\"}," wildcard \
	"\"challenges\":[{\"type\":\"dns-01\",\"url\":\"" CA "/chall/" n "\",\"token\":\"t" n \
	"\"}]}"
#define ORDER(status) \
	"{\"status\":\"" status "\",\"finalize\":\"" CA "/f\",\"authorizations\":[\"" CA \
	"/authz/1\",\"" CA "/authz/2\"]}"

static void test_rounds(void)
{
	static const struct step script[] = {
		{ "POST /authz/1", 200, NULL, AUTHZ("1", "pending", "") },
		{ "POST /authz/2", 200, NULL, AUTHZ("2", "pending", "\"wildcard\":true,") },
		{ "POST /chall/1", 200, NULL, "{}" },
		{ "POST /authz/1", 200, NULL, AUTHZ("1", "pending", "") },
		{ "POST /authz/1", 200, NULL, AUTHZ("1", "valid", "") },
		{ "POST /chall/2", 200, NULL, "{}" },
		{ "POST /order/1", 200, NULL, ORDER("ready") },
		{ 0 },
	};
	struct spec spec = { .domain = "x.duckdns.org",
		.alt = "*.x.duckdns.org",
		.webroot = "dns_duckdns",
		.dns_sleep = "0",
		.resolver = "127.0.0.3:1" };
	struct arena *mem = fake_open(script);
	struct order order = { .url = CA "/order/1", .status = "pending" };
	const char *value[2];
	strs_add(mem, &order.authz_urls, CA "/authz/1");
	strs_add(mem, &order.authz_urls, CA "/authz/2");
	setenv("DuckDNS_Token", "a-secret-token", 1);
	run.wire = fake.wire;
	const int got = prove_order(&run, mem, &spec, &store, &order, false);
	ok(got == 0 && fake_played(),
	    fmt(mem, "apex and wildcard at a service that holds one value: %s", error_text(mem)));
	const char *log = buf_text(&api.log);
	const char *first = strstr(log, "add "), *second = first ? strstr(first + 4, "add ") : NULL;
	for (int i = 0; i < 2; i++)
		value[i] = first && second ? arena_strn(mem, (i ? second : first) + 4, 43) : "";
	const char *want = fmt(mem,
	    "add %s\n/chall/1\n/authz/1\n/authz/1\nrm %s\nadd %s\n/chall/2\n/order/1\nrm %s\n",
	    value[0], value[0], value[1], value[1]);
	ok(first && strstr(log, want) && !text_is(value[0], value[1]),
	    "are proven one after the other");
	if (!strstr(log, want))
		printf("# %s\n", text_replace(mem, log, "\n", "\n# "));
	arena_drop(mem);
}

int main(void)
{
	a = arena_new();
	arena_use(a);
	log_setup(&(struct log_settings){ .quiet = true });
	fake_start();
	api.log = buf_new(a, 0);
	http_transport = transport;
	dir = new_folder(a);
	run = (struct run){ .mem = a, .home = open_home(a, dir), .keeper = fake.keeper };
	if (store_open(a, &run.home, "x.duckdns.org", STORE_ECC, &store) || store_make(a, &store))
		die("%s", error_text(a));
	test_names();
	test_vlist();
	test_persist();
	test_records();
	api.log.len = 0;
	test_rounds();
	drop_folder(a, dir);
	if (run.http)
		http_close(run.http);
	fake_stop();
	arena_drop(a);
	return done();
}
