/* Upgrades: version order, and what a kill at each step leaves. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "b64.h"
#include "buf.h"
#include "error.h"
#include "file.h"
#include "hash.h"
#include "key.h"
#include "pem.h"
#include "release.h"
#include "tap.h"

static struct arena *a;
static char dir[] = "/tmp/acme-release-XXXXXX";
static const char program[] = "#!/bin/sh\nprintf 'acme\\nv99.0.0\\n'\n";
static const char *sums;
static struct der signature;
static int steps, die_at;

static void test_compare(void)
{
	static const struct {
		const char *x, *y;
		int order;
	} rows[] = {
		{ "1.2.3", "1.2.3", 0 },
		{ "v1.2.3", "1.2.3", 0 },
		{ "1.2.9", "1.2.10", -1 },
		{ "1.10.0", "1.9.9", 1 },
		{ "2", "1.9", 1 },
		{ "1.0", "1.0.1", -1 },
		{ "1.0.0-rc1", "1.0.0", -1 },
		{ "1.0.0-rc1", "1.0.0-rc2", -1 },
		{ "1.0.1-rc1", "1.0.0", 1 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int got = release_compare(rows[i].x, rows[i].y);

		is_int((got > 0) - (got < 0), rows[i].order, rows[i].x);
		got = release_compare(rows[i].y, rows[i].x);
		is_int((got > 0) - (got < 0), -rows[i].order, rows[i].y);
	}
}

/* The release server. */
static int serve(struct http *h, struct arena *mem, const struct request *req, struct response *res)
{
	const char *slash = strrchr(req->url, '/');

	(void)h;
	*res = (struct response){ .status = 200, .url = req->url };
	if (strcmp(slash, "/SHA256SUMS") == 0) {
		res->body = arena_str(mem, sums);
		res->body_len = strlen(sums);
	} else if (strcmp(slash, "/SHA256SUMS.sig") == 0) {
		res->body = arena_dup(mem, signature.p, signature.n);
		res->body_len = signature.n;
	} else {
		res->body = arena_str(mem, program);
		res->body_len = strlen(program);
	}
	return 0;
}

static void make_release(void)
{
	struct key *k = key_make(a, "ec-256");
	struct pubkey pub;
	const char *pem;
	const char *hash = hash_hex(a, HASH_SHA256, program, strlen(program));

	sums = arena_fmt(a, "acme 99.0.0\n%s  acme-linux-x86_64\n%s  acme-linux-aarch64\n", hash,
	    hash);
	if (key_public(a, k, &pub) ||
	    key_sign_x509(a, k, der_bytes(sums, strlen(sums)), &signature))
		die("no key");
	pem = pem_text(a, "PUBLIC KEY", pub.spki);
	file_write(a, file_join(a, dir, "key.pem"), pem, strlen(pem), 0600, false);
	setenv("ACME_RELEASE_KEY", file_join(a, dir, "key.pem"), 1);
	setenv("ACME_RELEASE_URL", "https://releases.test", 1);
	key_close(k);
}

static void count_step(const char *what)
{
	(void)what;
	if (++steps == die_at)
		_exit(99);
}

/* Upgrades in a child that is killed at a step; the child's exit code. */
static int upgrade_killed_at(int at_step)
{
	struct home h = { .dir = dir };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		bool done;

		steps = 0;
		die_at = at_step;
		release_step = count_step;
		_exit(release_upgrade(a, NULL, &h, NULL, false, &done) ? 1 : !done);
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static void test_killed(void)
{
	const char *now = file_join(a, dir, "acme"), *old = "the old program";
	int code = 99, n;

	for (n = 1; code == 99 && n < 20; n++) {
		const char *content;
		bool whole;

		file_write(a, now, old, strlen(old), 0755, false);
		code = upgrade_killed_at(n);
		content = file_read(a, now, 1 << 20, NULL);
		whole = content && (strcmp(content, old) == 0 || strcmp(content, program) == 0);
		ok(whole, arena_fmt(a, "killed at step %d: the program is whole", n));
		if (code == 0)
			ok(strcmp(content, program) == 0, "at last the new one is in place");
	}
	is_int(code, 0, "without a kill it succeeds");
	ok(n > 5, "there were several steps");
	is_str(file_read(a, file_join(a, dir, "acme.old"), 1 << 20, NULL), old,
	    "the old one is kept");
}

int main(void)
{
	a = arena_new();
	if (!mkdtemp(dir))
		die("no folder");
	test_compare();
	http_transport = serve;
	make_release();
	test_killed();
	file_remove(a, file_join(a, dir, "acme"));
	file_remove(a, file_join(a, dir, "acme.old"));
	file_remove(a, file_join(a, dir, "acme.new"));
	file_remove(a, file_join(a, dir, "key.pem"));
	rmdir(dir);
	arena_drop(a);
	return done();
}
