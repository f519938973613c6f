/* spec.c: <domain>.conf to settings and back, names and their entries, checks before the network. */
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "homes.h"
#include "spec.h"
#include "store.h"

#include "tap.h"

static struct arena *a;
static const char *dir;

static struct conf *conf_of(const char *text)
{
	const char *path = file_join(a, dir, "x.conf");
	write_text(a, path, text);
	return conf_load(a, path);
}

/* What a conf of this text becomes when it is loaded, overlaid and saved. */
static const char *saved(const char *text, const struct spec *over)
{
	struct conf *c = conf_of(text);
	struct spec s;
	spec_load(c, &s);
	spec_overlay(&s, over);
	spec_save(c, &s);
	return conf_text(a, c);
}

static int round_trip(void *ctx, struct arena *mem, struct store *st)
{
	struct spec s;
	spec_load(st->conf, &s);
	spec_save(st->conf, &s);
	is_str(conf_text(mem, st->conf), content(mem, st->conf_path), s.domain);
	is_str(s.domain, st->domain);
	ok(spec_check(mem, &s) == 0, "acme.sh's settings pass the checks");
	++*(int *)ctx;
	return 0;
}

static void test_acmesh(void)
{
	const char *user = acmesh_home(a);
	const struct home h = open_home(a, user);
	struct store st;
	struct spec s;
	int n = 0;

	ok(store_each(a, &h, round_trip, &n) == 0 && n == 4, "all four confs of the fixture");
	ok(store_open(a, &h, "rsa.example", STORE_ANY, &st) == 0);
	spec_load(st.conf, &s);
	is_str(s.post_hook, "echo 'post it'", "hooks are unwrapped");
	is_str(s.keylength, "2048");
	is_str(s.days, "45");
	is_str(s.key_file, "/home/user/ssl/rsa.key");
	is_str(s.reload, "echo \"reloaded $Le_Domain\" >> /home/user/ssl/reload.log");
	ok(store_open(a, &h, "one.example", STORE_ECC, &st) == 0);
	spec_load(st.conf, &s);
	is_str(s.pfx_password, "p@ss w0rd");
	drop_folder(a, user);
}

#define B64(text) "__ACME_BASE64__START_" text "__ACME_BASE64__END_"

/* Everything set: the keys, their order and forms are those of acme.sh. */
static void test_order(void)
{
	const struct spec all = { .domain = "a.example",
		.alt = "b.example,*.c.example",
		.webroot = "no,/w,dns_cf",
		.pre_hook = "x",
		.post_hook = "it's",
		.renew_hook = "y",
		.local_address = "127.0.0.1,",
		.challenge_alias = "al.example,=full.example,no,",
		.preferred_chain = "ISRG",
		.profile = "short",
		.api = "https://ca.test/dir",
		.http_port = "81",
		.tls_port = "444",
		.ocsp = "1",
		.eku = "serverAuth",
		.keylength = "ec-384",
		.valid_from = "+1d",
		.valid_to = "+9d",
		.dns_sleep = "5",
		.days = "-9",
		.listen_v4 = "1",
		.listen_v6 = "yes",
		.new_key = "1",
		.cert_file = "/c",
		.reload = "r",
		.deploy_hook = "h1,h2,",
		.pfx_password = "p" };
	is_str(saved("", &all),
	    "Le_Domain='a.example'\nLe_Alt='b.example,*.c.example'\nLe_Webroot='no,/w,dns_cf'\n"
	    "Le_PreHook='" B64("eA==") "'\nLe_PostHook='" B64(
	        "aXQncw==") "'\n"
	                    "Le_RenewHook='" B64(
	                        "eQ==") "'\nLe_LocalAddress='127.0.0.1,'\n"
	                                "Le_ChallengeAlias='al.example,=full.example,no,'\n"
	                                "Le_Preferred_Chain='" B64(
	                                    "SVNSRw==") "'\nLe_Certificate_Profile='short'\n"
	                                                "Le_API='https://ca.test/dir'\nLe_HTTPPort='81'\nLe_TLSPort='444'\n"
	                                                "Le_OCSP_Staple='1'\nLe_ExtKeyUse='serverAuth'\nLe_Keylength='ec-384'\n"
	                                                "Le_Valid_From='+1d'\nLe_Valid_To='+9d'\nLe_DNSSleep='5'\nLe_RenewalDays='-9'\n"
	                                                "Le_Listen_V4='1'\nLe_Listen_V6='1'\nLe_ForceNewDomainKey='1'\n"
	                                                "Le_PFXPassword='" B64(
	                                                    "cA==") "'\nLe_RealCertPath='/c'\nLe_RealCACertPath=''\n"
	                                                            "Le_RealKeyPath=''\nLe_ReloadCmd='" B64(
	                                                                "cg==") "'\nLe_RealFullChainPath=''\n"
	                                                                        "Le_DeployHook='h1,h2,'\n");
	struct conf *c = conf_of(saved("", &all));
	struct spec back;
	spec_load(c, &back);
	is_str(back.post_hook, "it's");
	is_str(back.reload, "r");
	ok(!back.key_file && !back.fullchain_file);
	spec_save(c, &back);
	ok(!conf_changed(c), "and saving what was loaded changes nothing");
}

#define HEAD_OF(alt, pre) \
	"Le_Domain='a.example'\nLe_Alt='" alt "'\nLe_Webroot='no'\n" \
	"Le_PreHook='" pre "'\nLe_PostHook=''\nLe_RenewHook=''\n"
#define HEAD HEAD_OF("no", "")

static void test_saving(void)
{
	static const struct {
		const char *name, *before, *after;
		struct spec over;
	} rows[] = {
		{ "nothing to change", HEAD, HEAD, { 0 } },
		{ "unknown keys stay in their places", "X_Y='1'\n" HEAD "#note\nCF_Token=\"a b\"\n",
		    "X_Y='1'\n" HEAD "#note\nCF_Token=\"a b\"\nLe_HTTPPort='80'\n",
		    { .http_port = "80" } },
		{ "old plain-text hooks stay",
		    "Le_PreHook='old hook'\nLe_ReloadCmd=\"service x reload\"\n",
		    "Le_PreHook='old hook'\nLe_ReloadCmd=\"service x reload\"\nLe_Domain=''\nLe_Alt='no'\n"
		    "Le_Webroot=''\nLe_PostHook=''\nLe_RenewHook=''\nLe_RealCertPath=''\n"
		    "Le_RealCACertPath=''\nLe_RealKeyPath=''\nLe_RealFullChainPath=''\n",
		    { 0 } },
		{ "replaced in place", HEAD "Le_HTTPPort='80'\nZ='1'\n",
		    HEAD "Le_HTTPPort='81'\nZ='1'\n", { .http_port = "81" } },
		{ "an empty text removes", HEAD "Le_HTTPPort='80'\nLe_API='u'\n",
		    HEAD "Le_API='u'\n", { .http_port = "" } },
		{ "and leaves '' where acme.sh does", HEAD_OF("no", "x"), HEAD,
		    { .pre_hook = "" } },
		{ "flags are dropped unless they say yes", HEAD "Le_ForceNewDomainKey='1'\n", HEAD,
		    { .new_key = "0" } },
		{ "no more names", HEAD_OF("b.example", ""), HEAD, { .alt = "no" } },
		{ "'no' in an install target is none",
		    HEAD "Le_RealCertPath='no'\nLe_RealKeyPath='/k'\n",
		    HEAD "Le_RealCertPath=''\nLe_RealKeyPath='/k'\nLe_RealCACertPath=''\n"
		         "Le_ReloadCmd=''\nLe_RealFullChainPath=''\n",
		    { 0 } },
		{ "an issued certificate of an old acme.sh is RSA", HEAD "Le_CertCreateTime='1'\n",
		    HEAD "Le_CertCreateTime='1'\nLe_Keylength='2048'\n", { 0 } },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		is_str(saved(rows[i].before, &rows[i].over), rows[i].after, rows[i].name);
}

static void test_names(void)
{
	const struct spec s = { .domain = "a.example",
		.alt = "B.example, a.EXAMPLE,,c.example",
		.webroot = "no,/w,/dup,dns_cf,",
		.local_address = "127.0.0.1,127.0.0.2," };
	const struct strs names = spec_names(a, &s);
	is_str(text_join(a, names, " "), "a.example B.example c.example", "each name once");
	is_str(spec_entry(a, &s, 0), "no");
	is_str(spec_entry(a, &s, 1), "/w");
	is_str(spec_entry(a, &s, 2), "dns_cf", "entries are counted as names were typed");
	is_str(spec_entry(a, &s, 9), "dns_cf", "the last one serves the rest");
	is_str(spec_local_address(a, &s, 0), "127.0.0.1");
	is_str(spec_local_address(a, &s, 1), "127.0.0.2");

	const struct spec mixed = { .domain = "a",
		.alt = "b,c,d",
		.webroot = "/w,no,dns,alpn",
		.local_address = "::1,127.0.0.1," };
	is_str(spec_local_address(a, &mixed, 1), "::1", "webroot names take no address");
	is_str(spec_local_address(a, &mixed, 3), "127.0.0.1");

	const struct spec none = { 0 };
	ok(!spec_names(a, &none).n && !spec_entry(a, &none, 0) && !spec_local_address(a, &none, 0));

	const struct spec idn = { .domain = "M\xc3\xbcnchen.example", .alt = "1.2.3.4,::1" };
	is_str(text_join(a, spec_ascii_names(a, &idn), " "), "xn--mnchen-3ya.example 1.2.3.4 ::1");
}

static void test_same_names(void)
{
	static const struct {
		const char *domain, *alt, *domain2, *alt2;
		bool same;
	} rows[] = {
		{ "a.b", "no", "a.b", NULL, true },
		{ "a.b", "c.d,e.f", "a.b", "e.f,C.D", true },
		{ "a.b", "c.d", "c.d", "a.b", true },
		{ "a.b", "c.d,c.d", "a.b", "c.d", true },
		{ "a.b", "c.d", "a.b", NULL, false },
		{ "a.b", "c.d", "a.b", "c.e", false },
		{ "a.b", "*.a.b", "a.b", "a.b", false },
		{ "\xc3\xbc.b", NULL, "xn--tda.b", NULL, true },
		{ NULL, NULL, NULL, NULL, false },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct spec x = { .domain = rows[i].domain, .alt = rows[i].alt };
		const struct spec y = { .domain = rows[i].domain2, .alt = rows[i].alt2 };
		is_int(spec_same_names(a, &x, &y), rows[i].same,
		    arena_fmt(a, "%s and %s", rows[i].alt, rows[i].alt2));
	}
}

static void test_check(void)
{
	static const struct {
		const char *told;   /* NULL: good */
		struct spec change; /* to a good one */
	} rows[] = {
		{ NULL, { .days = "30" } },
		{ "no domain is given", { .domain = "" } },
		{ "domain 'a b': has a space", { .alt = "a b" } },
		{ "domain '../x': ", { .domain = "../x" } },
		{ "domain 'a?b': ",
		    { .domain = "a\x1b"
		                "b" } },
		{ "domain 'a..b': ", { .domain = "a..b" } },
		{ "--dns", { .alt = "*.a.example" } },
		{ NULL, { .alt = "*.a.example", .webroot = "no,dns_cf" } },
		{ NULL, { .alt = "*.a.example", .webroot = "no,dns_persist" } },
		{ NULL, { .alt = "*.a.example", .webroot = "" } },
		{ "domain '1.2.3.4': an IP address cannot",
		    { .domain = "1.2.3.4", .webroot = "dns" } },
		{ "domain '::1': an IP address cannot", { .alt = "::1", .webroot = "no,dns_cf" } },
		{ NULL, { .domain = "::1", .alt = "1.2.3.4", .webroot = "alpn" } },
		{ "ec-257", { .keylength = "ec-257" } },
		{ NULL, { .keylength = "prime256v1" } },
		{ NULL, { .keylength = "" } },
		{ NULL, { .http_port = "1", .tls_port = "65535" } },
		{ "--httpport '0': ", { .http_port = "0" } },
		{ "--httpport '65536': ", { .http_port = "65536" } },
		{ "--tlsport '80x': ", { .tls_port = "80x" } },
		{ "--dnssleep '-1': ", { .dns_sleep = "-1" } },
		{ "--days '0': ", { .days = "0" } },
		{ "--days 'x': ", { .days = "x" } },
		{ NULL, { .days = "-10" } },
		{ NULL, { .valid_from = "+1h", .valid_to = "2027-01-31T12:00:00Z" } },
		{ "--valid-to '+d': ", { .valid_to = "+d" } },
		{ "--valid-to '+0d': ", { .valid_to = "+0d" } },
		{ "--valid-to '+-1d': ", { .valid_to = "+-1d" } },
		{ "--valid-to '+3w': ", { .valid_to = "+3w" } },
		{ "--valid-to '2027-01-31': ", { .valid_to = "2027-01-31" } },
		{ "--valid-to '2027-13-31T12:00:00Z': ", { .valid_to = "2027-13-31T12:00:00Z" } },
		{ "--valid-from '2027-01-31T12:00:00+0': ",
		    { .valid_from = "2027-01-31T12:00:00+0" } },
		{ NULL, { .local_address = "127.0.0.1,::1," } },
		{ "--local-address 'eth0': ", { .local_address = "127.0.0.1,eth0," } },
		{ NULL, { .challenge_alias = "no,x.example,=_acme.y.example," } },
		{ "challenge alias 'x y.example': ", { .challenge_alias = "x y.example," } },
		{ "challenge alias '*.x.example': ", { .challenge_alias = "=*.x.example," } },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct spec s = { .domain = "a.example", .webroot = "no", .keylength = "ec-256" };
		spec_overlay(&s, &rows[i].change);
		const int got = spec_check(a, &s);
		const char *text = error_text(a);
		ok(rows[i].told ? got < 0 && strstr(text, rows[i].told) && arena_error(a)->input
		                : got == 0 && !*text,
		    rows[i].told ? rows[i].told : "good");
		if (rows[i].told && !strstr(text, rows[i].told))
			printf("# %s\n", text);
		error_clear(a);
	}
}

int main(void)
{
	a = arena_new();
	dir = new_folder(a);
	test_acmesh();
	test_order();
	test_saving();
	test_names();
	test_same_names();
	test_check();
	drop_folder(a, dir);
	arena_drop(a);
	return done();
}
