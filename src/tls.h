/* TLS 1.2 and 1.3 over mbedTLS: client connections with verified peers, and the server side of
 * tls-alpn-01 (RFC 8737). */
#ifndef TLS_H
#define TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct trust;
struct tls;

struct tls_ask {
	const char *host; /* verified and sent as SNI; an IP literal is verified, not sent */
	struct trust *trust;
	bool insecure;
	bool no_alpn; /* what is spoken is not HTTP: no protocol is offered (RFC 7301) */
	int64_t deadline;
};

/* Handshake on a connected non-blocking socket. NULL with the error: why the certificate was
 * refused in words (expired on DATE, issued for OTHER not HOST, issuer NAME is not trusted: use
 * --ca-bundle), a peer that speaks no TLS ("plain HTTP on a TLS port"), alerts by name. */
struct tls *tls_connect(struct arena *a, int fd, const struct tls_ask *ask);
void tls_close(struct tls *t); /* also sends close_notify; leaves the fd */
void tls_mute(struct tls *t);  /* from here on nothing is sent, close_notify neither */

/* Bytes read (0 end of stream, orderly or not), written; -1 with the error set. tls_cut: the
 * stream ended without the peer saying so, what came may be a part only (RFC 8446 6.1). */
long tls_read(struct tls *t, struct arena *a, void *p, size_t n, int64_t deadline);
int tls_write(struct tls *t, struct arena *a, const void *p, size_t n, int64_t deadline);
bool tls_cut(const struct tls *t);
bool tls_pending(const struct tls *t);

/* Server side for tls-alpn-01: a handshake that offers acme-tls/1 only and picks the certificate
 * by SNI through find(): DER certificate and key (struct key) for a name, or 0 for none.
 * Non-blocking: tls_accept_step returns 1 done, 0 wants more (poll *events), -1 failed. */
struct key;
struct der;
struct tls_server;
struct tls_server *tls_server_new(struct arena *a,
    bool (*find)(void *ctx, const char *sni, struct der *cert, struct key **key), void *ctx);
void tls_server_close(struct tls_server *s);
struct tls *tls_accept(struct tls_server *s, struct arena *a, int fd);
int tls_accept_step(struct tls *t, short *events);

#endif
