/* TCP: connecting with a deadline and over both families, listening, waiting. */
#include "tap.h"

#include "told.h"

#include "hostile.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>

#include "clock.h"
#include "error.h"
#include "net.h"

static struct arena *a;

/* A listener that answers nobody: its queue is full. Returns the sockets to be closed. */
struct full {
	int listener, waiting[3];
};

static bool fill(struct full *f, int family, int port)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)port),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in v4 = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const struct sockaddr *to =
	    family == AF_INET6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
	socklen_t len = family == AF_INET6 ? sizeof v6 : sizeof v4;
	f->listener = socket(family, SOCK_STREAM, 0);
	if (f->listener < 0 || bind(f->listener, to, len) < 0 || listen(f->listener, 0) < 0)
		return false;
	for (int i = 0; i < 3; i++) {
		f->waiting[i] = socket(family, SOCK_STREAM, 0);
		fcntl(f->waiting[i], F_SETFL, O_NONBLOCK);
		if (connect(f->waiting[i], to, len) < 0 && errno != EINPROGRESS)
			return false;
	}
	clock_sleep(50);
	return true;
}

static void empty(struct full *f)
{
	close(f->listener);
	for (int i = 0; i < 3; i++)
		close(f->waiting[i]);
}

static void connecting(void)
{
	int port, listener = listen_loopback(&port);
	int fd = net_connect(a, "127.0.0.1", port, NET_ANY, clock_ms() + 2000);
	ok(fd >= 0, "connects");
	ok((fcntl(fd, F_GETFL) & O_NONBLOCK) && (fcntl(fd, F_GETFD) & FD_CLOEXEC), "flags are set");
	int nodelay = 0;
	getsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &nodelay, &(socklen_t){ sizeof nodelay });
	ok(nodelay != 0, "small writes are not held back");
	close(fd);
	fd = net_connect(a, "localhost", port, NET_V4, clock_ms() + 2000);
	ok(fd >= 0, "by name, IPv4 only");
	close(fd);
	is_int(net_connect(a, "127.0.0.1", port, NET_V6, clock_ms() + 2000), -1, "no IPv6 in IPv4");
	ok(told_once(a, arena_fmt(a, "127.0.0.1:%d: the name has no IPv6 address", port)));
	close(listener);
	is_int(net_connect(a, "127.0.0.1", port, NET_ANY, clock_ms() + 2000), -1, "nobody there");
	ok(told_once(a, arena_fmt(a, "127.0.0.1:%d: cannot connect: Connection refused", port)));
	is_int(net_connect(a, "a..b", 443, NET_ANY, clock_ms() + 2000), -1, "no such name");
	ok(told_once(a, "a..b:443: the name "));
	is_int(net_connect(a, "127.0.0.1", port, NET_ANY, clock_ms() - 1), -1, "no time left");
	ok(told_once(a, "no time left"));
}

static void hanging(void)
{
	int port, probe = listen_loopback(&port);
	struct full full;
	close(probe);
	if (!fill(&full, AF_INET, port)) {
		skip("an address that hangs", "the queue cannot be filled");
		return;
	}
	int64_t begin = clock_ms();
	is_int(net_connect(a, "127.0.0.1", port, NET_ANY, begin + 300), -1,
	    "an address that hangs");
	ok(clock_ms() - begin >= 290 && clock_ms() - begin < 1500, "is given up at the deadline");
	ok(told_once(a, "cannot connect: no answer in time"), "and told");
	empty(&full);
}

/* What the resolver says in the tests below: one address of each family and port. */
static struct addrinfo found[2];
static struct sockaddr_in6 found_v6;
static struct sockaddr_in found_v4;

static const struct addrinfo *lookup(const char *host, int port)
{
	(void)host, (void)port;
	return found;
}

static void find(int v6_port, int v4_first_port, int v4_port)
{
	found_v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
		.sin6_port = htons((uint16_t)v6_port) };
	found_v4 = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons((uint16_t)v4_port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	static struct sockaddr_in first;
	first = found_v4;
	first.sin_port = htons((uint16_t)v4_first_port);
	found[0] = (struct addrinfo){ .ai_family = AF_INET6,
		.ai_addrlen = sizeof found_v6,
		.ai_addr = (struct sockaddr *)&found_v6,
		.ai_next = &found[1] };
	if (v4_first_port)
		found[0] = (struct addrinfo){ .ai_family = AF_INET,
			.ai_addrlen = sizeof first,
			.ai_addr = (struct sockaddr *)&first,
			.ai_next = &found[1] };
	found[1] = (struct addrinfo){ .ai_family = AF_INET,
		.ai_addrlen = sizeof found_v4,
		.ai_addr = (struct sockaddr *)&found_v4 };
}

/* One address hangs, or refuses, and the other one answers. */
static void several_addresses(void)
{
	int port, listener = listen_loopback(&port), closed, probe = listen_loopback(&closed);
	struct full full;
	close(probe);
	net_lookup = lookup;
	for (int v6 = 1; v6 >= 0; v6--) {
		const char *what =
		    v6 ? "IPv6 hangs, IPv4 answers" : "the first hangs, the next answers";
		if (!fill(&full, v6 ? AF_INET6 : AF_INET, closed)) {
			skip(what, "no such address here");
			continue;
		}
		int64_t begin = clock_ms();
		find(v6 ? closed : 0, v6 ? 0 : closed, port);
		int fd = net_connect(a, "two.test", 443, NET_ANY, begin + 5000);
		ok(fd >= 0 && clock_ms() - begin >= 200, "one hangs, the other answers");
		ok(clock_ms() - begin < 1500, "without waiting for the deadline");
		close(fd);
		empty(&full);
	}
	find(closed, 0, port);
	int fd = net_connect(a, "two.test", 443, NET_ANY, clock_ms() + 5000);
	ok(fd >= 0, "IPv6 refuses or is not there, IPv4 answers");
	close(fd);
	close(listener);
	find(closed, 0, port);
	is_int(net_connect(a, "two.test", 443, NET_ANY, clock_ms() + 2000), -1, "both refuse");
	ok(strstr(error_text(a), "two.test:443: cannot connect: ::1: ") &&
	        strstr(error_text(a), "; 127.0.0.1: Connection refused"),
	    "and both are told");
	error_clear(a);
	net_lookup = NULL;
}

static void listening(void)
{
	int fds[4], more[4], port, probe = listen_loopback(&port);
	is_int(net_listen(a, "127.0.0.1", port, NET_ANY, fds, 4), -1, "a port that is taken");
	ok(told_once(a,
	       arena_fmt(a, "127.0.0.1 port %d is taken by t_net (process %ld)", port,
	           (long)getpid())),
	    "by whom");
	is_int(net_listen(a, NULL, port, NET_ANY, fds, 4), -1, "in one family is enough");
	ok(told_once(a, "is taken by t_net"));
	close(probe);
	int n = net_listen(a, NULL, port, NET_ANY, fds, 4);
	ok(n == 1 || n == 2, "listens on all addresses");
	int fd = net_connect(a, "127.0.0.1", port, NET_ANY, clock_ms() + 2000);
	ok(fd >= 0, "can be reached");
	is_int(net_wait(fds[0], POLLIN, clock_ms() + 20) +
	        (n > 1 ? net_wait(fds[1], POLLIN, clock_ms() + 20) : 0),
	    1, "one of them is ready");
	close(fd);
	is_int(net_listen(a, NULL, port, NET_ANY, more, 4), -1, "a second time");
	error_clear(a);
	while (n > 0)
		close(fds[--n]);
	n = net_listen(a, NULL, port, NET_V4, fds, 4);
	is_int(n, 1, "IPv4 only");
	close(fds[0]);
	is_int(net_listen(a, "192.0.2.77", port, NET_ANY, fds, 4), -1);
	ok(told_once(a, "192.0.2.77 port") && !failed(a), "an address of others");
	is_int(net_listen(a, "nonsense", port, NET_ANY, fds, 4), -1);
	ok(told_once(a, "nonsense is no IP address to listen on"));
	is_int(net_listen(a, "127.0.0.1", port, NET_V6, fds, 4), -1);
	ok(told_once(a, "127.0.0.1 is no IPv6 address to listen on"));
}

/* A low port without the right to it, in a child that gives its rights up. */
static void low_port(void)
{
	long start_at = 1024;
	FILE *f = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start", "r");
	if (f && fscanf(f, "%ld", &start_at) != 1)
		start_at = 1024;
	if (f)
		fclose(f);
	if (start_at < 1000) {
		skip("a low port", "everybody may have it here");
		return;
	}
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		int fd, status = 0;
		if (getuid() == 0 && setuid(65534) < 0)
			_exit(3);
		if (net_listen(a, "127.0.0.1", 987, NET_ANY, &fd, 1) != -1)
			_exit(1);
		status = strstr(error_text(a), "only root may listen on ports under 1024") &&
		        strstr(error_text(a), "CAP_NET_BIND_SERVICE")
		    ? 0
		    : 2;
		_exit(status);
	}
	int status;
	waitpid(pid, &status, 0);
	is_int(status, 0, "a low port, and the ways to get it");
}

static void waiting(void)
{
	int fds[2];
	must(pipe(fds) == 0);
	int64_t begin = clock_ms();
	is_int(net_wait(fds[0], POLLIN, begin + 60), 0, "nothing comes");
	ok(clock_ms() - begin >= 60, "until the deadline");
	is_int(net_wait(fds[0], POLLIN, begin), 0, "a deadline that has passed");
	must(write(fds[1], "x", 1) == 1);
	is_int(net_wait(fds[0], POLLIN, begin), 1, "what is there is told, late or not");
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		char drop;
		must(read(fds[0], &drop, 1) == 1);
		clock_catch_signals();
		raise(SIGTERM);
		_exit(net_wait(fds[0], POLLIN, clock_ms() + 5000) == -1 &&
		            net_connect(a, "127.0.0.1", 9, NET_ANY, clock_ms() + 5000) == -1 &&
		            strstr(error_text(a), "interrupted")
		        ? 0
		        : 1);
	}
	int status;
	waitpid(pid, &status, 0);
	is_int(status, 0, "a signal ends it");
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	a = arena_new();
	connecting();
	hanging();
	several_addresses();
	listening();
	low_port();
	waiting();
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000201) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	is_str(net_address(a, (struct sockaddr *)&v4), "192.0.2.1");
	is_str(net_address(a, (struct sockaddr *)&v6), "::1");
	arena_drop(a);
	return done();
}
