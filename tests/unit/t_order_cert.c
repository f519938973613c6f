/* The end of an order against a scripted CA: finalization, certificate, revocation, and the requests that
 * all of it costs. */
#include "clock.h"
#include "fakeorder.h"
#include "tap.h"

/* Two self-signed certificates: all that a choice between chains looks at. */
static const char root_a[] = "-----BEGIN CERTIFICATE-----\n"
                             "MIIBejCCAR+gAwIBAgIUIm8q8vT3Lf0Zb1zWDD7d2M+qhFEwCgYIKoZIzj0EAwIw\n"
                             "ETEPMA0GA1UEAwwGUm9vdCBBMCAXDTI2MTEyMTIyMjEwNVoYDzIxMjYxMDI4MjIy\n"
                             "MTA1WjARMQ8wDQYDVQQDDAZSb290IEEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\n"
                             "AATEG3jVMdhn/0Otm9ipPEPRxYkNoW5cNyqfVohTOmGZUz6N0inSBdjqCr6KPNUg\n"
                             "lZDxCm35wA3RBKkdrOqyV5UEo1MwUTAdBgNVHQ4EFgQU+sSt++XFotSWEytAmCP8\n"
                             "tncUT7owHwYDVR0jBBgwFoAU+sSt++XFotSWEytAmCP8tncUT7owDwYDVR0TAQH/\n"
                             "BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAr9nmnnT8arWHZCa/caquELFNOlki\n"
                             "wIl8i0qEX1XN/bQCIQCvCpCBaLljqsQeHFdx7NdFYxXH+7Bv7kPhBDlXanDkbA==\n"
                             "-----END CERTIFICATE-----\n";
static const char root_b[] = "-----BEGIN CERTIFICATE-----\n"
                             "MIIBeTCCAR+gAwIBAgIUBKYbjg+1GZySk/bexcY8ulgqwJ8wCgYIKoZIzj0EAwIw\n"
                             "ETEPMA0GA1UEAwwGUm9vdCBCMCAXDTI2MTEyMTIyMjEwNVoYDzIxMjYxMDI4MjIy\n"
                             "MTA1WjARMQ8wDQYDVQQDDAZSb290IEIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\n"
                             "AASAh5pDke+Hs9VPJcwDpjMmCoBgdRFoPAbg/t2PIJqXIiLxjyt3Izuqv7ghoNBR\n"
                             "2YES2q+TD6r7sOxWoFzNtVTmo1MwUTAdBgNVHQ4EFgQUiFajjnRF4no9wfgidYXk\n"
                             "lbx9iRcwHwYDVR0jBBgwFoAUiFajjnRF4no9wfgidYXklbx9iRcwDwYDVR0TAQH/\n"
                             "BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiAniiKyrYrGYPBMqmBQE1U74LuxWNsa\n"
                             "jdwRwa5dFBmyJwIhAL9yqKMgRAQw5fGBFSUTZQMQJU3Q9KSwVPOgxVc6FUiQ\n"
                             "-----END CERTIFICATE-----\n";

#define FINALIZE "POST /finalize/1"
#define CERT "POST /cert/1"
#define LINKS \
	"Content-Type: application/pem-certificate-chain; charset=utf-8\n" \
	"Link: <" CA "/dir>;rel=\"index\"\nLink: <" CA "/cert/1/bad>;rel=\"alternate\", " \
	"<http://ca.test/cert>;rel=alternate\nLink: </cert/1/2>;rel=\"alternate\"\n"

static void finalizing(void)
{
	static const struct {
		const char *title;
		struct step script[4];
		const char *status, *told;
	} rows[] = {
		{ "valid at once",
		    { { FINALIZE, 200, NULL,
		        "{\"status\":\"valid\",\"certificate\":\"" CA "/cert/1\"}" } },
		    "valid", NULL },
		{ "processing, relative",
		    { { FINALIZE, 200, "Retry-After: 3\n",
		        "{\"status\":\"processing\",\"certificate\":\"/cert/1\"}" } },
		    "processing", NULL },
		{ "invalid",
		    { { FINALIZE, 200, NULL,
		        "{\"status\":\"invalid\",\"error\":{" TYPE(
		            "badCSR") ",\"detail\":\"x\"}}" } },
		    "invalid", "finalizing the order: x (badCSR)" },
		{ "too early",
		    { { FINALIZE, 403, NULL, "{" TYPE("orderNotReady") ",\"detail\":\"wait\"}" } },
		    "ready", "403 wait (orderNotReady)" },
		{ "reply lost, but it was heard",
		    { { FINALIZE, 0, NULL, NULL },
		        { ORDER, 200, NULL, "{\"status\":\"processing\"}" } },
		    "processing", NULL },
		{ "reply lost and not heard",
		    { { FINALIZE, 0, NULL, NULL }, { ORDER, 200, NULL, "{\"status\":\"ready\"}" },
		        { FINALIZE, 200, NULL, "{\"status\":\"processing\"}" } },
		    "processing", NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *a = fake_open(rows[i].script);
		struct order o = { .url = CA "/order/1",
			.status = "ready",
			.finalize = CA "/finalize/1" };
		is_int(order_finalize(&fake.wire, a, &o, der_bytes("\xff\xfe", 2)),
		    rows[i].told ? -1 : 0, rows[i].title);
		is_str(o.status, rows[i].status);
		ok(fake_played() && (!o.certificate || text_is(o.certificate, CA "/cert/1")));
		ok(!rows[i].told || strstr(error_text(a), rows[i].told), error_text(a));
		ok(strstr(rows[i].script[1].what ? "{\"csr\":\"__4\"}" : fake.payload,
		    "{\"csr\":\"__4\"}"));
		arena_drop(a);
	}
}

static const struct {
	const char *title, *preferred;
	struct step script[4];
	const char *issuer, *told;
} cert_rows[] = {
	{ "default", NULL, { { CERT, 200, LINKS, root_a } }, "Root A", NULL },
	{ "the default is the preferred one", "root a", { { CERT, 200, LINKS, root_a } }, "Root A",
	    NULL },
	{ "the third of the alternates", "ROOT B",
	    { { CERT, 200, LINKS, root_a }, { "POST /cert/1/bad", 200, NULL, "nothing" },
	        { "POST /cert/1/2", 200, NULL, root_b } },
	    "Root B", NULL },
	{ "none of the alternates", "Root C",
	    { { CERT, 200, LINKS, root_a }, { "POST /cert/1/bad", 404, NULL, NULL },
	        { "POST /cert/1/2", 200, NULL, root_b } },
	    "Root A", NULL },
	{ "no alternates", "Root C", { { CERT, 200, NULL, root_a } }, "Root A", NULL },
	{ "a page", NULL, { { CERT, 200, "Content-Type: text/html\n", "<html>" } }, NULL, "" },
	{ "empty", NULL, { { CERT, 200, NULL, "" } }, NULL, "empty certificate" },
	{ "cut", NULL, { { CERT, 200, LINKS, "-----BEGIN CERTIFICATE-----\nMIIB\n" } }, NULL, "" },
	{ "refused", NULL, { { CERT, 403, NULL, "{" TYPE("unauthorized") ",\"detail\":\"no\"}" } },
	    NULL, "403 no" },
};

static void certificates(void)
{
	for (size_t i = 0; i < sizeof cert_rows / sizeof *cert_rows; i++) {
		struct arena *a = fake_open(cert_rows[i].script);
		const struct order o = { .url = CA "/order/1",
			.status = "valid",
			.certificate = CA "/cert/1" };
		struct chain chain;
		const char *pem;
		is_int(order_download(&fake.wire, a, &o, cert_rows[i].preferred, &pem, &chain),
		    cert_rows[i].told ? -1 : 0, cert_rows[i].title);
		ok(fake_played());
		if (cert_rows[i].told) {
			ok(strstr(error_text(a), cert_rows[i].told) && failed(a), error_text(a));
		} else {
			is_str(chain_top_issuer(&chain), cert_rows[i].issuer);
			is_str(pem, strstr(cert_rows[i].issuer, "A") ? root_a : root_b,
			    "the chain as it was sent");
			ok(!failed(a));
		}
		arena_drop(a);
	}
	struct arena *a = fake_open(NULL);
	struct chain chain;
	const char *pem;
	is_int(order_download(&fake.wire, a, &(struct order){ .status = "valid" }, NULL, &pem,
	           &chain),
	    -1);
	ok(strstr(error_text(a), "did not tell the certificate's address"));
	arena_drop(a);
}

static void revocation(void)
{
#define REVOKE "POST /revoke"
	static const struct step script[] = { { REVOKE, 200, NULL, "" },
		{ REVOKE, 400, NULL, "{" TYPE("alreadyRevoked") ",\"detail\":\"again\"}" },
		{ REVOKE, 400, NULL, "{" TYPE("badRevocationReason") ",\"detail\":\"2\"}" },
		{ 0 } };
	struct arena *a = fake_open(script);
	const struct der cert = der_bytes("\xff\xfe", 2);
	int key = keeper_make(fake.keeper, a, "ec-384");
	bool already;

	ok(order_revoke(&fake.wire, a, cert, 4, 0, &already) == 0 && !already);
	is_str(fake.payload, "{\"certificate\":\"__4\",\"reason\":4}");
	ok(json_get(fake.head, "kid") && !json_get(fake.head, "jwk"), "by the account");
	ok(order_revoke(&fake.wire, a, cert, 1, key, &already) == 0 && already && !failed(a));
	ok(!json_get(fake.head, "kid"), "by the certificate's key");
	is_str(json_str(fake.head, "jwk/crv"), "P-384");
	is_int(order_revoke(&fake.wire, a, cert, 2, 0, &already), -1);
	ok(strstr(error_text(a), "400 2 (badRevocationReason)"));
	error_clear(a);
	fake.wire.dir.revoke_cert = NULL;
	is_int(order_revoke(&fake.wire, a, cert, 0, 0, &already), -1);
	ok(strstr(error_text(a), "no revokeCert") && fake_played());
	arena_drop(a);
}

/* A whole issuance by a known account: nine requests. */
static void budget(void)
{
	static const struct step script[] = {
		{ NEW, 201, AT,
		    "{\"status\":\"pending\",\"authorizations\":[\"" CA "/authz/1\"],"
		    "\"finalize\":\"" CA "/finalize/1\"}" },
		{ "POST /authz/1", 200, NULL,
		    AUTHZ("pending", ",\"challenges\":[" CHALLENGE("http-01", "t") "]") },
		{ "POST /c/http-01", 200, NULL, "{\"status\":\"processing\"}" },
		POLL("ready", LATER), { FINALIZE, 200, LATER, "{\"status\":\"processing\"}" },
		{ ORDER, 200, NULL, "{\"status\":\"valid\",\"certificate\":\"" CA "/cert/1\"}" },
		{ CERT, 200, LINKS, root_a }, { 0 }
	};
	struct arena *a = fake_open(script);
	const struct order_ask ask = { .names = names(a, "a.test") };
	int64_t begin = clock_ms(), end = begin + 10000;
	struct order o;
	struct authz z;
	struct chain chain;
	const char *pem;

	memset(&bell, 0, sizeof bell);
	bell.answers[0] = 1;
	is_int(order_new(&fake.wire, a, &ask, &o), 0);
	is_int(authz_read(&fake.wire, a, o.authz_urls.v[0], &z), 0);
	is_int(challenge_answer(&fake.wire, a, z.offers[0].url), 0);
	is_int(order_poll(&fake.wire, a, &o, "ready", end, ring, NULL), 0);
	is_int(order_finalize(&fake.wire, a, &o, der_bytes("x", 1)), 0);
	is_int(order_poll(&fake.wire, a, &o, "valid", end, NULL, NULL), 0);
	is_int(order_download(&fake.wire, a, &o, NULL, &pem, &chain), 0);
	is_int(fake.requests, 9, "nine requests");
	ok(fake_played() && clock_ms() - begin < 1500);
	arena_drop(a);
}

int main(void)
{
	fake_start();
	finalizing();
	certificates();
	revocation();
	budget();
	fake_stop();
	return done();
}
