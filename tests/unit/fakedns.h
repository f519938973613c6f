/* Name servers in a child process, on 127.0.0.1 and 127.0.0.2 of one port, UDP and TCP: they answer
 * from a table. What is in no row is NXDOMAIN with the SOA of the zone "z.test". */
#ifndef FAKEDNS_H
#define FAKEDNS_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "resolve.h"

enum {
	NO_AA = 1,     /* not as an authority */
	CUT = 2,       /* over UDP: truncated */
	SILENT = 4,    /* no answer at all */
	NOT_UDP = 8,   /* no answer over UDP */
	FORGED = 16,   /* first come answers with another id, question, and rubbish */
	CHECKED = 32,  /* SERVFAIL unless checking is disabled */
	AUTHORITY = 64 /* the data stands in the authority section */
};

struct row {
	const char *name; /* "*": any */
	int type;         /* 0: any */
	int server;       /* 1, 2; 0: both */
	int rcode;
	unsigned flags;
	const char *data; /* "TXT a|TXT b", "CNAME x", "NS z.test ns1.z.test", "SOA z.test 5" ... */
	int after_ms;     /* only from then on */
	int until_ms;     /* only before; 0: for ever */
};

static struct {
	const struct row *rows;
	int port;
	pid_t pid;
	int64_t begun;
	struct {
		unsigned char b[4096];
		size_t n;
	} out;
} dns;

static void put(const void *p, size_t n)
{
	memcpy(dns.out.b + dns.out.n, p, n);
	dns.out.n += n;
}

static void put16(unsigned v)
{
	put(((unsigned char[]){ (unsigned char)(v >> 8), (unsigned char)v }), 2);
}

static void put_name(const char *s)
{
	while (*s) {
		const size_t n = strcspn(s, ".");
		put(((unsigned char[]){ (unsigned char)n }), 1);
		put(s, n);
		s += n + (s[n] == '.');
	}
	put("", 1);
}

/* "TYPE [owner] data"; NS and SOA have an owner of their own. */
static void put_record(const char *qname, const char *text)
{
	char word[4][300] = { "" };
	sscanf(text, "%299s %299s %299s %299s", word[0], word[1], word[2], word[3]);
	const int type = !strcmp(word[0], "TXT") ? DNS_TXT
	    : !strcmp(word[0], "CNAME")          ? DNS_CNAME
	    : !strcmp(word[0], "NS")             ? DNS_NS
	    : !strcmp(word[0], "SOA")            ? DNS_SOA
	    : !strcmp(word[0], "A")              ? DNS_A
	                                         : DNS_AAAA;
	put_name(type == DNS_NS || type == DNS_SOA ? word[1] : qname);
	put16((unsigned)type);
	put16(1);
	put("\0\0\0\74", 4);
	const size_t at = dns.out.n;
	put16(0);
	if (type == DNS_TXT) {
		put(((unsigned char[]){ (unsigned char)strlen(word[1]) }), 1);
		put(word[1], strlen(word[1]));
		if (*word[2]) {
			put(((unsigned char[]){ (unsigned char)strlen(word[2]) }), 1);
			put(word[2], strlen(word[2]));
		}
	} else if (type == DNS_A || type == DNS_AAAA) {
		unsigned char address[16];
		inet_pton(type == DNS_A ? AF_INET : AF_INET6, word[1], address);
		put(address, type == DNS_A ? 4 : 16);
	} else {
		put_name(type == DNS_CNAME ? word[1] : type == DNS_SOA ? "m" : word[2]);
		if (type == DNS_SOA) {
			put_name("r");
			put("\0\0", 2);
			put16((unsigned)atoi(word[2]));
			put("\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1", 16);
		}
	}
	const size_t n = dns.out.n - at - 2;
	dns.out.b[at] = (unsigned char)(n >> 8);
	dns.out.b[at + 1] = (unsigned char)n;
}

static unsigned put_records(const char *qname, const char *data)
{
	unsigned n = 0;
	char one[600];
	for (const char *p = data; p && *p; n++) {
		const size_t len = strcspn(p, "|");
		snprintf(one, sizeof one, "%.*s", (int)len, p);
		put_record(qname, one);
		p += len + (p[len] == '|');
	}
	return n;
}

static const struct row *find_row(const char *name, int type, int server)
{
	static const struct row none = { .rcode = DNS_NXDOMAIN,
		.flags = AUTHORITY,
		.data = "SOA z.test 1" };
	const int64_t now = clock_ms() - dns.begun;
	for (const struct row *r = dns.rows; r->name; r++)
		if ((!strcmp(r->name, "*") || !strcasecmp(r->name, name)) &&
		    (!r->type || r->type == type) && (!r->server || r->server == server) &&
		    now >= r->after_ms && (!r->until_ms || now < r->until_ms))
			return r;
	return &none;
}

/* The reply to a question in dns.out; the row, or NULL when q is no question. */
static const struct row *answer(const unsigned char *q, size_t n, int server, bool tcp)
{
	char name[300] = "";
	size_t at = 12, len = 0;
	while (at < n && q[at] && len + q[at] + 2 < sizeof name && at + q[at] < n) {
		memcpy(name + len, q + at + 1, q[at]);
		len += q[at];
		name[len++] = '.';
		at += 1U + q[at];
	}
	if (!len || at + 5 > n)
		return NULL;
	name[len - 1] = 0;
	const struct row *r = find_row(name, q[at + 1] << 8 | q[at + 2], server);
	const bool cut = (r->flags & CUT) && !tcp;
	const bool failing = (r->flags & CHECKED) && !(q[3] & 0x10);
	dns.out.n = 0;
	put(q, 2);
	put(((unsigned char[]){ (unsigned char)(0x80 | (r->flags & NO_AA ? 0 : 4) | (cut ? 2 : 0)),
	        (unsigned char)(0x80 | (failing ? DNS_SERVFAIL : r->rcode)) }),
	    2);
	put("\0\1\0\0\0\0\0\0", 8);
	put(q + 12, at + 5 - 12);
	const unsigned count = cut || failing ? 0 : put_records(name, r->data);
	dns.out.b[r->flags & AUTHORITY ? 9 : 7] = (unsigned char)count;
	return r;
}

static void serve_udp(int fd, int server)
{
	unsigned char q[600];
	struct sockaddr_in from;
	socklen_t size = sizeof from;
	const ssize_t n = recvfrom(fd, q, sizeof q, 0, (void *)&from, &size);
	const struct row *r = n > 0 ? answer(q, (size_t)n, server, false) : NULL;
	if (!r || r->flags & (SILENT | NOT_UDP))
		return;
	if (r->flags & FORGED) {
		dns.out.b[0] ^= 1;
		sendto(fd, dns.out.b, dns.out.n, 0, (void *)&from, size);
		dns.out.b[0] ^= 1;
		dns.out.b[13] ^= 1;
		sendto(fd, dns.out.b, dns.out.n, 0, (void *)&from, size);
		dns.out.b[13] ^= 1;
		sendto(fd, "rubbish", 7, 0, (void *)&from, size);
	}
	sendto(fd, dns.out.b, dns.out.n, 0, (void *)&from, size);
}

static void serve_tcp(int fd, int server)
{
	unsigned char q[602];
	const int c = accept(fd, NULL, NULL);
	const ssize_t n = c < 0 ? -1 : recv(c, q, sizeof q, 0);
	const struct row *r = n > 2 ? answer(q + 2, (size_t)n - 2, server, true) : NULL;
	if (r && !(r->flags & SILENT)) {
		const unsigned char size[2] = { (unsigned char)(dns.out.n >> 8),
			(unsigned char)dns.out.n };
		if (write(c, size, 2) == 2 && write(c, dns.out.b, dns.out.n / 2) > 0) {
			clock_sleep(5); /* in two pieces */
			if (write(c, dns.out.b + dns.out.n / 2, dns.out.n - dns.out.n / 2) < 0)
				_exit(1);
		}
	}
	close(c);
}

static int open_door(int type, const char *address, int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	const int fd = socket(AF_INET, type, 0);
	inet_pton(AF_INET, address, &at.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	if (bind(fd, (void *)&at, sizeof at) || (type == SOCK_STREAM && listen(fd, 8))) {
		close(fd);
		return -1;
	}
	return fd;
}

static int port_of_door(int fd)
{
	struct sockaddr_in at;
	socklen_t n = sizeof at;
	return getsockname(fd, (void *)&at, &n) ? -1 : ntohs(at.sin_port);
}

/* Starts the servers; they end with dns_stop(). */
static void dns_start(const struct row *rows)
{
	int fd[4];
	dns.rows = rows;
	do { /* until a port is free in all four */
		fd[0] = open_door(SOCK_DGRAM, "127.0.0.1", 0);
		dns.port = port_of_door(fd[0]);
		fd[1] = open_door(SOCK_STREAM, "127.0.0.1", dns.port);
		fd[2] = open_door(SOCK_DGRAM, "127.0.0.2", dns.port);
		fd[3] = open_door(SOCK_STREAM, "127.0.0.2", dns.port);
		for (int i = 0; i < 4 && (fd[1] < 0 || fd[2] < 0 || fd[3] < 0); i++)
			close(fd[i]);
	} while (fd[1] < 0 || fd[2] < 0 || fd[3] < 0);
	dns.begun = clock_ms();
	fflush(stdout);
	if ((dns.pid = fork()) != 0) {
		for (int i = 0; i < 4; i++)
			close(fd[i]);
		return;
	}
	for (;;) {
		struct pollfd p[4];
		for (int i = 0; i < 4; i++)
			p[i] = (struct pollfd){ .fd = fd[i], .events = POLLIN };
		if (poll(p, 4, 60000) <= 0)
			_exit(0);
		for (int i = 0; i < 4; i++)
			if (p[i].revents)
				(i % 2 ? serve_tcp : serve_udp)(fd[i], i / 2 + 1);
	}
}

static void dns_stop(void)
{
	kill(dns.pid, SIGKILL);
	waitpid(dns.pid, NULL, 0);
}

#endif
