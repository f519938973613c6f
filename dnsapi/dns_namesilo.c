/* NameSilo API, XML, all of it by GET with the key in the query: namesilo.com/api-reference */
#include "../acme.h"

static const struct reply *call(struct api *a, const char *operation, const char *const *pairs)
{
	return api_send(a,
	    &(struct api_request){ .method = "GET",
	        .url = fmt(a, "/%s?%s", operation, form_text(a, pairs)) });
}

static int page(struct api *a, int number, struct strs *names, long long *total)
{
	const struct reply *r =
	    call(a, "listDomains", form("page", number > 1 ? fmt(a, "%d", number) : NULL));
	const struct xml *d = r ? xml_get(r->xml, "reply/domains/domain") : NULL;
	if (!r)
		return -1;
	for (; d; d = xml_next(d))
		strs_add(api_arena(a), names, d->text);
	text_number(xml_str(r->xml, "reply/pager/total"), 0, INT32_MAX, total);
	return 0;
}

static int zone(struct api *a, struct txt *t, const char *name)
{
	(void)t;
	const struct strs *mine = api_names(a, page);
	return mine ? strs_has(*mine, name) : -1;
}

static int add(struct api *a, struct txt *t)
{
	return ok(call(a, "dnsAddRecord",
	    form("domain", t->zone, "rrtype", "TXT", "rrhost", t->sub, "rrvalue", t->value, "rrttl",
	        fmt(a, "%d", t->ttl))));
}

static int rm(struct api *a, struct txt *t)
{
	const struct reply *r = call(a, "dnsListRecords", form("domain", t->zone));
	const struct xml *rec = r ? xml_get(r->xml, "reply/resource_record") : NULL;
	for (; r && rec; rec = xml_next(rec)) {
		const char *host = xml_str(rec, "host");
		if (text_is(xml_str(rec, "type"), "TXT") &&
		    same_txt(xml_str(rec, "value"), t->value) &&
		    (same_name(host, t->fqdn) || (*t->sub && same_name(host, t->sub))))
			r = call(a, "dnsDeleteRecord",
			    form("domain", t->zone, "rrid", xml_str(rec, "record_id")));
	}
	return ok(r);
}

const struct dns_driver dns_namesilo = {
	.svc = {
		.name = "dns_namesilo",
		.title = "NameSilo",
		.site = "namesilo.com",
		.docs = "https://www.namesilo.com/api-reference",
		.base = "https://www.namesilo.com/api",
		.params = { { "version", NULL, "1" }, { "type", NULL, "xml" },
			{ "key", "Namesilo_Key", NULL } },
		.accept = "text/xml",
		.fault = { .text = "reply/detail", .code = "reply/code", .ok = "reply/code",
			.ok_value = "300", .exists = "already exists" },
		.creds = { { "Namesilo_Key", "API key", SECRET, 0, NULL, NULL } },
		.permissions = "a key that is not read-only",
		.notes = "Changes reach the name servers every 15 minutes.",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.ttl = 3600,
};
