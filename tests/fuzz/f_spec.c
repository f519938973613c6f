/* A <domain>.conf of any content: settings are read, checked, saved and read again, and the time
 * of renewal is computed. What was saved reads as the same, and saving it again changes nothing. */
#include <assert.h>
#include <string.h>

#include "arena.h"
#include "conf.h"
#include "due.h"
#include "error.h"
#include "spec.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* What was saved reads as the same, and no key of others is lost. */
static void save(struct arena *a, struct conf *c, const struct spec *s)
{
	struct spec again;
	const struct strs keys = conf_keys(a, c);

	spec_save(c, s);
	const char *text = conf_text(a, c);
	struct conf *saved = conf_parse(a, "f.conf", text, strlen(text));
	spec_load(saved, &again);
	const char *const *x = &s->domain, *const *y = &again.domain;
	for (size_t i = 0; i < sizeof *s / sizeof *x; i++)
		assert(text_is(x[i], y[i]));
	for (size_t i = 0; i < keys.n; i++)
		assert(text_starts(keys.v[i], "Le_") || conf_get(saved, keys.v[i]));
	spec_save(saved, &again);
	assert(text_is(conf_text(a, saved), text));
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena *a = arena_new();
	struct conf *c = conf_parse(a, "f.conf", arena_dup(a, data, size), size);

	if (c) {
		struct spec s;
		struct due_facts f;

		spec_load(c, &s);
		spec_check(a, &s);
		error_clear(a);
		const struct strs names = spec_names(a, &s);
		for (size_t i = 0; i <= names.n && i < 20; i++) {
			spec_entry(a, &s, i);
			spec_local_address(a, &s, i);
		}
		assert(!spec_ascii_names(a, &s).n || spec_same_names(a, &s, &s));
		due_read(c, &s, 1800000000, &f);
		const struct due d = due_compute(&f);
		assert(d.why && (d.never || d.now == (d.when <= f.now)));

		if (!conf_odd_lines(a, c).n) /* store.c refuses one that is damaged */
			save(a, c, &s);
	}
	arena_drop(a);
	return 0;
}
