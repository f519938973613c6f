/* Listings that come in pages: by number, by offset, by a URL or token of the next one. A listing
 * that goes in circles is found out. */
#include <string.h>

#include "api_state.h"
#include "arena.h"
#include "error.h"
#include "hash.h"
#include "text.h"
#include "url.h"

enum { PAGES_MAX = 1000, ITEMS_MAX = 200000 };

struct walk {
	struct api *a;
	const struct pages *p;
	cJSON *all;
	size_t n;         /* items so far */
	int number;       /* pages so far */
	struct strs seen; /* digests of pages, or tokens */
	const char *next;
};

static const char *with(struct walk *w, const char *url, const char *name, const char *value)
{
	return fmt(w->a, "%s%c%s=%s", url, strchr(url, '?') ? '&' : '?', name, escape(w->a, value));
}

static const char *with_number(struct walk *w, const char *url, const char *name, long long n)
{
	return name ? with(w, url, name, fmt(w->a, "%lld", n)) : url;
}

/* A next URL may be whole, or relative to the host; only the provider's host is asked. */
static const char *follow(struct walk *w, const char *next)
{
	struct url base, there;
	const char *home = api_url(w->a, w->p->path);
	if (!home || url_parse(w->a->mem, home, &base) ||
	    url_resolve(w->a->mem, &base, next, &there))
		return NULL;
	if (!api_at_home(w->a, there.text))
		return fail_null(w->a, "its next page is said to be at another host: %s", next);
	return there.text;
}

static const char *page_url(struct walk *w)
{
	const struct pages *p = w->p;
	if (w->next && !p->token)
		return follow(w, w->next);
	const char *url = with_number(w, p->path, p->per_page ? p->size : NULL, p->per_page);
	if (w->next)
		return with(w, url, p->token, w->next);
	url = with_number(w, url, p->page, w->number + !p->from_zero);
	return with_number(w, url, p->offset, (long long)w->n);
}

static const char *next_of(struct walk *w, const struct reply *r)
{
	const char *next = w->p->next;
	if (text_is(next, "Link"))
		return header_link(w->a->mem, r->headers, "next", 0);
	next = next ? api_text(w->a, r, next) : NULL;
	return text_empty(next) ? NULL : next;
}

/* Whether something was seen before. */
static bool again(struct walk *w, const char *what)
{
	for (size_t i = 0; i < w->seen.n; i++)
		if (strcmp(w->seen.v[i], what) == 0)
			return true;
	strs_add(w->a->mem, &w->seen, what);
	return false;
}

/* Services write a list as an array, null when it is empty, or an object of objects by their ids. */
static bool is_list(const cJSON *j)
{
	if (cJSON_IsObject(j))
		for (const cJSON *item = j->child; item; item = item->next)
			if (!cJSON_IsObject(item))
				return false;
	return cJSON_IsArray(j) || cJSON_IsNull(j) || cJSON_IsObject(j);
}

/* An element's attributes and children as members; text where there are none. */
static cJSON *from_xml(const char *name, const struct xml *x)
{
	if (!x->child && !x->attributes)
		return js(name, x->text);
	cJSON *object = json(NULL);
	for (const struct xml *c = x->attributes; c; c = c->next)
		json_add(object, js(c->name, c->text));
	for (const struct xml *c = x->child; c; c = c->next)
		json_add(object, from_xml(c->name, c));
	return jo(name, object);
}

static int take_elements(struct walk *w, const struct reply *r, const char *path)
{
	struct arena *before = arena_use(w->a->mem);
	int n = 0;
	for (const struct xml *x = xml_get(r->xml, path); x; x = xml_next(x), n++)
		json_add(w->all, from_xml(NULL, x));
	arena_use(before);
	w->n += (size_t)n;
	return n;
}

/* Takes the items of a page over; their number, or -1. */
static int take(struct walk *w, const struct reply *r)
{
	const char *path = w->p->items ? w->p->items : "";
	if (r->xml && !r->json)
		return take_elements(w, r, path);
	const cJSON *list = json_get(r->json, path);
	int n = 0;
	if (!is_list(list)) {
		api_odd(w->a, r, *path ? fmt(w->a, "no list %s in it", path) : "no list");
		return -1;
	}
	for (cJSON *item = list->child, *after; item; item = after, n++) {
		after = item->next;
		item->next = item->prev = NULL;
		json_add(w->all, item);
	}
	w->n += (size_t)n;
	return w->n > ITEMS_MAX ? fail(w->a, "the listing has more than %d items", ITEMS_MAX) : n;
}

static long long number_at(struct walk *w, const struct reply *r, const char *path)
{
	long long n;
	const char *text = path ? api_text(w->a, r, path) : NULL;
	return text_number(text, 0, INT32_MAX, &n) ? -1 : n;
}

/* Whether the page with n items was the last one; -1 when it had come before. */
static int is_last(struct walk *w, const struct reply *r, int n)
{
	const struct pages *p = w->p;
	const char *mark =
	    p->next ? next_of(w, r) : hash_hex(w->a->mem, HASH_SHA256, r->body, r->len);
	if (p->next && !(w->next = mark))
		return 1;
	if (!p->next && (n == 0 || (!p->page && !p->offset)))
		return 1;
	if (again(w, mark))
		return fail(w->a, "the listing goes in circles: page %d was there before",
		    w->number + 1);
	if (p->next)
		return 0;
	const long long total = number_at(w, r, p->total), last = number_at(w, r, p->last);
	if (total >= 0)
		return (long long)w->n >= total;
	if (last >= 0)
		return w->number + 1 >= last;
	return n < p->per_page;
}

const cJSON *api_pages(struct api *a, const struct pages *p)
{
	struct walk w = { .a = a, .p = p };
	if (!p->fresh)
		for (const struct listing *l = a->listings; l; l = l->next)
			if (text_is(l->path, p->path))
				return l->items;
	struct arena *before = arena_use(a->mem);
	w.all = json_list(NULL);
	arena_use(before);
	for (int last = 0; !last; w.number++) {
		if (w.number == PAGES_MAX)
			return fail_null(a, "the listing has more than %d pages", PAGES_MAX);
		const char *url = page_url(&w);
		const struct reply *r = url ? api_get(a, url) : NULL;
		const int n = r ? take(&w, r) : -1;
		if (n < 0 || (last = is_last(&w, r, n)) < 0)
			return NULL;
	}
	struct listing *l = arena_alloc(a->mem, sizeof *l);
	*l = (struct listing){ arena_str(a->mem, p->path), w.all, a->listings };
	a->listings = l;
	return w.all;
}

const struct strs *api_names(struct api *a,
    int (*page)(struct api *a, int number, struct strs *names, long long *total))
{
	struct strs *names = arena_alloc(a->mem, sizeof *names);
	size_t before = 0;
	if (a->names)
		return a->names;
	for (int number = 1; number <= PAGES_MAX; number++) {
		long long total = 0;
		if (page(a, number, names, &total))
			return NULL;
		if (names->n == before || (long long)names->n >= total)
			break;
		before = names->n;
	}
	return a->names = names;
}
