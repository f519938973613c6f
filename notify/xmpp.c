/* XMPP by the program sendxmpp, which has the account in a file of its own (~/.sendxmpprc). */
#include "../acme.h"

static int send(struct api *a, const struct notice *n)
{
	const char *options = cred(a, "XMPP_BIN_ARGS");
	const struct strs to = text_split(api_arena(a), cred(a, "XMPP_TO"), ", ");
	struct strs line = words(a, options ? options : ""), all = { 0 };

	strs_add(api_arena(a), &all, cred(a, "XMPP_BIN"));
	for (size_t i = 0; i < line.n; i++)
		strs_add(api_arena(a), &all, line.v[i]);
	for (size_t i = 0; i < to.n; i++) {
		if (*to.v[i] == '-' || !strchr(to.v[i], '@'))
			return fail(a, "XMPP_TO: '%s' is no XMPP address; write user@example.com",
			    text_safe(api_arena(a), to.v[i], 80));
		strs_add(api_arena(a), &all, to.v[i]);
	}
	return run_program(a, n->env, all.v, fmt(a, "%s\n%s", n->subject, n->text)) ? 0 : -1;
}

const struct notify_hook notify_xmpp = {
	.svc = { .name = "xmpp",
	    .title = "XMPP",
	    .site = "sendxmpp.hostname.sk",
	    .docs = "https://manpages.debian.org/sendxmpp",
	    .creds = { { "XMPP_TO", "recipients' addresses", 0, 0, NULL, NULL },
	        { "XMPP_BIN", "the program", 0, 0, "sendxmpp", NULL },
	        { "XMPP_BIN_ARGS", "its options: -t --tls-ca-path=/etc/ssl/certs", OPTIONAL, 0,
	            NULL, NULL } },
	    .notes = "sendxmpp reads the account and its password from ~/.sendxmpprc." },
	.send = send,
};
