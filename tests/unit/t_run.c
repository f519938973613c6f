/* run.c: which CA is meant, and the account at it: made once, remembered, found again, never mixed
 * up with another CA's. Against a scripted CA. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ca.h"
#include "fakeca.h"
#include "hash.h"
#include "homes.h"
#include "log.h"
#include "run.h"

#include "tap.h"

#define OTHER_PORT CA ":15000"
#define VALID "{\"status\":\"valid\"}"
#define CREATED(n) \
	{ \
		"POST /new-account", 201, "Location: " CA "/account/" n "\n", VALID \
	}
#define FOUND(n) \
	{ \
		"POST /new-account", 200, "Location: " CA "/account/" n "\n", VALID \
	}

static struct arena *a;
static const char *dir;

/* A run in the home, with a script for the CA. */
static struct run begin(const struct step *script)
{
	struct run r = { .mem = arena_new(), .home = open_home(a, dir) };
	fake.script = script;
	fake.bad = NULL;
	fake.requests = fake.fetched = 0;
	fake.log = buf_new(fake.mem, 0);
	return r;
}

static void end(struct run *r)
{
	run_close(r);
	arena_drop(r->mem);
}

static struct conf *ca_conf(void)
{
	return conf_load(a, file_join(a, dir, "ca/ca.test/directory/ca.conf"));
}

static const char *key_path(void)
{
	return file_join(a, dir, "ca/ca.test/directory/account.key");
}

static void test_directory(void)
{
	static const struct {
		const char *server, *env, *configured, *account_conf, *want;
		bool staging, ecc;
	} rows[] = {
		{ NULL, NULL, NULL, NULL, CA_DEFAULT, false, false },
		{ NULL, NULL, NULL, "https://x.test/d", "https://x.test/d", false, false },
		{ NULL, NULL, NULL, "zerossl", "https://acme.zerossl.com/v2/DV90", false, false },
		{ NULL, NULL, "https://y.test/d", "https://x.test/d", "https://y.test/d", false,
		    false },
		{ NULL, NULL, "https://y.test/d", NULL, CA_STAGING, true, false },
		{ NULL, "https://e.test/d", "https://y.test/d", NULL, "https://e.test/d", true,
		    false },
		{ "letsencrypt", "https://e.test/d", "https://y.test/d", NULL, CA_DEFAULT, true,
		    false },
		{ "sslcom", NULL, NULL, NULL, "https://acme.ssl.com/sslcom-dv-rsa", false, false },
		{ "SSL.com", NULL, NULL, NULL, "https://acme.ssl.com/sslcom-dv-ecc", false, true },
		{ NULL, NULL, "https://acme-v01.api.letsencrypt.org/directory", NULL, CA_DEFAULT,
		    false, false },
		{ NULL, NULL, "", "", CA_DEFAULT, false, false },
		{ "nonsense", NULL, NULL, NULL, NULL, false, false },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct run r = begin(NULL);
		setenv("ACME_DIRECTORY", rows[i].env ? rows[i].env : "", 1);
		r.set.server = rows[i].server;
		r.set.staging = rows[i].staging;
		conf_set(r.home.conf, "DEFAULT_ACME_SERVER", rows[i].account_conf);
		is_str(run_directory(&r, a, rows[i].configured, rows[i].ecc), rows[i].want);
		end(&r);
	}
	ok(failed(a));
	error_clear(a);
	struct run r = begin(NULL);
	setenv("STAGE", "1", 1);
	is_str(run_directory(&r, a, NULL, false), CA_STAGING, "STAGE");
	unsetenv("STAGE");
	unsetenv("ACME_DIRECTORY");
	end(&r);
}

static void test_first(void)
{
	static const struct step script[] = { CREATED("1"), { 0 } };
	struct run r = begin(script);
	struct stat st;

	r.set.email = "me@example.com";
	ok(run_wire(&r, a, CA "/directory", false) == 0, "a conversation without an account");
	ok(!r.wire.kid && r.wire.key < 0 && !file_exists(key_path()), "leaves nothing behind");
	ok(run_wire(&r, a, CA "/directory", true) == 0 && fake_played(),
	    "with one it is registered");
	is_str(r.wire.kid, CA "/account/1");
	is_str(buf_text(&fake.log), "GET /directory\nPOST /new-account\n", "in three requests");
	ok(strstr(fake.payload, "mailto:me@example.com") != NULL);
	ok(stat(key_path(), &st) == 0 && (st.st_mode & 0777) == 0600);
	ok(stat(r.ca->json, &st) == 0 && (st.st_mode & 0777) == 0600);

	unsigned char digest[HASH_MAX];
	const char *key = content(a, key_path());
	hash_bytes(HASH_SHA256, key, strlen(key), digest);
	ok(text_starts(key, "-----BEGIN EC PRIVATE KEY-----"));
	is_str(content(a, conf_path(r.ca->conf)),
	    arena_fmt(a,
	        "CA_EMAIL='me@example.com'\nACCOUNT_URL='" CA "/account/1'\nCA_KEY_HASH='%s'\n"
	        "Acme_Directory='" CA "/directory'\n",
	        b64_encode(a, digest, 32)),
	    "ca.conf as acme.sh has it");
	ok(run_wire(&r, a, CA "/directory", true) == 0 && fake.requests == 3, "it is open already");
	end(&r);
}

/* What is changed after test_first, and whether the CA is asked for the account. */
static void test_again(void)
{
	static const struct {
		const char *name, *key, *value;
		bool asked;
	} rows[] = {
		{ "known", NULL, NULL, false },
		{ "acme.sh has no Acme_Directory", "Acme_Directory", NULL, false },
		{ "no account URL", "ACCOUNT_URL", NULL, true },
		{ "an empty one", "ACCOUNT_URL", "", true },
		{ "the key was replaced", "CA_KEY_HASH", "x", true },
		{ "another directory in the same folder", "Acme_Directory", OTHER_PORT "/directory",
		    true },
	};
	static const struct step script[] = { FOUND("2"), { 0 } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct conf *c = ca_conf();
		const char *before = content(a, conf_path(c)), *key = content(a, key_path());
		if (rows[i].key)
			conf_set(c, rows[i].key, rows[i].value);
		ok(conf_save(c) == 0);
		struct run r = begin(rows[i].asked ? script : NULL);
		ok(run_wire(&r, a, CA "/directory", true) == 0 && fake_played(), rows[i].name);
		is_int(fake.requests, rows[i].asked ? 3 : 1);
		is_str(r.wire.kid, rows[i].asked ? CA "/account/2" : CA "/account/1");
		is_str(content(a, key_path()), key, "the key stays");
		end(&r);
		write_text(a, conf_path(c), before);
	}
}

/* Another run registers while this one is on its way. */
static void test_meanwhile(void)
{
	const char *conf = content(a, conf_path(ca_conf())), *key = content(a, key_path());
	file_remove(a, conf_path(ca_conf()));
	file_remove(a, key_path());
	struct run r = begin(NULL);
	ok(run_wire(&r, a, CA "/directory", false) == 0 && !r.wire.kid);
	write_text(a, conf_path(r.ca->conf), conf);
	write_text(a, key_path(), key);
	ok(run_wire(&r, a, CA "/directory", true) == 0 && fake.requests == 1,
	    "is waited for and used");
	is_str(r.wire.kid, CA "/account/1");
	end(&r);
}

/* acme.sh's ca.conf, and a CA of the same host and path on another port. */
static void test_ports(void)
{
	static const struct step script[] = {
		{ "GET :15000/directory", 200, NULL, "{" DIRECTORY_URLS "}" }, FOUND("9"), { 0 }
	};
	struct conf *c = ca_conf();
	const char *before = content(a, conf_path(c));
	conf_set(c, "Acme_Directory", NULL);
	ok(conf_save(c) == 0);
	struct run r = begin(script);
	ok(run_wire(&r, a, OTHER_PORT "/directory", true) == 0 && fake_played());
	is_str(r.wire.kid, CA "/account/9", "the account of another port is not used");
	end(&r);
	is_str(conf_get(ca_conf(), "Acme_Directory"), OTHER_PORT "/directory");
	write_text(a, conf_path(c), before);
}

static void test_register(void)
{
	static const struct step script[] = { FOUND("1"), { 0 } };
	struct run r = begin(script);
	ok(run_wire(&r, a, CA "/directory", true) == 0 && r.wire.kid);
	ok(run_register(&r, a) == 0 && fake_played(), "an account that the CA may have forgotten");
	is_str(r.wire.kid, CA "/account/1");
	end(&r);
}

static void test_eab(void)
{
	static const struct step script[] = { CREATED("3"), { 0 } };
	struct run r = begin(script);
	struct conf *c = ca_conf();

	r.set.eab_kid = "kid-1";
	ok(run_wire(&r, a, CA "/directory", false) == 0 && run_register(&r, a) < 0);
	ok(strstr(error_text(a), "--eab-hmac-key") && arena_error(a)->input, "half an EAB");
	error_clear(a);
	r.set.eab_secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQ";
	ok(run_register(&r, a) == 0 && fake_played());
	ok(strstr(fake.payload, "externalAccountBinding") != NULL);
	end(&r);
	c = ca_conf();
	is_str(conf_get(c, "CA_EAB_KEY_ID"), "kid-1", "is kept");
	is_str(conf_get(c, "CA_EAB_HMAC_KEY"), "c2VjcmV0LXNlY3JldC1zZWNyZXQ");

	r = begin(script);
	ok(run_wire(&r, a, CA "/directory", false) == 0 && run_register(&r, a) == 0 &&
	    fake_played());
	ok(strstr(fake.payload, "externalAccountBinding") != NULL, "and used again");
	end(&r);
}

#define ZERO "https://acme.zerossl.com/v2/DV90"
#define NO_ACCOUNT \
	{ "GET " ZERO, 200, NULL, \
		"{" DIRECTORY_URLS ",\"meta\":{\"externalAccountRequired\":true}}" }, \
	{ \
		"POST /new-account", 400, PROBLEM, "{" TYPE("accountDoesNotExist") "}" \
	}

/* ZeroSSL gives EAB credentials for an e-mail address. */
static void test_zerossl(void)
{
	static const struct step none[] = { NO_ACCOUNT, { 0 } };
	static const struct step script[] = { NO_ACCOUNT,
		{ "POST https://api.zerossl.com/acme/eab-credentials-email", 200, NULL,
		    "{\"success\":true,\"eab_kid\":\"zk\",\"eab_hmac_key\":\"c2VjcmV0LXNlY3JldA\"}" },
		CREATED("4"), { 0 } };
	struct run r = begin(none);
	ok(run_wire(&r, a, ZERO, true) < 0 && fake_played(), "no e-mail address");
	ok(strstr(error_text(a), "-m") != NULL, error_text(a));
	error_clear(a);
	end(&r);

	r = begin(script);
	r.set.email = "me@example.com";
	ok(run_wire(&r, a, ZERO, true) == 0 && fake_played(), "with one");
	is_str(conf_get(r.ca->conf, "CA_EAB_KEY_ID"), "zk");
	is_str(conf_get(r.ca->conf, "CA_EMAIL"), "me@example.com");
	end(&r);
}

static void test_trouble(void)
{
	static const struct step down[] = { { "GET /directory", 404, NULL, "" },
		{ "GET /directory", 404, NULL, "" }, { 0 } };
	static const struct step refused[] = {
		{ "POST /new-account", 403, PROBLEM, "{" TYPE("unauthorized") "}" }, { 0 }
	};
	struct run r = begin(down);
	ok(run_wire(&r, a, CA "/directory", true) < 0);
	const char *text = error_text(a);
	const int asked = fake.requests;
	error_clear(a);
	ok(run_wire(&r, a, CA "/directory", true) < 0 && fake.requests == asked,
	    "a CA that is down is not asked for each certificate");
	is_str(error_text(a), text, "but told");
	error_clear(a);
	end(&r);

	write_text(a, key_path(), "damaged");
	r = begin(NULL);
	ok(run_wire(&r, a, CA "/directory", true) < 0 && strstr(error_text(a), "account.key"),
	    error_text(a));
	is_str(content(a, key_path()), "damaged", "a key that cannot be read is not written over");
	error_clear(a);
	end(&r);

	file_remove(a, key_path());
	const char *before = content(a, conf_path(ca_conf()));
	r = begin(refused);
	r.set.account_keylength = "2048";
	ok(run_wire(&r, a, CA "/directory", true) < 0 && fake_played(), "refused");
	error_clear(a);
	ok(text_starts(content(a, key_path()), "-----BEGIN RSA PRIVATE KEY-----"), "-ak 2048");
	is_str(content(a, conf_path(ca_conf())), before, "ca.conf is as before");
	end(&r);
}

int main(void)
{
	log_setup(&(struct log_settings){ .quiet = true });
	a = arena_new();
	fake.mem = arena_new();
	http_transport = fake_send;
	dir = new_folder(a);
	unsetenv("ACCOUNT_EMAIL");
	unsetenv("CA_EMAIL");
	unsetenv("CA_BUNDLE");
	test_directory();
	test_first();
	test_again();
	test_meanwhile();
	test_ports();
	test_register();
	test_eab();
	test_zerossl();
	test_trouble();
	drop_folder(a, dir);
	arena_drop(fake.mem);
	arena_drop(a);
	return done();
}
