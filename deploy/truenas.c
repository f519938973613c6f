/* TrueNAS over its REST API 2.0, which ends with TrueNAS 26: a new certificate is imported, the web
 * interface, services and apps that used the old one are given it, the old one is deleted.
 * api.truenas.com, and /api/docs/restful on the machine */
#include "../acme.h"

#define MADE_BY_US "Letsencrypt_"
enum { POLLS = 150, POLL_MS = 2000 };

/* What a job came to: its number is a call's answer; older versions answer at once. */
static const cJSON *await(struct api *a, const struct reply *r)
{
	const char *path;

	if (!r || !cJSON_IsNumber(r->json))
		return r ? r->json : NULL;
	path = fmt(a, "/core/get_jobs%s", query(a, "id", json_str(r->json, "")));
	for (int i = 0; i < POLLS; i++) {
		if (!(r = api_get(a, path)))
			return NULL;
		const char *state = json_str(r->json, "0/state"),
		           *error = json_str(r->json, "0/error");
		if (text_is(state, "SUCCESS"))
			return json_get(r->json, "0/result") ? json_get(r->json, "0/result")
			                                     : r->json;
		if (text_is(state, "FAILED") || text_is(state, "ABORTED"))
			return fail_null(a, "%s",
			    error ? text_safe(api_arena(a), error, 300) : "the job was ended");
		if (api_wait(a, POLL_MS))
			return NULL;
	}
	return fail_null(a, "the job takes more than %d s", POLLS * POLL_MS / 1000);
}

/* The API key must not travel unencrypted where that is not wanted: the machine is asked first
 * whether it would redirect, without it. */
static int choose_scheme(struct api *a)
{
	const char *host = cred(a, "DEPLOY_TRUENAS_HOSTNAME"),
	           *scheme = cred(a, "DEPLOY_TRUENAS_SCHEME");
	const char *root = fmt(a, "%s://%s/", scheme, host);
	const struct reply *r = NULL;

	if (!text_is(scheme, "https") &&
	    !(r = api_send(a,
	          &(struct api_request){ .url = root,
	              .no_auth = true,
	              .no_redirect = true,
	              .any_status = true })))
		return -1;
	if (r && r->status >= 300 && r->status < 400 &&
	    text_starts(reply_header(r, "Location"), "https://")) {
		scheme = "https";
		if (cred_put(a, "DEPLOY_TRUENAS_SCHEME", scheme))
			return -1;
	}
	api_base(a, fmt(a, "%s://%s/api/v2.0", scheme, host));
	return 0;
}

/* The new certificate's number. */
static long long import(struct api *a, const struct deployment *d)
{
	const char *now = clock_rfc3339(api_arena(a), clock_now());
	const cJSON *made;

	api_step(a, "import");
	made = await(a,
	    api_post(a, "/certificate",
	        json(js("create_type", "CERTIFICATE_CREATE_IMPORTED"),
	            js("name",
	                fmt(a, MADE_BY_US "%.10s_%.2s%.2s%.2s", now, now + 11, now + 14, now + 17)),
	            js("certificate", d->fullchain), js("privatekey", d->key))));
	if (!made)
		return -1;
	const long long id = json_int(made, "id", 0);
	return id ? id : fail(a, "it does not tell the new certificate's number");
}

/* A number, or an object that has one. */
static bool uses(const cJSON *j, const char *path, long long id)
{
	const cJSON *value = json_get(j, path);

	return value && id && json_int(value, cJSON_IsObject(value) ? "id" : "", 0) == id;
}

static int update_services(struct api *a, long long old, long long fresh)
{
	/* Not every version has each of them. */
	static const struct {
		const char *path, *member;
	} services[] = { { "/webdav", "certssl" }, { "/ftp", "ssltls_certificate" },
		{ "/s3", "certificate" } };

	for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
		api_step(a, "setting %s", services[i].path + 1);
		const struct reply *r = api_probe(a, services[i].path);
		if (!r)
			return -1;
		if (!r->missing && uses(r->json, services[i].member, old) &&
		    !api_put(a, services[i].path, json(jn(services[i].member, fresh))))
			return -1;
	}
	return 0;
}

/* Apps up to 24.04 were charts, which name certificates in their ingresses. */
static int update_charts(struct api *a, long long old, long long fresh)
{
	const struct reply *r = api_probe(a, "/chart/release");
	const cJSON *chart;

	if (!r || r->missing)
		return ok(r);
	cJSON_ArrayForEach(chart, r->json) {
		cJSON *ingress = cJSON_Duplicate(json_get(chart, "config/ingress"), true), *tls;
		bool used = false;
		cJSON_ArrayForEach(tls, json_get(ingress, "main/tls")) {
			if (!uses(tls, "scaleCert", old))
				continue;
			cJSON_ReplaceItemInObjectCaseSensitive(tls, "scaleCert",
			    cJSON_CreateNumber((double)fresh));
			used = true;
		}
		api_step(a, "setting the app %s", json_str(chart, "name"));
		if (used &&
		    !await(a,
		        api_put(a,
		            fmt(a, "/chart/release/id/%s", escape(a, json_str(chart, "name"))),
		            json(jo("values", json(jo("ingress", ingress)))))))
			return -1;
	}
	return 0;
}

static int update_apps(struct api *a, long long old, long long fresh)
{
	const struct reply *r = api_probe(a, "/app"), *config;
	const cJSON *app;

	if (!r || r->missing)
		return ok(r);
	cJSON_ArrayForEach(app, r->json) {
		const char *name = json_str(app, "name");
		api_step(a, "setting the app %s", name);
		if (!name || !(config = api_post(a, "/app/config", js(NULL, name))))
			return -1;
		if (uses(config->json, "network/certificate_id", old) &&
		    !await(a,
		        api_put(a, fmt(a, "/app/id/%s", escape(a, name)),
		            json(jo("values",
		                json(jo("network", json(jn("certificate_id", fresh)))))))))
			return -1;
	}
	return 0;
}

/* It works without these two: the old certificate may be in use elsewhere, and the restart of the
 * web interface may cut the connection. */
static void tidy_up(struct api *a, const cJSON *old)
{
	if (text_starts(json_str(old, "name") ? json_str(old, "name") : "", MADE_BY_US))
		api_send(a,
		    &(struct api_request){ .method = "DELETE",
		        .url = fmt(a, "/certificate/id/%s", json_str(old, "id")),
		        .any_status = true });
	api_send(a,
	    &(struct api_request){ .url = "/system/general/ui_restart",
	        .once = true,
	        .any_status = true });
	error_clear(api_arena(a));
}

static int deploy(struct api *a, const struct deployment *d)
{
	const struct reply *r;
	const cJSON *old;
	long long fresh;

	api_step(a, "looking for the certificate in use");
	if (choose_scheme(a) || !(r = api_get(a, "/system/general")))
		return -1;
	old = json_get(r->json, "ui_certificate");
	if ((fresh = import(a, d)) < 0)
		return -1;
	api_step(a, "setting the web interface");
	if (!api_put(a, "/system/general", json(jn("ui_certificate", fresh))) ||
	    update_services(a, json_int(old, "id", 0), fresh) ||
	    update_charts(a, json_int(old, "id", 0), fresh) ||
	    update_apps(a, json_int(old, "id", 0), fresh))
		return -1;
	tidy_up(a, old);
	return 0;
}

const struct deploy_hook deploy_truenas = {
	.svc = { .name = "truenas",
	    .title = "TrueNAS (REST API)",
	    .site = "truenas.com",
	    .docs = "https://www.truenas.com/docs/scale/api/",
	    .base = "{DEPLOY_TRUENAS_HOSTNAME}",
	    .bearer = "DEPLOY_TRUENAS_APIKEY",
	    .creds = { { "DEPLOY_TRUENAS_APIKEY", "API key", SECRET, 0, NULL, NULL },
	        { "DEPLOY_TRUENAS_HOSTNAME", "address of the machine", 0, 0, "localhost", NULL },
	        { "DEPLOY_TRUENAS_SCHEME", "http or https", 0, 0, "http", NULL },
	        { "DEPLOY_TRUENAS_INSECURE", "1: accept whatever certificate it has", OPTIONAL, 0,
	            NULL, NULL } },
	    .unverified = "DEPLOY_TRUENAS_INSECURE",
	    .notes =
	        "For TrueNAS up to 25.10; later ones have no REST API: truenas_ws. Over plain HTTP "
	        "TrueNAS revokes the keys of users: say https." },
	.deploy = deploy,
};
