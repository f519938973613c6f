/* DER (ITU-T X.690): a reader that never leaves its bytes, and a writer that builds from the
 * inside out. Used for what mbedTLS cannot write: PKCS#8, PKCS#12, ACME's certificate extension. */
#ifndef DER_H
#define DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct der {
	const unsigned char *p;
	size_t n;
};

enum {
	DER_BOOL = 0x01,
	DER_INT = 0x02,
	DER_BITS = 0x03,
	DER_OCTETS = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_UTF8 = 0x0c,
	DER_UTC = 0x17,
	DER_TIME = 0x18,
	DER_BMP = 0x1e,
	DER_SEQ = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT = 0x80, /* [0] IMPLICIT of a simple type; plus the number */
	DER_EXPLICIT = 0xa0 /* [0], constructed */
};

/* Takes the next element off in: its tag and content. false at the end or when malformed. */
bool der_next(struct der *in, int *tag, struct der *content);
/* The same, when its tag is the expected one; else in is left as it was. */
bool der_take(struct der *in, int tag, struct der *content);
/* The same, but with tag and length octets: what a signature covers. */
bool der_take_whole(struct der *in, int tag, struct der *element);

bool der_equal(struct der a, struct der b);
/* Whether the content of an OID element is "2.5.4.3". */
bool der_is_oid(struct der content, const char *dotted);
/* The bytes of a BIT STRING of whole bytes. */
bool der_take_bits(struct der *in, struct der *bytes);

/* One element of n content bytes; the pieces of der_cat one after another. */
struct der der_make(struct arena *a, int tag, struct der content);
struct der der_cat(struct arena *a, const struct der *pieces, size_t n);
#define DER_SEQUENCE(a, ...) \
	der_seq(a, DER_SEQ, (const struct der[]){ __VA_ARGS__ }, \
	    sizeof(const struct der[]){ __VA_ARGS__ } / sizeof(struct der))
struct der der_seq(struct arena *a, int tag, const struct der *pieces, size_t n);
struct der der_bytes(const void *p, size_t n);
struct der der_uint(struct arena *a, uint64_t v);
/* A BIT STRING of whole bytes. */
struct der der_bits(struct arena *a, struct der bytes);
/* "1.2.840.113549.1.7.1"; n is 0 when the text is no object identifier. */
struct der der_oid(struct arena *a, const char *dotted);

#endif
