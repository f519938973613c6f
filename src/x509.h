/* The pieces that certificates and certificate requests share (RFC 5280): names, extensions,
 * subject alternative names, signatures; written and read. */
#ifndef X509_H
#define X509_H

#include <stdbool.h>

#include "der.h"
#include "text.h"

struct arena;
struct key;

#define OID_COMMON_NAME "2.5.4.3"
#define OID_ORGANIZATION "2.5.4.10"
#define OID_SAN "2.5.29.17"
#define OID_AKI "2.5.29.35"
#define OID_EKU "2.5.29.37"
#define OID_TLS_FEATURE "1.3.6.1.5.5.7.1.24"

/* A Name of one CN; the empty Name when cn is NULL. */
struct der x509_name(struct arena *a, const char *cn);
/* The last attribute of that type as UTF-8, "" when there is none. name: content of the Name. */
const char *x509_attribute(struct arena *a, struct der name, const char *oid);
/* "C=US, O=Example, CN=Example CA" */
const char *x509_name_line(struct arena *a, struct der name);

struct der x509_extension(struct arena *a, const char *oid, bool critical, struct der value);
/* The value of an extension; list: content of Extensions. */
bool x509_find(struct der list, const char *oid, struct der *value);

/* SubjectAltName of DNS names and IP addresses, in their order. */
struct der x509_san(struct arena *a, struct strs names);
/* Its DNS names in lower case, and its IP addresses as text; other kinds are left out. -1 (no
 * error record) when it is malformed. */
int x509_read_san(struct arena *a, struct der value, struct strs *names);
/* An identifier in the form in which x509_read_san gives it. */
const char *x509_identifier(struct arena *a, const char *name);

/* The three parts of a signed object (certificate or request). */
struct x509_signed {
	struct der tbs;       /* whole element: what is signed */
	struct der algorithm; /* whole element */
	struct der signature;
};
/* SEQUENCE { tbs, algorithm, signature by k }. */
int x509_sign(struct arena *a, struct key *k, struct der tbs, struct der *out);
bool x509_split(struct der object, struct x509_signed *out);

#endif
