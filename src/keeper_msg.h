/* The messages between a process and its keeper: what both ends of the socketpair agree on. A
 * message is a kind, a length, and fields, each of them bytes behind their length. */
#ifndef KEEPER_MSG_H
#define KEEPER_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "der.h"

struct arena;

enum keeper_kind {
	/* Requests, with their fields; replies are KEEPER_DONE with the fields behind the arrow. */
	KEEPER_MAKE,      /* length -> key */
	KEEPER_LOAD,      /* path, password -> key */
	KEEPER_DROP,      /* key */
	KEEPER_PUBLIC,    /* key -> SubjectPublicKeyInfo */
	KEEPER_SIGN,      /* key, data -> signature */
	KEEPER_SIGN_PEM,  /* PEM, digest, data -> signature, SubjectPublicKeyInfo */
	KEEPER_CSR,       /* key, must staple, EKU, CN, names... -> request */
	KEEPER_SAVE,      /* key, form, path, mode, keep */
	KEEPER_COPY,      /* from, to, mode, keep */
	KEEPER_PKCS12,    /* key, chain path, password, name, legacy, path */
	KEEPER_FILE_HASH, /* path -> SHA-256 */
	KEEPER_REQUESTS,
	/* Replies. */
	KEEPER_DONE = 100,
	KEEPER_FAILED /* what happened, remedy */
};

enum { KEEPER_DATA_MAX = 64 << 10, KEEPER_REQUEST_MAX = 68 << 10, KEEPER_REPLY_MAX = 256 << 10 };

struct keeper_msg {
	uint32_t kind;
	struct buf body; /* when it is written */
	struct der rest; /* when it is read: the fields not yet taken */
	bool bad;        /* a field was asked for that is not there */
};

struct keeper_msg keeper_msg_new(struct arena *a, enum keeper_kind kind, size_t max);

void keeper_put(struct keeper_msg *m, const void *p, size_t n);
void keeper_put_text(struct keeper_msg *m, const char *s); /* NULL arrives as NULL */
void keeper_put_number(struct keeper_msg *m, int64_t v);

struct der keeper_get(struct keeper_msg *m);
const char *keeper_get_text(struct arena *a, struct keeper_msg *m);
int64_t keeper_get_number(struct keeper_msg *m);

/* How long the other side may take. stop, when not NULL, is asked now and then and after signals;
 * when it says so, the wait ends with EINTR. */
struct keeper_wait {
	int64_t ms; /* -1: forever */
	int (*stop)(void);
};
/* 0, or -1: then m is not usable, errno says why (0: the other side has ended). */
int keeper_send(int fd, const struct keeper_msg *m, const struct keeper_wait *wait);
int keeper_receive(struct arena *a, int fd, size_t max, struct keeper_msg *m,
    const struct keeper_wait *wait);

/* The keeper's end. Answers requests until the socket closes; turns a process that was just forked
 * into a keeper and does so. */
void keeper_serve(int fd);
_Noreturn void keeper_run(int fd);

#endif
