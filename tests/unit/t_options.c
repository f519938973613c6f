/* The command line's parser: kinds of options, spellings, lists, mistakes; who comes before whom. */
#include "options.h"

#include <stdlib.h>
#include <unistd.h>

#include "arena.h"
#include "conf.h"
#include "error.h"
#include "tap.h"

static struct arena *a;

static int nothing(struct run *r, struct options *o)
{
	(void)r;
	(void)o;
	return 0;
}

static const struct command commands[] = {
	{ "--issue", nothing, 0, "x", "issue", NULL, "-d|--standalone|" GROUP_NETWORK },
	{ "--renew -r | --renewMe", nothing, 0, "x", "renew", NULL, NULL },
	{ "--help -h", nothing, TAKES_WORD, "x", "help", NULL, NULL },
	{ 0 },
};

/* The words of a line, as main() gets them. */
static int parse(const char *line, struct options *o)
{
	struct strs words = { 0 };

	strs_add(a, &words, "acme");
	for (struct strs w = text_split(a, line, " "); w.n; w.v++, w.n--)
		strs_add(a, &words, text_is(w.v[0], "''") ? "" : w.v[0]);
	strs_add(a, &words, NULL);
	*o = (struct options){ 0 };
	error_clear(a);
	return options_parse(a, (char **)(uintptr_t)words.v, commands, o);
}

static void test_kinds(void)
{
	struct options o;

	ok(parse("--issue -d a.test,b.test --domain c.test -d ''", &o) == 0, "names");
	is_str(text_join(a, o.domains, " "), "a.test b.test c.test", "as lists, repeated, empty");
	is_str(text_join(a, o.commands, " "), "--issue", "the command");
	ok(parse("-w /a --standalone --dns dns_x --dns --alpn --nginx --nginx /n", &o) == 0,
	    "ways to prove");
	is_str(o.spec.webroot, "/a,no,dns_x,dns,alpn,nginx:,nginx:/n", "as acme.sh keeps them");
	ok(parse("--challenge-alias x --domain-alias y --challenge-alias no", &o) == 0, "aliases");
	is_str(o.spec.challenge_alias, "x,=y,no,", "as acme.sh keeps them");
	ok(parse("--debug --log --syslog 7 --reloadcmd -x", &o) == 0,
	    "values that may be left out");
	is_str(o.debug, "2", "--debug alone");
	is_str(o.log_file, "", "--log alone");
	is_str(o.syslog, "7", "--syslog 7");
	is_str(o.spec.reload, "-x", "a value may begin with a dash");
	ok(parse("renew --listen-v4 -f", &o) == 0, "a first word without dashes");
	is_str(text_join(a, o.commands, " "), "--renew", "is a command");
	ok(o.set.force, "-f");
	is_str(o.spec.listen_v4, "1", "--listen-v4");
	ok(parse("--help issue", &o) == 0 && text_is(o.about, "issue"), "--help issue");
	ok(parse("--help --issue", &o) == 0 && text_is(o.about, "--issue"), "--help --issue");
	ok(parse("--help --debug", &o) == 0 && !o.about, "--help and an option");
}

static void test_mistakes(void)
{
	static const struct {
		const char *line, *text;
		int exit;
	} rows[] = {
		{ "--isue", "Unknown parameter: --isue; did you mean --issue?", 0 },
		{ "isue", "Unknown command: isue; did you mean issue?", 127 },
		{ "zzzzzzz", "Unknown command: zzzzzzz; 'acme --help' lists them all", 127 },
		{ "--issue issue", "Unknown parameter: issue; did you mean --issue?", 0 },
		{ "--keylenght", "Unknown parameter: --keylenght; did you mean --keylength?", 0 },
		{ "--domain=a", "Unknown parameter: --domain=a; write --domain a, without '='", 0 },
		{ "--nothing=a", "Unknown parameter: --nothing=a; 'acme --help' lists them all",
		    0 },
		{ "-d", "-d: a value is missing; write -d name", 0 },
		{ "-d --issue", "-d: a value is missing before --issue; write -d name", 0 },
		{ "--notify-level -1",
		    "--notify-level: a value is missing before -1; write --notify-level 0-3", 0 },
		{ "--home", "--home: a value is missing; write --home folder", 0 },
	};
	struct options o;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ok(parse(rows[i].line, &o) < 0, rows[i].line);
		is_str(error_text(a), rows[i].text, "its words");
		is_int(arena_error(a)->exit, rows[i].exit, "its exit code");
	}
}

/* What the command line gives, the environment, account.conf; and what comes of it. */
static void test_sources(void)
{
	static const char text[] = "USER_AGENT='conf'\nLOG_LEVEL='1'\nACME_USE_IPV4_REQUESTS='1'\n";
	struct home h = { .conf = conf_parse(a, "account.conf", text, sizeof text - 1) };
	struct options o;

	setenv("USER_AGENT", "env", 1);
	setenv("Le_HTTPPort", "81", 1);
	setenv("FORCE", "1", 1);
	setenv("Le_Listen_V4", "1", 1);
	parse("--useragent line --listen-v6", &o);
	options_complete(a, &o, &h);
	is_str(o.set.user_agent, "line", "the command line comes first");
	is_str(o.spec.http_port, "81", "then the environment");
	is_str(o.log_level, "1", "then account.conf");
	ok(o.set.force && o.set.request_v4, "flags, from both");
	is_str(o.spec.listen_v6, "1", "of two that exclude each other");
	is_str(o.spec.listen_v4, "", "the one that was given takes back the other");
	parse("--issue", &o);
	options_complete(a, &o, &h);
	is_str(o.set.user_agent, "env", "the environment before account.conf");
	parse("--request-v6 --useragent line --log x", &o);
	const struct options given = o;
	options_complete(a, &o, &h);
	ok(o.set.request_v6 && !o.set.request_v4, "also where account.conf has the other one");
	options_remember(&given, &h);
	is_str(conf_get(h.conf, "ACME_USE_IPV6_REQUESTS"), "1", "kept for later runs");
	is_str(conf_get(h.conf, "ACME_USE_IPV4_REQUESTS"), NULL, "in place of the other");
	is_str(conf_get(h.conf, "USER_AGENT"), "line", "what was given is kept");
	is_str(conf_get(h.conf, "LOG_LEVEL"), "1", "what was not stays");
	is_str(conf_get(h.conf, "FORCE"), NULL, "what the environment gave is not kept");
}

/* The table itself: no spelling stands for two things, each option can be told apart and helped. */
static void test_table(void)
{
	struct strs all = { 0 };

	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *o = &option_table[i];
		const struct strs names = text_split(a, o->names, " |");

		for (size_t j = 0; j < names.n; j++) {
			for (size_t k = 0; k < all.n; k++) /* letter case tells them apart */
				if (text_is(all.v[k], names.v[j]))
					ok(false, fmt(a, "%s stands twice", names.v[j]));
			strs_add(a, &all, names.v[j]);
		}
		if (!o->help != !o->group)
			ok(false, fmt(a, "%s: help and group go together", o->names));
		if (o->save && !o->conf)
			ok(false, fmt(a, "%s is kept under no key", o->names));
	}
	ok(all.n > 100, "each spelling is one option's");
	ok(option_matters(a, &commands[0], &option_table[0]),
	    "-d matters for --issue, by its name");
	for (size_t i = 0; i < option_count; i++)
		if (names_have(option_table[i].names, "--insecure"))
			ok(option_matters(a, &commands[0], &option_table[i]),
			    "--insecure by its group");
		else if (names_have(option_table[i].names, "--home"))
			ok(!option_matters(a, &commands[0], &option_table[i]), "--home does not");
}

int main(void)
{
	a = arena_new();
	test_kinds();
	test_mistakes();
	test_sources();
	test_table();
	arena_drop(a);
	return done();
}
