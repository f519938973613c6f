/* TLS 1.2 and 1.3 connections over mbedTLS (RFC 5246, RFC 8446): handshakes with deadlines, reading
 * and writing. Memory that mbedTLS takes hangs on one struct tls, which tls_close() frees. */
#include "tls.h"

#include <errno.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/platform.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "arena.h"
#include "error.h"
#include "log.h"
#include "net.h"
#include "rand.h"
#include "text.h"
#include "tls_state.h"
#include "trust.h"

/* Groups, suites and signatures by what they cost this library, cheapest first; each of them is
 * sound. docs/performance.md has the figures. */
static const uint16_t groups[] = {
	MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
	MBEDTLS_SSL_IANA_TLS_GROUP_X25519,
	MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1,
	MBEDTLS_SSL_IANA_TLS_GROUP_SECP521R1,
	MBEDTLS_SSL_IANA_TLS_GROUP_NONE,
};

static const int suites[] = {
	MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
	MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
	MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
	MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, /* what old Windows servers have */
	MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
	0,
};

static const uint16_t signatures[] = {
	MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256,
	MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,
	MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256,
	MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384,
	MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384,
	MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
	MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA512,
	MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512,
	MBEDTLS_TLS1_3_SIG_ECDSA_SECP521R1_SHA512,
	MBEDTLS_TLS1_3_SIG_NONE,
};

/* --- the socket under mbedTLS ------------------------------------------------------------- */

static int receive(void *ctx, unsigned char *p, size_t n)
{
	struct tls *t = ctx;
	ssize_t got = recv(t->fd, p, n, 0);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return MBEDTLS_ERR_SSL_WANT_READ;
	/* A peer that is gone is an end of stream; it has not said that it ends. */
	if (got <= 0)
		return 0;
	for (ssize_t i = 0; i < got && t->greeted < sizeof t->greeting; i++)
		t->greeting[t->greeted++] = (char)p[i];
	return (int)got;
}

static int transmit(void *ctx, const unsigned char *p, size_t n)
{
	struct tls *t = ctx;
	ssize_t sent = send(t->fd, p, n, MSG_NOSIGNAL);
	if (sent >= 0)
		return (int)sent;
	return errno == EAGAIN || errno == EINTR ? MBEDTLS_ERR_SSL_WANT_WRITE
	                                         : MBEDTLS_ERR_NET_CONN_RESET;
}

/* --- opening and closing ------------------------------------------------------------------ */

static void configure(mbedtls_ssl_config *conf, int endpoint)
{
	mbedtls_ssl_config_init(conf);
	if (mbedtls_ssl_config_defaults(conf, endpoint, MBEDTLS_SSL_TRANSPORT_STREAM,
	        MBEDTLS_SSL_PRESET_DEFAULT))
		die("out of memory for TLS");
	mbedtls_ssl_conf_rng(conf, rand_mbedtls, NULL);
	mbedtls_ssl_conf_min_tls_version(conf, MBEDTLS_SSL_VERSION_TLS1_2);
	mbedtls_ssl_conf_groups(conf, groups);
	mbedtls_ssl_conf_ciphersuites(conf, suites);
	mbedtls_ssl_conf_sig_algs(conf, signatures);
}

static void *take(size_t n)
{
	void *p = mbedtls_calloc(1, n);
	if (p)
		return p;
	die("out of memory for TLS");
}

static struct tls *new_tls(int fd, const mbedtls_ssl_config *conf)
{
	struct tls *t = take(sizeof *t);
	t->fd = fd;
	mbedtls_ssl_init(&t->ssl);
	mbedtls_ssl_config_init(&t->conf);
	mbedtls_x509_crt_init(&t->own);
	if (!conf) {
		conf = &t->conf;
		configure(&t->conf, MBEDTLS_SSL_IS_CLIENT);
	}
	if (mbedtls_ssl_setup(&t->ssl, conf))
		die("out of memory for TLS");
	mbedtls_ssl_set_bio(&t->ssl, t, transmit, receive, NULL);
	return t;
}

void tls_close(struct tls *t)
{
	if (!t)
		return;
	if (mbedtls_ssl_is_handshake_over(&t->ssl) && !t->ended)
		mbedtls_ssl_close_notify(&t->ssl);
	mbedtls_ssl_free(&t->ssl);
	mbedtls_ssl_config_free(&t->conf);
	mbedtls_x509_crt_free(&t->own);
	mbedtls_free(t);
}

void tls_mute(struct tls *t)
{
	if (t)
		t->ended = true;
}

/* What the handshake waits for, 0 when it waits for nothing. */
static short wanted(int ret)
{
	return ret == MBEDTLS_ERR_SSL_WANT_READ ? POLLIN
	    : ret == MBEDTLS_ERR_SSL_WANT_WRITE ? POLLOUT
	                                        : 0;
}

/* Waits until mbedTLS can go on. what: for the error text. */
static int wait_for(struct tls *t, struct arena *a, int ret, int64_t deadline, const char *what)
{
	int ready = net_wait(t->fd, wanted(ret), deadline);
	if (ready > 0)
		return 0;
	arena_error(a)->transient = ready == 0;
	return fail(a, ready ? "interrupted %s" : "no answer in time %s", what);
}

static int handshake(struct tls *t, struct arena *a, int64_t deadline)
{
	int ret;
	while ((ret = mbedtls_ssl_handshake(&t->ssl)) != 0)
		if (!wanted(ret))
			return tls_explain(t, a, ret);
		else if (wait_for(t, a, ret, deadline, "in the TLS handshake") < 0)
			return -1;
	return 0;
}

struct tls *tls_connect(struct arena *a, int fd, const struct tls_ask *ask)
{
	static const char *alpn[] = { "http/1.1", NULL };
	static bool warned;
	rand_init();
	struct tls *t = new_tls(fd, NULL);
	t->mem = a;
	t->host = ask->host;
	t->trust = ask->trust;
	if (!ask->no_alpn)
		mbedtls_ssl_conf_alpn_protocols(&t->conf, alpn);
	if (ask->insecure) {
		mbedtls_ssl_conf_authmode(&t->conf, MBEDTLS_SSL_VERIFY_NONE);
		if (!warned)
			warn(
			    "Certificates of servers are not verified (--insecure): anybody on the way can "
			    "read and change what is sent.");
		warned = true;
	} else {
		trust_install(ask->trust, &t->conf);
		mbedtls_ssl_set_verify(&t->ssl, tls_verify, t);
	}
	/* An address is not sent as SNI (RFC 6066 3); tls_verify() compares it. */
	int ret = mbedtls_ssl_set_hostname(&t->ssl, text_is_ip(ask->host) ? NULL : ask->host);
	if (ret == 0 ? handshake(t, a, ask->deadline) < 0
	             : fail(a, "%s is too long for a host name", text_safe(a, ask->host, 80)) < 0) {
		tls_close(t);
		return NULL;
	}
	t->mem = NULL;
	t->host = NULL;
	return t;
}

/* --- the tls-alpn-01 server --------------------------------------------------------------- */

struct tls_server {
	mbedtls_ssl_config conf;
	bool (*find)(void *ctx, const char *sni, struct der *cert, struct key **key);
	void *ctx;
};

/* mbedTLS ends the handshake when a callback fails, but tells the peer nothing. */
static int refuse(mbedtls_ssl_context *ssl, unsigned char alert, int ret)
{
	mbedtls_ssl_send_alert_message(ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL, alert);
	return ret;
}

/* A plain parse refuses critical extensions that it does not know: acmeIdentifier (RFC 8737 6.1). */
static int accept_extension(void *ctx, const mbedtls_x509_crt *crt, const mbedtls_x509_buf *oid,
    int critical, const unsigned char *p, const unsigned char *end)
{
	static const unsigned char acme_identifier[] = { 0x2b, 6, 1, 5, 5, 7, 1, 31 };
	(void)ctx, (void)crt, (void)critical, (void)p, (void)end;
	return oid->len == sizeof acme_identifier &&
	        memcmp(oid->p, acme_identifier, sizeof acme_identifier) == 0
	    ? 0
	    : -1;
}

/* The certificate of the name that is asked for. Called when all extensions of the client's hello
 * have been read, so that both the name and the protocol are known. */
static int choose_certificate(mbedtls_ssl_context *ssl)
{
	struct tls *t = mbedtls_ssl_get_user_data_p(ssl);
	struct der cert;
	struct key *key;
	size_t len = 0;
	const unsigned char *sni = mbedtls_ssl_get_hs_sni(ssl, &len);
	char name[256];
	if (!mbedtls_ssl_get_alpn_protocol(ssl))
		return refuse(ssl, MBEDTLS_SSL_ALERT_MSG_NO_APPLICATION_PROTOCOL,
		    MBEDTLS_ERR_SSL_NO_APPLICATION_PROTOCOL);
	if (!sni || len >= sizeof name || memchr(sni, 0, len))
		return refuse(ssl, MBEDTLS_SSL_ALERT_MSG_UNRECOGNIZED_NAME,
		    MBEDTLS_ERR_SSL_UNRECOGNIZED_NAME);
	for (size_t i = 0; i < len; i++)
		name[i] = (char)(sni[i] >= 'A' && sni[i] <= 'Z' ? sni[i] | 0x20 : sni[i]);
	name[len] = 0;
	if (!t->server->find(t->server->ctx, name, &cert, &key))
		return refuse(ssl, MBEDTLS_SSL_ALERT_MSG_UNRECOGNIZED_NAME,
		    MBEDTLS_ERR_SSL_UNRECOGNIZED_NAME);
	/* The hello comes twice when the first one has to be repeated (RFC 8446 4.1.4). */
	mbedtls_x509_crt_free(&t->own);
	mbedtls_x509_crt_init(&t->own);
	int ret = mbedtls_x509_crt_parse_der_with_ext_cb(&t->own, cert.p, cert.n, 1,
	    accept_extension, NULL);
	if (ret == 0)
		ret = mbedtls_ssl_set_hs_own_cert(ssl, &t->own, key_pk(key));
	return ret == 0 ? 0 : refuse(ssl, MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR, ret);
}

struct tls_server *tls_server_new(struct arena *a,
    bool (*find)(void *ctx, const char *sni, struct der *cert, struct key **key), void *ctx)
{
	static const char *alpn[] = { "acme-tls/1", NULL };
	rand_init();
	struct tls_server *s = arena_alloc(a, sizeof *s);
	s->find = find;
	s->ctx = ctx;
	configure(&s->conf, MBEDTLS_SSL_IS_SERVER);
	mbedtls_ssl_conf_alpn_protocols(&s->conf, alpn);
	mbedtls_ssl_conf_cert_cb(&s->conf, choose_certificate);
	return s;
}

void tls_server_close(struct tls_server *s)
{
	if (s)
		mbedtls_ssl_config_free(&s->conf);
}

struct tls *tls_accept(struct tls_server *s, struct arena *a, int fd)
{
	struct tls *t = new_tls(fd, &s->conf);
	t->mem = a;
	t->server = s;
	mbedtls_ssl_set_user_data_p(&t->ssl, t);
	return t;
}

int tls_accept_step(struct tls *t, short *events)
{
	int ret = mbedtls_ssl_handshake(&t->ssl);
	*events = wanted(ret);
	if (ret == 0)
		return 1;
	return *events ? 0 : tls_explain(t, t->mem, ret);
}

/* --- reading and writing ------------------------------------------------------------------ */

long tls_read(struct tls *t, struct arena *a, void *p, size_t n, int64_t deadline)
{
	while (!t->ended) {
		int ret = mbedtls_ssl_read(&t->ssl, p, n);
		if (ret > 0)
			return ret;
		if (ret == 0 || ret == MBEDTLS_ERR_SSL_CONN_EOF ||
		    ret == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
			t->ended = true;
			t->cut = ret != MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY;
		} else if (ret != MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) {
			if (!wanted(ret))
				return tls_explain(t, a, ret);
			if (wait_for(t, a, ret, deadline, "while waiting for the reply") < 0)
				return -1;
		}
	}
	return 0;
}

int tls_write(struct tls *t, struct arena *a, const void *p, size_t n, int64_t deadline)
{
	const unsigned char *next = p;
	while (n) {
		int ret = mbedtls_ssl_write(&t->ssl, next, n);
		if (ret > 0) {
			next += ret;
			n -= (size_t)ret;
		} else if (!wanted(ret)) {
			return tls_explain(t, a, ret);
		} else if (wait_for(t, a, ret, deadline, "while sending the request") < 0) {
			return -1;
		}
	}
	return 0;
}

bool tls_cut(const struct tls *t)
{
	return t->cut;
}

bool tls_pending(const struct tls *t)
{
	return mbedtls_ssl_check_pending(&t->ssl) != 0;
}
