/* PEM as RFC 7468 tells to write it; read as laxly as its section 3 allows. */
#include "pem.h"

#include <string.h>

#include "arena.h"
#include "b64.h"
#include "buf.h"
#include "error.h"

static const char begin[] = "-----BEGIN ", dashes[] = "-----";

bool pem_is(const char *text)
{
	return strstr(text, begin) != NULL;
}

int pem_next(struct arena *a, const char **text, struct pem *out)
{
	const char *label = strstr(*text, begin);
	if (!label)
		return 0;
	label += sizeof begin - 1;
	const char *body = strstr(label, dashes);
	size_t len = strcspn(label, "\r\n");
	if (!body || body >= label + len)
		return fail(a, "PEM: a BEGIN line that does not end in -----");
	out->label = arena_strn(a, label, (size_t)(body - label));
	body += sizeof dashes - 1;
	const char *end = arena_fmt(a, "-----END %s-----", out->label);
	const char *stop = strstr(body, end);
	if (!stop)
		return fail(a, "PEM: the %s block is cut off: it has no END line", out->label);
	*text = stop + strlen(end);
	out->headers = memchr(body, ':', (size_t)(stop - body)) != NULL;
	out->der = der_bytes("", 0);
	if (out->headers)
		return 1;
	out->der.p = b64_decode(a, arena_strn(a, body, (size_t)(stop - body)), &out->der.n);
	return out->der.p ? 1 : fail(a, "PEM: the %s block is not base64", out->label);
}

char *pem_text(struct arena *a, const char *label, struct der der)
{
	const char *text = b64_encode(a, der.p, der.n);
	struct buf out = buf_new(a, 0);
	buf_fmt(&out, "-----BEGIN %s-----\n", label);
	for (size_t left = strlen(text); left > 0;) {
		size_t line = left < 64 ? left : 64;
		buf_add(&out, text, line);
		buf_byte(&out, '\n');
		text += line;
		left -= line;
	}
	buf_fmt(&out, "-----END %s-----\n", label);
	return out.data;
}
