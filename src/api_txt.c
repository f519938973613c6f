/* Comparing what providers list with the record that is meant: names, TXT values, their quotes. */
#include <string.h>
#include <strings.h>

#include "api_state.h"
#include "arena.h"
#include "text.h"

static size_t bare_length(const char *name)
{
	const size_t n = strlen(name);
	return n && name[n - 1] == '.' ? n - 1 : n;
}

bool same_name(const char *a, const char *b)
{
	if (!a || !b)
		return false;
	const size_t n = bare_length(a);
	return n == bare_length(b) && strncasecmp(a, b, n) == 0;
}

/* Walks a value through the quotes of its presentation format (RFC 1035 5.1), in which it may stand
 * in pieces. */
bool same_txt(const char *listed, const char *value)
{
	if (!listed || *listed != '"')
		return text_is(listed, value);
	for (bool inside = false; *listed; listed++) {
		if (*listed == '"') {
			inside = !inside;
			continue;
		}
		if (!inside)
			continue;
		if (*listed == '\\' && listed[1])
			listed++;
		if (*value++ != *listed)
			return false;
	}
	return !*value;
}

char *quoted(struct api *a, const char *value)
{
	return fmt(a, "\"%s\"", value);
}

struct strs texts_of(struct api *a, const cJSON *list, const char *key)
{
	struct strs texts = { 0 };
	const cJSON *item;
	cJSON_ArrayForEach(item, list)
		if (json_str(item, key))
			strs_add(a->mem, &texts, json_str(item, key));
	return texts;
}

bool texts_add(struct api *a, struct strs *texts, const char *value, const char *written)
{
	for (size_t i = 0; i < texts->n; i++)
		if (same_txt(texts->v[i], value))
			return false;
	strs_add(a->mem, texts, written);
	return true;
}

bool texts_rm(struct strs *texts, const char *value)
{
	size_t kept = 0;
	for (size_t i = 0; i < texts->n; i++)
		if (!same_txt(texts->v[i], value))
			texts->v[kept++] = texts->v[i];
	const bool changed = kept < texts->n;
	texts->n = kept;
	return changed;
}

cJSON *texts_json(struct strs texts)
{
	cJSON *list = json_list(NULL);
	for (size_t i = 0; i < texts.n; i++)
		json_add(list, js(NULL, texts.v[i]));
	return list;
}

const cJSON *find_name(const cJSON *j, const char *path, const char *key, const char *name)
{
	j = json_get(j, path);
	for (const cJSON *item = j ? j->child : NULL; item; item = item->next)
		if (same_name(json_str(item, key), name))
			return item;
	return NULL;
}

static bool is_named(const struct txt *t, const char *listed)
{
	if (!listed)
		return false;
	const bool apex = !*t->sub && (!*listed || text_is(listed, "@"));
	return apex || same_name(listed, t->fqdn) || (*t->sub && same_name(listed, t->sub));
}

const cJSON *find_txt(const cJSON *records, const cJSON *after, const struct txt *t,
    const char *name_key, const char *value_key)
{
	const cJSON *r = after ? after->next : records ? records->child : NULL;
	for (; r; r = r->next) {
		const char *type = json_str(r, "type");
		if ((!type || text_is_ci(type, "TXT")) &&
		    (!name_key || is_named(t, json_str(r, name_key))) &&
		    same_txt(json_str(r, value_key), t->value))
			return r;
	}
	return NULL;
}

int has_txt(const cJSON *records, const struct txt *t, const char *name_key, const char *value_key)
{
	return records ? find_txt(records, NULL, t, name_key, value_key) != NULL : -1;
}

/* The ids of the records that are t's; none with the error when one has no id. */
static int ids_of(struct api *a, const cJSON *records, const struct txt *t, const char *name_key,
    const char *value_key, const char *id_key, struct strs *ids)
{
	const cJSON *r = NULL;
	if (!records)
		return -1;
	while ((r = find_txt(records, r, t, name_key, value_key))) {
		if (!json_str(r, id_key))
			return fail(a, "a listed record has no %s", id_key);
		strs_add(a->mem, ids, json_str(r, id_key));
	}
	return 0;
}

int rm_txt(struct api *a, const cJSON *records, const struct txt *t, const char *name_key,
    const char *value_key, const char *id_key,
    int (*remove)(struct api *a, const struct txt *t, const char *id))
{
	struct strs ids = { 0 };
	if (ids_of(a, records, t, name_key, value_key, id_key, &ids))
		return -1;
	for (size_t i = 0; i < ids.n; i++)
		if (remove(a, t, ids.v[i]))
			return -1;
	return 0;
}

int delete_txt(struct api *a, const cJSON *records, const struct txt *t, const char *name_key,
    const char *value_key, const char *id_key, const char *path)
{
	struct strs ids = { 0 };
	if (ids_of(a, records, t, name_key, value_key, id_key, &ids))
		return -1;
	for (size_t i = 0; i < ids.n; i++)
		if (!api_delete(a, fmt(a, "%s/%s", path, escape(a, ids.v[i]))))
			return -1;
	return 0;
}
