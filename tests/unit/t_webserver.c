/* What --nginx and --apache do to configuration files, and what Apache says about its virtual hosts. */
#include "webserver.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apachevhosts.h"
#include "arena.h"
#include "error.h"
#include "file.h"
#include "proc.h"

#include "tap.h"

static struct arena *a;
static char top[] = "/tmp/t_webserver.XXXXXX";

static const char *below(const char *name)
{
	return file_join(a, top, name);
}

static void put(const char *name, const char *text, size_t n)
{
	if (file_write(a, below(name), text, n, 0640, false))
		die("%s", error_text(a));
}

/* --- edits ------------------------------------------------------------------------------------ */

static void test_texts(void)
{
	static const char *const texts[] = { "", "\n", "{", "server {\n}\n", "server {\r\n}\r\n",
		"a{b}", "\n\n\n", "# acme 0: not ours\n{}\n", "\xef\xbb\xbf{\xff\n\x80}" };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		for (size_t at = 0; at <= strlen(texts[i]); at++) {
			size_t n = strlen(texts[i]);
			const char *in = webedit_insert(a, texts[i], &n, at, "x\ny", "1f");
			const bool there = strstr(in, "\nx\ny\n") && n > strlen(texts[i]);
			/* once more, at the end: both are taken away */
			in = webedit_insert(a, in, &n, n, "z", "1f");
			const char *out = webedit_strip(a, in, &n, "1f");

			ok(there && out && n == strlen(texts[i]) && memcmp(out, texts[i], n) == 0,
			    fmt(a, "text %zu, at %zu", i, at));
		}
	size_t n = 3;
	is_mem(webedit_strip(a, "a\0b", &n, "1f"), n, "a\0b", 3, "a NUL");
}

/* What people and editors may make of it. */
static void test_changed(void)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "a\n\t# acme 1f: x\n\ty\n\t# acme 1f end\nb", "ab" },
		{ "a\r\n# acme 1f: x\r\ny\r\n# acme 1f end\r\nb", "a\rb" },
		{ "# acme 1f: x\n# acme 1f end", "" },
		{ "a # acme 1f: x\n# acme 1f end\nb", "ab" },
		{ "a\n# acme 1f: x\nb\n", NULL },
		{ "a\n# acme 1f end\nb\n", NULL },
		{ "# acme 1f end\n# acme 1f: x\n", NULL },
		{ "# acme 2f: x\n# acme 2f end\n", "# acme 2f: x\n# acme 2f end\n" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t n = strlen(rows[i].text);
		is_str(webedit_strip(a, rows[i].text, &n, "1f"), rows[i].want,
		    text_safe(a, rows[i].text, 80));
	}
}

static void test_files(void)
{
	static const char one[] = "server {\n}\nserver {}\n", two[] = "http{";
	struct webedits list = { 0 };
	struct stat st;
	size_t n;

	put("one", one, strlen(one));
	put("two", two, strlen(two));
	webedits_add(a, &list, below("one"), 8, "first;");
	webedits_add(a, &list, below("one"), 8, "second;");
	webedits_add(a, &list, below("one"), 8, "first;");
	webedits_add(a, &list, below("one"), 19, "third;");
	webedits_add(a, &list, below("two"), 5, "fourth;");
	is_int((long long)list.n, 4, "the same is done once");
	is_int((long long)webedits_files(a, &list).n, 2, "two files");
	is_int(webedits_writable(a, &list), 0);
	is_int(webedits_apply(a, &list, "1f"), 0, "applied");
	const char *text = file_read(a, below("one"), 4096, &n);
	const char *first = strstr(text, "first;"), *second = strstr(text, "second;");
	ok(first && second && first < second && strstr(second, "third;"), "in their order");
	ok(stat(below("one"), &st) == 0 && (st.st_mode & 0777) == 0640, "the mode stays");
	is_int(webedit_undo(a, below("one"), "2f"), 0, "not ours");
	is_int(webedit_undo(a, below("one"), "1f"), 1, "undone");
	is_int(webedit_undo(a, below("one"), "1f"), 0, "again");
	is_int(webedit_undo(a, below("two"), "1f"), 1);
	is_int(webedit_undo(a, below("three"), "1f"), 0, "a file that is gone");
	is_str(file_read(a, below("one"), 4096, &n), one, "as it was");
	is_str(file_read(a, below("two"), 4096, &n), two, "as it was");

	list = (struct webedits){ 0 };
	webedits_add(a, &list, below("two"), 6, "x");
	ok(webedits_apply(a, &list, "1f") < 0 && strstr(error_text(a), "was changed just now"),
	    "a file that has become shorter");
	error_clear(a);
	put("half", "# acme 1f: x\n", 13);
	ok(webedit_undo(a, below("half"), "1f") < 0 && strstr(error_text(a), "by hand"),
	    error_text(a));
	error_clear(a);
}

static void test_journal(void)
{
	struct webjournal j = { .id = "1f" }, got;

	strs_add(a, &j.servers, "nginx /etc/nginx/nginx.conf");
	strs_add(a, &j.servers, "Apache ");
	strs_add(a, &j.files, "/a b");
	strs_add(a, &j.files, "/c\xff");
	is_int(webjournal_save(a, below("journal"), &j), 0);
	is_int(webjournal_load(a, below("journal"), &got), 0);
	is_str(got.id, "1f");
	is_str(text_join(a, got.servers, "|"), "nginx /etc/nginx/nginx.conf|Apache");
	is_str(text_join(a, got.files, "|"), "/a b|/c\xff");
	strs_add(a, &j.files, "/d\ne");
	ok(webjournal_save(a, below("journal"), &j) < 0 && strstr(error_text(a), "line end"),
	    "a path that it cannot hold");
	error_clear(a);
	put("journal", "file /x\n", 8);
	ok(webjournal_load(a, below("journal"), &got) < 0 && strstr(error_text(a), "damaged"),
	    "one without id");
	error_clear(a);
}

/* --- Apache ----------------------------------------------------------------------------------- */

static const char dump[] =
    "Included configuration files:\n"
    "  (*) /etc/apache2/apache2.conf\n"
    "    (14) /etc/apache2/sites/x y.conf\n"
    "VirtualHost configuration:\n"
    "[::1]:80               six.test (/etc/apache2/six.conf:27)\n"
    "127.0.0.1:80           is a NameVirtualHost\n"
    "         default server A.test (/etc/apache2/sites/x (y).conf:15)\n"
    "         port 80 namevhost A.test (/etc/apache2/sites/x (y).conf:15)\n"
    "                 alias www.a.test\n"
    "                 wild alias *.Wild.test\n"
    "                 wild alias w?.test\n"
    "         port 80 namevhost b.test (/etc/apache2/b.conf:20)\n"
    "10.0.0.1:*             any.test (/etc/apache2/any.conf:3)\n"
    "*:8080                 is a NameVirtualHost\n"
    "         default server x.test (/x.conf:1)\n"
    "         port 8080 namevhost x.test (/x.conf:1)\n"
    "         port 8080 namevhost m.test (macro 'vh' (defined on line 33 of \"/etc/a.conf\") used on "
    "line 38 of \"/etc/a.conf\":1)\n"
    "ServerRoot: \"/etc/apache2\"\n"
    "Main DocumentRoot: \"/var/www/html\"\n"
    "Mutex default: dir=\"/var/run/apache2/\" mechanism=default \n"
    "PidFile: \"/var/run/apache2/apache2.pid\"\n"
    "Define: DUMP_VHOSTS\n"
    "User: name=\"www-data\" id=33\n"
    "Loaded Modules:\n"
    " core_module (static)\n"
    " alias_module (shared)\n"
    "Syntax OK\n";

static void test_dump(void)
{
	static const struct {
		const char *host;
		int port;
		const char *want;
	} rows[] = {
		{ "a.test", 80, "six.test@[::1] a.test@127.0.0.1 any.test@10.0.0.1" },
		{ "WWW.a.test", 80, "six.test@[::1] a.test@127.0.0.1 any.test@10.0.0.1" },
		{ "x.y.wild.test", 80, "six.test@[::1] a.test@127.0.0.1 any.test@10.0.0.1" },
		{ "w1.test", 80, "six.test@[::1] a.test@127.0.0.1 any.test@10.0.0.1" },
		{ "b.test", 80, "six.test@[::1] b.test@127.0.0.1 any.test@10.0.0.1" },
		{ "no.test", 80, "six.test@[::1] a.test@127.0.0.1 any.test@10.0.0.1 main" },
		{ "x.test", 8080, "any.test@10.0.0.1 x.test@*" },
		{ "m.test", 8080, "any.test@10.0.0.1 m.test@*?" },
		{ "no.test", 8080, "any.test@10.0.0.1 x.test@*" },
		{ "no.test", 81, "any.test@10.0.0.1 main" },
	};
	struct apache_dump d;

	apachevhosts_read(a, dump, &d);
	is_int((long long)d.n, 6, "virtual hosts");
	is_str(d.pid_file, "/var/run/apache2/apache2.pid");
	is_str(d.main_file, "/etc/apache2/apache2.conf");
	is_str(text_join(a, d.files, "|"), "/etc/apache2/apache2.conf|/etc/apache2/sites/x y.conf");
	is_str(text_join(a, d.modules, "|"), "core_module|alias_module");
	is_str(d.vhosts[1].file, "/etc/apache2/sites/x (y).conf", "a path with parentheses");
	is_int(d.vhosts[1].line, 15);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bool main_server;
		const struct apache_vhosts v =
		    apachevhosts_for(a, &d, rows[i].host, rows[i].port, &main_server);
		const char *got = "";

		for (size_t k = 0; k < v.n; k++)
			got = fmt(a, "%s%s%s@%s%s", got, k ? " " : "", v.v[k]->names.v[0],
			    v.v[k]->address, v.v[k]->file ? "" : "?");
		is_str(fmt(a, "%s%s", got, main_server ? " main" : ""), rows[i].want,
		    fmt(a, "%s at %d", rows[i].host, rows[i].port));
	}
	apachevhosts_read(a, "VirtualHost configuration:\n", &d);
	bool main_server = false;
	ok(apachevhosts_for(a, &d, "a.test", 80, &main_server).n == 0 && main_server,
	    "none: all is the main server's");
	apachevhosts_read(a, "\n(\n  (\n()\nVirtualHost\n a\n:) (\n(x:1)\nx (/\n port\n", &d);
	ok(true, "nonsense is read to its end");
}

static void test_span(void)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *want; /* NULL: none; | where the lines would stand */
	} rows[] = {
		{ "<VirtualHost *:80>\nA\n</VirtualHost>\n", 1,
		    "<VirtualHost *:80>|\nA|\n</VirtualHost>\n" },
		{ "x\n\t<virtualhost *:80>\n\tA\n\t</VIRTUALHOST>", 2,
		    "x\n\t<virtualhost *:80>|\n\tA|\n\t</VIRTUALHOST>" },
		{ "<VirtualHost \\\n *:80>\nA\n</VirtualHost>\n", 2,
		    "<VirtualHost \\\n *:80>|\nA|\n</VirtualHost>\n" },
		{ "<VirtualHost \\\r\n a \\\r\n b>\r\nA\r\n</VirtualHost>", 3,
		    "<VirtualHost \\\r\n a \\\r\n b>\r|\nA\r|\n</VirtualHost>" },
		{ "<VirtualHost *>\n</VirtualHost>\n", 1, "<VirtualHost *>||\n</VirtualHost>\n" },
		{ "<VirtualHost *>\n# </VirtualHost>\n</VirtualHost>\n", 1,
		    "<VirtualHost *>|\n# </VirtualHost>|\n</VirtualHost>\n" },
		{ "a\n<VirtualHost *>\n</VirtualHost>\n", 1, NULL },
		{ "<VirtualHost *>\nA\n</VirtualHost>\n", 2, NULL },
		{ "<VirtualHost *>\nA\n", 1, NULL },
		{ "<VirtualHost *>", 1, NULL },
		{ "", 1, NULL },
		{ "<VirtualHost *>\n</VirtualHost>\n", 9, NULL },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *text = rows[i].text;
		size_t from = 0, to = 0;
		const int got = apachevhosts_span(text, strlen(text), rows[i].line, &from, &to);

		is_str(got ? NULL
		           : fmt(a, "%.*s|%.*s|%s", (int)from, text, (int)(to - from), text + from,
		                 text + to),
		    rows[i].want, fmt(a, "%s line %u", text_safe(a, text, 80), rows[i].line));
	}
}

/* --- what an earlier run left ----------------------------------------------------------------- */

static const char *asked; /* the arguments that nginx was called with */
static int broken;        /* the exit code of its test */

static int fake_nginx(struct arena *mem, struct proc *p)
{
	const bool version = text_is(p->argv[1], "-V"), test = text_is(p->argv[1], "-t");

	p->out = arena_str(mem, "");
	p->err = fmt(mem, "%s%s%s", version ? "configure arguments: --pid-path=pid --prefix=" : "",
	    version ? top : "", test && broken ? "[warn] dull\nnginx: [emerg] bad" : "");
	p->status = test ? broken : 0;
	for (size_t i = 1; p->argv[i]; i++)
		asked = fmt(a, "%s %s", asked, p->argv[i]);
	return 0;
}

/* What a run that was killed leaves: a file with these lines, and the journal. */
static void leave(const char *text)
{
	const char *journal = fmt(a, "id 1f\nserver nginx %s\nfile %s\nfile %s\n",
	    below("nginx.conf"), below("nginx.conf"), below("is gone"));

	put("nginx.conf", text, strlen(text));
	put(".webserver.journal", journal, strlen(journal));
	asked = "";
}

static const char *now(const char *name)
{
	size_t n;
	return file_read(a, below(name), 4096, &n);
}

#define LEFT "http {}\n# acme 1f: x\ny;\n# acme 1f end\n"

static void test_mend(void)
{
	const char *reload =
	    fmt(a, " -V -t -c %s -c %s -s reload", below("nginx.conf"), below("nginx.conf"));
	struct run r = { .mem = a, .home = { .config = top } };
	const char *pid = fmt(a, "%ld\n", (long)getpid());

	mkdir(below("bin"), 0755);
	put("bin/nginx", "", 0);
	ok(chmod(below("bin/nginx"), 0755) == 0 && setenv("PATH", below("bin"), 1) == 0);
	put("pid", pid, strlen(pid));
	proc_run_hook = fake_nginx;

	asked = "";
	webserver_mend(&r);
	is_str(asked, "", "nothing is left: nothing is done");

	leave(LEFT);
	webserver_mend(&r);
	is_str(now("nginx.conf"), "http {}", "the lines go");
	is_str(asked, reload, "nginx is tested and reloaded");
	ok(!file_exists(below(".webserver.journal")), "and so does the journal");

	leave(LEFT);
	const int lock = file_lock(a, below(".webserver.lock"), 0, NULL);
	webserver_mend(&r);
	is_str(now("nginx.conf"), LEFT, "what a run that is alive has put there stays");
	is_str(asked, "");
	file_unlock(lock);

	broken = 1;
	webserver_mend(&r);
	is_str(now("nginx.conf"), "http {}", "a configuration that others broke: the lines go");
	ok(!strstr(asked, "reload"), "and nginx is not reloaded");
	broken = 0;

	leave(LEFT);
	file_remove(a, below("pid"));
	webserver_mend(&r);
	is_str(now("nginx.conf"), "http {}", "nginx is not running: the lines go");
	ok(!strstr(asked, "reload"), "and it is not started");

	leave("http {}\n# acme 1f: x\n");
	webserver_mend(&r);
	ok(file_exists(below(".webserver.journal")), "what cannot be undone stays noted");
	proc_run_hook = NULL;
}

int main(void)
{
	a = arena_new();
	if (!mkdtemp(top))
		return 1;
	test_texts();
	test_changed();
	test_files();
	test_journal();
	test_dump();
	test_span();
	test_mend();
	setenv("PATH", "/usr/bin:/bin", 1);
	if (system(fmt(a, "rm -rf '%s'", top)) != 0)
		return 1;
	arena_drop(a);
	return done();
}
