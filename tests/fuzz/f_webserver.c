/* What Apache says about its virtual hosts, the lines of one of them, and edits of a text: what was put
 * in comes out again, and nothing else. */
#include "webedit.h"

#include <assert.h>
#include <string.h>

#include "apachevhosts.h"
#include "arena.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void dump(struct arena *a, const char *text)
{
	struct apache_dump d;
	bool main_server;

	apachevhosts_read(a, text, &d);
	const struct apache_vhosts v = apachevhosts_for(a, &d, "www.example.com", 80, &main_server);
	assert(v.n <= d.n && (v.n || main_server));
	for (size_t i = 0; i < v.n; i++)
		assert(v.v[i]->names.n && v.v[i]->address);
}

static void edit(struct arena *a, const char *text, size_t size)
{
	size_t from = 0, to = 0, n = size;

	for (unsigned line = 1; line < 6; line++)
		if (apachevhosts_span(text, size, line, &from, &to) == 0)
			assert(from <= to && to < size && text[from] == '\n' && text[to] == '\n');
	assert(!webedit_strip(a, text, &n, "1f") || n <= size);
	n = size;
	if (!webedit_strip(a, text, &n, "2f") || n != size)
		return; /* it has such lines of its own */
	const char *in = webedit_insert(a, text, &n, n / 2, "x", "2f");
	in = webedit_insert(a, in, &n, 0, "y", "2f");
	assert(n > size);
	const char *out = webedit_strip(a, in, &n, "2f");
	assert(out && n == size && memcmp(out, text, n) == 0);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena *a = arena_new();
	const char *text = arena_dup(a, data, size);

	dump(a, text);
	edit(a, text, size);
	arena_drop(a);
	return 0;
}
