/* Qiniu CDN: a certificate is uploaded, then given to domains. Requests are signed by path only ("QBox"):
 * developer.qiniu.com/fusion/8593/interface-related-certificate */
#include "../acme.h"

static int sign(struct api *a, struct api_request *req)
{
	const char *host = strstr(req->url, "://") + 3;
	const char *signature =
	    hmac_b64(a, HASH_SHA1, cred(a, "QINIU_SK"), fmt(a, "%s\n", host + strcspn(host, "/")));

	signature = text_replace(api_arena(a), signature, "+", "-");
	signature = text_replace(api_arena(a), signature, "/", "_");
	api_header(req, "Authorization", fmt(a, "QBox %s:%s", cred(a, "QINIU_AK"), signature));
	return 0;
}

static int deploy(struct api *a, const struct deployment *d)
{
	/* A wildcard domain is called ".example.com" there. */
	const char *own = text_starts(d->domain, "*.") ? d->domain + 1 : d->domain;
	const char *given = cred(a, "QINIU_CDN_DOMAIN"), *id;
	struct strs domains = text_split(api_arena(a), given ? given : own, " ");
	const struct reply *r;

	api_step(a, "uploading the certificate");
	r = api_post(a, "/sslcert",
	    json(js("name", d->domain), js("common_name", d->domain), js("ca", d->fullchain),
	        js("pri", d->key)));
	if (!r || !(id = reply_str(a, r, "certID")))
		return -1;
	for (size_t i = 0; i < domains.n; i++) {
		api_step(a, "setting the certificate of %s", domains.v[i]);
		if (!api_put(a, fmt(a, "/domain/%s/httpsconf", escape(a, domains.v[i])),
		        json(js("certId", id),
		            jb("forceHttps", text_yes(cred(a, "QINIU_FORCE_HTTPS"))))))
			return -1;
	}
	return 0;
}

const struct deploy_hook deploy_qiniu = {
	.svc = { .name = "qiniu",
	    .title = "Qiniu CDN",
	    .site = "qiniu.com",
	    .docs = "https://developer.qiniu.com/fusion/8593/interface-related-certificate",
	    .base = "https://api.qiniu.com",
	    .fault = { .text = "error", .code = "code" },
	    .creds = { { "QINIU_AK", "access key", PER_DOMAIN, 0, NULL, NULL },
	        { "QINIU_SK", "secret key", SECRET | PER_DOMAIN, 0, NULL, NULL },
	        { "QINIU_CDN_DOMAIN", "CDN domains, with blanks between, if not DOMAIN",
	            OPTIONAL | PER_DOMAIN, 0, NULL, NULL },
	        { "QINIU_FORCE_HTTPS", "true: visitors of http are sent to https",
	            OPTIONAL | PER_DOMAIN, 0, NULL, NULL } },
	    .sign = sign },
	.deploy = deploy,
};
