/* error.h: the first failure wins, its context stays, its text, moving to another arena. */
#include "error.h"

#include <errno.h>

#include "tap.h"

static const char *lookup(struct arena *a)
{
	return fail_null(a, "%d %s", 403, "Invalid request headers");
}

static void recording(struct arena *a)
{
	ok(!failed(a), "nothing failed yet");
	is_str(error_text(a), "", "no text");
	is_int(remedy(a, "nothing"), -1, "a remedy for nothing");
	ok(!arena_error(a)->remedy, "is not kept");
	at(a, "%s", "Cloudflare");
	doing(a, "zone lookup for %s", "example.com");
	ok(!lookup(a) && failed(a), "failed");
	is_str(error_text(a),
	    "Cloudflare: zone lookup for example.com: 403 Invalid request headers");
	arena_error(a)->code = "6003";
	is_str(error_text(a),
	    "Cloudflare: zone lookup for example.com: 403 Invalid request headers (code 6003)");
	is_int(fail(a, "%s", "later"), -1, "a later one");
	errno = ENOENT;
	is_int(fail_errno(a, "later"), -1, "and another");
	at(a, "elsewhere");
	doing(a, "cleaning up");
	is_int(remedy(a, "check %s", "CF_Token"), -1, "remedy");
	remedy(a, "do something else");
	is_str(error_text(a),
	    "Cloudflare: zone lookup for example.com: "
	    "403 Invalid request headers (code 6003); check CF_Token",
	    "the first failure wins");
	arena_error(a)->code = "rateLimited";
	arena_error(a)->remedy = NULL;
	is_str(error_text(a),
	    "Cloudflare: zone lookup for example.com: "
	    "403 Invalid request headers (rateLimited)",
	    "a problem type as code");
	arena_error(a)->http = 429;
	arena_error(a)->transient = true;
	error_clear(a);
	ok(!failed(a) && !arena_error(a)->code && !arena_error(a)->http &&
	        !arena_error(a)->transient,
	    "cleared");
	errno = ENOSPC;
	fail_errno(a, "writing %s", "/x");
	is_str(error_text(a),
	    "Cloudflare: zone lookup for example.com: writing /x: "
	    "No space left on device",
	    "where and doing are kept; errno");
	error_clear(a);
	fail(a, "line 1\nline\033[2J 2");
	ok(!strpbrk(error_text(a), "\n\033"), "one line that is safe to print");
}

static void moving(void)
{
	struct arena *to = arena_new(), *from = arena_new();
	is_int(error_move(to, from), -1, "nothing to move");
	ok(!failed(to));
	at(to, "Let's Encrypt");
	doing(to, "new order");
	doing(from, "%s", "TXT record");
	fail(from, "refused");
	remedy(from, "ask");
	arena_error(from)->names = "a.example: no";
	arena_error(from)->code = "5";
	arena_error(from)->http = 400;
	arena_error(from)->exit = 3;
	arena_error(from)->retry_after = 60;
	arena_error(from)->input = true;
	is_int(error_move(to, from), -1, "moved");
	arena_drop(from);
	const struct error *e = arena_error(to);
	is_str(error_text(to), "Let's Encrypt: TXT record: refused (code 5); ask", "text");
	is_str(e->names, "a.example: no", "names");
	ok(e->http == 400 && e->exit == 3 && e->retry_after == 60 && e->input && !e->transient);
	from = arena_new();
	fail(from, "other");
	error_move(to, from);
	error_move(to, to);
	is_str(arena_error(to)->what, "refused", "the first failure wins here, too");
	arena_drop(from);
	arena_drop(to);
}

int main(void)
{
	struct arena *a = arena_new();
	recording(a);
	arena_drop(a);
	moving();
	return done();
}
