/* TLS: which certificates are taken, how refusals are told, and the tls-alpn-01 server. */
#include "tap.h"

#include "hostile.h"
#include "told.h"

#include <fcntl.h>

#include "cert.h"
#include "clock.h"
#include "error.h"
#include "key.h"
#include "net.h"
#include "tls.h"
#include "trust.h"

static struct arena *a;

static void echo(struct peer *p)
{
	char in[64];
	for (long n; (n = peer_read(p, in, sizeof in)) > 0;) {
		if (memcmp(in, "bye", 3) == 0) {
			mbedtls_ssl_close_notify(p->ssl);
			return;
		}
		if (memcmp(in, "cut", 3) == 0)
			return;
		peer_write(p, in, (size_t)n);
	}
}

/* Connects and shakes hands; NULL with own's error. */
static struct tls *try_tls(struct arena *own, int port, const char *host, struct trust *trust,
    int ms, int *fd)
{
	int64_t deadline = clock_ms() + ms;
	*fd = net_connect(own, "127.0.0.1", port, NET_ANY, deadline);
	must(*fd >= 0);
	struct tls_ask ask = { .host = host,
		.trust = trust,
		.insecure = !trust,
		.deadline = deadline };
	struct tls *t = tls_connect(own, *fd, &ask);
	if (!t)
		close(*fd);
	return t;
}

/* --- certificates ------------------------------------------------------------------------- */

static struct identity *root, *middle;

struct verdict {
	const char *what;
	struct wish wish;
	bool untrusted;      /* self-signed, or by a CA that is not in the bundle */
	bool through_middle; /* issued by the intermediate, which is sent along */
	const char *host, *error;
};

static const struct verdict verdicts[] = {
	{ "a good certificate", { .dns = "a.test" }, false, false, "a.test", NULL },
	{ "letter case", { .dns = "A.test" }, false, false, "a.TEST", NULL },
	{ "through an intermediate", { .dns = "a.test" }, false, true, "a.test", NULL },
	{ "a wildcard", { .dns = "*.test" }, false, false, "a.test", NULL },
	{ "a wildcard is one label", { .dns = "*.test" }, false, false, "b.a.test",
	    "it was issued for *.test, not for b.a.test" },
	{ "another name", { .dns = "other.test" }, false, false, "a.test",
	    "it was issued for other.test, not for a.test" },
	{ "an IPv4 address", { .ip = "127.0.0.1" }, false, false, "127.0.0.1", NULL },
	{ "an IPv6 address", { .ip = "2001:db8::1" }, false, false, "2001:db8:0::1", NULL },
	{ "another address", { .ip = "127.0.0.2" }, false, false, "127.0.0.1",
	    "it was issued for 127.0.0.2, not for 127.0.0.1" },
	{ "an address in a DNS name", { .dns = "127.0.0.1" }, false, false, "127.0.0.1",
	    "not for 127.0.0.1" },
	{ "no SAN and an address", { 0 }, false, false, "127.0.0.1", "not for 127.0.0.1" },
	{ "expired", { .dns = "a.test", .to = "20210203040506" }, false, false, "a.test",
	    "it expired on 2021-02-03 04:05 UTC" },
	{ "not yet valid", { .dns = "a.test", .from = "20480102030405" }, false, false, "a.test",
	    "it is valid from 2048-01-02 03:04 UTC on only (is the clock right?)" },
	{ "self-signed", { .dns = "a.test" }, true, false, "a.test",
	    "\"leaf\" is self-signed and not trusted; the roots in" },
	{ "expired, another name and untrusted", { .dns = "b.test", .to = "20210203040506" }, true,
	    false, "a.test",
	    "\"leaf\" is self-signed and not trusted, and it was issued for b.test, not for "
	    "a.test, and it expired on" },
	{ "signed with SHA-1", { .dns = "a.test", .sha1 = true }, false, false, "a.test",
	    "signed in a way that is not safe any more" },
};

static void one_verdict(const struct verdict *v, struct trust *trust, bool tls12)
{
	struct arena *own = arena_new();
	struct wish wish = v->wish;
	wish.name = "leaf";
	wish.issuer = v->untrusted ? NULL : v->through_middle ? middle : root;
	struct server_settings s = { .serve = echo,
		.identity = make_identity(a, &wish),
		.chain = v->through_middle ? middle : NULL,
		.tls12 = tls12 };
	struct hostile h = start(&s);
	int fd;
	struct tls *t = try_tls(own, h.port, v->host, trust, 5000, &fd);
	if (v->error)
		ok(!t && told(own, v->error), "a certificate is refused, with the reason");
	else if (!ok(t != NULL, "a certificate is taken"))
		printf("# %s\n", error_text(own));
	if (!t != !!v->error)
		printf("# case: %s, TLS 1.%d\n", v->what, tls12 ? 2 : 3);
	if (t) {
		char in[16] = "";
		int64_t deadline = clock_ms() + 2000;
		ok(tls_write(t, own, "hello", 5, deadline) == 0 &&
		        tls_read(t, own, in, sizeof in, deadline) == 5 && strcmp(in, "hello") == 0,
		    "bytes go and come");
		tls_close(t);
		close(fd);
	}
	stop(&h);
	arena_drop(own);
}

static void certificates(void)
{
	const char *bundle = scratch_file(a, "root.pem", root->pem);
	struct trust *trust = trust_open(a, bundle, NULL);
	must(trust);
	for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
		one_verdict(&verdicts[i], trust, false);
		if (i < 3)
			one_verdict(&verdicts[i], trust, true);
	}
	trust_close(trust);
}

/* A bundle that holds the server's own certificate, or its intermediate only. */
static void partial_chains(void)
{
	struct identity *alone =
	    make_identity(a, &(struct wish){ .name = "alone", .dns = "a.test" });
	struct identity *leaf =
	    make_identity(a, &(struct wish){ .name = "leaf", .dns = "a.test", .issuer = middle });
	struct identity *old = make_identity(a,
	    &(struct wish){ .name = "old", .dns = "a.test", .to = "20210101000000" });
	struct identity *fake =
	    make_identity(a, &(struct wish){ .name = "alone", .dns = "a.test" });
	const struct {
		const char *what;
		struct identity *server, *bundle;
		const char *host, *error;
	} cases[] = {
		{ "a self-signed certificate in the bundle", alone, alone, "a.test", NULL },
		{ "for another name all the same", alone, alone, "b.test",
		    "it was issued for a.test" },
		{ "one of the same name and another key", fake, alone, "a.test", "is self-signed" },
		{ "expired all the same", old, old, "a.test", "it expired on 2021-01-01" },
		{ "a leaf in the bundle, its issuer unknown", leaf, leaf, "a.test", NULL },
		{ "an intermediate in the bundle, its root unknown", leaf, middle, "a.test", NULL },
		{ "a leaf without its intermediate", leaf, root, "a.test",
		    "its issuer \"middle\" is not" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena *own = arena_new();
		struct trust *trust =
		    trust_open(own, scratch_file(a, "one.pem", cases[i].bundle->pem), NULL);
		struct hostile h =
		    start(&(struct server_settings){ .serve = echo, .identity = cases[i].server });
		int fd;
		struct tls *t = try_tls(own, h.port, cases[i].host, trust, 5000, &fd);
		ok(!t == !!cases[i].error && (t || told(own, cases[i].error)), "a short chain");
		if (!t != !!cases[i].error)
			printf("# case: %s: %s\n", cases[i].what, error_text(own));
		if (t) {
			tls_close(t);
			close(fd);
		}
		trust_close(trust);
		stop(&h);
		arena_drop(own);
	}
}

static void no_roots(void)
{
	struct arena *own = arena_new();
	struct identity *id = make_identity(a, &(struct wish){ .name = "x", .dns = "a.test" });
	struct hostile h = start(&(struct server_settings){ .serve = echo, .identity = id });
	int fd;
	struct tls *t = try_tls(own, h.port, "other.test", NULL, 5000, &fd);
	ok(t != NULL, "--insecure takes any certificate");
	char in[16];
	int64_t deadline = clock_ms() + 2000;
	tls_write(t, own, "bye", 3, deadline);
	is_int(tls_read(t, own, in, sizeof in, deadline), 0, "an orderly end");
	ok(!tls_cut(t), "is no cut");
	is_int(tls_read(t, own, in, sizeof in, deadline), 0, "and stays the end");
	tls_close(t);
	close(fd);
	t = try_tls(own, h.port, "a.test", NULL, 5000, &fd);
	tls_write(t, own, "cut", 3, deadline);
	is_int(tls_read(t, own, in, sizeof in, deadline), 0, "an end without a word");
	ok(tls_cut(t), "is a cut");
	tls_close(t);
	close(fd);
	t = try_tls(own, h.port, "a.test", NULL, 5000, &fd);
	is_int(tls_read(t, own, in, sizeof in, clock_ms() + 50), -1, "a read has its deadline");
	ok(told(own, "no answer in time"), "and says so");
	tls_close(t);
	close(fd);
	stop(&h);
	arena_drop(own);
}

/* --- servers that speak no TLS ------------------------------------------------------------ */

static void babble(struct peer *p)
{
	const char *text = p->arg;
	char drop[512];
	if (strcmp(text, "close") == 0)
		return;
	if (*text == '!')
		peer_read(p, drop, sizeof drop); /* what was read makes no reset */
	peer_write(p, text + (*text == '!'), strlen(text));
	peer_hang(p);
}

static void strangers(void)
{
	static const char *const cases[][2] = {
		{ "!HTTP/1.1 400 Bad Request\r\n\r\n",
		    "speaks plain HTTP on this port, not TLS; write http" },
		{ "SSH-2.0-OpenSSH_9.2\r\n",
		    "speaks no TLS on this port, it sent \"SSH-2.0-OpenS" },
		{ "220 mail ESMTP\r\n", "speaks no TLS on this port, it sent \"220 mail ESMTP" },
		{ "!\x15\x03\x01", "no answer in time in the TLS handshake" },
		{ "!\x15\x03\x03\xff\xff\x02\x28\x01", "TLS error" },
		{ "close", "closed the connection in the TLS handshake" },
		{ "", "no answer in time in the TLS handshake" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena *own = arena_new();
		struct hostile h =
		    start(&(struct server_settings){ .serve = babble, .arg = cases[i][0] });
		int fd;
		struct tls *t = try_tls(own, h.port, "a.test", NULL, 500, &fd);
		ok(!t && told(own, cases[i][1]), "no TLS at the other end");
		stop(&h);
		arena_drop(own);
	}
}

static void alert_40(struct peer *p)
{
	char drop[512];
	peer_read(p, drop, sizeof drop);
	peer_write(p, "\x15\x03\x03\x00\x02\x02", 6);
	peer_write(p, p->arg, 1);
	peer_hang(p);
}

static void alert_names(void)
{
	static const char *const cases[][2] = {
		{ "\x28", "an alert: handshake failure" },
		{ "\x46", "speaks neither TLS 1.2 nor 1.3" },
		{ "\x70", "unrecognized name" },
		{ "\xfe", "alert 254" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena *own = arena_new();
		struct hostile h =
		    start(&(struct server_settings){ .serve = alert_40, .arg = cases[i][0] });
		int fd;
		ok(!try_tls(own, h.port, "a.test", NULL, 2000, &fd) && told(own, cases[i][1]),
		    "an alert is told by its name");
		stop(&h);
		arena_drop(own);
	}
}

/* --- the tls-alpn-01 server (RFC 8737 3) --------------------------------------------------- */

static struct der alpn_cert;
static struct key *alpn_key;

static bool find(void *ctx, const char *sni, struct der *cert, struct key **key)
{
	strcpy(ctx, sni);
	*cert = alpn_cert;
	*key = alpn_key;
	return strcmp(sni, "a.test") == 0 || strcmp(sni, "4.3.2.1.in-addr.arpa") == 0;
}

struct validator {
	mbedtls_ssl_config conf;
	mbedtls_ssl_context ssl;
	int fd;
};

static int from_socket(void *ctx, unsigned char *p, size_t n)
{
	ssize_t got = recv(*(int *)ctx, p, n, MSG_DONTWAIT);
	return got < 0 ? MBEDTLS_ERR_SSL_WANT_READ : (int)got;
}

static void validator_new(struct validator *v, int fd, const char *sni, const char **alpn,
    bool tls12)
{
	v->fd = fd;
	mbedtls_ssl_init(&v->ssl);
	mbedtls_ssl_config_init(&v->conf);
	mbedtls_ssl_config_defaults(&v->conf, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
	    MBEDTLS_SSL_PRESET_DEFAULT);
	mbedtls_ssl_conf_rng(&v->conf, rand_mbedtls, NULL);
	mbedtls_ssl_conf_authmode(&v->conf, MBEDTLS_SSL_VERIFY_NONE);
	if (tls12)
		mbedtls_ssl_conf_max_tls_version(&v->conf, MBEDTLS_SSL_VERSION_TLS1_2);
	if (alpn)
		mbedtls_ssl_conf_alpn_protocols(&v->conf, alpn);
	must(mbedtls_ssl_setup(&v->ssl, &v->conf) == 0 &&
	    mbedtls_ssl_set_hostname(&v->ssl, sni) == 0);
	mbedtls_ssl_set_bio(&v->ssl, &v->fd, bio_send, from_socket, NULL);
}

static void alpn_case(struct tls_server *server, char *asked, const char *sni, const char **alpn,
    bool tls12, bool good)
{
	struct arena *own = arena_new();
	int fds[2], result = 0, client = 0;
	short events;
	struct validator v;
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	struct tls *t = tls_accept(server, own, fds[0]);
	is_int(tls_accept_step(t, &events), 0, "a handshake waits");
	is_int(events, POLLIN, "for bytes");
	validator_new(&v, fds[1], sni, alpn, tls12);
	*asked = 0;
	for (int i = 0; i < 100 && (!result || client == MBEDTLS_ERR_SSL_WANT_READ || !client);
	     i++) {
		if (client == 0 || client == MBEDTLS_ERR_SSL_WANT_READ)
			client = mbedtls_ssl_is_handshake_over(&v.ssl)
			    ? 1
			    : mbedtls_ssl_handshake(&v.ssl);
		if (!result)
			result = tls_accept_step(t, &events);
	}
	is_int(result, good ? 1 : -1, good ? "a handshake of a validator" : "a refused handshake");
	if (good) {
		const mbedtls_x509_crt *seen = mbedtls_ssl_get_peer_cert(&v.ssl);
		ok(client == 1 && strcmp(mbedtls_ssl_get_alpn_protocol(&v.ssl), "acme-tls/1") == 0,
		    "speaks acme-tls/1");
		/* An unknown critical extension: a plain client of mbedTLS does not even parse it. */
		(void)seen;
	} else {
		is_int(client, MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE, "the client gets an alert");
	}
	mbedtls_ssl_free(&v.ssl);
	mbedtls_ssl_config_free(&v.conf);
	tls_close(t);
	close(fds[0]);
	close(fds[1]);
	arena_drop(own);
}

static void alpn_server(void)
{
	static const char *acme[] = { "http/1.1", "acme-tls/1", NULL }, *other[] = { "h2", NULL };
	char asked[256];
	/* A plain certificate: how the one with acmeIdentifier looks is for t_cert.c, and what OpenSSL
	 * says of it for the e2e tests. */
	struct identity *id = make_identity(a, &(struct wish){ .name = "x", .dns = "a.test" });
	alpn_cert = der_bytes(id->crt.raw.p, id->crt.raw.len);
	unsigned char der[2048];
	const int n = mbedtls_pk_write_key_der(&id->key, der, sizeof der);
	must(n > 0);
	const char *pem = pem_text(a, "EC PRIVATE KEY", der_bytes(der + sizeof der - n, (size_t)n));
	alpn_key = key_parse(a, pem, strlen(pem), NULL);
	must(alpn_key);
	struct tls_server *server = tls_server_new(a, find, asked);
	for (int tls12 = 0; tls12 < 2; tls12++) {
		alpn_case(server, asked, "A.Test", acme, tls12, true);
		is_str(asked, "a.test", "the name is asked for in lower case");
		alpn_case(server, asked, "4.3.2.1.in-addr.arpa", acme, tls12, true);
		alpn_case(server, asked, "b.test", acme, tls12, false);
		alpn_case(server, asked, NULL, acme, tls12, false);
		alpn_case(server, asked, "a.test", other, tls12, false);
		alpn_case(server, asked, "a.test", NULL, tls12, false);
		is_str(asked, "", "no certificate is looked up for other protocols");
	}
	tls_server_close(server);
	key_close(alpn_key);
}

int main(void)
{
	a = arena_new();
	signal(SIGPIPE, SIG_IGN);
	root = make_identity(a, &(struct wish){ .name = "root", .ca = true });
	middle = make_identity(a, &(struct wish){ .name = "middle", .ca = true, .issuer = root });
	certificates();
	partial_chains();
	no_roots();
	strangers();
	alert_names();
	alpn_server();
	free_identities();
	scratch_remove(a);
	arena_drop(a);
	return done();
}
