/* What the two sides of the responder say to each other: one struct, sent whole, over a
 * SOCK_SEQPACKET pair; requests one at a time, each with one reply. */
#ifndef RESPONDER_PROC_H
#define RESPONDER_PROC_H

#include <stdbool.h>
#include <sys/types.h>

enum message_type {
	MSG_HTTP = 1, /* listening sockets come with it (SCM_RIGHTS) */
	MSG_TLS,
	MSG_TOKEN,  /* name, text: key authorization */
	MSG_ALPN,   /* name, digest */
	MSG_REMOVE, /* name */
	MSG_DONE,   /* reply */
	MSG_FAILED, /* reply; text: why */
	MSG_SERVED, /* without request; count: validators answered so far; name: what the last asked */
};

enum { MSG_SOCKETS = 4 };

struct message {
	enum message_type type;
	unsigned count;
	char name[260];
	char text[512];
	unsigned char digest[32];
};

/* Whom the responder becomes; uid 0: it stays who it is. */
struct low_user {
	uid_t uid;
	gid_t gid;
};

/* The other process from its fork to its end. */
_Noreturn void responder_serve(int control, const struct low_user *user);

#endif
