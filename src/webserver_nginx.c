/* nginx: the answer is given in the rewrite phase of the server block (ngx_http_rewrite_module),
 * which comes before its locations, redirects, passwords and proxies, so that none of them is in
 * the way. */
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "error.h"
#include "file.h"
#include "home.h"
#include "nginxconf.h"
#include "proc.h"
#include "webserver.h"

struct nginx {
	const char *prefix, *conf_path, *pid_path; /* that it was built with */
	struct nginxconf conf;
};

/* The value of --name=value in what nginx -V prints. */
static const char *built_with(struct arena *a, const char *text, const char *name)
{
	const char *value = strstr(text, fmt(a, "--%s=", name));

	if (!value)
		return NULL;
	value = strchr(value, '=') + 1;
	return arena_strn(a, value, strcspn(value, " \t\r\n"));
}

/* A path below the prefix, unless it is whole by itself. */
static const char *below(struct arena *a, const struct nginx *n, const char *path)
{
	return *path == '/' ? path : file_join(a, n->prefix, path);
}

static int ask_version(struct webserver *w, struct nginx *n)
{
	static const char *const args[] = { "-V", NULL };
	const char *text;

	if (webserver_run(w, args, &text))
		return -1;
	n->prefix = built_with(w->mem, text, "prefix");
	n->conf_path = built_with(w->mem, text, "conf-path");
	n->pid_path = built_with(w->mem, text, "pid-path");
	n->prefix = n->prefix ? n->prefix : "/usr/local/nginx";
	n->conf_path = below(w->mem, n, n->conf_path ? n->conf_path : "conf/nginx.conf");
	n->pid_path = below(w->mem, n, n->pid_path ? n->pid_path : "logs/nginx.pid");
	return 0;
}

static int find(struct webserver *w)
{
	struct nginx *n = arena_alloc(w->mem, sizeof *n);

	w->state = n;
	w->program = proc_which(w->mem, "nginx");
	if (!w->program)
		w->program = proc_which(w->mem, "openresty"); /* nginx with Lua */
	if (!w->program) {
		fail(w->mem, "there is no program nginx in PATH or the sbin folders");
		return remedy(w->mem, "without a web server use --standalone");
	}
	if (ask_version(w, n))
		return -1;
	if (!w->conf)
		w->conf = home_setting(&w->run->home, "NGINX_CONF");
	w->conf = file_absolute(w->mem, text_empty(w->conf) ? n->conf_path : w->conf);
	if (file_exists(w->conf))
		return 0;
	fail_errno(w->mem, "nginx's configuration %s", w->conf);
	return remedy(w->mem, "give its path: --nginx /path/nginx.conf, or NGINX_CONF");
}

static int look(struct webserver *w)
{
	struct nginx *n = w->state;

	if (nginxconf_read(w->mem, w->conf, geteuid() != 0, w->thumbprint, &n->conf))
		return -1;
	w->pid_file = below(w->mem, n, n->conf.pid ? n->conf.pid : n->pid_path);
	w->has_thumbprint = n->conf.has_needle;
	return 0;
}

static int plan(struct webserver *w, const char *host)
{
	const struct nginx *n = w->state;
	const struct nginx_ways ways = nginxconf_ways(w->mem, &n->conf, host, w->port);
	const char *text = fmt(w->mem,
	    "if ($uri ~ \"^/\\.well-known/acme-challenge/([-_A-Za-z0-9]+)$\") {"
	    " return 200 \"$1.%s\"; }",
	    w->thumbprint ? w->thumbprint : "");

	for (size_t i = 0; i < ways.n; i++) {
		const struct nginx_way *way = &ways.v[i];

		webedits_add(w->mem, &w->edits, way->server->file, way->server->inside, text);
		webserver_door(w, way->proxy_protocol ? "unix:" : way->address, host);
	}
	return ways.n ? 0 : webserver_no_way(w, "server block");
}

static int test(struct webserver *w)
{
	return webserver_run(w, (const char *const[]){ "-t", "-c", w->conf, NULL }, NULL);
}

static int reload(struct webserver *w)
{
	return webserver_run(w, (const char *const[]){ "-c", w->conf, "-s", "reload", NULL }, NULL);
}

const struct webserver_kind nginx_kind = {
	.name = "nginx",
	.find = find,
	.look = look,
	.plan = plan,
	.test = test,
	.reload = reload,
};
