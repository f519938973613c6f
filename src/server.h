/* The responder's event loop: answers http-01 requests (RFC 8555 8.3) and tls-alpn-01 handshakes
 * (RFC 8737) for the tokens it was told, to many validators at once. Runs in the responder
 * process; knows nothing but tokens, key authorizations and digests. */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;
struct server;

enum { SERVER_CONTROLS = 65 };

/* Errors of what follows are recorded in this arena. */
struct server *server_new(struct arena *a);
void server_close(struct server *s);

/* Take over listening sockets. -1 when there are too many (the socket is closed then). */
int server_http(struct server *s, int fd);
int server_tls(struct server *s, int fd);

/* Token to key authorization; identifier (DNS name or IP address) to digest of its key
 * authorization. Adding a name again replaces it. */
int server_add_token(struct server *s, const char *token, const char *content);
int server_add_alpn(struct server *s, const char *identifier, const unsigned char digest[32]);
/* Forgets one; returns how many are left. When nothing is left to answer, the listening sockets
 * and connections are closed: a web server that --post-hook starts needs its port. */
size_t server_remove(struct server *s, const char *token_or_identifier);
/* While held they stay open all the same: something to answer is on its way. */
void server_hold(struct server *s, bool on);

/* Serves until one of the controls (-1: none; at most SERVER_CONTROLS) has something to read, and
 * returns its place, or until the program is told to end (-1). served(ctx, what) is called for each token or identifier that was answered. At most 256
 * connections (the oldest gives way), each ended after 10 s; requests of more than 8 KiB are
 * refused with 431, malformed ones with 400, all others than GET and HEAD of a token with 404. */
int server_run(struct server *s, const int *controls, size_t n,
    void (*served)(void *ctx, const char *what), void *ctx);

/* The reply to a request of which n bytes have come: 1 with the bytes to send in out, or 0 when
 * more must come. *token is the one that was given out, or NULL. Touches no socket. */
int server_reply(const struct server *s, struct arena *a, const char *p, size_t n, struct buf *out,
    const char **token);

#endif
