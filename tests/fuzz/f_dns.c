/* DNS replies: the first byte tells the question's type, the rest is the message as it came; and, when
 * it begins with '{', the JSON of DNS over HTTPS. */
#include "resolve.h"

#include <assert.h>
#include <string.h>

#include "arena.h"
#include "error.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void check(const struct dns_records *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct dns_record *r = &list->v[i];
		assert(r->name && r->text && strlen(r->text) < 65536);
		assert(!text_ends(r->name, ".") || strlen(r->name) > 1);
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const enum dns_type types[] = { DNS_A, DNS_NS, DNS_CNAME, DNS_SOA, DNS_TXT,
		DNS_AAAA };
	struct arena *a = arena_new();
	struct arena *before = arena_use(a);
	struct dns_reply r;
	bool cut;

	if (size && data[0] == '{') {
		if (resolve_doh_parse(a, (const char *)data, size, &r) < 0)
			assert(failed(a));
	} else if (size) {
		const struct dns_question q = { .name = "a.test", .type = types[data[0] % 6] };
		/* its own memory, so that reading past the end is seen */
		void *message = arena_dup(a, data + 1, size - 1);
		if (resolve_parse(a, message, size - 1, &q, &r, &cut) == 0 && !cut) {
			check(&r.answer);
			check(&r.authority);
			dns_has_txt(&r.answer, "x");
			dns_rcode_text(a, r.rcode);
		}
	}
	arena_use(before);
	arena_drop(a);
	return 0;
}
