/* --install, --uninstall, --install-cronjob, --uninstall-cronjob. */
#include "cmd.h"

#include "docgen.h"
#include "error.h"
#include "home.h"
#include "schedule.h"
#include "setup.h"

int cmd_install(struct run *r, struct options *o)
{
	const struct setup s = { .no_cron = o->no_cron,
		.no_profile = o->no_profile,
		.force = r->set.force,
		.email = o->set.email,
		.completions = { .bash = docgen_completion(r->mem, o->table, "bash"),
		    .fish = docgen_completion(r->mem, o->table, "fish"),
		    .zsh = docgen_completion(r->mem, o->table, "zsh") } };

	return setup_install(r->mem, &r->home, &o->home, &s);
}

/* acme.sh fetches its script and runs --install in it. */
int cmd_install_online(struct run *r, struct options *o)
{
	(void)o;
	fail(r->mem, "--install-online fetches a shell script, which this program is not");
	return remedy(r->mem,
	    "acme --install installs this program, acme --upgrade fetches its newest release");
}

int cmd_uninstall(struct run *r, struct options *o)
{
	return setup_uninstall(r->mem, &r->home, o->no_cron);
}

int cmd_install_cronjob(struct run *r, struct options *o)
{
	(void)o;
	return schedule_install(r->mem, &r->home);
}

int cmd_uninstall_cronjob(struct run *r, struct options *o)
{
	(void)o;
	return schedule_uninstall(r->mem, &r->home);
}
