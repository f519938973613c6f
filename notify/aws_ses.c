/* Amazon SES, SendEmail of the query API of 2010-12-01, with Signature Version 4:
 * docs.aws.amazon.com/ses/latest/APIReference/API_SendEmail.html */
#include "../acme.h"

static int sign(struct api *a, struct api_request *req)
{
	return aws_sign(a, req, cred(a, "AWS_SES_REGION"), "ses");
}

/* "Name" <address>; a name that is not ASCII as an encoded word (RFC 2047). */
static const char *sender(struct api *a)
{
	const char *name = cred(a, "AWS_SES_FROM_NAME"), *address = cred(a, "AWS_SES_FROM");
	bool ascii = true;

	if (!name)
		return address;
	for (const char *p = name; *p; p++)
		ascii = ascii && (unsigned char)*p < 0x80;
	return ascii
	    ? fmt(a, "\"%s\" <%s>", backslashed(a, name, "\\\""), address)
	    : fmt(a, "=?UTF-8?B?%s?= <%s>", b64_encode(api_arena(a), name, strlen(name)), address);
}

static int send(struct api *a, const struct notice *n)
{
	struct strs to = text_split(api_arena(a), cred(a, "AWS_SES_TO"), ", "), pairs = { 0 };
	/* clang-format off */
	const char *const *mail = form(
	    "Action", "SendEmail",
	    "Version", "2010-12-01",
	    "Source", sender(a),
	    "Message.Subject.Charset", "UTF-8",
	    "Message.Subject.Data", n->subject,
	    "Message.Body.Text.Charset", "UTF-8",
	    "Message.Body.Text.Data", n->text);
	/* clang-format on */

	for (; *mail; mail++)
		strs_add(api_arena(a), &pairs, *mail);
	for (size_t i = 0; i < to.n; i++) {
		strs_add(api_arena(a), &pairs, fmt(a, "Destination.ToAddresses.member.%zu", i + 1));
		strs_add(api_arena(a), &pairs, to.v[i]);
	}
	return ok(api_form(a, "/", pairs.v));
}

const struct notify_hook notify_aws_ses = {
	.svc = { .name = "aws_ses",
	    .title = "Amazon SES",
	    .site = "aws.amazon.com/ses",
	    .docs = "https://docs.aws.amazon.com/ses/latest/APIReference/API_SendEmail.html",
	    .base = "https://email.{AWS_SES_REGION}.amazonaws.com",
	    .accept = "text/xml",
	    .fault = { .text = "Error/Message|Message", .code = "Error/Code" },
	    .creds = { AWS_CREDS, { "AWS_SES_REGION", "region (us-east-1)", 0, 0, NULL, NULL },
	        { "AWS_SES_TO", "addresses to send to", 0, 0, NULL, NULL },
	        { "AWS_SES_FROM", "sender, a verified one", 0, 0, NULL, NULL },
	        { "AWS_SES_FROM_NAME", "the sender's name", OPTIONAL, 0, NULL, NULL } },
	    .keyless = true,
	    .login = aws_login,
	    .sign = sign,
	    .permissions = "ses:SendEmail",
	    .notes = "Without keys the role of the container or machine (EC2) is used." },
	.send = send,
};
