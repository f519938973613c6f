/* Servers that misbehave, for the tests of net, trust, tls and http: each is a child process on a
 * loopback port of its own, with or without TLS, and does what a function tells. Certificates of
 * all kinds are made here. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <arpa/inet.h>
#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "der.h"
#include "file.h"
#include "hash.h"
#include "pem.h"
#include "rand.h"

#define must(x) ((x) ? (void)0 : die("%s:%d: %s", __FILE__, __LINE__, #x))

/* --- certificates ------------------------------------------------------------------------- */

struct identity {
	mbedtls_pk_context key;
	mbedtls_x509_crt crt;
	const char *pem;
	struct identity *made_before;
};

static struct identity *last_identity;

struct wish {
	const char *name;        /* subject CN */
	const char *dns;         /* SAN, NULL: none */
	const char *ip;          /* SAN, NULL: none */
	const char *from, *to;   /* NULL: 2020, 2049 */
	struct identity *issuer; /* NULL: self-signed */
	bool ca;
	bool sha1;
};

static inline struct der common_name(struct arena *a, const char *name)
{
	const struct der pair = DER_SEQUENCE(a, der_oid(a, "2.5.4.3"),
	    der_make(a, DER_UTF8, der_bytes(name, strlen(name))));
	return der_seq(a, DER_SEQ, (const struct der[]){ der_make(a, DER_SET, pair) }, 1);
}

/* "20491231235959", by RFC 5280 4.1.2.5. */
static inline struct der time_of(struct arena *a, const char *digits)
{
	const bool utc = strcmp(digits, "2050") < 0;
	const char *text = arena_fmt(a, "%sZ", utc ? digits + 2 : digits);
	return der_make(a, utc ? DER_UTC : DER_TIME, der_bytes(text, strlen(text)));
}

static inline struct der extension(struct arena *a, const char *oid, bool critical,
    struct der value)
{
	const struct der yes = der_make(a, DER_BOOL, der_bytes("\xff", 1));
	return DER_SEQUENCE(a, der_oid(a, oid), critical ? yes : der_bytes("", 0),
	    der_make(a, DER_OCTETS, value));
}

static inline struct der extensions(struct arena *a, const struct wish *ask)
{
	const struct der yes = der_make(a, DER_BOOL, der_bytes("\xff", 1));
	const struct der basic = DER_SEQUENCE(a, ask->ca ? yes : der_bytes("", 0));
	struct der sans[2] = { { 0 } }, list[2] = { { 0 } };
	unsigned char ip[16];
	if (ask->dns)
		sans[0] = der_make(a, DER_CONTEXT + 2, der_bytes(ask->dns, strlen(ask->dns)));
	if (ask->ip) {
		const bool v6 = strchr(ask->ip, ':');
		must(inet_pton(v6 ? AF_INET6 : AF_INET, ask->ip, ip) == 1);
		sans[1] = der_make(a, DER_CONTEXT + 7, der_bytes(ip, v6 ? 16 : 4));
	}
	list[0] = extension(a, "2.5.29.19", ask->ca, basic);
	if (ask->dns || ask->ip)
		list[1] = extension(a, "2.5.29.17", false, der_seq(a, DER_SEQ, sans, 2));
	return der_make(a, DER_EXPLICIT + 3, der_seq(a, DER_SEQ, list, 2));
}

static inline struct der spki_of(struct arena *a, const mbedtls_pk_context *key)
{
	unsigned char room[256];
	const int n = mbedtls_pk_write_pubkey_der(key, room, sizeof room);
	must(n > 0);
	return der_bytes(arena_dup(a, room + sizeof room - n, (size_t)n), (size_t)n);
}

static inline struct der signed_by(struct arena *a, struct identity *issuer, bool sha1,
    struct der algorithm, struct der tbs)
{
	unsigned char digest[HASH_MAX], sig[MBEDTLS_PK_SIGNATURE_MAX_SIZE];
	const enum hash h = sha1 ? HASH_SHA1 : HASH_SHA256;
	size_t n;
	hash_bytes(h, tbs.p, tbs.n, digest);
	must(mbedtls_pk_sign(&issuer->key, sha1 ? MBEDTLS_MD_SHA1 : MBEDTLS_MD_SHA256, digest,
	         hash_size(h), sig, sizeof sig, &n, rand_mbedtls, NULL) == 0);
	return DER_SEQUENCE(a, tbs, algorithm, der_bits(a, der_bytes(sig, n)));
}

static inline struct identity *make_identity(struct arena *a, const struct wish *ask)
{
	static unsigned char serial;
	struct identity *id = arena_alloc(a, sizeof *id);
	struct identity *issuer = ask->issuer ? ask->issuer : id;
	rand_init();
	mbedtls_pk_init(&id->key);
	mbedtls_x509_crt_init(&id->crt);
	must(mbedtls_pk_setup(&id->key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)) == 0);
	must(mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(id->key), rand_mbedtls,
	         NULL) == 0);
	const struct der subject = common_name(a, ask->name);
	const struct der algorithm =
	    DER_SEQUENCE(a, der_oid(a, ask->sha1 ? "1.2.840.10045.4.1" : "1.2.840.10045.4.3.2"));
	const struct der tbs = DER_SEQUENCE(a, der_make(a, DER_EXPLICIT, der_uint(a, 2)),
	    der_uint(a, ++serial & 0x7f), algorithm,
	    ask->issuer ? der_bytes(issuer->crt.subject_raw.p, issuer->crt.subject_raw.len)
	                : subject,
	    DER_SEQUENCE(a, time_of(a, ask->from ? ask->from : "20200101000000"),
	        time_of(a, ask->to ? ask->to : "20491231235959")),
	    subject, spki_of(a, &id->key), extensions(a, ask));
	const struct der crt = signed_by(a, issuer, ask->sha1, algorithm, tbs);
	id->pem = pem_text(a, "CERTIFICATE", crt);
	must(mbedtls_x509_crt_parse_der(&id->crt, crt.p, crt.n) == 0);
	id->made_before = last_identity;
	return last_identity = id;
}

static inline void free_identities(void)
{
	for (struct identity *id = last_identity; id; id = id->made_before) {
		mbedtls_x509_crt_free(&id->crt);
		mbedtls_pk_free(&id->key);
	}
}

/* --- servers ------------------------------------------------------------------------------ */

/* One connection as the server sees it. */
struct peer {
	int fd;
	mbedtls_ssl_context *ssl;
	int count; /* connections before this one */
	const void *arg;
};

struct server_settings {
	void (*serve)(struct peer *p);
	const void *arg;
	struct identity *identity; /* NULL: no TLS */
	struct identity *chain;    /* sent behind the certificate */
	bool tls12;
};

struct hostile {
	pid_t pid;
	int port;
};

static inline int bio_send(void *ctx, const unsigned char *p, size_t n)
{
	ssize_t sent = send(*(int *)ctx, p, n, MSG_NOSIGNAL);
	return sent < 0 ? MBEDTLS_ERR_SSL_INTERNAL_ERROR : (int)sent;
}

static inline int bio_recv(void *ctx, unsigned char *p, size_t n)
{
	ssize_t got = recv(*(int *)ctx, p, n, 0);
	return got < 0 ? MBEDTLS_ERR_SSL_CONN_EOF : (int)got;
}

static inline long peer_read(struct peer *p, void *to, size_t n)
{
	if (!p->ssl)
		return (long)recv(p->fd, to, n, 0);
	int got = mbedtls_ssl_read(p->ssl, to, n);
	return got > 0 ? got : 0;
}

static inline bool peer_write(struct peer *p, const char *s, size_t n)
{
	while (n) {
		long sent = p->ssl ? mbedtls_ssl_write(p->ssl, (const unsigned char *)s, n)
		                   : (long)send(p->fd, s, n, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		s += sent;
		n -= (size_t)sent;
	}
	return true;
}

/* A request with its body, as text; false when the client has gone. */
static inline bool peer_request(struct peer *p, char *to, size_t room)
{
	size_t have = 0, want = 0;
	for (;;) {
		to[have] = 0;
		char *end = strstr(to, "\r\n\r\n");
		if (end && !want) {
			char *length = strstr(to, "Content-Length: ");
			want = (size_t)(end + 4 - to) +
			    (length && length < end ? (size_t)atol(length + 16) : 0);
		}
		if (want && have >= want)
			return true;
		long n = have + 1 < room ? peer_read(p, to + have, room - 1 - have) : 0;
		if (n <= 0)
			return false;
		have += (size_t)n;
	}
}

static inline void peer_hang(struct peer *p)
{
	char drop[256];
	while (peer_read(p, drop, sizeof drop) > 0)
		;
}

static inline void serve_tls(struct peer *p, const struct server_settings *s)
{
	mbedtls_ssl_config conf;
	mbedtls_ssl_context ssl;
	mbedtls_ssl_init(&ssl);
	mbedtls_ssl_config_init(&conf);
	mbedtls_ssl_config_defaults(&conf, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM,
	    MBEDTLS_SSL_PRESET_DEFAULT);
	mbedtls_ssl_conf_rng(&conf, rand_mbedtls, NULL);
	if (s->tls12)
		mbedtls_ssl_conf_max_tls_version(&conf, MBEDTLS_SSL_VERSION_TLS1_2);
	if (s->chain)
		s->identity->crt.next = &s->chain->crt;
	must(mbedtls_ssl_conf_own_cert(&conf, &s->identity->crt, &s->identity->key) == 0);
	must(mbedtls_ssl_setup(&ssl, &conf) == 0);
	mbedtls_ssl_set_bio(&ssl, &p->fd, bio_send, bio_recv, NULL);
	p->ssl = &ssl;
	if (mbedtls_ssl_handshake(&ssl) == 0)
		s->serve(p);
	s->identity->crt.next = NULL;
	mbedtls_ssl_free(&ssl);
	mbedtls_ssl_config_free(&conf);
}

static inline int listen_loopback(int *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	must(fd >= 0 && bind(fd, (struct sockaddr *)&at, len) == 0 && listen(fd, 16) == 0 &&
	    getsockname(fd, (struct sockaddr *)&at, &len) == 0);
	*port = ntohs(at.sin_port);
	return fd;
}

/* Runs until stop(); each connection is a child of its own when it hangs on, so that several are
 * served at a time. */
static inline struct hostile start(const struct server_settings *s)
{
	struct hostile h;
	int listener = listen_loopback(&h.port);
	fflush(stdout);
	h.pid = fork();
	must(h.pid >= 0);
	if (h.pid) {
		close(listener);
		return h;
	}
	setpgid(0, 0);
	alarm(120);
	signal(SIGCHLD, SIG_IGN);
	for (int count = 0;; count++) {
		struct peer p = { .fd = accept(listener, NULL, NULL),
			.count = count,
			.arg = s->arg };
		if (p.fd >= 0 && fork() == 0) {
			alarm(60);
			if (s->identity)
				serve_tls(&p, s);
			else
				s->serve(&p);
			_exit(0);
		}
		close(p.fd);
	}
}

static inline void stop(struct hostile *h)
{
	kill(-h->pid, SIGKILL);
	kill(h->pid, SIGKILL);
	waitpid(h->pid, NULL, 0);
}

/* A folder of this test program alone. */
static inline const char *scratch(struct arena *a)
{
	static char path[64];
	if (!*path) {
		const char *tmp = getenv("TMPDIR");
		snprintf(path, sizeof path, "%.30s/acme-test-%ld", tmp ? tmp : "/tmp",
		    (long)getpid());
		must(file_mkdirs(a, path, 0700) == 0);
	}
	return path;
}

static inline const char *scratch_file(struct arena *a, const char *name, const char *text)
{
	const char *path = file_join(a, scratch(a), name);
	must(file_write(a, path, text, strlen(text), 0600, false) == 0);
	return path;
}

static inline void scratch_remove(struct arena *a)
{
	struct strs names = { 0 };
	file_list(a, scratch(a), &names);
	for (size_t i = 0; i < names.n; i++)
		file_remove(a, file_join(a, scratch(a), names.v[i]));
	rmdir(scratch(a));
}

#endif
