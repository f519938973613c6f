/* JSON (RFC 8259) by cJSON, on arenas, with two things that cJSON lacks: integers keep all their
 * digits, and what nests too deep or says NUL is refused before it is parsed. */
#include "json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "clock.h"
#include "log.h"
#include "text.h"

#define DEPTH 64
#define EXACT_DIGITS 15 /* as many decimal digits as a double always keeps */
#define EXACT_MAX (1LL << 53)

static cJSON left_out; /* what a builder returns for a member that is not wanted */

static void *allocate(size_t n)
{
	return arena_alloc(arena_current(), n);
}

static void release(void *p)
{
	(void)p; /* goes with its arena */
}

static void install_hooks(void)
{
	static bool installed;
	if (!installed)
		cJSON_InitHooks(&(cJSON_Hooks){ .malloc_fn = allocate, .free_fn = release });
	installed = true;
}

static cJSON *made(cJSON *item)
{
	if (!item)
		die("JSON item not made");
	return item;
}

/* Parsing */

/* Length of the string at p, quotes included, or 0 when it has no end or hides a NUL, at which
 * every C string would be cut. */
static size_t string_length(const char *p, size_t left)
{
	for (size_t i = 1; i < left; i++) {
		if (p[i] == '"')
			return i + 1;
		if (!p[i] || (p[i] == '\\' && left - i > 5 && memcmp(p + i, "\\u0000", 6) == 0))
			return 0;
		if (p[i] == '\\')
			i++;
	}
	return 0;
}

static size_t number_length(const char *p, size_t left, bool *whole)
{
	size_t n = 0;
	*whole = true;
	for (; n < left && p[n] && strchr("0123456789+-.eE", p[n]); n++)
		if (n && (p[n] < '0' || p[n] > '9'))
			*whole = false;
	return n;
}

/* Copies text to out (9/8 as large at most) with long integers in quotes. The new length, or 0
 * when it cannot be JSON. */
static size_t quote_long_integers(const char *text, size_t len, char *out)
{
	int depth = 0;
	char *o = out;

	for (size_t i = 0, n; i < len; i += n) {
		const char *p = text + i;
		bool quote = false;
		n = 1;
		if (*p == '"') {
			n = string_length(p, len - i);
		} else if (*p == '-' || (*p >= '0' && *p <= '9')) {
			n = number_length(p, len - i, &quote);
			quote = quote && n > EXACT_DIGITS + (*p == '-');
		} else if (*p == '{' || *p == '[') {
			n = ++depth <= DEPTH;
		} else if (*p == '}' || *p == ']') {
			depth--;
		} else if (!*p) {
			n = 0;
		}
		if (n == 0)
			return 0;
		if (quote)
			*o++ = '"';
		memcpy(o, p, n);
		o += n;
		if (quote)
			*o++ = '"';
	}
	return (size_t)(o - out);
}

static bool is_exact(double d)
{
	return d >= -(double)EXACT_MAX && d <= (double)EXACT_MAX && d == (double)(long long)d;
}

/* Numbers get their text now, so that reading it later needs no memory. */
static void add_number_text(struct arena *a, cJSON *j)
{
	for (; j; j = j->next) {
		const double d = j->valuedouble;
		if (cJSON_IsNumber(j) && is_exact(d))
			j->valuestring = arena_fmt(a, "%lld", (long long)d);
		else if (cJSON_IsNumber(j)) {
			j->valuestring = arena_fmt(a, "%.15g", d);
			if (strtod(j->valuestring, NULL) < d || strtod(j->valuestring, NULL) > d)
				j->valuestring = arena_fmt(a, "%.17g", d);
		}
		add_number_text(a, j->child);
	}
}

cJSON *json_parse(struct arena *a, const char *text, size_t len)
{
	char *copy = arena_alloc(a, len + len / 8 + 4);
	const size_t n = len ? quote_long_integers(text, len, copy) : 0;

	if (!n)
		return NULL;
	install_hooks();
	struct arena *before = arena_use(a);
	/* Its NUL belongs to the text: that is how cJSON is told to look for what comes behind. */
	cJSON *j = cJSON_ParseWithLengthOpts(copy, n + 1, NULL, true);
	arena_use(before);
	add_number_text(a, j);
	return j;
}

char *json_text(struct arena *a, const cJSON *j)
{
	install_hooks();
	struct arena *before = arena_use(a);
	char *text = cJSON_PrintUnformatted(j);
	arena_use(before);
	if (!text)
		die("JSON item not printed");
	return text;
}

/* Reading */

static const cJSON *member(const cJSON *j, const char *name, size_t n)
{
	size_t index = 0;

	if (cJSON_IsArray(j)) {
		for (size_t i = 0; i < n; i++) {
			if (name[i] < '0' || name[i] > '9' || index > INT32_MAX / 10)
				return NULL;
			index = index * 10 + (size_t)(name[i] - '0');
		}
		const cJSON *item = n ? j->child : NULL;
		while (item && index--)
			item = item->next;
		return item;
	}
	for (const cJSON *item = cJSON_IsObject(j) ? j->child : NULL; item; item = item->next)
		if (item->string && strncmp(item->string, name, n) == 0 && !item->string[n])
			return item;
	return NULL;
}

const cJSON *json_get(const cJSON *j, const char *path)
{
	while (j && path && *path) {
		const size_t n = strcspn(path, "/");
		j = member(j, path, n);
		path += n + (path[n] == '/');
	}
	return j;
}

const char *json_str(const cJSON *j, const char *path)
{
	j = json_get(j, path);
	if (cJSON_IsBool(j))
		return cJSON_IsTrue(j) ? "true" : "false";
	return cJSON_IsString(j) || cJSON_IsNumber(j) || cJSON_IsRaw(j) ? j->valuestring : NULL;
}

long long json_int(const cJSON *j, const char *path, long long dflt)
{
	long long value;
	j = json_get(j, path);
	const char *text = cJSON_IsBool(j) ? NULL : json_str(j, "");
	return text_number(text, INT64_MIN, INT64_MAX, &value) == 0 ? value : dflt;
}

bool json_is_true(const cJSON *j, const char *path)
{
	return cJSON_IsTrue(json_get(j, path));
}

const cJSON *json_find(const cJSON *j, const char *path, const char *key, const char *value)
{
	j = json_get(j, path);
	for (const cJSON *item = cJSON_IsArray(j) && value ? j->child : NULL; item;
	     item = item->next) {
		const char *text = json_str(item, key);
		if (text && strcmp(text, value) == 0)
			return item;
	}
	return NULL;
}

size_t json_count(const cJSON *j, const char *path)
{
	size_t n = 0;
	j = json_get(j, path);
	for (const cJSON *item = cJSON_IsArray(j) ? j->child : NULL; item; item = item->next)
		n++;
	return n;
}

/* Building */

static cJSON *named(const char *name, cJSON *item)
{
	made(item)->string = arena_str(arena_current(), name);
	return item;
}

cJSON *js(const char *name, const char *text)
{
	install_hooks();
	return text ? named(name, cJSON_CreateString(text)) : &left_out;
}

cJSON *jn(const char *name, long long number)
{
	install_hooks();
	char *text = arena_fmt(arena_current(), "%lld", number);
	if (number > EXACT_MAX || number < -EXACT_MAX)
		return named(name, cJSON_CreateRaw(text));
	cJSON *item = named(name, cJSON_CreateNumber((double)number));
	item->valuestring = text;
	return item;
}

cJSON *jb(const char *name, bool yes)
{
	install_hooks();
	return named(name, cJSON_CreateBool(yes));
}

cJSON *jo(const char *name, cJSON *value)
{
	return value && value != &left_out ? named(name, value) : &left_out;
}

void json_add(cJSON *container, cJSON *item)
{
	if (item && item != &left_out && !cJSON_AddItemToArray(container, item))
		die("JSON item not added");
}

static cJSON *filled(cJSON *container, cJSON *const *items)
{
	for (; *items; items++)
		json_add(made(container), *items);
	return made(container);
}

cJSON *json_object(cJSON *const *members)
{
	install_hooks();
	return filled(cJSON_CreateObject(), members);
}

cJSON *json_array(cJSON *const *items)
{
	install_hooks();
	return filled(cJSON_CreateArray(), items);
}

void json_event(struct arena *a, const char *name, cJSON *members)
{
	struct arena *before = arena_use(a);

	if (log_is_json()) {
		cJSON_InsertItemInArray(members, 0, js("time", clock_rfc3339(a, clock_now())));
		cJSON_InsertItemInArray(members, 0, js("event", name));
		print_json(json_text(a, members));
	}
	arena_use(before);
}
