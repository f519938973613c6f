/* OpenStack Barbican: the certificate as a secret in PKCS#12 without a password, from where Octavia takes it.
 * Keystone gives the token and says where Barbican is: docs.openstack.org/api-ref/identity/v3,
 * docs.openstack.org/barbican/latest/api */
#include "../acme.h"

enum { PAGE = 100 };

/* A domain of names, by id or by name; the one that there always is when neither is told. */
static cJSON *domain(struct api *a, const char *id, const char *name)
{
	return json(js("id", cred(a, id) || cred(a, name) ? cred(a, id) : "default"),
	    js("name", cred(a, id) ? NULL : cred(a, name)));
}

static cJSON *by_application(struct api *a)
{
	return json(jo("methods", json_list(js(NULL, "application_credential"))),
	    jo("application_credential",
	        json(js("id", cred(a, "OS_APPLICATION_CREDENTIAL_ID")),
	            js("secret", cred(a, "OS_APPLICATION_CREDENTIAL_SECRET")))));
}

static cJSON *by_password(struct api *a)
{
	cJSON *user =
	    json(js("name", cred(a, "OS_USERNAME")), js("password", cred(a, "OS_PASSWORD")),
	        jo("domain", domain(a, "OS_USER_DOMAIN_ID", "OS_USER_DOMAIN_NAME")));

	return json(jo("methods", json_list(js(NULL, "password"))),
	    jo("password", json(jo("user", user))));
}

static cJSON *project(struct api *a)
{
	const char *id = cred(a, "OS_PROJECT_ID");

	return json(jo("project",
	    id ? json(js("id", id))
	       : json(js("name", cred(a, "OS_PROJECT_NAME")),
	             jo("domain", domain(a, "OS_PROJECT_DOMAIN_ID", "OS_PROJECT_DOMAIN_NAME")))));
}

/* The public endpoint of the key manager in the token's catalog, in the region if one is told. */
static const char *endpoint(struct api *a, const cJSON *token)
{
	const char *region = cred(a, "OS_REGION_NAME");
	const cJSON *e,
	    *list = json_get(json_find(token, "token/catalog", "type", "key-manager"), "endpoints");

	cJSON_ArrayForEach(e, list)
		if (text_is(json_str(e, "interface"), "public") &&
		    (!region || text_is(json_str(e, "region"), region)))
			return json_str(e, "url");
	fail(a, "the service catalog has no public endpoint of a key manager (Barbican)%s%s",
	    region ? " in region " : "", region ? region : "");
	return NULL;
}

/* A URL that ends with the version, as catalogs and users have it or not. */
static const char *versioned(struct api *a, const char *url, const char *version)
{
	size_t n = strlen(url);

	while (n && url[n - 1] == '/')
		n--;
	url = arena_strn(api_arena(a), url, n);
	return text_ends(url, version) ? url : fmt(a, "%s%s", url, version);
}

static int login(struct api *a)
{
	const bool application = cred(a, "OS_APPLICATION_CREDENTIAL_ID") != NULL;
	const struct reply *r;
	const char *token, *url;

	if (!application && !cred(a, "OS_PROJECT_ID") && !cred(a, "OS_PROJECT_NAME"))
		return fail(a, "set OS_PROJECT_NAME or OS_PROJECT_ID");
	cJSON *auth = application ? json(jo("identity", by_application(a)))
	                          : json(jo("identity", by_password(a)), jo("scope", project(a)));
	r = api_send(a,
	    &(struct api_request){ .method = "POST",
	        .url = fmt(a, "%s/auth/tokens", versioned(a, cred(a, "OS_AUTH_URL"), "/v3")),
	        .no_auth = true,
	        .body = json_text(api_arena(a), json(jo("auth", auth))) });
	if (!r)
		return -1;
	if (!(token = reply_header(r, "X-Subject-Token")))
		return fail(a, "its answer has no header X-Subject-Token");
	if (!(url = endpoint(a, r->json)))
		return -1;
	api_keep_secret(a, "token", token);
	api_base(a, versioned(a, url, "/v1"));
	return 0;
}

/* The secret's id is the end of its reference, whose host may be one that only Barbican knows. */
static int forget(struct api *a, const cJSON *secrets)
{
	const cJSON *s;

	cJSON_ArrayForEach(s, secrets) {
		const char *ref = json_str(s, "secret_ref");
		const char *id = ref ? strrchr(ref, '/') : NULL;

		if (!id)
			return fail(a, "a listed secret has no secret_ref");
		if (!api_delete(a, fmt(a, "/secrets%s", id)))
			return -1;
	}
	return 0;
}

static int deploy(struct api *a, const struct deployment *d)
{
	const char *name = fmt(a, "%s.", d->domain);
	const cJSON *old;
	size_t n;
	const char *pfx = pkcs12_of(a, d, "", false, &n);

	if (!pfx)
		return -1;
	old = api_pages(a,
	    &(struct pages){ .path = fmt(a, "/secrets%s", query(a, "name", name)),
	        .items = "secrets",
	        .size = "limit",
	        .per_page = PAGE,
	        .offset = "offset",
	        .total = "total" });
	if (!old)
		return -1;
	api_step(a, "storing the secret %s", name);
	if (!api_post(a, "/secrets",
	        json(js("name", name), js("payload", b64_encode(api_arena(a), pfx, n)),
	            js("payload_content_type", "application/octet-stream"),
	            js("payload_content_encoding", "base64"))))
		return -1;
	api_step(a, "removing the secrets %s of before", name);
	return forget(a, old);
}

#define OS(name, help, flags, way) \
	{ \
		"OS_" name, help, IN_ACCOUNT | (flags), way, NULL, NULL \
	}

const struct deploy_hook deploy_openstack = {
	.svc = { .name = "openstack",
	    .title = "OpenStack Barbican",
	    .site = "openstack.org",
	    .docs = "https://docs.openstack.org/barbican/latest/api/",
	    .base = "{OS_AUTH_URL}",
	    .headers = { { "X-Auth-Token", "token", NULL } },
	    .fault = { .text = "error/message|description|title", .code = "error/title" },
	    .creds = { OS("AUTH_URL", "URL of Keystone", 0, 0),
	        OS("APPLICATION_CREDENTIAL_ID", "application credential", 0, 1),
	        OS("APPLICATION_CREDENTIAL_SECRET", "its secret", SECRET, 1),
	        OS("USERNAME", "user name", 0, 2), OS("PASSWORD", "password", SECRET, 2),
	        OS("PROJECT_NAME", "project", OPTIONAL, 2),
	        OS("PROJECT_ID", "or its id", OPTIONAL, 2),
	        OS("USER_DOMAIN_NAME", "domain of the user", OPTIONAL, 2),
	        OS("USER_DOMAIN_ID", "or its id", OPTIONAL, 2),
	        OS("PROJECT_DOMAIN_NAME", "domain of the project", OPTIONAL, 2),
	        OS("PROJECT_DOMAIN_ID", "or its id", OPTIONAL, 2),
	        OS("REGION_NAME", "region, where there are several", OPTIONAL, 0),
	        OS("AUTH_TYPE", "for acme.sh: v3applicationcredential or v3password", OPTIONAL, 0),
	        OS("IDENTITY_API_VERSION", "for acme.sh: 3", OPTIONAL, 0) },
	    .login = login,
	    .permissions = "the role creator (or member) in the project",
	    .notes = "It is done over HTTP; the program openstack is not needed." },
	.deploy = deploy,
	.live = true,
};
