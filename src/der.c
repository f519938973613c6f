/* DER (ITU-T X.690 sections 8 and 10): one-byte tags, definite lengths in their shortest form. */
#include "der.h"

#include <string.h>

#include "arena.h"

bool der_next(struct der *in, int *tag, struct der *content)
{
	if (in->n < 2 || (in->p[0] & 0x1f) == 0x1f)
		return false;
	size_t head = 2;
	size_t len = in->p[1];
	if (len >= 0x80) {
		size_t octets = len & 0x7f;
		if (octets == 0 || octets > 4 || in->n - head < octets || in->p[head] == 0)
			return false;
		for (len = 0; octets > 0; octets--)
			len = len << 8 | in->p[head++];
		if (len < 0x80)
			return false;
	}
	if (len > in->n - head)
		return false;
	*tag = in->p[0];
	*content = der_bytes(in->p + head, len);
	*in = der_bytes(in->p + head + len, in->n - head - len);
	return true;
}

bool der_take(struct der *in, int tag, struct der *content)
{
	struct der rest = *in;
	int found;
	if (!der_next(&rest, &found, content) || found != tag)
		return false;
	*in = rest;
	return true;
}

bool der_take_whole(struct der *in, int tag, struct der *element)
{
	const unsigned char *start = in->p;
	struct der content;
	if (!der_take(in, tag, &content))
		return false;
	*element = der_bytes(start, (size_t)(in->p - start));
	return true;
}

bool der_take_bits(struct der *in, struct der *bytes)
{
	struct der content;
	if (!der_take(in, DER_BITS, &content) || content.n < 1 || content.p[0] != 0)
		return false;
	*bytes = der_bytes(content.p + 1, content.n - 1);
	return true;
}

bool der_equal(struct der a, struct der b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

struct der der_bytes(const void *p, size_t n)
{
	return (struct der){ p, n };
}

struct der der_make(struct arena *a, int tag, struct der content)
{
	size_t octets = 0;
	if (content.n >= 0x80)
		for (size_t v = content.n; v > 0; v >>= 8)
			octets++;
	unsigned char *p = arena_alloc(a, 2 + octets + content.n);
	p[0] = (unsigned char)tag;
	p[1] = (unsigned char)(octets ? 0x80 | octets : content.n);
	for (size_t i = 0; i < octets; i++)
		p[2 + i] = (unsigned char)(content.n >> 8 * (octets - 1 - i));
	if (content.n > 0)
		memcpy(p + 2 + octets, content.p, content.n);
	return der_bytes(p, 2 + octets + content.n);
}

struct der der_cat(struct arena *a, const struct der *pieces, size_t n)
{
	size_t total = 0;
	for (size_t i = 0; i < n; i++)
		total += pieces[i].n;
	unsigned char *p = arena_alloc(a, total);
	struct der all = { p, total };
	for (size_t i = 0; i < n; i++) {
		if (pieces[i].n > 0)
			memcpy(p, pieces[i].p, pieces[i].n);
		p += pieces[i].n;
	}
	return all;
}

struct der der_seq(struct arena *a, int tag, const struct der *pieces, size_t n)
{
	return der_make(a, tag, der_cat(a, pieces, n));
}

struct der der_uint(struct arena *a, uint64_t v)
{
	unsigned char bytes[9]; /* one more than the number needs: the sign */
	size_t n = 0;
	do {
		bytes[8 - n++] = (unsigned char)v;
		v >>= 8;
	} while (v > 0);
	if (bytes[9 - n] & 0x80)
		bytes[8 - n++] = 0;
	return der_make(a, DER_INT, der_bytes(bytes + 9 - n, n));
}

struct der der_bits(struct arena *a, struct der bytes)
{
	static const unsigned char no_unused_bits;
	return der_seq(a, DER_BITS, (const struct der[]){ { &no_unused_bits, 1 }, bytes }, 2);
}

/* --- object identifiers (X.690 8.19) --- */
enum { OID_BYTES = 64 };

static bool read_arc(const char **s, uint64_t *arc)
{
	if (**s < '0' || **s > '9' || (**s == '0' && (*s)[1] >= '0' && (*s)[1] <= '9'))
		return false;
	for (*arc = 0; **s >= '0' && **s <= '9'; ++*s) {
		if (*arc > UINT32_MAX)
			return false;
		*arc = *arc * 10 + (uint64_t)(**s - '0');
	}
	return **s == '\0' || *(*s)++ == '.';
}

static size_t write_arc(uint64_t arc, unsigned char *out, size_t room)
{
	size_t n = 1;
	for (uint64_t v = arc >> 7; v > 0; v >>= 7)
		n++;
	if (n > room)
		return 0;
	for (size_t i = 0; i < n; i++)
		out[i] = (unsigned char)((arc >> 7 * (n - 1 - i) & 0x7f) | (i + 1 < n ? 0x80 : 0));
	return n;
}

/* The number of content bytes, 0 when the text is no object identifier. */
static size_t encode_oid(const char *s, unsigned char out[OID_BYTES])
{
	uint64_t first, arc;
	if (!read_arc(&s, &first) || first > 2 || !read_arc(&s, &arc) || (first < 2 && arc > 39))
		return 0;
	size_t n = write_arc(first * 40 + arc, out, OID_BYTES);
	while (*s) {
		if (!read_arc(&s, &arc))
			return 0;
		size_t more = write_arc(arc, out + n, OID_BYTES - n);
		if (more == 0)
			return 0;
		n += more;
	}
	return s[-1] == '.' ? 0 : n;
}

struct der der_oid(struct arena *a, const char *dotted)
{
	unsigned char bytes[OID_BYTES];
	size_t n = encode_oid(dotted, bytes);
	return n ? der_make(a, DER_OID, der_bytes(bytes, n)) : der_bytes("", 0);
}

bool der_is_oid(struct der content, const char *dotted)
{
	unsigned char bytes[OID_BYTES];
	return der_equal(content, der_bytes(bytes, encode_oid(dotted, bytes)));
}
