/* Accounts against a scripted CA: registration, binding, update, rollover, deactivation. */
#include <stdio.h>

#include "account.h"
#include "fakeca.h"
#include "hash.h"
#include "tap.h"

#define ACCOUNT "Location: " CA "/account/7\n"
#define NEW "POST /new-account"
#define EAB_REQUIRED "{" DIRECTORY_URLS ",\"meta\":{\"externalAccountRequired\":true}}"

static int contact(const char *text)
{
	return text_is(json_str(json_parse(fake.mem, fake.payload, strlen(fake.payload)),
	                   "contact/0"),
	    text);
}

static const struct {
	const char *name;
	bool only_existing;
	struct step reply;
	bool created;
	const char *told; /* NULL: success */
	const char *payload;
} registrations[] = {
	{ "new", false, { NEW, 201, ACCOUNT, "{\"status\":\"valid\"}" }, true, NULL,
	    "{\"termsOfServiceAgreed\":true}" },
	{ "there already", false, { NEW, 200, ACCOUNT, "{\"status\":\"valid\",\"x\":[]}" }, false,
	    NULL, "{\"termsOfServiceAgreed\":true}" },
	{ "looked for", true, { NEW, 200, ACCOUNT, "{\"status\":\"valid\"}" }, false, NULL,
	    "{\"termsOfServiceAgreed\":true,\"onlyReturnExisting\":true}" },
	{ "relative Location", false, { NEW, 201, "Location: /account/7\n", "{}" }, true, NULL,
	    "{\"termsOfServiceAgreed\":true}" },
	{ "not there", true,
	    { NEW, 400, NULL, "{" TYPE("accountDoesNotExist") ",\"detail\":\"no\"}" }, false,
	    "400 no", NULL },
	{ "no Location", false, { NEW, 201, NULL, "{\"status\":\"valid\"}" }, false, "no Location",
	    NULL },
	{ "http Location", false,
	    { NEW, 201, "Location: http://ca.test/1\n", "{\"status\":\"valid\"}" }, false,
	    "without it", NULL },
	{ "deactivated", false, { NEW, 200, ACCOUNT, "{\"status\":\"deactivated\"}" }, false,
	    "the account " CA "/account/7 is deactivated", NULL },
	{ "no JSON", false, { NEW, 200, ACCOUNT, "<html>" }, false, "not a JSON object", NULL },
	{ "terms, new type", false,
	    { NEW, 403, "Link: <" CA "/terms>;rel=\"terms-of-service\"\n",
	        "{" TYPE("userActionRequired") ",\"detail\":\"agree\"}" },
	    false, "agreed to: " CA "/terms", NULL },
	{ "terms, old type", false,
	    { NEW, 403, "Link: <" CA "/terms>;rel=\"terms-of-service\"\n",
	        "{" TYPE("agreementRequired") ",\"detail\":\"agree\"}" },
	    false, "agreed to: " CA "/terms", NULL },
	{ "terms, by instance", false,
	    { NEW, 403, "Link: <" CA "/terms>;rel=\"terms-of-service\"\n",
	        "{" TYPE("userActionRequired") ",\"detail\":\"agree\",\"instance\":\"" CA
	                                       "/v2\"}" },
	    false, "visit " CA "/v2", NULL },
};

static void registration(void)
{
	for (size_t i = 0; i < sizeof registrations / sizeof *registrations; i++) {
		struct step script[2] = { registrations[i].reply };
		struct arena *a = fake_open(script);
		struct account account;
		fake.wire.kid = NULL;
		int r = account_register(&fake.wire, a,
		    &(struct account_ask){ .only_existing = registrations[i].only_existing },
		    &account);
		is_int(r, registrations[i].told ? -1 : 0, registrations[i].name);
		ok(fake_played() && json_get(fake.head, "jwk") && !json_get(fake.head, "kid"));
		if (registrations[i].told) {
			ok(strstr(error_text(a), registrations[i].told), registrations[i].told);
		} else {
			is_str(fake.payload, registrations[i].payload);
			is_int(account.created, registrations[i].created, "created");
			is_str(account.url, CA "/account/7");
			is_str(fake.wire.kid, CA "/account/7");
			is_str(account.status, "valid");
			is_int((long long)strlen(account.thumbprint), 43, "the thumbprint");
		}
		arena_drop(a);
	}
}

static void contacts(void)
{
	static const struct step script[] = { { NEW, 201, ACCOUNT,
		                                  "{\"status\":\"valid\",\n \"k\": 1}" },
		{ "POST /account/7", 200, NULL, "{\"status\":\"valid\"}" },
		{ "POST /account/7", 200, NULL, "{\"status\":\"valid\"}" },
		{ "POST /account/7", 400, NULL,
		    "{" TYPE("invalidContact") ",\"detail\":\"no MX\"}" },
		{ 0 } };
	struct arena *a = fake_open(script);
	struct account_ask ask = { 0 };
	struct account account;

	strs_add(a, &ask.contacts, "me@a.test");
	strs_add(a, &ask.contacts, "mailto:you@b.test");
	is_int(account_register(&fake.wire, a, &ask, &account), 0);
	is_str(fake.payload,
	    "{\"termsOfServiceAgreed\":true,\"contact\":[\"mailto:me@a.test\","
	    "\"mailto:you@b.test\"]}");
	is_str(account.json, "{\"status\":\"valid\",\"k\":1}", "the reply in one line");
	is_int(account_update(&fake.wire, a, ask.contacts, &account), 0);
	ok(contact("mailto:me@a.test") && text_is(account.url, CA "/account/7"));
	is_int(account_update(&fake.wire, a, (struct strs){ 0 }, &account), 0);
	is_str(fake.payload, "{\"contact\":[]}");
	is_int(account_update(&fake.wire, a, ask.contacts, &account), -1);
	ok(arena_error(a)->input && fake_played());
	arena_drop(a);
}

/* The signature is recomputed here from what was sent. */
static void binding(void)
{
	static const struct {
		const char *alg, *secret;
		enum hash hash;
	} rows[] = {
		{ NULL, "c2VjcmV0LWtleQ", HASH_SHA256 },
		{ "HS256", "c2VjcmV0LWtleQ==", HASH_SHA256 },
		{ "HS384", "c2VjcmV0LWtleQ", HASH_SHA384 },
		{ "HS512", "c2VjcmV0LWtleQ", HASH_SHA512 },
	};
	static const struct step script[] = { { NEW, 201, ACCOUNT, "{\"status\":\"valid\"}" },
		{ 0 } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *a = fake_open(script);
		struct account account;
		const struct account_ask ask = { .eab_kid = "kid-1",
			.eab_secret = rows[i].secret,
			.eab_alg = rows[i].alg };
		is_int(account_register(&fake.wire, a, &ask, &account), 0, rows[i].secret);
		const cJSON *j = json_parse(a, fake.payload, strlen(fake.payload));
		const cJSON *eab = json_get(j, "externalAccountBinding");
		const char *head = fake_decode(eab, "protected");
		const cJSON *h = json_parse(a, head ? head : "", head ? strlen(head) : 0);
		const char *jwk = fake_decode(eab, "payload");
		is_str(json_str(h, "alg"), rows[i].alg ? rows[i].alg : "HS256");
		is_str(json_str(h, "kid"), "kid-1");
		is_str(json_str(h, "url"), CA "/new-account");
		ok(!json_get(h, "nonce") && jwk &&
		    text_is(json_str(json_parse(a, jwk, strlen(jwk)), "x"),
		        json_str(fake.head, "jwk/x")));
		const char *text =
		    fmt(a, "%s.%s", json_str(eab, "protected"), json_str(eab, "payload"));
		unsigned char mac[HASH_MAX];
		hash_hmac(rows[i].hash, "secret-key", 10, text, strlen(text), mac);
		is_str(json_str(eab, "signature"), b64url_encode(a, mac, hash_size(rows[i].hash)));
		arena_drop(a);
	}
}

static void binding_trouble(void)
{
	static const struct step none[] = { { NEW, 400, NULL, "{" TYPE("accountDoesNotExist") "}" },
		{ 0 } };
	static const struct step there[] = { { NEW, 200, ACCOUNT, "{\"status\":\"valid\"}" },
		{ 0 } };
	static const struct step asked[] = {
		{ NEW, 403, NULL, "{" TYPE("externalAccountRequired") "}" }, { 0 }
	};
	static const struct step again[] = {
		{ NEW, 400, NULL, "{" TYPE("malformed") ",\"detail\":\"not awaiting\"}" },
		{ NEW, 200, ACCOUNT, "{\"status\":\"valid\"}" }, { 0 }
	};
	static const struct step wrong[] = { { NEW, 400, NULL,
		                                 "{" TYPE("malformed") ",\"detail\":\"bad MAC\"}" },
		{ NEW, 400, NULL, "{" TYPE("accountDoesNotExist") "}" }, { 0 } };
	static const struct {
		const char *name, *directory, *kid, *secret, *alg;
		const struct step *script;
		const char *told;
	} rows[] = {
		{ "wanted, not given", EAB_REQUIRED, NULL, NULL, NULL, none,
		    "bound to a customer of its own (externalAccountRequired); give --eab-kid and --eab-hmac-key" },
		{ "wanted, but there already", EAB_REQUIRED, NULL, NULL, NULL, there, NULL },
		{ "wanted without notice", NULL, NULL, NULL, NULL, asked, "give --eab-kid" },
		{ "bound already", EAB_REQUIRED, "k", "c2VjcmV0", NULL, again, NULL },
		{ "wrong secret", EAB_REQUIRED, "k", "c2VjcmV0", NULL, wrong, "400 bad MAC" },
		{ "no base64", NULL, "k", "!", NULL, NULL, "base64" },
		{ "no secret", NULL, "k", NULL, NULL, NULL, "--eab-hmac-key" },
		{ "odd algorithm", NULL, "k", "c2VjcmV0", "none", NULL, "HS256" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		fake.directory = rows[i].directory;
		struct arena *a = fake_open(rows[i].script);
		struct account account;
		const struct account_ask ask = { .eab_kid = rows[i].kid,
			.eab_secret = rows[i].secret,
			.eab_alg = rows[i].alg };
		is_int(account_register(&fake.wire, a, &ask, &account), rows[i].told ? -1 : 0,
		    rows[i].name);
		ok(fake_played() && (!rows[i].told || strstr(error_text(a), rows[i].told)),
		    error_text(a));
		arena_drop(a);
	}
	fake.directory = NULL;
}

static void rollover(void)
{
	static const struct step script[] = { { "POST /key-change", 409,
		                                  "Location: " CA "/account/9\n",
		                                  "{" TYPE("malformed") ",\"detail\":\"in use\"}" },
		{ "POST /key-change", 200, NULL, "" }, { 0 } };
	struct arena *a = fake_open(script);
	int old = fake.wire.key, key = keeper_make(fake.keeper, a, "ec-384");

	is_int(account_rollover(&fake.wire, a, key), -1);
	ok(strstr(error_text(a), "belongs to the account " CA "/account/9"), "a key that is taken");
	is_int(fake.wire.key, old, "the old key stays");
	error_clear(a);
	is_int(account_rollover(&fake.wire, a, key), 0);
	is_int(fake.wire.key, key);
	is_str(json_str(fake.head, "kid"), CA "/account/1",
	    "the outer one is signed by the account");
	is_str(json_str(fake.head, "alg"), "ES256");
	const cJSON *inner = json_parse(a, fake.payload, strlen(fake.payload));
	const char *head = fake_decode(inner, "protected"), *body = fake_decode(inner, "payload");
	const cJSON *h = json_parse(a, head, strlen(head)), *b = json_parse(a, body, strlen(body));
	is_str(json_str(h, "alg"), "ES384", "the inner one by the new key");
	ok(json_get(h, "jwk/x") && !json_get(h, "nonce") &&
	    text_is(json_str(h, "url"), CA "/key-change"));
	is_str(json_str(b, "account"), CA "/account/1");
	is_str(json_str(b, "oldKey/crv"), "P-256");
	fake.wire.key = old;
	fake.wire.dir.key_change = NULL;
	is_int(account_rollover(&fake.wire, a, key), -1);
	ok(strstr(error_text(a), "no keyChange") && fake_played());
	arena_drop(a);
}

static void deactivation(void)
{
	static const struct step script[] = { { "POST /account/1", 200, NULL, "{}" }, { 0 } };
	struct arena *a = fake_open(script);

	is_int(account_deactivate(&fake.wire, a), 0);
	is_str(fake.payload, "{\"status\":\"deactivated\"}");
	ok(fake_played());
	arena_drop(a);
}

static void zerossl(void)
{
#define EAB_AT "POST https://api.zerossl.com/acme/eab-credentials-email"
	static const struct {
		struct step reply;
		const char *told;
	} rows[] = {
		{ { EAB_AT, 200, NULL,
		      "{\"success\":1,\"eab_kid\":\"K\",\"eab_hmac_key\":\"c2VjcmV0\"}" },
		    NULL },
		{ { EAB_AT, 200, NULL,
		      "{\"success\":false,\"error\":{\"code\":2900,\"type\":\"bad_email\"}}" },
		    "ZeroSSL.com: fetching binding credentials for a+b@c.test: 200 bad_email (code 2900)" },
		{ { EAB_AT, 200, NULL, "{\"success\":1,\"eab_kid\":\"K\"}" }, "no credentials" },
		{ { EAB_AT, 200, NULL, "" }, "no credentials" },
		{ { EAB_AT, 503, NULL, "<title>down</title>" }, "503 down" },
		{ { EAB_AT, 0, NULL, NULL }, "the connection failed" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct step script[2] = { rows[i].reply };
		struct arena *a = fake_open(script);
		const char *kid, *key;
		int r = account_zerossl_eab(fake.http, a, "a+b@c.test", &kid, &key);
		is_int(r, rows[i].told ? -1 : 0, rows[i].told);
		ok(rows[i].told ? strstr(error_text(a), rows[i].told) != NULL
		                : text_is(kid, "K") && text_is(key, "c2VjcmV0"),
		    error_text(a));
		is_str(fake.body, "email=a%2Bb%40c.test");
		arena_drop(a);
	}
}

int main(void)
{
	fake_start();
	registration();
	contacts();
	binding();
	binding_trouble();
	rollover();
	deactivation();
	zerossl();
	fake_stop();
	return done();
}
