/* Zyxel switches GS1900, as their web interface takes a certificate since firmware 2.80: PKCS#12,
 * by a form whose answer tells nothing, so that the page of certificates is looked at again. */
#include "../acme.h"

#define PAGES "/cgi-bin/dispatcher.cgi"
enum { ENCODED = 321, PASSWORD_MAX = 63, SETTLE_MS = 4000, OLDEST = 280 };

/* --- login ------------------------------------------------------------------------------------ */

/* The login page's own encoding: the password backwards at each fifth place, its length at two
 * others, the rest is noise. Places count from 1. */
static char *encoded(struct api *a, const char *password)
{
	const size_t n = strlen(password);
	char *text = random_text(a, ENCODED);

	for (size_t i = 0; i < n; i++)
		text[5 * (i + 1) - 1] = password[n - 1 - i];
	text[123 - 1] = (char)('0' + n / 10);
	text[289 - 1] = (char)('0' + n % 10);
	return text;
}

static const char *post(struct api *a, const char *body)
{
	const struct reply *r = api_send(a,
	    &(struct api_request){ .method = "POST",
	        .url = PAGES,
	        .type = API_FORM,
	        .body = body,
	        .confidential = true });

	return r ? text_trim(api_arena(a), r->body) : NULL;
}

static int log_in(struct api *a)
{
	const char *password = cred(a, "DEPLOY_ZYXEL_SWITCH_PASSWORD"), *answer;

	api_step(a, "login");
	if (strlen(password) > PASSWORD_MAX)
		return fail(a, "DEPLOY_ZYXEL_SWITCH_PASSWORD is longer than %d", PASSWORD_MAX);
	answer = post(a,
	    fmt(a, "%s&login=true;",
	        form_text(a,
	            form("username", cred(a, "DEPLOY_ZYXEL_SWITCH_USER"), "password",
	                encoded(a, password)))));
	if (answer)
		answer = post(a, form_text(a, form("authId", answer, "login_chk", "true")));
	if (!answer)
		return -1;
	if (text_is(answer, "OK"))
		return 0;
	fail(a, "it does not take this user name and password: %s",
	    text_safe(api_arena(a), answer, 100));
	return remedy(a, "check DEPLOY_ZYXEL_SWITCH_USER and DEPLOY_ZYXEL_SWITCH_PASSWORD");
}

/* --- pages ------------------------------------------------------------------------------------ */

/* A page with each white space as one blank, as its dates are wanted. */
static const char *page(struct api *a, int number)
{
	const struct reply *r = api_get(a, fmt(a, PAGES "?cmd=%d", number));
	char *text = r ? arena_str(api_arena(a), r->body) : NULL, *out = text;

	for (const char *p = text; p && *p; p++) {
		const bool blank = strchr(" \t\r\n", *p) != NULL;
		if (!blank || (out > text && out[-1] != ' '))
			*out++ = blank ? ' ' : *p;
	}
	if (out)
		*out = 0;
	return text;
}

/* The token that a page's first form has to bring back. */
static const char *token(struct api *a, const char *html)
{
	const char *at = strstr(html, "name=\"XSSID\""),
	           *value = at ? strstr(at, "value=\"") : NULL;

	if (!value)
		return fail_null(a, "the page has no XSSID");
	value += strlen("value=\"");
	return arena_strn(api_arena(a), value, strcspn(value, "\""));
}

/* The cell behind the one that holds label; "" when there is none. */
static const char *cell(struct api *a, const char *html, const char *label)
{
	const char *p = strstr(html, label);

	p = p ? strstr(p, "<td") : NULL;
	p = p ? strchr(p, '>') : NULL;
	return p ? text_trim(api_arena(a), arena_strn(api_arena(a), p + 1, strcspn(p + 1, "<")))
	         : "";
}

/* "V2.80(AAHI.0)" is 280. */
static int check_device(struct api *a)
{
	const char *html = page(a, 12);
	const char *model = html ? cell(a, html, "Model Name") : "";
	const char *firmware = html ? cell(a, html, "Firmware Version") : "";
	struct strs parts = text_split(api_arena(a), firmware, "Vv.( ");
	long long major, minor;

	if (!html)
		return -1;
	if (*model && !text_starts(model, "GS1900"))
		return fail(a, "%s is no GS1900 switch", text_safe(api_arena(a), model, 40));
	if (parts.n >= 2 && !text_number(parts.v[0], 0, 1000, &major) &&
	    !text_number(parts.v[1], 0, 99, &minor) && major * 100 + minor < OLDEST)
		return fail(a, "its firmware %s takes no certificates, V2.80 and later do",
		    text_safe(api_arena(a), firmware, 40));
	return 0;
}

/* --- the certificate -------------------------------------------------------------------------- */

/* "Mar 5 05:48:48 2027 GMT", out of "Fri, 05 Mar 2027 05:48:48 GMT". */
static const char *end_of(struct api *a, const struct deployment *d)
{
	const char *date = clock_http_date(api_arena(a), d->not_after);

	return fmt(a, "%.3s %.*s %.8s %.4s GMT", date + 8, date[5] == '0' ? 1 : 2,
	    date + 5 + (date[5] == '0'), date + 17, date + 12);
}

static int upload(struct api *a, const struct deployment *d)
{
	const char *html = page(a, 5914), *end = end_of(a, d), *form_token, *bytes;
	const char *password = random_text(a, 32);
	size_t n;

	if (!html || strstr(html, end)) /* it has it already */
		return html ? 0 : -1;
	if (!(form_token = token(a, html)) || !(bytes = pkcs12_of(a, d, password, false, &n)))
		return -1;
	const struct part parts[] = { { .name = "XSSID", .value = form_token },
		{ .name = "pwd", .value = password }, { .name = "cmd", .value = "31" },
		{ .name = "sysSubmit", .value = "Import" },
		{ .name = "http_file", .value = bytes, .len = n, .filename = "cert.pfx" }, { 0 } };
	/* It may hang up: what counts is what the page says then. */
	if (!api_multipart(a, "/cgi-bin/httpuploadcert.cgi", parts))
		error_clear(api_arena(a));
	if (api_wait(a, SETTLE_MS) || !(html = page(a, 5914)))
		return -1;
	if (strstr(html, end))
		return 0;
	fail(a, "the switch did not take the certificate");
	return d->ecc ? remedy(a, "it wants an RSA key: --keylength 2048") : -1;
}

static int reboot(struct api *a)
{
	const char *html = page(a, 5888), *form_token = html ? token(a, html) : NULL;
	const struct reply *r;

	if (!form_token)
		return -1;
	r = api_form(a, PAGES, form("XSSID", form_token, "cmd", "5889", "sysSubmit", "Reboot"));
	if (!r)
		return -1;
	return strstr(r->body, "Rebooting now") ? 0 : reply_refused(a, r);
}

static int deploy(struct api *a, const struct deployment *d)
{
	const char *host = host_or_domain(a, d, "DEPLOY_ZYXEL_SWITCH");

	if (!host)
		return -1;
	api_base(a, fmt(a, "https://%s", host));
	if (log_in(a))
		return -1;
	api_step(a, "looking at the device");
	if (check_device(a))
		return -1;
	api_step(a, "import");
	if (upload(a, d))
		return -1;
	api_step(a, "reboot");
	return text_yes(cred(a, "DEPLOY_ZYXEL_SWITCH_REBOOT")) ? reboot(a) : 0;
}

const struct deploy_hook deploy_zyxel_gs1900 = {
	.svc = { .name = "zyxel_gs1900",
	    .title = "Zyxel GS1900",
	    .site = "zyxel.com",
	    .docs = "https://www.zyxel.com/products/gs1900-series",
	    .base = "{DEPLOY_ZYXEL_SWITCH}",
	    .accept = "*/*",
	    .cookies = true,
	    .creds = { { "DEPLOY_ZYXEL_SWITCH",
	                   "address of the switch, else the certificate's name", OPTIONAL, 0, NULL,
	                   NULL },
	        { "DEPLOY_ZYXEL_SWITCH_USER", "administrator", 0, 0, "admin", NULL },
	        { "DEPLOY_ZYXEL_SWITCH_PASSWORD", "password", SECRET, 0, "1234", NULL },
	        { "DEPLOY_ZYXEL_SWITCH_REBOOT", "1: restart it then", 0, 0, "0", NULL },
	        { "DEPLOY_ZYXEL_SWITCH_INSECURE", "1: accept whatever certificate it has", OPTIONAL,
	            0, NULL, NULL } },
	    .unverified = "DEPLOY_ZYXEL_SWITCH_INSECURE",
	    .notes = "Firmware 2.80 or later, HTTPS switched on; it takes RSA keys only." },
	.deploy = deploy,
};
