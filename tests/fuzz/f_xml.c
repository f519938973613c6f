/* Any bytes as XML, and as the answer of an XML-RPC call. */
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "json.h"
#include "xml.h"
#include "xmlrpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct arena *before = arena_use(a);
	const struct xml *x = xml_parse(a, (const char *)data, size);
	if (x) {
		xml_str(x, "a/*/@b");
		xml_find(x, "member");
		const cJSON *j = xmlrpc_answer(a, x);
		if (j)
			json_text(a, j);
	}
	arena_use(before);
	arena_drop(a);
	return 0;
}
