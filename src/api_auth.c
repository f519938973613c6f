/* What each request of a service carries: base URL, parameters, authorization, cookies. */
#include <string.h>

#include "api_state.h"
#include "arena.h"
#include "error.h"
#include "http.h"
#include "text.h"
#include "url.h"

/* A value that a row names: kept by the driver, or a credential. */
static const char *value_of(struct api *a, const char *name)
{
	const char *value = name ? api_kept(a, name) : NULL;
	return value || !name ? value : cred_try(a->creds, name);
}

/* What a row gives, NULL when what it names is not set. */
static const char *row_value(struct api *a, const struct named_row *row)
{
	const char *value = value_of(a, row->cred);
	if (!row->cred)
		return row->format;
	/* The format is one of the driver's own, with one %s. */
	return value && row->format ? text_replace(a->mem, row->format, "%s", value) : value;
}

/* --- URLs --- */

/* The service's base with its {CREDENTIAL}s filled in. At its start one is a URL, behind that a part
 * of a path. */
static const char *expand(struct api *a, const char *base)
{
	struct buf b = buf_new(a->mem, 8192);
	for (const char *p = base; *p;) {
		const size_t n = strcspn(p, "{");
		buf_add(&b, p, n);
		p += n;
		if (!*p)
			break;
		const size_t name = strcspn(p, "}");
		const char *value = value_of(a, arena_strn(a->mem, p + 1, name - 1));
		if (text_empty(value))
			return fail_null(a, "%.*s is not set", (int)name - 1, p + 1);
		if (!b.len) {
			value = text_trim(a->mem, value);
			buf_str(&b, strstr(value, "://") ? "" : "https://");
		}
		const bool part = b.len && b.data[b.len - 1] == '/' && !text_ends(b.data, "://");
		buf_str(&b, part ? escape(a, value) : value);
		p += name + (p[name] == '}');
		if (*p == '/')
			while (b.len && b.data[b.len - 1] == '/')
				b.data[--b.len] = 0;
	}
	while (b.len && b.data[b.len - 1] == '/')
		b.data[--b.len] = 0;
	return buf_text(&b);
}

static bool is_whole(const char *path)
{
	return text_starts_ci(path, "https://") || text_starts_ci(path, "http://");
}

const char *api_url(struct api *a, const char *path)
{
	if (path && is_whole(path))
		return path;
	if (!a->base && !(a->base = expand(a, a->svc->base)))
		return NULL;
	return fmt(a, "%s%s", a->base, path ? path : "");
}

bool api_at_home(struct api *a, const char *url)
{
	struct url home, there;
	const char *base = a->svc->base ? api_url(a, "") : NULL;
	return base && !url_parse(a->mem, base, &home) && !url_parse(a->mem, url, &there) &&
	    home.tls == there.tls && home.port == there.port && text_is(home.host, there.host);
}

char *escape(struct api *a, const char *s)
{
	return text_url_escape(a->mem, s);
}

static void add_pair(struct api *a, struct buf *b, const char *name, const char *value)
{
	if (value)
		buf_fmt(b, "%s%s=%s", b->len ? "&" : "", escape(a, name), escape(a, value));
}

static void add_rows(struct api *a, struct buf *b)
{
	const struct named_row *rows = a->svc->params;
	for (size_t i = 0; i < sizeof a->svc->params / sizeof *rows && rows[i].name; i++)
		add_pair(a, b, rows[i].name, row_value(a, &rows[i]));
}

char *form_text(struct api *a, const char *const *pairs)
{
	struct buf b = buf_new(a->mem, 0);
	for (; pairs[0]; pairs += 2)
		add_pair(a, &b, pairs[0], pairs[1]);
	return arena_str(a->mem, buf_text(&b));
}

void api_params(struct api *a, struct api_request *req)
{
	struct buf b = buf_new(a->mem, 0);
	add_rows(a, &b);
	if (!b.len)
		return;
	if (text_is(req->type, API_FORM))
		req->body = fmt(a, "%s%s%s", b.data, text_empty(req->body) ? "" : "&", req->body);
	else
		req->url = fmt(a, "%s%c%s", req->url, strchr(req->url, '?') ? '&' : '?', b.data);
}

/* --- headers --- */
void api_header(struct api_request *req, const char *name, const char *value)
{
	if (!value)
		return;
	for (size_t i = 0; i < req->n_headers; i++)
		if (text_is_ci(req->headers[i].name, name))
			return; /* what was put in first is wanted */
	if (req->n_headers == sizeof req->headers / sizeof *req->headers)
		die("more than %zu headers in a request", req->n_headers);
	req->headers[req->n_headers].name = name;
	req->headers[req->n_headers++].value = value;
}

static const char *cookie_header(struct api *a)
{
	struct buf b = buf_new(a->mem, 16 << 10);
	for (const struct kept *c = a->jar; c; c = c->next)
		buf_fmt(&b, "%s%s=%s", b.len ? "; " : "", c->name, c->value);
	return b.len ? b.data : NULL;
}

int api_authorize(struct api *a, struct api_request *req)
{
	const struct service *s = a->svc;
	if (a->jar && api_at_home(a, req->url))
		api_header(req, "Cookie", cookie_header(a));
	if (req->no_auth)
		return 0;
	const char *token = value_of(a, s->bearer), *user = value_of(a, s->basic[0]);
	if (token)
		api_header(req, "Authorization", fmt(a, "Bearer %s", token));
	if (user)
		api_header(req, "Authorization",
		    http_basic(a->mem, user, value_of(a, s->basic[1])));
	for (size_t i = 0; i < sizeof s->headers / sizeof *s->headers && s->headers[i].name; i++)
		api_header(req, s->headers[i].name, row_value(a, &s->headers[i]));
	return failed(a->mem) ? -1 : 0;
}

/* --- cookies (RFC 6265, one host, for as long as the conversation lasts) --- */
void api_take_cookies(struct api *a, const struct headers *h)
{
	const char *line;
	for (size_t i = 0; (line = header_nth(h, "Set-Cookie", i)) && i < 64; i++) {
		const size_t n = strcspn(line, ";"), eq = strcspn(line, "=");
		if (eq >= n || !eq)
			continue;
		struct kept *c = arena_alloc(a->mem, sizeof *c), **p = &a->jar;
		c->name = text_trim(a->mem, arena_strn(a->mem, line, eq));
		c->value = text_trim(a->mem, arena_strn(a->mem, line + eq + 1, n - eq - 1));
		secret(c->value);
		while (*p && !text_is((*p)->name, c->name))
			p = &(*p)->next;
		c->next = *p ? (*p)->next : NULL;
		*p = c;
	}
}
