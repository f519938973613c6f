/* Update messages (RFC 2136), and the question whether a server holds a zone, by UDP and TCP. Both
 * are signed with the key, since servers choose by it what they show (BIND's views). */
#include "dnsupdate.h"

#include <arpa/nameser.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "error.h"
#include "log.h"
#include "rand.h"
#include "resolve.h"

enum {
	UDP_MAX = 512, /* what is longer goes by TCP (RFC 2136 6.1) */
	REPLY_MAX = 65535,
	UDP_WAIT = 2000, /* ms for a reply; then twice that, then TCP */
	UDP_TRIES = 2,
	SECONDS = 20,
	TEXT_MAX = 255,   /* bytes of one of a TXT record's strings */
	CLASS_NONE = 254, /* "this record of the set is to go" (RFC 2136 2.5.4) */
	FLAG_REPLY = 0x80,
	FLAG_CUT = 0x02,
	OPCODE = 0x78,
	RCODE = 0x0F,
};

/* --- messages --- */
struct message {
	struct buf out;
	struct tsig_mac mac;
};

static struct message begin(struct arena *a, ns_opcode opcode)
{
	struct message m = { .out = buf_new(a, REPLY_MAX) };
	unsigned char id[2];
	rand_bytes(id, sizeof id);
	buf_add(&m.out, id, sizeof id);
	tsig_put16(&m.out, (unsigned)opcode << 11);
	tsig_put16(&m.out, 1); /* question, or zone */
	tsig_put16(&m.out, 0);
	tsig_put16(&m.out, opcode == ns_o_update);
	tsig_put16(&m.out, 0);
	return m;
}

static int put_entry(struct arena *a, struct message *m, const char *name, unsigned type,
    unsigned class)
{
	if (tsig_put_name(&m->out, name))
		return fail(a, "'%s' is no name of a DNS record", text_safe(a, name, 300));
	tsig_put16(&m->out, type);
	tsig_put16(&m->out, class);
	return 0;
}

static void put_txt(struct message *m, int ttl, const char *value)
{
	const size_t len = strlen(value), strings = len ? (len + TEXT_MAX - 1) / TEXT_MAX : 1;
	tsig_put16(&m->out, (unsigned)ttl >> 16);
	tsig_put16(&m->out, (unsigned)ttl & 0xFFFF);
	tsig_put16(&m->out, (unsigned)(len + strings));
	for (size_t at = 0, n; at < len || at == 0; at += n ? n : 1) {
		n = len - at < TEXT_MAX ? len - at : TEXT_MAX;
		buf_byte(&m->out, (int)n);
		buf_add(&m->out, value + at, n);
	}
}

static void finish(struct message *m, const struct tsig_key *key)
{
	if (key)
		tsig_sign(&m->out, key, &m->mac);
}

/* --- one exchange with one server --- */
struct place {
	const char *host, *text; /* text: as errors name it */
	int port;
};

struct answer {
	unsigned char *p;
	size_t n;
	int rcode;
	bool cut;
	struct tsig_verdict seal;
};

/* Whether bytes from the network are the reply. What is badly signed is none: anybody may have sent
 * it. */
static bool take(struct arena *a, const struct dnsupdate *u, const struct message *m,
    struct answer *in)
{
	const unsigned char *asked = (const unsigned char *)m->out.data, *p = in->p;
	if (in->n < NS_HFIXEDSZ || memcmp(p, asked, 2) != 0 || !(p[2] & FLAG_REPLY) ||
	    ((p[2] ^ asked[2]) & OPCODE))
		return false;
	in->rcode = p[3] & RCODE;
	in->cut = p[2] & FLAG_CUT;
	in->seal = (struct tsig_verdict){ .state = TSIG_NONE };
	if (u->key)
		in->seal = tsig_check(a, p, in->n, u->key, &m->mac);
	return in->seal.state != TSIG_BAD;
}

static int open_udp(const struct addrinfo *to)
{
	const int fd = socket(to->ai_family, SOCK_DGRAM, 0);
	if (fd >= 0 &&
	    (fcntl(fd, F_SETFD, FD_CLOEXEC) || fcntl(fd, F_SETFL, O_NONBLOCK) ||
	        connect(fd, to->ai_addr, to->ai_addrlen))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* 1: replied, 0: no reply in time or no way there. */
static int try_udp(struct arena *a, const struct dnsupdate *u, const struct message *m,
    const struct addrinfo *to, int64_t until, struct answer *out)
{
	const int fd = open_udp(to);
	int got = 0;
	if (fd < 0)
		return 0;
	out->p = arena_alloc(a, REPLY_MAX);
	bool waiting = send(fd, m->out.data, m->out.len, 0) > 0;
	while (waiting && !got && net_wait(fd, POLLIN, until) > 0) {
		const ssize_t n = recv(fd, out->p, REPLY_MAX, 0);
		out->n = n > 0 ? (size_t)n : 0;
		got = n > 0 && take(a, u, m, out);
		waiting = n >= 0 || errno == EAGAIN || errno == EINTR;
	}
	close(fd);
	return got;
}

static int by_udp(struct arena *a, const struct dnsupdate *u, const struct place *at,
    const struct message *m, int64_t deadline, struct answer *out)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM,
		.ai_flags = AI_NUMERICSERV,
		.ai_family = u->family == NET_V4 ? AF_INET
		    : u->family == NET_V6        ? AF_INET6
		                                 : AF_UNSPEC };
	struct addrinfo *list = NULL;
	int got = 0;
	if (getaddrinfo(at->host, fmt(a, "%d", at->port), &hints, &list))
		return 0; /* TCP will tell */
	for (int i = 0; !got && i < UDP_TRIES; i++)
		for (const struct addrinfo *to = list; !got && to; to = to->ai_next) {
			const int64_t until = clock_ms() + UDP_WAIT * (1 << i);
			got = try_udp(a, u, m, to, until < deadline ? until : deadline, out);
		}
	freeaddrinfo(list);
	return got;
}

static int move(struct arena *a, const struct place *at, int fd, void *bytes, size_t n, bool out,
    int64_t deadline)
{
	for (char *p = bytes; n;) {
		const int ready = net_wait(fd, out ? POLLOUT : POLLIN, deadline);
		if (ready <= 0)
			return fail(a, "%s: %s", at->text,
			    ready ? "interrupted" : "no answer in time");
		const ssize_t k = out ? send(fd, p, n, MSG_NOSIGNAL) : recv(fd, p, n, 0);
		if (k == 0)
			return fail(a, "%s: closed the connection", at->text);
		if (k < 0 && errno != EAGAIN && errno != EINTR)
			return fail_errno(a, "%s", at->text);
		p += k > 0 ? k : 0;
		n -= k > 0 ? (size_t)k : 0;
	}
	return 0;
}

static int by_tcp(struct arena *a, const struct dnsupdate *u, const struct place *at,
    const struct message *m, int64_t deadline, struct answer *out)
{
	const int fd = net_connect(a, at->host, at->port, u->family, deadline);
	struct buf all = buf_new(a, 0);
	unsigned char size[2] = { 0 };
	int code = -1;
	if (fd < 0)
		return -1;
	tsig_put16(&all, (unsigned)m->out.len);
	buf_add(&all, m->out.data, m->out.len);
	if (move(a, at, fd, all.data, all.len, true, deadline) == 0 &&
	    move(a, at, fd, size, sizeof size, false, deadline) == 0) {
		out->n = (size_t)size[0] << 8 | size[1];
		out->p = arena_alloc(a, out->n + 1);
		code = move(a, at, fd, out->p, out->n, false, deadline);
		if (code == 0 && !take(a, u, m, out))
			code = fail(a,
			    "%s: sent no answer to this message, or one that is not signed with our "
			    "key",
			    at->text);
	}
	close(fd);
	return code;
}

static int exchange(struct arena *a, const struct dnsupdate *u, const struct place *at,
    const struct message *m, struct answer *out)
{
	const int64_t deadline = clock_ms() + 1000 * (u->seconds ? u->seconds : SECONDS);
	if (!u->tcp && m->out.len <= UDP_MAX && by_udp(a, u, at, m, deadline, out) && !out->cut)
		return 0;
	return by_tcp(a, u, at, m, deadline, out);
}

/* --- what servers say --- */
static const struct {
	int code;
	const char *name, *remedy; /* %s: the key */
} refusals[] = {
	{ 1, "FORMERR", "it does not understand DNS updates as they are sent here" },
	{ 2, "SERVFAIL", "its log says why; often it may not write the zone's file or journal" },
	{ 3, "NXDOMAIN", NULL },
	{ 4, "NOTIMP", "it takes no DNS updates: name the zone's primary server" },
	{ 5, "REFUSED",
	    "let %s change the zone's TXT records (allow-update or update-policy in BIND, "
	    "an acl with action: update in Knot)" },
	{ 6, "YXDOMAIN", NULL },
	{ 7, "YXRRSET", NULL },
	{ 8, "NXRRSET", NULL },
	{ 9, "NOTAUTH", "it is not the primary server of the zone, or does not know %s" },
	{ 10, "NOTZONE", "the name is not within the zone" },
	{ TSIG_BADSIG, "BADSIG", "it has another secret for %s" },
	{ TSIG_BADKEY, "BADKEY",
	    "it does not know %s (name and algorithm must be as it has them), or lets it do nothing here" },
	{ TSIG_BADTIME, "BADTIME", "set the clock of this machine, or the server's" },
	{ TSIG_BADTRUNC, "BADTRUNC", NULL },
};

static int refuse(struct arena *a, const struct dnsupdate *u, const struct place *at,
    const struct answer *r)
{
	const int code = r->seal.error ? r->seal.error : r->rcode;
	const char *key = u->key
	    ? fmt(a, "key %s (%s)", text_safe(a, u->key->name, 100), tsig_algorithm(u->key->hash))
	    : "updates without a key";
	size_t i = 0;
	while (i < sizeof refusals / sizeof *refusals && refusals[i].code != code)
		i++;
	const bool known = i < sizeof refusals / sizeof *refusals;
	const char *name = known ? refusals[i].name : fmt(a, "rcode %d", code);
	const char *more = "";
	if (code == TSIG_BADTIME && r->seal.time)
		more = fmt(a, ": its clock is at %s, ours at %s", clock_rfc3339(a, r->seal.time),
		    clock_rfc3339(a, clock_now()));
	arena_error(a)->code = name;
	arena_error(a)->transient = code == ns_r_servfail;
	fail(a, "%s refused%s", at->text, more);
	if (known && refusals[i].remedy)
		remedy(a, "%s", text_replace(a, refusals[i].remedy, "%s", key));
	return -1;
}

/* A reply that says yes must be signed when the message was. */
static int judge(struct arena *a, const struct dnsupdate *u, const struct place *at,
    const struct answer *r)
{
	if (r->rcode != ns_r_noerror || r->seal.error)
		return refuse(a, u, at, r);
	if (u->key && r->seal.state != TSIG_GOOD)
		return fail(a, "%s: its answer is not signed", at->text);
	return 0;
}

/* --- servers --- */
static int find_place(struct arena *a, const struct dnsupdate *u, const char *text,
    struct place *out)
{
	const char *host = text + (*text == '['), *end = strchr(host, *text == '[' ? ']' : ':');
	long long port = u->port ? u->port : NS_DEFAULTPORT;
	if (*text != '[' && end && strchr(end + 1, ':'))
		end = NULL; /* an IPv6 address */
	const char *rest = end ? end + (*end == ']') : "";
	if ((*text == '[' && !end) || end == host || !*host ||
	    (*rest && (*rest != ':' || text_number(rest + 1, 1, 65535, &port))))
		return fail(a, "'%s' is no DNS server: write name or name:port",
		    text_safe(a, text, 100));
	out->host = end ? arena_strn(a, host, (size_t)(end - host)) : host;
	out->port = (int)port;
	out->text = dns_server_text(a, &(struct dns_server){ out->host, out->port });
	return 0;
}

/* --- zones --- */

/* An answer of the zone above that the name was delegated would lead to records that nobody sees. */
static int find_zone(struct arena *a, const struct place *at, const char *name,
    const struct answer *r)
{
	const struct dns_question q = { .name = name, .type = DNS_SOA, .direct = true };
	struct dns_reply reply;
	bool cut;
	if (resolve_parse(a, r->p, r->n, &q, &reply, &cut) || cut)
		return fail(a, "%s: its answer about %s cannot be read", at->text, name);
	if (dns_find(&reply.answer, DNS_SOA, name))
		return 1;
	const struct dns_record *ns = dns_find(&reply.authority, DNS_NS, name);
	if (!ns)
		return 0;
	fail(a, "%s has delegated %s to %s", at->text, name, ns->text);
	return remedy(a, "name the primary server of %s", name);
}

int dnsupdate_zone(struct arena *a, const struct dnsupdate *u, const char *name)
{
	struct message m = begin(a, ns_o_query);
	struct place at = { 0 };
	struct answer r = { 0 };
	if (!u->servers.n)
		return fail(a, "no DNS server is named");
	if (find_place(a, u, u->servers.v[0], &at) || put_entry(a, &m, name, DNS_SOA, ns_c_in))
		return -1;
	finish(&m, u->key);
	if (exchange(a, u, &at, &m, &r))
		return -1;
	debug(2, "%s about zone %s: %s", at.text, name, dns_rcode_text(a, r.rcode));
	/* REFUSED is what servers say of names outside of their zones. */
	if (!r.seal.error && (r.rcode == ns_r_nxdomain || r.rcode == ns_r_refused))
		return 0;
	return judge(a, u, &at, &r) ? -1 : find_zone(a, &at, name, &r);
}

/* --- updates --- */

/* Tells every server, also behind one that failed; the first failure is the one to be told. */
static int tell_all(struct arena *a, const struct dnsupdate *u, const struct message *m)
{
	struct error first = *arena_error(a);
	for (size_t i = 0; i < u->servers.n && !clock_interrupted(); i++) {
		struct place at = { 0 };
		struct answer r = { 0 };
		if (find_place(a, u, u->servers.v[i], &at) || exchange(a, u, &at, m, &r) ||
		    judge(a, u, &at, &r)) {
			if (!first.what)
				first = *arena_error(a);
			error_clear(a);
		}
	}
	*arena_error(a) = first;
	return failed(a) ? -1 : clock_interrupted() ? fail(a, "interrupted") : 0;
}

static int change(struct arena *a, const struct dnsupdate *u, const char *zone, const char *name,
    unsigned class, int ttl, const char *value)
{
	struct message m = begin(a, ns_o_update);
	if (put_entry(a, &m, zone, DNS_SOA, ns_c_in) || put_entry(a, &m, name, DNS_TXT, class))
		return -1;
	put_txt(&m, ttl, value);
	if (m.out.over)
		return fail(a, "the value is too long for DNS");
	finish(&m, u->key);
	return tell_all(a, u, &m);
}

int dnsupdate_add(struct arena *a, const struct dnsupdate *u, const char *zone, const char *name,
    int ttl, const char *value)
{
	return change(a, u, zone, name, ns_c_in, ttl, value);
}

int dnsupdate_rm(struct arena *a, const struct dnsupdate *u, const char *zone, const char *name,
    const char *value)
{
	return change(a, u, zone, name, CLASS_NONE, 0, value);
}
