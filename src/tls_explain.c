/* Why a TLS connection failed, in words: certificates (RFC 5280 6, RFC 6125) and alerts (RFC 8446
 * 6). Also the last word on a certificate, see tls_verify(). */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS /* the alert's number has no other way out */

#include <arpa/inet.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/oid.h>
#include <mbedtls/x509_crt.h>
#include <string.h>
#include <sys/socket.h>

#include "arena.h"
#include "error.h"
#include "text.h"
#include "tls_state.h"
#include "trust.h"

/* --- certificates ------------------------------------------------------------------------- */

static const char *safe(struct arena *a, const mbedtls_x509_buf *b)
{
	return text_safe(a, arena_strn(a, (const char *)b->p, b->len), 100);
}

/* The CN of a name, else its O. */
static const char *name_of(struct arena *a, const mbedtls_x509_name *name)
{
	const mbedtls_x509_buf *found = NULL;
	for (; name; name = name->next) {
		if (MBEDTLS_OID_CMP(MBEDTLS_OID_AT_CN, &name->oid) == 0)
			return fmt(a, "\"%s\"", safe(a, &name->val));
		if (MBEDTLS_OID_CMP(MBEDTLS_OID_AT_ORGANIZATION, &name->oid) == 0)
			found = &name->val;
	}
	return found ? fmt(a, "\"%s\"", safe(a, found)) : "(without a name)";
}

static const char *date(struct arena *a, const mbedtls_x509_time *t)
{
	return fmt(a, "%04d-%02d-%02d %02d:%02d UTC", t->year, t->mon, t->day, t->hour, t->min);
}

static const char *address(struct arena *a, const mbedtls_x509_buf *b)
{
	char text[INET6_ADDRSTRLEN] = "?";
	inet_ntop(b->len == 4 ? AF_INET : AF_INET6, b->p, text, sizeof text);
	return b->len == 4 || b->len == 16 ? arena_str(a, text) : "?";
}

static int san_type(const mbedtls_x509_sequence *s)
{
	return s->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK;
}

/* The first names that a certificate is for. */
static const char *names(struct arena *a, const mbedtls_x509_crt *crt)
{
	struct strs list = { 0 };
	const mbedtls_x509_sequence *s = &crt->subject_alt_names;
	for (; s && s->buf.p && list.n < 4; s = s->next)
		if (san_type(s) == MBEDTLS_X509_SAN_DNS_NAME)
			strs_add(a, &list, safe(a, &s->buf));
		else if (san_type(s) == MBEDTLS_X509_SAN_IP_ADDRESS)
			strs_add(a, &list, address(a, &s->buf));
	if (!list.n)
		strs_add(a, &list, name_of(a, &crt->subject));
	return fmt(a, "%s%s", text_join(a, list, ", "), s && s->buf.p ? ", ..." : "");
}

/* IP address SANs, compared as bytes; mbedTLS is not told addresses, it would send them as SNI. */
static bool is_for_address(const mbedtls_x509_crt *crt, const char *host)
{
	unsigned char ip[16];
	size_t len = mbedtls_x509_crt_parse_cn_inet_pton(host, ip);
	for (const mbedtls_x509_sequence *s = &crt->subject_alt_names; s && len; s = s->next)
		if (s->buf.p && san_type(s) == MBEDTLS_X509_SAN_IP_ADDRESS && s->buf.len == len &&
		    memcmp(s->buf.p, ip, len) == 0)
			return true;
	return false;
}

static const char *untrusted(struct tls *t, const mbedtls_x509_crt *crt)
{
	bool self = crt->issuer_raw.len == crt->subject_raw.len &&
	    memcmp(crt->issuer_raw.p, crt->subject_raw.p, crt->issuer_raw.len) == 0;
	if (self)
		return fmt(t->mem, "%s is self-signed and not trusted",
		    name_of(t->mem, &crt->subject));
	return fmt(t->mem, "its issuer %s is not trusted", name_of(t->mem, &crt->issuer));
}

/* What one flag of one certificate means. */
static const char *reason(struct tls *t, const mbedtls_x509_crt *crt, int depth, uint32_t flag)
{
	struct arena *a = t->mem;
	const char *it =
	    depth ? fmt(a, "that of its issuer %s ", name_of(a, &crt->subject)) : "it ";
	switch (flag) {
	case MBEDTLS_X509_BADCERT_EXPIRED:
		return fmt(a, "%sexpired on %s", it, date(a, &crt->valid_to));
	case MBEDTLS_X509_BADCERT_FUTURE:
		return fmt(a, "%sis valid from %s on only (is the clock right?)", it,
		    date(a, &crt->valid_from));
	case MBEDTLS_X509_BADCERT_CN_MISMATCH:
		return fmt(a, "it was issued for %s, not for %s", names(a, crt),
		    text_safe(a, t->host, 100));
	case MBEDTLS_X509_BADCERT_NOT_TRUSTED:
		return untrusted(t, crt);
	case MBEDTLS_X509_BADCERT_BAD_KEY:
		return fmt(a, "%sis signed by a key that is too weak, or has one", it);
	case MBEDTLS_X509_BADCERT_BAD_MD:
	case MBEDTLS_X509_BADCERT_BAD_PK:
		return fmt(a, "%sis signed in a way that is not safe any more", it);
	default:
		return fmt(a, "%sis not valid (flag 0x%x)", it, (unsigned)flag);
	}
}

static void tell(struct tls *t, const mbedtls_x509_crt *crt, int depth, uint32_t flags)
{
	for (uint32_t flag = 1; flag && flags; flags &= ~flag, flag <<= 1)
		if (flags & flag) {
			const char *text = reason(t, crt, depth, flag);
			t->reasons =
			    t->reasons ? fmt(t->mem, "%s, and %s", text, t->reasons) : text;
		}
}

/* mbedTLS asks from the top of the chain down. Faults are gathered on the way and told at the
 * leaf, because a leaf that is trusted itself needs no chain: then only what is wrong with the
 * leaf counts. */
int tls_verify(void *tls, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
	struct tls *t = tls;
	if (depth > 0) {
		tell(t, crt, depth, *flags);
		t->faults |= *flags;
		*flags = 0;
		return 0;
	}
	if (text_is_ip(t->host) && !is_for_address(crt, t->host))
		*flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
	if (((t->faults | *flags) & MBEDTLS_X509_BADCERT_NOT_TRUSTED) &&
	    trust_holds(t->trust, der_bytes(crt->raw.p, crt->raw.len))) {
		*flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_NOT_TRUSTED;
		t->faults = 0;
		t->reasons = NULL;
	}
	tell(t, crt, 0, *flags);
	*flags |= t->faults;
	return 0;
}

static int refused(struct tls *t, struct arena *a)
{
	uint32_t flags = mbedtls_ssl_get_verify_result(&t->ssl);
	if (!t->reasons)
		t->reasons =
		    flags & (MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE)
		    ? "it is not meant for a TLS server"
		    : "it cannot be verified";
	fail(a, "the server's certificate is refused: %s", t->reasons);
	if (!(flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED))
		return -1;
	if (!trust_source(t->trust))
		return remedy(a,
		    "no root certificates were found on this machine: install the package "
		    "ca-certificates, or use --ca-bundle FILE");
	return remedy(a,
	    "the roots in %s were tried; if you trust this server, give the certificate "
	    "of its CA with --ca-bundle FILE",
	    trust_source(t->trust));
}

/* --- alerts and the rest ------------------------------------------------------------------ */

static const struct {
	unsigned char alert;
	const char *name;
} alerts[] = {
	{ 10, "unexpected message" },
	{ 20, "bad record MAC" },
	{ 22, "record overflow" },
	{ 40, "handshake failure: no common cipher, key exchange or signature" },
	{ 42, "bad certificate" },
	{ 43, "unsupported certificate" },
	{ 44, "certificate revoked" },
	{ 45, "certificate expired" },
	{ 46, "certificate unknown" },
	{ 47, "illegal parameter" },
	{ 48, "unknown CA" },
	{ 49, "access denied" },
	{ 50, "decode error" },
	{ 51, "decrypt error" },
	{ 70, "protocol version: it speaks neither TLS 1.2 nor 1.3" },
	{ 71, "insufficient security" },
	{ 80, "internal error" },
	{ 86, "inappropriate fallback" },
	{ 90, "user canceled" },
	{ 109, "missing extension" },
	{ 110, "unsupported extension" },
	{ 112, "unrecognized name: it does not serve this host" },
	{ 116, "certificate required: it wants a client certificate" },
	{ 120, "no application protocol: it does not offer http/1.1" },
};

static int tell_alert(struct arena *a, unsigned char alert)
{
	for (size_t i = 0; i < sizeof alerts / sizeof *alerts; i++)
		if (alerts[i].alert == alert)
			return fail(a, "the server ended TLS with an alert: %s", alerts[i].name);
	return fail(a, "the server ended TLS with alert %u", alert);
}

/* A peer whose first byte begins no TLS record speaks something else. */
static bool speaks_tls(const struct tls *t)
{
	return !t->greeted || (t->greeting[0] >= 0x14 && t->greeting[0] <= 0x18);
}

static int tell_stranger(struct tls *t, struct arena *a)
{
	/* mbedTLS stops at the head of a record; what came behind it makes the text readable. */
	ssize_t more =
	    recv(t->fd, t->greeting + t->greeted, sizeof t->greeting - t->greeted, MSG_DONTWAIT);
	t->greeted += more > 0 ? (size_t)more : 0;
	const char *start = arena_strn(a, t->greeting, t->greeted);
	if (!text_starts(start, "HTTP/")) {
		size_t line = strcspn(start, "\r\n");
		return fail(a, "speaks no TLS on this port, it sent \"%s\"",
		    text_safe(a, arena_strn(a, start, line), sizeof t->greeting));
	}
	fail(a, "speaks plain HTTP on this port, not TLS");
	return remedy(a, "write http:// in the URL, or the port of its TLS service");
}

int tls_explain(struct tls *t, struct arena *a, int ret)
{
	bool opening = !mbedtls_ssl_is_handshake_over(&t->ssl);
	if (!speaks_tls(t))
		return tell_stranger(t, a);
	switch (ret) {
	case MBEDTLS_ERR_X509_CERT_VERIFY_FAILED:
	case MBEDTLS_ERR_SSL_BAD_CERTIFICATE:
		return refused(t, a);
	case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
		return tell_alert(a, t->ssl.in_msg[1]);
	case MBEDTLS_ERR_SSL_CONN_EOF:
	case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
	case MBEDTLS_ERR_NET_CONN_RESET:
		arena_error(a)->transient = true;
		return fail(a, "closed the connection %s",
		    opening ? "in the TLS handshake (is this a port for TLS?)"
		            : "while it was in use");
	case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION:
		return fail(a, "speaks neither TLS 1.2 nor TLS 1.3");
	case MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE:
		return fail(a,
		    "has no cipher, key exchange or signature in common with this program");
	case MBEDTLS_ERR_SSL_UNRECOGNIZED_NAME:
	case MBEDTLS_ERR_SSL_NO_APPLICATION_PROTOCOL:
		return fail(a, "asked for no name or protocol that is served here");
	default:
		return fail(a, "TLS error -0x%04x%s", (unsigned)-ret,
		    opening ? " in the handshake" : "");
	}
}
