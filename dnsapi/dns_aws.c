/* Amazon Route 53, API of 2013-04-01, XML with Signature Version 4:
 * docs.aws.amazon.com/Route53/latest/APIReference */
#include "../acme.h"

static int sign(struct api *a, struct api_request *req)
{
	return aws_sign(a, req, "us-east-1", "route53");
}

/* --- zones and records ------------------------------------------------------------------------ */
static int zone(struct api *a, struct txt *t, const char *name)
{
	const cJSON *z,
	    *zones = api_pages(a,
	        &(struct pages){ .path = "/hostedzone",
	            .items = "HostedZones/HostedZone",
	            .next = "NextMarker",
	            .token = "marker" });
	cJSON_ArrayForEach(z, zones) {
		const char *id = json_str(z, "Id"); /* "/hostedzone/Z040120927RX9CM38HPQQ" */
		if (id && same_name(json_str(z, "Name"), name) &&
		    !text_is(json_str(z, "Config/PrivateZone"), "true")) {
			t->zone_id = id;
			return 1;
		}
	}
	return zones ? 0 : -1;
}

/* The TXT set at the name. The listing starts there and runs on. */
static int read_set(struct api *a, const struct txt *t, struct strs *values, const char **ttl)
{
	const struct reply *r = api_get(a,
	    fmt(a, "%s/rrset%s", t->zone_id,
	        query(a, "name", fmt(a, "%s.", t->fqdn), "type", "TXT", "maxitems", "1")));
	const struct xml *set = r ? xml_get(r->xml, "ResourceRecordSets/ResourceRecordSet") : NULL;
	if (set && same_name(xml_str(set, "Name"), t->fqdn) &&
	    text_is(xml_str(set, "Type"), "TXT")) {
		*ttl = xml_str(set, "TTL");
		const struct xml *v = xml_get(set, "ResourceRecords/ResourceRecord");
		for (; v; v = xml_next(v))
			strs_add(api_arena(a), values, xml_str(v, "Value"));
	}
	return ok(r);
}

static int write_set(struct api *a, const struct txt *t, const char *action, struct strs values,
    const char *ttl)
{
	struct buf b = buf_new(api_arena(a), 0);
	buf_str(&b,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ChangeResourceRecordSetsRequest "
	    "xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch><Changes>"
	    "<Change>");
	xml_add(&b, "Action", action);
	buf_str(&b, "<ResourceRecordSet>");
	xml_add(&b, "Name", fmt(a, "%s.", t->fqdn));
	xml_add(&b, "Type", "TXT");
	xml_add(&b, "TTL", ttl);
	buf_str(&b, "<ResourceRecords>");
	for (size_t i = 0; i < values.n; i++) {
		buf_str(&b, "<ResourceRecord>");
		xml_add(&b, "Value", values.v[i]);
		buf_str(&b, "</ResourceRecord>");
	}
	buf_str(&b,
	    "</ResourceRecords></ResourceRecordSet></Change></Changes></ChangeBatch>"
	    "</ChangeResourceRecordSetsRequest>");
	if (!api_send(a,
	        &(struct api_request){ .method = "POST",
	            .url = fmt(a, "%s/rrset", t->zone_id),
	            .body = b.data,
	            .type = "text/xml" }))
		return -1;
	return api_wait(a, 1000 * cred_int(a, "AWS_DNS_SLOWRATE", 0));
}

static int add(struct api *a, struct txt *t)
{
	struct strs values = { 0 };
	const char *ttl = fmt(a, "%d", t->ttl);
	if (read_set(a, t, &values, &ttl))
		return -1;
	if (!texts_add(a, &values, t->value, quoted(a, t->value)))
		return 0;
	return write_set(a, t, "UPSERT", values, ttl);
}

static int rm(struct api *a, struct txt *t)
{
	struct strs values = { 0 };
	const char *ttl = NULL;
	if (read_set(a, t, &values, &ttl))
		return -1;
	struct strs rest = values;
	if (!texts_rm(&rest, t->value))
		return 0;
	/* DELETE must name the set as it is, which it still is when nothing of it is kept. */
	return rest.n ? write_set(a, t, "UPSERT", rest, ttl)
	              : write_set(a, t, "DELETE", values, ttl);
}

const struct dns_driver dns_aws = {
	.svc = {
		.name = "dns_aws",
		.title = "Amazon Route 53",
		.site = "aws.amazon.com/route53",
		.docs = "https://docs.aws.amazon.com/Route53/latest/APIReference/",
		.base = "https://route53.amazonaws.com/2013-04-01",
		.accept = "text/xml",
		.fault = { .text = "Error/Message|Messages/Message|Message", .code = "Error/Code",
			.busy = "Throttling|PriorRequestNotComplete" },
		.creds = {
			AWS_CREDS,
			{ "AWS_DNS_SLOWRATE", "seconds to wait after each change", OPTIONAL, 0, NULL, NULL },
		},
		.keyless = true,
		.login = aws_login,
		.sign = sign,
		.permissions = "route53:ListHostedZones, ListResourceRecordSets, ChangeResourceRecordSets",
		.notes = "Without keys the role of the container or machine (EC2) is used.",
	},
	.zone = zone,
	.add = add,
	.rm = rm,
	.ttl = 300,
};
