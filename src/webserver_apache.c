/* Apache 2.4: the answer is the text of an "error document" for status 200, which is what is
 * said of the request wherever a virtual host would have led it elsewhere: by mod_rewrite, which
 * comes first, by mod_alias, which redirects next, and by a section of its own for what gets
 * through both, since the fixups of a section also run for requests that a proxy passes on. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "apachevhosts.h"
#include "arena.h"
#include "error.h"
#include "file.h"
#include "home.h"
#include "proc.h"
#include "webserver.h"

/* Named groups in expressions of ErrorDocument came with it. */
#define NEEDED "2.4.13"
#define NEEDED_PATCH 13

#define SETTING "APACHE_HTTPD_CONF"

#define PATH "^/\\.well-known/acme-challenge/"
#define TOKEN "[-_A-Za-z0-9]+"

/* Above everything else of the virtual host. */
#define REDIRECT "RedirectMatch 200 \"" PATH TOKEN "$\""
#define REWRITE \
	"<IfModule mod_rewrite.c>\n" \
	"RewriteRule \"" PATH TOKEN "$\" - [R=200,L]\n" \
	"</IfModule>"

/* Below everything else: of sections that fit a request the last one counts. */
static const char bottom_lines[] = "<LocationMatch \"" PATH "(?<challenge>" TOKEN ")$\">\n"
                                   "<IfModule mod_authz_core.c>\n"
                                   "Require all granted\n"
                                   "</IfModule>\n"
                                   "<IfModule mod_access_compat.c>\n"
                                   "Order allow,deny\n"
                                   "Allow from all\n"
                                   "</IfModule>\n"
                                   "RedirectMatch 200 .\n"
                                   "ErrorDocument 200 \"%{ENV:MATCH_CHALLENGE}.THUMBPRINT\"\n"
                                   "</LocationMatch>";

/* With the configuration file when it is not the program's own. */
static int call(struct webserver *w, const char *const *args, const char **out)
{
	const char *all[16] = { "-f", w->conf };
	size_t n = w->conf ? 2 : 0;

	for (; *args && n < 15; args++)
		all[n++] = *args;
	all[n] = NULL;
	return webserver_run(w, all, out);
}

static int check_version(struct webserver *w)
{
	const char *text, *version;
	long long patch;

	if (webserver_run(w, (const char *const[]){ "-v", NULL }, &text))
		return -1;
	version = strstr(text, "Apache/2.4.");
	if (!version)
		return 0; /* the distributor's own words */
	version += strlen("Apache/2.4.");
	version = arena_strn(w->mem, version, strspn(version, "0123456789"));
	if (text_number(version, 0, 9999, &patch) || patch >= NEEDED_PATCH)
		return 0;
	fail(w->mem, "Apache 2.4.%s is too old for this: " NEEDED " is needed", version);
	return remedy(w->mem, "use -w with the folder that it shows");
}

/* As acme.sh does, what the environment says is remembered, so that the daily run knows it too. */
static int find_conf(struct webserver *w)
{
	struct conf *c = w->run->home.conf;

	if (!text_empty(getenv(SETTING))) {
		conf_set(c, SETTING, getenv(SETTING));
		if (conf_save(c))
			return error_move(w->mem, w->run->mem);
	}
	if (!w->conf)
		w->conf = home_setting(&w->run->home, SETTING);
	w->conf = text_empty(w->conf) ? NULL : file_absolute(w->mem, w->conf);
	if (!w->conf || file_exists(w->conf))
		return 0;
	fail_errno(w->mem, "Apache's configuration %s", w->conf);
	return remedy(w->mem, SETTING " is where its main file is");
}

/* Debian's and SUSE's control program reads the environment that their configuration needs; Red
 * Hat's apachectl takes no options, but httpd does. */
static int find(struct webserver *w)
{
	static const char *const programs[] = { "apache2ctl", "httpd", "apachectl" };

	w->state = arena_alloc(w->mem, sizeof(struct apache_dump));
	for (size_t i = 0; i < sizeof programs / sizeof *programs && !w->program; i++)
		w->program = proc_which(w->mem, programs[i]);
	if (!w->program) {
		fail(w->mem,
		    "there is no program apache2ctl, httpd or apachectl in PATH or the "
		    "sbin folders");
		return remedy(w->mem, "without a web server use --standalone");
	}
	return find_conf(w) ? -1 : check_version(w);
}

static bool in_files(struct webserver *w, const char *needle)
{
	const struct apache_dump *d = w->state;
	bool found = false;

	for (size_t i = 0; i < d->files.n && needle && !found; i++) {
		struct arena *scratch = arena_new();
		const char *text = file_read(scratch, d->files.v[i], WEBEDIT_FILE_MAX, NULL);

		found = text && strstr(text, needle);
		arena_drop(scratch);
	}
	return found;
}

static int look(struct webserver *w)
{
	static const char *const args[] = { "-t", "-D", "DUMP_VHOSTS", "-D", "DUMP_RUN_CFG", "-D",
		"DUMP_INCLUDES", "-D", "DUMP_MODULES", NULL };
	struct apache_dump *d = w->state;
	const char *text;

	if (call(w, args, &text))
		return -1;
	apachevhosts_read(w->mem, text, d);
	w->pid_file = d->pid_file;
	w->has_thumbprint = in_files(w, w->thumbprint);
	if (!d->modules.n || strs_has(d->modules, "alias_module"))
		return 0;
	fail(w->mem, "Apache runs without mod_alias, which is needed here");
	return remedy(w->mem, "load it (a2enmod alias), or use -w");
}

static const char *real_path(struct arena *a, const char *path)
{
	char *real = realpath(path, NULL);
	const char *copy = arena_str(a, real ? real : path);

	free(real);
	return copy;
}

static const char *bottom(struct webserver *w)
{
	return text_replace(w->mem, bottom_lines, "THUMBPRINT", w->thumbprint ? w->thumbprint : "");
}

static int plan_vhost(struct webserver *w, const struct apache_vhost *h, const char *host)
{
	size_t n, from, to;

	if (!h->file) {
		fail(w->mem, "the virtual host of %s is made by a macro, which cannot be edited",
		    host);
		return remedy(w->mem, "use -w or --stateless");
	}
	const char *file = real_path(w->mem, h->file);
	const char *text = file_read(w->mem, file, WEBEDIT_FILE_MAX, &n);
	if (!text)
		return -1;
	if (apachevhosts_span(text, n, h->line, &from, &to))
		return fail(w->mem, "%s line %u: the virtual host of %s is not there", file,
		    h->line, host);
	webedits_add(w->mem, &w->edits, file, from, REDIRECT "\n" REWRITE);
	webedits_add(w->mem, &w->edits, file, to, bottom(w));
	webserver_door(w, h->address, host);
	return 0;
}

/* The offset behind "LoadModule NAME ...", 0 when it is not there. */
static size_t behind_load(const char *text, size_t n, const char *module)
{
	static const char load[] = "LoadModule";
	const char *const end = text + n;

	for (const char *line = text, *next; line < end; line = next) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		const char *word = line + strspn(line, " \t");

		next = newline ? newline + 1 : end;
		if (strncasecmp(word, load, strlen(load)) != 0)
			continue;
		word += strlen(load);
		word += strspn(word, " \t");
		if (strcspn(word, " \t\r\n") == strlen(module) &&
		    strncmp(word, module, strlen(module)) == 0)
			return (size_t)((newline ? newline : end) - text);
	}
	return 0;
}

/* The main server's lines above everything else: where their module becomes known, which is at the
 * start of the main file when it is built in. */
static void plan_top(struct webserver *w, const char *main_file, const char *module,
    const char *lines)
{
	const struct apache_dump *d = w->state;
	const char *file = main_file;
	size_t from = 0;

	for (size_t i = 0; i < d->files.n && !from; i++) {
		struct arena *scratch = arena_new();
		size_t n;
		const char *text = file_read(scratch, d->files.v[i], WEBEDIT_FILE_MAX, &n);

		if (text && (from = behind_load(text, n, module)))
			file = real_path(w->mem, d->files.v[i]);
		arena_drop(scratch);
	}
	webedits_add(w->mem, &w->edits, file, from, lines);
}

/* The end of the main file is behind all that it includes. */
static int plan_main(struct webserver *w, const char *host)
{
	const struct apache_dump *d = w->state;
	const char *file = w->conf ? w->conf : d->main_file;
	size_t n;

	if (!file)
		return webserver_no_way(w, "virtual host");
	file = real_path(w->mem, file);
	if (!file_read(w->mem, file, WEBEDIT_FILE_MAX, &n))
		return -1;
	plan_top(w, file, "alias_module", REDIRECT);
	if (strs_has(d->modules, "rewrite_module"))
		plan_top(w, file, "rewrite_module", REWRITE);
	webedits_add(w->mem, &w->edits, file, n, bottom(w));
	webserver_door(w, "*", host);
	return 0;
}

static int plan(struct webserver *w, const char *host)
{
	const struct apache_dump *d = w->state;
	bool main_server;
	const struct apache_vhosts found = apachevhosts_for(w->mem, d, host, w->port, &main_server);

	for (size_t i = 0; i < found.n; i++)
		if (plan_vhost(w, found.v[i], host))
			return -1;
	return main_server ? plan_main(w, host) : 0;
}

static int test(struct webserver *w)
{
	return call(w, (const char *const[]){ "-t", NULL }, NULL);
}

static int reload(struct webserver *w)
{
	return call(w, (const char *const[]){ "-k", "graceful", NULL }, NULL);
}

const struct webserver_kind apache_kind = {
	.name = "Apache",
	.find = find,
	.look = look,
	.plan = plan,
	.test = test,
	.reload = reload,
};
