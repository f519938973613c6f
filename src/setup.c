/* Installing into a home, laid out as acme.sh's --install does (acmesh-state: install footprint). */
#include "setup.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "file.h"
#include "log.h"
#include "proc.h"
#include "profile.h"
#include "schedule.h"
#include "store.h"
#include "text.h"

#define PROGRAM_MAX (64 * 1024 * 1024)
#define SCRIPT_COPY "acme.sh.script"

/* What acme.sh puts into a new account.conf. */
#define FIRST_CONF \
	"\n\n#LOG_FILE=%s\n#LOG_LEVEL=1\n\n" \
	"#AUTO_UPGRADE=\"1\"\n\n#NO_TIMESTAMP=1\n\n"

static int copy_program(struct arena *a, const struct home *h)
{
	const char *self = proc_self(a), *to = file_join(a, h->dir, SETUP_PROGRAM);
	size_t n;
	const char *bytes;

	if (!self || !(bytes = file_read(a, self, PROGRAM_MAX, &n)))
		return -1;
	if (file_write(a, to, bytes, n, 0755, false))
		return -1;
	info("Installed to %s", to);
	return 0;
}

/* acme.sh becomes a second name of the program; a script of that name is kept beside it. */
static int second_name(struct arena *a, const struct home *h)
{
	const char *name = file_join(a, h->dir, SETUP_OLD_NAME);
	const char *copy = file_join(a, h->dir, SCRIPT_COPY);
	char target[sizeof SETUP_PROGRAM + 1];
	ssize_t n = readlink(name, target, sizeof target);

	if (n == (ssize_t)strlen(SETUP_PROGRAM) && memcmp(target, SETUP_PROGRAM, (size_t)n) == 0)
		return 0;
	if (n < 0 && file_exists(name)) {
		if (file_rename(a, name, copy))
			return -1;
		info("The script that was there is kept as %s", copy);
	} else if (n >= 0 && unlink(name)) {
		return fail_errno(a, "removing the link %s", name);
	}
	return symlink(SETUP_PROGRAM, name) ? fail_errno(a, "making the link %s", name) : 0;
}

static int count(void *ctx, struct arena *a, struct store *store)
{
	(void)a;
	*(unsigned *)ctx += store_issued(store);
	return 0;
}

/* What was there before, told so that nobody wonders. */
static int tell_found(struct arena *a, const struct home *h)
{
	unsigned certificates = 0;

	if (conf_is_new(h->conf) && !file_is_dir(h->ca))
		return 0;
	if (store_each(a, h, count, &certificates) < 0)
		return -1;
	info("Taking over %s: %u certificate%s, its accounts and settings stay as they are.",
	    h->dir, certificates, certificates == 1 ? "" : "s");
	return 0;
}

static int write_conf(struct arena *a, struct home *h, const struct home_ask *ask,
    const struct setup *s)
{
	if (conf_is_new(h->conf)) {
		const char *text =
		    arena_fmt(a, FIRST_CONF, text_quote(a, file_join(a, h->config, "acme.sh.log")));

		if (file_write(a, conf_path(h->conf), text, strlen(text), 0600, false) ||
		    !(h->conf = conf_load(a, conf_path(h->conf))))
			return -1;
	}
	if (s->email)
		conf_set(h->conf, "ACCOUNT_EMAIL", s->email);
	if (ask->account_key)
		conf_set(h->conf, "ACCOUNT_KEY_PATH", file_absolute(a, ask->account_key));
	if (!text_is(h->certs, h->config))
		conf_set(h->conf, "CERT_HOME", h->certs);
	return conf_save(h->conf);
}

/* Where account.conf is, when it is elsewhere: told in the default one, where every run looks. */
static int write_pointer(struct arena *a, const struct home *h)
{
	const char *usual = file_join(a, h->config, "account.conf");
	struct conf *c;

	if (text_is(conf_path(h->conf), usual))
		return 0;
	if (!(c = conf_load(a, usual)))
		return -1;
	conf_set(c, "ACCOUNT_CONF_PATH", conf_path(h->conf));
	return conf_save(c);
}

/* Running as root for another user leaves files that the user cannot change. */
static void warn_sudo(const struct home *h)
{
	const char *user = getenv("SUDO_USER");

	if (geteuid() == 0 && !text_empty(user) && !text_is(user, "root") &&
	    !text_starts(h->dir, "/root/"))
		warn(
		    "%s will belong to root, since this runs by sudo. Install without sudo for user %s "
		    "alone, or as root in /root.",
		    h->dir, user);
}

int setup_install(struct arena *a, struct home *h, const struct home_ask *ask,
    const struct setup *s)
{
	warn_sudo(h);
	if (home_quotable(a, h) || home_make(a, h) || tell_found(a, h) || copy_program(a, h) ||
	    second_name(a, h) || write_conf(a, h, ask, s) || write_pointer(a, h) ||
	    profile_write(a, h, &s->completions))
		return -1;
	if (!s->no_profile && profile_install(a, h))
		return -1;
	if (!s->no_cron && schedule_install(a, h)) {
		if (!s->force)
			return -1;
		warn("%s", error_text(a));
		error_clear(a);
	}
	success("Install success!");
	if (!s->no_profile)
		info(
		    "Close and reopen the terminal to start using it by the name acme.sh or acme.");
	return 0;
}

/* acme.sh's script, when we have taken its place. */
static int put_back(struct arena *a, const struct home *h)
{
	const char *name = file_join(a, h->dir, SETUP_OLD_NAME);
	const char *copy = file_join(a, h->dir, SCRIPT_COPY);

	if (!file_exists(copy) || file_exists(name))
		return 0;
	if (file_rename(a, copy, name))
		return -1;
	info("acme.sh's script is back: %s", name);
	info("Its --install-cronjob brings its daily run back.");
	return 0;
}

/* The program's files, when they are ours. */
static int remove_program(struct arena *a, const struct home *h)
{
	static const char *const names[] = { SETUP_PROGRAM, SETUP_PROGRAM ".old" };
	const char *name = file_join(a, h->dir, SETUP_OLD_NAME);
	char target[8];

	if (readlink(name, target, sizeof target) > 0 && file_remove(a, name))
		return -1;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (file_remove(a, file_join(a, h->dir, names[i])))
			return -1;
	return put_back(a, h);
}

int setup_uninstall(struct arena *a, const struct home *h, bool no_cron)
{
	if ((!no_cron && schedule_uninstall(a, h)) || profile_uninstall(a, h) ||
	    remove_program(a, h))
		return -1;
	info("The program is removed. Keys, certificates and settings stay in %s;", h->dir);
	info("remove that folder yourself when you need them no more.");
	return 0;
}
