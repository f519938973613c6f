/* The daily run: whose line of a crontab is whose, and whose systemd units. */
#include <stdlib.h>

#include "error.h"
#include "homes.h"
#include "schedule.h"
#include "tap.h"

#define COUNT(rows) (sizeof rows / sizeof *rows)

static struct arena *a;
static struct home home, apart;

static struct home home_at(const char *dir, const char *config)
{
	const struct home_ask ask = { .home = dir, .config_home = config };
	struct home h;

	if (home_open(a, &ask, &h))
		die("no home");
	return h;
}

static void test_crontab(void)
{
	static const struct {
		const char *before, *added, *removed;
	} rows[] = {
		{ "", "LINE\n", "" },
		{ "0 0 * * * x\n", "0 0 * * * x\nLINE\n", "0 0 * * * x\n" },
		{ "0 0 * * * x", "0 0 * * * x\nLINE\n", "0 0 * * * x" },
		{ "A=1\n1 2 * * * \"/h\"/acme.sh --cron --home \"/h\" > /dev/null\n#c\n",
		    "A=1\n1 2 * * * \"/h\"/acme.sh --cron --home \"/h\" > /dev/null\n#c\n",
		    "A=1\n#c\n" },
		{ "# 1 2 * * * /h/acme.sh --cron\n", "# 1 2 * * * /h/acme.sh --cron\nLINE\n",
		    "# 1 2 * * * /h/acme.sh --cron\n" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		is_str(schedule_add(a, &home, rows[i].before, "LINE"), rows[i].added, "added");
		is_str(schedule_remove(a, &home, rows[i].before), rows[i].removed, "removed");
	}
}

/* What runs the daily job of /h (with account.conf in /c d), and what does not. */
static void test_ours(void)
{
	static const struct {
		const char *line;
		const struct home *h;
		bool ours;
	} rows[] = {
		{ "7 8 * * * \"/h\"/acme.sh --cron --home \"/h\" > /dev/null", &home, true },
		{ "7 8 * * * \"/h\"/acme.sh --cron --home \"/h/\" > /dev/null", &home, true },
		{ "7 8 * * * /h/acme --cron --home /h", &home, true },
		{ "7 8 * * * '/h/acme' --cron --home '/h//'", &home, true },
		{ "7 8 * * * /usr/bin/acme.sh --home /h --cron", &home, true },
		{ "@daily nice /h/acme.sh --cron", &home, true },
		{ "7 8 * * * (sleep 9;/h/acme.sh --cron --home /h>/dev/null)", &home, true },
		{ "7 8 * * * $HOME/acme.sh --cron --home ~/", &home, true },
		{ "7 8 * * * /h/acme.sh --cron --home \"/other\" > /dev/null", &home, false },
		{ "7 8 * * * /other/acme.sh --cron", &home, false },
		{ "7 8 * * * \"/h 2\"/acme.sh --cron --home \"/h 2\"", &home, false },
		{ "7 8 * * * /h/acme.sh --list", &home, false },
		{ "7 8 * * * /h/acme.sh.old --cron", &home, false },
		{ "#7 8 * * * /h/acme.sh --cron", &home, false },
		{ "7 8 * * * \"/h\"/acme.sh --cron --home \"/h\" --config-home \"/c d\"", &apart,
		    true },
		{ "7 8 * * * \"/h\"/acme.sh --cron --home \"/h\" --config-home \"/c d\"", &home,
		    false },
		{ "7 8 * * * \"/h\"/acme.sh --cron --home \"/h\" > /dev/null", &apart, false },
	};

	setenv("HOME", "/h", 1);
	for (size_t i = 0; i < COUNT(rows); i++)
		is_int(*schedule_remove(a, rows[i].h, rows[i].line) == 0, rows[i].ours,
		    arena_fmt(a, "%s: %s", rows[i].ours ? "ours" : "not ours", rows[i].line));
}

static void put(const char *folder, const char *name, const struct home *h)
{
	const char *text = schedule_service(a, h);
	if (file_write(a, file_join(a, folder, name), text, strlen(text), 0644, false))
		die("no unit");
}

/* What a run would not find by itself stands in the line. */
static void test_places(void)
{
	const char *folder = new_folder(a), *conf = file_join(a, folder, "other.conf");
	const struct home_ask ask = { .home = folder, .cert_home = "/certs", .account_conf = conf };
	struct conf *usual = conf_load(a, file_join(a, folder, "account.conf"));
	struct home h;

	home_open(a, &ask, &h);
	const char *line = schedule_line(a, &h), *service = schedule_service(a, &h);
	ok(strstr(line, " --cert-home \"/certs\" --accountconf \"/") != NULL, line);
	ok(strstr(service, " --cert-home \"/certs\" --accountconf \"/") != NULL,
	    "the service, too");
	conf_set(h.conf, "CERT_HOME", "/certs");
	conf_set(usual, "ACCOUNT_CONF_PATH", conf);
	conf_save(usual);
	ok(!strstr(schedule_line(a, &h), "/certs") && !strstr(schedule_line(a, &h), "other.conf"),
	    "what account.conf tells does not");
	drop_folder(a, folder);
}

static void test_program(void)
{
	const char *folder = new_folder(a), *program = file_join(a, folder, "acme.sh");
	const struct home h = home_at(folder, NULL);

	ok(strstr(schedule_line(a, &h), "/t_schedule\" --cron --home") != NULL,
	    "a home without a program has this one run");
	ok(*schedule_remove(a, &h, schedule_line(a, &h)) == 0, "and the line is its");
	file_write(a, program, "", 0, 0755, false);
	ok(strstr(schedule_line(a, &h),
	       arena_fmt(a, "* * * \"%s\"/acme.sh --cron --home \"%s\" > /dev/null", folder,
	           folder)) != NULL,
	    "else its own, in acme.sh's way");
	drop_folder(a, folder);
}

static void test_units(void)
{
	const char *folder = new_folder(a), *own;
	const struct home other = home_at("/other", NULL);

	is_str(schedule_unit(a, &home, folder), "acme",
	    "the first home's units have the usual name");
	put(folder, "acme.service", &home);
	is_str(schedule_unit(a, &home, folder), "acme", "and find it again");
	own = schedule_unit(a, &other, folder);
	ok(strncmp(own, "acme-", 5) == 0 && strlen(own) == 13, "a second home's have a suffix");
	put(folder, arena_fmt(a, "%s.service", own), &other);
	is_str(schedule_unit(a, &other, folder), own, "which stays the same");
	file_remove(a, file_join(a, folder, "acme.service"));
	is_str(schedule_unit(a, &other, folder), own, "also when the first home has gone");
	ok(strcmp(schedule_unit(a, &apart, folder), own) != 0, "and is another home's neither");
	drop_folder(a, folder);
}

/* Paths that cron, sh and systemd take for something else. */
static void test_quoting(void)
{
	static const char *const names[] = { "a b", "a$b", "$HOME", "a%b", "%h", "a\"b", "a'b",
		"a`b", "a\\b", "a\\%b\\" };
	const char *folder = new_folder(a), *unit = file_join(a, folder, "acme.service");

	for (size_t i = 0; i < COUNT(names); i++) {
		const char *dir = file_join(a, folder, names[i]);
		const struct home h = home_at(dir, file_join(a, dir, "c"));
		struct proc p = { .argv = (const char *const[]){ "systemd-analyze", "verify", unit,
			              NULL },
			.env = proc_environment(a),
			.capture = true,
			.capture_err = true };

		if (file_mkdirs(a, dir, 0755) ||
		    file_write(a, file_join(a, dir, "acme"), "#!/bin/sh\n", 10, 0755, false) ||
		    file_write(a, file_join(a, dir, "acme.sh"), "", 0, 0755, false))
			die("no program");
		ok(*schedule_remove(a, &h, schedule_line(a, &h)) == 0,
		    arena_fmt(a, "our line is found again: %s", names[i]));
		put(folder, "acme.service", &h);
		is_str(schedule_unit(a, &h, folder), "acme", "our unit, too");
		if (!proc_which(a, "systemd-analyze"))
			skip("systemd reads it", "no systemd-analyze");
		else if (strpbrk(dir, "\"'\\"))
			ok(proc_run(a, &p) == 0 && p.status, "systemd runs no such program");
		else
			is_str(proc_run(a, &p) ? error_text(a) : p.err, "",
			    "systemd finds the program");
	}
	drop_folder(a, folder);
	const struct home bad = home_at("/a\nb", NULL);
	ok(schedule_install(a, &bad) < 0 && strstr(error_text(a), "control character"),
	    "a newline is refused");
}

int main(void)
{
	a = arena_new();
	unsetenv("LE_CONFIG_HOME");
	unsetenv("CERT_HOME");
	unsetenv("ACCOUNT_CONF_PATH");
	home = home_at("/h", NULL);
	apart = home_at("/h", "/c d");
	test_quoting();
	test_places();
	test_crontab();
	test_ours();
	test_units();
	test_program();
	arena_drop(a);
	return done();
}
