/* Alibaba Cloud DCDN, API of 2018-01-15: help.aliyun.com/en/edge-security-acceleration/dcdn/
 * developer-reference/api-dcdn-2018-01-15-setdcdndomainsslcertificate */
#include "ali_cdn.h"

static int sign(struct api *a, struct api_request *req)
{
	return sign_aliyun(a, req, cred(a, "Ali_Key"), cred(a, "Ali_Secret"), "2018-01-15");
}

static int deploy(struct api *a, const struct deployment *d)
{
	return ali_upload(a, d, "SetDcdnDomainSSLCertificate", "DEPLOY_ALI_DCDN_DOMAIN");
}

const struct deploy_hook deploy_ali_dcdn = {
	.svc = { .name = "ali_dcdn",
	    .title = "Alibaba Cloud DCDN",
	    .site = "alibabacloud.com",
	    .docs =
	        "https://help.aliyun.com/en/edge-security-acceleration/dcdn/developer-reference/"
	        "api-dcdn-2018-01-15-setdcdndomainsslcertificate",
	    .base = "https://dcdn.aliyuncs.com/",
	    .fault = ALI_FAULT,
	    .creds = { ALI_KEYS,
	        { "DEPLOY_ALI_DCDN_DOMAIN", "DCDN domains, with blanks between, if not DOMAIN",
	            OPTIONAL, 0, NULL, NULL } },
	    .sign = sign,
	    .permissions = "dcdn:SetDcdnDomainSSLCertificate" },
	.deploy = deploy,
};
