/* The process that answers validators on ports 80 and 443. It drops to an unprivileged user when
 * it was root, and knows tokens, key authorizations and challenge certificates only. One
 * responder serves all certificates of a run; it runs server.c's loop. */
#ifndef RESPONDER_H
#define RESPONDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "net.h"

struct arena;
struct responder;

struct responder *responder_start(struct arena *a);
void responder_stop(struct responder *r);
pid_t responder_pid(const struct responder *r);

/* For a worker that is about to be forked: a socket of its own to the same process, or -1. In the
 * worker responder_join() makes it the one that *r talks through; everybody else closes it. What a
 * worker has told is forgotten when it ends. The ports stay while any of them needs them; a name
 * that another one proves by tls-alpn-01 is waited for. */
int responder_invite(struct responder *r, struct arena *a);
void responder_join(struct responder *r, int fd);

/* Listens on a port for http-01 (tls false) or tls-alpn-01 (tls true); what is listened on
 * already is fine. address NULL: all. -1 tells who holds the port and the ways out
 * (--httpport, -w). Sockets are bound by the calling process and handed over (SCM_RIGHTS). The
 * ports are given back when the last token and identifier was removed. */
int responder_listen(struct responder *r, struct arena *a, const char *address, int port,
    enum net_family family, bool tls);
/* Whether that would work: binds and lets go. r: the responder that may have it, NULL: there is
 * none yet. */
int responder_probe(struct responder *r, struct arena *a, const char *address, int port,
    enum net_family family, bool tls);

int responder_add_token(struct responder *r, struct arena *a, const char *token,
    const char *content);
int responder_add_alpn(struct responder *r, struct arena *a, const char *identifier,
    const unsigned char digest[32]);
/* Works also when the program was told to end. */
int responder_remove(struct responder *r, struct arena *a, const char *what);

/* Waits until the responder has answered a validator since the last call (any), or deadline
 * (clock_ms): 1 served, 0 not yet, -1 told to end. How often all tokens together were served:
 * responder_served(). */
int responder_wait(struct responder *r, int64_t deadline);
unsigned responder_served(const struct responder *r);

#endif
