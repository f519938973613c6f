/* --upgrade. */
#include "cmd.h"

#include "log.h"
#include "release.h"

int cmd_upgrade(struct run *r, struct options *o)
{
	bool done;

	if (o->rollback)
		return release_rollback(r->mem, &r->home);
	if (!run_http(r, r->mem))
		return -1;
	if (release_upgrade(r->mem, r->http, &r->home, o->branch, r->set.force, &done))
		return -1;
	if (done)
		info("Upgrade successful!");
	return 0;
}
