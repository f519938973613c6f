/* Le_DeployHook: "hook1,hook2,". */
#include "deploy.h"

#include "error.h"
#include "hooks.h"
#include "log.h"
#include "userhook.h"

int deploy_check(struct run *r, struct arena *a, const struct spec *s)
{
	struct strs names = text_split(a, s->deploy_hook, ",");

	for (size_t i = 0; i < names.n; i++)
		if (!userhook_find(r, a, "deploy", names.v[i], s->domain))
			return -1;
	return 0;
}

static int deploy_one(struct run *r, struct arena *a, const char *name, const struct spec *s,
    const struct store *store)
{
	const char *const arguments[] = { store->domain, store->key, store->cer, store->ca,
		store->fullchain, NULL };
	const char *path = userhook_find(r, a, "deploy", name, s->domain);

	info("Running deploy hook: %s", name);
	return path ? userhook_run(a, path, arguments, hook_environment(r, a, s, store)) : -1;
}

int deploy_run(struct run *r, struct arena *a, const struct spec *s, const struct store *store)
{
	struct strs names = text_split(a, s->deploy_hook, ",");

	for (size_t i = 0; i < names.n; i++) {
		struct arena *one = arena_new();

		if (deploy_one(r, one, names.v[i], s, store) == 0)
			success("Success: deploy hook %s", names.v[i]);
		else if (failed(a))
			complain("%s", error_text(one));
		else
			error_move(a, one);
		arena_drop(one);
	}
	return failed(a) ? -1 : 0;
}
