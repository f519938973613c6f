/* JSON on an arena: parse with exact ids, read by path, build. cJSON allocates from the current
 * arena (arena.h). Nothing here is freed singly. */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>

#include <cJSON.h>

struct arena;

/* Parses len bytes; integers of 16 or more digits become strings so that no digit is lost.
 * NULL when it is not JSON (also: something stands behind it, a NUL is in it) or nests deeper
 * than 64; the error record is left to the caller, who knows what should have been JSON. */
cJSON *json_parse(struct arena *a, const char *text, size_t len);

/* Serialised without white space. */
char *json_text(struct arena *a, const cJSON *j);

/* Access by path: "order/identifiers/0/value". NULL where there is no such member. */
const cJSON *json_get(const cJSON *j, const char *path);
/* A string member, or a number or true/false as text; NULL for null, objects, missing. */
const char *json_str(const cJSON *j, const char *path);
/* A whole number, also one in quotes, or dflt. */
long long json_int(const cJSON *j, const char *path, long long dflt);
bool json_is_true(const cJSON *j, const char *path);
/* Of the array at path ("" for j itself) the first object whose member key has this text value. */
const cJSON *json_find(const cJSON *j, const char *path, const char *key, const char *value);
/* Number of elements of the array at path, 0 when it is none. */
size_t json_count(const cJSON *j, const char *path);

/* Builders: json(js("type", "TXT"), jn("ttl", 120), NULL-free list). A member whose text is NULL
 * is left out. json_list(...) makes an array of unnamed items (js(NULL, "x")). They use the
 * current arena. */
cJSON *js(const char *name, const char *text);
cJSON *jn(const char *name, long long number);
cJSON *jb(const char *name, bool yes);
cJSON *jo(const char *name, cJSON *value); /* an object or array as a member; NULL left out */
cJSON *json_object(cJSON *const *members);
cJSON *json_array(cJSON *const *items);
#define json(...) json_object((cJSON *const[]){ __VA_ARGS__, NULL })
#define json_list(...) json_array((cJSON *const[]){ __VA_ARGS__, NULL })
/* With --json: the members of an object as one event on stdout, {"event":NAME,"time":...,members}
 * (docs/json.md); say() of log.h does the same for members that are all texts. */
void json_event(struct arena *a, const char *name, cJSON *members);
/* Adds a member (js, jn, ...) to an object, an item to an array; NULL and left-out ones are
 * ignored. */
void json_add(cJSON *container, cJSON *member);

#endif
