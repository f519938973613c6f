/* The responder process: what it gave up, what it answers, what is heard of it, and how it ends.
 * The tls-alpn-01 side is looked at with openssl. */
#include "responder.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "error.h"
#include "file.h"
#include "hash.h"
#include "proc.h"
#include "text.h"

#include "tap.h"

static struct arena *a;

/* --- sockets of the test -------------------------------------------------------------------- */

static int dial(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, (void *)&to, sizeof to) == 0)
		return fd;
	close(fd);
	return -1;
}

/* A port that nobody has; *hold, when not NULL, is a socket that keeps it taken. */
static int free_port(int *hold)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	socklen_t n = sizeof any;
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(fd, (void *)&any, n) || listen(fd, 1) || getsockname(fd, (void *)&any, &n))
		die("no port: %s", strerror(errno));
	if (hold)
		*hold = fd;
	else
		close(fd);
	return ntohs(any.sin_port);
}

static const char *fetch(int port, const char *token)
{
	const char *request =
	    fmt(a, "GET /.well-known/acme-challenge/%s HTTP/1.1\r\nHost: a.test\r\n\r\n", token);
	char reply[2048];
	size_t n = 0;
	const int fd = dial(port);
	if (fd < 0)
		return NULL;
	send(fd, request, strlen(request), MSG_NOSIGNAL);
	for (ssize_t got; (got = recv(fd, reply + n, sizeof reply - 1 - n, 0)) > 0;)
		n += (size_t)got;
	close(fd);
	reply[n] = 0;
	const char *body = strstr(reply, "\r\n\r\n");
	return text_starts(reply, "HTTP/1.1 200 ") ? arena_str(a, body + 4)
	                                           : arena_strn(a, reply, 12);
}

/* Whether a process is there (a zombie is not). */
static bool lives(pid_t pid)
{
	bool missing;
	const char *status =
	    file_try(a, fmt(a, "/proc/%ld/status", (long)pid), 65536, NULL, &missing);
	return status && !strstr(status, "\nState:\tZ") && !strstr(status, "\nState:\tX");
}

static bool gone_soon(pid_t pid)
{
	for (int i = 0; i < 100 && lives(pid); i++)
		clock_sleep(20);
	return !lives(pid);
}

/* --- the process ---------------------------------------------------------------------------- */

static void test_rights(struct responder *r, int secret_fd)
{
	const char *proc = fmt(a, "/proc/%ld", (long)responder_pid(r));
	const char *status = file_read(a, fmt(a, "%s/status", proc), 65536, NULL);
	struct strs fds;

	if (!status) {
		skip("rights of the process", "no /proc");
		return;
	}
	if (geteuid() == 0) {
		ok(strstr(status, "\nUid:\t65534\t65534\t65534\t65534\n"), "is nobody");
		ok(strstr(status, "\nGid:\t65534\t65534\t65534\t65534\n"), "and nogroup");
		ok(strstr(status, "\nGroups:\t \n"), "without other groups");
		ok(strstr(status, "\nCapEff:\t0000000000000000\n"), "and without capabilities");
	}
	ok(strstr(status, "\nNoNewPrivs:\t1\n"), "nor can get them");
	if (geteuid() == 0) {
		ok(file_list(a, fmt(a, "%s/fd", proc), &fds) == 0 && fds.n == 4,
		    "has four descriptors");
		ok(!file_exists(fmt(a, "%s/fd/%d", proc, secret_fd)),
		    "not what was open when it started");
	} else {
		ok(file_list(a, fmt(a, "%s/fd", proc), &fds) < 0, "cannot be looked into");
		error_clear(a);
	}
	for (int i = 0; i < 3; i++)
		kill(responder_pid(r), (int[]){ SIGINT, SIGTERM, SIGHUP }[i]);
	clock_sleep(50);
	ok(lives(responder_pid(r)), "signals of the terminal do not end it");
}

static void test_tokens(struct responder *r)
{
	const int port = free_port(NULL);
	ok(responder_listen(r, a, NULL, port, NET_ANY, false) == 0,
	    fmt(a, "listens: %s", error_text(a)));
	ok(responder_listen(r, a, NULL, port, NET_ANY, false) == 0, "the same again is fine");
	ok(responder_listen(r, a, NULL, port, NET_V4, false) == 0, "a part of it too");
	ok(responder_listen(r, a, "127.0.0.1", port, NET_ANY, false) == 0, "and one address of it");
	is_str(fetch(port, "abc"), "HTTP/1.1 404", "a token that nobody told");
	is_int(responder_wait(r, clock_ms() + 50), 0, "is not told to us");

	ok(responder_add_token(r, a, "abc", "abc.thumb") == 0, "a token");
	ok(responder_add_token(r, a, "def", "def.thumb") == 0, "another one");
	is_str(fetch(port, "abc"), "abc.thumb", "is answered");
	is_int(responder_wait(r, clock_ms() + 5000), 1, "which is told");
	is_int(responder_wait(r, clock_ms() + 20), 0, "once");
	is_str(fetch(port, "abc"), "abc.thumb", "and again");
	is_str(fetch(port, "def"), "def.thumb", "and the other one");
	ok(responder_remove(r, a, "def") == 0, "one is taken away");
	is_int(responder_served(r), 3, "what was told in between is not lost");
	is_int(responder_wait(r, clock_ms() + 20), 1, "nor for responder_wait");
	is_str(fetch(port, "def"), "HTTP/1.1 404", "it is gone");

	char *large = arena_alloc(a, 601);
	memset(large, 'a', 600);
	ok(responder_add_token(r, a, large, "x") < 0, "a token of 600 bytes");
	error_clear(a);
	ok(responder_add_token(r, a, "x", large) < 0, "a key authorization of 600 bytes");
	error_clear(a);
	ok(responder_add_token(r, a, "../x", "x") < 0 && strstr(error_text(a), "no ACME token"),
	    "a token that is none: %s", error_text(a));
	error_clear(a);

	ok(responder_remove(r, a, "abc") == 0, "the last one is taken away");
	ok(dial(port) < 0, "the port is free");
	ok(responder_listen(r, a, "127.0.0.1", port, NET_ANY, false) == 0, "and can be had again");
	ok(responder_remove(r, a, "none") == 0 && dial(port) < 0, "and given back unused");
}

static void test_taken(struct responder *r)
{
	int hold;
	const int port = free_port(&hold);
	static const struct {
		bool tls;
		const char *way;
	} rows[] = { { false, "--httpport" }, { true, "--tlsport" } };
	for (size_t i = 0; i < 2; i++) {
		ok(responder_listen(r, a, NULL, port, NET_V4, rows[i].tls) < 0,
		    "a port that is taken");
		const char *text = error_text(a);
		ok(strstr(text, fmt(a, "port %d is taken by ", port)) &&
		        strstr(text, fmt(a, "(process %ld)", (long)getpid())) &&
		        strstr(text, rows[i].way) && strstr(text, "-w"),
		    fmt(a, "who has it, and the ways out: %s", text));
		error_clear(a);
		ok(responder_probe(r, a, NULL, port, NET_V4, rows[i].tls) < 0,
		    "the probe finds it too");
		error_clear(a);
	}
	close(hold);
	ok(responder_probe(r, a, NULL, port, NET_ANY, false) == 0 && dial(port) < 0,
	    "a probe leaves nothing behind");
}

/* --- tls-alpn-01 ---------------------------------------------------------------------------- */

/* What openssl says of the handshake, and of the certificate in *cert. */
static const char *handshake(int port, const char *sni, const char *alpn, const char *version,
    const char **cert)
{
	const char *argv[16] = { "openssl", "s_client", "-connect", fmt(a, "127.0.0.1:%d", port),
		version };
	size_t n = 5;
	if (sni) {
		argv[n++] = "-servername";
		argv[n++] = sni;
	} else {
		argv[n++] = "-noservername";
	}
	if (alpn) {
		argv[n++] = "-alpn";
		argv[n++] = alpn;
	}
	struct proc p = { .argv = argv,
		.env = proc_environment(a),
		.capture = true,
		.capture_err = true,
		.timeout_ms = 20000 };
	*cert = "";
	if (proc_run(a, &p))
		return "";
	if (strstr(p.out, "BEGIN CERTIFICATE")) {
		static const char *const show[] = { "openssl", "x509", "-noout", "-text",
			"-certopt", "ext_dump", NULL };
		struct proc x = { .argv = show,
			.env = p.env,
			.input = p.out,
			.input_len = strlen(p.out),
			.capture = true,
			.capture_err = true };
		if (proc_run(a, &x) == 0)
			*cert = x.out;
	}
	return fmt(a, "%s%s", p.out, p.err);
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;
	for (; (text = strstr(text, part)); text++)
		n++;
	return n;
}

/* "04:20:AB..." as ext_dump prints the bytes: "04 20 ab ...", 16 a line. */
static bool has_digest(const char *cert, const unsigned char *digest)
{
	const char *at = strstr(cert, "0000 - 04 20 ");
	return at && strstr(at, fmt(a, "04 20 %02x %02x %02x", digest[0], digest[1], digest[2]));
}

static const struct {
	const char *identifier, *sni, *san;
} alpn_names[] = {
	{ "alpn.test", "alpn.test", "DNS:alpn.test" },
	{ "alpn.test", "ALPN.Test", "DNS:alpn.test" },
	{ "xn--bcher-kva.test", "xn--bcher-kva.test", "DNS:xn--bcher-kva.test" },
	{ "192.0.2.1", "1.2.0.192.in-addr.arpa", "IP Address:192.0.2.1" },
	{ "2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
	    "IP Address:2001:DB8:0:0:0:0:0:1" },
};

static void test_alpn(struct responder *r)
{
	static const struct {
		const char *what, *sni, *alpn;
	} refused[] = {
		{ "another name", "other.test", "acme-tls/1" },
		{ "a name below", "x.alpn.test", "acme-tls/1" },
		{ "the address itself", "192.0.2.1", "acme-tls/1" },
		{ "no name", NULL, "acme-tls/1" },
		{ "another protocol", "alpn.test", "http/1.1" },
		{ "no protocol", "alpn.test", NULL },
	};
	const char *cert, *said;
	unsigned char digest[32];
	const int port = free_port(NULL);

	if (!proc_which(a, "openssl")) {
		skip("tls-alpn-01", "no openssl");
		return;
	}
	hash_bytes(HASH_SHA256, "key authorization", 17, digest);
	ok(responder_listen(r, a, "127.0.0.1", port, NET_ANY, true) == 0,
	    fmt(a, "listens: %s", error_text(a)));
	for (size_t i = 0; i < sizeof alpn_names / sizeof *alpn_names; i++)
		ok(responder_add_alpn(r, a, alpn_names[i].identifier, digest) == 0,
		    fmt(a, "%s: %s", alpn_names[i].identifier, error_text(a)));
	for (size_t i = 0; i < sizeof alpn_names / sizeof *alpn_names; i++) {
		said = handshake(port, alpn_names[i].sni, "acme-tls/1",
		    i % 2 ? "-tls1_2" : "-tls1_3", &cert);
		ok(strstr(said, "ALPN protocol: acme-tls/1"),
		    fmt(a, "%s: handshake", alpn_names[i].sni));
		ok(strstr(cert, alpn_names[i].san) &&
		        count(cert, "DNS:") + count(cert, "IP Address:") == 1,
		    "one alternative name: %s", alpn_names[i].san);
		ok(strstr(cert, "1.3.6.1.5.5.7.1.31: critical") && has_digest(cert, digest),
		    "critical acmeIdentifier with the digest");
		is_int(responder_wait(r, clock_ms() + 5000), 1, "is told");
	}
	said = handshake(port, "alpn.test", "h2,acme-tls/1,http/1.1", "-tls1_3", &cert);
	ok(strstr(said, "ALPN protocol: acme-tls/1"), "acme-tls/1 among others");
	responder_wait(r, clock_ms() + 5000);
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		said = handshake(port, refused[i].sni, refused[i].alpn,
		    i % 2 ? "-tls1_2" : "-tls1_3", &cert);
		ok(!*cert && strstr(said, "alert"), fmt(a, "refused: %s", refused[i].what));
	}
	is_int(responder_wait(r, clock_ms() + 50), 0, "refusals are not told");
	ok(responder_add_alpn(r, a, "*.alpn.test", digest) < 0,
	    fmt(a, "no wildcard: %s", error_text(a)));
	error_clear(a);
	for (size_t i = 0; i < sizeof alpn_names / sizeof *alpn_names; i++)
		responder_remove(r, a, alpn_names[i].identifier);
	ok(dial(port) < 0, "the port is free when the last one is removed");
}

/* --- workers -------------------------------------------------------------------------------- */

/* A process that does one thing at each byte that it is sent, and tells how that went. */
struct worker {
	pid_t pid;
	int to, from;
};

static int worker_does(struct responder *r, int port, char what)
{
	static const unsigned char digest[32] = { 1 };
	static char token[] = "w0";
	switch (what) {
	case 'a':
	case 'b':
		token[1] = what;
		return responder_listen(r, a, NULL, port, NET_ANY, false) ||
		    responder_add_token(r, a, token, token);
	case 'p':
		return responder_probe(r, a, NULL, port, NET_ANY, false);
	case 's':
		return responder_wait(r, clock_ms() + 5000) == 1 && responder_served(r) == 1 ? 0
		                                                                             : -1;
	case 'n':
		return responder_add_alpn(r, a, "both.test", digest);
	case 'f':
		return responder_remove(r, a, "both.test");
	default:
		return responder_remove(r, a, token);
	}
}

static struct worker start_worker(struct responder *r, int port)
{
	int in[2], out[2];
	const int fd = responder_invite(r, a);
	fflush(stdout);
	if (fd < 0 || pipe(in) || pipe(out))
		die("no worker: %s", error_text(a));
	const struct worker w = { .pid = fork(), .to = in[1], .from = out[0] };
	if (w.pid == 0) {
		char what, result;
		close(in[1]);
		responder_join(r, fd);
		while (read(in[0], &what, 1) == 1) {
			result = worker_does(r, port, what) ? '-' : '+';
			if (write(out[1], &result, 1) != 1)
				break;
		}
		responder_stop(r);
		_exit(0);
	}
	close(fd);
	close(in[0]);
	close(out[1]);
	return w;
}

static bool tell(const struct worker *w, char what)
{
	return write(w->to, &what, 1) == 1;
}

static bool went_well(const struct worker *w)
{
	char result;
	return read(w->from, &result, 1) == 1 && result == '+';
}

static bool does(const struct worker *w, char what)
{
	return tell(w, what) && went_well(w);
}

static void end_worker(const struct worker *w, int number)
{
	close(w->to);
	close(w->from);
	if (number)
		kill(w->pid, number);
	waitpid(w->pid, NULL, 0);
}

static bool port_free_soon(int port)
{
	for (int i = 0; i < 100; i++) {
		const int fd = dial(port);
		if (fd < 0)
			return true;
		close(fd);
		clock_sleep(20);
	}
	return false;
}

static void test_workers(struct responder *r)
{
	const int port = free_port(NULL);
	struct worker one = start_worker(r, port), two = start_worker(r, port);
	const unsigned before = responder_served(r);

	ok(tell(&one, 'a') && tell(&two, 'b') && went_well(&one) && went_well(&two),
	    "two workers use one port");
	is_str(fetch(port, "wa"), "wa", "the token of one");
	ok(does(&one, 's'), "is told to that one");
	is_str(fetch(port, "wb"), "wb", "that of the other");
	ok(does(&two, 's'), "to the other");
	is_int(responder_served(r), before, "none of them to us");
	ok(does(&one, 'p'), "the port that the other uses may be used");
	ok(does(&one, 'r'), "one has no more to answer");
	is_str(fetch(port, "wb"), "wb", "the other still has");
	ok(does(&one, 'a'), "one comes again");
	end_worker(&one, SIGKILL);
	for (int i = 0; i < 100 && text_is(fetch(port, "wa"), "wa"); i++)
		clock_sleep(20);
	is_str(fetch(port, "wa"), "HTTP/1.1 404", "and is killed: its token goes");
	is_str(fetch(port, "wb"), "wb", "the other's stays");

	one = start_worker(r, port);
	ok(does(&one, 'n'), "a name by tls-alpn-01");
	char early;
	fcntl(two.from, F_SETFL, O_NONBLOCK);
	ok(tell(&two, 'n') && clock_sleep(150) == 0 && read(two.from, &early, 1) < 0,
	    "that another one proves is waited for");
	fcntl(two.from, F_SETFL, 0);
	ok(does(&one, 'f') && went_well(&two), "until that one is ready");
	ok(does(&two, 'f') && does(&two, 'r'), "all is taken away");
	ok(port_free_soon(port), "the port is free");
	ok(does(&two, 'b') && dial(port) >= 0, "and is taken once more");
	end_worker(&one, 0);
	end_worker(&two, 0);
	ok(port_free_soon(port), "it is free when its worker ends");
	ok(lives(responder_pid(r)), "the responder itself stays");
}

/* --- its end -------------------------------------------------------------------------------- */

static void test_end(void)
{
	struct responder *r = responder_start(a);
	pid_t pid = responder_pid(r);
	responder_stop(r);
	ok(!lives(pid), "ends when it is stopped");
	responder_stop(r);

	r = responder_start(a);
	kill(responder_pid(r), SIGKILL);
	ok(gone_soon(responder_pid(r)), "one that was killed");
	const int64_t begin = clock_ms();
	is_int(responder_wait(r, begin + 200), 0, "has served nobody");
	ok(clock_ms() - begin >= 190, "and is waited for without haste");
	ok(responder_add_token(r, a, "x", "y") < 0 && strstr(error_text(a), "has ended"),
	    "cannot be told anything: %s", error_text(a));
	error_clear(a);
	responder_stop(r);

	int report[2];
	fflush(stdout);
	if (pipe(report))
		die("no pipe");
	const pid_t parent = fork();
	if (parent == 0) {
		r = responder_start(a);
		pid = responder_pid(r);
		_exit(write(report[1], &pid, sizeof pid) == (ssize_t)sizeof pid ? 0 : 1);
	}
	ok(read(report[0], &pid, sizeof pid) == (ssize_t)sizeof pid &&
	        waitpid(parent, NULL, 0) == parent,
	    "a parent that dies");
	ok(gone_soon(pid), "takes it along");
}

int main(void)
{
	a = arena_new();
	alarm(100);
	const int secret_fd = fcntl(open("/dev/zero", O_RDONLY), F_DUPFD, 20);
	struct responder *r = responder_start(a);
	ok(r != NULL, fmt(a, "starts: %s", error_text(a)));
	if (!r)
		return done();
	test_rights(r, secret_fd);
	test_tokens(r);
	test_taken(r);
	test_alpn(r);
	test_workers(r);
	responder_stop(r);
	test_end();
	arena_drop(a);
	return done();
}
