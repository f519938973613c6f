/* Mail by a mailer program of this machine, which knows where it goes. */
#include "../acme.h"

/* Most mailers take the whole message, recipients too, on standard input. */
struct mailer {
	const char *name;
	const char *options[5];
	const char *sender;  /* option of the envelope's sender */
	const char *account; /* option of an account of its own */
	bool parts;          /* takes subject and recipients as arguments, the text as input */
};

static const struct mailer mailers[] = {
	{ .name = "sendmail", .options = { "-i", "-t" }, .sender = "-f" },
	{ .name = "ssmtp", .options = { "-t" } },
	{ .name = "mutt", .options = { "-H", "-" } },
	{ .name = "mail", .sender = "-r", .parts = true },
	{ .name = "msmtp", .options = { "-i", "-t" }, .sender = "-f", .account = "-a" },
};
enum { MAILERS = sizeof mailers / sizeof *mailers };

/* The one that MAIL_BIN names, else the first that is there; program: what is to be run. */
static const struct mailer *choose(struct api *a, const char **program)
{
	const char *wanted = cred(a, "MAIL_BIN"), *slash = wanted ? strrchr(wanted, '/') : NULL;

	for (size_t i = 0; i < MAILERS; i++) {
		*program = wanted ? wanted : mailers[i].name;
		if (wanted ? text_is(slash ? slash + 1 : wanted, mailers[i].name)
		           : have_program(a, mailers[i].name))
			return &mailers[i];
	}
	if (wanted)
		fail(a, "MAIL_BIN=%s is no mailer that is known",
		    text_safe(api_arena(a), wanted, 100));
	else
		fail(a, "there is no mailer on this machine");
	remedy(a, "sendmail, ssmtp, mutt, mail and msmtp are; the hook smtp needs none of them");
	return NULL;
}

/* An address that goes into a program's arguments must not be taken for an option, a program, a file. */
static int add_address(struct api *a, struct strs *all, const char *text, bool local)
{
	struct mailbox box;

	if (mail_address(api_arena(a), text, local, &box))
		return -1;
	if (strchr("-|/+", *box.address))
		return fail(a, "'%s' begins with '%c', which a mailer takes for something else",
		    box.address, *box.address);
	strs_add(api_arena(a), all, box.address);
	return 0;
}

static void add_option(struct api *a, struct strs *all, const char *option, const char *value)
{
	if (!option || !value)
		return;
	strs_add(api_arena(a), all, option);
	strs_add(api_arena(a), all, value);
}

static int fill_arguments(struct api *a, const struct mailer *mailer, const struct mail *m,
    struct strs *all)
{
	const struct strs to = text_split(api_arena(a), m->to, ",");

	for (const char *const *option = mailer->options; *option; option++)
		strs_add(api_arena(a), all, *option);
	add_option(a, all, mailer->account, cred(a, "MAIL_MSMTP_ACCOUNT"));
	if (m->from && mailer->sender) {
		strs_add(api_arena(a), all, mailer->sender);
		if (add_address(a, all, m->from, m->local))
			return -1;
	}
	if (mailer->parts)
		add_option(a, all, "-s",
		    text_replace(api_arena(a), mail_subject(api_arena(a), m), "\n", ""));
	for (size_t i = 0; mailer->parts && i < to.n; i++)
		if (add_address(a, all, to.v[i], m->local))
			return -1;
	return 0;
}

/* The daily run's locale knows ASCII only, and some mailers believe it. */
static struct strs environment(struct api *a, struct strs env)
{
	struct strs list = { 0 };

	for (size_t i = 0; i < env.n; i++)
		if (!text_starts(env.v[i], "LC_ALL="))
			strs_add(api_arena(a), &list, env.v[i]);
	strs_add(api_arena(a), &list, "LC_ALL=C.UTF-8");
	return list;
}

static int send(struct api *a, const struct notice *n)
{
	const char *program, *to = cred(a, "MAIL_TO"), *text;
	const struct mailer *mailer = choose(a, &program);
	const struct mail m = { .from = cred(a, "MAIL_FROM"),
		.to = to ? to : n->email,
		.subject = n->subject,
		.text = n->text,
		.local = cred(a, "MAIL_NOVALIDATE") != NULL };
	struct strs all = { 0 };

	if (!mailer)
		return -1;
	if (!m.to)
		return fail(a,
		    "set MAIL_TO (recipients' addresses): the account has no mail address either");
	if (!(text = mail_text(api_arena(a), &m)))
		return -1;
	strs_add(api_arena(a), &all, program);
	if (fill_arguments(a, mailer, &m, &all))
		return -1;
	return run_program(a, environment(a, n->env), all.v, mailer->parts ? m.text : text) ? 0
	                                                                                    : -1;
}

const struct notify_hook notify_mail = {
	.svc = { .name = "mail",
	    .title = "Mailer",
	    .site = "acme.sh",
	    .creds = { { "MAIL_BIN",
	                   "sendmail, ssmtp, mutt, mail or msmtp, else the first that is there",
	                   OPTIONAL, 0, NULL, NULL },
	        { "MAIL_FROM", "sender's address, else the mailer's own", OPTIONAL, 0, NULL, NULL },
	        { "MAIL_TO", "recipients, with commas between, else the account's address",
	            OPTIONAL, 0, NULL, NULL },
	        { "MAIL_NOVALIDATE", "1: names without @ are users of this machine", OPTIONAL, 0,
	            NULL, NULL },
	        { "MAIL_MSMTP_ACCOUNT", "msmtp's account", OPTIONAL, 0, NULL, NULL } } },
	.send = send,
	.live = true,
};
