/* TrueNAS 25.04 and later over its JSON-RPC API: a new certificate is imported, the web interface,
 * FTP and apps that used the old one are given it, the old one is deleted: api.truenas.com */
#include "../acme.h"

#define MADE_BY_US "acme_"
enum { POLLS = 300, POLL_MS = 2000 };

static const cJSON *call(struct api *a, const char *method, cJSON *params)
{
	api_step(a, "%s", method);
	return api_jsonrpc(a, api_kept(a, "url"), method, params);
}

/* A call that starts a job, whose number is its answer. */
static const cJSON *run(struct api *a, const char *method, cJSON *params)
{
	const cJSON *job = call(a, method, params);
	const char *id = json_str(job, "");

	for (int i = 0; id && i < POLLS; i++) {
		const cJSON *jobs = api_jsonrpc(a, api_kept(a, "url"), "core.get_jobs",
		    json_list(jo(NULL,
		        json_list(jo(NULL,
		            json_list(js(NULL, "id"), js(NULL, "="),
		                jn(NULL, json_int(job, "", 0))))))));
		const char *state = json_str(jobs, "0/state"), *error = json_str(jobs, "0/error");
		if (!jobs)
			return NULL;
		if (text_is(state, "SUCCESS"))
			return json_get(jobs, "0");
		if (text_is(state, "FAILED") || text_is(state, "ABORTED"))
			return fail_null(a, "%s",
			    error ? text_safe(api_arena(a), error, 300) : "the job was ended");
		if (api_wait(a, POLL_MS))
			return NULL;
	}
	if (!job)
		return NULL;
	return fail_null(a, id ? "the job takes too long" : "the answer is no job's number");
}

static int log_in(struct api *a)
{
	const char *port = cred(a, "DEPLOY_TRUENAS_PORT");
	const cJSON *in;

	api_keep(a, "url",
	    fmt(a, "%s://%s%s%s/api/current", cred(a, "DEPLOY_TRUENAS_PROTOCOL"),
	        cred(a, "DEPLOY_TRUENAS_HOSTNAME"), port ? ":" : "", port ? port : ""));
	in = call(a, "auth.login_with_api_key",
	    json_list(js(NULL, cred(a, "DEPLOY_TRUENAS_APIKEY"))));
	if (!in && arena_error(api_arena(a))->http == 404)
		remedy(a, "TrueNAS before 25.04 has another API: use the hook truenas");
	if (!in || cJSON_IsTrue(in))
		return in ? 0 : -1;
	fail(a, "the API key is not accepted");
	return remedy(a, "check DEPLOY_TRUENAS_APIKEY");
}

/* The new certificate's number, -1. */
static long long import(struct api *a, const struct deployment *d)
{
	const char *now = clock_rfc3339(api_arena(a), clock_now());
	const char *name = fmt(a, MADE_BY_US "%.4s%.2s%.2s_%.2s%.2s%.2s", now, now + 5, now + 8,
	    now + 11, now + 14, now + 17);
	const cJSON *job = run(a, "certificate.create",
	    json_list(jo(NULL,
	        json(js("name", name), js("create_type", "CERTIFICATE_CREATE_IMPORTED"),
	            js("certificate", d->fullchain), js("privatekey", d->key)))));
	const long long id = json_int(job, "result/id", 0);

	if (!job)
		return -1;
	return id ? id : fail(a, "it does not tell the new certificate's number");
}

/* A number, or an object that has one. */
static long long number_at(const cJSON *j, const char *path)
{
	const cJSON *value = json_get(j, path);

	return json_int(value, cJSON_IsObject(value) ? "id" : "", 0);
}

static int update_ftp(struct api *a, long long old, long long fresh)
{
	const cJSON *ftp = call(a, "ftp.config", NULL);

	if (!ftp || number_at(ftp, "ssltls_certificate") != old)
		return ftp ? 0 : -1;
	return call(a, "ftp.update", json_list(jo(NULL, json(jn("ssltls_certificate", fresh)))))
	    ? 0
	    : -1;
}

static int update_apps(struct api *a, long long old, long long fresh)
{
	const cJSON *app, *config, *apps = call(a, "app.query", NULL);

	cJSON_ArrayForEach(app, apps) {
		const char *name = json_str(app, "name");
		if (!name || !(config = call(a, "app.config", json_list(js(NULL, name)))))
			return -1;
		if (number_at(config, "network/certificate_id") != old)
			continue;
		cJSON *network = json(jo("network", json(jn("certificate_id", fresh))));
		if (!run(a, "app.update",
		        json_list(js(NULL, name), jo(NULL, json(jo("values", network))))))
			return -1;
	}
	return apps ? 0 : -1;
}

/* It works without these two: the old certificate may be in use elsewhere, and the restart cuts the
 * connection. */
static void tidy_up(struct api *a, const cJSON *old)
{
	const char *name = json_str(old, "name");

	if (name && text_starts(name, MADE_BY_US))
		run(a, "certificate.delete", json_list(jn(NULL, json_int(old, "id", 0))));
	error_clear(api_arena(a));
	call(a, "system.general.ui_restart", NULL);
	error_clear(api_arena(a));
}

static int deploy(struct api *a, const struct deployment *d)
{
	const cJSON *general = log_in(a) ? NULL : call(a, "system.general.config", NULL);
	const cJSON *old = json_get(general, "ui_certificate");
	const long long before = number_at(general, "ui_certificate");
	const long long fresh = general ? import(a, d) : -1;

	if (fresh < 0 ||
	    !call(a, "system.general.update",
	        json_list(jo(NULL, json(jn("ui_certificate", fresh))))) ||
	    (before && (update_ftp(a, before, fresh) || update_apps(a, before, fresh))))
		return -1;
	tidy_up(a, old);
	return 0;
}

const struct deploy_hook deploy_truenas_ws = {
	.svc = { .name = "truenas_ws",
	    .title = "TrueNAS",
	    .site = "truenas.com",
	    .docs = "https://api.truenas.com/",
	    .creds = { { "DEPLOY_TRUENAS_APIKEY", "API key of a user", SECRET, 0, NULL, NULL },
	        { "DEPLOY_TRUENAS_HOSTNAME", "address of the machine", 0, 0, "localhost", NULL },
	        { "DEPLOY_TRUENAS_PORT", "its port", OPTIONAL, 0, NULL, NULL },
	        { "DEPLOY_TRUENAS_PROTOCOL", "wss or ws", 0, 0, "wss", NULL },
	        { "DEPLOY_TRUENAS_INSECURE", "1: accept whatever certificate it has", OPTIONAL, 0,
	            NULL, NULL } },
	    .unverified = "DEPLOY_TRUENAS_INSECURE",
	    .notes = "For TrueNAS 25.04 and later; before that: truenas. Over ws, not encrypted, "
	             "TrueNAS revokes the keys of users." },
	.deploy = deploy,
};
