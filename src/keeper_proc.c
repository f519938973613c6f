/* The keeper's side of the wall: the only process that reads and writes private keys. It takes one
 * request after another from its socket, and its replies never hold a private part. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "arena.h"
#include "cert.h"
#include "csr.h"
#include "error.h"
#include "file.h"
#include "hash.h"
#include "keeper.h"
#include "keeper_msg.h"
#include "key.h"
#include "pkcs12.h"
#include "proc.h"

enum { KEYS_MAX = 1024, FILE_MAX = 1 << 20 };

/* The keys by number, each in an arena of its own, so that forgetting one wipes it. */
static struct slot {
	struct arena *mem;
	struct key *key;
} slots[KEYS_MAX];

static struct slot *free_slot(struct arena *a)
{
	for (struct slot *s = slots; s < slots + KEYS_MAX; s++)
		if (!s->mem) {
			s->mem = arena_new();
			return s;
		}
	return fail_null(a, "more than %d keys at a time", KEYS_MAX);
}

static void empty_slot(struct slot *s)
{
	key_close(s->key);
	arena_drop(s->mem);
	*s = (struct slot){ 0 };
}

static struct slot *get_slot(struct arena *a, struct keeper_msg *in)
{
	int64_t number = keeper_get_number(in);
	if (number < 1 || number > KEYS_MAX || !slots[number - 1].key)
		return fail_null(a, "there is no key %lld", (long long)number);
	return &slots[number - 1];
}

static struct key *get_key(struct arena *a, struct keeper_msg *in)
{
	struct slot *s = get_slot(a, in);
	return s ? s->key : NULL;
}

/* Answers with the number of a key that was made or read, or hands its error on. */
static int keep_key(struct arena *a, struct slot *s, struct keeper_msg *out)
{
	if (!s->key) {
		error_move(a, s->mem);
		empty_slot(s);
		return -1;
	}
	keeper_put_number(out, s - slots + 1);
	return 0;
}

/* --- one function a request: fields from in, results to out, -1 with a's error --- */
static int make(struct arena *a, struct keeper_msg *in, struct keeper_msg *out)
{
	const char *length = keeper_get_text(a, in);
	struct slot *s = free_slot(a);
	if (!s)
		return -1;
	s->key = key_make(s->mem, length);
	return keep_key(a, s, out);
}

static int load(struct arena *a, struct keeper_msg *in, struct keeper_msg *out)
{
	size_t n;
	const char *path = keeper_get_text(a, in);
	const char *password = keeper_get_text(a, in);
	const char *bytes = path ? file_read(a, path, FILE_MAX, &n) : NULL;
	struct slot *s = bytes ? free_slot(a) : NULL;
	if (!s)
		return -1;
	at(s->mem, "%s", path);
	s->key = key_parse(s->mem, bytes, n, password);
	return keep_key(a, s, out);
}

static int drop(struct arena *a, struct keeper_msg *in, struct keeper_msg *out)
{
	struct slot *s = get_slot(a, in);
	(void)out;
	if (!s)
		return -1;
	empty_slot(s);
	return 0;
}

static int public_half(struct arena *a, struct keeper_msg *in, struct keeper_msg *out)
{
	struct pubkey pub;
	struct key *k = get_key(a, in);
	if (!k || key_public(a, k, &pub) < 0)
		return -1;
	keeper_put(out, pub.spki.p, pub.spki.n);
	return 0;
}

static int sign(struct arena *a, struct keeper_msg *in, struct keeper_msg *out)
{
	struct key *k = get_key(a, in);
	struct der sig, bytes = keeper_get(in);
	if (!k || key_sign(a, k, bytes.p, bytes.n, &sig) < 0)
		return -1;
	keeper_put(out, sig.p, sig.n);
	return 0;
}

static int sign_pem(struct arena *a, struct keeper_msg *in, struct keeper_msg *out)
{
	const char *pem = keeper_get_text(a, in);
	const int64_t h = keeper_get_number(in);
	struct der sig, bytes = keeper_get(in);
	struct pubkey pub;
	if (!pem || in->bad || h < HASH_SHA1 || h > HASH_SHA512)
		return -1;
	struct key *k = key_parse(a, pem, strlen(pem), NULL);
	if (!k)
		return -1;
	int code = key_sign_rsa(a, k, (enum hash)h, bytes.p, bytes.n, &sig);
	if (code == 0 && (code = key_public(a, k, &pub)) == 0) {
		keeper_put(out, sig.p, sig.n);
		keeper_put(out, pub.spki.p, pub.spki.n);
	}
	key_close(k);
	return code;
}

static int csr(struct arena *a, struct keeper_msg *in, struct keeper_msg *out)
{
	struct der der;
	struct key *k = get_key(a, in);
	struct csr_ask ask = { .must_staple = keeper_get_number(in) != 0 };
	ask.eku = keeper_get_text(a, in);
	ask.cn = keeper_get_text(a, in);
	while (in->rest.n > 0 && !in->bad) {
		struct der name = keeper_get(in);
		strs_add(a, &ask.names, arena_strn(a, (const char *)name.p, name.n));
	}
	if (!k || in->bad || csr_make(a, k, &ask, &der) < 0)
		return -1;
	keeper_put(out, der.p, der.n);
	return 0;
}

static int save(struct arena *a, struct keeper_msg *in, struct keeper_msg *out)
{
	struct key *k = get_key(a, in);
	enum keeper_form form = (enum keeper_form)keeper_get_number(in);
	const char *path = keeper_get_text(a, in);
	mode_t mode = (mode_t)keeper_get_number(in);
	bool keep = keeper_get_number(in) != 0;
	(void)out;
	if (!k || !path)
		return -1;
	const char *pem = form == KEEPER_PKCS8 ? key_pkcs8_pem(a, k) : key_pem(a, k);
	return pem ? file_write(a, path, pem, strlen(pem), mode, keep) : -1;
}

static int copy(struct arena *a, struct keeper_msg *in, struct keeper_msg *out)
{
	size_t n;
	const char *from = keeper_get_text(a, in);
	const char *to = keeper_get_text(a, in);
	mode_t mode = (mode_t)keeper_get_number(in);
	bool keep = keeper_get_number(in) != 0;
	const char *bytes = from && to ? file_read(a, from, FILE_MAX, &n) : NULL;
	(void)out;
	return bytes ? file_write(a, to, bytes, n, mode, keep) : -1;
}

static int pkcs12(struct arena *a, struct keeper_msg *in, struct keeper_msg *out)
{
	struct key *k = get_key(a, in);
	const char *chain_path = keeper_get_text(a, in);
	const char *password = keeper_get_text(a, in);
	const char *name = keeper_get_text(a, in);
	bool legacy = keeper_get_number(in) != 0;
	const char *path = keeper_get_text(a, in);
	struct chain chain;
	struct der der;
	size_t n;
	(void)out;
	if (!k || !path || !chain_path)
		return -1;
	const char *pem = file_read(a, chain_path, FILE_MAX, &n);
	if (!pem)
		return -1;
	at(a, "%s", chain_path);
	if (chain_parse(a, pem, n, &chain) < 0 ||
	    pkcs12_make(a, k, &chain, password, name, legacy, &der) < 0)
		return -1;
	arena_error(a)->where = NULL;
	return file_write(a, path, der.p, der.n, 0600, false);
}

static int file_hash(struct arena *a, struct keeper_msg *in, struct keeper_msg *out)
{
	size_t n;
	unsigned char digest[HASH_MAX];
	const char *path = keeper_get_text(a, in);
	const char *bytes = path ? file_read(a, path, FILE_MAX, &n) : NULL;
	if (!bytes)
		return -1;
	hash_bytes(HASH_SHA256, bytes, n, digest);
	keeper_put(out, digest, hash_size(HASH_SHA256));
	return 0;
}

static int (*const handlers[KEEPER_REQUESTS])(struct arena *, struct keeper_msg *,
    struct keeper_msg *) = {
	[KEEPER_MAKE] = make,
	[KEEPER_LOAD] = load,
	[KEEPER_DROP] = drop,
	[KEEPER_PUBLIC] = public_half,
	[KEEPER_SIGN] = sign,
	[KEEPER_SIGN_PEM] = sign_pem,
	[KEEPER_CSR] = csr,
	[KEEPER_SAVE] = save,
	[KEEPER_COPY] = copy,
	[KEEPER_PKCS12] = pkcs12,
	[KEEPER_FILE_HASH] = file_hash,
};

static struct keeper_msg failure(struct arena *a)
{
	const struct error *e = arena_error(a);
	struct keeper_msg out = keeper_msg_new(a, KEEPER_FAILED, KEEPER_REPLY_MAX);
	const char *what = e->what ? e->what : "the request to the keeper is malformed";
	keeper_put_text(&out, e->where ? fmt(a, "%s: %s", e->where, what) : what);
	keeper_put_text(&out, e->remedy);
	return out;
}

/* One request and its reply. -1 when the other side has ended. */
static int serve_one(struct arena *a, int fd)
{
	static const struct keeper_wait forever = { .ms = -1 };
	struct keeper_msg in, out = keeper_msg_new(a, KEEPER_DONE, KEEPER_REPLY_MAX);
	if (keeper_receive(a, fd, KEEPER_REQUEST_MAX, &in, &forever) < 0)
		return -1;
	if (in.kind >= KEEPER_REQUESTS || handlers[in.kind](a, &in, &out) < 0 || in.bad ||
	    out.body.over)
		out = failure(a);
	return keeper_send(fd, &out, &forever);
}

void keeper_serve(int fd)
{
	int alive = 0;
	while (alive == 0) {
		struct arena *a = arena_new();
		alive = serve_one(a, fd);
		arena_drop(a);
	}
	for (struct slot *s = slots; s < slots + KEYS_MAX; s++)
		if (s->mem)
			empty_slot(s);
}

/* --- becoming the keeper --- */
static void harden(void)
{
	const struct rlimit no_core = { 0, 0 };
	setrlimit(RLIMIT_CORE, &no_core);
#ifdef __linux__
	prctl(PR_SET_NAME, "acme-keeper", 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

void keeper_run(int fd)
{
	if (proc_confine(fd) < 0)
		_exit(1);
	harden();
	keeper_serve(PROC_SOCKET);
	_exit(0);
}
