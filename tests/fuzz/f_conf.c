/* Conf files: every byte is kept, a value that is set is read again, and the others stay. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "conf.h"
#include "error.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* The first line is the value that is set, the rest the file. */
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena *a = arena_new();
	const unsigned char *newline = size ? memchr(data, '\n', size) : NULL;
	const size_t first = newline ? (size_t)(newline - data) : 0;
	const char *value = arena_strn(a, (const char *)data, first);
	const char *text = arena_dup(a, data + first, size - first);
	struct conf *c = conf_parse(a, "fuzz.conf", text, size - first);

	assert(!c == failed(a));
	if (c) {
		const struct strs before = conf_keys(a, c);
		const char **values = arena_alloc(a, (before.n + 1) * sizeof *values);
		assert(strcmp(conf_text(a, c), text) == 0);
		for (size_t i = 0; i < before.n; i++)
			values[i] = conf_get(c, before.v[i]);
		/* Whether KEY may matter to the others, as the end of an open quote or by its name. */
		const bool apart = conf_odd_lines(a, c).n == 0 && !strchr(text, '$');
		conf_set(c, "KEY", value);
		conf_set_b64(c, "WRAPPED", value);

		const char *now = conf_text(a, c);
		struct conf *again = conf_parse(a, "fuzz.conf", now, strlen(now));
		assert(text_is(conf_get(c, "KEY"), value));
		assert(text_is(conf_get(again, "KEY"), value));
		assert(text_is(conf_get(again, "WRAPPED"), value));
		for (size_t i = 0; i < before.n && apart; i++)
			if (strcmp(before.v[i], "KEY") != 0 && strcmp(before.v[i], "WRAPPED") != 0)
				assert(text_is(conf_get(again, before.v[i]), values[i]));
		conf_set(again, "KEY", NULL);
		assert(!conf_get(again, "KEY"));
	}
	arena_drop(a);
	return 0;
}
