/* A provider for the tests of src/api and src/provider: a list of exchanges that are to happen in
 * this order, through the http client's seam. */
#ifndef FAKEAPI_H
#define FAKEAPI_H

#include <stdlib.h>
#include <string.h>

#include "../../acme.h"
#include "api.h"
#include "http.h"

struct exchange {
	const char *asks; /* what the request must hold: in "METHOD URL\nHeader: v\n...\n\nbody" */
	int status;       /* 0: the connection is cut */
	const char *body;
	const char *header; /* "Name: value" */
};

static struct {
	const struct exchange *script;
	size_t n, at;
	const char *last;      /* the last request, as above */
	const char *wrong;     /* the first that was not as expected; NULL: none */
	unsigned confidential; /* so many */
} fake;

static int fake_transport(struct http *h, struct arena *a, const struct request *req,
    struct response *res)
{
	struct buf b = buf_new(a, 0);
	(void)h;
	buf_fmt(&b, "%s %s\n", req->method, req->url);
	for (size_t i = 0; i < req->headers.n; i++)
		buf_fmt(&b, "%s: %s\n", req->headers.v[i].name, req->headers.v[i].value);
	buf_fmt(&b, "\n%.*s", (int)req->body_len, req->body ? (const char *)req->body : "");
	fake.last = b.data;
	fake.confidential += req->confidential;
	if (fake.at == fake.n) {
		fake.wrong = fake.wrong ? fake.wrong : "more requests than expected";
		return fail(a, "no more replies");
	}
	const struct exchange *x = &fake.script[fake.at++];
	if (x->asks && !strstr(b.data, x->asks) && !fake.wrong) {
		fake.wrong = x->asks;
		printf("# got: %s\n", b.data);
	}
	if (!x->status)
		return fail(a, "closed the connection without a reply");
	*res = (struct response){ .status = x->status,
		.body = arena_str(a, x->body ? x->body : ""),
		.body_len = x->body ? strlen(x->body) : 0,
		.url = req->url };
	if (x->header) {
		const size_t n = strcspn(x->header, ":");
		header_add(a, &res->headers, arena_strn(a, x->header, n), x->header + n + 2);
	}
	return 0;
}

static inline void fake_begin(const struct exchange *script, size_t n)
{
	http_transport = fake_transport;
	clock_fake = 1700000000;
	fake.script = script;
	fake.n = n;
	fake.at = 0;
	fake.last = "";
	fake.wrong = NULL;
	fake.confidential = 0;
}

#define PLAY(...) \
	fake_begin((const struct exchange[]){ __VA_ARGS__ }, \
	    sizeof((const struct exchange[]){ __VA_ARGS__ }) / sizeof(struct exchange))

/* Everything happened as it was written down. */
static inline bool played(void)
{
	if (fake.wrong)
		printf("# not as expected: %s\n", fake.wrong);
	if (fake.at != fake.n)
		printf("# %zu of %zu requests\n", fake.at, fake.n);
	return !fake.wrong && fake.at == fake.n;
}

#endif
