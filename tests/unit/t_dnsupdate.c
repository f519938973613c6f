/* dnsupdate against servers that misbehave, each a child on a loopback port of its own. (Real ones
 * are in tests/e2e/dns-update.t.) */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "dnsupdate.h"
#include "error.h"
#include "text.h"
#include "tap.h"

enum reply { UNSIGNED, REFUSAL, FORGED, CUT, BROKEN };

static struct arena *a;

static int listen_on(int type, int *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)*port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof at;
	const int fd = socket(AF_INET, type, 0);
	if (bind(fd, (struct sockaddr *)&at, n) || (type == SOCK_STREAM && listen(fd, 5)) ||
	    getsockname(fd, (struct sockaddr *)&at, &n))
		exit(1);
	*port = ntohs(at.sin_port);
	return fd;
}

/* Turns a question into its bare reply: the header and the zone. */
static size_t answer(unsigned char *p, enum reply how)
{
	size_t n = 12;
	while (p[n])
		n += p[n] + 1u;
	p[2] |= 0x80;
	if (how == CUT)
		p[2] |= 2;
	if (how == REFUSAL)
		p[3] = 5;
	if (how == FORGED)
		p[0] ^= 1;
	p[8] = p[9] = p[10] = p[11] = 0;
	return how == BROKEN ? 7 : n + 5;
}

/* Answers by UDP as told, by TCP with a refusal. */
static pid_t serve(enum reply how, int *port)
{
	*port = 0;
	const int tcp = listen_on(SOCK_STREAM, port), udp = listen_on(SOCK_DGRAM, port);
	const pid_t pid = fork();
	unsigned char p[1000];
	if (pid) {
		close(tcp);
		close(udp);
		return pid;
	}
	alarm(30);
	struct sockaddr_in from;
	socklen_t len = sizeof from;
	const ssize_t got = recvfrom(udp, p, sizeof p, 0, (struct sockaddr *)&from, &len);
	for (enum reply one = how; got > 0; one = one == FORGED ? BROKEN : REFUSAL) {
		unsigned char copy[sizeof p];
		memcpy(copy, p, sizeof p);
		sendto(udp, copy, answer(copy, one), 0, (struct sockaddr *)&from, len);
		if (one != FORGED && one != BROKEN)
			break;
	}
	const int fd = accept(tcp, NULL, NULL);
	if (recv(fd, p, 2, MSG_WAITALL) == 2 &&
	    recv(fd, p, (size_t)p[0] << 8 | p[1], MSG_WAITALL) > 0) {
		const size_t n = answer(p, REFUSAL);
		const unsigned char size[2] = { 0, (unsigned char)n };
		send(fd, size, 2, MSG_NOSIGNAL);
		send(fd, p, n, MSG_NOSIGNAL);
	}
	_exit(0);
}

static void try(enum reply how, bool with_key, const char *says, const char *name)
{
	int port;
	const pid_t pid = serve(how, &port);
	struct dnsupdate u = { .port = port, .seconds = 20 };
	u.servers = text_split(a, "127.0.0.1", ",");
	if (with_key)
		u.key = tsig_key_parse(a, "k:c2VjcmV0", HASH_SHA256);
	const int code = dnsupdate_add(a, &u, "example.test", "x.example.test", 60, "value");
	if (!says)
		ok(code == 0, name);
	else if (!ok(code && text_has_ci(error_text(a), says), name))
		printf("# %s\n", error_text(a));
	error_clear(a);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

static void places(void)
{
	static const char *const bad[] = { "", ":53", "[::1", "[::1]x", "a:0", "a:65536", "a:x" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct dnsupdate u = { .seconds = 1 };
		u.servers = (struct strs){ (const char *[]){ bad[i], NULL }, 1, 0 };
		ok(dnsupdate_zone(a, &u, "example.test") < 0 &&
		        text_has_ci(error_text(a), "is no DNS server"),
		    arena_fmt(a, "'%s' is no server", bad[i]));
		error_clear(a);
	}
	struct dnsupdate none = { 0 };
	ok(dnsupdate_zone(a, &none, "example.test") < 0, "no server at all");
	error_clear(a);
	none.servers = text_split(a, "127.0.0.1:1", ",");
	ok(dnsupdate_rm(a, &none, "example..test", "x", "v") < 0, "a name that is none");
	error_clear(a);
}

int main(void)
{
	a = arena_new();
	try(UNSIGNED, false, NULL, "without a key a bare yes is believed");
	try(UNSIGNED, true, "is not signed", "with a key it is not");
	try(REFUSAL, true, "REFUSED", "a bare no is");
	try(CUT, true, "REFUSED", "what is cut is asked for by TCP");
	try(FORGED, true, "REFUSED", "what is no reply to it is passed over");
	places();
	arena_drop(a);
	return done();
}
