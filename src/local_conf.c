/* Servers that are told in their configuration file where key and certificate are: lines NAME=VALUE. */
#include "api.h"
#include "file.h"
#include "local.h"

/* Whether a line sets this option; so does one that is commented out when that is asked for. */
static bool sets(const char *line, const char *name, bool commented)
{
	const size_t n = strlen(name);

	line += strspn(line, " \t");
	if (commented && *line == '#')
		line += 1 + strspn(line + 1, " \t");
	return strncmp(line, name, n) == 0 && line[n + strspn(line + n, " \t")] == '=';
}

/* Where a new line goes: behind the option where it is commented out, before what must come later, or to the
 * end. */
static size_t place_for(struct strs lines, const char *name, const char *before)
{
	for (size_t i = 0; i < lines.n; i++)
		if (sets(lines.v[i], name, true))
			return i + 1;
	for (size_t i = 0; before && i < lines.n; i++)
		if (text_starts(lines.v[i] + strspn(lines.v[i], " \t"), before))
			return i;
	return lines.n;
}

static void set(struct arena *a, struct strs *lines, const struct named_value *o,
    const char *before)
{
	const char *line = fmt(a, "%s=%s", o->name, o->value);
	bool there = false;

	for (size_t i = 0; i < lines->n; i++)
		if (sets(lines->v[i], o->name, false)) {
			lines->v[i] = line;
			there = true;
		}
	if (there)
		return;
	size_t i = place_for(*lines, o->name, before);
	strs_add(a, lines, "");
	for (size_t k = lines->n - 1; k > i; k--)
		lines->v[k] = lines->v[k - 1];
	lines->v[i] = line;
}

/* All lines, empty ones too, and no last one behind the final line end. */
static struct strs lines_of(struct arena *a, const char *text)
{
	struct strs lines = { 0 };

	while (*text) {
		const size_t n = strcspn(text, "\n");
		strs_add(a, &lines, arena_strn(a, text, n));
		text += n + (text[n] == '\n');
	}
	return lines;
}

static char *edited(struct arena *a, const char *text, const struct server_setup *s)
{
	struct strs lines = lines_of(a, text);

	for (size_t i = 0; i < sizeof s->options / sizeof *s->options && s->options[i].name; i++)
		set(a, &lines, &s->options[i], s->before);
	return fmt(a, "%s\n", text_join(a, lines, "\n"));
}

/* The file as it was, where acme.sh keeps such things. */
static int keep_old(struct api *a, const struct deployment *d, const char *conf, const char *text)
{
	const char *folder = file_join(api_arena(a), d->folder, "backup");
	const char *name = strrchr(conf, '/');

	return file_mkdirs(api_arena(a), folder, 0700) ||
	        put_text(a, fmt(a, "%s/%s.bak", folder, name ? name + 1 : conf), text, 0600)
	    ? -1
	    : 0;
}

int setup_server(struct api *a, const struct deployment *d, const struct server_setup *s)
{
	struct arena *mem = api_arena(a);
	const char *old = api_file(a, s->conf, NULL);
	const char *text = old ? edited(mem, old, s) : NULL;
	const bool changed = !text_is(old, text);

	if (!old || file_mkdirs(mem, file_dir(mem, s->key), 0755) ||
	    put_text(a, s->key, d->key, 0600) || put_text(a, s->fullchain, d->fullchain, 0644))
		return -1;
	if (changed && (keep_old(a, d, s->conf, old) || put_text(a, s->conf, text, 0644)))
		return -1;
	if (run_line(a, d->env, s->reload) == 0)
		return 0;
	if (changed && put_text(a, s->conf, old, 0644) == 0)
		run_line(a, d->env, s->reload);
	return -1;
}
