/* The callers' side of the wall: starts the keeper and asks it. Every request is one message there
 * and one back, with a deadline; the keeper's failure becomes the caller's. */
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "error.h"
#include "file.h"
#include "hash.h"
#include "keeper_msg.h"

/* RSA-8192 takes minutes on a router; signing by it takes seconds. */
enum { MAKE_MS = 600000, ASK_MS = 60000 };

struct keeper {
	int fd;
	pid_t pid;
	bool broken; /* a reply is missing: what comes next would be mistaken for it */
};

struct keeper *keeper_start(struct arena *a)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0) {
		fail_errno(a, "starting the key process");
		return NULL;
	}
	fcntl(pair[0], F_SETFD, FD_CLOEXEC);
	pid_t pid = fork();
	if (pid == 0)
		keeper_run(pair[1]);
	close(pair[1]);
	if (pid < 0) {
		fail_errno(a, "starting the key process");
		close(pair[0]);
		return NULL;
	}
	struct keeper *k = arena_alloc(a, sizeof *k);
	*k = (struct keeper){ .fd = pair[0], .pid = pid };
	return k;
}

void keeper_stop(struct keeper *k)
{
	if (!k || k->fd < 0)
		return;
	close(k->fd);
	k->fd = -1;
	if (k->broken)
		kill(k->pid, SIGKILL);
	while (waitpid(k->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void keeper_leave(struct keeper *k)
{
	if (k && k->fd >= 0)
		close(k->fd);
	if (k)
		k->fd = -1;
}

pid_t keeper_pid(const struct keeper *k)
{
	return k->pid;
}

/* --- asking --- */
static struct keeper_msg request(struct arena *a, enum keeper_kind kind)
{
	return keeper_msg_new(a, kind, KEEPER_REQUEST_MAX);
}

/* Sends m and puts the reply in its place. */
static int exchange(struct keeper *k, struct arena *a, struct keeper_msg *m)
{
	/* Only making a key is worth giving up; the other answers are needed for tidying up. */
	bool making = m->kind == KEEPER_MAKE;
	const struct keeper_wait wait = {
		.ms = making ? MAKE_MS : ASK_MS,
		.stop = making ? clock_interrupted : NULL,
	};
	if (m->body.over)
		return fail(a, "the request to the key process is too large");
	if (k->broken || k->fd < 0)
		return fail(a, "the key process has ended");
	if (keeper_send(k->fd, m, &wait) < 0 ||
	    keeper_receive(a, k->fd, KEEPER_REPLY_MAX, m, &wait) < 0) {
		k->broken = true;
		if (errno == 0 || errno == EPIPE || errno == ECONNRESET)
			return fail(a, "the key process has ended");
		if (errno == EINTR)
			return fail(a, "interrupted while a key was made");
		return fail_errno(a, "waiting for the key process");
	}
	if (m->kind == KEEPER_DONE)
		return 0;
	const char *what = keeper_get_text(a, m), *help = keeper_get_text(a, m);
	fail(a, "%s", what ? what : "the key process has failed");
	return help ? remedy(a, "%s", help) : -1;
}

static int bad_reply(struct arena *a)
{
	return fail(a, "the key process has sent a malformed reply");
}

static int ask_key(struct keeper *k, struct arena *a, struct keeper_msg *m)
{
	if (exchange(k, a, m) < 0)
		return -1;
	int64_t key = keeper_get_number(m);
	return m->bad || key < 0 || key > 65535 ? bad_reply(a) : (int)key;
}

static int ask_bytes(struct keeper *k, struct arena *a, struct keeper_msg *m, struct der *out)
{
	if (exchange(k, a, m) < 0)
		return -1;
	*out = keeper_get(m);
	return m->bad ? bad_reply(a) : 0;
}

/* The keeper keeps the working folder that we had when it was started. */
static void put_path(struct keeper_msg *m, struct arena *a, const char *path)
{
	keeper_put_text(m, file_absolute(a, path));
}

/* --- the requests --- */
int keeper_make(struct keeper *k, struct arena *a, const char *length)
{
	struct keeper_msg m = request(a, KEEPER_MAKE);
	keeper_put_text(&m, length);
	return ask_key(k, a, &m);
}

int keeper_load(struct keeper *k, struct arena *a, const char *path, const char *password)
{
	struct keeper_msg m = request(a, KEEPER_LOAD);
	put_path(&m, a, path);
	keeper_put_text(&m, password);
	return ask_key(k, a, &m);
}

void keeper_drop(struct keeper *k, int key)
{
	struct arena *a = arena_new();
	struct keeper_msg m = request(a, KEEPER_DROP);
	keeper_put_number(&m, key);
	exchange(k, a, &m);
	arena_drop(a);
}

int keeper_public(struct keeper *k, struct arena *a, int key, struct pubkey *out)
{
	struct der spki;
	struct keeper_msg m = request(a, KEEPER_PUBLIC);
	keeper_put_number(&m, key);
	return ask_bytes(k, a, &m, &spki) < 0 ? -1 : pubkey_parse(a, spki, out);
}

int keeper_sign(struct keeper *k, struct arena *a, int key, const void *p, size_t n,
    struct der *sig)
{
	struct keeper_msg m = request(a, KEEPER_SIGN);
	if (n > KEEPER_DATA_MAX)
		return fail(a, "%zu bytes are too many to sign", n);
	keeper_put_number(&m, key);
	keeper_put(&m, p, n);
	return ask_bytes(k, a, &m, sig);
}

int keeper_sign_pem(struct keeper *k, struct arena *a, const char *pem, enum hash h, const void *p,
    size_t n, struct der *sig, struct der *spki)
{
	struct keeper_msg m = request(a, KEEPER_SIGN_PEM);
	keeper_put_text(&m, pem);
	keeper_put_number(&m, h);
	keeper_put(&m, p, n);
	if (ask_bytes(k, a, &m, sig) < 0)
		return -1;
	*spki = keeper_get(&m);
	return m.bad ? bad_reply(a) : 0;
}

int keeper_csr(struct keeper *k, struct arena *a, int key, const struct csr_ask *ask,
    struct der *out)
{
	struct keeper_msg m = request(a, KEEPER_CSR);
	keeper_put_number(&m, key);
	keeper_put_number(&m, ask->must_staple);
	keeper_put_text(&m, ask->eku);
	keeper_put_text(&m, ask->cn);
	for (size_t i = 0; i < ask->names.n; i++)
		keeper_put_text(&m, ask->names.v[i]);
	return ask_bytes(k, a, &m, out);
}

int keeper_save(struct keeper *k, struct arena *a, int key, enum keeper_form form, const char *path,
    mode_t mode, bool keep)
{
	struct keeper_msg m = request(a, KEEPER_SAVE);
	keeper_put_number(&m, key);
	keeper_put_number(&m, form);
	put_path(&m, a, path);
	keeper_put_number(&m, mode);
	keeper_put_number(&m, keep);
	return exchange(k, a, &m);
}

int keeper_copy(struct keeper *k, struct arena *a, const char *from, const char *to, mode_t mode,
    bool keep)
{
	struct keeper_msg m = request(a, KEEPER_COPY);
	put_path(&m, a, from);
	put_path(&m, a, to);
	keeper_put_number(&m, mode);
	keeper_put_number(&m, keep);
	return exchange(k, a, &m);
}

int keeper_pkcs12(struct keeper *k, struct arena *a, int key, const char *chain_path,
    const char *password, const char *name, bool legacy, const char *path)
{
	struct keeper_msg m = request(a, KEEPER_PKCS12);
	keeper_put_number(&m, key);
	put_path(&m, a, chain_path);
	keeper_put_text(&m, password);
	keeper_put_text(&m, name);
	keeper_put_number(&m, legacy);
	put_path(&m, a, path);
	return exchange(k, a, &m);
}

int keeper_file_hash(struct keeper *k, struct arena *a, const char *path, unsigned char *out)
{
	struct der digest;
	struct keeper_msg m = request(a, KEEPER_FILE_HASH);
	put_path(&m, a, path);
	if (ask_bytes(k, a, &m, &digest) < 0)
		return -1;
	if (digest.n != hash_size(HASH_SHA256))
		return bad_reply(a);
	memcpy(out, digest.p, digest.n);
	return 0;
}
