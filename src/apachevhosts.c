/* Apache's dump of its virtual hosts, line by line (ap_vhost.c, dump_vhost_config). */
#include "apachevhosts.h"

#include <ctype.h>
#include <fnmatch.h>
#include <limits.h>
#include <string.h>

#include "arena.h"

/* A dump being read. */
struct reader {
	struct arena *mem;
	struct apache_dump *out;
	const char *address; /* of the virtual hosts that follow */
	int port;
	const char *dflt;      /* "file:line" of its default */
	bool vhosts, includes; /* which part we are in */
};

/* --- parts of lines --------------------------------------------------------------------------- */

static const char *word(struct arena *a, const char **line)
{
	const size_t n = strcspn(*line, " \t");
	const char *w = arena_strn(a, *line, n);

	*line += n;
	*line += strspn(*line, " \t");
	return w;
}

/* "127.0.0.1:80", "[::1]:80", "*:*" */
static void read_address(struct reader *r, const char *text)
{
	const char *colon = strrchr(text, ':');
	long long port = 0;

	r->address = colon ? arena_strn(r->mem, text, (size_t)(colon - text)) : text;
	if (colon)
		text_number(colon + 1, 1, 65535, &port);
	r->port = (int)port;
	r->dflt = NULL;
}

/* What stands in the parentheses that end a line, NULL when there are none. */
static const char *place(struct arena *a, const char *line)
{
	const char *open = strchr(line, '(');
	const size_t n = open ? strlen(open) : 0;

	return n > 2 && open[n - 1] == ')' ? arena_strn(a, open + 1, n - 2) : NULL;
}

static const char *unquoted(struct arena *a, const char *s)
{
	const size_t n = strlen(s);

	return n > 1 && *s == '"' && s[n - 1] == '"' ? arena_strn(a, s + 1, n - 2) : s;
}

/* --- the lines -------------------------------------------------------------------------------- */

/* "name (file:line)"; a macro has other words there. */
static void add_vhost(struct reader *r, const char *line)
{
	struct apache_dump *d = r->out;
	struct apache_vhost h = { .address = r->address, .port = r->port };
	const char *name = word(r->mem, &line), *where = place(r->mem, line);
	const char *colon = where ? strrchr(where, ':') : NULL;
	long long number = 0;

	if (!where || !r->address)
		return;
	if (*where == '/' && colon && text_number(colon + 1, 1, INT_MAX, &number) == 0)
		h.file = arena_strn(r->mem, where, (size_t)(colon - where));
	h.line = (unsigned)number;
	h.is_default = !r->dflt || text_is(r->dflt, where);
	strs_add(r->mem, &h.names, text_lower(r->mem, name));
	if (d->n == 0 || (d->n >= 8 && !(d->n & (d->n - 1)))) {
		struct apache_vhost *more = arena_alloc(r->mem, (d->n ? 2 * d->n : 8) * sizeof h);

		if (d->n)
			memcpy(more, d->vhosts, d->n * sizeof h);
		d->vhosts = more;
	}
	d->vhosts[d->n++] = h;
}

/* Indented lines: about the address that was told last. */
static void read_inner(struct reader *r, const char *line)
{
	const char *first = word(r->mem, &line);

	if (text_is(first, "wild"))
		first = word(r->mem, &line);
	if (text_is(first, "default") && text_is(word(r->mem, &line), "server")) {
		word(r->mem, &line);
		r->dflt = place(r->mem, line);
	} else if (text_is(first, "port")) {
		word(r->mem, &line);
		word(r->mem, &line); /* namevhost */
		add_vhost(r, line);
	} else if (text_is(first, "alias") && r->out->n) {
		strs_add(r->mem, &r->out->vhosts[r->out->n - 1].names, text_lower(r->mem, line));
	}
}

static void read_outer(struct reader *r, const char *line)
{
	const char *first = word(r->mem, &line);

	if (text_is(first, "PidFile:")) {
		r->out->pid_file = unquoted(r->mem, line);
	} else if (r->vhosts && place(r->mem, line)) {
		read_address(r, first);
		add_vhost(r, line);
	} else if (r->vhosts && text_is(line, "is a NameVirtualHost")) {
		read_address(r, first);
	} else {
		r->vhosts = text_is(first, "VirtualHost");
		r->includes = text_is(first, "Included");
	}
}

/* "(12) /etc/apache2/x.conf", the main file with a star. */
static void read_include(struct reader *r, const char *line)
{
	const char *number = word(r->mem, &line);

	if (*number != '(' || *line != '/')
		return;
	if (text_is(number, "(*)"))
		r->out->main_file = arena_str(r->mem, line);
	strs_add(r->mem, &r->out->files, arena_str(r->mem, line));
}

void apachevhosts_read(struct arena *a, const char *text, struct apache_dump *out)
{
	struct reader r = { .mem = a, .out = out };

	*out = (struct apache_dump){ 0 };
	while (*text) {
		const size_t n = strcspn(text, "\n");
		const char *line = arena_strn(a, text, n);
		const char *trimmed = text_trim(a, line);

		if (*line != ' ')
			read_outer(&r, trimmed);
		else if (r.vhosts)
			read_inner(&r, trimmed);
		else if (r.includes)
			read_include(&r, trimmed);
		else if (strstr(trimmed, "_module ("))
			strs_add(a, &out->modules, arena_strn(a, trimmed, strcspn(trimmed, " ")));
		text += n + (text[n] == '\n');
	}
}

/* --- choice ----------------------------------------------------------------------------------- */

static bool has_name(const struct apache_vhost *h, const char *host)
{
	for (size_t i = 0; i < h->names.n; i++)
		if (fnmatch(h->names.v[i], host, FNM_NOESCAPE) == 0)
			return true;
	return false;
}

static bool same_address(const struct apache_vhost *x, const struct apache_vhost *y)
{
	return x->port == y->port && text_is(x->address, y->address);
}

/* Whether one at the same address has the name. */
static bool named_there(const struct apache_dump *d, const struct apache_vhost *h, const char *host)
{
	for (size_t i = 0; i < d->n; i++)
		if (same_address(&d->vhosts[i], h) && has_name(&d->vhosts[i], host))
			return true;
	return false;
}

struct apache_vhosts apachevhosts_for(struct arena *a, const struct apache_dump *d,
    const char *host, int port, bool *main_server)
{
	struct apache_vhosts found = { .v = arena_alloc(a,
		                           (d->n + 1) * sizeof(struct apache_vhost *)) };
	bool wild = false, named = false;

	host = text_lower(a, host);
	for (size_t i = 0; i < d->n; i++) {
		const struct apache_vhost *h = &d->vhosts[i];

		if (h->port && h->port != port)
			continue;
		wild |= text_is(h->address, "*");
		named |= has_name(h, host);
		if (has_name(h, host) || (h->is_default && !named_there(d, h, host)))
			found.v[found.n++] = h;
	}
	/* What comes to an address without virtual hosts is the main server's; but who gave a
	 * name to a virtual host lets it point to that one's address. */
	*main_server = !found.n || (!wild && !named);
	return found;
}

/* --- lines of a file -------------------------------------------------------------------------- */

static bool starts_with(const char *line, const char *end, const char *word)
{
	while (line < end && isblank((unsigned char)*line))
		line++;
	const size_t n = strlen(word);
	return (size_t)(end - line) >= n && strncasecmp(line, word, n) == 0;
}

int apachevhosts_span(const char *text, size_t n, unsigned line, size_t *top, size_t *bottom)
{
	const char *const end = text + n, *start = text, *before = NULL;
	bool continued = false, opened = false; /* the line before ends with a backslash; this is
	                                         * the directive */
	for (unsigned number = 1; start < end; number++) {
		const char *newline = memchr(start, '\n', (size_t)(end - start));
		const char *stop = newline ? newline : end;

		if (number <= line && (!continued || starts_with(start, stop, "<VirtualHost")))
			opened = starts_with(start, stop, "<VirtualHost");
		if (number == line) {
			if (!opened || !newline)
				return -1;
			*top = (size_t)(stop - text);
		} else if (number > line && before && starts_with(start, stop, "</VirtualHost")) {
			*bottom = (size_t)(before - text);
			return 0;
		}
		before = stop;
		continued =
		    stop > start && stop[-1 - (stop[-1] == '\r' && stop - start > 1)] == '\\';
		start = stop + 1;
	}
	return -1;
}
