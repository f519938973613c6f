/* Mail by an SMTP server: RFC 5321, TLS by RFC 8314 or RFC 3207. */
#include "../acme.h"

static const struct {
	const char *name;
	int secure, port;
} ways[] = { { "tls", MAIL_STARTTLS, 587 }, { "ssl", MAIL_TLS, 465 }, { "none", MAIL_PLAIN, 25 } };

/* How and where; -1 when a setting says neither of what is known. */
static int fill_way(struct api *a, struct mail_server *s)
{
	const char *way = cred(a, "SMTP_SECURE"), *port = cred(a, "SMTP_PORT");
	long long number;
	size_t i = 0;

	while (i < sizeof ways / sizeof *ways && !text_is_ci(way, ways[i].name))
		i++;
	if (i == sizeof ways / sizeof *ways)
		return fail(a, "SMTP_SECURE is tls, ssl or none, not '%s'",
		    text_safe(api_arena(a), way, 40));
	if (port && text_number(port, 1, 65535, &number))
		return fail(a, "SMTP_PORT is a number, not '%s'",
		    text_safe(api_arena(a), port, 40));
	s->secure = ways[i].secure;
	s->port = port ? (int)number : ways[i].port;
	return 0;
}

static int send(struct api *a, const struct notice *n)
{
	struct mail_server server = { .host = cred(a, "SMTP_HOST"),
		.user = cred(a, "SMTP_USERNAME"),
		.password = cred(a, "SMTP_PASSWORD") };
	const struct mail m = { .from = cred(a, "SMTP_FROM"),
		.to = cred(a, "SMTP_TO"),
		.subject = n->subject,
		.text = n->text };
	long long seconds;

	if (fill_way(a, &server))
		return -1;
	if (text_number(cred(a, "SMTP_TIMEOUT"), 1, 3600, &seconds))
		return fail(a, "SMTP_TIMEOUT is a number of seconds, not '%s'",
		    text_safe(api_arena(a), cred(a, "SMTP_TIMEOUT"), 40));
	if (!server.user != !server.password)
		return fail(a, "SMTP_USERNAME and SMTP_PASSWORD go together: set %s too",
		    server.user ? "SMTP_PASSWORD" : "SMTP_USERNAME");
	server.seconds = (int)seconds;
	return send_mail(a, &server, &m);
}

const struct notify_hook notify_smtp = {
	.svc = { .name = "smtp",
	    .title = "SMTP",
	    .site = "rfc-editor.org/rfc/rfc5321",
	    .creds = { { "SMTP_FROM", "sender's address", 0, 0, NULL, NULL },
	        { "SMTP_TO", "recipients, with commas between", 0, 0, NULL, NULL },
	        { "SMTP_HOST", "mail server", 0, 0, NULL, NULL },
	        { "SMTP_PORT", "its port, else 587, 465 or 25", OPTIONAL, 0, NULL, NULL },
	        { "SMTP_SECURE", "tls (STARTTLS), ssl (TLS from the first byte) or none", 0, 0,
	            "tls", NULL },
	        { "SMTP_USERNAME", "user name, where a login is needed", OPTIONAL, 0, NULL, NULL },
	        { "SMTP_PASSWORD", "its password", SECRET | OPTIONAL, 0, NULL, NULL },
	        { "SMTP_TIMEOUT", "seconds to wait for each answer", 0, 0, "30", NULL },
	        { "SMTP_INSECURE", "1: any certificate of the server will do", OPTIONAL, 0, NULL,
	            NULL },
	        { "SMTP_BIN", "not needed here: no program is called", OPTIONAL, 0, NULL, NULL } },
	    .unverified = "SMTP_INSECURE",
	    .notes = "The server's certificate is verified, which acme.sh leaves out." },
	.send = send,
	.live = true,
};
