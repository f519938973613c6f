/* AVM FRITZ!Box, as its web interface imports a certificate. The login answers a challenge, with
 * PBKDF2 since FRITZ!OS 7.24, with MD5 before: fritz.com, "AVM Technical Note - Session ID" */
#include "../acme.h"

enum { DIGEST = 32, SALT_MAX = 64, ROUNDS_MAX = 1000000, BLOCKED_MAX = 120 };

/* PBKDF2 with HMAC-SHA-256 (RFC 8018 5.2), its first block. */
static void pbkdf2(const void *password, size_t n, const void *salt, size_t salt_n,
    long long rounds, unsigned char out[DIGEST])
{
	unsigned char u[SALT_MAX + 4] = { 0 };
	size_t len = salt_n + 4;

	memcpy(u, salt, salt_n);
	u[salt_n + 3] = 1;
	memset(out, 0, DIGEST);
	for (; rounds > 0; rounds--) {
		hash_hmac(HASH_SHA256, password, n, u, len, u);
		len = DIGEST;
		for (size_t i = 0; i < DIGEST; i++)
			out[i] ^= u[i];
	}
}

/* The response to "2$rounds$salt$rounds$salt". */
static const char *strong_response(struct api *a, const char *challenge)
{
	struct strs parts = text_split(api_arena(a), challenge, "$");
	const char *password = cred(a, "DEPLOY_FRITZBOX_PASSWORD");
	unsigned char digest[DIGEST];
	const void *from = password;
	size_t n = strlen(password);

	if (parts.n != 5)
		return fail_null(a, "the challenge %s is not understood",
		    text_safe(api_arena(a), challenge, 100));
	for (size_t i = 1; i < 5; i += 2) {
		size_t salt_n = 0;
		const unsigned char *salt = hex_decode(api_arena(a), parts.v[i + 1], &salt_n);
		long long rounds;

		if (text_number(parts.v[i], 1, ROUNDS_MAX, &rounds) || !salt || salt_n > SALT_MAX)
			return fail_null(a, "the challenge %s is not understood",
			    text_safe(api_arena(a), challenge, 100));
		pbkdf2(from, n, salt, salt_n, rounds, digest);
		from = arena_dup(api_arena(a), digest, DIGEST);
		n = DIGEST;
	}
	return fmt(a, "%s$%s", parts.v[4], hex_encode(api_arena(a), digest, DIGEST));
}

/* MD5 over UTF-16LE, where what is not in Latin-1 is a dot. */
static const char *old_response(struct api *a, const char *challenge)
{
	struct buf wide = buf_new(api_arena(a), 0);
	const char *p = fmt(a, "%s-%s", challenge, cred(a, "DEPLOY_FRITZBOX_PASSWORD"));
	uint32_t c;

	for (size_t n; *p; p += n) {
		if (!(n = text_utf8(p, &c)))
			n = 1, c = (unsigned char)*p;
		buf_byte(&wide, c > 255 ? '.' : (int)c);
		buf_byte(&wide, 0);
	}
	return fmt(a, "%s-%s", challenge, hash_hex(api_arena(a), HASH_MD5, wide.data, wide.len));
}

/* After wrong passwords it takes none for a while. */
static int wait_blocked(struct api *a, const struct reply *r)
{
	const char *time = xml_str(r->xml, "BlockTime");
	long long seconds;

	if (text_number(time, 1, INT32_MAX, &seconds))
		return 0;
	return seconds > BLOCKED_MAX ? fail(a, "it takes no login for %lld s", seconds)
	                             : api_wait(a, (int)seconds * 1000);
}

static int log_in(struct api *a)
{
	const char *path = "/login_sid.lua?version=2", *response, *sid;
	const struct reply *r = api_get(a, path);
	const char *challenge = r ? reply_str(a, r, "Challenge") : NULL;

	if (!challenge || wait_blocked(a, r))
		return -1;
	response = text_starts(challenge, "2$") ? strong_response(a, challenge)
	                                        : old_response(a, challenge);
	if (!response)
		return -1;
	r = api_send(a,
	    &(struct api_request){ .method = "POST",
	        .url = path,
	        .type = API_FORM,
	        .confidential = true,
	        .body = form_text(a,
	            form("username", cred(a, "DEPLOY_FRITZBOX_USERNAME"), "response", response)) });
	if (!r || !(sid = reply_str(a, r, "SID")))
		return -1;
	if (strspn(sid, "0") == strlen(sid)) {
		fail(a, "it does not take this user name and password");
		return remedy(a, "check DEPLOY_FRITZBOX_USERNAME and DEPLOY_FRITZBOX_PASSWORD");
	}
	api_keep_secret(a, "sid", sid);
	return 0;
}

static int deploy(struct api *a, const struct deployment *d)
{
	const struct reply *r;

	api_step(a, "login");
	if (log_in(a))
		return -1;
	api_step(a, "import");
	r = api_multipart(a, "/cgi-bin/firmwarecfg",
	    (const struct part[]){ { .name = "sid", .value = api_kept(a, "sid") },
	        { .name = "BoxCertPassword", .value = "" },
	        { .name = "BoxCertImportFile",
	            .value = fmt(a, "%s%s", d->key, d->fullchain),
	            .filename = "BoxCert.pem" },
	        { 0 } });
	if (!r)
		return -1;
	/* "Import of the SSL certificate was successful", in the box's language. */
	return strstr(r->body, "SSL") ? 0 : reply_refused(a, r);
}

const struct deploy_hook deploy_fritzbox = {
	.svc = { .name = "fritzbox",
	    .title = "AVM FRITZ!Box",
	    .site = "fritz.com",
	    .docs = "https://fritz.com/service/schnittstellen/",
	    .base = "{DEPLOY_FRITZBOX_URL}",
	    .accept = "*/*",
	    .creds = { { "DEPLOY_FRITZBOX_URL", "its address, https://fritz.box", 0, 0, NULL,
	                   NULL },
	        { "DEPLOY_FRITZBOX_USERNAME", "user name", 0, 0, NULL, NULL },
	        { "DEPLOY_FRITZBOX_PASSWORD", "password", SECRET, 0, NULL, NULL },
	        { "DEPLOY_FRITZBOX_INSECURE", "1: accept whatever certificate it has", OPTIONAL, 0,
	            NULL, NULL } },
	    .unverified = "DEPLOY_FRITZBOX_INSECURE",
	    .permissions = "FRITZ!Box settings" },
	.deploy = deploy,
};
