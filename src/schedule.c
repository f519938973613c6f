/* crontab(1), and systemd.timer(5) where that is missing. */
#include "schedule.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "error.h"
#include "file.h"
#include "hash.h"
#include "log.h"
#include "proc.h"
#include "rand.h"
#include "text.h"

#define CRONTAB_MAX (1024 * 1024)
#define UNIT_MAX (64 * 1024)
#define TIME_LIMIT_MS (30 * 1000)

/* What is run: the home's program, or this one where the home has none. */
static const char *program_of(struct arena *a, const struct home *h, const char *name)
{
	const char *path = file_join(a, h->dir, name), *self;

	if (file_exists(path) || !(self = proc_self(a))) {
		error_clear(a);
		return path;
	}
	return self;
}

/* A path for cron's shell; cron itself takes a bare "%" for the command's end. */
static const char *cron_quote(struct arena *a, const char *path)
{
	return text_replace(a, text_quote(a, path), "%", "\\%");
}

/* The options of a daily run, by whose quoting: what a run would not find by itself. acme.sh names the
 * certificates' folder nowhere but in account.conf, so that with --cert-home it renews nothing. */
static const char *place_options(struct arena *a, const struct home *h,
    const char *(*quote)(struct arena *a, const char *path))
{
	const char *usual = file_join(a, h->config, "account.conf");
	struct conf *pointer = conf_load(a, usual);
	const struct {
		const char *option, *path;
		bool found; /* without */
	} places[] = {
		{ "--home", h->dir, false },
		{ "--config-home", h->config, text_is(h->config, h->dir) },
		{ "--cert-home", h->certs,
		    text_is(h->certs, h->config) ||
		        text_is(h->certs, conf_get(h->conf, "CERT_HOME")) },
		{ "--accountconf", conf_path(h->conf),
		    text_is(conf_path(h->conf), usual) ||
		        (pointer &&
		            text_is(conf_path(h->conf), conf_get(pointer, "ACCOUNT_CONF_PATH"))) },
	};
	struct buf b = buf_new(a, 0);

	error_clear(a);
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (!places[i].found)
			buf_fmt(&b, " %s %s", places[i].option, quote(a, places[i].path));
	return buf_text(&b);
}

char *schedule_line(struct arena *a, const struct home *h)
{
	const char *program = program_of(a, h, "acme.sh");

	/* acme.sh has the quotes around the folder only. */
	program = text_is(program, file_join(a, h->dir, "acme.sh"))
	    ? arena_fmt(a, "%s/acme.sh", cron_quote(a, h->dir))
	    : cron_quote(a, program);
	return arena_fmt(a, "%u %u * * * %s --cron%s > /dev/null", (unsigned)rand_below(60),
	    (unsigned)rand_below(24), program, place_options(a, h, cron_quote));
}

/* Whether a word of a command line names that folder, which is absolute. */
static bool same_place(struct arena *a, const char *word, const char *folder)
{
	static const char *const user[] = { "~/", "$HOME/", "${HOME}/" };
	struct stat x, y;
	size_t n;

	for (size_t i = 0; i < sizeof user / sizeof *user; i++)
		if (text_starts(word, user[i]) && getenv("HOME"))
			word = file_join(a, getenv("HOME"), word + strlen(user[i]));
	for (n = strlen(word); n > 1 && word[n - 1] == '/';)
		n--;
	word = arena_strn(a, word, n);
	return text_is(word, folder) ||
	    (stat(word, &x) == 0 && stat(folder, &y) == 0 && x.st_dev == y.st_dev &&
	        x.st_ino == y.st_ino);
}

static const char *value_of(struct strs words, const char *option, const char *otherwise)
{
	for (size_t i = 0; i + 1 < words.n; i++)
		if (text_is(words.v[i], option))
			return words.v[i + 1];
	return otherwise;
}

/* Whether a command line is the daily run of this home. Without --home the program's folder is its
 * home, as it is acme.sh's. */
static bool is_ours(struct arena *a, const struct home *h, const char *command)
{
	struct strs words = text_words(a, command);
	const char *self = proc_self(a);

	error_clear(a);
	for (size_t i = 0; i < words.n; i++) {
		const struct strs rest = { .v = words.v + i, .n = words.n - i };
		const char *name = strrchr(words.v[i], '/');

		name = name ? name + 1 : words.v[i];
		if ((!text_is(name, "acme.sh") && !text_is(name, "acme") &&
		        !text_is(words.v[i], self)) ||
		    !strs_has(rest, "--cron"))
			continue;
		const char *home = value_of(rest, "--home", file_dir(a, words.v[i]));
		return same_place(a, home, h->dir) &&
		    same_place(a, value_of(rest, "--config-home", home), h->config);
	}
	return false;
}

/* cron takes the backslash off "\%" and ends the command at a bare "%". */
static bool is_our_line(struct arena *a, const struct home *h, const char *line)
{
	return line[strspn(line, " \t")] != '#' && is_ours(a, h, text_replace(a, line, "\\%", "%"));
}

/* The crontab's lines, those of ours left out when asked; *found tells whether there were any. */
static struct buf copy_lines(struct arena *a, const struct home *h, const char *crontab,
    bool keep_ours, bool *found)
{
	struct buf out = buf_new(a, CRONTAB_MAX);

	*found = false;
	while (*crontab) {
		size_t n = strcspn(crontab, "\n");
		bool ours = is_our_line(a, h, arena_strn(a, crontab, n));

		*found |= ours;
		n += crontab[n] == '\n';
		if (!ours || keep_ours)
			buf_add(&out, crontab, n);
		crontab += n;
	}
	return out;
}

char *schedule_add(struct arena *a, const struct home *h, const char *crontab, const char *line)
{
	bool found;
	struct buf out = copy_lines(a, h, crontab, true, &found);

	if (!found) {
		if (out.len && out.data[out.len - 1] != '\n')
			buf_byte(&out, '\n');
		buf_fmt(&out, "%s\n", line);
	}
	return arena_str(a, buf_text(&out));
}

char *schedule_remove(struct arena *a, const struct home *h, const char *crontab)
{
	bool found;
	struct buf out = copy_lines(a, h, crontab, false, &found);

	return arena_str(a, buf_text(&out));
}

static int run(struct arena *a, struct proc *p)
{
	p->env = proc_environment(a);
	p->capture = p->capture_err = true;
	p->timeout_ms = TIME_LIMIT_MS;
	p->max = CRONTAB_MAX;
	return proc_run(a, p);
}

/* The user's crontab; "" when there is none yet. Programs say that in words, with exit code 1. */
static const char *crontab_read(struct arena *a, const char *program)
{
	struct proc p = { .argv = (const char *const[]){ program, "-l", NULL } };

	if (run(a, &p))
		return NULL;
	if (p.status == 0 && strlen(p.out) < CRONTAB_MAX)
		return p.out;
	if (p.status == 1 && text_empty(text_trim(a, p.out)) &&
	    (text_has_ci(p.err, "no crontab") || text_has_ci(p.err, "can't open") ||
	        text_empty(text_trim(a, p.err))))
		return "";
	fail(a, "%s -l ended with exit code %d: %s", program, p.status,
	    text_safe(a, text_trim(a, p.err), 200));
	remedy(a, "the crontab was left as it is; mend it, or add the line yourself");
	return NULL;
}

static int crontab_write(struct arena *a, const char *program, const char *text)
{
	struct proc p = { .argv = (const char *const[]){ program, "-", NULL },
		.input = text,
		.input_len = strlen(text) };

	if (run(a, &p))
		return -1;
	if (p.status)
		return fail(a, "%s ended with exit code %d: %s", program, p.status,
		    text_safe(a, text_trim(a, p.err), 200));
	return 0;
}

static const char *crontab_program(struct arena *a)
{
	const char *program = proc_which(a, "crontab");

	return program ? program : proc_which(a, "fcrontab");
}

/* systemd: a service and a timer, the system's for root, else the user's */

#define SERVICE \
	"[Unit]\nDescription=Renew the certificates in %s daily\nAfter=network-online.target\n" \
	"[Service]\nType=oneshot\nExecStart=%s --cron%s\n"
#define TIMER \
	"[Unit]\nDescription=Renew certificates daily\n[Timer]\nOnCalendar=daily\n" \
	"RandomizedDelaySec=1d\nPersistent=true\n[Install]\nWantedBy=timers.target\n"

static const char *unit_folder(struct arena *a)
{
	const char *home = getenv("HOME"), *config = getenv("XDG_CONFIG_HOME");

	if (geteuid() == 0)
		return "/etc/systemd/system";
	return text_empty(config) ? arena_fmt(a, "%s/.config/systemd/user", home ? home : "")
	                          : arena_fmt(a, "%s/systemd/user", config);
}

static int systemctl(struct arena *a, const char *verb, const char *unit)
{
	const char *const argv[] = { "systemctl", geteuid() == 0 ? "--system" : "--user", verb,
		text_is(verb, "daemon-reload") ? NULL : "--now", unit, NULL };
	struct proc p = { .argv = argv };

	if (run(a, &p))
		return -1;
	return p.status ? fail(a, "systemctl %s ended with exit code %d: %s", verb, p.status,
	                      text_safe(a, text_trim(a, p.err), 200))
	                : 0;
}

/* One word of a unit (systemd.service(5), COMMAND LINES): in double quotes, "%%" for "%". Variables are
 * put into arguments, not into the program's path. */
static const char *unit_path(struct arena *a, const char *s)
{
	s = text_replace(a, text_replace(a, s, "\\", "\\\\"), "\"", "\\\"");
	return arena_fmt(a, "\"%s\"", text_replace(a, s, "%", "%%"));
}

static const char *unit_argument(struct arena *a, const char *s)
{
	return text_replace(a, unit_path(a, s), "$", "$$");
}

char *schedule_service(struct arena *a, const struct home *h)
{
	return arena_fmt(a, SERVICE, text_replace(a, h->dir, "%", "%%"),
	    unit_path(a, program_of(a, h, "acme")), place_options(a, h, unit_argument));
}

/* The same undone, as far as it is not a shell's quoting, too. */
static const char *unit_command(struct arena *a, const char *line)
{
	return text_replace(a, text_replace(a, line, "%%", "%"), "$$", "$");
}

/* Whether that folder's service of that name is this home's: 1, 0 when not, -1 when there is none. */
static int serves(struct arena *a, const struct home *h, const char *folder, const char *name)
{
	bool missing;
	const char *path = arena_fmt(a, "%s/%s.service", folder, name);
	const char *text = file_try(a, path, UNIT_MAX, NULL, &missing);
	struct strs lines = text_split(a, text, "\n");

	for (size_t i = 0; i < lines.n; i++)
		if (text_starts(lines.v[i], "ExecStart=") &&
		    is_ours(a, h, unit_command(a, lines.v[i] + strlen("ExecStart="))))
			return 1;
	error_clear(a); /* a service that cannot be read is not ours */
	return missing ? -1 : 0;
}

const char *schedule_unit(struct arena *a, const struct home *h, const char *folder)
{
	const char *places = arena_fmt(a, "%s\n%s", h->dir, h->config);
	const char *digest = hash_hex(a, HASH_SHA256, places, strlen(places));
	const char *own = arena_fmt(a, "acme-%.8s", digest);
	const int usual = serves(a, h, folder, "acme");

	return usual > 0 || (usual < 0 && serves(a, h, folder, own) <= 0) ? "acme" : own;
}

static int timer_install(struct arena *a, const struct home *h)
{
	const char *dir = unit_folder(a), *name = schedule_unit(a, h, dir);
	const char *service = schedule_service(a, h), *timer = arena_fmt(a, "%s.timer", name);

	if (strpbrk(h->dir, "\"'\\")) {
		fail(a,
		    "systemd runs no program below %s: its path has a quote or a backslash in it",
		    h->dir);
		return remedy(a,
		    "install into another folder, or without the daily run (--no-cron)");
	}
	if (file_mkdirs(a, dir, 0755) ||
	    file_write(a, arena_fmt(a, "%s/%s.service", dir, name), service, strlen(service), 0644,
	        false) ||
	    file_write(a, file_join(a, dir, timer), TIMER, strlen(TIMER), 0644, false) ||
	    systemctl(a, "daemon-reload", NULL) || systemctl(a, "enable", timer))
		return -1;
	info("Installed a daily systemd timer: %s/%s", dir, timer);
	return 0;
}

static int timer_uninstall(struct arena *a, const struct home *h)
{
	const char *dir = unit_folder(a), *name = schedule_unit(a, h, dir);
	const char *timer = arena_fmt(a, "%s.timer", name), *path = file_join(a, dir, timer);

	if (serves(a, h, dir, name) <= 0)
		return 0;
	if (systemctl(a, "disable", timer) || file_remove(a, path) ||
	    file_remove(a, arena_fmt(a, "%s/%s.service", dir, name)))
		return -1;
	info("Removed the systemd timer: %s", path);
	return systemctl(a, "daemon-reload", NULL);
}

static bool has_systemd(struct arena *a)
{
	return file_is_dir("/run/systemd/system") && proc_which(a, "systemctl");
}

int schedule_install(struct arena *a, const struct home *h)
{
	const char *program = crontab_program(a), *line, *old, *new;

	if (home_quotable(a, h))
		return -1;
	line = schedule_line(a, h);
	if (!program && has_systemd(a))
		return timer_install(a, h);
	if (!program) {
		fail(a, "there is no crontab program and no systemd to start the daily run");
		return remedy(a, "have something run this line daily: %s", line);
	}
	if (!(old = crontab_read(a, program)))
		return -1;
	new = schedule_add(a, h, old, line);
	if (text_is(old, new)) {
		info("The cron job is there already.");
		return 0;
	}
	info("Installing cron job: %s", line);
	return crontab_write(a, program, new);
}

int schedule_uninstall(struct arena *a, const struct home *h)
{
	const char *program = crontab_program(a), *old, *new;

	if (timer_uninstall(a, h))
		return -1;
	if (!program)
		return 0;
	if (!(old = crontab_read(a, program)))
		return -1;
	new = schedule_remove(a, h, old);
	if (text_is(old, new))
		return 0;
	info("Removing cron job");
	return crontab_write(a, program, new);
}
