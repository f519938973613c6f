/* JSON from servers: what is parsed prints and parses again to the same; no id loses digits. */
#include <assert.h>
#include <string.h>

#include "arena.h"
#include "json.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena *a = arena_new();
	cJSON *j = json_parse(a, arena_dup(a, data, size), size);
	if (j) {
		/* Twice: a long fraction is printed as an integer, which is then kept as text. */
		const char *once = json_text(a, j);
		assert((j = json_parse(a, once, strlen(once))));
		once = json_text(a, j);
		cJSON *again = json_parse(a, once, strlen(once));
		assert(again && strcmp(json_text(a, again), once) == 0);
		json_str(j, "order/identifiers/0/value");
		json_int(j, "0", 0);
		json_count(j, "a/b");
		json_find(j, "", "id", "1");
	}
	arena_drop(a);
	return 0;
}
