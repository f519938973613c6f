/* Requests to the responder: any bytes, in one piece and cut in two, get a reply or wait for more;
 * only the two tokens are ever given out. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "buf.h"
#include "server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct server *s;
	if (!s) {
		s = server_new(arena_new());
		check(server_add_token(s, "token", "token.thumbprint") == 0);
		check(server_add_token(s, "x", "x.thumbprint") == 0);
	}
	struct arena *a = arena_new();
	for (size_t n = size / 2; n <= size; n += size - size / 2 + (size == 0)) {
		struct buf out = buf_new(a, 0);
		const char *token = NULL;
		char *request = arena_alloc(a, n + 1); /* its own object: overruns show */
		if (n)
			memcpy(request, data, n);
		const int result = server_reply(s, a, request, n, &out, &token);
		check(result == (out.len > 0));
		check(!result || memcmp(out.data, "HTTP/1.1 ", 9) == 0);
		check(!token || strcmp(token, "token") == 0 || strcmp(token, "x") == 0);
		check(!strstr(buf_text(&out), ".thumbprint") == !token);
	}
	arena_drop(a);
	return 0;
}
