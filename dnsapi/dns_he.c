/* Hurricane Electric's free DNS. It has no API: the forms of its pages are sent, and the pages that
 * come of them read: dns.he.net */
#include "../acme.h"

/* --- reading pages ---------------------------------------------------------------------------- */

/* The tag at or behind *at, without < and >; *at is left behind it. NULL: no more. */
static const char *next_tag(struct api *a, const char **at)
{
	const char *from = strchr(*at, '<');
	if (!from)
		return NULL;
	const size_t n = strcspn(++from, ">");
	*at = from + n + (from[n] == '>');
	return arena_strn(api_arena(a), from, n);
}

/* What name="..." says in a tag, "" when it does not stand there. */
static const char *attribute(struct api *a, const char *tag, const char *name)
{
	const char *start = fmt(a, " %s=\"", name), *p = strstr(tag, start);
	if (!p)
		return "";
	p += strlen(start);
	const char *text = arena_strn(api_arena(a), p, strcspn(p, "\""));
	text = text_replace(api_arena(a), text, "&quot;", "\"");
	return text_replace(api_arena(a), text, "&amp;", "&");
}

/* The text behind a tag. */
static const char *text_at(struct api *a, const char *p)
{
	return text_trim(api_arena(a), arena_strn(api_arena(a), p, strcspn(p, "<")));
}

/* What the first tag with this id holds: "dns_err", "dns_status". NULL: there is none. */
static const char *notice(struct api *a, const char *page, const char *id)
{
	for (const char *p = page, *tag; (tag = next_tag(a, &p));)
		if (text_is(attribute(a, tag, "id"), id))
			return text_at(a, p);
	return NULL;
}

/* --- forms ------------------------------------------------------------------------------------ */

/* The page that comes of a form; each carries the login. */
static const char *submit(struct api *a, const char *const *pairs)
{
	const char *who =
	    form_text(a, form("email", cred(a, "HE_Username"), "pass", cred(a, "HE_Password")));
	const struct reply *r = api_send(a,
	    &(struct api_request){ .method = "POST",
	        .body = fmt(a, "%s&%s", who, form_text(a, pairs)),
	        .type = "application/x-www-form-urlencoded" });
	const char *fault = r ? notice(a, r->body, "dns_err") : NULL;
	if (text_is(fault, "Incorrect")) {
		fail(a, "Incorrect user name or password");
		remedy(a, "check HE_Username and HE_Password");
	} else if (!text_empty(fault) && !text_has_ci(fault, "already exists")) {
		fail(a, "%s", text_safe(api_arena(a), fault, 200));
	}
	return r && !failed(api_arena(a)) ? r->body : NULL;
}

/* A form that changes something, which the page behind it has to confirm. */
static int change(struct api *a, const char *const *pairs)
{
	const char *page = submit(a, pairs);
	if (!page)
		return -1;
	return notice(a, page, "dns_status") || notice(a, page, "dns_err")
	    ? 0
	    : fail(a, "the page does not tell that it was done");
}

/* --- zones ------------------------------------------------------------------------------------ */
static int zone(struct api *a, struct txt *t, const char *name)
{
	const char *page = api_kept(a, "zones"), *id;
	if (!page) {
		if (!(page = submit(a, form(NULL))))
			return -1;
		if (!strstr(page, "\"domains_table\""))
			return fail(a, "the page after the login has no list of domains");
		api_keep(a, "zones", page);
	}
	/* The picture to click on for editing a zone has its name and, in its link, its number. */
	for (const char *p = page, *tag; (tag = next_tag(a, &p));)
		if (same_name(attribute(a, tag, "name"), name) &&
		    (id = strstr(tag, "hosted_dns_zoneid="))) {
			id += strlen("hosted_dns_zoneid=");
			t->zone_id = arena_strn(api_arena(a), id, strspn(id, "0123456789"));
			return 1;
		}
	return 0;
}

/* --- records ---------------------------------------------------------------------------------- */

/* The numbers of the records that are t's. In a row of the table the record's number is the row's
 * id, its name a text, its type a class, and its value whole in an attribute only. */
static int find_all(struct api *a, const struct txt *t, struct strs *ids)
{
	const char *id = "", *name = "", *data = "";
	const char *page = submit(a,
	    form("hosted_dns_zoneid", t->zone_id, "menu", "edit_zone", "hosted_dns_editzone", ""));
	if (page && !strstr(page, "\"dns_tr"))
		return fail(a, "the page of the zone has no records");
	bool is_txt = false;
	for (const char *p = page, *tag; page && (tag = next_tag(a, &p));) {
		if (text_starts(tag, "tr ")) {
			id = text_is(attribute(a, tag, "class"), "dns_tr") ? attribute(a, tag, "id")
			                                                   : "";
			name = data = "";
			is_txt = false;
		} else if (text_starts(tag, "td ") &&
		    text_is(attribute(a, tag, "class"), "dns_view")) {
			name = text_at(a, p);
		} else if (text_starts(tag, "span ")) {
			is_txt |= text_is(attribute(a, tag, "class"), "rrlabel TXT");
		} else if (text_starts(tag, "td ") && *attribute(a, tag, "data")) {
			data = attribute(a, tag, "data");
		} else if (text_is(tag, "/tr") && *id && is_txt && same_name(name, t->fqdn) &&
		    same_txt(data, t->value)) {
			strs_add(api_arena(a), ids, id);
		}
	}
	return page ? 0 : -1;
}

static int add(struct api *a, struct txt *t)
{
	return change(a,
	    form("account", "", "menu", "edit_zone", "Type", "TXT", "hosted_dns_zoneid", t->zone_id,
	        "hosted_dns_recordid", "", "hosted_dns_editzone", "1", "Priority", "", "Name",
	        t->fqdn, "Content", t->value, "TTL", fmt(a, "%d", t->ttl), "hosted_dns_editrecord",
	        "Submit"));
}

static int find(struct api *a, struct txt *t)
{
	struct strs ids = { 0 };
	return find_all(a, t, &ids) ? -1 : ids.n > 0;
}

static int rm(struct api *a, struct txt *t)
{
	struct strs ids = { 0 };
	if (find_all(a, t, &ids))
		return -1;
	for (size_t i = 0; i < ids.n; i++)
		if (change(a,
		        form("menu", "edit_zone", "hosted_dns_zoneid", t->zone_id,
		            "hosted_dns_recordid", ids.v[i], "hosted_dns_editzone", "1",
		            "hosted_dns_delrecord", "1", "hosted_dns_delconfirm", "delete")))
			return -1;
	return 0;
}

const struct dns_driver dns_he = {
	.svc = {
		.name = "dns_he",
		.title = "Hurricane Electric",
		.site = "dns.he.net",
		.docs = "https://dns.he.net/",
		.base = "https://dns.he.net/",
		.accept = "text/html",
		.creds = {
			{ "HE_Username", "user name", 0, 0, NULL, NULL },
			{ "HE_Password", "password", SECRET, 0, NULL, NULL },
		},
		.notes = "There is no API: the pages of dns.he.net are used. Accounts with two-factor login "
		         "do not work.",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.find = find,
	.ttl = 300,
};
