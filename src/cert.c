/* X.509 certificates read by our own DER reader (RFC 5280 4.1), and what a CA sent compared with
 * what was asked (RFC 8555 11.4). */
#include "cert.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "b64.h"
#include "clock.h"
#include "error.h"
#include "hash.h"
#include "key.h"
#include "pem.h"
#include "rand.h"
#include "x509.h"

enum { CHAIN_MAX = 16, DAY = 86400 };

/* TBSCertificate: the pieces that are looked at. */
struct tbs {
	struct der serial; /* content */
	struct der issuer; /* whole elements */
	struct der subject;
	struct der spki;
	struct der not_before; /* content, and whether it is a UTCTime */
	struct der not_after;
	int before_tag;
	int after_tag;
	struct der extensions; /* content, n = 0 when there are none */
};

static bool split_tbs(struct der whole, struct tbs *out)
{
	struct der in, skip, validity, wrapped;
	if (!der_take(&whole, DER_SEQ, &in))
		return false;
	der_take(&in, DER_EXPLICIT, &skip); /* version */
	if (!der_take(&in, DER_INT, &out->serial) || !der_take(&in, DER_SEQ, &skip) ||
	    !der_take_whole(&in, DER_SEQ, &out->issuer) || !der_take(&in, DER_SEQ, &validity) ||
	    !der_next(&validity, &out->before_tag, &out->not_before) ||
	    !der_next(&validity, &out->after_tag, &out->not_after) ||
	    !der_take_whole(&in, DER_SEQ, &out->subject) ||
	    !der_take_whole(&in, DER_SEQ, &out->spki))
		return false;
	der_take(&in, DER_CONTEXT + 1, &skip); /* unique identifiers of old times */
	der_take(&in, DER_CONTEXT + 2, &skip);
	out->extensions = der_bytes("", 0);
	if (der_take(&in, DER_EXPLICIT + 3, &wrapped) &&
	    (!der_take(&wrapped, DER_SEQ, &out->extensions) || wrapped.n != 0))
		return false;
	return in.n == 0 && out->serial.n > 0;
}

/* --- times (RFC 5280 4.1.2.5): YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ --- */
static bool read_time(int tag, struct der text, int64_t *t)
{
	int field[6];
	size_t at = 0;
	if (text.n != (tag == DER_UTC ? 13 : 15) || (tag != DER_UTC && tag != DER_TIME) ||
	    text.p[text.n - 1] != 'Z')
		return false;
	for (int i = 0; i < 6; i++) {
		field[i] = 0;
		for (size_t digits = i == 0 && tag == DER_TIME ? 4 : 2; digits > 0;
		     digits--, at++) {
			if (text.p[at] < '0' || text.p[at] > '9')
				return false;
			field[i] = field[i] * 10 + text.p[at] - '0';
		}
	}
	if (tag == DER_UTC)
		field[0] += field[0] < 50 ? 2000 : 1900;
	if (field[1] < 1 || field[1] > 12 || field[2] < 1 || field[2] > 31 || field[3] > 23 ||
	    field[4] > 59 || field[5] > 60)
		return false;
	*t = clock_days(field[0], (unsigned)field[1], (unsigned)field[2]) * DAY + field[3] * 3600 +
	    field[4] * 60 + field[5];
	return true;
}

static struct der write_time(struct arena *a, int64_t t)
{
	/* The digits of 2026-11-21T20:33:02Z; years from 2050 on have four. */
	const char *rfc3339 = clock_rfc3339(a, t);
	bool utc = strncmp(rfc3339, "2050", 4) < 0;
	char digits[16];
	size_t n = 0;
	for (const char *p = rfc3339 + (utc ? 2 : 0); *p && n < sizeof digits; p++)
		if ((*p >= '0' && *p <= '9') || *p == 'Z')
			digits[n++] = *p;
	return der_make(a, utc ? DER_UTC : DER_TIME, der_bytes(digits, n));
}

/* --- reading --- */
static struct der copy(struct arena *a, struct der d)
{
	return der_bytes(arena_dup(a, d.p, d.n), d.n);
}

static struct der content(struct der whole)
{
	int tag;
	struct der inside = { 0 };
	der_next(&whole, &tag, &inside);
	return inside;
}

/* keyIdentifier, the first of AuthorityKeyIdentifier's members (RFC 5280 4.2.1.1). */
static struct der read_aki(struct der extensions)
{
	struct der value, body, id;
	if (x509_find(extensions, OID_AKI, &value) && der_take(&value, DER_SEQ, &body) &&
	    der_take(&body, DER_CONTEXT, &id))
		return id;
	return der_bytes("", 0);
}

/* status_request (5) among the TLS features (RFC 7633). */
static bool read_must_staple(struct der extensions)
{
	struct der value, body, feature;
	if (!x509_find(extensions, OID_TLS_FEATURE, &value) || !der_take(&value, DER_SEQ, &body))
		return false;
	while (der_take(&body, DER_INT, &feature))
		if (feature.n == 1 && feature.p[0] == 5)
			return true;
	return false;
}

int cert_parse_der(struct arena *a, struct der der, struct cert *out)
{
	struct x509_signed parts;
	struct tbs tbs;
	struct pubkey pub;
	struct der san;
	*out = (struct cert){ .der = copy(a, der) };
	if (!x509_split(out->der, &parts) || !split_tbs(parts.tbs, &tbs))
		return fail(a, "not a certificate: its structure is broken");
	if (!read_time(tbs.before_tag, tbs.not_before, &out->not_before) ||
	    !read_time(tbs.after_tag, tbs.not_after, &out->not_after))
		return fail(a, "not a certificate: its dates are broken");
	if (x509_find(tbs.extensions, OID_SAN, &san) && x509_read_san(a, san, &out->names) < 0)
		return fail(a, "not a certificate: its subject alternative names are broken");
	out->spki = tbs.spki;
	out->serial = tbs.serial;
	out->serial_hex = hex_encode(a, tbs.serial.p, tbs.serial.n);
	for (char *c = (char *)out->serial_hex; *c; c++)
		if (*c >= 'a' && *c <= 'f')
			*c -= 'a' - 'A';
	out->aki = read_aki(tbs.extensions);
	out->must_staple = read_must_staple(tbs.extensions);
	out->subject_cn = x509_attribute(a, content(tbs.subject), OID_COMMON_NAME);
	out->issuer_cn = x509_attribute(a, content(tbs.issuer), OID_COMMON_NAME);
	if (*out->issuer_cn == '\0')
		out->issuer_cn = x509_attribute(a, content(tbs.issuer), OID_ORGANIZATION);
	out->issuer = x509_name_line(a, content(tbs.issuer));
	out->key_length = pubkey_known(a, tbs.spki, &pub) ? pub.length : "";
	return 0;
}

int chain_parse(struct arena *a, const char *pem, size_t n, struct chain *out)
{
	const char *text = arena_strn(a, pem, n);
	struct pem block;
	int found;
	*out = (struct chain){ .certs = arena_alloc(a, CHAIN_MAX * sizeof *out->certs) };
	while ((found = pem_next(a, &text, &block)) > 0) {
		if (!text_is(block.label, "CERTIFICATE"))
			continue;
		if (out->n == CHAIN_MAX)
			return fail(a, "more than %d certificates in one chain", CHAIN_MAX);
		if (cert_parse_der(a, block.der, &out->certs[out->n++]) < 0)
			return -1;
	}
	if (found == 0 && out->n == 0)
		return fail(a, "there is no PEM certificate in it");
	return found;
}

char *cert_pem(struct arena *a, struct der der)
{
	return pem_text(a, "CERTIFICATE", der);
}

/* --- checking --- */
static int check_labels(struct arena *a, const char *pem)
{
	struct pem block;
	int found;
	while ((found = pem_next(a, &pem, &block)) > 0)
		if (!text_is(block.label, "CERTIFICATE"))
			return fail(a, "the chain has a %s block in it",
			    text_safe(a, block.label, 64));
	return found;
}

static int check_names(struct arena *a, struct strs got, struct strs asked)
{
	struct strs wanted = { 0 };
	for (size_t i = 0; i < asked.n; i++) {
		strs_add(a, &wanted, x509_identifier(a, asked.v[i]));
		if (!strs_has(got, wanted.v[i]))
			return fail(a, "the certificate is not for %s, but for %s", asked.v[i],
			    text_safe(a, text_join(a, got, ", "), 1000));
	}
	for (size_t i = 0; i < got.n; i++)
		if (!strs_has(wanted, got.v[i]))
			return fail(a, "the certificate is also for %s, which was not asked for",
			    text_safe(a, got.v[i], 300));
	return 0;
}

static const char *title(const struct cert *c)
{
	return *c->subject_cn ? c->subject_cn : c->names.n > 0 ? c->names.v[0] : c->serial_hex;
}

static int check_link(struct arena *a, const struct cert *c, const struct cert *issuer)
{
	struct x509_signed below, above;
	struct tbs tbs, tbs_above;
	if (!x509_split(c->der, &below) || !x509_split(issuer->der, &above) ||
	    !split_tbs(below.tbs, &tbs) || !split_tbs(above.tbs, &tbs_above))
		return fail(a, "not a certificate: its structure is broken");
	/* An algorithm that we do not know (PSS, Ed25519) is left to those who use the chain. */
	if (der_equal(tbs.issuer, tbs_above.subject) &&
	    pubkey_verify(issuer->spki, below.algorithm, below.tbs, below.signature) != 0)
		return 0;
	return fail(a, "the chain is broken: '%s' is not signed by '%s', which follows it",
	    text_safe(a, title(c), 100), text_safe(a, title(issuer), 100));
}

int chain_check(struct arena *a, const char *pem, const struct chain *c, struct der spki,
    struct strs names, int64_t now)
{
	if (check_labels(a, pem) < 0)
		return -1;
	if (c->n == 0)
		return fail(a, "there is no PEM certificate in it");
	if (!der_equal(c->certs[0].spki, spki))
		return fail(a, "the first certificate of the chain is for another key than ours");
	if (check_names(a, c->certs[0].names, names) < 0)
		return -1;
	for (size_t i = 0; i < c->n; i++) {
		if (c->certs[i].not_after < now)
			return fail(a, "certificate '%s' has expired on %s",
			    text_safe(a, title(&c->certs[i]), 100),
			    clock_rfc3339(a, c->certs[i].not_after));
		if (i + 1 < c->n && check_link(a, &c->certs[i], &c->certs[i + 1]) < 0)
			return -1;
	}
	return 0;
}

const char *chain_top_issuer(const struct chain *c)
{
	return c->n > 0 ? c->certs[c->n - 1].issuer_cn : "";
}

char *cert_fingerprint(struct arena *a, const struct cert *c)
{
	return hash_hex(a, HASH_SHA256, c->der.p, c->der.n);
}

char *cert_ari_id(struct arena *a, const struct cert *c)
{
	if (c->aki.n == 0)
		return NULL;
	return fmt(a, "%s.%s", b64url_encode(a, c->aki.p, c->aki.n),
	    b64url_encode(a, c->serial.p, c->serial.n));
}

/* --- the tls-alpn-01 certificate --- */
int cert_make_alpn(struct arena *a, struct key *k, const char *identifier,
    const unsigned char digest[32], struct der *out)
{
	unsigned char serial[16];
	struct pubkey pub;
	int64_t now = clock_now();
	if (key_public(a, k, &pub) < 0)
		return -1;
	rand_bytes(serial, sizeof serial);
	serial[0] =
	    (unsigned char)((serial[0] & 0x3f) | 0x40);   /* positive, without a leading zero */
	struct der name = x509_name(a, "ACME challenge"); /* mbedTLS reads no empty issuer */
	struct der extensions = DER_SEQUENCE(a,
	    x509_extension(a, OID_SAN, false,
	        x509_san(a, (struct strs){ .v = &identifier, .n = 1 })),
	    x509_extension(a, OID_ACME_IDENTIFIER, true,
	        der_make(a, DER_OCTETS, der_bytes(digest, 32))));
	struct der tbs = DER_SEQUENCE(a, der_make(a, DER_EXPLICIT, der_uint(a, 2)), /* version 3 */
	    der_make(a, DER_INT, der_bytes(serial, sizeof serial)), key_x509_algorithm(a, k), name,
	    DER_SEQUENCE(a, write_time(a, now - 7 * DAY / 2), write_time(a, now + 7 * DAY / 2)),
	    name, pub.spki, der_make(a, DER_EXPLICIT + 3, extensions));
	return x509_sign(a, k, tbs, out);
}
