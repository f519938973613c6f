/* Requests to a provider: one function sends, the others are its short forms. Repeats what may be
 * repeated, waits as the provider asks, tells faults apart from answers. */
#include "api.h"

#include <string.h>

#include "api_state.h"
#include "arena.h"
#include "clock.h"
#include "error.h"
#include "file.h"
#include "http.h"
#include "text.h"
#include "websocket.h"
#include "xmlrpc.h"

enum {
	BODY_MAX = 4 << 20,   /* a reply */
	WAIT_MAX = 60,        /* seconds that one Retry-After may ask for */
	WAIT_ALL = 300,       /* seconds of such waits in a conversation */
	BLIND_TRIES = 3,      /* repeats when 429 comes without Retry-After */
	LOGIN_MS = 60 * 1000, /* a login that is younger is not what a 401 means */
	FILE_MAX = 64 * 1024,
};

struct api *api_open(struct arena *a, const struct api_ask *ask)
{
	struct arena *mem = arena_new();
	struct api *api = arena_alloc(mem, sizeof *api);
	*api =
	    (struct api){ .mem = mem, .svc = ask->svc, .http = ask->http, .keeper = ask->keeper };
	at(mem, "%s", ask->svc->title);
	if ((api->creds = cred_open(mem, ask->svc, &ask->places)))
		return api;
	error_move(a, mem);
	arena_drop(mem);
	return NULL;
}

void api_close(struct api *api)
{
	if (!api)
		return;
	websocket_close(api->socket);
	arena_drop(api->mem);
}

struct arena *api_arena(struct api *api)
{
	return api->mem;
}

const struct service *api_service(const struct api *api)
{
	return api->svc;
}

struct creds *api_creds(struct api *api)
{
	return api->creds;
}

struct keeper *api_keeper(const struct api *api)
{
	return api->keeper;
}

struct http *api_http(const struct api *api)
{
	return api->http;
}

bool api_unsure(const struct api *api)
{
	return api->unsure;
}

void api_recover(struct api *api)
{
	error_clear(api->mem);
	api->unsure = false;
}

/* --- waiting --- */
int api_wait(struct api *a, int ms)
{
	if (clock_fake) {
		clock_fake += (ms + 999) / 1000;
		return 0;
	}
	return clock_sleep(ms) ? fail(a, "interrupted") : 0;
}

static int keep_pace(struct api *a)
{
	const int64_t due = a->last_ms + a->svc->pause_ms - clock_ms();
	return a->last_ms && due > 0 ? api_wait(a, (int)due) : 0;
}

/* The provider is busy: 1 when the request may be sent again now, 0 when that is not worth it. */
static int try_later(struct api *a, int status, const struct headers *h, int tries)
{
	const char *after = header_get(h, "Retry-After");
	const int64_t seconds = clock_retry_after(after, 2 << tries, 1, INT32_MAX);
	if ((!after && tries >= BLIND_TRIES) || seconds > WAIT_MAX ||
	    a->waited + seconds > WAIT_ALL) {
		arena_error(a->mem)->retry_after = after ? seconds : 0;
		return 0;
	}
	a->waited += (int)seconds;
	debug(1, "%s answers %d, asking again in %lld s", a->svc->title, status,
	    (long long)seconds);
	return api_wait(a, (int)seconds * 1000) ? -1 : 1;
}

/* --- sending --- */

/* The request as it goes out, signed now. */
static int complete(struct api *a, const struct api_request *given, struct api_request *req)
{
	*req = *given;
	req->method = given->method ? given->method : "GET";
	if (!(req->url = api_url(a, given->url)))
		return -1;
	if (!given->no_auth)
		api_params(a, req);
	if (req->body && !req->body_len)
		req->body_len = strlen(req->body);
	if (req->body)
		api_header(req, "Content-Type", req->type ? req->type : "application/json");
	api_header(req, "Accept", a->svc->accept ? a->svc->accept : "application/json");
	if (api_authorize(a, req))
		return -1;
	return a->svc->sign && !given->no_sign ? a->svc->sign(a, req) : 0;
}

void api_suggest_unverified(struct api *a)
{
	struct error *e = arena_error(a->mem);

	if (a->svc->unverified && e->what && strstr(e->what, "certificate"))
		e->remedy = fmt(a, "%s%sif it has no certificate of its own yet: %s=1",
		    e->remedy ? e->remedy : "", e->remedy ? "; " : "", a->svc->unverified);
}

static int transmit(struct api *a, const struct api_request *req, struct response *res)
{
	struct request out = {
		.method = req->method,
		.url = req->url,
		.body = req->body,
		.body_len = req->body_len,
		.max_body = BODY_MAX,
		.no_redirect = req->no_redirect,
		.confidential = req->confidential || a->login == LOGIN_RUNNING,
		.total_ms = req->seconds * 1000,
		.unverified =
		    a->svc->unverified && text_yes(cred_try(a->creds, a->svc->unverified)),
	};
	for (size_t i = 0; i < req->n_headers; i++)
		header_add(a->mem, &out.headers, req->headers[i].name, req->headers[i].value);
	if (keep_pace(a))
		return -1;
	*res = (struct response){ 0 };
	const int sent = http_send(a->http, a->mem, &out, res);
	a->last_ms = clock_ms();
	if (sent && !out.unverified)
		api_suggest_unverified(a);
	return sent;
}

static int log_in(struct api *a)
{
	if (a->login != LOGIN_DUE || !a->svc->login)
		return 0;
	const char *before = arena_error(a->mem)->doing;
	a->login = LOGIN_RUNNING;
	doing(a->mem, "login");
	if (a->svc->login(a)) {
		a->login = LOGIN_DUE;
		fail(a, "failed");
		return -1;
	}
	arena_error(a->mem)->doing = before;
	a->login = LOGIN_DONE;
	a->login_ms = clock_ms();
	return 0;
}

/* A session that has grown old may have ended: 401 then means a new login. */
static bool may_log_in_again(struct api *a, const struct response *res)
{
	if (res->status != 401 || a->login != LOGIN_DONE || clock_ms() - a->login_ms < LOGIN_MS)
		return false;
	a->login = LOGIN_DUE;
	return true;
}

/* Sends until there is an answer that counts. */
static int exchange(struct api *a, const struct api_request *given, struct response *res)
{
	struct api_request req;
	bool again = text_is(given->method ? given->method : "GET", "GET") && !given->once;
	for (int tries = 0;;) {
		if (log_in(a) || complete(a, given, &req))
			return -1;
		if (transmit(a, &req, res)) {
			a->unsure = true;
			if (!again || clock_interrupted()) {
				arena_error(a->mem)->transient = true;
				return -1;
			}
			api_recover(a);
		} else if (res->status == 429 || res->status == 503) {
			const int later = try_later(a, res->status, &res->headers, tries++);
			if (later <= 0)
				return later;
			continue;
		} else if (may_log_in_again(a, res)) {
			continue;
		} else if (res->status < 500 || !again) {
			return 0;
		}
		again = false;
		if (api_wait(a, 1000))
			return -1;
	}
}

static bool looks_like(const struct reply *r, char c)
{
	const char *p = r->body + strspn(r->body, " \t\r\n\xef\xbb\xbf");
	return *p == c;
}

static struct reply *read_reply(struct api *a, const struct response *res)
{
	struct reply *r = arena_alloc(a->mem, sizeof *r);
	struct headers *h = arena_alloc(a->mem, sizeof *h);
	*h = res->headers;
	*r = (struct reply){ .status = res->status,
		.body = res->body ? res->body : "",
		.len = res->body_len,
		.headers = h };
	if (looks_like(r, '<'))
		r->xml = xml_parse(a->mem, r->body, r->len);
	else
		r->json = json_parse(a->mem, r->body, r->len);
	if (r->xml && text_is_ci(r->xml->name, "html"))
		r->xml = NULL;
	else if (r->xml)
		r->json = xmlrpc_answer(a->mem, r->xml);
	return r;
}

struct reply *api_send(struct api *a, const struct api_request *req)
{
	struct response res;
	if (failed(a->mem))
		return NULL;
	a->unsure = false;
	for (int tries = 0;;) {
		if (exchange(a, req, &res))
			return NULL;
		if (a->svc->cookies)
			api_take_cookies(a, &res.headers);
		struct reply *r = read_reply(a, &res);
		const enum verdict v = api_verdict(a, req, r);
		const int later = v == BUSY ? try_later(a, r->status, r->headers, tries++) : 0;
		if (later > 0)
			continue;
		r->missing = v == MISSING;
		a->unsure = v == FAULT && r->status >= 500;
		return v == FAULT || v == BUSY ? api_fault(a, r) : r;
	}
}

/* --- the short forms --- */
struct reply *api_get(struct api *a, const char *path)
{
	return api_send(a, &(struct api_request){ .url = path });
}

struct reply *api_probe(struct api *a, const char *path)
{
	return api_send(a, &(struct api_request){ .url = path, .probe = true });
}

struct reply *api_delete(struct api *a, const char *path)
{
	return api_send(a, &(struct api_request){ .method = "DELETE", .url = path, .probe = true });
}

static struct reply *send_json(struct api *a, const char *method, const char *path,
    const cJSON *body)
{
	return api_send(a,
	    &(struct api_request){ .method = method,
	        .url = path,
	        .body = body ? json_text(a->mem, body) : NULL });
}

struct reply *api_post(struct api *a, const char *path, const cJSON *body)
{
	return send_json(a, "POST", path, body);
}

struct reply *api_put(struct api *a, const char *path, const cJSON *body)
{
	return send_json(a, "PUT", path, body);
}

struct reply *api_patch(struct api *a, const char *path, const cJSON *body)
{
	return send_json(a, "PATCH", path, body);
}

struct reply *api_form(struct api *a, const char *path, const char *const *pairs)
{
	return api_send(a,
	    &(struct api_request){ .method = "POST",
	        .url = path,
	        .body = form_text(a, pairs),
	        .type = API_FORM });
}

struct reply *api_xmlrpc(struct api *a, const char *path, const char *method, const cJSON *params)
{
	return api_send(a,
	    &(struct api_request){ .method = "POST",
	        .url = path,
	        .type = "text/xml",
	        .body = xmlrpc_call(a->mem, method, params) });
}

/* --- what else a driver may want --- */
void api_keep(struct api *a, const char *name, const char *value)
{
	struct kept *k = arena_alloc(a->mem, sizeof *k);
	*k = (struct kept){ arena_str(a->mem, name), arena_str(a->mem, value), a->kept };
	a->kept = k;
}

void api_keep_secret(struct api *a, const char *name, const char *value)
{
	secret(value);
	api_keep(a, name, value);
}

const char *api_kept(struct api *a, const char *name)
{
	for (const struct kept *k = a->kept; k; k = k->next)
		if (text_is(k->name, name))
			return k->value;
	return NULL;
}

const char *cred(struct api *a, const char *name)
{
	return cred_get(a->creds, name);
}

int cred_int(struct api *a, const char *name, int dflt)
{
	long long n;
	return text_number(cred(a, name), INT32_MIN, INT32_MAX, &n) ? dflt : (int)n;
}

int cred_put(struct api *a, const char *name, const char *value)
{
	return cred_set(a->creds, name, value);
}

void api_step(struct api *a, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	const char *text = arena_vfmt(a->mem, format, ap);
	va_end(ap);
	doing(a->mem, "%s", text);
}

void api_base(struct api *a, const char *base)
{
	size_t n = strlen(base);
	while (n && base[n - 1] == '/')
		n--;
	a->base = arena_strn(a->mem, base, n);
}

char *api_file(struct api *a, const char *path, size_t *len)
{
	return file_read(a->mem, path, FILE_MAX, len);
}

const char *reply_header(const struct reply *r, const char *name)
{
	return header_get(r->headers, name);
}

const char *reply_str(struct api *a, const struct reply *r, const char *path)
{
	const char *s = api_text(a, r, path);
	if (!s)
		api_odd(a, r, fmt(a, "no %s in it", path));
	return s;
}
