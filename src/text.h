/* Strings: split, join, trim, compare, escape, and the checks of names that come from outside. */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* A list of strings. v is NULL-terminated when n > 0. */
struct strs {
	const char **v;
	size_t n;
	size_t cap; /* of v, for strs_add(); 0: v is not to be written to */
};

/* Splits at each character of seps; pieces are trimmed of white space, empty ones left out. */
struct strs text_split(struct arena *a, const char *s, const char *seps);
char *text_join(struct arena *a, struct strs list, const char *sep);
void strs_add(struct arena *a, struct strs *list, const char *s); /* s is not copied */
bool strs_has(struct strs list, const char *s);                   /* letter case ignored */

char *text_trim(struct arena *a, const char *s);
char *text_lower(struct arena *a, const char *s);
char *text_replace(struct arena *a, const char *s, const char *from, const char *to);
bool text_is(const char *a, const char *b);    /* equal; NULL equals only NULL */
bool text_is_ci(const char *a, const char *b); /* ASCII letter case ignored */
bool text_starts(const char *s, const char *prefix);
bool text_starts_ci(const char *s, const char *prefix);
bool text_ends(const char *s, const char *suffix);
bool text_has_ci(const char *s, const char *part);
bool text_yes(const char *s); /* 1, true, yes, on; letter case ignored */

/* Here, so that analyzers see that what is not empty is not NULL. */
static inline bool text_empty(const char *s)
{
	return !s || !*s;
}

/* A decimal number in [min, max]. 0, or -1 when s is anything else (also NULL, "", "1x"). */
int text_number(const char *s, long long min, long long max, long long *out);

/* Percent-encoding of all but unreserved characters (RFC 3986 2.3), and back: "%00" and what is no
 * escape stay as they are. */
char *text_url_escape(struct arena *a, const char *s);
char *text_url_unescape(struct arena *a, const char *s);

/* One shell word in single quotes. */
char *text_shell_quote(struct arena *a, const char *s);
/* The same in double quotes, so that sh, csh and fish read it alike: what one of them would take for
 * its own stands behind a backslash outside of the quotes. No line ends. */
char *text_quote(struct arena *a, const char *s);
/* The words of a shell's line, quotes and backslashes taken away; nothing is expanded, and operators only
 * stand between words. */
struct strs text_words(struct arena *a, const char *s);

/* For printing text from outside: control characters (line ends too), characters that turn the
 * writing direction and bytes that are not UTF-8 become '?'; cut to max bytes, the last of them
 * "...", when longer. */
char *text_safe(struct arena *a, const char *s, size_t max);

/* The character at s (not at its end) and its length in bytes; 0 when it is not UTF-8. */
size_t text_utf8(const char *s, uint32_t *c);

/* Edit distance of two words, for "did you mean". */
unsigned text_distance(const char *a, const char *b);

/* Identifiers as they come from the command line, from files and from a CA. */
bool text_is_ipv4(const char *s);
bool text_is_ipv6(const char *s);
bool text_is_ip(const char *s);
/* NULL when s may be a certificate's name: a DNS name of LDH labels (underscore allowed, UTF-8
 * allowed before idn_to_ascii), perhaps with "*." in front, or an IP address; at most 253 bytes.
 * Else what is wrong with it, in a few words ("has a space in it"), good until the next call. */
const char *text_bad_name(const char *s);
bool text_is_token(const char *s); /* ACME token: 1..256 of A-Za-z0-9_- */

#endif
