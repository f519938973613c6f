/* Replays the API fixtures of tests/dnsapi/ (README.md there) against the DNS drivers, through the
 * http client's seam, without sockets: for each fixture one record is added, then removed with the
 * credentials that the adding saved, then refused. Prints TAP.
 *
 *   replay [-v] [dns_cf] [dns_aws-keep] ...   all fixtures, or those of a driver, or single ones
 *
 * -v shows the requests. With REPLAY_LOG=DIR each operation's requests are also written there, a
 * JSON object a line. Regular expressions are Perl's, so that this program alone links PCRE2. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../acme.h"
#include "conf.h"
#include "file.h"
#include "http.h"
#include "keeper.h"
#include "plugin.h"
#include "provider.h"
#include "url.h"
#include "tap.h"

#define FOLDER "tests/dnsapi"
enum { FIXTURE_MAX = 1 << 20, SEEN_MAX = 2000, NOW = 1700000000 };

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

static int transport(struct http *h, struct arena *a, const struct request *req,
    struct response *res)
{
	struct url url;
	(void)h;
	if (url_parse(a, req->url, &url))
		return -1;
	if (mock.n == SEEN_MAX)
		return fail(a, "replay: more than %d requests", SEEN_MAX);
	struct seen *s = &mock.seen[mock.n++];
	*s = (struct seen){ .method = arena_str(mock.mem, req->method),
		.url = arena_str(mock.mem, url.text),
		.body = arena_strn(mock.mem, req->body ? req->body : "", req->body_len) };
	header_add(mock.mem, &s->headers, "Host", arena_str(mock.mem, url.authority));
	for (size_t i = 0; i < req->headers.n; i++)
		header_add(mock.mem, &s->headers, arena_str(mock.mem, req->headers.v[i].name),
		    arena_str(mock.mem, req->headers.v[i].value));
	int i = 0;
	const cJSON *rule;
	res->url = req->url;
	cJSON_ArrayForEach(rule, mock.rules) {
		struct strs groups = { 0 };
		const int at = i++;
		const char *method = json_str(rule, "method"), *body = json_str(rule, "body");
		if (!mock.left[at] || (method && !text_is(method, s->method)) ||
		    !matches(json_str(rule, "url"), s->url, FULL, &groups) ||
		    (body && !matches(body, s->body, SEARCH, NULL)))
			continue;
		if (mock.left[at] > 0)
			mock.left[at]--;
		return answer(a, json_get(rule, "reply"), &groups, res);
	}
	s->unmatched = true;
	res->status = 599;
	res->body = arena_str(a, "{\"error\":\"replay: no rule\"}");
	res->body_len = strlen(res->body);
	return 0;
}

static void set_rules(const cJSON *rules)
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
		return matches(a + 3, b ? b : text_of(got), FULL | PCRE2_DOTALL, NULL);
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
	const cJSON *list = json_get(want, "xmltext");
	cJSON_ArrayForEach(part, list)
		if (!strstr(body, json_str(part, "")))
			return false;
	return true;
}

static bool header_fits(const struct headers *h, const cJSON *want)
{
	const char *value;
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

/* --- one operation --- */
struct op {
	const char *name; /* "dns_cf-keep: add" */
	const char *dir;  /* {{dir}} */
	bool from_conf;   /* the credentials that were saved, not the environment */
	bool removes;
	const char *error; /* what came of it; NULL: success */
};

static const char *in_dir(const struct op *op, const char *text)
{
	return text_replace(mock.mem, text, "{{dir}}", op->dir);
}

static void set_environment(const struct op *op, bool on)
{
	const cJSON *e, *env = json_get(mock.fixture, "env");
	cJSON_ArrayForEach(e, env) {
		if (on)
			setenv(e->string, in_dir(op, json_str(e, "")), 1);
		else
			unsetenv(e->string);
	}
}

static struct conf *open_conf(const struct op *op, const char *kind)
{
	struct conf *c =
	    conf_load(mock.mem, file_join(mock.mem, op->dir, fmt(mock.mem, "%s.conf", kind)));
	const cJSON *e, *list = json_get(json_get(mock.fixture, "conf"), kind);
	cJSON_ArrayForEach(e, list)
		if (!op->from_conf)
			conf_set(c, e->string, in_dir(op, json_str(e, "")));
	return c;
}

static void perform(struct op *op, const struct dns_driver *d, struct keeper *k)
{
	struct arena *a = arena_new();
	struct http *http = http_new(a, &(struct http_settings){ 0 });
	const char *fqdn = json_str(mock.fixture, "fulldomain"),
	           *value = json_str(mock.fixture, "value");
	struct api_ask ask = { .http = http,
		.keeper = k,
		.places = { .account = open_conf(op, "account"),
		    .domain = open_conf(op, "domain") } };
	clock_fake = NOW;
	set_environment(op, !op->from_conf);
	struct provider *p = provider_open(a, d, &ask);
	int code = -1;
	if (p)
		code =
		    op->removes ? provider_rm(p, a, fqdn, value) : provider_add(p, a, fqdn, value);
	op->error = code ? arena_str(mock.mem, error_text(a)) : NULL;
	provider_close(p);
	set_environment(op, false);
	http_close(http);
	arena_drop(a);
}

static void write_log(const char *name)
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

static void show(void)
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
static bool is_strict(const char *op)
{
	const cJSON *s, *list = json_get(mock.fixture, "strict");
	cJSON_ArrayForEach(s, list)
		if (text_is(json_str(s, ""), op))
			return true;
	return !list;
}

/* What is wrong with the requests that were sent; NULL: nothing. */
static const char *judge(const char *op)
{
	const cJSON *e, *want = json_get(json_get(mock.fixture, "expect"), op);
	size_t at = 0;
	for (size_t i = 0; i < mock.n; i++)
		if (mock.seen[i].unmatched)
			return "a request that no rule answers";
	if (!is_strict(op))
		return NULL;
	cJSON_ArrayForEach(e, want) {
		while (at < mock.n && !fits(e, &mock.seen[at]))
			at++;
		if (at++ == mock.n)
			return fmt(mock.mem, "not sent: %s", json_text(mock.mem, e));
	}
	return NULL;
}

static const char *not_saved(const struct op *op)
{
	static const char *const kinds[] = { "account", "domain" };
	for (size_t i = 0; i < 2; i++) {
		const struct conf *c =
		    open_conf(&(struct op){ .dir = op->dir, .from_conf = true }, kinds[i]);
		const cJSON *e, *list = json_get(json_get(mock.fixture, "saved"), kinds[i]);
		cJSON_ArrayForEach(e, list)
			if (!text_is(conf_get(c, e->string), json_str(e, "")))
				return fmt(mock.mem, "%s.conf has %s='%s'", kinds[i], e->string,
				    conf_get(c, e->string));
	}
	return NULL;
}

static void check(struct op *op, const char *fixture, const char *what, const struct dns_driver *d,
    struct keeper *k)
{
	op->name = fmt(mock.mem, "%s: %s", fixture, what);
	op->removes = text_is(what, "rm");
	set_rules(json_get(mock.fixture, "rules"));
	perform(op, d, k);
	write_log(fmt(mock.mem, "%s.%s", fixture, what));
	const char *wrong = is_strict(what) && op->error ? op->error : judge(what);
	if (!wrong && !op->removes)
		wrong = not_saved(op);
	if (!tap_check(!wrong, __FILE__, __LINE__, op->name))
		printf("# %s\n%s%s%s", wrong, op->error ? "# error: " : "",
		    op->error ? op->error : "", op->error ? "\n" : "");
	if (wrong || verbose)
		show();
}

/* What the API says when it refuses must be seen; removing may find that there is nothing to send. */
static void check_refusal(struct op *op, const char *fixture, const struct dns_driver *d,
    struct keeper *k)
{
	const char *says = json_str(mock.fixture, "fail/says");
	for (int removes = 0; removes < 2; removes++) {
		op->name = fmt(mock.mem, "%s: refusal of %s", fixture, removes ? "rm" : "add");
		op->removes = removes;
		op->from_conf = false;
		set_rules(json_get(mock.fixture, "fail/rules"));
		perform(op, d, k);
		const bool told = op->error && (!says || strstr(op->error, says));
		const bool good = told || (removes && !op->error && !mock.n);
		if (!tap_check(good, __FILE__, __LINE__, op->name))
			printf("# says \"%s\" is wanted\n", says);
		if (verbose || !good)
			printf("# error: %s\n", op->error ? op->error : "(none)"), show();
	}
}

/* --- one fixture --- */
static int put_files(const char *dir)
{
	const cJSON *f, *files = json_get(mock.fixture, "files");
	struct strs beside = { 0 };
	size_t n;
	cJSON_ArrayForEach(f, files) {
		const char *text = text_of(f);
		if (file_write(mock.mem, file_join(mock.mem, dir, f->string), text, strlen(text),
		        0600, false))
			return -1;
	}
	file_list(mock.mem, FOLDER, &beside);
	for (size_t i = 0; i < beside.n; i++) {
		if (!text_ends(beside.v[i], ".pem"))
			continue;
		const char *p =
		    file_read(mock.mem, file_join(mock.mem, FOLDER, beside.v[i]), FIXTURE_MAX, &n);
		if (!p ||
		    file_write(mock.mem, file_join(mock.mem, dir, beside.v[i]), p, n, 0600, false))
			return -1;
	}
	return 0;
}

static void remove_dir(const char *dir)
{
	struct strs names = { 0 };
	file_list(mock.mem, dir, &names);
	for (size_t i = 0; i < names.n; i++)
		file_remove(mock.mem, file_join(mock.mem, dir, names.v[i]));
	rmdir(dir);
}

static void replay(const char *path, const char *name, struct keeper *k)
{
	char dir[] = "/tmp/replay.XXXXXX";
	size_t n;
	const char *profile, *text = file_read(mock.mem, path, FIXTURE_MAX, &n);
	mock.fixture = text ? json_parse(mock.mem, text, n) : NULL;
	if (!mock.fixture || !mkdtemp(dir) || put_files(dir)) {
		tap_check(false, __FILE__, __LINE__, fmt(mock.mem, "%s: can be read", path));
		return;
	}
	const struct dns_driver *d =
	    plugin_find_dns(mock.mem, json_str(mock.fixture, "hook"), &profile);
	if (!d) {
		skip(name, "no driver yet");
	} else {
		struct op op = { .dir = dir };
		if (json_get(mock.fixture, "rules")) {
			check(&op, name, "add", d, k);
			op.from_conf = !op.error;
			check(&op, name, "rm", d, k);
		}
		if (json_get(mock.fixture, "fail"))
			check_refusal(&op, name, d, k);
	}
	remove_dir(dir);
}

static bool wanted(char **args, const char *name)
{
	for (char **w = args; *w; w++) {
		const size_t n = strlen(*w);
		if (strncmp(*w, name, n) == 0 && (!name[n] || name[n] == '-'))
			return true;
	}
	return !*args;
}

int main(int argc, char **argv)
{
	struct arena *a = arena_new();
	struct keeper *k = keeper_start(a);
	struct strs names = { 0 };
	(void)argc;
	argv++;
	if (*argv && strcmp(*argv, "-v") == 0) {
		verbose = true;
		argv++;
	}
	http_transport = transport;
	file_list(a, FOLDER, &names);
	for (size_t i = 0; i < names.n; i++) {
		const char *name = arena_strn(a, names.v[i], strcspn(names.v[i], "."));
		if (!text_ends(names.v[i], ".json") || !wanted(argv, name))
			continue;
		mock.mem = arena_new();
		struct arena *before = arena_use(mock.mem);
		replay(file_join(a, FOLDER, names.v[i]), name, k);
		arena_use(before);
		arena_drop(mock.mem);
	}
	keeper_stop(k);
	arena_drop(a);
	return done();
}
