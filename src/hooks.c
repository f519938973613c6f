/* The user's shell lines (see acme.sh's wiki "Using pre-hook, post-hook, renew-hook"). */
#include "hooks.h"

#include "error.h"
#include "log.h"
#include "file.h"
#include "proc.h"

struct variable {
	const char *name, *value;
};

/* acme.sh's names for what a hook may want to know. */
struct strs hook_environment(struct run *r, struct arena *a, const struct spec *spec,
    const struct store *store)
{
	struct strs env = proc_environment(a);
	const struct variable variables[] = {
		{ "Le_Domain", spec->domain },
		{ "Le_Alt", spec->alt ? spec->alt : "no" },
		{ "Le_ForceNewDomainKey", spec->new_key },
		{ "Le_Next_Domain_Key", file_exists(store->key_next) ? store->key_next : NULL },
		{ "DOMAIN_PATH", store->dir },
		{ "DOMAIN_CONF", store->conf_path },
		{ "CERT_PATH", store->cer },
		{ "CERT_KEY_PATH", store->key },
		{ "CA_CERT_PATH", store->ca },
		{ "CERT_FULLCHAIN_PATH", store->fullchain },
		{ "LE_WORKING_DIR", r->home.dir },
		{ "LE_CONFIG_HOME", r->home.config },
		{ "ACME_DIRECTORY", spec->api },
		{ "ACCOUNT_URL", r->wire.kid },
	};

	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
		if (variables[i].value)
			proc_setenv(a, &env, variables[i].name, variables[i].value);
	return env;
}

int hook_run(struct run *r, struct arena *a, const char *what, const char *line,
    const struct spec *spec, const struct store *store)
{
	struct proc p = { .inherit_input = true };

	if (text_empty(line))
		return 0;
	p.env = hook_environment(r, a, spec, store);
	if (file_is_dir(store->dir))
		p.dir = store->dir;
	debug(1, "%s: %s", what, line);
	if (proc_shell(a, &p, line))
		return -1;
	at(a, "%s", spec->domain);
	doing(a, "%s", what);
	if (p.timed_out)
		return fail(a, "'%s' did not end within 10 minutes and was stopped", line);
	if (p.status > 128)
		return fail(a, "'%s' was ended by signal %d", line, p.status - 128);
	if (p.status)
		return fail(a, "'%s' ended with exit code %d", line, p.status);
	return 0;
}
