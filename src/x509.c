/* Names (RFC 5280 4.1.2.4), extensions (4.2), SubjectAltName (4.2.1.6) and the signed wrapper
 * (4.1.1) of certificates and requests. */
#include "x509.h"

#include <arpa/inet.h>
#include <string.h>

#include "arena.h"
#include "buf.h"
#include "error.h"
#include "key.h"

/* --- names --- */
struct der x509_name(struct arena *a, const char *cn)
{
	if (!cn)
		return DER_SEQUENCE(a, der_bytes("", 0));
	struct der attribute = DER_SEQUENCE(a, der_oid(a, OID_COMMON_NAME),
	    der_make(a, DER_UTF8, der_bytes(cn, strlen(cn))));
	return DER_SEQUENCE(a, der_make(a, DER_SET, attribute));
}

/* Takes one attribute off a Name. RDNs with several attributes are read as if each had its own. */
static bool next_attribute(struct der *name, struct der *set, struct der *oid, int *tag,
    struct der *value)
{
	struct der attribute;
	while (set->n == 0)
		if (!der_take(name, DER_SET, set))
			return false;
	return der_take(set, DER_SEQ, &attribute) && der_take(&attribute, DER_OID, oid) &&
	    der_next(&attribute, tag, value);
}

/* A character as UTF-8. */
static void add_character(struct buf *out, unsigned c)
{
	if (c < 0x80) {
		buf_byte(out, (int)c);
	} else if (c < 0x800) {
		buf_byte(out, (int)(0xc0 | c >> 6));
		buf_byte(out, (int)(0x80 | (c & 0x3f)));
	} else {
		buf_byte(out, (int)(0xe0 | c >> 12));
		buf_byte(out, (int)(0x80 | (c >> 6 & 0x3f)));
		buf_byte(out, (int)(0x80 | (c & 0x3f)));
	}
}

/* The text of an attribute's value: UTF-8, ASCII in several forms, UCS-2, or Latin-1. */
static const char *read_string(struct arena *a, int tag, struct der value)
{
	enum { T61 = 0x14 };
	struct buf out = buf_new(a, 0);
	size_t step = tag == DER_BMP ? 2 : 1;
	for (size_t i = 0; i + step <= value.n; i += step) {
		unsigned c = value.p[i];
		if (tag == DER_BMP)
			c = c << 8 | value.p[i + 1];
		if (c == 0)
			c = '?';
		if (step == 2 || tag == T61)
			add_character(&out, c);
		else
			buf_byte(&out, (int)c);
	}
	return text_safe(a, buf_text(&out), 512);
}

const char *x509_attribute(struct arena *a, struct der name, const char *oid)
{
	const char *found = "";
	struct der set = { 0 }, type, value;
	for (int tag; next_attribute(&name, &set, &type, &tag, &value);)
		if (der_is_oid(type, oid))
			found = read_string(a, tag, value);
	return found;
}

const char *x509_name_line(struct arena *a, struct der name)
{
	static const struct {
		const char *oid;
		const char *word;
	} words[] = {
		{ OID_COMMON_NAME, "CN" },
		{ "2.5.4.6", "C" },
		{ "2.5.4.7", "L" },
		{ "2.5.4.8", "ST" },
		{ OID_ORGANIZATION, "O" },
		{ "2.5.4.11", "OU" },
	};
	struct buf out = buf_new(a, 4096);
	struct der set = { 0 }, type, value;
	for (int tag; next_attribute(&name, &set, &type, &tag, &value);)
		for (size_t i = 0; i < sizeof words / sizeof *words; i++)
			if (der_is_oid(type, words[i].oid))
				buf_fmt(&out, "%s%s=%s", out.len ? ", " : "", words[i].word,
				    read_string(a, tag, value));
	return buf_text(&out);
}

/* --- extensions --- */
struct der x509_extension(struct arena *a, const char *oid, bool critical, struct der value)
{
	static const unsigned char yes = 0xff;
	return DER_SEQUENCE(a, der_oid(a, oid),
	    critical ? der_make(a, DER_BOOL, der_bytes(&yes, 1)) : der_bytes("", 0),
	    der_make(a, DER_OCTETS, value));
}

bool x509_find(struct der list, const char *oid, struct der *value)
{
	struct der extension, type, critical;
	while (der_take(&list, DER_SEQ, &extension)) {
		if (!der_take(&extension, DER_OID, &type) || !der_is_oid(type, oid))
			continue;
		der_take(&extension, DER_BOOL, &critical);
		return der_take(&extension, DER_OCTETS, value);
	}
	return false;
}

/* --- subject alternative names --- */
enum { SAN_DNS = DER_CONTEXT + 2, SAN_IP = DER_CONTEXT + 7 };

static struct der general_name(struct arena *a, const char *name)
{
	unsigned char ip[16];
	if (inet_pton(AF_INET, name, ip) == 1)
		return der_make(a, SAN_IP, der_bytes(ip, 4));
	if (inet_pton(AF_INET6, name, ip) == 1)
		return der_make(a, SAN_IP, der_bytes(ip, 16));
	return der_make(a, SAN_DNS, der_bytes(name, strlen(name)));
}

struct der x509_san(struct arena *a, struct strs names)
{
	struct der *pieces = arena_alloc(a, (names.n + 1) * sizeof *pieces);
	for (size_t i = 0; i < names.n; i++)
		pieces[i] = general_name(a, names.v[i]);
	return der_seq(a, DER_SEQ, pieces, names.n);
}

static const char *address_text(struct arena *a, int family, const void *ip)
{
	char text[INET6_ADDRSTRLEN];
	return inet_ntop(family, ip, text, sizeof text) ? arena_str(a, text) : NULL;
}

/* Printable ASCII without spaces: what no DNS name goes beyond, whatever else is wrong with it. */
static bool is_plain(struct der name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~')
			return false;
	return name.n > 0;
}

int x509_read_san(struct arena *a, struct der value, struct strs *names)
{
	struct der list, name;
	if (!der_take(&value, DER_SEQ, &list))
		return -1;
	for (int tag; list.n > 0;) {
		if (!der_next(&list, &tag, &name))
			return -1;
		if (tag == SAN_DNS) {
			if (!is_plain(name))
				return -1;
			const char *text = arena_strn(a, (const char *)name.p, name.n);
			strs_add(a, names, text_lower(a, text));
		} else if (tag == SAN_IP) {
			if (name.n != 4 && name.n != 16)
				return -1;
			strs_add(a, names,
			    address_text(a, name.n == 4 ? AF_INET : AF_INET6, name.p));
		}
	}
	return 0;
}

const char *x509_identifier(struct arena *a, const char *name)
{
	unsigned char ip[16];
	if (inet_pton(AF_INET, name, ip) == 1)
		return address_text(a, AF_INET, ip);
	if (inet_pton(AF_INET6, name, ip) == 1)
		return address_text(a, AF_INET6, ip);
	return text_lower(a, name);
}

/* --- the signed wrapper --- */
int x509_sign(struct arena *a, struct key *k, struct der tbs, struct der *out)
{
	struct der sig;
	if (key_sign_x509(a, k, tbs, &sig) < 0)
		return -1;
	*out = DER_SEQUENCE(a, tbs, key_x509_algorithm(a, k), der_bits(a, sig));
	return 0;
}

bool x509_split(struct der object, struct x509_signed *out)
{
	struct der body;
	return der_take(&object, DER_SEQ, &body) && object.n == 0 &&
	    der_take_whole(&body, DER_SEQ, &out->tbs) &&
	    der_take_whole(&body, DER_SEQ, &out->algorithm) &&
	    der_take_bits(&body, &out->signature) && body.n == 0;
}
