/* What a provider's reply means: an answer, "there is no such thing", "it is there already", or a
 * fault, which is told in the provider's own words. */
#include <string.h>

#include "api_state.h"
#include "arena.h"
#include "error.h"
#include "text.h"

enum { QUOTED = 200 };

/* --- texts of a reply --- */

/* The text of a JSON value, whatever it is: providers put lists and objects where a message goes. */
static void add_text(struct buf *b, const cJSON *j)
{
	const char *s = json_str(j, "");
	if (s)
		buf_fmt(b, "%s%s", b->len ? ", " : "", s);
	for (const cJSON *item = cJSON_IsArray(j) || cJSON_IsObject(j) ? j->child : NULL; item;
	     item = item->next)
		add_text(b, item);
}

static const char *json_text_at(struct api *a, const cJSON *j, const char *path)
{
	struct buf b = buf_new(a->mem, 1000);
	add_text(&b, json_get(j, path));
	return b.len ? b.data : NULL;
}

static const char *first_line(struct api *a, const char *s)
{
	return arena_strn(a->mem, s, strcspn(s, "\r\n"));
}

const char *api_text(struct api *a, const struct reply *r, const char *path)
{
	if (text_is(path, ":reason"))
		return r->headers->reason;
	if (r->json)
		return json_text_at(a, r->json, path);
	if (r->xml)
		return xml_str(r->xml, path);
	return *path ? NULL : first_line(a, r->body);
}

/* The first that is there of several paths, "a/b|c". */
static const char *any_text(struct api *a, const struct reply *r, const char *paths)
{
	for (const char *p = paths; p; p = strchr(p, '|') ? strchr(p, '|') + 1 : NULL) {
		const char *s = api_text(a, r, arena_strn(a->mem, p, strcspn(p, "|")));
		if (!text_empty(s))
			return s;
	}
	return NULL;
}

/* What can be read of a page made for people: its title, else its text. */
static const char *page_text(struct api *a, const char *html)
{
	struct buf b = buf_new(a->mem, 4000);
	const char *title = strstr(html, "<title>");
	if (title)
		return text_trim(a->mem, arena_strn(a->mem, title + 7, strcspn(title + 7, "<")));
	for (bool tag = false; *html && !b.over; html++) {
		if (*html == '<' || *html == '>')
			tag = *html == '<';
		else if (!tag)
			buf_byte(&b, *html);
	}
	return text_trim(a->mem, buf_text(&b));
}

/* The start of a body, on one line. */
static const char *excerpt(struct api *a, const struct reply *r)
{
	const char *from = r->body + strspn(r->body, " \t\r\n");
	const bool page = *from == '<' && !r->xml;
	char *s = arena_str(a->mem, page ? page_text(a, from) : from), *out = s;
	for (const char *p = s; *p; p++) {
		const bool space = *p == ' ' || *p == '\t' || *p == '\r' || *p == '\n';
		if (!space || (out > s && out[-1] != ' '))
			*out++ = space ? ' ' : *p;
	}
	*out = 0;
	return text_safe(a->mem, s, QUOTED);
}

struct reply *api_odd(struct api *a, const struct reply *r, const char *what)
{
	const char *start = excerpt(a, r);
	arena_error(a->mem)->http = r->status;
	return fail_null(a, "the answer is not as expected (%s): %s", what,
	    *start ? start : "empty");
}

/* --- verdicts --- */

/* Whether one of the words "a|b" is the code or stands in the text. Numbers are codes only. */
static bool says(struct api *a, const char *words, const char *code, const char *text)
{
	struct strs list = text_split(a->mem, words, "|");
	for (size_t i = 0; i < list.n; i++) {
		const char *w = list.v[i];
		if (text_is_ci(code, w) ||
		    (strspn(w, "-.0123456789") != strlen(w) && text && text_has_ci(text, w)))
			return true;
	}
	return false;
}

/* Whether a reply of status 2xx tells a fault all the same. */
static bool denies(struct api *a, const struct reply *r)
{
	const struct fault *f = &a->svc->fault;
	if (r->xml && json_get(r->json, "faultString"))
		return true;
	if (!f->ok || (!r->len && r->status != 200))
		return false;
	const char *s = api_text(a, r, f->ok);
	if (!s || !f->ok_value)
		return !s;
	struct strs good = text_split(a->mem, f->ok_value, "|");
	return !strs_has(good, s);
}

/* JSON (or XML) was asked for and something else came. */
static const char *strange(const struct api *a, const struct reply *r)
{
	const char *accept = a->svc->accept;
	if (!r->len || r->json || r->xml)
		return NULL;
	if (!accept || strstr(accept, "json"))
		return *r->body == '<' ? "a page instead of JSON" : "no JSON";
	return strstr(accept, "xml")
	    ? (text_has_ci(r->body, "<html") ? "a page instead of XML" : "no XML")
	    : NULL;
}

static const char *message(struct api *a, const struct reply *r)
{
	/* Where most services put it. */
	static const char usual[] =
	    "message|error_description|error/message|error/info|detail|errors|"
	    "error|errorMessage|error_message|description|msg|reason|title|"
	    "Error/Message|Errors/Error|Message|faultString";
	const struct fault *f = &a->svc->fault;
	const char *s = f->text ? any_text(a, r, f->text) : NULL;
	return s || !(r->json || r->xml) ? s : any_text(a, r, usual);
}

static const char *code_of(struct api *a, const struct reply *r)
{
	const char *path = a->svc->fault.code;
	const char *code = path ? any_text(a, r, path) : NULL;
	return code ? code : json_str(r->json, "faultCode");
}

enum verdict api_verdict(struct api *a, const struct api_request *req, struct reply *r)
{
	const struct fault *f = &a->svc->fault;
	const bool good = r->status >= 200 && r->status < 300;
	if (req->any_status || (req->no_redirect && r->status >= 300 && r->status < 400))
		return FINE;
	if (req->probe && (r->status == 404 || r->status == 410))
		return MISSING;
	if (good && !denies(a, r))
		return strange(a, r) ? FAULT : FINE;
	const char *text = message(a, r), *code = code_of(a, r);
	if (req->probe && f->missing && says(a, f->missing, code, text))
		return MISSING;
	if (f->busy && says(a, f->busy, code, text))
		return BUSY;
	const bool writes = req->method && !text_is(req->method, "DELETE") && !req->probe;
	if (writes && f->exists && says(a, f->exists, code, text))
		return EXISTS;
	return FAULT;
}

static const char *status_text(int status)
{
	static const struct {
		int status;
		const char *text;
	} rows[] = { { 301, "moved" }, { 302, "sent elsewhere" }, { 400, "bad request" },
		{ 401, "unauthorized" }, { 403, "forbidden" }, { 404, "not found" },
		{ 405, "method not allowed" }, { 409, "conflict" }, { 422, "cannot be processed" },
		{ 429, "too many requests" }, { 500, "internal server error" },
		{ 502, "bad gateway" }, { 503, "service unavailable" },
		{ 504, "gateway timeout" } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].status == status)
			return rows[i].text;
	return "refused";
}

static void add_remedy(struct api *a, const struct reply *r)
{
	const char *names = cred_used(a->mem, a->creds);
	struct error *e = arena_error(a->mem);
	if (e->retry_after)
		remedy(a, "it asks to be left alone for %lld s", (long long)e->retry_after);
	else if ((r->status == 401 || r->status == 403) && names)
		remedy(a, "check %s%s%s", names, a->svc->permissions ? "; needed: " : "",
		    a->svc->permissions ? a->svc->permissions : "");
}

struct reply *api_fault(struct api *a, const struct reply *r)
{
	struct error *e = arena_error(a->mem);
	const char *text = message(a, r);
	const bool good = r->status >= 200 && r->status < 300;
	const char *odd = good && !text && !denies(a, r) ? strange(a, r) : NULL;
	if (odd)
		return api_odd(a, r, odd);
	if (!text) /* "{}" says nothing */
		text = strlen(excerpt(a, r)) > 2 ? excerpt(a, r) : status_text(r->status);
	if (good)
		fail(a, "%s", text);
	else
		fail(a, "%d %s", r->status, text);
	e->code = code_of(a, r);
	e->http = r->status;
	e->transient = r->status == 429 || r->status >= 500;
	add_remedy(a, r);
	return NULL;
}

int reply_refused(struct api *a, const struct reply *r)
{
	struct reply said = *r;
	const char *page = strstr(r->body, "<body");

	if (page)
		said.body = page; /* here it is not the page's title that tells most */
	api_fault(a, &said);
	return -1;
}
