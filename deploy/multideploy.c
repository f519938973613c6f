/* Several hooks, or one hook several times, with settings of their own each, from a YAML file in the
 * certificate's folder:
 *
 *   version: "1.0"
 *   services:
 *     - name: "traefik"
 *       hook: "docker"
 *       environment:
 *         DEPLOY_DOCKER_CONTAINER_LABEL: "sh.acme.autoload.service=traefik"
 *         DEPLOY_DOCKER_CONTAINER_KEY_FILE: "/certs/${Le_Domain}/key.pem"
 *
 * The environment may be a list of such pairs, too. This much of YAML 1.2 is read, and nothing else:
 * block mappings and lists, plain and quoted text on one line, comments. */
#include "../acme.h"

#include <ctype.h>

struct service_row {
	const char *name, *hook;
	struct strs settings; /* "NAME=value" */
};

struct reader {
	struct api *a;
	const struct deployment *d;
	const char *path;
	int line;
	struct service_row *rows;
	size_t n;
	/* Where we are. */
	size_t item, column; /* indent of the services' dashes, and of their keys */
	bool version, services, environment;
};

static int wrong(const struct reader *r, const char *what)
{
	return fail(r->a, "%s, line %d: %s", r->path, r->line, what);
}

/* --- one line ------------------------------------------------------------------------------- */

struct line {
	size_t indent, column; /* of a dash, or of the key; of the key */
	bool dash;
	const char *key, *value; /* value NULL: none */
};

/* Text in quotes. The end of it is left in *end. */
static const char *take_quoted(const struct reader *r, const char *s, const char **end)
{
	const char quote = *s++;
	struct buf b = buf_new(api_arena(r->a), 0);

	for (; *s; s++) {
		if (*s == quote && quote == '\'' && s[1] == quote) {
			s++;
		} else if (*s == quote) {
			*end = s + 1;
			return buf_text(&b);
		} else if (*s == '\\' && quote == '"') {
			static const char from[] = "\"\\/nt", to[] = "\"\\/\n\t";
			const char *at = *++s ? strchr(from, *s) : NULL;
			if (!at) {
				wrong(r, "only \\\" \\\\ \\/ \\n \\t are known after a backslash");
				return NULL;
			}
			buf_byte(&b, to[at - from]);
			continue;
		}
		buf_byte(&b, *s);
	}
	wrong(r, "a quote has no end");
	return NULL;
}

/* The value behind "key:", with what follows it left in *end. */
static const char *take_plain(const struct reader *r, const char *s, const char **end)
{
	size_t n = 0;

	if (strchr("&*!|>%@`{}[],", *s) || (strchr("-?:", *s) && s[1] == ' ')) {
		wrong(r, "this value must be put in quotes");
		return NULL;
	}
	while (s[n] && !(s[n] == '#' && n && s[n - 1] == ' ') &&
	    !(s[n] == ':' && (!s[n + 1] || s[n + 1] == ' ')))
		n++;
	*end = s + n;
	return text_trim(api_arena(r->a), arena_strn(api_arena(r->a), s, n));
}

static int take_value(const struct reader *r, const char *s, const char **value)
{
	const char *end = s += strspn(s, " ");

	*value = NULL;
	if (*s && *s != '#' &&
	    !(*value = strchr("\"'", *s) ? take_quoted(r, s, &end) : take_plain(r, s, &end)))
		return -1;
	end += strspn(end, " ");
	return *end && *end != '#' ? wrong(r, "there is something behind the value") : 0;
}

/* 1: a line with something on it, 0: an empty one, -1: failed. */
static int read_line(const struct reader *r, const char *text, struct line *l)
{
	const char *s = text + strspn(text, " ");
	size_t n;

	*l = (struct line){ .indent = (size_t)(s - text), .dash = *s == '-' && s[1] == ' ' };
	if (!*s || *s == '#' || text_is(text, "---"))
		return 0;
	if (l->dash)
		s += 1 + strspn(s + 1, " ");
	l->column = (size_t)(s - text);
	for (n = 0; isalnum((unsigned char)s[n]) || s[n] == '_'; n++)
		;
	if (!n || s[n] != ':' || (s[n + 1] && s[n + 1] != ' '))
		return wrong(r,
		    *s == '\t' ? "YAML does not indent by tabs" : "this is no 'key: value'");
	l->key = arena_strn(api_arena(r->a), s, n);
	return take_value(r, s + n + 1, &l->value) ? -1 : 1;
}

/* --- what it means -------------------------------------------------------------------------- */

static const char *variable(const struct reader *r, const char *name)
{
	const size_t n = strlen(name);

	if (text_is(name, "DOMAIN_DIR"))
		return strrchr(r->d->folder, '/') + 1;
	for (size_t i = 0; i < r->d->env.n; i++)
		if (strncmp(r->d->env.v[i], name, n) == 0 && r->d->env.v[i][n] == '=')
			return r->d->env.v[i] + n + 1;
	wrong(r, fmt(r->a, "there is no variable %s", name));
	return NULL;
}

/* ${NAME} becomes the variable's value, and $DOMAIN_DIR, as acme.sh's documentation has it; nothing else is
 * expanded. */
static const char *expand(const struct reader *r, const char *s)
{
	struct buf b = buf_new(api_arena(r->a), 0);
	const char *open;

	s = text_replace(api_arena(r->a), s, "$DOMAIN_DIR", "${DOMAIN_DIR}");
	for (; (open = strstr(s, "${")); s = open + strcspn(open, "}") + 1) {
		const size_t n = strcspn(open + 2, "}");
		const char *value = !open[2 + n]
		    ? (wrong(r, "a ${ has no end"), NULL)
		    : variable(r, arena_strn(api_arena(r->a), open + 2, n));
		if (!value)
			return NULL;
		buf_add(&b, s, (size_t)(open - s));
		buf_str(&b, value);
	}
	buf_str(&b, s);
	return buf_text(&b);
}

static int top_level(struct reader *r, const struct line *l)
{
	r->services = text_is(l->key, "services");
	if (r->services)
		return l->value ? wrong(r, "services is a list") : 0;
	if (!text_is(l->key, "version"))
		return wrong(r, "only version and services are known here");
	r->version = text_is(l->value, "1.0");
	return r->version ? 0 : wrong(r, "only version \"1.0\" is known");
}

static int service_key(struct reader *r, const struct line *l)
{
	struct service_row *row = &r->rows[r->n - 1];

	r->environment = text_is(l->key, "environment");
	if (r->environment)
		return l->value ? wrong(r, "environment is a mapping") : 0;
	if (!l->value)
		return wrong(r, "a value is missing");
	if (text_is(l->key, "name"))
		row->name = l->value;
	else if (text_is(l->key, "hook"))
		row->hook = l->value;
	else
		return wrong(r, "a service has name, hook and environment");
	return 0;
}

static int setting(struct reader *r, const struct line *l)
{
	const char *value = l->value ? expand(r, l->value) : "";

	if (!value)
		return -1;
	strs_add(api_arena(r->a), &r->rows[r->n - 1].settings, fmt(r->a, "%s=%s", l->key, value));
	return 0;
}

static int place(struct reader *r, const struct line *l)
{
	const bool first = r->services && l->dash && !r->n;

	if (!l->indent && !l->dash)
		return top_level(r, l);
	if (first || (r->services && l->dash && l->indent == r->item)) {
		r->item = l->indent;
		r->column = l->column;
		r->n++;
		return service_key(r, l);
	}
	if (r->services && r->n && !l->dash && l->indent == r->column)
		return service_key(r, l);
	if (r->environment && (l->indent > r->column || (l->dash && l->indent == r->column)))
		return setting(r, l);
	return wrong(r, "this line is indented in a way that makes no sense");
}

static int read_services(struct reader *r, const char *text)
{
	struct strs lines = { 0 };

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		strs_add(api_arena(r->a), &lines,
		    arena_strn(api_arena(r->a), text, strcspn(text, "\r\n")));
	r->rows = arena_alloc(api_arena(r->a), (lines.n + 1) * sizeof *r->rows);
	for (size_t i = 0; i < lines.n; i++) {
		struct line l;
		r->line++;
		const int found_one = read_line(r, lines.v[i], &l);
		if (found_one < 0 || (found_one && place(r, &l)))
			return -1;
	}
	if (!r->version || !r->n)
		return wrong(r, r->n ? "version: \"1.0\" is missing" : "there are no services");
	for (size_t i = 0; i < r->n; i++)
		if (!r->rows[i].name || !r->rows[i].hook)
			return wrong(r, "each service needs a name and a hook");
	return 0;
}

static int deploy(struct api *a, const struct deployment *d)
{
	const char *name = cred(a, "MULTIDEPLOY_FILENAME");
	struct reader r = { .a = a,
		.d = d,
		.path = *name == '/' ? name : fmt(a, "%s/%s", d->folder, name) };
	const char *text = api_file(a, r.path, NULL);
	struct error first = { 0 };

	if (!text || read_services(&r, text))
		return -1;
	for (size_t i = 0; i < r.n; i++) {
		api_step(a, "service %s", r.rows[i].name);
		info("Deploying to service %s by hook %s", r.rows[i].name, r.rows[i].hook);
		if (deploy_by(a, d, r.rows[i].hook, r.rows[i].settings))
			set_aside(a, &first);
	}
	return first_failure(a, &first);
}

const struct deploy_hook deploy_multideploy = {
	.svc = { .name = "multideploy",
	    .title = "Several services",
	    .site = "acme.sh",
	    .docs = "https://github.com/acmesh-official/acme.sh/wiki/deployhooks",
	    .creds = { { "MULTIDEPLOY_FILENAME", "file in the certificate's folder", 0, 0,
	        "multideploy.yml", NULL } },
	    .notes =
	        "The file has a name, a hook and an environment for each service. ${NAME} in it is "
	        "a variable, such as ${Le_Domain}." },
	.deploy = deploy,
	.live = true,
};
