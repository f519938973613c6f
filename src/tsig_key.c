/* TSIG keys as they are handed out: BIND's key clause (tsig-keygen, ddns-confgen), the KEY record of
 * older tools (dnssec-keygen), "algorithm:name:base64" (keymgr, nsupdate -y). */
#include "tsig.h"

#include <string.h>

#include "arena.h"
#include "b64.h"
#include "error.h"
#include "file.h"
#include "log.h"
#include "text.h"

enum { FILE_MAX = 64 * 1024 };

static const struct {
	const char *name; /* the first one of a digest is what messages have */
	enum hash hash;
	const char *number; /* in KEY records */
} algorithms[] = {
	{ "hmac-md5.sig-alg.reg.int", HASH_MD5, "157" },
	{ "hmac-md5", HASH_MD5, "157" },
	{ "hmac-sha1", HASH_SHA1, "161" },
	{ "hmac-sha224", HASH_SHA224, "162" },
	{ "hmac-sha256", HASH_SHA256, "163" },
	{ "hmac-sha384", HASH_SHA384, "164" },
	{ "hmac-sha512", HASH_SHA512, "165" },
};

enum { ALGORITHMS = sizeof algorithms / sizeof *algorithms };

const char *tsig_algorithm(enum hash h)
{
	for (size_t i = 0; i < ALGORITHMS; i++)
		if (algorithms[i].hash == h)
			return algorithms[i].name;
	die("TSIG: digest %d", (int)h);
}

/* The digest of a name or number; 0: there is none. "hmac-sha256-128" is a signature of which only
 * 128 bits must be sent. */
static enum hash find_algorithm(struct arena *a, const char *text)
{
	const char *dash = text_starts_ci(text, "hmac-") ? strchr(text + 5, '-') : NULL;
	const char *name = dash && strspn(dash + 1, "0123456789") == strlen(dash + 1)
	    ? arena_strn(a, text, (size_t)(dash - text))
	    : text;
	for (size_t i = 0; i < ALGORITHMS; i++)
		if (text_is_ci(name, algorithms[i].name) || text_is(name, algorithms[i].number))
			return algorithms[i].hash;
	return 0;
}

static const struct tsig_key *make(struct arena *a, const char *algorithm, enum hash dflt,
    const char *name, const char *base64)
{
	struct tsig_key *k = arena_alloc(a, sizeof *k);
	struct buf scratch = buf_new(a, 0);
	secret(base64);
	k->hash = algorithm ? find_algorithm(a, algorithm) : dflt;
	char *lower = text_lower(a, name);
	if (text_ends(lower, "."))
		lower[strlen(lower) - 1] = 0;
	k->name = lower;
	if (!k->hash) {
		fail(a, "'%s' is no algorithm of a TSIG key", text_safe(a, algorithm, 60));
		remedy(a,
		    "hmac-md5, hmac-sha1, hmac-sha224, hmac-sha256, hmac-sha384 and hmac-sha512 are");
		return NULL;
	}
	if (!*lower || tsig_put_name(&scratch, lower))
		return fail_null(a, "'%s' is no name of a TSIG key", text_safe(a, name, 100));
	k->secret = b64_decode(a, base64, &k->len);
	if (!k->secret || !k->len)
		return fail_null(a, "the secret of TSIG key '%s' is not base64",
		    text_safe(a, name, 100));
	return k;
}

const struct tsig_key *tsig_key_parse(struct arena *a, const char *text, enum hash dflt)
{
	struct strs p = text_split(a, text, ": \t\r\n");
	if (p.n == 3)
		return make(a, p.v[0], dflt, p.v[1], p.v[2]);
	if (p.n == 2)
		return make(a, NULL, dflt, p.v[0], p.v[1]);
	fail(a, "the TSIG key cannot be read");
	remedy(a, "write it as hmac-sha256:name:base64");
	return NULL;
}

/* --- BIND's clause --- */

/* The next word of a named.conf, or one of "{};"; NULL at the end. Comments are passed over. */
static const char *next_word(struct arena *a, const char **at)
{
	const char *p = *at;
	for (;;) {
		p += strspn(p, " \t\r\n");
		if (*p == '#' || strncmp(p, "//", 2) == 0) {
			p += strcspn(p, "\n");
		} else if (strncmp(p, "/*", 2) == 0) {
			const char *end = strstr(p + 2, "*/");
			p = end ? end + 2 : p + strlen(p);
		} else {
			break;
		}
	}
	if (!*p)
		return NULL;
	const bool in_quotes = *p == '"';
	const char *start = p + in_quotes;
	const size_t n = in_quotes ? strcspn(start, "\"\n")
	    : strchr("{};", *p)    ? 1
	                           : strcspn(start, " \t\r\n{};\"");
	*at = start + n + (start[n] == '"' && in_quotes);
	return arena_strn(a, start, n);
}

static const struct tsig_key *read_clause(struct arena *a, const char *text)
{
	const char *name = NULL, *algorithm = NULL, *base64 = NULL, *word;
	bool inside = false;
	while ((word = next_word(a, &text)) && !(inside && text_is(word, "}"))) {
		if (!inside && text_is_ci(word, "key"))
			name = next_word(a, &text);
		else if (!inside)
			inside = name && text_is(word, "{");
		else if (text_is_ci(word, "algorithm"))
			algorithm = next_word(a, &text);
		else if (text_is_ci(word, "secret"))
			base64 = next_word(a, &text);
	}
	if (!name || !inside)
		return NULL;
	if (!algorithm || !base64)
		return fail_null(a, "key '%s' has no %s", text_safe(a, name, 100),
		    algorithm ? "secret" : "algorithm");
	return make(a, algorithm, 0, name, base64);
}

/* --- KEY records: "name. IN KEY 512 3 157 base64" --- */
static const struct tsig_key *read_record(struct arena *a, const char *text)
{
	enum { NUMBERS = 3 };
	struct strs lines = text_split(a, text, "\n");
	for (size_t i = 0; i < lines.n; i++) {
		struct strs w = text_split(a, lines.v[i], " \t\r");
		size_t key = 1;
		while (key < w.n && !text_is_ci(w.v[key], "KEY"))
			key++;
		if (key + NUMBERS + 1 >= w.n || *w.v[0] == ';')
			continue;
		const struct strs rest = { w.v + key + NUMBERS + 1, w.n - key - NUMBERS - 1, 0 };
		return make(a, w.v[key + NUMBERS], 0, w.v[0], text_join(a, rest, ""));
	}
	return NULL;
}

/* --- files --- */
static const struct tsig_key *read_line(struct arena *a, const char *text)
{
	struct strs lines = text_split(a, text, "\n");
	for (size_t i = 0; i < lines.n; i++)
		if (*lines.v[i] != '#' && *lines.v[i] != ';')
			return strchr(lines.v[i], ':') ? tsig_key_parse(a, lines.v[i], HASH_SHA256)
			                               : NULL;
	return NULL;
}

const struct tsig_key *tsig_key_read(struct arena *a, const char *text)
{
	const struct tsig_key *k = read_clause(a, text);
	if (!k && !failed(a))
		k = read_record(a, text);
	if (!k && !failed(a))
		k = read_line(a, text);
	if (k || failed(a))
		return k;
	fail(a, "there is no TSIG key in it");
	remedy(a,
	    "tsig-keygen writes such files: key \"name\" { algorithm hmac-sha256; secret \"...\"; };");
	return NULL;
}

const struct tsig_key *tsig_key_file(struct arena *a, const char *path)
{
	const char *of = path;
	if (text_ends(path, ".private"))
		of = fmt(a, "%.*s.key", (int)(strlen(path) - strlen(".private")), path);
	const char *text = file_read(a, of, FILE_MAX, NULL);
	if (!text)
		return NULL;
	const struct tsig_key *k = tsig_key_read(a, text);
	struct error *e = arena_error(a);
	if (!k && e->what)
		e->what = fmt(a, "%s: %s", of, e->what);
	return k;
}
