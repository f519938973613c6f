/* The core around a DNS driver: zones, doubtful outcomes, names; and finding the driver by name. */
#include <stdio.h>
#include <stdlib.h>

#include "arena.h"
#include "error.h"
#include "fakeapi.h"
#include "plugin.h"
#include "provider.h"
#include "tap.h"

static struct arena *mem;

/* Asks for a name, posts a value, lists and deletes. */
static int zone(struct api *a, struct txt *t, const char *name)
{
	t->zone_id = fmt(a, "id-of-%s", name);
	return found(api_probe(a, fmt(a, "/zones/%s", name)));
}

static int add(struct api *a, struct txt *t)
{
	return api_post(a, fmt(a, "/%s/%s", t->zone_id ? t->zone_id : "-", sub_or(t, "@")),
	           json(js("v", t->value)))
	    ? 0
	    : -1;
}

static int rm(struct api *a, struct txt *t)
{
	return api_delete(a, fmt(a, "/%s/%s/%s", t->zone_id, sub_or(t, "@"), t->value)) ? 0 : -1;
}

static int find(struct api *a, struct txt *t)
{
	return found(api_probe(a, fmt(a, "/find/%s", t->value)));
}

static const struct dns_driver driver = {
	.svc = { .name = "dns_fake", .title = "Fake", .base = "https://fake.test" },
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
};

static struct provider *open_provider(const struct dns_driver *d)
{
	error_clear(mem);
	return provider_open(mem, d, &(struct api_ask){ 0 });
}

static void zones(void)
{
	struct provider *p = open_provider(&driver);
	PLAY({ "GET https://fake.test/zones/_acme-challenge.www.example.com\n", 404, "", NULL },
	    { "GET https://fake.test/zones/www.example.com\n", 404, "", NULL },
	    { "GET https://fake.test/zones/example.com\n", 200, "{}", NULL },
	    { "POST https://fake.test/id-of-example.com/_acme-challenge.www\n", 200, "{}", NULL },
	    /* www.example.com and example.com are known, _acme-challenge.example.com is not */
	    { "GET https://fake.test/zones/_acme-challenge.example.com\n", 200, "{}", NULL },
	    { "POST https://fake.test/id-of-_acme-challenge.example.com/@\n", 200, "{}", NULL },
	    { "DELETE https://fake.test/id-of-example.com/_acme-challenge.www/v1\n", 404, "",
	        NULL });
	is_int(provider_add(p, mem, "_acme-challenge.WWW.example.com.", "v1"), 0,
	    "a zone two labels up");
	is_int(provider_add(p, mem, "_acme-challenge.example.com", "v2"), 0,
	    "the name is a zone itself");
	is_int(provider_rm(p, mem, "_acme-challenge.www.example.com", "v1"), 0,
	    "zones are asked for once");
	is_str(provider_zone(p, mem, "_acme-challenge.www.example.com"), "example.com",
	    "which one");
	ok(played(), "as expected");

	PLAY({ "zones/_a.example.net\n", 404, "", NULL }, { "zones/example.net\n", 404, "", NULL });
	is_int(provider_add(p, mem, "_a.example.net", "v"), -1,
	    "no zone; a top-level domain is not asked for");
	is_str(error_text(mem),
	    "Fake: zone lookup for _a.example.net: no zone of this account holds that name; "
	    "check that the domain is there and that the credentials may see it",
	    "its error");
	ok(played(), "as expected");

	PLAY({ "zones/_a.xn--bcher-kva.test\n", 200, "{}", NULL }, { "POST", 200, "{}", NULL });
	error_clear(mem);
	is_int(provider_add(p, mem, "_a.bücher.test", "v"), 0, "a Unicode name");
	ok(played(), "is asked for in ASCII");

	PLAY({ "zones/_b.example.com\n", 401, "", NULL },
	    { "zones/_b.example.com\n", 200, "{}", NULL }, { "POST", 200, "{}", NULL });
	is_int(provider_add(p, mem, "_b.example.com", "v"), -1, "a failure");
	error_clear(mem);
	is_int(provider_add(p, mem, "_b.example.com", "v"), 0, "is not kept");
	ok(played(), "as expected");
	provider_close(p);
}

/* The connection breaks after the request: was it carried out? */
static void doubts(void)
{
	static const struct {
		const char *name, *error;
		bool finds, removes;
		struct exchange script[6];
	} rows[] = {
		{ "it was", "", true, false,
		    { { NULL, 200, "{}", NULL }, { "POST", 0, NULL, NULL },
		        { "GET https://fake.test/find/v", 200, "{}", NULL } } },
		{ "it was not", "", true, false,
		    { { NULL, 200, "{}", NULL }, { "POST", 502, "", NULL },
		        { "find", 404, "", NULL }, { "POST", 200, "{}", NULL } } },
		{ "nobody can tell", "Fake: adding the TXT record _a.example.com: 500 oops", true,
		    false,
		    { { NULL, 200, "{}", NULL }, { "POST", 500, "{\"error\":\"oops\"}", NULL },
		        { "find", 403, "{}", NULL } } },
		{ "twice in vain", "Fake: adding the TXT record _a.example.com: 500 oops", true,
		    false,
		    { { NULL, 200, "{}", NULL }, { "POST", 500, "{\"error\":\"oops\"}", NULL },
		        { "find", 404, "{}", NULL }, { "POST", 0, NULL, NULL } } },
		{ "where adding twice does no harm", "", false, false,
		    { { NULL, 200, "{}", NULL }, { "POST", 0, NULL, NULL },
		        { "POST", 200, "{}", NULL } } },
		{ "removing twice does none", "", true, true,
		    { { NULL, 200, "{}", NULL }, { "DELETE", 503, "", "Retry-After: 9999" },
		        { "DELETE", 404, "", NULL } } },
		{ "a refusal is none", "Fake: adding the TXT record _a.example.com: 400 no", true,
		    false,
		    { { NULL, 200, "{}", NULL }, { "POST", 400, "{\"error\":\"no\"}", NULL } } },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct dns_driver d = driver;
		size_t n = 0;
		if (!rows[i].finds)
			d.find = NULL;
		struct provider *p = open_provider(&d);
		while (rows[i].script[n].asks || rows[i].script[n].status)
			n++;
		fake_begin(rows[i].script, n);
		const int code = rows[i].removes ? provider_rm(p, mem, "_a.example.com", "v")
		                                 : provider_add(p, mem, "_a.example.com", "v");
		ok(code == (*rows[i].error ? -1 : 0) && played(), rows[i].name);
		is_str(error_text(mem), rows[i].error, "its error");
		provider_close(p);
	}
}

static void without_zones(void)
{
	struct dns_driver d = driver;
	struct arena *fresh = arena_new();
	d.zone = NULL;
	d.no_zones = true;
	struct provider *p = open_provider(&d);
	PLAY({ "POST https://fake.test/-/_a.example.com\n", 200, "{}", NULL });
	provider_add(p, mem, "_a.example.com", "v");
	ok(played(), "a service without zones gets the whole name");
	provider_close(p);
	d.svc.gone = "the service has closed; use another one";
	p = provider_open(fresh, &d, &(struct api_ask){ 0 });
	PLAY({ NULL, 404, "{}", NULL });
	is_int(provider_add(p, fresh, "_a.example.com", "v"), -1, "a service that has closed");
	is_str(error_text(fresh),
	    "Fake: adding the TXT record _a.example.com: 404 not found; the service has closed; use another one",
	    "says so when it fails");
	provider_close(p);
	arena_drop(fresh);
}

static void names(void)
{
	static const struct {
		const char *name, *found, *profile, *says;
	} rows[] = {
		{ "dns_cf", "dns_cf", NULL, NULL },
		{ "dns_cf:work", "dns_cf", "work", NULL },
		{ "dns_cf:", "dns_cf", NULL, NULL },
		{ "dns_hetzner", NULL, NULL, "use dns_hetznercloud" },
		{ "dns_technitum", NULL, NULL, "use dns_technitium" },
		{ "dns_cloudflare", NULL, NULL, "did you mean dns_cf?" },
		{ "dns-digitalocean", NULL, NULL, "did you mean dns_dgon?" },
		{ "cf", NULL, NULL, "did you mean dns_cf?" },
		{ "route53", NULL, NULL, "did you mean dns_aws?" },
		{ "dns_duckdsn", NULL, NULL, "did you mean dns_duckdns?" },
		{ "dns_qqqqqqqqqqqq", NULL, NULL, "--dns-list" },
		{ "", NULL, NULL, "--dns-list" },
		{ "dns_", NULL, NULL, "--dns-list" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *profile;
		error_clear(mem);
		const struct dns_driver *d = plugin_find_dns(mem, rows[i].name, &profile);
		is_str(d ? d->svc.name : NULL, rows[i].found, rows[i].name);
		is_str(profile, rows[i].profile, "profile");
		ok(d || strstr(error_text(mem), rows[i].says),
		    rows[i].says ? rows[i].says : "found");
		if (!d && !strstr(error_text(mem), rows[i].says))
			printf("# %s\n", error_text(mem));
	}
	for (size_t i = 1; i < plugin_dns_count; i++)
		ok(strcmp(plugin_dns[i - 1]->svc.name, plugin_dns[i]->svc.name) < 0, "sorted");
	/* What every driver must have. */
	for (size_t i = 0; i < plugin_dns_count; i++) {
		const struct dns_driver *d = plugin_dns[i];
		const struct service *s = &d->svc;
		ok(text_starts(s->name, "dns_") && s->title && s->site && d->add && d->rm &&
		        !d->zone == d->no_zones,
		    s->name);
		for (const struct cred *c = s->creds; c->name; c++)
			ok(!text_empty(c->help), c->name);
	}
}

int main(void)
{
	mem = arena_new();
	arena_use(mem);
	zones();
	doubts();
	without_zones();
	names();
	arena_drop(mem);
	return done();
}
