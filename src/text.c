/* Strings: split, join, trim, compare, escape, and the checks of names that come from outside. */
#include "text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "buf.h"

static const char white[] = " \t\r\n\v\f";

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(int c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Lists */

void strs_add(struct arena *a, struct strs *list, const char *s)
{
	if (list->n + 2 > list->cap) {
		const size_t cap = list->n < 6 ? 8 : 2 * (list->n + 1);
		const char **v = arena_alloc(a, cap * sizeof *v);
		if (list->n > 0)
			memcpy(v, list->v, list->n * sizeof *v);
		list->v = v;
		list->cap = cap;
	}
	list->v[list->n++] = s;
	list->v[list->n] = NULL;
}

bool strs_has(struct strs list, const char *s)
{
	for (size_t i = 0; i < list.n; i++)
		if (text_is_ci(list.v[i], s))
			return true;
	return false;
}

/* The n bytes at s without the white space around them. */
static char *trimmed(struct arena *a, const char *s, size_t n)
{
	while (n > 0 && strchr(white, *s))
		s++, n--;
	while (n > 0 && strchr(white, s[n - 1]))
		n--;
	return arena_dup(a, s, n);
}

struct strs text_split(struct arena *a, const char *s, const char *seps)
{
	struct strs list = { 0 };
	while (s && *s) {
		const size_t n = strcspn(s, seps);
		const char *piece = trimmed(a, s, n);
		if (*piece)
			strs_add(a, &list, piece);
		s += n + (s[n] != '\0');
	}
	return list;
}

/* Copies n bytes and returns the place behind them. */
static char *put(char *out, const char *s, size_t n)
{
	memcpy(out, s, n);
	return out + n;
}

char *text_join(struct arena *a, struct strs list, const char *sep)
{
	size_t n = 1;
	for (size_t i = 0; i < list.n; i++)
		n += strlen(list.v[i]) + strlen(sep);
	char *all = arena_alloc(a, n), *p = all;
	for (size_t i = 0; i < list.n; i++) {
		if (i > 0)
			p = put(p, sep, strlen(sep));
		p = put(p, list.v[i], strlen(list.v[i]));
	}
	return all;
}

/* Forms */

char *text_trim(struct arena *a, const char *s)
{
	return s ? trimmed(a, s, strlen(s)) : NULL;
}

char *text_lower(struct arena *a, const char *s)
{
	char *copy = arena_str(a, s);
	for (char *p = copy; p && *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return copy;
}

char *text_replace(struct arena *a, const char *s, const char *from, const char *to)
{
	const size_t len = strlen(from);
	if (!s || len == 0)
		return arena_str(a, s);
	size_t hits = 0;
	for (const char *p = s; (p = strstr(p, from)); p += len)
		hits++;
	char *all = arena_alloc(a, strlen(s) - hits * len + hits * strlen(to) + 1), *out = all;
	for (const char *hit; (hit = strstr(s, from)); s = hit + len) {
		out = put(out, s, (size_t)(hit - s));
		out = put(out, to, strlen(to));
	}
	put(out, s, strlen(s));
	return all;
}

char *text_url_escape(struct arena *a, const char *s)
{
	static const char hex[] = "0123456789ABCDEF";
	char *all = arena_alloc(a, 3 * strlen(s) + 1), *out = all;
	for (; *s; s++) {
		const unsigned char c = (unsigned char)*s;
		if (is_alnum(c) || strchr("-._~", c)) {
			*out++ = *s;
		} else {
			*out++ = '%';
			*out++ = hex[c >> 4];
			*out++ = hex[c & 15];
		}
	}
	return all;
}

static int hex_value(int c)
{
	static const char hex[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c ? strchr(hex, c) : NULL;
	return at ? (int)(at - hex) % 16 : -1;
}

char *text_url_unescape(struct arena *a, const char *s)
{
	char *all = arena_alloc(a, strlen(s) + 1), *out = all;
	while (*s) {
		const int high = *s == '%' ? hex_value(s[1]) : -1;
		const int low = high >= 0 ? hex_value(s[2]) : -1;
		if (low >= 0 && high + low > 0) {
			*out++ = (char)(high << 4 | low);
			s += 3;
		} else {
			*out++ = *s++;
		}
	}
	return all;
}

char *text_shell_quote(struct arena *a, const char *s)
{
	return arena_fmt(a, "'%s'", text_replace(a, s, "'", "'\\''"));
}

char *text_quote(struct arena *a, const char *s)
{
	struct buf b = buf_new(a, 0);

	buf_byte(&b, '"');
	for (; *s; s++) {
		if (strchr("$`\"\\!", *s))
			buf_fmt(&b, "\"\\%c\"", *s);
		else
			buf_byte(&b, *s);
	}
	buf_byte(&b, '"');
	return arena_str(a, buf_text(&b));
}

static const char between_words[] = " \t\r\n\v\f;&|<>()"; /* POSIX XCU 2.3 */

/* Takes one word off *s. */
static char *next_word(struct arena *a, const char **s)
{
	struct buf word = buf_new(a, 0);
	const char *p = *s;
	char quote = 0;

	for (; *p && (quote || !strchr(between_words, *p)); p++) {
		const bool escape =
		    *p == '\\' && p[1] && (!quote || (quote == '"' && strchr("$`\"\\", p[1])));
		if (*p == quote)
			quote = 0;
		else if (!quote && (*p == '"' || *p == '\''))
			quote = *p;
		else
			buf_byte(&word, *(p += escape));
	}
	*s = p;
	return arena_str(a, buf_text(&word));
}

struct strs text_words(struct arena *a, const char *s)
{
	struct strs words = { 0 };

	while (*(s += strspn(s, between_words)))
		strs_add(a, &words, next_word(a, &s));
	return words;
}

/* Comparisons */

bool text_is(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool text_is_ci(const char *a, const char *b)
{
	return a && b ? strcasecmp(a, b) == 0 : a == b;
}

bool text_starts(const char *s, const char *prefix)
{
	return s && strncmp(s, prefix, strlen(prefix)) == 0;
}

bool text_starts_ci(const char *s, const char *prefix)
{
	return s && strncasecmp(s, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *s, const char *suffix)
{
	const size_t n = s ? strlen(s) : 0, m = strlen(suffix);
	return s && n >= m && memcmp(s + n - m, suffix, m) == 0;
}

bool text_has_ci(const char *s, const char *part)
{
	if (s && !*part)
		return true;
	for (; s && *s; s++)
		if (text_starts_ci(s, part))
			return true;
	return false;
}

bool text_yes(const char *s)
{
	static const char *const yes[] = { "1", "true", "yes", "on" };
	for (size_t i = 0; s && i < sizeof yes / sizeof *yes; i++)
		if (text_is_ci(s, yes[i]))
			return true;
	return false;
}

int text_number(const char *s, long long min, long long max, long long *out)
{
	/* strtoll alone would also take "+1" and " 1". */
	if (!s || (*s != '-' && !is_digit(*s)))
		return -1;
	char *end;
	errno = 0;
	const long long n = strtoll(s, &end, 10);
	if (errno || *end || end == s || n < min || n > max)
		return -1;
	*out = n;
	return 0;
}

static unsigned smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: a swap of neighbours is one edit, as it is one slip of the fingers. */
unsigned text_distance(const char *a, const char *b)
{
	enum { longest = 64 };
	unsigned rows[3][longest + 1] = { { 0 } };
	const size_t n = strlen(a), m = strlen(b);
	if (m > longest)
		return (unsigned)(n > m ? n : m);
	unsigned *before = rows[0], *last = rows[1], *row = rows[2];
	for (unsigned j = 0; j <= m; j++)
		row[j] = j;
	for (unsigned i = 1; i <= n; i++) {
		unsigned *const oldest = before;
		before = last, last = row, row = oldest;
		row[0] = i;
		for (unsigned j = 1; j <= m; j++) {
			row[j] = smaller(smaller(last[j], row[j - 1]) + 1,
			    last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = smaller(row[j], before[j - 2] + 1);
		}
	}
	return row[m];
}

/* Characters */

size_t text_utf8(const char *s, uint32_t *c)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t first; /* below it the form is longer than needed */
	} forms[] = { { 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 } };
	const unsigned char *p = (const unsigned char *)s;
	for (size_t n = 0; n < sizeof forms / sizeof *forms; n++) {
		if ((*p & forms[n].mask) != forms[n].lead)
			continue;
		uint32_t value = *p & (unsigned char)~forms[n].mask;
		for (size_t i = 1; i <= n; i++) {
			if ((p[i] & 0xc0) != 0x80)
				return 0;
			value = value << 6 | (p[i] & 0x3f);
		}
		if (value < forms[n].first || value > 0x10ffff || value >> 11 == 0xd800 >> 11)
			return 0;
		*c = value;
		return n + 1;
	}
	return 0;
}

static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/* What is not seen, or turns the writing direction so that something else is seen. */
static bool is_invisible(uint32_t c)
{
	return c == 0xa0 || c == 0xad || (c >= 0x2000 && c <= 0x200f) ||
	    (c >= 0x2028 && c <= 0x202f) || (c >= 0x205f && c <= 0x206f) || c == 0x3000 ||
	    c == 0xfeff;
}

char *text_safe(struct arena *a, const char *s, size_t max)
{
	static const char dots[] = "...";
	if (!s)
		return arena_str(a, "");
	const size_t size = strnlen(s, max + 1), keep = max < 3 ? 0 : max - 3;
	char *all = arena_alloc(a, size + 1);
	size_t len = 0, cut = 0; /* cut: as much as leaves room for the dots */
	for (size_t n; *s; s += n) {
		uint32_t c;
		n = text_utf8(s, &c);
		const bool bad = n == 0 || is_control(c) || (c > 0xad && is_invisible(c));
		const size_t out = bad ? 1 : n;
		if (n == 0)
			n = 1;
		if (len + out > max) {
			const size_t room = max - cut < 3 ? max - cut : 3;
			memcpy(all + cut, dots, room);
			all[cut + room] = '\0';
			return all;
		}
		memcpy(all + len, bad ? "?" : s, out);
		len += out;
		if (len <= keep)
			cut = len;
	}
	return all;
}

/* Identifiers */

bool text_is_ipv4(const char *s)
{
	struct in_addr address;
	return s && inet_pton(AF_INET, s, &address) == 1;
}

bool text_is_ipv6(const char *s)
{
	struct in6_addr address;
	return s && inet_pton(AF_INET6, s, &address) == 1;
}

bool text_is_ip(const char *s)
{
	return text_is_ipv4(s) || text_is_ipv6(s);
}

bool text_is_token(const char *s)
{
	const size_t n = s ? strlen(s) : 0;
	for (size_t i = 0; i < n; i++)
		if (!is_alnum(s[i]) && s[i] != '-' && s[i] != '_')
			return false;
	return n >= 1 && n <= 256;
}

/* What is wrong with the character at s, or NULL; *n is its length. */
static const char *bad_character(const char *s, size_t *n)
{
	static char has[] = "has 'x' in it";
	uint32_t c;
	*n = text_utf8(s, &c);
	if (*n == 0)
		return "is not UTF-8";
	if (c == '*')
		return "has '*' elsewhere than as its first label";
	if (c == ' ' || c == '\t')
		return "has a space in it";
	if (is_control(c))
		return "has a control character in it";
	if (is_invisible(c))
		return "has an invisible character in it";
	if (c == 0x3002 || c == 0xff0e || c == 0xff61)
		return "has a dot in it that is not '.'";
	if (c >= 0x80 || is_alnum((int)c) || strchr("-_.", (int)c))
		return NULL;
	has[5] = (char)c;
	return has;
}

static const char *bad_label(const char *label, size_t n, bool ascii)
{
	if (n == 0)
		return "has an empty label";
	if (label[0] == '-')
		return "has a label that begins with '-'";
	if (label[n - 1] == '-')
		return "has a label that ends with '-'";
	/* How long another one is, only Punycode can tell. */
	return ascii && n > 63 ? "has a label longer than 63 bytes" : NULL;
}

const char *text_bad_name(const char *s)
{
	if (text_empty(s))
		return "is empty";
	if (strlen(s) > 253)
		return "is longer than 253 bytes";
	if (text_is_ip(s))
		return NULL;
	const char *why, *label = text_starts(s, "*.") ? s + 2 : s;
	bool ascii = true, digits = true;
	size_t n;
	for (const char *p = label;; p += n) {
		if (*p == '.' || *p == '\0') {
			why = bad_label(label, (size_t)(p - label), ascii);
			if (why || *p == '\0')
				break;
			label = p + 1;
			ascii = digits = true;
			n = 1;
			continue;
		}
		why = bad_character(p, &n);
		if (why)
			return why;
		ascii = ascii && n == 1;
		digits = digits && is_digit(*p);
	}
	if (!why && digits)
		why = "ends in a number but is no IP address";
	return why;
}
