/* What the two sides of the responder say to each other: one struct, sent whole, over a
 * SOCK_SEQPACKET pair; requests one at a time, each with one reply. Besides the process that
 * started it, the responder serves workers, each over a pair of its own. */
#ifndef RESPONDER_PROC_H
#define RESPONDER_PROC_H

#include <stdbool.h>
#include <sys/types.h>

#include "net.h"

enum message_type {
	MSG_CLIENT = 1, /* the socket of a worker comes with it (SCM_RIGHTS) */
	MSG_HAS,        /* port; reply: count 1 when it is listened on */
	MSG_LISTEN, /* port; listening sockets come with it, or none: as MSG_HAS, and it stays */
	MSG_TOKEN,  /* name, text: key authorization */
	MSG_ALPN,   /* name, digest */
	MSG_REMOVE, /* name; reply: count of those that this client has left */
	MSG_DONE,   /* reply */
	MSG_BUSY,   /* reply: another client has a challenge for that name */
	MSG_FAILED, /* reply; text: why */
	MSG_SERVED, /* without request; count: validators answered so far; name: what the last asked */
};

enum { MSG_SOCKETS = 4 };

struct port {
	int number;
	enum net_family family;
	bool tls;
	char address[64]; /* "": all */
};

struct message {
	enum message_type type;
	unsigned count;
	struct port port;
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
