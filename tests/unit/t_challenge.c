/* Which solver an entry gets, which offer a name, and the standalone solvers with a real
 * responder. */
#include "challenge.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "error.h"
#include "standalone.h"
#include "stateless.h"
#include "text.h"
#include "webroot.h"
#include "webserver.h"

#include "tap.h"

static struct arena *a;

static void test_table(void)
{
	static const struct {
		const char *entry;
		const struct solver *solver;
	} rows[] = { { "no", &standalone_solver }, { "alpn", &alpn_solver },
		{ "stateless", &stateless_solver }, { "nginx:", &nginx_solver },
		{ "nginx:/n.conf", &nginx_solver }, { "apache", &apache_solver },
		{ "nginx", &webroot_solver }, { "/var/www/html", &webroot_solver },
		{ "www", &webroot_solver }, { "NO", &webroot_solver }, { "", NULL },
		{ NULL, NULL } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ok(solver_for(a, rows[i].entry) == rows[i].solver,
		    rows[i].entry ? rows[i].entry : "no entry");
		ok(failed(a) == !rows[i].solver, "  and an error when there is none");
		error_clear(a);
	}
	for (size_t i = 0; solver_table[i]; i++) {
		const struct solver *v = solver_table[i];
		ok(v->type && v->option && v->takes && v->present,
		    fmt(a, "%s is whole", v->option));
	}
	ok(!solver_for(a, "dns:there_is_none\x1b"), "a hook that is not there");
	ok(strstr(error_text(a), "there_is_none?") && strstr(error_text(a), "--standalone, --alpn"),
	    error_text(a));
	error_clear(a);
}

static void test_pick(void)
{
	struct challenge_offer offers[] = { { .type = "dns-01", .token = "d" },
		{ .type = "http-01", .token = "h" }, { .type = NULL }, { .type = "x\n-01" } };
	struct authz z = { .name = "a.test", .offers = offers, .n_offers = 4 };
	const struct challenge_offer *got = NULL;
	ok(challenge_pick(a, &webroot_solver, &z, &got) == 0 && got == &offers[1], "picks by type");
	ok(challenge_pick(a, &alpn_solver, &z, &got) < 0, "a type that is not offered");
	is_str(error_text(a),
	    "a.test cannot be proven by tls-alpn-01 (--alpn): the CA offers dns-01, "
	    "http-01, x?-01",
	    "is told with what is");
	error_clear(a);
	z = (struct authz){ .name = "*.a.test", .offers = offers, .n_offers = 1 };
	ok(challenge_pick(a, &webroot_solver, &z, &got) < 0 && strstr(error_text(a), "use --dns"),
	    error_text(a));
	error_clear(a);
	z.n_offers = 0;
	ok(challenge_pick(a, &webroot_solver, &z, &got) < 0 &&
	        strstr(error_text(a), "offers nothing"),
	    error_text(a));
	error_clear(a);
}

static void test_values(void)
{
	/* RFC 8555 8.3 and 8.4: token and thumbprint of the examples; the value by openssl. */
	const char *k = key_authorization(a, "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0",
	    "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI");
	is_str(k,
	    "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI",
	    "key authorization");
	is_str(dns_txt_value(a, k), "LPsIwTo7o8BoG0-vjCyGQGBWSVIPxI-i_X336eUOQZo",
	    "its dns-01 value");
	const char *text = stateless_snippets(a, "THUMB-x_1");
	ok(strstr(text, "$1.THUMB-x_1\"") && !strstr(text, "THUMBPRINT"),
	    "snippets name the thumbprint");
}

static int free_port(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	socklen_t n = sizeof any;
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(fd, (void *)&any, n) || getsockname(fd, (void *)&any, &n))
		die("no port");
	close(fd);
	return ntohs(any.sin_port);
}

static bool reachable(const char *address, int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	inet_pton(AF_INET, address, &to.sin_addr);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	const bool there = connect(fd, (void *)&to, sizeof to) == 0;
	close(fd);
	return there;
}

static void test_standalone(const struct solver *v)
{
	const int port = free_port();
	const char *number = fmt(a, "%d", port);
	struct spec spec = { .http_port = number, .tls_port = number };
	struct run run = { .mem = a };
	struct challenge_offer offers[2] = { { .token = "t1" }, { .token = "t2" } };
	struct task tasks[2] = { { .name = "a.test", .local_address = "127.0.0.1" },
		{ .name = "192.0.2.1", .local_address = "127.0.0.1" } };
	struct solving s = { .run = &run, .mem = a, .spec = &spec, .tasks = tasks, .n = 2 };
	for (size_t i = 0; i < 2; i++) {
		tasks[i].solver = v;
		tasks[i].offer = &offers[i];
		tasks[i].key_authz = fmt(a, "%s.thumb", offers[i].token);
		ok(v->ready(&s, &tasks[i]) == 0 && !run.responder,
		    fmt(a, "%s is ready: %s", v->option, error_text(a)));
	}
	v->clean(&s, &tasks[0]);
	ok(!run.responder, "cleaning up what was never there starts nothing");
	ok(v->present(&s, &tasks[0]) == 0 && v->present(&s, &tasks[1]) == 0 && run.responder,
	    fmt(a, "presents: %s", error_text(a)));
	ok(reachable("127.0.0.1", port) && !reachable("127.0.0.2", port),
	    "on the address that was asked for");
	v->clean(&s, &tasks[0]);
	ok(reachable("127.0.0.1", port), "serves until the last name");
	v->clean(&s, &tasks[1]);
	ok(!reachable("127.0.0.1", port), "and no longer");
	v->clean(&s, &tasks[1]);
	ok(!failed(a), "cleaning up twice is no failure");
	responder_stop(run.responder);

	spec.http_port = spec.tls_port = "80x";
	ok(v->ready(&s, &tasks[0]) < 0 && strstr(error_text(a), "\"80x\" is no port number"),
	    error_text(a));
	error_clear(a);
}

/* --listen-v4, --listen-v6: one restricts, both or none do not. */
static void test_families(void)
{
	const int port = free_port();
	struct run run = { .mem = a };
	struct challenge_offer offer = { .token = "t" };
	struct task t = { .name = "a.test",
		.solver = &standalone_solver,
		.offer = &offer,
		.key_authz = "t.x" };
	static const struct {
		const char *v4, *v6;
		bool reached;
	} rows[] = { { NULL, NULL, true }, { "1", NULL, true }, { NULL, "1", false },
		{ "1", "1", true } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct spec spec = { .http_port = fmt(a, "%d", port),
			.listen_v4 = rows[i].v4,
			.listen_v6 = rows[i].v6 };
		struct solving s = { .run = &run, .mem = a, .spec = &spec, .tasks = &t, .n = 1 };
		const int result = standalone_solver.present(&s, &t);
		if (result && !rows[i].reached) {
			skip("IPv6 only", "no IPv6 here");
			error_clear(a);
			continue;
		}
		ok(result == 0 && reachable("127.0.0.1", port) == rows[i].reached,
		    fmt(a, "v4 %s v6 %s: %s", rows[i].v4, rows[i].v6, error_text(a)));
		standalone_solver.clean(&s, &t);
	}
	responder_stop(run.responder);
}

int main(void)
{
	a = arena_new();
	alarm(60);
	test_table();
	test_pick();
	test_values();
	test_standalone(&standalone_solver);
	test_standalone(&alpn_solver);
	test_families();
	arena_drop(a);
	return done();
}
