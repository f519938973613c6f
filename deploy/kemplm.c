/* Progress Kemp LoadMaster, RESTful API version 2: docs.progress.com, "RESTful API Interface
 * Description", addcert */
#include "../acme.h"

static const struct reply *call(struct api *a, const char *command, cJSON *request)
{
	json_add(request, js("cmd", command));
	json_add(request, js("apikey", cred(a, "DEPLOY_KEMP_TOKEN")));
	api_step(a, "%s", command);
	return api_post(a, "/accessv2", request);
}

static int deploy(struct api *a, const struct deployment *d)
{
	/* Its names have no stars. */
	const char *name = d->domain + (text_starts(d->domain, "*.") ? 2 : 0);
	const char *pem = fmt(a, "%s%s", d->fullchain, d->key);
	const struct reply *r = call(a, "listcert", json(NULL));

	return r ? ok(call(a, "addcert",
	               json(js("cert", name),
	                   jn("replace", json_find(r->json, "cert", "name", name) != NULL),
	                   js("data", b64_encode(api_arena(a), pem, strlen(pem))))))
	         : -1;
}

const struct deploy_hook deploy_kemplm = {
	.svc = { .name = "kemplm",
	    .title = "Kemp LoadMaster",
	    .site = "kemptechnologies.com",
	    .docs =
	        "https://docs.progress.com/bundle/loadmaster-interface-description-restful-api-ga",
	    .base = "{DEPLOY_KEMP_URL}",
	    .fault = { .text = "message", .code = "code", .ok = "status", .ok_value = "ok" },
	    .creds = { { "DEPLOY_KEMP_URL", "its address, https://kemp.example.com", 0, 0, NULL,
	                   NULL },
	        { "DEPLOY_KEMP_TOKEN", "API key of a user", SECRET, 0, NULL, NULL },
	        { "DEPLOY_KEMP_INSECURE", "1: accept whatever certificate it has", OPTIONAL, 0,
	            NULL, NULL } },
	    .unverified = "DEPLOY_KEMP_INSECURE",
	    .permissions = "certificate creation; API and session management switched on" },
	.deploy = deploy,
};
