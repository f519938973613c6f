/* HTTP/1.1 messages (RFC 9112): parse heads, bodies by length, chunks or end of stream; used by
 * the client and by the responder. Nothing here touches a socket, so that it can be fuzzed. */
#ifndef HTTPMSG_H
#define HTTPMSG_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

struct arena;

struct header {
	const char *name;
	const char *value;
};

struct headers {
	struct header *v;
	size_t n;
	size_t cap;         /* of v, for header_add(); 0: v is not to be written to */
	const char *reason; /* of a reply: what stands behind its status; NULL: nothing */
};

/* First header of that name (case ignored), or NULL. The n-th one by header_nth. */
const char *header_get(const struct headers *h, const char *name);
const char *header_nth(const struct headers *h, const char *name, size_t n);
void header_add(struct arena *a, struct headers *h, const char *name, const char *value);
/* Value of a parameter-less media type comparison: "application/json; charset=x" is "application/json". */
bool header_type_is(const struct headers *h, const char *media_type);
/* Target of the n-th Link (RFC 8288) with this rel, NULL when there are no more. */
const char *header_link(struct arena *a, const struct headers *h, const char *rel, size_t n);

#define HTTP_HEAD_MAX (32 * 1024)

/* Status line and headers of a reply. Returns bytes used, 0 when more is needed, -1 when it is
 * not HTTP or passes the ceiling (error set). */
long httpmsg_reply_head(struct arena *a, const char *p, size_t n, int *status,
    struct headers *headers);
/* Request line and headers. */
long httpmsg_request_head(struct arena *a, const char *p, size_t n, const char **method,
    const char **target, struct headers *headers);

/* How the body of a reply ends, and the state of reading it. */
struct httpbody {
	enum { BODY_NONE, BODY_LENGTH, BODY_CHUNKED, BODY_CLOSE } kind;
	unsigned long long left;  /* of the length or the chunk */
	unsigned long long taken; /* bytes of content so far */
	int state;
	size_t line; /* bytes of chunk lines and trailers so far */
	bool done;
};
/* From the request's method and the reply's status and headers (RFC 9112 6.3); -1 when lengths
 * contradict each other or are no numbers. */
int httpbody_begin(struct arena *a, struct httpbody *b, const char *method, int status,
    const struct headers *h);
/* Takes n bytes into body (its ceiling holds); returns bytes used or -1. */
long httpbody_take(struct arena *a, struct httpbody *b, const char *p, size_t n, struct buf *body);
/* The stream has ended: 0 when the body may end here, else -1 ("closed after 10 of 20 bytes"). */
int httpbody_end(struct arena *a, struct httpbody *b);

#endif
