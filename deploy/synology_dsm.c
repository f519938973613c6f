/* Synology DSM: import of a certificate over the web API, as the user of the settings or, on the
 * NAS itself, as an administrator who exists only meanwhile. "DSM Login Web API Guide",
 * kb.synology.com/en-global/DG/DSM_Login_Web_API_Guide */
#include "../acme.h"

#define TEMPORARY "sc-acmesh-tmp"
#define SYNOINFO "/etc/synoinfo.conf"
#define ENFORCED "otp_enforce_option"

/* --- replies ---------------------------------------------------------------------------------- */

/* DSM tells numbers only. */
static const struct {
	const char *code, *text, *remedy;
} faults[] = {
	{ "105", "this user is no administrator", NULL },
	{ "400", "no such account, or a wrong password", "check SYNO_USERNAME and SYNO_PASSWORD" },
	{ "401", "the account is disabled", NULL },
	{ "402", "the user may not do this", NULL },
	{ "403", "the account wants a second factor",
	    "set SYNO_OTP_CODE to the code that the app shows now, once; or SYNO_TOTP_SECRET" },
	{ "404", "the code of the second factor is wrong or too old",
	    "set SYNO_OTP_CODE to the code that the app shows now" },
	{ "406", "all users must have a second factor, and this one has none",
	    "set it up for the user, or use SYNO_USE_TEMP_ADMIN=1 on the NAS itself" },
	{ "407", "DSM blocks this address after too many failed logins", NULL },
	{ "408", "the password has expired and cannot be changed", NULL },
	{ "409", "the password has expired", NULL },
	{ "410", "the password must be changed", NULL },
	{ "5511", "DSM does not take the private key", NULL },
};

static struct reply *refused(struct api *a, const struct reply *r)
{
	const char *code = json_str(r->json, "error/code");

	for (size_t i = 0; code && i < sizeof faults / sizeof *faults; i++) {
		if (!text_is(code, faults[i].code))
			continue;
		fail(a, "%s (code %s)", faults[i].text, code);
		if (faults[i].remedy)
			remedy(a, "%s", faults[i].remedy);
		return NULL;
	}
	if (code)
		fail(a, "error %s", code);
	else
		reply_refused(a, r);
	return NULL;
}

/* A reply that may be a refusal. */
static struct reply *ask(struct api *a, const char *path, const char *const *pairs)
{
	return api_send(a,
	    &(struct api_request){ .method = "POST",
	        .url = fmt(a, "/webapi/%s", path),
	        .type = API_FORM,
	        .body = form_text(a, pairs),
	        .any_status = true,
	        .confidential = true });
}

static struct reply *granted(struct api *a, struct reply *r)
{
	return !r || json_is_true(r->json, "success") ? r : refused(a, r);
}

/* --- the temporary administrator -------------------------------------------------------------- */

/* What a program prints, whether it likes its arguments or not. */
static const char *try_program(struct api *a, const struct deployment *d, const char *const *args)
{
	const char *out = run_program(a, d->env, args, NULL);

	if (!out)
		error_clear(api_arena(a));
	return out ? out : "";
}

/* DSM 6 cannot add one to a group: there the whole list of members is set. */
static int add_to_group(struct api *a, const struct deployment *d)
{
	const char *group, *line, *name;
	struct strs set = { 0 };

	try_program(a, d, arguments("synogroup", "--memberadd", "administrators", TEMPORARY));
	group = try_program(a, d, arguments("synogroup", "--get", "administrators"));
	if (strstr(group, "[" TEMPORARY "]"))
		return 0;
	strs_add(api_arena(a), &set, "synogroup");
	strs_add(api_arena(a), &set, "--member");
	strs_add(api_arena(a), &set, "administrators");
	line = strstr(group, "Group Members");
	for (; line && (name = strchr(line, '[')); line = name + strcspn(name, "]"))
		strs_add(api_arena(a), &set,
		    arena_strn(api_arena(a), name + 1, strcspn(name + 1, "]")));
	if (set.n == 3)
		return fail(a, "synogroup does not tell who is an administrator");
	strs_add(api_arena(a), &set, TEMPORARY);
	return run_program(a, d->env, set.v, NULL) ? 0 : -1;
}

static int check_here(struct api *a)
{
	static const char *const here[] = { "localhost", "127.0.0.1", "[::1]" };
	const char *host = cred(a, "SYNO_HOSTNAME");

	for (size_t i = 0; i < sizeof here / sizeof *here; i++)
		if (text_is(host, here[i]))
			return 0;
	if (text_yes(cred(a, "SYNO_LOCAL_HOSTNAME")))
		return 0;
	fail(a, "a temporary administrator would be one of this machine, not of %s", host);
	return remedy(a, "if that is this machine: SYNO_LOCAL_HOSTNAME=1");
}

/* synouser takes a password as argument only; this one is good for a few seconds. The ends of it
 * are what rules of strength ask for. */
static int make_admin(struct api *a, const struct deployment *d)
{
	api_step(a, "making a temporary administrator");
	if (check_here(a))
		return -1;
	api_keep(a, "user", TEMPORARY);
	api_keep_secret(a, "password", fmt(a, "aA1-%s", random_text(a, 16)));
	try_program(a, d, arguments("synouser", "--del", TEMPORARY));
	if (run_program(a, d->env,
	        arguments("synouser", "--add", TEMPORARY, api_kept(a, "password"), "", "0", "",
	            "0"),
	        NULL))
		return add_to_group(a, d);
	return remedy(a, "run it as root on the NAS, or set SYNO_USERNAME and SYNO_PASSWORD");
}

/* It has no second factor: where all must have one, that is suspended during the login. What was
 * set, NULL when nothing was. */
static const char *suspend_otp(struct api *a, const struct deployment *d)
{
	const char *set = text_trim(api_arena(a),
	    try_program(a, d, arguments("synogetkeyvalue", SYNOINFO, ENFORCED)));

	if (!*set || text_is(set, "none"))
		return NULL;
	run_program(a, d->env, arguments("synosetkeyvalue", SYNOINFO, ENFORCED, "none"), NULL);
	return set;
}

/* --- login ------------------------------------------------------------------------------------ */

static struct reply *try_login(struct api *a, const char *path, const char *version,
    const char *device, const char *otp)
{
	const bool remember = otp && cred(a, "SYNO_OTP_CODE");

	return ask(a, path,
	    form("api", "SYNO.API.Auth", "version", version, "method", "login", "format", "sid",
	        "enable_syno_token", "yes", "account", api_kept(a, "user"), "passwd",
	        api_kept(a, "password"), "device_name",
	        device || otp ? cred(a, "SYNO_DEVICE_NAME") : NULL, "device_id", device, "otp_code",
	        otp, "enable_device_token", remember ? "yes" : NULL));
}

/* The device is remembered, so that the code is wanted only once. */
static int take_session(struct api *a, const struct reply *r, bool remember)
{
	const char *sid = reply_str(a, r, "data/sid"), *token = reply_str(a, r, "data/synotoken");
	const char *device = json_str(r->json, "data/device_id");

	if (!sid || !token)
		return -1;
	api_keep_secret(a, "sid", sid);
	api_keep_secret(a, "token", token);
	if (!device)
		device = json_str(r->json, "data/did"); /* before version 7 */
	return remember && device ? cred_put(a, "SYNO_DEVICE_ID", device) : 0;
}

static int log_in(struct api *a)
{
	const bool temporary = api_kept(a, "user") != NULL;
	const char *device = temporary ? NULL : cred(a, "SYNO_DEVICE_ID");
	const char *code = temporary ? NULL : cred(a, "SYNO_OTP_CODE"), *otp = code;
	struct reply *r;

	api_step(a, "login");
	r = granted(a,
	    ask(a, "query.cgi",
	        form("api", "SYNO.API.Info", "version", "1", "method", "query", "query",
	            "SYNO.API.Auth")));
	const char *path = r ? reply_str(a, r, "data/SYNO.API.Auth/path") : NULL;
	const char *version = r ? reply_str(a, r, "data/SYNO.API.Auth/maxVersion") : NULL;
	if (!path || !version)
		return -1;
	if (!temporary) {
		api_keep(a, "user", cred(a, "SYNO_USERNAME"));
		api_keep_secret(a, "password", cred(a, "SYNO_PASSWORD"));
		if (!otp && cred(a, "SYNO_TOTP_SECRET"))
			otp = totp(a, cred(a, "SYNO_TOTP_SECRET"));
	}
	api_keep(a, "auth", path);
	r = try_login(a, path, version, device, device ? NULL : otp);
	if (r && device && otp && text_is(json_str(r->json, "error/code"), "403"))
		r = try_login(a, path, version, NULL, otp);
	return granted(a, r) ? take_session(a, r, code != NULL) : -1;
}

static void log_out(struct api *a)
{
	api_step(a, "logout");
	ask(a, api_kept(a, "auth"),
	    form("api", "SYNO.API.Auth", "version", "1", "method", "logout"));
}

/* --- the certificate -------------------------------------------------------------------------- */

static const char *description(struct api *a)
{
	const char *text = cred(a, "SYNO_CERTIFICATE");

	return text && !text_yes(cred(a, "CLEAR_SYNO_CERTIFICATE")) ? text : "";
}

static int no_such(struct api *a, const struct reply *list)
{
	const cJSON *c, *all = json_get(list->json, "data/certificates");
	struct strs names = { 0 };

	cJSON_ArrayForEach(c, all)
		if (json_str(c, "desc"))
			strs_add(api_arena(a), &names, fmt(a, "'%s'", json_str(c, "desc")));
	fail(a, "there is no certificate with the description '%s'", description(a));
	return remedy(a, "set SYNO_CREATE=1 to make it%s%s",
	    names.n ? ", or SYNO_CERTIFICATE to one of " : "",
	    names.n ? text_safe(api_arena(a), text_join(api_arena(a), names, ", "), 400) : "");
}

static int import(struct api *a, const struct deployment *d)
{
	api_step(a, "listing the certificates");
	struct reply *r = granted(a,
	    ask(a, "entry.cgi",
	        form("api", "SYNO.Core.Certificate.CRT", "version", "1", "method", "list")));
	const cJSON *old =
	    r ? json_find(r->json, "data/certificates", "desc", description(a)) : NULL;
	if (!r || (!old && !text_yes(cred(a, "SYNO_CREATE"))))
		return r ? no_such(a, r) : -1;
	api_step(a, "import");
	r = api_multipart(a,
	    fmt(a, "/webapi/entry.cgi%s",
	        query(a, "api", "SYNO.Core.Certificate", "method", "import", "version", "1")),
	    (const struct part[]){ { .name = "key", .value = d->key, .filename = "key.pem" },
	        { .name = "cert", .value = d->cert, .filename = "cert.pem" },
	        { .name = "inter_cert",
	            .value = *d->chain ? d->chain : NULL,
	            .filename = "chain.pem" },
	        { .name = "id", .value = old ? json_str(old, "id") : "" },
	        { .name = "desc", .value = description(a) },
	        { .name = "as_default", .value = json_is_true(old, "is_default") ? "true" : NULL },
	        { 0 } });
	return granted(a, r) ? 0 : -1;
}

static int with_admin(struct api *a, const struct deployment *d)
{
	const char *enforced = NULL;
	int bad = make_admin(a, d);

	if (!bad)
		enforced = suspend_otp(a, d);
	bad = bad || log_in(a);
	if (enforced)
		bad |= !run_program(a, d->env,
		    arguments("synosetkeyvalue", SYNOINFO, ENFORCED, enforced), NULL);
	bad = bad || import(a, d);
	if (!bad)
		log_out(a);
	if (api_kept(a, "user") &&
	    !run_program(a, d->env, arguments("synouser", "--del", TEMPORARY), NULL))
		return -1;
	return bad ? -1 : 0;
}

static int deploy(struct api *a, const struct deployment *d)
{
	api_base(a,
	    fmt(a, "%s://%s:%s", cred(a, "SYNO_SCHEME"), cred(a, "SYNO_HOSTNAME"),
	        cred(a, "SYNO_PORT")));
	if (text_yes(cred(a, "CLEAR_SYNO_CERTIFICATE")) && cred_put(a, "SYNO_CERTIFICATE", ""))
		return -1;
	if (text_yes(cred(a, "SYNO_USE_TEMP_ADMIN")))
		return with_admin(a, d);
	if (!cred(a, "SYNO_USERNAME"))
		return fail(a, "set SYNO_USERNAME and SYNO_PASSWORD, or SYNO_USE_TEMP_ADMIN=1");
	if (log_in(a) || import(a, d))
		return -1;
	log_out(a);
	return 0;
}

const struct deploy_hook deploy_synology_dsm = {
	.svc = { .name = "synology_dsm",
	    .title = "Synology DSM",
	    .site = "synology.com",
	    .docs = "https://kb.synology.com/en-global/DG/DSM_Login_Web_API_Guide/2",
	    .base = "{SYNO_HOSTNAME}",
	    .headers = { { "Cookie", "sid", "id=%s" }, { "X-SYNO-TOKEN", "token", NULL } },
	    .fault = { .text = "error/message" },
	    .creds = { { "SYNO_USERNAME", "administrator", 0, 1, NULL, "SYNO_Username" },
	        { "SYNO_PASSWORD", "password", SECRET, 1, NULL, "SYNO_Password" },
	        { "SYNO_OTP_CODE", "a code of the second factor, wanted once", OPTIONAL | UNSAVED,
	            1, NULL, NULL },
	        { "SYNO_TOTP_SECRET", "or the secret that such codes come of", OPTIONAL | SECRET, 1,
	            NULL, NULL },
	        { "SYNO_DEVICE_NAME", "name that this machine is remembered under", OPTIONAL, 1,
	            "CertRenewal", "SYNO_Device_Name" },
	        { "SYNO_DEVICE_ID", "token of a remembered machine", OPTIONAL | SECRET, 1, NULL,
	            "SYNO_Device_ID|SYNO_DID" },
	        { "SYNO_USE_TEMP_ADMIN", "1, as root on the NAS: an administrator for a moment", 0,
	            2, NULL, NULL },
	        { "SYNO_LOCAL_HOSTNAME", "1: SYNO_HOSTNAME is this machine", OPTIONAL, 2, NULL,
	            NULL },
	        { "SYNO_SCHEME", "http or https", 0, 0, "http", "SYNO_Scheme" },
	        { "SYNO_HOSTNAME", "address of the NAS", 0, 0, "localhost", "SYNO_Hostname" },
	        { "SYNO_PORT", "its port", 0, 0, "5000", "SYNO_Port" },
	        { "SYNO_CERTIFICATE", "description of the certificate to replace", OPTIONAL, 0,
	            NULL, "SYNO_Certificate" },
	        { "CLEAR_SYNO_CERTIFICATE", "1: the one without description again",
	            OPTIONAL | UNSAVED, 0, NULL, NULL },
	        { "SYNO_CREATE", "1: make it when it is not there", OPTIONAL | UNSAVED, 0, NULL,
	            "SYNO_Create" },
	        { "SYNO_INSECURE", "1: accept whatever certificate it has", OPTIONAL, 0, NULL,
	            NULL } },
	    .unverified = "SYNO_INSECURE",
	    .permissions = "member of the group administrators" },
	.deploy = deploy,
};
