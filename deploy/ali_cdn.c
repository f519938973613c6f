/* Alibaba Cloud CDN, API of 2018-05-10. The key goes into the form, not into the query:
 * alibabacloud.com/help/en/cdn/developer-reference/api-cdn-2018-05-10-setcdndomainsslcertificate */
#include "ali_cdn.h"

int ali_upload(struct api *a, const struct deployment *d, const char *action, const char *setting)
{
	/* A wildcard domain is called ".example.com" there. */
	const char *own = text_starts(d->domain, "*.") ? d->domain + 1 : d->domain;
	struct strs domains =
	    text_split(api_arena(a), cred(a, setting) ? cred(a, setting) : own, " ");

	for (size_t i = 0; i < domains.n; i++) {
		api_step(a, "setting the certificate of %s", domains.v[i]);
		if (!api_form(a, query(a, "Action", action),
		        form("DomainName", domains.v[i], "CertType", "upload", "SSLProtocol", "on",
		            "SSLPub", d->fullchain, "SSLPri", d->key)))
			return -1;
	}
	return 0;
}

static int sign(struct api *a, struct api_request *req)
{
	return sign_aliyun(a, req, cred(a, "Ali_Key"), cred(a, "Ali_Secret"), "2018-05-10");
}

static int deploy(struct api *a, const struct deployment *d)
{
	return ali_upload(a, d, "SetCdnDomainSSLCertificate", "DEPLOY_ALI_CDN_DOMAIN");
}

const struct deploy_hook deploy_ali_cdn = {
	.svc = { .name = "ali_cdn",
	    .title = "Alibaba Cloud CDN",
	    .site = "alibabacloud.com",
	    .docs = "https://www.alibabacloud.com/help/en/cdn/developer-reference/"
	            "api-cdn-2018-05-10-setcdndomainsslcertificate",
	    .base = "https://cdn.aliyuncs.com/",
	    .fault = ALI_FAULT,
	    .creds = { ALI_KEYS,
	        { "DEPLOY_ALI_CDN_DOMAIN", "CDN domains, with blanks between, if not DOMAIN",
	            OPTIONAL, 0, NULL, NULL } },
	    .sign = sign,
	    .permissions = "cdn:SetCdnDomainSSLCertificate" },
	.deploy = deploy,
};
