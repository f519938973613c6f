/* Kong Gateway's Admin API: the certificate of the SNI that is the domain's is changed, or made:
 * developer.konghq.com/gateway/entities/certificate */
#include "../acme.h"

static int deploy(struct api *a, const struct deployment *d)
{
	const struct reply *r = api_probe(a, fmt(a, "/certificates/%s", escape(a, d->domain)));
	const char *id = r && !r->missing ? reply_str(a, r, "id") : NULL;
	cJSON *body = json(js("cert", d->fullchain), js("key", d->key));

	if (!r || (!r->missing && !id))
		return -1;
	if (id)
		return ok(api_patch(a, fmt(a, "/certificates/%s", id), body));
	json_add(body, jo("snis", json_list(js(NULL, d->domain))));
	return ok(api_post(a, "/certificates", body));
}

const struct deploy_hook deploy_kong = {
	.svc = { .name = "kong",
	    .title = "Kong Gateway",
	    .site = "konghq.com",
	    .docs = "https://developer.konghq.com/gateway/entities/certificate/",
	    .base = "{KONG_URL}",
	    .fault = { .text = "message", .code = "name", .ok = "id" },
	    .creds = { { "KONG_URL", "URL of the Admin API", IN_ACCOUNT, 0, "http://localhost:8001",
	        NULL } } },
	.deploy = deploy,
};
