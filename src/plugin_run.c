/* A compiled-in hook at work: a conversation of its own, whose settings are kept when it went well. */
#include "plugin.h"

#include "api.h"
#include "arena.h"
#include "error.h"

/* What the hook builds goes to its conversation's arena meanwhile. */
static struct api *begin(struct arena *a, const struct api_ask *ask, struct arena **before)
{
	struct api *api = api_open(a, ask);

	if (api)
		*before = arena_use(api_arena(api));
	return api;
}

static int end(struct arena *a, struct api *api, int code, struct arena *before)
{
	if (code || failed(api_arena(api)))
		code = fail(api, "failed");
	else
		code = cred_save(api_creds(api));
	arena_use(before);
	if (code)
		error_move(a, api_arena(api));
	api_close(api);
	return code;
}

int plugin_run_deploy(struct arena *a, const struct api_ask *where, const struct deploy_hook *hook,
    const struct deployment *d)
{
	struct api_ask ask = *where;
	struct arena *before;

	ask.svc = &hook->svc;
	ask.places.deploy = true;
	struct api *api = begin(a, &ask, &before);
	if (!api)
		return -1;
	doing(api_arena(api), "deploying %s", d->domain);
	return end(a, api, hook->deploy(api, d), before);
}

int plugin_run_notify(struct arena *a, const struct api_ask *where, const struct notify_hook *hook,
    const struct notice *n)
{
	struct api_ask ask = *where;
	struct arena *before;

	ask.svc = &hook->svc;
	struct api *api = begin(a, &ask, &before);
	if (!api)
		return -1;
	doing(api_arena(api), "sending the message");
	return end(a, api, hook->send(api, n), before);
}
