/* Joker.com, dynamic DNS of one domain, which replaces the TXT value of a name:
 * joker.com/faq/content/6/496/en/let_s-encrypt-support.html */
#include "../acme.h"

static const struct reply *replace(struct api *a, const char *zone, const char *label,
    const char *value)
{
	return api_send(a,
	    &(struct api_request){ .method = "POST",
	        .any_status = true,
	        .type = "application/x-www-form-urlencoded",
	        .body = form_text(a,
	            form("username", cred(a, "JOKER_USERNAME"), "password",
	                cred(a, "JOKER_PASSWORD"), "zone", zone, "label", label, "type", "TXT",
	                "value", value)) });
}

static bool done(const struct reply *r)
{
	return r->status == 200 && text_starts(r->body, "OK");
}

static int refused(struct api *a, const struct reply *r)
{
	fail(a, "%d %.*s", r->status, (int)strcspn(r->body, "\r\n"), r->body);
	return remedy(a,
	    "check JOKER_USERNAME and JOKER_PASSWORD, which are those of the domain's "
	    "dynamic DNS, not of the account");
}

/* There is no listing. Removing what is not there works in the zone that the credentials are for,
 * and in no other; so a refusal counts when no name is left to try. */
static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	const struct reply *r = replace(a, name, "_acme-zone-probe", "");
	if (!r || done(r))
		return r ? 1 : -1;
	const char *dot = strchr(name, '.');
	return r->status < 500 && dot && strchr(dot + 1, '.') ? 0 : refused(a, r);
}

static int set(struct api *a, const struct txt *t, const char *value)
{
	const struct reply *r = replace(a, t->zone, sub_or(t, "@"), value);
	return !r || done(r) ? ok(r) : refused(a, r);
}

static int add(struct api *a, struct txt *t)
{
	return set(a, t, t->value);
}

static int rm(struct api *a, struct txt *t)
{
	return set(a, t, "");
}

const struct dns_driver dns_joker = {
	.svc = {
		.name = "dns_joker",
		.title = "Joker.com",
		.site = "joker.com",
		.docs = "https://joker.com/faq/content/6/496/en/let_s-encrypt-support.html",
		.base = "https://svc.joker.com/nic/replace",
		.accept = "text/plain",
		.creds = {
			{ "JOKER_USERNAME", "user name of the domain's dynamic DNS", 0, 0, NULL, NULL },
			{ "JOKER_PASSWORD", "its password", SECRET, 0, NULL, NULL },
		},
		.notes = "Dynamic DNS is switched on in the domain's DNS settings and gives the credentials.",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.one_value = true,
};
