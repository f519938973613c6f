/* DNS questions (RFC 1035): to one server over UDP and TCP, or to whoever answers of the given
 * resolver, the system's and the public ones over HTTPS that acme.sh asks. Messages are made and
 * taken apart by the C library's <resolv.h>. */
#ifndef RESOLVE_H
#define RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct http;

enum dns_type { DNS_A = 1, DNS_NS = 2, DNS_CNAME = 5, DNS_SOA = 6, DNS_TXT = 16, DNS_AAAA = 28 };
enum dns_rcode { DNS_NOERROR, DNS_FORMERR, DNS_SERVFAIL, DNS_NXDOMAIN, DNS_NOTIMP, DNS_REFUSED };

struct dns_server {
	const char *host; /* address */
	int port;
};

struct dns_question {
	const char *name; /* "_acme-challenge.example.com" */
	enum dns_type type;
	bool direct;    /* asked of an authoritative server: no recursion wanted */
	bool unchecked; /* the resolver is not to check DNSSEC */
};

struct dns_record {
	const char *name; /* lower case, no dot at the end */
	enum dns_type type;
	unsigned serial;  /* of a SOA */
	const char *text; /* TXT: its strings in one; A, AAAA: address; NS, CNAME, SOA: name */
};

struct dns_records {
	struct dns_record *v; /* other types are left out */
	size_t n;
};

struct dns_reply {
	int rcode;
	bool aa;          /* an authority for the name speaks */
	bool unreachable; /* no reply: there is no way to the address (no IPv6 here) */
	struct dns_records answer, authority;
};

/* Lower case, without the final dot. */
const char *dns_name(struct arena *a, const char *name);
/* "NXDOMAIN"; "rcode 23". */
const char *dns_rcode_text(struct arena *a, int rcode);
/* "192.0.2.1:8053", the port left out when it is 53. */
const char *dns_server_text(struct arena *a, const struct dns_server *s);
/* "host", "host:port", "[2001:db8::1]:port", "2001:db8::1"; a name is looked up. */
int dns_server_parse(struct arena *a, const char *text, struct dns_server *out);

/* Asks one server: UDP, repeated, TCP when the reply is cut or UDP gets none. 0 when a reply came,
 * whatever its rcode; -1 with the error. deadline: clock_ms() point. */
int resolve(struct arena *a, const struct dns_server *s, const struct dns_question *q,
    int64_t deadline, struct dns_reply *out);
/* One message as it came. -1 when it is none, or answers another question (no error is set). */
int resolve_parse(struct arena *a, const void *message, size_t len, const struct dns_question *q,
    struct dns_reply *out, bool *truncated);

/* The public resolvers over HTTPS with a JSON API, in acme.sh's order (DOH_USE counts from 1). */
struct doh {
	const char *name;
	const char *url;
};
extern const struct doh doh_table[];
extern const size_t doh_count;
int resolve_doh(struct arena *a, struct http *h, const struct doh *d, const struct dns_question *q,
    struct dns_reply *out);
/* Its reply's JSON. */
int resolve_doh_parse(struct arena *a, const char *json, size_t len, struct dns_reply *out);

/* Whoever can be asked about any name. */
enum { RESOLVERS_MAX = 4, DOH_MAX = 4 };
struct resolver {
	struct dns_server servers[RESOLVERS_MAX];
	size_t n;
	bool given;                                     /* by --resolver: nobody else is asked */
	struct http *http;                              /* for DoH; NULL: none */
	int doh_use;                                    /* DOH_USE: this one only; 0: any */
	int64_t deaf[RESOLVERS_MAX], doh_deaf[DOH_MAX]; /* gave no answer: not asked again before */
	const char *last; /* who answered last, in the arena of that question */
	bool silent;      /* nobody did, last time */
};

/* given: --resolver, NULL: resolv.conf. */
int resolver_open(struct arena *a, const char *given, struct http *http, struct resolver *out);
/* Asks the servers in turn, then DoH. 0 with the first reply (a SERVFAIL or REFUSED only when nobody
 * has a better one), -1 when nobody answers, with what went wrong. */
int resolver_ask(struct resolver *r, struct arena *a, const struct dns_question *q,
    struct dns_reply *out);
/* The same of DoH alone. */
int resolver_ask_doh(struct resolver *r, struct arena *a, const struct dns_question *q,
    struct dns_reply *out);

/* Whether name is zone or below it, by whole labels. */
bool dns_within(const char *name, const char *zone);
/* The first record of a type, of this name (NULL: any); NULL: none. */
const struct dns_record *dns_find(const struct dns_records *list, enum dns_type type,
    const char *name);
/* Whether a TXT record has this value, whatever its name (a CNAME may have been followed). */
bool dns_has_txt(const struct dns_records *list, const char *value);

#endif
