/* DNS messages by the C library's <resolv.h>, carried over our own sockets, each question from a
 * new port with a random number (RFC 5452), TCP where the reply does not fit (RFC 7766). */
#include "resolve.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <resolv.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "error.h"
#include "net.h"
#include "rand.h"
#include "text.h"

enum {
	QUERY_MAX = 300,
	UDP_MAX = 4096,
	TCP_MAX = 65535,
	RECORDS_MAX = 256, /* of a section; more are left out */
	FIRST_WAIT = 1500, /* ms for a reply by UDP, then twice that, then TCP */
	UDP_TRIES = 2,
};

/* --- taking replies apart --- */

const char *dns_name(struct arena *a, const char *name)
{
	char *s = text_lower(a, name);
	const size_t n = strlen(s);

	if (n && s[n - 1] == '.')
		s[n - 1] = 0;
	return s;
}

/* The strings of a TXT record in one. A NUL in it cannot be in a value that anybody waits for. */
static const char *txt_text(struct arena *a, const unsigned char *p, size_t n)
{
	char *text = arena_alloc(a, n + 1), *out = text;

	while (n && *p < n) {
		const size_t len = *p;

		for (size_t i = 1; i <= len; i++)
			*out++ = p[i] ? (char)p[i] : '?';
		p += len + 1;
		n -= len + 1;
	}
	return n ? NULL : text;
}

/* A name within the message; NULL when there is none at p. *used: bytes that it takes there. */
static const char *name_at(struct arena *a, const ns_msg *h, const unsigned char *p, int *used)
{
	char name[NS_MAXDNAME];

	*used = dn_expand(ns_msg_base(*h), ns_msg_end(*h), p, name, sizeof name);
	return *used < 0 ? NULL : dns_name(a, name);
}

static const char *soa_text(struct arena *a, const ns_msg *h, const ns_rr *rr, unsigned *serial)
{
	const unsigned char *p = ns_rr_rdata(*rr), *end = p + ns_rr_rdlen(*rr);
	int used;
	const char *first = name_at(a, h, p, &used);

	if (!first)
		return NULL;
	p += used;
	if (p >= end || !name_at(a, h, p, &used) || end - p < used + 4)
		return NULL;
	p += used;
	*serial = (unsigned)p[0] << 24 | (unsigned)p[1] << 16 | (unsigned)p[2] << 8 | p[3];
	return first;
}

static const char *address_text(struct arena *a, const ns_rr *rr)
{
	const bool v6 = ns_rr_type(*rr) == ns_t_aaaa;
	char text[INET6_ADDRSTRLEN];

	if (ns_rr_rdlen(*rr) != (v6 ? 16 : 4))
		return NULL;
	inet_ntop(v6 ? AF_INET6 : AF_INET, ns_rr_rdata(*rr), text, sizeof text);
	return arena_str(a, text);
}

/* NULL: a type that nobody here asks for, or a record that is broken. */
static const char *record_text(struct arena *a, const ns_msg *h, const ns_rr *rr,
    struct dns_record *out)
{
	int used;

	switch ((int)ns_rr_type(*rr)) {
	case DNS_TXT:
		return txt_text(a, ns_rr_rdata(*rr), ns_rr_rdlen(*rr));
	case DNS_A:
	case DNS_AAAA:
		return address_text(a, rr);
	case DNS_NS:
	case DNS_CNAME:
		return name_at(a, h, ns_rr_rdata(*rr), &used);
	case DNS_SOA:
		return soa_text(a, h, rr, &out->serial);
	default:
		return NULL;
	}
}

static int read_section(struct arena *a, ns_msg *h, ns_sect section, struct dns_records *out)
{
	int n = ns_msg_count(*h, section);
	ns_rr rr;

	n = n > RECORDS_MAX ? RECORDS_MAX : n;
	*out = (struct dns_records){ arena_alloc(a, (size_t)n * sizeof *out->v + 1), 0 };
	for (int i = 0; i < n; i++) {
		struct dns_record *r = &out->v[out->n];

		if (ns_parserr(h, section, i, &rr))
			return -1;
		if (ns_rr_class(rr) != ns_c_in || !(r->text = record_text(a, h, &rr, r)))
			continue;
		r->name = dns_name(a, ns_rr_name(rr));
		r->type = (enum dns_type)ns_rr_type(rr);
		out->n++;
	}
	return 0;
}

/* Servers that refuse may leave the question out. */
static bool same_question(struct arena *a, ns_msg *h, const struct dns_question *q, int rcode)
{
	ns_rr rr;

	if (ns_msg_count(*h, ns_s_qd) == 0)
		return rcode != DNS_NOERROR && rcode != DNS_NXDOMAIN;
	return ns_msg_count(*h, ns_s_qd) == 1 && ns_parserr(h, ns_s_qd, 0, &rr) == 0 &&
	    (int)ns_rr_type(rr) == (int)q->type && ns_rr_class(rr) == ns_c_in &&
	    text_is(dns_name(a, ns_rr_name(rr)), dns_name(a, q->name));
}

int resolve_parse(struct arena *a, const void *message, size_t len, const struct dns_question *q,
    struct dns_reply *out, bool *truncated)
{
	ns_msg h;

	*out = (struct dns_reply){ 0 };
	if (len > TCP_MAX || ns_initparse(message, (int)len, &h) || !ns_msg_getflag(h, ns_f_qr) ||
	    ns_msg_getflag(h, ns_f_opcode) != ns_o_query)
		return -1;
	out->rcode = ns_msg_getflag(h, ns_f_rcode);
	out->aa = ns_msg_getflag(h, ns_f_aa);
	*truncated = ns_msg_getflag(h, ns_f_tc);
	if (!same_question(a, &h, q, out->rcode))
		return -1;
	if (*truncated)
		return 0; /* what is there of it is of no use */
	return read_section(a, &h, ns_s_an, &out->answer) ||
	        read_section(a, &h, ns_s_ns, &out->authority)
	    ? -1
	    : 0;
}

/* --- carrying them --- */

struct message {
	unsigned char bytes[2 + QUERY_MAX]; /* behind TCP's two bytes of length */
	size_t n;
};

static int make_query(struct arena *a, const struct dns_question *q, struct message *m)
{
	unsigned char *p = m->bytes + 2;
	const int n =
	    res_mkquery(ns_o_query, q->name, ns_c_in, (int)q->type, NULL, 0, NULL, p, QUERY_MAX);

	if (n < 12)
		return fail(a, "'%s' is no name that DNS can be asked for",
		    text_safe(a, q->name, 300));
	m->n = (size_t)n;
	rand_bytes(p, 2);
	p[2] = q->direct ? 0 : 1;       /* recursion desired */
	p[3] = q->unchecked ? 0x10 : 0; /* checking disabled (RFC 4035 3.2.2) */
	m->bytes[0] = (unsigned char)(m->n >> 8);
	m->bytes[1] = (unsigned char)m->n;
	return 0;
}

static bool answers(struct arena *a, const struct message *m, const unsigned char *p, size_t n,
    const struct dns_question *q, struct dns_reply *out, bool *truncated)
{
	return n >= 12 && memcmp(p, m->bytes + 2, 2) == 0 &&
	    resolve_parse(a, p, n, q, out, truncated) == 0;
}

static bool unreachable(int error)
{
	return error == ENETUNREACH || error == EHOSTUNREACH || error == EAFNOSUPPORT ||
	    error == EADDRNOTAVAIL || error == EACCES || error == EPERM;
}

static int tell_socket(struct arena *a, struct dns_reply *out)
{
	out->unreachable = unreachable(errno);
	return fail_errno(a, "asking it");
}

/* A socket that takes datagrams of this server only. */
static int udp_socket(struct arena *a, const struct dns_server *s, struct dns_reply *out)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *to = NULL;

	if (getaddrinfo(s->host, fmt(a, "%d", s->port), &hints, &to))
		return fail(a, "'%s' is no address", text_safe(a, s->host, 80));
	int fd = socket(to->ai_family, SOCK_DGRAM, 0);
	if (fd < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) || fcntl(fd, F_SETFL, O_NONBLOCK) ||
	    connect(fd, to->ai_addr, to->ai_addrlen)) {
		tell_socket(a, out);
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	freeaddrinfo(to);
	return fd;
}

/* Reads until the answer comes; what is no answer to the question may be forged and is passed
 * over. 1 there, 0 time is up, -1 failed. */
static int udp_receive(struct arena *a, int fd, const struct message *m,
    const struct dns_question *q, int64_t until, struct dns_reply *out, bool *truncated)
{
	unsigned char *p = arena_alloc(a, UDP_MAX);

	for (;;) {
		const int ready = net_wait(fd, POLLIN, until);
		if (ready < 0)
			return fail(a, "interrupted");
		if (ready == 0)
			return 0;
		const ssize_t n = recv(fd, p, UDP_MAX, 0);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return tell_socket(a, out);
		if (n > 0 && answers(a, m, p, (size_t)n, q, out, truncated))
			return 1;
	}
}

static int udp_ask(struct arena *a, const struct dns_server *s, const struct message *m,
    const struct dns_question *q, int64_t until, struct dns_reply *out, bool *truncated)
{
	const int fd = udp_socket(a, s, out);
	int got = -1;

	if (fd < 0)
		return -1;
	if (send(fd, m->bytes + 2, m->n, 0) < 0)
		tell_socket(a, out);
	else
		got = udp_receive(a, fd, m, q, until, out, truncated);
	close(fd);
	return got;
}

static int tcp_move(struct arena *a, int fd, unsigned char *p, size_t n, bool out, int64_t until)
{
	while (n) {
		const int ready = net_wait(fd, out ? POLLOUT : POLLIN, until);
		if (ready <= 0)
			return fail(a, ready ? "interrupted" : "no answer in time");
		const ssize_t k = out ? send(fd, p, n, MSG_NOSIGNAL) : recv(fd, p, n, 0);
		if (k == 0)
			return fail(a, "closed the connection");
		if (k < 0 && errno != EAGAIN && errno != EINTR)
			return fail_errno(a, "asking it");
		p += k > 0 ? k : 0;
		n -= k > 0 ? (size_t)k : 0;
	}
	return 0;
}

static int tcp_ask(struct arena *a, const struct dns_server *s, struct message *m,
    const struct dns_question *q, int64_t until, struct dns_reply *out)
{
	const int fd = net_connect(a, s->host, s->port, NET_ANY, until);
	unsigned char size[2] = { 0 };
	bool truncated;
	int result = -1;

	if (fd < 0)
		return -1;
	if (tcp_move(a, fd, m->bytes, m->n + 2, true, until) == 0 &&
	    tcp_move(a, fd, size, 2, false, until) == 0) {
		const size_t n = (size_t)size[0] << 8 | size[1];
		unsigned char *p = arena_alloc(a, n + 1);

		result = tcp_move(a, fd, p, n, false, until);
		if (result == 0 && !answers(a, m, p, n, q, out, &truncated))
			result = fail(a, "sent no answer to the question");
	}
	close(fd);
	return result;
}

static int ask(struct arena *a, const struct dns_server *s, const struct dns_question *q,
    int64_t deadline, struct dns_reply *out)
{
	struct message m = { .n = 0 };
	bool truncated = false;
	int got = 0;

	for (int i = 0; got == 0 && i < UDP_TRIES; i++) {
		const int64_t until = clock_ms() + FIRST_WAIT * (1 << i);

		if (make_query(a, q, &m))
			return -1;
		got = udp_ask(a, s, &m, q, until < deadline ? until : deadline, out, &truncated);
		if (clock_ms() >= deadline)
			break;
	}
	if (got > 0 && !truncated)
		return 0;
	if (got < 0)
		return -1;
	if (clock_ms() >= deadline)
		return fail(a, "no answer in time");
	return make_query(a, q, &m) ? -1 : tcp_ask(a, s, &m, q, deadline, out);
}

int resolve(struct arena *a, const struct dns_server *s, const struct dns_question *q,
    int64_t deadline, struct dns_reply *out)
{
	struct error *e = arena_error(a);
	const struct error before = *e;

	*out = (struct dns_reply){ 0 };
	at(a, "DNS server %s", dns_server_text(a, s));
	doing(a, "question for %s", text_safe(a, q->name, 255));
	if (ask(a, s, q, deadline, out))
		return -1;
	e->where = before.where;
	e->doing = before.doing;
	return 0;
}

/* --- servers and records --- */

const char *dns_server_text(struct arena *a, const struct dns_server *s)
{
	if (s->port == NS_DEFAULTPORT)
		return s->host;
	return fmt(a, strchr(s->host, ':') ? "[%s]:%d" : "%s:%d", s->host, s->port);
}

/* The address of a host, which may be one already. */
static const char *address_of(struct arena *a, const char *host)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	struct addrinfo *list = NULL;

	if (text_is_ip(host) || strchr(host, '%'))
		return host;
	const int code = getaddrinfo(host, NULL, &hints, &list);
	if (code)
		return fail_null(a, "%s: %s", text_safe(a, host, 255), gai_strerror(code));
	const char *address = net_address(a, list->ai_addr);
	freeaddrinfo(list);
	return address;
}

int dns_server_parse(struct arena *a, const char *text, struct dns_server *out)
{
	const char *s = text[0] == '[' ? text + 1 : text;
	const char *end = text[0] == '[' ? strchr(s, ']') : strchr(s, ':');
	long long port = NS_DEFAULTPORT;

	if (text[0] != '[' && end && strchr(end + 1, ':'))
		end = NULL; /* more than one colon: an IPv6 address without port */
	const char *rest = !end ? "" : *end == ']' ? end + 1 : end;
	if ((text[0] == '[' && !end) ||
	    (*rest && (*rest != ':' || text_number(rest + 1, 1, 65535, &port))))
		return fail(a, "'%s' is no DNS server: write address or address:port",
		    text_safe(a, text, 100));
	const char *host = end ? arena_strn(a, s, (size_t)(end - s)) : s;
	if (!*host)
		return fail(a, "'%s' names no DNS server", text_safe(a, text, 100));
	if (!(host = address_of(a, host)))
		return -1;
	*out = (struct dns_server){ arena_str(a, host), (int)port };
	return 0;
}

const char *dns_rcode_text(struct arena *a, int rcode)
{
	static const char *const names[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",
		"REFUSED" };

	if (rcode >= 0 && rcode < (int)(sizeof names / sizeof *names))
		return names[rcode];
	return fmt(a, "rcode %d", rcode);
}

bool dns_within(const char *name, const char *zone)
{
	const size_t n = strlen(name), z = strlen(zone);

	return z <= n && text_is_ci(name + (n - z), zone) &&
	    (z == n || !z || name[n - z - 1] == '.');
}

const struct dns_record *dns_find(const struct dns_records *list, enum dns_type type,
    const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].type == type && (!name || text_is_ci(list->v[i].name, name)))
			return &list->v[i];
	return NULL;
}

bool dns_has_txt(const struct dns_records *list, const char *value)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].type == DNS_TXT && text_is(list->v[i].text, value))
			return true;
	return false;
}
