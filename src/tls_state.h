/* A TLS connection's inside, shared by the parts of the tls module only. */
#ifndef TLS_STATE_H
#define TLS_STATE_H

#include <mbedtls/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "key.h"
#include "tls.h"

struct tls {
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config conf; /* of a client; a server's connections share one */
	mbedtls_x509_crt own;    /* the certificate that a server shows */
	struct tls_server *server;
	int fd;
	char greeting[64]; /* the first bytes of the peer, to tell what it is when no TLS */
	size_t greeted;
	bool ended, cut;

	/* During a client's handshake. */
	struct arena *mem;
	const char *host;
	struct trust *trust;
	uint32_t faults;     /* MBEDTLS_X509_BADCERT_... of the chain above the leaf */
	const char *reasons; /* why it is refused, in words; NULL: no reason */
};

/* The callback of mbedTLS for each certificate of the chain, the leaf last. */
int tls_verify(void *tls, mbedtls_x509_crt *crt, int depth, uint32_t *flags);

/* Sets the error that mbedTLS's return value means; returns -1. */
int tls_explain(struct tls *t, struct arena *a, int ret);

#endif
