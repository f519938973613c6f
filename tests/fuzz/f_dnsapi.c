/* Random replies to every DNS driver. The first line names the driver (else the first byte picks
 * one), the next byte the operation; the rest is cut at NULs into replies: a byte for the status, one
 * for a header, and the body. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../acme.h"
#include "conf.h"
#include "http.h"
#include "plugin.h"
#include "provider.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *next, *end;
static int requests;

static int transport(struct http *h, struct arena *a, const struct request *req,
    struct response *res)
{
	static const int statuses[] = { 200, 201, 204, 404, 400, 401, 403, 429, 500, 302, 409,
		422 };
	static const char *const headers[][2] = { { "Content-Type", "text/html" },
		{ "Retry-After", "1" }, { "Link", "<?page=2>; rel=next" }, { "Set-Cookie", "a=b" },
		{ "X-Subject-Token", "t" } };
	(void)h;
	if (next >= end || ++requests > 60)
		return fail(a, "cut");
	const uint8_t status = *next++;
	const uint8_t header = next < end ? *next++ : 0;
	const uint8_t *stop = next < end ? memchr(next, 0, (size_t)(end - next)) : NULL;
	const size_t n = (size_t)((stop ? stop : end) - next);
	*res = (struct response){ .status = statuses[status % (sizeof statuses / sizeof *statuses)],
		.body = arena_strn(a, (const char *)next, n),
		.body_len = n,
		.url = req->url };
	if (header % 8 < sizeof headers / sizeof *headers)
		header_add(a, &res->headers, headers[header % 8][0], headers[header % 8][1]);
	next = stop ? stop + 1 : end;
	return 0;
}

static void set_credentials(const struct service *s)
{
	for (const struct cred *c = s->creds; c->name; c++)
		setenv(c->name, c->dflt ? c->dflt : "https://a.test/1", 1);
}

static const struct dns_driver *pick(const uint8_t *data, size_t *used)
{
	for (size_t i = 0; i < plugin_dns_count; i++) {
		const char *name = plugin_dns[i]->svc.name;
		*used = strlen(name) + 1;
		if ((size_t)(end - data) > *used && memcmp(data, name, *used - 1) == 0 &&
		    data[*used - 1] == '\n')
			return plugin_dns[i];
	}
	*used = 1;
	return plugin_dns[data[0] % plugin_dns_count];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t used;
	end = data + size;
	if (size < 2 || !plugin_dns_count)
		return 0;
	const struct dns_driver *d = pick(data, &used);
	if (!d->svc.base && !d->svc.login)
		return 0; /* speaks DNS, not HTTP */
	struct arena *a = arena_new();
	http_transport = transport;
	clock_fake = 1700000000;
	next = data + used + 1;
	requests = 0;
	set_credentials(&d->svc);
	struct provider *p = provider_open(a, d, &(struct api_ask){ 0 });
	if (p && (data[used] & 1))
		provider_rm(p, a, "_acme-challenge.www.example.com", "value");
	else if (p)
		provider_add(p, a, "_acme-challenge.www.example.com", "value");
	provider_close(p);
	arena_drop(a);
	return 0;
}
