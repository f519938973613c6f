/* XML-RPC by way of JSON, which has the same values. */
#include "xmlrpc.h"

#include <stdlib.h>

#include "arena.h"
#include "buf.h"
#include "json.h"
#include "text.h"
#include "xml.h"

/* --- calls --- */
static void put_value(struct buf *b, const cJSON *j)
{
	buf_str(b, "<value>");
	if (cJSON_IsObject(j) || cJSON_IsArray(j)) {
		const bool list = cJSON_IsArray(j);
		buf_str(b, list ? "<array><data>" : "<struct>");
		for (const cJSON *item = j->child; item; item = item->next) {
			if (!list) {
				buf_str(b, "<member>");
				xml_add(b, "name", item->string);
			}
			put_value(b, item);
			if (!list)
				buf_str(b, "</member>");
		}
		buf_str(b, list ? "</data></array>" : "</struct>");
	} else if (cJSON_IsBool(j)) {
		xml_add(b, "boolean", cJSON_IsTrue(j) ? "1" : "0");
	} else if (cJSON_IsNumber(j)) {
		xml_add(b, "int", json_str(j, ""));
	} else if (cJSON_IsString(j)) {
		xml_add(b, "string", json_str(j, ""));
	} else {
		buf_str(b, "<nil/>");
	}
	buf_str(b, "</value>");
}

char *xmlrpc_call(struct arena *a, const char *method, const cJSON *params)
{
	struct buf b = buf_new(a, 0);
	const bool list = cJSON_IsArray(params);
	buf_str(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<methodCall>");
	xml_add(&b, "methodName", method);
	buf_str(&b, "<params>");
	for (const cJSON *p = list ? params->child : params; p; p = list ? p->next : NULL) {
		buf_str(&b, "<param>");
		put_value(&b, p);
		buf_str(&b, "</param>");
	}
	buf_str(&b, "</params></methodCall>\n");
	return b.data;
}

/* --- answers --- */
static cJSON *value_of(const char *name, const struct xml *value);

static cJSON *struct_of(const struct xml *x)
{
	cJSON *object = json(NULL);
	for (const struct xml *m = xml_get(x, "member"); m; m = xml_next(m))
		json_add(object, value_of(xml_str(m, "name"), xml_get(m, "value")));
	return object;
}

static cJSON *array_of(const struct xml *x)
{
	cJSON *list = json_list(NULL);
	for (const struct xml *v = xml_get(x, "data/value"); v; v = xml_next(v))
		json_add(list, value_of(NULL, v));
	return list;
}

/* Integers that a double cannot hold stay text, as json_parse() has them. */
static cJSON *value_of(const char *name, const struct xml *value)
{
	const struct xml *x = value ? value->child : NULL;
	long long n;
	if (!x)
		return js(name, value ? value->text : "");
	if (text_is(x->name, "struct"))
		return jo(name, struct_of(x));
	if (text_is(x->name, "array"))
		return jo(name, array_of(x));
	if (text_is(x->name, "boolean"))
		return jb(name, text_yes(x->text));
	if (text_is(x->name, "nil"))
		return js(name, "");
	const bool number =
	    text_is(x->name, "int") || text_is(x->name, "i4") || text_is(x->name, "i8");
	if (number && text_number(x->text, -999999999999999, 999999999999999, &n) == 0)
		return jn(name, n);
	return js(name, x->text);
}

cJSON *xmlrpc_answer(struct arena *a, const struct xml *x)
{
	if (!text_is(x->name, "methodResponse"))
		return NULL;
	const struct xml *value = xml_get(x, "fault/value");
	struct arena *before = arena_use(a);
	cJSON *j = value_of(NULL, value ? value : xml_get(x, "params/param/value"));
	arena_use(before);
	return j;
}
