/* Upgrading: fetch, verify, write beside, try it, rename over. Until the rename the old program is
 * whole; the one before stays as acme.old. */
#include "release.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "b64.h"
#include "buf.h"
#include "der.h"
#include "error.h"
#include "file.h"
#include "hash.h"
#include "key.h"
#include "log.h"
#include "pem.h"
#include "proc.h"
#include "text.h"

#define PROGRAM "acme"
#define SUMS_MAX (64 * 1024)
#define PROGRAM_MAX (32 * 1024 * 1024)
#define OID_ECDSA_SHA256 "1.2.840.10045.4.3.2"

#ifndef ACME_RELEASE_URL
#define ACME_RELEASE_URL ""
#endif
/* SubjectPublicKeyInfo in base64; the release's maker holds the private key. */
#ifndef ACME_RELEASE_KEY
#define ACME_RELEASE_KEY ""
#endif

void (*release_step)(const char *what);

static void step(const char *what)
{
	if (release_step)
		release_step(what);
}

const char *release_address(struct arena *a)
{
	const char *url = getenv("ACME_RELEASE_URL");

	if (text_empty(url))
		url = ACME_RELEASE_URL;
	if (!text_empty(url))
		return url;
	fail(a, "this build knows no address that releases come from");
	remedy(a,
	    "upgrade from a checkout: make && build/release/acme --install; or set ACME_RELEASE_URL");
	return NULL;
}

/* The key that releases are signed with. Who names another address by the environment may name
 * its key too (a file in PEM). */
static int release_key(struct arena *a, struct der *spki)
{
	const char *path = getenv("ACME_RELEASE_KEY");
	const char *text = ACME_RELEASE_KEY;
	unsigned char *bytes;
	size_t n;

	if (!text_empty(path)) {
		struct pem block = { 0 };
		const char *pem = file_read(a, path, SUMS_MAX, &n);

		if (!pem)
			return -1;
		while (!text_is(block.label, "PUBLIC KEY"))
			if (pem_next(a, &pem, &block) != 1)
				return fail(a, "%s holds no public key in PEM", path);
		*spki = block.der;
		return 0;
	}
	if (text_empty(text)) {
		fail(a, "this build knows no key that releases are signed with");
		return remedy(a, "upgrade from a checkout: make && build/release/acme --install");
	}
	bytes = b64_decode(a, text, &n);
	*spki = der_bytes(bytes, bytes ? n : 0);
	return bytes ? 0 : fail(a, "the key that was compiled in is damaged");
}

/* 1.2.10: numbers part by part; what follows a dash makes it come before the plain version. */
int release_compare(const char *x, const char *y)
{
	x += *x == 'v';
	y += *y == 'v';
	for (;;) {
		char *xe, *ye;
		long p = strtol(x, &xe, 10), q = strtol(y, &ye, 10);

		if (p != q)
			return p < q ? -1 : 1;
		if (*xe != '.' || *ye != '.') {
			if (*xe == '-' && *ye == '-')
				return strcmp(xe, ye);
			if (*xe == '-' || *ye == '-')
				return *xe == '-' ? -1 : 1;
			return (*xe == '.') - (*ye == '.');
		}
		x = xe + 1;
		y = ye + 1;
	}
}

static const char *fetch(struct arena *a, struct http *http, const char *url, size_t max, size_t *n)
{
	struct request req = { .method = "GET", .url = url, .max_body = max };
	struct response res;

	step(url);
	if (http_send(http, a, &req, &res))
		return NULL;
	if (res.status != 200)
		return fail_null(a, "%s: %d instead of the file", url, res.status);
	*n = res.body_len;
	return res.body;
}

/* SHA256SUMS of a release whose signature is right. */
static const char *signed_sums(struct arena *a, struct http *http, const char *base)
{
	struct der spki = { 0 }, signature, algorithm;
	size_t n = 0, m = 0;
	const char *sums, *sig;

	if (release_key(a, &spki) ||
	    !(sums = fetch(a, http, arena_fmt(a, "%s/SHA256SUMS", base), SUMS_MAX, &n)) ||
	    !(sig = fetch(a, http, arena_fmt(a, "%s/SHA256SUMS.sig", base), 1024, &m)))
		return NULL;
	signature = der_bytes(sig, m);
	algorithm = DER_SEQUENCE(a, der_oid(a, OID_ECDSA_SHA256));
	if (strlen(sums) != n ||
	    pubkey_verify(spki, algorithm, der_bytes(sums, n), signature) != 1) {
		fail(a, "%s/SHA256SUMS is not signed with the release key", base);
		remedy(a, "nothing was changed; do not trust that address");
		return NULL;
	}
	return sums;
}

/* acme-linux-x86_64: what is built for this machine. */
static const char *program_name(struct arena *a)
{
	struct utsname u;

	if (uname(&u))
		return NULL;
	return arena_fmt(a, "acme-%s-%s", text_lower(a, u.sysname), u.machine);
}

/* The hash that the signed list has for a file; NULL when it is not in the list. */
static const char *hash_of(struct arena *a, const char *sums, const char *name)
{
	struct strs lines = text_split(a, sums, "\n");

	for (size_t i = 0; i < lines.n; i++) {
		struct strs words = text_split(a, lines.v[i], " *");

		if (words.n == 2 && text_is(words.v[1], name))
			return words.v[0];
	}
	return NULL;
}

static const char *version_of(struct arena *a, const char *sums)
{
	struct strs lines = text_split(a, sums, "\n");
	struct strs words = lines.n ? text_split(a, lines.v[0], " ") : (struct strs){ 0 };

	return words.n == 2 && text_is(words.v[0], PROGRAM) ? words.v[1] : NULL;
}

/* The new program must start here and be the version that was signed. */
static int try_it(struct arena *a, const char *path, const char *version)
{
	struct proc p = { .argv = (const char *const[]){ path, "--version", NULL },
		.capture = true,
		.capture_err = true,
		.timeout_ms = 10 * 1000 };

	step("self-test");
	p.env = proc_environment(a);
	if (proc_run(a, &p))
		return -1;
	if (p.status || !strstr(p.out, arena_fmt(a, "v%s\n", version)))
		return fail(a, "the new program does not run here (exit code %d)", p.status);
	return 0;
}

/* Beside first, then by rename; a second name keeps the old program. */
static int put_in_place(struct arena *a, const char *dir, const void *bytes, size_t n,
    const char *version)
{
	const char *now = file_join(a, dir, PROGRAM), *old = file_join(a, dir, PROGRAM ".old");
	const char *new = file_join(a, dir, PROGRAM ".new"),
	           *keep = file_join(a, dir, ".acme.old.new");

	step("write");
	if (file_write(a, new, bytes, n, 0755, false) || try_it(a, new, version)) {
		unlink(new);
		return -1;
	}
	step("keep");
	if (file_exists(now)) {
		unlink(keep);
		if (link(now, keep) || rename(keep, old))
			return fail_errno(a, "keeping the old program as %s", old);
	}
	step("rename");
	return file_rename(a, new, now);
}

int release_upgrade(struct arena *a, struct http *http, const struct home *h, const char *tag,
    bool force, bool *done)
{
	const char *address = release_address(a), *name = program_name(a), *base, *sums, *version;
	const char *want, *bytes;
	size_t n;
	int order;

	*done = false;
	if (!address)
		return -1;
	base = arena_fmt(a, "%s/%s", address, text_empty(tag) ? "latest" : text_url_escape(a, tag));
	doing(a, "upgrade");
	if (!(sums = signed_sums(a, http, base)))
		return -1;
	if (!(version = version_of(a, sums)))
		return fail(a, "%s/SHA256SUMS does not begin with the version", base);
	order = release_compare(version, ACME_VERSION);
	if (order == 0 && !force) {
		info("Already up to date!");
		return 0;
	}
	if (order < 0 && !force) {
		fail(a, "%s has version %s, which is older than this one (%s)", base, version,
		    ACME_VERSION);
		return remedy(a,
		    "--force goes back to it; --upgrade --rollback to the one before the last upgrade");
	}
	if (!(want = hash_of(a, sums, name)))
		return fail(a, "release %s has no program for this machine (%s)", version, name);
	if (!(bytes = fetch(a, http, arena_fmt(a, "%s/%s", base, name), PROGRAM_MAX, &n)))
		return -1;
	if (!text_is_ci(hash_hex(a, HASH_SHA256, bytes, n), want))
		return fail(a, "%s/%s is not what was signed (its SHA-256 is another)", base, name);
	if (put_in_place(a, h->dir, bytes, n, version))
		return -1;
	*done = true;
	info("Upgraded from %s to %s. --upgrade --rollback goes back.", ACME_VERSION, version);
	return 0;
}

int release_rollback(struct arena *a, const struct home *h)
{
	const char *now = file_join(a, h->dir, PROGRAM),
	           *old = file_join(a, h->dir, PROGRAM ".old");

	if (!file_exists(old))
		return fail(a, "there is no program to go back to: %s is missing", old);
	if (file_rename(a, old, now))
		return -1;
	info("The program before the last upgrade is in place again.");
	return 0;
}
