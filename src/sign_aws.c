/* Whose keys sign requests to AWS: an IAM user's, or those of the role of the container or machine:
 * docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html */
#include "sign.h"

#include "api.h"
#include "arena.h"
#include "error.h"

#define METADATA "http://169.254.169.254/latest/"
#define ROLES METADATA "meta-data/iam/security-credentials/"
enum { NEAR = 5 }; /* seconds for an answer of the machine's own services */

static struct reply *ask_near(struct api *a, const char *method, const char *url, const char *name,
    const char *value)
{
	struct api_request req = { .method = method,
		.url = url,
		.no_auth = true,
		.no_sign = true,
		.any_status = true,
		.seconds = NEAR };

	api_header(&req, name, value);
	return api_send(a, &req);
}

static int take_role(struct api *a, const struct reply *r)
{
	const char *id = r ? json_str(r->json, "AccessKeyId") : NULL;
	const char *key = r ? json_str(r->json, "SecretAccessKey") : NULL;

	if (!id || !key) {
		fail(a, "no keys are given, and this machine has no role");
		return remedy(a, "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
	}
	api_keep(a, "id", id);
	api_keep_secret(a, "key", key);
	if (json_str(r->json, "Token"))
		api_keep_secret(a, "session", json_str(r->json, "Token"));
	return 0;
}

int aws_login(struct api *a)
{
	const char *path = cred(a, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");

	if (cred(a, "AWS_ACCESS_KEY_ID"))
		return 0;
	if (path)
		return take_role(a,
		    ask_near(a, "GET", fmt(a, "http://169.254.170.2%s", path), "", NULL));
	api_step(a, "asking this machine for its role");
	const struct reply *r =
	    ask_near(a, "PUT", METADATA "api/token", "X-aws-ec2-metadata-token-ttl-seconds", "300");
	const char *token = r && r->status == 200 ? r->body : NULL;
	r = ask_near(a, "GET", ROLES, "X-aws-ec2-metadata-token", token);
	if (r && r->status == 200)
		r = ask_near(a, "GET", fmt(a, ROLES "%.*s", (int)strcspn(r->body, "\r\n"), r->body),
		    "X-aws-ec2-metadata-token", token);
	return take_role(a, r);
}

int aws_sign(struct api *a, struct api_request *req, const char *region, const char *service)
{
	const bool role = api_kept(a, "id") != NULL;

	return sign_sigv4(a, req, role ? api_kept(a, "id") : cred(a, "AWS_ACCESS_KEY_ID"),
	    role ? api_kept(a, "key") : cred(a, "AWS_SECRET_ACCESS_KEY"),
	    role ? api_kept(a, "session") : cred(a, "AWS_SESSION_TOKEN"), region, service);
}
