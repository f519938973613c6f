/* One conversation with a provider: requests by the service's rows, faults in one sentence, repeats,
 * paging. */
#include <stdio.h>

#include "arena.h"
#include "error.h"
#include "fakeapi.h"
#include "tap.h"

static struct arena *mem;

static const struct service plain = {
	.name = "dns_fake",
	.title = "Fake",
	.base = "https://api.fake.test/v1",
	.bearer = "FAKE_TOKEN",
	.fault = { .text = "errors/0/message|note",
	    .code = "errors/0/code|id",
	    .ok = "success",
	    .ok_value = "true|1",
	    .exists = "81057|already exists",
	    .missing = "7003|no such zone",
	    .busy = "Throttling" },
	.creds = { { "FAKE_TOKEN", "token", SECRET, 0, NULL, NULL } },
	.permissions = "edit zones",
};

static struct api *open_api(const struct service *svc)
{
	error_clear(mem);
	return api_open(mem, &(struct api_ask){ .svc = svc });
}

/* The error of a conversation, which ends with it. */
static const char *close_api(struct api *a)
{
	const char *text = arena_str(mem, error_text(api_arena(a)));
	api_close(a);
	return text;
}

#define GOOD "{\"success\":true}"

static void faults(void)
{
	static const struct {
		struct exchange x;
		const char *error; /* "": none */
	} rows[] = {
		{ { NULL, 200, GOOD, NULL }, "" },
		{ { NULL, 204, "", NULL }, "" },
		{ { NULL, 403, "{\"errors\":[{\"code\":9109,\"message\":\"Invalid token\"}]}",
		      NULL },
		    "Fake: zone lookup for x: 403 Invalid token (code 9109); check FAKE_TOKEN; needed: edit zones" },
		{ { NULL, 200, "{\"success\":false,\"note\":\"out of order\"}", NULL },
		    "Fake: zone lookup for x: out of order" },
		{ { NULL, 200, "{\"result\":[]}", NULL },
		    "Fake: zone lookup for x: {\"result\":[]}" },
		{ { NULL, 400, "{\"error\":\"bad zone\"}", NULL },
		    "Fake: zone lookup for x: 400 bad zone" },
		{ { NULL, 422, "{\"errors\":{\"name\":[\"is long\",\"is odd\"]}}", NULL },
		    "Fake: zone lookup for x: 422 is long, is odd" },
		{ { NULL, 404, "", NULL }, "Fake: zone lookup for x: 404 not found" },
		{ { NULL, 400,
		      "<html><head><title>Bad\nGateway </title></head><body>x</body></html>",
		      NULL },
		    "Fake: zone lookup for x: 400 Bad Gateway" },
		{ { NULL, 200, "<html><body><p>Please <b>log in</b></p></body></html>", NULL },
		    "Fake: zone lookup for x: Please log in" },
		{ { NULL, 302, "", "Location: https://login.fake.test/" },
		    "Fake: zone lookup for x: 302 sent elsewhere" },
		{ { NULL, 418, "plain  words\r\nmore", NULL },
		    "Fake: zone lookup for x: 418 plain words more" },
		{ { NULL, 400, "{\"note\":\"a\\u001b[31mb\"}", NULL },
		    "Fake: zone lookup for x: 400 a?[31mb" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct api *a = open_api(&plain);
		fake_begin(&rows[i].x, 1);
		api_step(a, "zone lookup for %s", "x");
		const struct reply *r = api_get(a, "/zones");
		ok(!r == (*rows[i].error != 0) && played(), "reply or error, row");
		is_str(close_api(a), rows[i].error, "its error");
	}
}

static void html_instead_of_json(void)
{
	struct service s = plain;
	s.fault.ok = NULL;
	struct api *a = open_api(&s);
	PLAY({ NULL, 200, "<!DOCTYPE html><html><head><title>Sign in</title></head></html>",
	    NULL });
	ok(!api_get(a, "/x"), "a page is no answer");
	is_str(close_api(a),
	    "Fake: the answer is not as expected (a page instead of JSON): Sign in",
	    "and is told so");
	a = open_api(&s);
	PLAY({ NULL, 200, "{\"id\":1234567890123456789}", NULL });
	const struct reply *r = api_get(a, "/x");
	is_str(reply_str(a, r, "id"), "1234567890123456789", "an id of 19 digits keeps them all");
	ok(!reply_str(a, r, "name"), "what must be there and is not");
	is_str(close_api(a),
	    "Fake: the answer is not as expected (no name in it): {\"id\":1234567890123456789}",
	    "is told with the start of the reply");
}

static void missing_and_existing(void)
{
	struct api *a = open_api(&plain);
	PLAY({ NULL, 404, "{}", NULL }, { NULL, 400, "{\"id\":7003}", NULL },
	    { NULL, 200, GOOD, NULL }, { NULL, 404, "", NULL },
	    { NULL, 400, "{\"id\":81057}", NULL },
	    { NULL, 400, "{\"note\":\"Record Already Exists.\"}", NULL });
	is_int(found(api_probe(a, "/a")), 0, "404: not there");
	is_int(found(api_probe(a, "/a")), 0, "by code: not there");
	is_int(found(api_probe(a, "/a")), 1, "there");
	ok(api_delete(a, "/a"), "deleting what is gone is success");
	ok(api_post(a, "/a", NULL), "adding what is there is success, by code");
	ok(api_post(a, "/a", NULL), "adding what is there is success, by words");
	ok(played(), "all asked");
	api_close(a);
	a = open_api(&plain);
	PLAY({ NULL, 400, "{\"note\":\"81057 is in it\"}", NULL });
	ok(!api_post(a, "/a", NULL), "numbers are codes, not words of a text");
	is_int(found(api_get(a, "/a")), -1, "after a failure nothing is sent");
	ok(played(), "indeed");
	api_close(a);
}

static void repeats(void)
{
	struct api *a = open_api(&plain);
	PLAY({ "GET", 0, NULL, NULL }, { "GET", 200, GOOD, NULL }, { "GET", 502, "", NULL },
	    { "GET", 200, GOOD, NULL }, { "POST", 429, "", "Retry-After: 7" },
	    { "POST", 200, GOOD, NULL }, { "POST", 400, "{\"id\":\"Throttling\"}", NULL },
	    { "POST", 200, GOOD, NULL });
	ok(api_get(a, "/a"), "a GET is repeated after a cut connection");
	ok(api_get(a, "/a"), "and after 5xx");
	const int64_t before = clock_fake;
	ok(api_post(a, "/a", NULL), "429: as Retry-After says");
	is_int(clock_fake - before, 7, "after that time");
	ok(api_post(a, "/a", NULL), "a code that means busy");
	ok(played(), "all asked");
	api_close(a);

	a = open_api(&plain);
	PLAY({ "POST", 0, NULL, NULL });
	ok(!api_post(a, "/a", NULL) && api_unsure(a) && played(), "a POST is not repeated blindly");
	is_str(close_api(a), "Fake: closed the connection without a reply", "its error");

	a = open_api(&plain);
	PLAY({ NULL, 500, "", NULL });
	ok(!api_post(a, "/a", NULL) && api_unsure(a) && played(), "nor after 5xx");
	api_close(a);

	a = open_api(&plain);
	PLAY({ NULL, 429, "", "Retry-After: 3600" });
	ok(!api_get(a, "/a") && played(), "an hour is not waited");
	is_str(close_api(a), "Fake: 429 too many requests; it asks to be left alone for 3600 s",
	    "its error");

	a = open_api(&plain);
	PLAY({ NULL, 503, "", NULL }, { NULL, 503, "", NULL }, { NULL, 503, "", NULL },
	    { NULL, 503, "", NULL });
	ok(!api_get(a, "/a") && played(), "nor is it asked for ever");
	api_close(a);

	a = open_api(&plain);
	struct exchange forever[20];
	for (size_t i = 0; i < 20; i++)
		forever[i] = (struct exchange){ NULL, 429, "", "Retry-After: 50" };
	fake_begin(forever, 20);
	ok(!api_get(a, "/a"), "waits have a limit in all");
	is_int((long long)fake.at, 7, "300 s");
	api_close(a);
}

static int log_in(struct api *a)
{
	const struct reply *r = api_send(a,
	    &(struct api_request){ .method = "POST",
	        .url = "https://login.fake.test/",
	        .body = form_text(a, form("user", cred(a, "FAKE_USER"))),
	        .type = "application/x-www-form-urlencoded",
	        .no_auth = true });
	const char *token = r ? reply_str(a, r, "token") : NULL;
	if (!token)
		return -1;
	api_keep_secret(a, "session", token);
	api_base(a, fmt(a, "https://%s", cred(a, "FAKE_HOST")));
	return 0;
}

static const struct service elaborate = {
	.name = "dns_fake",
	.title = "Fake",
	.base = "{FAKE_HOST}/never",
	.bearer = "session",
	.headers = { { "X-User", "FAKE_USER", "name %s" }, { "X-None", "FAKE_NONE", NULL },
	    { "X-Fixed", NULL, "yes" } },
	.params = { { "key", "FAKE_USER", NULL }, { "format", NULL, "json" } },
	.cookies = true,
	.creds = { { "FAKE_USER", "user", 0, 0, "u&s=r", NULL },
	    { "FAKE_HOST", "host", 0, 0, "h.fake.test", NULL },
	    { "FAKE_NONE", "none", OPTIONAL, 0, NULL, NULL } },
	.login = log_in,
};

static void rows_and_login(void)
{
	struct api *a = open_api(&elaborate);
	PLAY({ "POST https://login.fake.test/\nContent-Type: application/x-www-form-urlencoded\n"
	       "Accept: application/json\n\nuser=u%26s%3Dr",
	         200, "{\"token\":\"t1\"}", "Set-Cookie: a=b; Path=/" },
	    { "GET https://h.fake.test/x?q=1&key=u%26s%3Dr&format=json\nAccept: application/json\nCookie: a=b\n"
	      "Authorization: Bearer t1\nX-User: name u&s=r\nX-Fixed: yes\n\n",
	        200, "{}", "Set-Cookie: c=d" },
	    { "Cookie: a=b; c=d", 200, "{}", NULL },
	    { "POST https://h.fake.test/f\n", 200, "{}", NULL });
	ok(api_get(a, "/x?q=1"), "login, then the request with all rows");
	ok(api_get(a, "/y"), "no second login");
	is_int(fake.confidential, 1, "what a login answers is not to be shown");
	ok(api_form(a, "/f", form("a", "b c", "left", NULL, "d", "é")), "a form");
	ok(played(), "as expected");
	ok(strstr(fake.last, "\n\nkey=u%26s%3Dr&format=json&a=b%20c&d=%C3%A9") != NULL, "its body");
	api_close(a);

	a = open_api(&elaborate);
	PLAY({ NULL, 401, "{\"error\":\"wrong password\"}", NULL });
	ok(!api_get(a, "/x") && played(), "no login, no request");
	is_str(close_api(a), "Fake: login: 401 wrong password", "its error");
}

static void bases(void)
{
	static const struct {
		const char *url, *want;
	} rows[] = {
		{ "https://a.test/", "https://a.test/api/zo%2Fne/list" },
		{ "http://a.test:81//", "http://a.test:81/api/zo%2Fne/list" },
		{ " a.test", "https://a.test/api/zo%2Fne/list" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct service s = { .title = "Fake",
			.base = "{FAKE_URL}/api/{FAKE_ZONE}/",
			.creds = { { "FAKE_URL", "URL", 0, 0, rows[i].url, NULL },
			    { "FAKE_ZONE", "zone", 0, 0, "zo/ne", NULL } } };
		struct api *a = open_api(&s);
		PLAY({ rows[i].want, 200, "{}", NULL });
		ok(api_get(a, "/list") && played(), rows[i].url);
		api_close(a);
	}
}

static void paging(void)
{
	struct api *a = open_api(&plain);
	struct pages p = { .path = "/z",
		.items = "result",
		.size = "n",
		.per_page = 2,
		.page = "page",
		.total = "info/total" };
	PLAY({ "/z?n=2&page=1\n", 200,
	         "{\"success\":true,\"result\":[{\"id\":1},{\"id\":2}],\"info\":{\"total\":3}}",
	         NULL },
	    { "/z?n=2&page=2\n", 200,
	        "{\"success\":true,\"result\":[{\"id\":3}],\"info\":{\"total\":3}}", NULL });
	is_int((long long)json_count(api_pages(a, &p), ""), 3, "by number, with a total");
	is_int((long long)json_count(api_pages(a, &p), ""), 3, "kept");
	ok(played(), "as expected");

	p = (struct pages){ .path = "/o?x=1",
		.items = "result",
		.size = "limit",
		.per_page = 2,
		.offset = "skip" };
	PLAY({ "/o?x=1&limit=2&skip=0\n", 200, "{\"success\":1,\"result\":[1,2]}", NULL },
	    { "/o?x=1&limit=2&skip=2\n", 200, "{\"success\":1,\"result\":null}", NULL });
	is_int((long long)json_count(api_pages(a, &p), ""), 2, "by offset, until nothing comes");
	ok(played(), "as expected");

	p = (struct pages){ .path = "/l", .items = "result", .next = "next", .fresh = true };
	PLAY({ NULL, 200, "{\"success\":1,\"result\":[1],\"next\":\"/v1/l?p=2\"}", NULL },
	    { "GET https://api.fake.test/v1/l?p=2\n", 200,
	        "{\"success\":1,\"result\":{\"a\":{\"id\":2}}}", NULL });
	is_int((long long)json_count(api_pages(a, &p), ""), 2,
	    "by a link; an object is a list by id");
	ok(played(), "as expected");

	p.next = "Link";
	PLAY({ NULL, 200, "{\"success\":1,\"result\":[1]}",
	         "Link: <https://api.fake.test/v1/l?p=2>; rel=\"next\"" },
	    { "GET https://api.fake.test/v1/l?p=2\n", 200, "{\"success\":1,\"result\":[2]}",
	        NULL });
	is_int((long long)json_count(api_pages(a, &p), ""), 2, "by a header");
	ok(played(), "as expected");

	p = (struct pages){ .path = "/t",
		.items = "result",
		.next = "mark",
		.token = "from",
		.fresh = true };
	PLAY({ NULL, 200, "{\"success\":1,\"result\":[1],\"mark\":\"a b\"}", NULL },
	    { "/t?from=a%20b\n", 200, "{\"success\":1,\"result\":[2],\"mark\":\"\"}", NULL });
	is_int((long long)json_count(api_pages(a, &p), ""), 2, "by a token");
	ok(played(), "as expected");
	api_close(a);
}

static void bad_paging(void)
{
	static const struct {
		const char *first, *second, *error;
		struct pages p;
	} rows[] = {
		{ "{\"success\":1,\"result\":[1,2]}", "{\"success\":1,\"result\":[1,2]}",
		    "Fake: the listing goes in circles: page 2 was there before",
		    { .path = "/z", .items = "result", .per_page = 2, .size = "n", .page = "p" } },
		{ "{\"success\":1,\"result\":[1],\"next\":\"/v1/z?p=1\"}",
		    "{\"success\":1,\"result\":[1],\"next\":\"/v1/z?p=1\"}",
		    "Fake: the listing goes in circles: page 2 was there before",
		    { .path = "/z", .items = "result", .next = "next" } },
		{ "{\"success\":1,\"result\":[1],\"next\":\"https://evil.test/z?p=1\"}", NULL,
		    "Fake: its next page is said to be at another host: https://evil.test/z?p=1",
		    { .path = "/z", .items = "result", .next = "next" } },
		{ "{\"success\":1,\"result\":\"none\"}", NULL,
		    "Fake: the answer is not as expected (no list result in it): {\"success\":1,\"result\":\"none\"}",
		    { .path = "/z", .items = "result" } },
		{ "{\"success\":1}", NULL,
		    "Fake: the answer is not as expected (no list result in it): {\"success\":1}",
		    { .path = "/z", .items = "result" } },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct exchange script[] = { { NULL, 200, rows[i].first, NULL },
			{ NULL, 200, rows[i].second, NULL } };
		struct api *a = open_api(&plain);
		fake_begin(script, rows[i].second ? 2 : 1);
		ok(!api_pages(a, &rows[i].p) && played(), "a listing that cannot be read");
		is_str(close_api(a), rows[i].error, "its error");
	}
}

/* A zone list of 3,000 in pages of 100. */
static void long_listing(void)
{
	static struct exchange script[30];
	for (int i = 0; i < 30; i++) {
		struct buf b = buf_new(mem, 0);
		buf_str(&b, "{\"success\":1,\"result\":[");
		for (int k = 0; k < 100; k++)
			buf_fmt(&b, "%s{\"name\":\"zone%d.test\"}", k ? "," : "", i * 100 + k);
		buf_fmt(&b, "],\"pages\":30}");
		script[i] = (struct exchange){ fmt(mem, "page=%d\n", i + 1), 200, b.data, NULL };
	}
	struct api *a = open_api(&plain);
	fake_begin(script, 30);
	const cJSON *list = api_pages(a,
	    &(struct pages){ .path = "/z",
	        .items = "result",
	        .per_page = 100,
	        .size = "n",
	        .page = "page",
	        .last = "pages" });
	is_int((long long)json_count(list, ""), 3000, "3,000 items");
	ok(find_name(list, "", "name", "ZONE2999.test.") && played(), "found by name");
	api_close(a);
}

static void names_and_values(void)
{
	static const struct {
		const char *listed, *value;
		bool same;
	} rows[] = {
		{ "abc", "abc", true },
		{ "\"abc\"", "abc", true },
		{ "\"ab\" \"c\"", "abc", true },
		{ "\"a\\\"b\"", "a\"b", true },
		{ "abcd", "abc", false },
		{ "\"abcd\"", "abc", false },
		{ "\"ab\"", "abc", false },
		{ "", "abc", false },
		{ NULL, "abc", false },
		{ "\"\"", "abc", false },
		{ "ABC", "abc", false },
		{ "\"abc\\", "abc", false },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		ok(same_txt(rows[i].listed, rows[i].value) == rows[i].same,
		    rows[i].listed ? rows[i].listed : "NULL");
	ok(same_name("Example.COM.", "example.com") &&
	        !same_name("notexample.com", "example.com") &&
	        !same_name("example.co", "example.com") && !same_name(NULL, "x"),
	    "names");
	const struct txt t = { .fqdn = "_a.www.example.com",
		.sub = "_a.www",
		.zone = "example.com",
		.value = "v" };
	const struct txt apex = { .fqdn = "_a.example.com",
		.sub = "",
		.zone = "_a.example.com",
		.value = "v" };
	const char *text =
	    "[{\"type\":\"A\",\"n\":\"_a.www\",\"v\":\"v\"},{\"type\":\"TXT\",\"n\":\"x_a.www\",\"v\":\"v\"},"
	    "{\"type\":\"TXT\",\"n\":\"_a.www\",\"v\":\"other\"},{\"type\":\"TXT\",\"n\":\"_a.www.example.com.\",\"v\":\"\\\"v\\\"\",\"id\":4},"
	    "{\"n\":\"_A.WWW\",\"v\":\"v\",\"id\":5},{\"type\":\"TXT\",\"n\":\"@\",\"v\":\"v\",\"id\":6}]";
	const cJSON *list = json_parse(mem, text, strlen(text));
	const cJSON *r = find_txt(list, NULL, &t, "n", "v");
	is_str(json_str(r, "id"), "4", "a record by its full name");
	is_str(json_str(find_txt(list, r, &t, "n", "v"), "id"), "5",
	    "the next one, by its relative name");
	is_str(json_str(find_txt(list, NULL, &apex, "n", "v"), "id"), "6", "at the apex");
	struct api *a = open_api(&plain);
	PLAY({ "DELETE https://api.fake.test/v1/r/4\n", 200, GOOD, NULL },
	    { "DELETE https://api.fake.test/v1/r/5\n", 404, "", NULL });
	is_int(delete_txt(a, list, &t, "n", "v", "id", "/r"), 0,
	    "each record of the value is deleted");
	ok(played(), "and no other");
	struct strs texts = texts_of(a, list, "v");
	ok(!texts_add(a, &texts, "v", "v") && texts_add(a, &texts, "new", "\"new\""),
	    "a set grows by what is new");
	ok(texts_rm(&texts, "v") && !texts_rm(&texts, "v"), "and shrinks by what was there");
	is_str(json_text(mem, texts_json(texts)), "[\"other\",\"\\\"new\\\"\"]", "the rest");
	api_close(a);
}

int main(void)
{
	mem = arena_new();
	arena_use(mem);
	setenv("FAKE_TOKEN", "secret-token", 1);
	faults();
	html_instead_of_json();
	missing_and_existing();
	repeats();
	rows_and_login();
	bases();
	paging();
	bad_paging();
	long_listing();
	names_and_values();
	arena_drop(mem);
	return done();
}
