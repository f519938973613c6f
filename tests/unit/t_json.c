/* json.c: exact ids, what is refused, paths, builders. */
#include <stdlib.h>

#include "arena.h"
#include "json.h"

#include "tap.h"

static struct arena *a;

static cJSON *parse(const char *text)
{
	return json_parse(a, text, strlen(text));
}

static void test_round_trips(void)
{
	static const struct {
		const char *in, *out; /* NULL: refused */
	} rows[] = {
		{ "{\"a\":[1,true,null,\"x\"]}", "{\"a\":[1,true,null,\"x\"]}" },
		{ " { \"a\" : 1 } ", "{\"a\":1}" },
		{ "\"text\"", "\"text\"" },
		{ "{\"id\":1234567890123456789}", "{\"id\":\"1234567890123456789\"}" },
		{ "{\"id\":-1234567890123456}", "{\"id\":\"-1234567890123456\"}" },
		{ "[123456789012345,-123456789012345]", "[123456789012345,-123456789012345]" },
		{ "[1234567890123456]", "[\"1234567890123456\"]" },
		{ "[0.12345678901234567]", "[0.12345678901234566]" },
		{ "[12345678901234567.5]", "[12345678901234568]" },
		{ "[1234567890123456e2]", "[1.234567890123456e+17]" },
		{ "{\"1234567890123456789\":\"a \\\" 1234567890123456789\"}",
		    "{\"1234567890123456789\":\"a \\\" 1234567890123456789\"}" },
		{ "[\"\\\\\",1234567890123456789]", "[\"\\\\\",\"1234567890123456789\"]" },
		{ "{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":2}" },
		{ "[1234567890123456789 ,1234567890123456789]",
		    "[\"1234567890123456789\",\"1234567890123456789\"]" },
		{ "", NULL },
		{ " ", NULL },
		{ "{", NULL },
		{ "{\"a\":1", NULL },
		{ "{\"a\":1} x", NULL },
		{ "{}{}", NULL },
		{ "[1 2]", NULL },
		{ "{\"a\"}", NULL },
		{ "\"open", NULL },
		{ "\"\\", NULL },
		{ "<html>", NULL },
		{ "tru1234567890123456789", NULL },
		{ "1234567890123456789x", NULL },
		{ "[--1234567890123456789]", NULL },
		{ "[\"a\\u0000b\"]", NULL },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		cJSON *j = parse(rows[i].in);
		is_str(j ? json_text(a, j) : NULL, rows[i].out, rows[i].in);
	}
	ok(!json_parse(a, "{}\0{}", 5), "NUL between documents is refused");
	ok(!json_parse(a, "{}\0", 3), "NUL at the end is refused");
	ok(!json_parse(a, "\"a\0b\"", 5), "NUL in a string is refused");
	ok(json_parse(a, "{}garbage", 2), "only len bytes are read");
}

static void test_depth(void)
{
	char text[400];
	for (int depth = 64; depth <= 65; depth++) {
		memset(text, '[', (size_t)depth);
		memset(text + depth, ']', (size_t)depth);
		is_int(json_parse(a, text, 2 * (size_t)depth) != NULL, depth == 64,
		    "64 levels and no more");
	}
	memset(text, '[', sizeof text);
	ok(!json_parse(a, text, sizeof text), "brackets without end");
}

static void test_paths(void)
{
	const cJSON *j = parse("{\"order\":{\"ids\":[{\"value\":\"a\"},{\"value\":\"b\",\"n\":7}]},"
	                       "\"t\":true,\"f\":false,\"z\":null,\"n\":9007199254740992,\"i\":42,"
	                       "\"x\":1.5,\"q\":\"120\",\"0\":\"zero\",\"dup\":1,\"dup\":2,"
	                       "\"neg\":-3,\"big\":99999999999999999999,\"e\":1e3}");
	static const struct {
		const char *path, *text;
	} rows[] = {
		{ "order/ids/0/value", "a" },
		{ "order/ids/1/value", "b" },
		{ "order/ids/1/n", "7" },
		{ "order/ids/2/value", NULL },
		{ "order/ids/x", NULL },
		{ "order/ids/99999999999999999999", NULL },
		{ "order/ids", NULL },
		{ "order/id", NULL },
		{ "orde", NULL },
		{ "order/ids/0/value/more", NULL },
		{ "t", "true" },
		{ "f", "false" },
		{ "z", NULL },
		{ "n", "9007199254740992" },
		{ "x", "1.5" },
		{ "0", "zero" },
		{ "dup", "1" },
		{ "big", "99999999999999999999" },
		{ "e", "1000" },
		{ "", NULL },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		is_str(json_str(j, rows[i].path), rows[i].text, rows[i].path);
	ok(!json_get(NULL, "a"), "nothing of nothing");
	is_int(json_int(j, "i", -1), 42);
	is_int(json_int(j, "q", -1), 120, "a number in quotes");
	is_int(json_int(j, "neg", -1), -3);
	is_int(json_int(j, "n", -1), 9007199254740992);
	is_int(json_int(j, "x", -1), -1, "a fraction is no whole number");
	is_int(json_int(j, "t", -1), -1, "true is no number");
	is_int(json_int(j, "big", -1), -1, "out of range");
	is_int(json_int(j, "gone", -1), -1);
	ok(json_is_true(j, "t") && !json_is_true(j, "f") && !json_is_true(j, "i"));
	is_str(json_str(json_find(j, "order/ids", "value", "b"), "n"), "7", "find by text");
	ok(json_find(j, "order/ids", "n", "7"), "find by a number's text");
	ok(!json_find(j, "order/ids", "value", "c") && !json_find(j, "order", "value", "a") &&
	        !json_find(j, "order/ids", "value", NULL) && !json_find(NULL, "", "a", "b"),
	    "nothing found");
	is_int((long long)json_count(j, "order/ids"), 2);
	is_int((long long)json_count(j, "order"), 0, "an object is no array");
	is_int((long long)json_count(parse("[1,2,3]"), ""), 3);
}

static void test_builders(void)
{
	struct arena *before = arena_use(a);
	cJSON *j = json(js("type", "TXT"), js("none", NULL), jn("ttl", 120), jb("on", true),
	    jo("list", json_list(js(NULL, "x"), js(NULL, NULL), jn(NULL, 2), json(jb("a", false)))),
	    jo("gone", NULL), jn("big", 9223372036854775807), js("esc", "a\"\\\n\xc3\xa9"));
	is_str(json_text(a, j),
	    "{\"type\":\"TXT\",\"ttl\":120,\"on\":true,\"list\":[\"x\",2,{\"a\":false}],"
	    "\"big\":9223372036854775807,\"esc\":\"a\\\"\\\\\\n\xc3\xa9\"}",
	    "object with everything");
	is_str(json_str(j, "ttl"), "120", "text of a built number");
	is_str(json_str(j, "big"), "9223372036854775807");
	json_add(j, js("more", "1"));
	json_add(j, js("left", NULL));
	json_add(j, NULL);
	is_str(json_str(j, "more"), "1");
	ok(!json_get(j, "left") && !json_get(j, "none") && !json_get(j, "gone"), "left out");
	is_str(json_text(a, json_object((cJSON *const[]){ NULL })), "{}");
	is_str(json_text(a, json_array((cJSON *const[]){ NULL })), "[]");
	is_str(json_text(a, json(js("a", NULL), js("b", "1"))), "{\"b\":\"1\"}",
	    "one left out does not end the list");
	ok(arena_use(before) == a, "the current arena is still ours");
}

int main(void)
{
	a = arena_new();
	test_round_trips();
	test_depth();
	test_paths();
	test_builders();
	arena_drop(a);
	return done();
}
