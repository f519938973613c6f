/* INWX DomRobot, XML-RPC. A login gives a cookie; accounts with a second factor are unlocked by a
 * TOTP (RFC 6238): inwx.de/en/help/apidoc */
#include "../acme.h"

enum { PER_PAGE = 9999, PAGES_MAX = 100, KEY_MAX = 64, STEP = 30 };

static struct reply *call(struct api *a, const char *method, const cJSON *param)
{
	return api_xmlrpc(a, "/", method, param);
}

/* --- login ------------------------------------------------------------------------------------ */

/* RFC 4648 base32 as people copy it, with blanks and in small letters. The number of bytes. */
static size_t b32_decode(const char *s, unsigned char *out)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	unsigned bits = 0, held = 0;
	size_t n = 0;
	for (; *s && n < KEY_MAX; s++) {
		const char *p = strchr(digits, *s);
		if (!p)
			continue;
		bits = bits << 5 | (unsigned)(p - digits) % 32;
		held += 5;
		if (held >= 8) {
			held -= 8;
			out[n++] = (unsigned char)(bits >> held);
		}
	}
	return n;
}

static const char *totp(struct api *a, const char *secret_key)
{
	unsigned char key[KEY_MAX], counter[8], mac[HASH_MAX];
	const size_t n = b32_decode(secret_key, key);
	uint64_t steps = (uint64_t)clock_now() / STEP;
	for (size_t i = 8; i-- > 0; steps >>= 8)
		counter[i] = (unsigned char)steps;
	hash_hmac(HASH_SHA1, key, n, counter, sizeof counter, mac);
	wipe(key, sizeof key);
	const unsigned char *p = mac + (mac[hash_size(HASH_SHA1) - 1] & 15);
	const uint32_t code =
	    (uint32_t)(p[0] & 127) << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	return fmt(a, "%06u", (unsigned)(code % 1000000));
}

static int login(struct api *a)
{
	const struct reply *r = call(a, "account.login",
	    json(js("user", cred(a, "INWX_User")), js("pass", cred(a, "INWX_Password"))));
	const char *factor = r ? json_str(r->json, "resData/tfa") : NULL;
	if (!r || text_empty(factor) || text_is(factor, "0"))
		return ok(r);
	if (!cred(a, "INWX_Shared_Secret")) {
		fail(a, "the account wants a second factor (%s)",
		    text_safe(api_arena(a), factor, 40));
		return remedy(a, "set INWX_Shared_Secret");
	}
	api_step(a, "login with the second factor");
	return ok(call(a, "account.unlock",
	    json(js("tan", totp(a, cred(a, "INWX_Shared_Secret"))))));
}

/* --- zones and records ------------------------------------------------------------------------ */

/* The account's zones, a blank behind each. */
static const char *zones(struct api *a)
{
	struct buf names = buf_new(api_arena(a), 0);
	long long n = 0, before = -1, total = 1;
	if (api_kept(a, "zones"))
		return api_kept(a, "zones");
	for (int page = 1; page <= PAGES_MAX && n > before && n < total; page++) {
		const struct reply *r =
		    call(a, "nameserver.list", json(jn("pagelimit", PER_PAGE), jn("page", page)));
		if (!r)
			return NULL;
		const cJSON *z, *list = json_get(r->json, "resData/domains");
		before = n;
		cJSON_ArrayForEach(z, list) {
			if (json_str(z, "domain"))
				buf_fmt(&names, "%s ", json_str(z, "domain"));
			n++;
		}
		total = json_int(r->json, "resData/count", n);
	}
	api_keep(a, "zones", buf_text(&names));
	return api_kept(a, "zones");
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	const char *listed = zones(a);
	return listed ? strs_has(text_split(api_arena(a), listed, " "), name) : -1;
}

static int add(struct api *a, struct txt *t)
{
	return ok(call(a, "nameserver.createRecord",
	    json(js("domain", t->zone), js("type", "TXT"), js("name", t->sub),
	        js("content", t->value), jn("ttl", t->ttl))));
}

static int rm(struct api *a, struct txt *t)
{
	const struct reply *r =
	    call(a, "nameserver.info", json(js("domain", t->zone), js("type", "TXT")));
	const cJSON *list = r ? json_get(r->json, "resData/record") : NULL, *rec = NULL;
	while (r && (rec = find_txt(list, rec, t, "name", "content")))
		r = call(a, "nameserver.deleteRecord", json(jn("id", json_int(rec, "id", 0))));
	return ok(r);
}

const struct dns_driver dns_inwx = {
	.svc = {
		.name = "dns_inwx",
		.title = "INWX",
		.site = "inwx.de",
		.docs = "https://www.inwx.de/en/help/apidoc",
		.base = "https://api.domrobot.com/xmlrpc",
		.accept = "text/xml",
		.cookies = true,
		.fault = { .text = "msg|faultString", .code = "code|faultCode", .ok = "code",
			.ok_value = "1000|1001", .exists = "2302" },
		.creds = {
			{ "INWX_User", "user name", 0, 0, NULL, NULL },
			{ "INWX_Password", "password", SECRET, 0, NULL, NULL },
			{ "INWX_Shared_Secret", "TOTP secret, if the account has a second factor",
				SECRET | OPTIONAL, 0, NULL, NULL },
		},
		.login = login,
		.permissions = "the role DNS management",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.ttl = 300,
};
