/* Rules, what was seen, and whether that is what was to be seen. Regular expressions are Perl's. */
#include "replay_mock.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

#include "api.h"
#include "file.h"
#include "http.h"
#include "local.h"
#include "proc.h"
#include "url.h"

enum { SEEN_MAX = 2000 };

struct seen {
	const char *method, *url, *body;
	struct headers headers;
	bool unmatched;
};

static struct {
	struct arena *mem;
	const cJSON *fixture, *rules;
	int *left; /* how often a rule may still serve, -1: always */
	struct seen seen[SEEN_MAX];
	size_t n;
} mock;

static bool verbose;

/* --- regular expressions --- */
#define FULL (PCRE2_ANCHORED | PCRE2_ENDANCHORED)
#define SEARCH PCRE2_DOTALL

/* Whether text matches; groups, when not NULL, gets what the parentheses caught. */
static bool matches(const char *regex, const char *text, uint32_t how, struct strs *groups)
{
	int code;
	PCRE2_SIZE at;
	pcre2_code *re = pcre2_compile((PCRE2_SPTR)regex, PCRE2_ZERO_TERMINATED,
	    (how & ~FULL) | PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &code, &at, NULL);
	if (!re) {
		printf("Bail out! bad regular expression at %zu: %s\n", (size_t)at, regex);
		exit(1);
	}
	pcre2_match_data *m = pcre2_match_data_create_from_pattern(re, NULL);
	const int n = pcre2_match(re, (PCRE2_SPTR)text, strlen(text), 0, how & FULL, m, NULL);
	const PCRE2_SIZE *v = pcre2_get_ovector_pointer(m);
	for (int i = 1; groups && i < n; i++)
		strs_add(mock.mem, groups,
		    v[2 * i] == PCRE2_UNSET
		        ? ""
		        : arena_strn(mock.mem, text + v[2 * i], v[2 * i + 1] - v[2 * i]));
	pcre2_match_data_free(m);
	pcre2_code_free(re);
	return n > 0;
}

/* --- the provider's side (apimock.py) --- */
static const char *text_of(const cJSON *j)
{
	return cJSON_IsString(j) ? j->valuestring : j ? json_text(mock.mem, j) : "";
}

static int answer(struct arena *a, const cJSON *reply, const struct strs *groups,
    struct response *res)
{
	const char *body = text_of(json_get(reply, "body"));
	if (json_is_true(reply, "cut")) {
		arena_error(a)->transient = true;
		return fail(a, "closed the connection without a reply");
	}
	for (size_t i = 0; i < groups->n; i++)
		body = text_replace(a, body, fmt(a, "{{%zu}}", i), groups->v[i]);
	res->status = (int)json_int(reply, "status", 200);
	res->body = arena_str(a, body);
	res->body_len = strlen(body);
	res->headers.reason = json_str(reply, "reason");
	const cJSON *h, *one, *list = json_get(reply, "headers");
	cJSON_ArrayForEach(h, list) {
		if (!cJSON_IsArray(h))
			header_add(a, &res->headers, h->string, json_str(h, ""));
		else
			cJSON_ArrayForEach(one, h)
				header_add(a, &res->headers, h->string, json_str(one, ""));
	}
	return 0;
}

/* The rule that answers what was just seen; NULL: none. */
static const cJSON *rule_for(struct seen *s, struct strs *groups)
{
	int i = 0;
	const cJSON *rule;

	cJSON_ArrayForEach(rule, mock.rules) {
		const int at = i++;
		const char *method = json_str(rule, "method"), *body = json_str(rule, "body");

		*groups = (struct strs){ 0 };
		if (!mock.left[at] || (method && !text_is(method, s->method)) ||
		    !matches(json_str(rule, "url"), s->url, FULL, groups) ||
		    (body && !matches(body, s->body, SEARCH, NULL)))
			continue;
		if (mock.left[at] > 0)
			mock.left[at]--;
		return rule;
	}
	s->unmatched = true;
	return NULL;
}

static struct seen *see(const char *method, const char *url, const char *body, size_t len)
{
	struct seen *s = &mock.seen[mock.n];

	if (mock.n == SEEN_MAX)
		return NULL;
	mock.n++;
	*s = (struct seen){ .method = arena_str(mock.mem, method),
		.url = arena_str(mock.mem, url),
		.body = arena_strn(mock.mem, body ? body : "", len) };
	return s;
}

static int transport(struct http *h, struct arena *a, const struct request *req,
    struct response *res)
{
	struct url url;
	struct strs groups;
	struct seen *s;
	const cJSON *rule;

	(void)h;
	if (url_parse(a, req->url, &url))
		return -1;
	if (!(s = see(req->method, url.text, req->body, req->body_len)))
		return fail(a, "replay: more than %d requests", SEEN_MAX);
	header_add(mock.mem, &s->headers, "Host", arena_str(mock.mem, url.authority));
	for (size_t i = 0; i < req->headers.n; i++)
		header_add(mock.mem, &s->headers, arena_str(mock.mem, req->headers.v[i].name),
		    arena_str(mock.mem, req->headers.v[i].value));
	res->url = req->url;
	if ((rule = rule_for(s, &groups)))
		return answer(a, json_get(rule, "reply"), &groups, res);
	res->status = 599;
	res->body = arena_str(a, "{\"error\":\"replay: no rule\"}");
	res->body_len = strlen(res->body);
	return 0;
}

/* A program is a request too: RUN, its arguments, its standard input; the reply's status is its exit code,
 * the body what it prints. */
static int program(struct arena *a, struct proc *p)
{
	struct buf line = buf_new(a, 0);
	struct strs groups;
	struct response res = { 0 };

	for (size_t i = 0; p->argv[i]; i++)
		buf_fmt(&line, "%s%s", i ? " " : "", p->argv[i]);
	struct seen *s = see("RUN", buf_text(&line), p->input, p->input_len);
	const cJSON *rule = s ? rule_for(s, &groups) : NULL;
	if (!rule)
		return fail(a, "replay: no rule for this program");
	if (answer(a, json_get(rule, "reply"), &groups, &res))
		return -1;
	p->status = (int)json_int(rule, "reply/status", 0);
	p->timed_out = false;
	p->out = p->capture ? res.body : NULL;
	p->err = p->capture_err ? arena_str(a, "") : NULL;
	return 0;
}

/* So is what is said to a socket: TALK, its address, the words. */
static char *conversation(struct api *a, const char *address, const void *p, size_t n, size_t *len)
{
	struct strs groups;
	struct response res = { 0 };
	struct seen *s = see("TALK", address, p, n);
	const cJSON *rule = s ? rule_for(s, &groups) : NULL;

	if (!rule)
		return fail_null(a, "replay: no rule for this conversation");
	if (answer(api_arena(a), json_get(rule, "reply"), &groups, &res))
		return NULL;
	if (len)
		*len = res.body_len;
	return res.body;
}

/* And a message over a WebSocket: WS, its URL. */
static char *message(struct arena *a, const char *url, const char *text)
{
	struct strs groups;
	struct response res = { 0 };
	struct seen *s = see("WS", url, text, strlen(text));
	const cJSON *rule = s ? rule_for(s, &groups) : NULL;

	if (!rule)
		return fail_null(a, "replay: no rule for this message");
	return answer(a, json_get(rule, "reply"), &groups, &res) ? NULL : res.body;
}

void mock_install(bool talkative)
{
	verbose = talkative;
	http_transport = transport;
	proc_run_hook = program;
	local_talk = conversation;
	api_socket_hook = message;
}

void mock_fixture(struct arena *a, const cJSON *fixture)
{
	mock.mem = a;
	mock.fixture = fixture;
}

size_t mock_count(void)
{
	return mock.n;
}

void mock_rules(const cJSON *rules)
{
	const cJSON *rule;
	size_t i = 0;
	mock.rules = rules;
	mock.n = 0;
	mock.left = arena_alloc(mock.mem, (json_count(rules, "") + 1) * sizeof *mock.left);
	cJSON_ArrayForEach(rule, rules)
		mock.left[i++] = (int)json_int(rule, "times", -1);
}

/* --- what was to be seen (match.py) --- */
bool mock_text_fits(const char *want, const char *text)
{
	return text_starts(want, "re:") ? matches(want + 3, text, FULL | PCRE2_DOTALL, NULL)
	                                : text_is(want, text);
}

static bool within(const cJSON *want, const cJSON *got)
{
	const cJSON *w, *g;
	if (cJSON_IsObject(want)) {
		cJSON_ArrayForEach(w, want) {
			const cJSON *there = cJSON_GetObjectItemCaseSensitive(got, w->string);
			if (!there || !within(w, there))
				return false;
		}
		return cJSON_IsObject(got);
	}
	if (cJSON_IsArray(want)) {
		cJSON_ArrayForEach(w, want) {
			bool hit = false;
			cJSON_ArrayForEach(g, got)
				hit = hit || within(w, g);
			if (!hit)
				return false;
		}
		return cJSON_IsArray(got) && json_count(got, "") >= json_count(want, "");
	}
	const char *a = json_str(want, ""), *b = json_str(got, "");
	if (a && text_starts(a, "re:"))
		return mock_text_fits(a, b ? b : text_of(got));
	return text_is(a, b) && (a || cJSON_IsNull(want) == cJSON_IsNull(got));
}

static const char *unplus(const char *s)
{
	return text_url_unescape(mock.mem, text_replace(mock.mem, s, "+", " "));
}

static cJSON *form_of(const char *body)
{
	cJSON *form = json(NULL);
	struct strs pairs = text_split(mock.mem, body, "&");
	for (size_t i = 0; i < pairs.n; i++) {
		const size_t n = strcspn(pairs.v[i], "=");
		const char *name = unplus(arena_strn(mock.mem, pairs.v[i], n));
		cJSON_DeleteItemFromObjectCaseSensitive(form, name);
		json_add(form, js(name, unplus(pairs.v[i] + n + (pairs.v[i][n] == '='))));
	}
	return form;
}

static bool body_fits(const cJSON *want, const char *body)
{
	const cJSON *part;
	if ((part = json_get(want, "json")) &&
	    !within(part, json_parse(mock.mem, body, strlen(body))))
		return false;
	if ((part = json_get(want, "form")) && !within(part, form_of(body)))
		return false;
	if ((part = json_get(want, "regex")) &&
	    !matches(json_str(part, ""), unplus(body), SEARCH, NULL))
		return false;
	if ((part = json_get(want, "text")) && !mock_text_fits(json_str(part, ""), body))
		return false;
	const cJSON *list = json_get(want, "xmltext");
	cJSON_ArrayForEach(part, list)
		if (!strstr(body, json_str(part, "")))
			return false;
	return true;
}

static bool header_fits(const struct headers *h, const cJSON *want)
{
	const char *value;
	if (cJSON_IsNull(want))
		return !header_nth(h, want->string, 0);
	for (size_t i = 0; (value = header_nth(h, want->string, i)); i++)
		if (matches(json_str(want, ""), value, FULL, NULL))
			return true;
	return false;
}

static bool fits(const cJSON *want, const struct seen *s)
{
	const char *method = json_str(want, "method"), *url = json_str(want, "url");
	const cJSON *h, *headers = json_get(want, "headers");
	if ((method && !text_is(method, s->method)) ||
	    (!matches(url, text_url_unescape(mock.mem, s->url), FULL, NULL) &&
	        !matches(url, s->url, FULL, NULL)))
		return false;
	cJSON_ArrayForEach(h, headers)
		if (!header_fits(&s->headers, h))
			return false;
	return body_fits(json_get(want, "body"), s->body);
}

void mock_log(const char *name)
{
	const char *dir = getenv("REPLAY_LOG");
	struct buf b = buf_new(mock.mem, 0);
	for (size_t i = 0; dir && i < mock.n; i++) {
		const struct seen *s = &mock.seen[i];
		cJSON *headers = json_list(NULL);
		for (size_t k = 0; k < s->headers.n; k++)
			json_add(headers,
			    json_list(js(NULL, s->headers.v[k].name),
			        js(NULL, s->headers.v[k].value)));
		const cJSON *line = json(js("method", s->method), js("url", s->url),
		    jo("headers", headers), js("body", s->body));
		buf_fmt(&b, "%s\n", json_text(mock.mem, line));
	}
	if (dir &&
	    file_write(mock.mem, fmt(mock.mem, "%s/%s.jsonl", dir, name), buf_text(&b), b.len, 0644,
	        false))
		printf("# %s\n", error_text(mock.mem));
}

void mock_show(void)
{
	for (size_t i = 0; i < mock.n; i++) {
		const struct seen *s = &mock.seen[i];
		printf("# %s %s %s %.2000s\n", s->unmatched ? "NO RULE:" : "sent:", s->method,
		    s->url, s->body);
		for (size_t k = 0; verbose && k < s->headers.n; k++)
			printf("#    %s: %s\n", s->headers.v[k].name, s->headers.v[k].value);
	}
}

/* A fixture without "strict" is strict in all. */
bool mock_is_strict(const char *op)
{
	const cJSON *s, *list = json_get(mock.fixture, "strict");
	cJSON_ArrayForEach(s, list)
		if (text_is(json_str(s, ""), op))
			return true;
	return !list;
}

/* What is wrong with the requests that were sent; NULL: nothing. */
const char *mock_judge(const char *op)
{
	const cJSON *e, *want = json_get(json_get(mock.fixture, "expect"), op);
	size_t at = 0;
	for (size_t i = 0; i < mock.n; i++)
		if (mock.seen[i].unmatched)
			return "a request that no rule answers";
	if (!mock_is_strict(op))
		return NULL;
	cJSON_ArrayForEach(e, want) {
		while (at < mock.n && !fits(e, &mock.seen[at]))
			at++;
		if (at++ == mock.n)
			return fmt(mock.mem, "not sent: %s", json_text(mock.mem, e));
	}
	return NULL;
}
