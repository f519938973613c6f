/* Namecheap API, XML. The hosts of a domain are read, changed and written back as a whole:
 * namecheap.com/support/api/methods */
#include "../acme.h"

enum { PER_PAGE = 100 };

/* The address that the account lets in, which each request has to name; or a page that tells it. */
static int login(struct api *a)
{
	const char *ip = cred(a, "NAMECHEAP_SOURCEIP");
	if (strstr(ip, "://")) {
		const struct reply *r = api_send(a,
		    &(struct api_request){ .url = ip,
		        .no_auth = true,
		        .no_sign = true,
		        .any_status = true });
		if (!r)
			return -1;
		ip = r->body;
	}
	ip = text_trim(api_arena(a), ip);
	if (!text_is_ip(ip))
		return fail(a, "'%s' is no IP address", text_safe(api_arena(a), ip, 60));
	api_keep(a, "ip", ip);
	return 0;
}

/* --- commands --------------------------------------------------------------------------------- */

/* Who asks stands in the form of each command. */
static int sign(struct api *a, struct api_request *req)
{
	req->body = fmt(a, "%s&%s",
	    form_text(a,
	        form("ApiUser", cred(a, "NAMECHEAP_USERNAME"), "ApiKey",
	            cred(a, "NAMECHEAP_API_KEY"), "UserName", cred(a, "NAMECHEAP_USERNAME"),
	            "ClientIp", api_kept(a, "ip"))),
	    req->body);
	req->body_len = strlen(req->body);
	return 0;
}

/* PROBE: "no such domain" is no fault; TRY: nothing is. */
enum how { DEMAND, PROBE, TRY };

static const struct reply *command(struct api *a, enum how how, const char *name, const char *rest)
{
	return api_send(a,
	    &(struct api_request){ .method = "POST",
	        .probe = how == PROBE,
	        .any_status = how == TRY,
	        .body = fmt(a, "Command=namecheap.domains.%s&%s", name, rest),
	        .type = "application/x-www-form-urlencoded" });
}

/* "example.co.uk" as the API wants it. */
static const char *halves(struct api *a, const char *zone)
{
	const size_t n = strcspn(zone, ".");
	return form_text(a, form("SLD", fmt(a, "%.*s", (int)n, zone), "TLD", zone + n + 1));
}

/* --- zones ------------------------------------------------------------------------------------ */

/* Nothing where the account may not list its domains. */
static int page(struct api *a, int number, struct strs *names, long long *total)
{
	const struct reply *r = command(a, TRY, "getList",
	    form_text(a, form("Page", fmt(a, "%d", number), "PageSize", fmt(a, "%d", PER_PAGE))));
	const struct xml *d =
	    r ? xml_get(r->xml, "CommandResponse/DomainGetListResult/Domain") : NULL;
	if (!r)
		return -1;
	for (; d; d = xml_next(d))
		if (xml_str(d, "@Name"))
			strs_add(api_arena(a), names, xml_str(d, "@Name"));
	text_number(xml_str(r->xml, "CommandResponse/Paging/TotalItems"), 0, INT32_MAX, total);
	return 0;
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	const struct strs *mine = api_names(a, page);
	if (!mine)
		return -1;
	for (const char *d = t->fqdn; d; d = strchr(d, '.') ? strchr(d, '.') + 1 : NULL)
		if (strs_has(*mine, d))
			return same_name(d, name);
	/* Somebody else's domain, shared with this account, is not in its list. */
	return found(command(a, PROBE, "dns.getHosts", halves(a, name)));
}

/* --- hosts ------------------------------------------------------------------------------------ */
static bool is_ours(const struct xml *host, const struct txt *t)
{
	return text_is(xml_str(host, "@Type"), "TXT") &&
	    same_name(xml_str(host, "@Name"), sub_or(t, "@")) &&
	    same_txt(xml_str(host, "@Address"), t->value);
}

static void put_host(struct api *a, struct buf *b, size_t n, const char *name, const char *type,
    const char *address, const char *pref, const char *ttl)
{
	buf_fmt(b, "&%s",
	    form_text(a,
	        form(fmt(a, "HostName%zu", n), name, fmt(a, "RecordType%zu", n), type,
	            fmt(a, "Address%zu", n), address, fmt(a, "MXPref%zu", n), pref,
	            fmt(a, "TTL%zu", n), ttl)));
}

static int change(struct api *a, const struct txt *t, bool with_ours)
{
	const struct reply *r = command(a, DEMAND, "dns.getHosts", halves(a, t->zone));
	if (!r || !reply_str(a, r, "CommandResponse/DomainDNSGetHostsResult/@Domain"))
		return -1;
	const struct xml *result = xml_get(r->xml, "CommandResponse/DomainDNSGetHostsResult");
	if (text_is_ci(xml_str(result, "@IsUsingOurDNS"), "false"))
		return fail(a, "%s does not use Namecheap's own name servers", t->zone);
	struct buf b = buf_new(api_arena(a), 0);
	size_t n = 0;
	bool there = false;
	buf_str(&b, halves(a, t->zone));
	/* Without it the MX records go. */
	buf_fmt(&b, "&%s", form_text(a, form("EmailType", xml_str(result, "@EmailType"))));
	for (const struct xml *h = result->child; h; h = h->next) {
		const bool ours = is_ours(h, t);
		there |= ours;
		if (!ours && text_is_ci(h->name, "Host"))
			put_host(a, &b, ++n, xml_str(h, "@Name"), xml_str(h, "@Type"),
			    xml_str(h, "@Address"), xml_str(h, "@MXPref"), xml_str(h, "@TTL"));
	}
	if (there == with_ours)
		return 0;
	if (with_ours)
		put_host(a, &b, ++n, sub_or(t, "@"), "TXT", t->value, "10", fmt(a, "%d", t->ttl));
	r = command(a, DEMAND, "dns.setHosts", b.data);
	const char *done =
	    r ? reply_str(a, r, "CommandResponse/DomainDNSSetHostsResult/@IsSuccess") : NULL;
	return !done ? -1 : text_yes(done) ? 0 : fail(a, "setHosts tells no success");
}

static int add(struct api *a, struct txt *t)
{
	return change(a, t, true);
}

static int rm(struct api *a, struct txt *t)
{
	return change(a, t, false);
}

const struct dns_driver dns_namecheap = {
	.svc = {
		.name = "dns_namecheap",
		.title = "Namecheap",
		.site = "namecheap.com",
		.docs = "https://www.namecheap.com/support/api/methods/",
		.base = "https://api.namecheap.com/xml.response",
		.accept = "text/xml",
		.fault = { .text = "Errors/Error", .code = "Errors/Error/@Number", .ok = "@Status",
			.ok_value = "OK", .missing = "2019166|2016166|2030166|2030280|not found|not associated" },
		.creds = {
			{ "NAMECHEAP_USERNAME", "user name", 0, 0, NULL, NULL },
			{ "NAMECHEAP_API_KEY", "API key", SECRET, 0, NULL, NULL },
			{ "NAMECHEAP_SOURCEIP", "this machine's address as whitelisted for the API, or the URL of "
			  "a page that tells it", 0, 0, NULL, NULL },
		},
		.login = login,
		.sign = sign,
		.permissions = "API access switched on, and this machine's address whitelisted",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
};
