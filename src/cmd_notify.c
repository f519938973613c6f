/* --set-notify, --deploy. */
#include "cmd.h"

#include <stdlib.h>

#include "deploy.h"
#include "error.h"
#include "log.h"
#include "notify.h"

static int check_number(struct arena *a, const char *option, const char *value, long long max)
{
	long long n;

	if (!value || text_number(value, 0, max, &n) == 0)
		return 0;
	return fail(a, "%s takes a number from 0 to %lld, not '%s'", option, max,
	    text_safe(a, value, 50));
}

/* What is given counts for the test message, too, whatever the environment says. */
static void set(struct conf *c, const char *name, const char *value)
{
	if (!value)
		return;
	conf_set(c, name, *value ? value : NULL);
	setenv(name, value, 1);
}

/* The settings are kept only when a test message through them goes out. */
int cmd_set_notify(struct run *r, struct options *o)
{
	struct conf *c = r->home.conf;
	const char *hooks = o->notify_hook;

	if (!o->notify_hook && !o->notify_level && !o->notify_mode && !o->notify_source) {
		fail(r->mem, "what is to be set?");
		return remedy(r->mem,
		    "add --notify-hook, --notify-level, --notify-mode or --notify-source");
	}
	if (check_number(r->mem, "--notify-level", o->notify_level, 3) ||
	    check_number(r->mem, "--notify-mode", o->notify_mode, 1))
		return -1;
	if (hooks)
		hooks = text_is(hooks, "no,")
		    ? ""
		    : text_join(r->mem, text_split(r->mem, hooks, ","), ",");
	set(c, "NOTIFY_HOOK", hooks);
	set(c, "NOTIFY_LEVEL", o->notify_level);
	set(c, "NOTIFY_MODE", o->notify_mode);
	set(c, "NOTIFY_SOURCE", o->notify_source);
	if (!text_empty(hooks) &&
	    notify_send(r, r->mem, "Hello, this is a notification from acme",
	        "If you receive this message, your notification works.", NOTIFY_OK))
		return -1;
	return conf_save(c);
}

int cmd_deploy(struct run *r, struct options *o)
{
	struct store store;
	struct spec spec = { 0 };
	int lock, bad;

	if (text_empty(o->spec.deploy_hook)) {
		fail(r->mem, "which hook?");
		return remedy(r->mem, "add --deploy-hook name");
	}
	if (cmd_open(r, o, true, &store, &lock))
		return -1;
	spec_load(store.conf, &spec);
	spec.deploy_hook = o->spec.deploy_hook;
	bad = deploy_check(r, r->mem, &spec, &store);
	if (!bad) {
		spec_save(store.conf, &spec);
		bad = conf_save(store.conf) || deploy_run(r, r->mem, &spec, &store);
	}
	store_unlock(&store, lock);
	return bad ? -1 : 0;
}
