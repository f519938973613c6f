/* CleverReach REST API v3, with a token for the client's secret, or for a client below that one:
 * rest.cleverreach.com/explorer/v3 */
#include "../acme.h"

#define SITE "https://rest.cleverreach.com"

static int login(struct api *a)
{
	const struct reply *r = api_send(a,
	    &(struct api_request){ .method = "POST",
	        .url = SITE "/oauth/token.php",
	        .no_auth = true,
	        .body = json_text(api_arena(a),
	            json(js("grant_type", "client_credentials"),
	                js("client_id", cred(a, "DEPLOY_CLEVERREACH_CLIENT_ID")),
	                js("client_secret", cred(a, "DEPLOY_CLEVERREACH_CLIENT_SECRET")))) });
	const char *token = r ? reply_str(a, r, "access_token") : NULL;

	if (!token)
		return -1;
	api_keep_secret(a, "token", token);
	return 0;
}

/* A token that cannot be given back ends by itself. */
static int give_back(struct api *a)
{
	return ok(api_send(a,
	    &(struct api_request){ .method = "DELETE",
	        .url = "/oauth/token.json",
	        .any_status = true }));
}

/* The answer is the token alone, a JSON text. */
static int become(struct api *a, const char *client)
{
	const struct reply *r = api_send(a,
	    &(struct api_request){ .url = fmt(a, "/clients/%s/token", escape(a, client)),
	        .confidential = true });
	const char *token = r ? reply_str(a, r, "") : NULL;

	if (!token || give_back(a))
		return -1;
	api_keep_secret(a, "token", token);
	return 0;
}

static int deploy(struct api *a, const struct deployment *d)
{
	const char *client = cred(a, "DEPLOY_CLEVERREACH_SUBCLIENT_ID");

	if (client && become(a, client))
		return -1;
	if (!api_post(a, "/ssl", json(js("cert", d->fullchain), js("key", d->key))))
		return -1;
	return client ? 0 : give_back(a);
}

const struct deploy_hook deploy_cleverreach = {
	.svc = { .name = "cleverreach",
	    .title = "CleverReach",
	    .site = "cleverreach.com",
	    .docs = "https://rest.cleverreach.com/explorer/v3",
	    .base = SITE "/v3",
	    .bearer = "token",
	    .fault = { .text = "error/message|error_description|error", .code = "error/code" },
	    .creds = { { "DEPLOY_CLEVERREACH_CLIENT_ID", "OAuth client", 0, 0, NULL, NULL },
	        { "DEPLOY_CLEVERREACH_CLIENT_SECRET", "its secret", SECRET, 0, NULL, NULL },
	        { "DEPLOY_CLEVERREACH_SUBCLIENT_ID", "client whose certificate it is", OPTIONAL, 0,
	            NULL, NULL } },
	    .login = login },
	.deploy = deploy,
};
