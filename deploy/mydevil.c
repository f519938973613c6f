/* MyDevil.net, on its own servers, by their command devil: wiki.mydevil.net */
#include "../acme.h"

/* The columns of "devil dns list" are id, name, type, three numbers, content. The zone's address may be its
 * first one; that of the name itself comes before it. */
static const char *address(struct api *a, const struct deployment *d, const char *name)
{
	const char *text = run_program(a, d->env, arguments("devil", "dns", "list", name), NULL);
	struct strs lines = text_split(api_arena(a), text ? text : "", "\r\n");
	const char *first = NULL;

	for (size_t i = 0; i < lines.n; i++) {
		struct strs row = text_split(api_arena(a), lines.v[i], " \t");
		if (row.n < 7 || !text_is(row.v[2], "A") || !text_is_ipv4(row.v[6]))
			continue;
		if (same_name(row.v[1], name))
			return row.v[6];
		first = first ? first : row.v[6];
	}
	if (!first)
		fail(a, "devil dns list %s shows no A record", name);
	return first;
}

static int deploy(struct api *a, const struct deployment *d)
{
	const char *name = text_starts(d->domain, "*.") ? d->domain + 2 : d->domain;
	const char *ip = address(a, d, name);

	if (!ip)
		return -1;
	/* There may be none yet. */
	if (!run_program(a, d->env, arguments("devil", "ssl", "www", "del", ip, d->domain), NULL))
		error_clear(api_arena(a));
	return run_program(a, d->env,
	           arguments("devil", "ssl", "www", "add", ip, d->fullchain_path, d->key_path,
	               d->domain),
	           NULL)
	    ? 0
	    : -1;
}

const struct deploy_hook deploy_mydevil = {
	.svc = { .name = "mydevil",
	    .title = "MyDevil.net",
	    .site = "mydevil.net",
	    .docs = "https://wiki.mydevil.net/SSL",
	    .notes = "Works on its servers, where there is the command devil." },
	.deploy = deploy,
};
