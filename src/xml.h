/* XML 1.0, as much of it as APIs send: a small non-validating reader on an arena, and a builder that
 * escapes. Names lose their namespace prefix. No DTD: a document that has one is refused. */
#ifndef XML_H
#define XML_H

#include <stddef.h>

struct arena;
struct buf;

/* An element; its attributes are elements too, of their own list. */
struct xml {
	const char *name;
	const char *text; /* its own character data, trimmed; "" when there is none */
	struct xml *attributes, *child, *next;
};

/* Parses len bytes into the root element. NULL when it is no well-formed XML, nests deeper than 64
 * or holds more than 100,000 elements; the error record is left to the caller. */
struct xml *xml_parse(struct arena *a, const char *text, size_t len);

/* The first element at a path below x: "HostedZones/HostedZone", "@Status" for an attribute of the
 * last element, "*" for any name, "" for x itself. NULL: there is none. */
const struct xml *xml_get(const struct xml *x, const char *path);
/* The text there, NULL when there is no such element. */
const char *xml_str(const struct xml *x, const char *path);
/* The next element of the same name beside x. */
const struct xml *xml_next(const struct xml *x);
/* The first element below x, at any depth, of that name; NULL. */
const struct xml *xml_find(const struct xml *x, const char *name);

/* Text with & < > " ' escaped. */
char *xml_escape(struct arena *a, const char *s);
/* <name>text</name>, escaped; nothing when text is NULL. */
void xml_add(struct buf *b, const char *name, const char *text);

#endif
