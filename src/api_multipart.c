/* multipart/form-data (RFC 7578), for services that take files as a browser would send them. */
#include "api.h"

#include "buf.h"
#include "rand.h"

enum { BODY_MAX = 1 << 20 };

/* Within quotes a browser writes these three escaped (WHATWG HTML, multipart form data). */
static void put_quoted(struct buf *b, const char *name, const char *value)
{
	buf_fmt(b, "; %s=\"", name);
	for (; *value; value++)
		if (*value == '"' || *value == '\r' || *value == '\n')
			buf_fmt(b, "%%%02X", (unsigned)*value);
		else
			buf_byte(b, *value);
	buf_byte(b, '"');
}

static void put_part(struct buf *b, const char *boundary, const struct part *p)
{
	buf_fmt(b, "--%s\r\nContent-Disposition: form-data", boundary);
	put_quoted(b, "name", p->name);
	if (p->filename) {
		put_quoted(b, "filename", p->filename);
		buf_fmt(b, "\r\nContent-Type: %s", p->type ? p->type : "application/octet-stream");
	}
	buf_str(b, "\r\n\r\n");
	buf_add(b, p->value, p->len ? p->len : strlen(p->value));
	buf_str(b, "\r\n");
}

struct reply *api_multipart(struct api *a, const char *path, const struct part *parts)
{
	unsigned char random[16];
	struct buf b = buf_new(api_arena(a), BODY_MAX);

	rand_bytes(random, sizeof random);
	const char *boundary = fmt(a, "----%s", hex_encode(api_arena(a), random, sizeof random));
	for (const struct part *p = parts; p->name; p++)
		if (p->value)
			put_part(&b, boundary, p);
	buf_fmt(&b, "--%s--\r\n", boundary);
	if (b.over)
		return fail_null(a, "what is to be sent is too large");
	return api_send(a,
	    &(struct api_request){ .method = "POST",
	        .url = path,
	        .body = b.data,
	        .body_len = b.len,
	        .type = fmt(a, "multipart/form-data; boundary=%s", boundary) });
}
