/* Google Cloud DNS API v1, as a service account (RFC 7523), as whom the gcloud program is logged in,
 * or as the machine's own account: cloud.google.com/dns/docs/reference/rest/v1 */
#include "../acme.h"
#include "proc.h"

#define METADATA "http://169.254.169.254/computeMetadata/v1/"
enum {
	TOKEN_LIFE = 3600,
	GCLOUD_MS = 60 * 1000,
	NEAR = 5,    /* seconds for an answer of the machine's own services */
	POLLS = 120, /* looks at a change ... */
	POLL_MS = 5 * 1000,
};

/* --- who we are ------------------------------------------------------------------------------- */
static int keep(struct api *a, const char *token, const char *project)
{
	if (cred(a, "GCE_PROJECT"))
		project = cred(a, "GCE_PROJECT");
	if (text_empty(project)) {
		fail(a, "the project is not known");
		return remedy(a, "set GCE_PROJECT");
	}
	api_keep(a, "project", project);
	api_keep_secret(a, "token", token);
	return 0;
}

static int by_key_file(struct api *a, const char *path)
{
	static const char scope[] = "https://www.googleapis.com/auth/ndev.clouddns.readwrite";
	size_t len;
	const char *text = api_file(a, path, &len);
	if (!text)
		return -1;
	const cJSON *key = json_parse(api_arena(a), text, len);
	const char *pem = json_str(key, "private_key"), *who = json_str(key, "client_email");
	const char *uri = json_str(key, "token_uri");
	if (!pem || !who)
		return fail(a, "%s is no key file of a service account", path);
	if (!uri)
		uri = "https://oauth2.googleapis.com/token";
	const long long now = clock_now();
	const char *jwt = sign_jwt_rs256(a, pem, json_str(key, "private_key_id"),
	    json(js("iss", who), js("scope", scope), js("aud", uri), jn("iat", now),
	        jn("exp", now + TOKEN_LIFE)));
	if (!jwt)
		return -1;
	const struct reply *r = api_send(a,
	    &(struct api_request){ .method = "POST",
	        .url = uri,
	        .type = "application/x-www-form-urlencoded",
	        .no_auth = true,
	        .body = form_text(a,
	            form("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion",
	                jwt)) });
	const char *token = r ? reply_str(a, r, "access_token") : NULL;
	return token ? keep(a, token, json_str(key, "project_id")) : -1;
}

/* What "gcloud GROUP COMMAND ARGUMENT" prints; NULL when it fails. */
static const char *gcloud(struct api *a, const char *group, const char *command, const char *arg)
{
	struct arena *mem = api_arena(a);
	struct proc p = { .argv = (const char *const[]){ "gcloud", "--quiet", group, command, arg,
		              NULL },
		.env = proc_environment(mem),
		.capture = true,
		.capture_err = true,
		.timeout_ms = GCLOUD_MS };
	if (cred(a, "CLOUDSDK_ACTIVE_CONFIG_NAME"))
		proc_setenv(mem, &p.env, "CLOUDSDK_ACTIVE_CONFIG_NAME",
		    cred(a, "CLOUDSDK_ACTIVE_CONFIG_NAME"));
	if (proc_run(mem, &p))
		return NULL;
	if (!p.status)
		return text_trim(mem, p.out);
	const char *why = p.timed_out ? "takes too long" : text_trim(mem, p.err);
	return fail_null(a, "gcloud %s %s: %.*s", group, command, (int)strcspn(why, "\r\n"), why);
}

static int by_gcloud(struct api *a)
{
	const char *token = gcloud(a, "auth", "print-access-token", NULL);
	const char *project =
	    token && !cred(a, "GCE_PROJECT") ? gcloud(a, "config", "get-value", "project") : "";
	if (token && project)
		return keep(a, token, project);
	return remedy(a,
	    "log in with gcloud, or set GCE_SERVICE_ACCOUNT_FILE to the key file of a "
	    "service account");
}

static const struct reply *machine(struct api *a, const char *what)
{
	struct api_request req = { .url = fmt(a, METADATA "%s", what),
		.no_auth = true,
		.any_status = true,
		.seconds = NEAR };
	api_header(&req, "Metadata-Flavor", "Google");
	return api_send(a, &req);
}

static int by_machine(struct api *a)
{
	const struct reply *r = machine(a, "instance/service-accounts/default/token");
	const char *token = r ? json_str(r->json, "access_token") : NULL;
	if (token) {
		r = machine(a, "project/project-id");
		return r ? keep(a, token, r->status == 200 ? r->body : NULL) : -1;
	}
	fail(a, "there is no key file, no gcloud program, and this machine has no account");
	return remedy(a, "set GCE_SERVICE_ACCOUNT_FILE to the key file of a service account");
}

static int login(struct api *a)
{
	const char *path = cred(a, "GCE_SERVICE_ACCOUNT_FILE");
	if (path)
		return by_key_file(a, path);
	return proc_which(api_arena(a), "gcloud") ? by_gcloud(a) : by_machine(a);
}

/* --- zones and records ------------------------------------------------------------------------ */
static int zone(struct api *a, struct txt *t, const char *name)
{
	const struct reply *r = api_get(a, query(a, "dnsName", fmt(a, "%s.", name)));
	const cJSON *z, *zones = r ? json_get(r->json, "managedZones") : NULL;
	cJSON_ArrayForEach(z, zones)
		if (!t->zone_id && same_name(json_str(z, "dnsName"), name) &&
		    !text_is_ci(json_str(z, "visibility"), "private"))
			t->zone_id = json_str(z, "name");
	return r ? t->zone_id != NULL : -1;
}

static int read_set(struct api *a, const struct txt *t, struct strs *values, long long *ttl)
{
	const struct reply *r = api_get(a,
	    fmt(a, "/%s/rrsets%s", t->zone_id,
	        query(a, "name", fmt(a, "%s.", t->fqdn), "type", "TXT")));
	const cJSON *set, *sets = r ? json_get(r->json, "rrsets") : NULL;
	cJSON_ArrayForEach(set, sets)
		if (same_name(json_str(set, "name"), t->fqdn) &&
		    text_is(json_str(set, "type"), "TXT")) {
			*values = texts_of(a, json_get(set, "rrdatas"), "");
			*ttl = json_int(set, "ttl", t->ttl);
		}
	return ok(r);
}

static cJSON *set_of(struct api *a, const struct txt *t, struct strs values, long long ttl)
{
	return !values.n ? NULL
	                 : json_list(json(js("name", fmt(a, "%s.", t->fqdn)), js("type", "TXT"),
	                       jn("ttl", ttl), jo("rrdatas", texts_json(values))));
}

/* One change takes the set away as it was and puts it there as it is to be; it takes a while. */
static int change(struct api *a, const struct txt *t, cJSON *old, cJSON *new)
{
	const char *path = fmt(a, "/%s/changes", t->zone_id);
	const struct reply *r = api_post(a, path, json(jo("deletions", old), jo("additions", new)));
	const char *id = r ? reply_str(a, r, "id") : NULL;
	if (!id)
		return -1;
	for (int i = 0; i < POLLS; i++) {
		if (text_is(json_str(r->json, "status"), "done"))
			return 0;
		if (api_wait(a, i ? POLL_MS : 1000) || !(r = api_get(a, fmt(a, "%s/%s", path, id))))
			return -1;
	}
	return fail(a, "change %s is not done after 10 minutes", id);
}

static int add(struct api *a, struct txt *t)
{
	struct strs values = { 0 };
	long long ttl = t->ttl;
	if (read_set(a, t, &values, &ttl))
		return -1;
	cJSON *old = set_of(a, t, values, ttl);
	if (!texts_add(a, &values, t->value, quoted(a, t->value)))
		return 0;
	return change(a, t, old, set_of(a, t, values, ttl));
}

static int rm(struct api *a, struct txt *t)
{
	struct strs values = { 0 };
	long long ttl = t->ttl;
	if (read_set(a, t, &values, &ttl))
		return -1;
	cJSON *old = set_of(a, t, values, ttl);
	if (!texts_rm(&values, t->value))
		return 0;
	return change(a, t, old, set_of(a, t, values, ttl));
}

const struct dns_driver dns_gcloud = {
	.svc = {
		.name = "dns_gcloud",
		.title = "Google Cloud DNS",
		.site = "cloud.google.com/dns",
		.docs = "https://cloud.google.com/dns/docs/reference/rest/v1",
		.base = "https://dns.googleapis.com/dns/v1/projects/{project}/managedZones",
		.bearer = "token",
		.fault = { .text = "error_description|error/message", .code = "error/status" },
		.creds = {
			{ "GCE_SERVICE_ACCOUNT_FILE", "path of a service account's key file (JSON)", 0, 1, NULL,
				"GOOGLE_APPLICATION_CREDENTIALS" },
			{ "GCE_PROJECT", "project, if it is not the account's", OPTIONAL, 0, NULL,
				"CLOUDSDK_CORE_PROJECT" },
			{ "CLOUDSDK_ACTIVE_CONFIG_NAME", "configuration of gcloud", OPTIONAL, 0, NULL, NULL },
		},
		.keyless = true,
		.login = login,
		.permissions = "the role DNS Administrator (roles/dns.admin) in the project",
		.notes = "Without a key file: the account with which the gcloud program is logged in, else the "
		         "one of the machine.",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.ttl = 60,
};
