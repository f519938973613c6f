/* TSIG records (RFC 8945): signing a message, checking its reply. */
#include "tsig.h"

#include <arpa/nameser.h>
#include <resolv.h>
#include <string.h>

#include "arena.h"
#include "clock.h"
#include "resolve.h"
#include "text.h"

enum {
	TYPE_TSIG = 250,
	CLASS_ANY = 255,
	FUDGE = 300, /* seconds that clocks may differ (RFC 8945 10) */
	FIXED = 16,  /* bytes of the record's data besides algorithm, MAC and other data */
};

/* --- parts of a message --- */
void tsig_put16(struct buf *b, unsigned n)
{
	buf_byte(b, (int)(n >> 8 & 0xFF));
	buf_byte(b, (int)(n & 0xFF));
}

int tsig_put_name(struct buf *b, const char *name)
{
	unsigned char wire[NS_MAXCDNAME];
	const int n = dn_comp(name, wire, sizeof wire, NULL, NULL);
	return n < 0 ? -1 : buf_add(b, wire, (size_t)n);
}

static void put_time(struct buf *b, int64_t t)
{
	tsig_put16(b, (unsigned)(t >> 32));
	tsig_put16(b, (unsigned)(t >> 16));
	tsig_put16(b, (unsigned)t);
}

static unsigned get16(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static int64_t get_time(const unsigned char *p)
{
	return (int64_t)get16(p) << 32 | (int64_t)get16(p + 2) << 16 | (int64_t)get16(p + 4);
}

/* --- the signature --- */

/* What of the record is signed with the message (RFC 8945 4.3.3). */
struct variables {
	int64_t time;
	unsigned fudge, error;
	const unsigned char *other;
	size_t other_len;
};

static void put_variables(struct buf *b, const struct tsig_key *k, const struct variables *v)
{
	tsig_put_name(b, k->name);
	tsig_put16(b, CLASS_ANY);
	tsig_put16(b, 0); /* TTL */
	tsig_put16(b, 0);
	tsig_put_name(b, tsig_algorithm(k->hash));
	put_time(b, v->time);
	tsig_put16(b, v->fudge);
	tsig_put16(b, v->error);
	tsig_put16(b, (unsigned)v->other_len);
	buf_add(b, v->other, v->other_len);
}

void tsig_sign(struct buf *message, const struct tsig_key *k, struct tsig_mac *mac)
{
	const struct variables v = { .time = clock_now(), .fudge = FUDGE };
	struct buf all = buf_new(message->mem, 0), data = buf_new(message->mem, 0);
	unsigned char *header = (unsigned char *)message->data;
	const unsigned id = get16(header), records = get16(header + 10) + 1;

	buf_add(&all, message->data, message->len);
	put_variables(&all, k, &v);
	hash_hmac(k->hash, k->secret, k->len, all.data, all.len, mac->bytes);
	mac->n = hash_size(k->hash);

	tsig_put_name(&data, tsig_algorithm(k->hash));
	put_time(&data, v.time);
	tsig_put16(&data, v.fudge);
	tsig_put16(&data, (unsigned)mac->n);
	buf_add(&data, mac->bytes, mac->n);
	tsig_put16(&data, id);
	tsig_put16(&data, 0); /* error */
	tsig_put16(&data, 0); /* other data */

	header[10] = (unsigned char)(records >> 8);
	header[11] = (unsigned char)records;
	tsig_put_name(message, k->name);
	tsig_put16(message, TYPE_TSIG);
	tsig_put16(message, CLASS_ANY);
	tsig_put16(message, 0); /* TTL */
	tsig_put16(message, 0);
	tsig_put16(message, (unsigned)data.len);
	buf_add(message, data.data, data.len);
}

/* --- the reply's --- */
struct record {
	const char *key, *algorithm;
	struct variables signed_with;
	const unsigned char *mac;
	size_t mac_len, start; /* where in the message the record begins */
	unsigned id;
};

/* Where the last additional record begins; 0: nowhere. */
static size_t last_record(const ns_msg *h)
{
	const unsigned char *base = ns_msg_base(*h), *p = base + NS_HFIXEDSZ, *end = ns_msg_end(*h);
	for (ns_sect s = ns_s_qd; s < ns_s_max; s++) {
		const int skip = ns_msg_count(*h, s) - (s == ns_s_ar);
		const int n = ns_skiprr(p, end, s, skip);
		if (skip < 0 || n < 0)
			return 0;
		p += n;
	}
	return (size_t)(p - base);
}

/* The TSIG record, which is the last. 1, 0: there is none, -1: it is broken. */
static int find_record(struct arena *a, const unsigned char *p, size_t n, struct record *out)
{
	char name[NS_MAXDNAME];
	ns_msg h;
	ns_rr rr;
	if (ns_initparse(p, (int)n, &h))
		return -1;
	if (!ns_msg_count(h, ns_s_ar))
		return 0;
	if (!(out->start = last_record(&h)) ||
	    ns_parserr(&h, ns_s_ar, ns_msg_count(h, ns_s_ar) - 1, &rr))
		return -1;
	if ((int)ns_rr_type(rr) != TYPE_TSIG)
		return 0;
	const unsigned char *data = ns_rr_rdata(rr), *end = data + ns_rr_rdlen(rr);
	const int used = dn_expand(p, end, data, name, sizeof name);
	if (used < 0 || end - data < used + FIXED || (int)ns_rr_class(rr) != CLASS_ANY)
		return -1;
	data += used;
	out->key = dns_name(a, ns_rr_name(rr));
	out->algorithm = dns_name(a, name);
	out->mac_len = get16(data + 8);
	out->mac = data + 10;
	if ((size_t)(end - data) < FIXED + out->mac_len)
		return -1;
	const unsigned char *tail = out->mac + out->mac_len;
	out->id = get16(tail);
	out->signed_with = (struct variables){ .time = get_time(data),
		.fudge = get16(data + 6),
		.error = get16(tail + 2),
		.other = tail + 6,
		.other_len = get16(tail + 4) };
	return (size_t)(end - data) == FIXED + out->mac_len + out->signed_with.other_len ? 1 : -1;
}

/* The MAC is over the request's MAC, the reply as it was before the record was put to it, and the
 * record's variables (RFC 8945 5.3). It may be cut, but not below half (5.2.2.1). */
static bool fits(struct arena *a, const unsigned char *p, const struct tsig_key *k,
    const struct tsig_mac *request, const struct record *r)
{
	struct buf all = buf_new(a, 0);
	unsigned char mac[HASH_MAX], wrong = 0;
	const size_t full = hash_size(k->hash);
	const unsigned records = get16(p + 10) - 1;
	if (r->mac_len > full || r->mac_len < 10 || r->mac_len < full / 2)
		return false;
	tsig_put16(&all, (unsigned)request->n);
	buf_add(&all, request->bytes, request->n);
	tsig_put16(&all, r->id);
	buf_add(&all, p + 2, 8);
	tsig_put16(&all, records);
	buf_add(&all, p + NS_HFIXEDSZ, r->start - NS_HFIXEDSZ);
	put_variables(&all, k, &r->signed_with);
	hash_hmac(k->hash, k->secret, k->len, all.data, all.len, mac);
	for (size_t i = 0; i < r->mac_len; i++)
		wrong |= mac[i] ^ r->mac[i];
	return !wrong;
}

struct tsig_verdict tsig_check(struct arena *a, const unsigned char *reply, size_t n,
    const struct tsig_key *k, const struct tsig_mac *request)
{
	struct record r;
	const int found = n < NS_HFIXEDSZ ? -1 : find_record(a, reply, n, &r);
	if (found <= 0)
		return (struct tsig_verdict){ .state = found ? TSIG_BAD : TSIG_NONE };
	const struct variables *v = &r.signed_with;
	const int64_t off = clock_now() - v->time;
	struct tsig_verdict out = { .state = TSIG_BAD, .error = (int)v->error };
	if (out.error == TSIG_BADTIME && v->other_len == 6)
		out.time = get_time(v->other);
	if (out.error && !r.mac_len)
		out.state = TSIG_REFUSED;
	else if (text_is(r.key, k->name) && text_is(r.algorithm, tsig_algorithm(k->hash)) &&
	    off <= (int64_t)v->fudge && -off <= (int64_t)v->fudge && fits(a, reply, k, request, &r))
		out.state = TSIG_GOOD;
	return out;
}
