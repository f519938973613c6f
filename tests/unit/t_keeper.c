/* keeper: the requests against a real second process, its failures, and what may not happen: a
 * keeper that survives its socket or dies of Ctrl-C. */
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "b64.h"
#include "cert.h"
#include "crypto_fixtures.h"
#include "error.h"
#include "file.h"
#include "hash.h"
#include "keeper.h"
#include "keeper_msg.h"
#include "tap.h"

static struct arena *a;
static struct keeper *k;
static char dir[] = "/tmp/t_keeper.XXXXXX";

static char *path(const char *name)
{
	return file_join(a, dir, name);
}

static void put(const char *name, const char *text)
{
	file_write(a, path(name), text, strlen(text), 0600, false);
}

static const char *contents(const char *name)
{
	return file_read(a, path(name), 1 << 16, NULL);
}

static mode_t mode_of(const char *name)
{
	struct stat st;
	return stat(path(name), &st) == 0 ? st.st_mode & 0777 : 0;
}

static void test_make(void)
{
	struct pubkey pub, other;
	struct der sig;
	int one = keeper_make(k, a, "ec-256"), two = keeper_make(k, a, NULL);
	ok(one >= 0 && two >= 0 && one != two, "two keys");
	ok(keeper_public(k, a, one, &pub) == 0 && keeper_public(k, a, two, &other) == 0 &&
	        !der_equal(pub.spki, other.spki),
	    "their public halves differ");
	ok(keeper_sign(k, a, one, "x", 1, &sig) == 0 && sig.n == 64, "signature");
	ok(keeper_sign(k, a, one, arena_alloc(a, 65536), 65536, &sig) == 0, "64 KiB are signed");
	ok(keeper_sign(k, a, one, arena_alloc(a, 65537), 65537, &sig) < 0, "more is not");
	error_clear(a);
	keeper_drop(k, one);
	ok(keeper_sign(k, a, one, "x", 1, &sig) < 0 && strstr(error_text(a), "no key"), "dropped");
	error_clear(a);
	ok(keeper_public(k, a, -1, &pub) < 0, "no negative number");
	error_clear(a);
	ok(keeper_make(k, a, "ec-1") < 0 && strstr(error_text(a), "'ec-1'") &&
	        strstr(error_text(a), "ec-384"),
	    "the keeper's error comes back with its remedy");
	error_clear(a);
	is_int(keeper_make(k, a, "ec-384"), one, "a free number is used again");
	keeper_drop(k, one);
	keeper_drop(k, two);
	keeper_drop(k, 77);
	ok(!failed(a), "dropping what is not there is nothing");
}

static void test_files(void)
{
	struct pubkey pub;
	unsigned char digest[32], want[32];
	put("in.key", key_sec1);
	put("dek.key", key_dek_aes);
	put("chain.pem", cert_leaf);
	int key = keeper_load(k, a, path("in.key"), NULL);
	ok(key >= 0 && keeper_public(k, a, key, &pub) == 0 && pub.bits == 256, "loaded");
	ok(keeper_load(k, a, path("dek.key"), "secret") >= 0, "with password");
	static const struct {
		const char *name;
		const char *password;
		const char *says;
	} bad[] = {
		{ "missing.key", NULL, "missing.key" },
		{ "dek.key", NULL, "dek.key: the private key is encrypted and no password" },
		{ "dek.key", "wrong", "dek.key: the password of the private key is wrong" },
		{ "chain.pem", NULL, "chain.pem: not a private key: it is a certificate" },
		{ ".", NULL, "t_keeper" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		error_clear(a);
		ok(keeper_load(k, a, path(bad[i].name), bad[i].password) < 0, bad[i].says);
		if (!ok(strstr(error_text(a), bad[i].says) != NULL, "and says so"))
			printf("# %s\n", error_text(a));
	}
	error_clear(a);
	ok(keeper_save(k, a, key, KEEPER_PEM, path("out.key"), 0600, false) == 0, "saved");
	is_str(contents("out.key"), key_sec1, "as acme.sh writes it");
	is_int(mode_of("out.key"), 0600, "mode");
	ok(keeper_save(k, a, key, KEEPER_PKCS8, path("out.p8"), 0640, false) == 0, "as PKCS#8");
	is_str(contents("out.p8"), key_pkcs8, "PKCS#8");
	ok(keeper_copy(k, a, path("out.key"), path("copy.key"), 0600, false) == 0, "copied");
	chmod(path("copy.key"), 0644);
	ok(keeper_copy(k, a, path("in.key"), path("copy.key"), 0600, true) == 0, "copied again");
	is_int(mode_of("copy.key"), 0644, "the target keeps its mode");
	is_str(contents("copy.key"), key_sec1, "byte for byte");
	hash_bytes(HASH_SHA256, key_sec1, strlen(key_sec1), want);
	ok(keeper_file_hash(k, a, path("in.key"), digest) == 0 && memcmp(digest, want, 32) == 0,
	    "hash");
	ok(keeper_pkcs12(k, a, key, path("chain.pem"), "pw", "n", false, path("out.pfx")) == 0,
	    "PKCS#12");
	is_int(mode_of("out.pfx"), 0600, "its mode");
	ok(keeper_pkcs12(k, a, key, path("in.key"), "pw", "n", false, path("no.pfx")) < 0 &&
	        strstr(error_text(a), "in.key") && !file_exists(path("no.pfx")),
	    "no chain, no PKCS#12");
	error_clear(a);
	ok(keeper_save(k, a, key, KEEPER_PEM, path("no/dir.key"), 0600, false) < 0 &&
	        strstr(error_text(a), "no/dir.key"),
	    "a folder that is not there");
	error_clear(a);
	keeper_drop(k, key);
}

static void test_csr(void)
{
	static const char *const names[] = { "example.com", "192.0.2.7" };
	struct csr_ask ask = { .names = { .v = (const char **)names, .n = 2 },
		.eku = "serverAuth" };
	struct csr csr;
	struct der der;
	int key = keeper_make(k, a, "ec-256");
	ok(keeper_csr(k, a, key, &ask, &der) == 0 && csr_parse(a, der.p, der.n, &csr) == 0,
	    "request");
	is_str(text_join(a, csr.names, " "), "example.com 192.0.2.7", "names");
	is_str(csr.cn, "", "no CN");
	ask.eku = "nonsense";
	ok(keeper_csr(k, a, key, &ask, &der) < 0 && strstr(error_text(a), "nonsense"), "bad EKU");
	error_clear(a);
}

/* Messages that no client of ours would send. */
static void test_protocol(void)
{
	static const struct keeper_wait second = { .ms = 5000 };
	int fd[2];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) < 0)
		return;
	pid_t pid = fork();
	if (pid == 0) {
		close(fd[0]);
		keeper_serve(fd[1]);
		_exit(0);
	}
	close(fd[1]);
	for (int kind = 0; kind < 13; kind++) {
		struct keeper_msg m =
		    keeper_msg_new(a, (enum keeper_kind)(kind < 12 ? kind : 4711), 0);
		keeper_put(&m, "\xff\xff\xff\xff", 4);
		ok(keeper_send(fd[0], &m, &second) == 0 &&
		        keeper_receive(a, fd[0], KEEPER_REPLY_MAX, &m, &second) == 0,
		    "garbage is answered");
		is_int(m.kind, KEEPER_FAILED, "as a failure");
	}
	struct keeper_msg empty = keeper_msg_new(a, KEEPER_SIGN, 0), got;
	ok(keeper_send(fd[0], &empty, &second) == 0 &&
	        keeper_receive(a, fd[0], KEEPER_REPLY_MAX, &got, &second) == 0 &&
	        got.kind == KEEPER_FAILED,
	    "no fields");
	const struct keeper_wait moment = { .ms = 50 };
	ok(keeper_receive(a, fd[0], KEEPER_REPLY_MAX, &got, &moment) < 0,
	    "the deadline ends a wait");
	ok(send(fd[0], "\0\0\0\4\x7f\xff\xff\xff", 8, 0) == 8 &&
	        keeper_receive(a, fd[0], KEEPER_REPLY_MAX, &got, &second) < 0,
	    "too long a message ends it");
	int status = -1;
	waitpid(pid, &status, 0);
	is_int(status, 0, "cleanly");
	close(fd[0]);
}

static void test_process(void)
{
	struct pubkey pub;
	int key = keeper_make(k, a, "ec-256");
	ok(keeper_pid(k) > 0 && keeper_pid(k) != getpid(), "another process");
	kill(keeper_pid(k), SIGINT);
	kill(keeper_pid(k), SIGTERM);
	kill(keeper_pid(k), SIGHUP);
	ok(keeper_public(k, a, key, &pub) == 0, "Ctrl-C and SIGTERM leave it alive");
	kill(keeper_pid(k), SIGKILL);
	ok(keeper_public(k, a, key, &pub) < 0 && strstr(error_text(a), "has ended"),
	    "its end is told");
	error_clear(a);
	ok(keeper_public(k, a, key, &pub) < 0, "and told again");
	keeper_stop(k);
	keeper_stop(k);
	error_clear(a);
	k = keeper_start(a);
	pid_t pid = keeper_pid(k);
	keeper_stop(k);
	ok(kill(pid, 0) < 0, "ends when it is stopped");
}

int main(void)
{
	a = arena_new();
	if (!mkdtemp(dir))
		return 1;
	k = keeper_start(a);
	ok(k != NULL, "started");
	test_make();
	test_files();
	test_csr();
	test_protocol();
	test_process();
	struct strs names = { 0 };
	file_list(a, dir, &names);
	for (size_t i = 0; i < names.n; i++)
		file_remove(a, path(names.v[i]));
	rmdir(dir);
	arena_drop(a);
	return done();
}
