/* Certificate signing requests, PKCS#10 (RFC 2986), with extensionRequest (RFC 2985 5.4.2). */
#include "csr.h"

#include <string.h>

#include "arena.h"
#include "error.h"
#include "key.h"
#include "pem.h"
#include "x509.h"

#define OID_EXTENSION_REQUEST "1.2.840.113549.1.9.14"

/* --- writing --- */
static const struct {
	const char *word;
	const char *oid;
} purposes[] = {
	/* RFC 5280 4.2.1.12 */
	{ "OCSPSigning", "1.3.6.1.5.5.7.3.9" },
	{ "clientAuth", "1.3.6.1.5.5.7.3.2" },
	{ "codeSigning", "1.3.6.1.5.5.7.3.3" },
	{ "emailProtection", "1.3.6.1.5.5.7.3.4" },
	{ "serverAuth", "1.3.6.1.5.5.7.3.1" },
	{ "timeStamping", "1.3.6.1.5.5.7.3.8" },
};

static int write_eku(struct arena *a, const char *eku, struct der *out)
{
	struct strs words = text_split(a, eku, ", ");
	struct der *oids = arena_alloc(a, (words.n + 1) * sizeof *oids);
	for (size_t i = 0; i < words.n; i++) {
		const char *oid = words.v[i];
		for (size_t j = 0; j < sizeof purposes / sizeof *purposes; j++)
			if (text_is_ci(words.v[i], purposes[j].word))
				oid = purposes[j].oid;
		oids[i] = der_oid(a, oid);
		if (oids[i].n == 0) {
			fail(a, "extended key usage '%s': there is no such purpose",
			    text_safe(a, words.v[i], 100));
			return remedy(a,
			    "give serverAuth, clientAuth or a dotted OID, separated by commas");
		}
	}
	*out = words.n == 0 ? der_bytes("", 0)
	                    : x509_extension(a, OID_EKU, false, der_seq(a, DER_SEQ, oids, words.n));
	return 0;
}

int csr_make(struct arena *a, struct key *k, const struct csr_ask *ask, struct der *out)
{
	const struct der none = der_bytes("", 0);
	struct der eku, san = none, staple = none;
	struct pubkey pub;
	if (key_public(a, k, &pub) < 0 || write_eku(a, ask->eku ? ask->eku : "", &eku) < 0)
		return -1;
	if (ask->names.n > 0)
		san = x509_extension(a, OID_SAN, false, x509_san(a, ask->names));
	if (ask->must_staple)
		staple = x509_extension(a, OID_TLS_FEATURE, false, DER_SEQUENCE(a, der_uint(a, 5)));
	struct der request = DER_SEQUENCE(a, der_oid(a, OID_EXTENSION_REQUEST),
	    der_make(a, DER_SET, DER_SEQUENCE(a, eku, san, staple)));
	bool extended = eku.n + san.n + staple.n > 0;
	struct der info = DER_SEQUENCE(a, der_uint(a, 0), x509_name(a, ask->cn), pub.spki,
	    der_make(a, DER_EXPLICIT, extended ? request : none));
	return x509_sign(a, k, info, out);
}

char *csr_pem(struct arena *a, struct der der)
{
	return pem_text(a, "CERTIFICATE REQUEST", der);
}

/* --- reading --- */
/* attributes: SET OF SEQUENCE { type, SET { Extensions } }. false when malformed. */
static bool read_attributes(struct arena *a, struct der attributes, struct csr *out)
{
	struct der attribute, type, values, extensions, san;
	while (attributes.n > 0) {
		if (!der_take(&attributes, DER_SEQ, &attribute) ||
		    !der_take(&attribute, DER_OID, &type) ||
		    !der_take(&attribute, DER_SET, &values))
			return false;
		if (!der_is_oid(type, OID_EXTENSION_REQUEST))
			continue;
		if (!der_take(&values, DER_SEQ, &extensions))
			return false;
		if (x509_find(extensions, OID_SAN, &san) && x509_read_san(a, san, &out->names) < 0)
			return false;
	}
	return true;
}

static int read_info(struct arena *a, struct der tbs, struct csr *out)
{
	struct der info, version, subject, attributes;
	if (!der_take(&tbs, DER_SEQ, &info) || !der_take(&info, DER_INT, &version) ||
	    !der_take(&info, DER_SEQ, &subject) || !der_take_whole(&info, DER_SEQ, &out->spki))
		return fail(a, "not a certificate request: its structure is broken");
	out->cn = x509_attribute(a, subject, OID_COMMON_NAME);
	if (der_take(&info, DER_EXPLICIT, &attributes) && !read_attributes(a, attributes, out))
		return fail(a, "not a certificate request: its extensions are broken");
	return 0;
}

/* The DER in a file's bytes. */
static int unwrap(struct arena *a, const void *p, size_t n, struct der *out)
{
	const char *text = arena_strn(a, p, n);
	struct pem block;
	*out = der_bytes(arena_dup(a, p, n), n);
	if (!pem_is(text))
		return 0;
	if (pem_next(a, &text, &block) < 0)
		return -1;
	if (!text_is(block.label, "CERTIFICATE REQUEST") &&
	    !text_is(block.label, "NEW CERTIFICATE REQUEST"))
		return fail(a, "not a certificate request: it has a %s block",
		    text_safe(a, block.label, 64));
	*out = block.der;
	return 0;
}

int csr_parse(struct arena *a, const void *p, size_t n, struct csr *out)
{
	struct x509_signed parts;
	struct pubkey pub;
	*out = (struct csr){ 0 };
	if (unwrap(a, p, n, &out->der) < 0)
		return -1;
	if (!x509_split(out->der, &parts))
		return fail(a, "not a certificate request: neither PEM nor DER of one");
	if (read_info(a, parts.tbs, out) < 0 || pubkey_parse(a, out->spki, &pub) < 0)
		return -1;
	out->ec = pub.ec;
	out->key_length = pub.ec ? pub.curve : pub.length;
	switch (pubkey_verify(out->spki, parts.algorithm, parts.tbs, parts.signature)) {
	case 1:
		return 0;
	case 0:
		return fail(a, "the certificate request is not signed by its own key");
	default:
		return fail(a,
		    "the certificate request is signed by a method that is not supported");
	}
}
