/* URLs and references: a first line that is a base, a second one that is resolved against it. What
 * is accepted means the same when it is read again. */
#include "url.h"

#include <assert.h>
#include <string.h>

#include "arena.h"
#include "error.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void check(struct arena *a, const struct url *u)
{
	struct url again;
	assert(*u->host && u->port > 0 && u->port < 65536 && *u->path == '/');
	assert(!strpbrk(u->text, " \r\n\t#") && !strpbrk(u->host, "/@?[]%\\"));
	assert(strlen(u->text) < 32 * 1024);
	if (strlen(u->text) > 8192)
		return;
	assert(url_parse(a, u->text, &again) == 0);
	assert(text_is(again.text, u->text) && text_is(again.host, u->host));
	assert(again.port == u->port && again.tls == u->tls && !again.user);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena *a = arena_new();
	char *s = arena_dup(a, data, size);
	char *ref = strchr(s, '\n');
	struct url u, next;
	if (ref)
		*ref++ = 0;
	if (url_parse(a, s, &u) < 0) {
		assert(failed(a));
	} else {
		check(a, &u);
		if (ref && url_resolve(a, &u, ref, &next) == 0) {
			check(a, &next);
			if (!strstr(next.path, "?") && !strstr(ref, "//"))
				assert(!strstr(next.path, "/../") && !strstr(next.path, "/./"));
		}
	}
	arena_drop(a);
	return 0;
}
