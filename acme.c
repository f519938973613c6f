/* acme: a client for certificate authorities that speak ACME (RFC 8555). This file is the whole
 * course of a run: read the options, pick the command, run it, turn the result into an exit code. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "cmd.h"
#include "daemon.h"
#include "docgen.h"
#include "error.h"
#include "file.h"
#include "help.h"
#include "issue.h"
#include "json.h"
#include "log.h"
#include "proc.h"

#define GET "Certificates"
#define USE "Using them"
#define OWN "Keys and requests"
#define ACCOUNTS "Accounts and authorities"
#define DNS "DNS providers"
#define SELF "This program"

/* What --help COMMAND shows. */
#define CERT "-d|--ecc"
#define ACCOUNT "|--server|--staging|-m|--accountkey|-ak|--eab-kid|--eab-hmac-key|--eab-hmac-alg"
#define CONTENTS \
	"-k|--ecc|--always-force-new-domain-key|--ocsp|--extended-key-usage|--cert-profile|" \
	"--valid-from|--valid-to|--preferred-chain|--require-chain|--days|-f"
#define ISSUING GROUP_PROOF "|" CONTENTS "|" GROUP_INSTALLING ACCOUNT
#define MANY "-f|--stop-renew-on-error|--parallel|--server|--json"
#define RECORD "--dns|--dns-name|--dns-value|--dns-env|-d"

static int cmd_help(struct run *r, struct options *o);
static int cmd_version(struct run *r, struct options *o);
static int cmd_print(struct run *r, struct options *o);
static int cmd_daemon(struct run *r, struct options *o);

/* clang-format off */
static const struct command commands[] = {
	{ "--issue", cmd_issue, NEEDS_DOMAIN | NEEDS_HOME, GET,
		"get a certificate and keep it renewed", "acme --issue -d example.com --standalone",
		ISSUING },
	{ "--renew -r", cmd_renew, NEEDS_DOMAIN | NEEDS_HOME, GET,
		"renew a certificate when it is due, or with --force now",
		"acme --renew -d example.com --force",
		ISSUING },
	{ "--renew-all | --renewAll --renewall", cmd_renew_all, NEEDS_HOME, GET,
		"renew all certificates that are due", NULL, MANY },
	{ "--cron", cmd_cron, NEEDS_HOME, GET, "the daily run: renew what is due", NULL, MANY },
	{ "--daemon", cmd_daemon, 0, GET,
		"stay, and renew what is due when it is due: for containers, without cron", NULL, MANY },
	{ "--health", cmd_health, 0, GET,
		"one line a certificate for monitoring; exit code 0 fine, 1 warning, 2 critical", NULL, "--json" },
	{ "--sign-csr | --signcsr", cmd_sign_csr, NEEDS_HOME, GET,
		"get a certificate for a signing request made elsewhere",
		"acme --sign-csr --csr request.pem -w /var/www/html",
		"--csr|" GROUP_PROOF "|--cert-profile|--valid-from|--valid-to|--preferred-chain|"
		"--require-chain|--days|" GROUP_INSTALLING ACCOUNT "|-f" },
	{ "--revoke", cmd_revoke, NEEDS_DOMAIN | NEEDS_HOME, GET, "revoke a certificate",
		"acme --revoke -d example.com --revoke-reason 4",
		CERT "|--revoke-reason|--server" },
	{ "--remove", cmd_remove, NEEDS_DOMAIN | NEEDS_HOME, GET,
		"take a certificate out of the renewals; its files stay", NULL, CERT },
	{ "--list", cmd_list, 0, GET, "list all certificates, or with -d the settings of one", NULL,
		"-d|--ecc|--listraw|--json" },
	{ "--info", cmd_info, 0, GET, "show the settings, or with -d all about one certificate",
		NULL, CERT "|--output-insecure|--json" },
	{ "--install-cert -i | --installcert", cmd_install_cert, NEEDS_DOMAIN | NEEDS_HOME, USE,
		"copy a certificate's files to a server's places and reload it, now and after each renewal",
		"acme --install-cert -d example.com --key-file /etc/ssl/k.pem --fullchain-file "
		"/etc/ssl/c.pem --reloadcmd 'systemctl reload nginx'",
		CERT "|--cert-file|--key-file|--ca-file|--fullchain-file|--reloadcmd" },
	{ "--deploy", cmd_deploy, NEEDS_DOMAIN | NEEDS_HOME, USE,
		"run deploy hooks now and after each renewal",
		"DEPLOY_HAPROXY_HOT_UPDATE=yes acme --deploy -d example.com --deploy-hook haproxy",
		CERT "|--deploy-hook" },
	{ "--deploy-list", cmd_deploy_list, 0, USE, "list the deploy hooks", NULL, "--json" },
	{ "--deploy-help", cmd_deploy_help, TAKES_WORD, USE, "what a deploy hook needs",
		"acme --deploy-help haproxy", NULL },
	{ "--to-pkcs12 | --to-pkcs --toPkcs", cmd_to_pkcs12, NEEDS_DOMAIN, USE,
		"export key and certificate as PKCS#12, now and after each renewal", NULL,
		CERT "|--password|--pfx-legacy" },
	{ "--to-pkcs8 | --toPkcs8", cmd_to_pkcs8, NEEDS_DOMAIN, USE, "export the key as PKCS#8",
		NULL, CERT },
	{ "--create-domain-key -cdk | --createDomainKey --createdomainkey", cmd_create_domain_key,
		NEEDS_DOMAIN | NEEDS_HOME, OWN, "make a certificate's key", NULL,
		"-d|-k|-f" },
	{ "--create-csr -ccr | --createCSR --createcsr", cmd_create_csr, NEEDS_DOMAIN | NEEDS_HOME,
		OWN, "make a signing request with that key", NULL,
		CERT "|--extended-key-usage|--ocsp" },
	{ "--show-csr | --showcsr", cmd_show_csr, 0, OWN, "show what a signing request asks for",
		NULL, "--csr" },
	{ "--create-account-key -cak | --createAccountKey --createaccountkey",
		cmd_create_account_key, NEEDS_HOME, OWN, "make the account's key", NULL,
		"-ak|--server|--staging" },
	{ "--register-account | --registeraccount", cmd_register_account, NEEDS_HOME, ACCOUNTS,
		"register an account at the CA, or find the one of the key",
		"acme --register-account -m you@example.com --server zerossl",
		ACCOUNT },
	{ "--update-account | --updateaccount", cmd_update_account, NEEDS_HOME, ACCOUNTS,
		"change the account's contact", NULL, "-m|--server|--staging" },
	{ "--update-account-key", cmd_update_account_key, NEEDS_HOME, ACCOUNTS,
		"give the account a new key", NULL, "-ak|--server|--staging" },
	{ "--deactivate-account", cmd_deactivate_account, NEEDS_HOME, ACCOUNTS,
		"give up the account for good", NULL, "--server|--staging" },
	{ "--deactivate", cmd_deactivate, NEEDS_DOMAIN | NEEDS_HOME, ACCOUNTS,
		"deactivate the CA's authorizations of names", NULL, "-d|--server|--staging" },
	{ "--set-default-ca", cmd_set_default_ca, NEEDS_HOME, ACCOUNTS,
		"the CA to use when --server is not given",
		"acme --set-default-ca --server zerossl",
		"--server" },
	{ "--set-default-chain", cmd_set_default_chain, NEEDS_HOME, ACCOUNTS,
		"the chain to prefer at a CA (--preferred-chain)", NULL,
		"--preferred-chain|--server|--staging" },
	{ "--list-profiles", cmd_list_profiles, NEEDS_HOME, ACCOUNTS,
		"list the certificate profiles of the CA", NULL, "--server|--staging|--json" },
	{ "--dns-list", cmd_dns_list, 0, DNS, "list the DNS providers", NULL, "--json" },
	{ "--dns-help", cmd_dns_help, TAKES_WORD, DNS,
		"what a provider needs: credentials, permissions, an example",
		"acme --dns-help dns_cf", NULL },
	{ "--dns-add", cmd_dns_add, NEEDS_HOME, DNS, "add one TXT record",
		"acme --dns-add --dns dns_cf --dns-name _acme-challenge.example.com --dns-value abc",
		RECORD },
	{ "--dns-rm", cmd_dns_rm, NEEDS_HOME, DNS, "remove one TXT record, by its value", NULL,
		RECORD },
	{ "--dns-check", cmd_dns_check, NEEDS_DOMAIN | NEEDS_HOME | TAKES_WORD, DNS,
		"try a driver: add a TXT record, wait until it is seen, remove it",
		"acme --dns-check dns_cf -d example.com",
		"-d|--dns|--dns-env|--dnssleep|--resolver|--dns-timeout" },
	{ "--make-dns-persist-value | --makednspersistvalue", cmd_dns_persist,
		NEEDS_DOMAIN | NEEDS_HOME, DNS,
		"print the TXT record that lets your account prove a name for good (experimental)",
		NULL,
		"-d|--dns-persist-wildcard|--dns-persist-ca-name|--dns-persist-days|--server" },
	{ "--print-table", cmd_print_table, TAKES_WORD, DNS, NULL, NULL, NULL },
	{ "--install", cmd_install, 0, SELF,
		"install into the home, with the daily run and the shell's alias",
		"acme --install -m you@example.com",
		"-m|--accountkey|--home|--config-home|--cert-home|--accountconf|--no-cron|--no-profile|"
		"--auto-upgrade|--useragent|--log|-f" },
	{ "--set-notify", cmd_set_notify, NEEDS_HOME, SELF,
		"have messages sent about what the daily run does",
		"SLACK_WEBHOOK_URL=https://hooks.slack.com/... acme --set-notify --notify-hook slack",
		GROUP_NOTIFY },
	{ "--notify-list", cmd_notify_list, 0, SELF, "list the notification hooks", NULL, "--json" },
	{ "--notify-help", cmd_notify_help, TAKES_WORD, SELF, "what a notification hook needs",
		"acme --notify-help slack", NULL },
	{ "--upgrade", cmd_upgrade, NEEDS_HOME, SELF,
		"fetch the newest release, verify it, and put it in this program's place", NULL,
		"-b|--rollback|--auto-upgrade|-f" },
	{ "--uninstall", cmd_uninstall, 0, SELF, "take away what --install added", NULL,
		"--no-cron|--home|--config-home" },
	{ "--install-cronjob | --installcronjob", cmd_install_cronjob, NEEDS_HOME, SELF,
		"install the daily run only", NULL, "--home|--config-home" },
	{ "--uninstall-cronjob | --uninstallcronjob", cmd_uninstall_cronjob, 0, SELF,
		"take the daily run away", NULL, "--home|--config-home" },
	{ "--install-online", cmd_install_online, 0, SELF, NULL, NULL, NULL },
	{ "--help -h", cmd_help, TAKES_WORD | ANSWERS, SELF,
		"this help, or with a command what matters for it", "acme --help renew", NULL },
	{ "--version -v", cmd_version, ANSWERS, SELF, "the version", NULL, "--json" },
	{ "--print", cmd_print, TAKES_WORD, SELF, NULL, NULL, NULL },
	{ 0 }
};
/* clang-format on */

static int cmd_help(struct run *r, struct options *o)
{
	return help_print(r->mem, commands, o->about);
}

static int cmd_version(struct run *r, struct options *o)
{
	if (o->json)
		json_event(r->mem, "version",
		    json(js("program", "acme"), js("version", ACME_VERSION)));
	else
		print("acme (replaces acme.sh)\nv%s\n", ACME_VERSION);
	return 0;
}

/* acme --print bash: the parser's tables as other programs want them. */
static int cmd_print(struct run *r, struct options *o)
{
	return docgen_print(r->mem, commands, o->about);
}

/* A number that an option gives, or dflt. */
static int number(const char *s, int dflt)
{
	long long n;

	return text_number(s, 0, 9, &n) ? dflt : (int)n;
}

static int set_up_log(struct arena *a, const struct options *o, const struct home *h)
{
	const char *no_timestamp = home_setting(h, "NO_TIMESTAMP");
	struct log_settings s = {
		.debug = number(o->debug, text_yes(o->debug) ? 2 : 0), /* DEBUG is a common name */
		.file = o->log_file,
		.file_level = number(o->log_level, 2),
		.syslog = number(o->syslog, 0),
		.json = o->json,
		.no_timestamp = no_timestamp && !text_is(no_timestamp, "0"),
		.show_secrets = o->output_insecure,
		.color = o->no_color ? -1 : o->force_color,
	};

	secret(o->set.eab_secret);
	secret(o->set.password);
	if (text_starts(s.file, h->config) && file_mkdirs(a, h->config, 0700))
		return -1;
	return log_setup(&s) ? fail_errno(a, "log file %s", s.file) : 0;
}

/* What runs by sudo leaves files of root in a user's home, or of the user in root's, and the renewals
 * of one of them fail. acme.sh refuses it too. */
static int check_sudo(struct arena *a, const struct home *h)
{
	static const char *const set[] = { "SUDO_UID", "SUDO_GID", "SUDO_USER", "SUDO_COMMAND" };
	const char *user = getenv("SUDO_USER"), *program;

	for (size_t i = 0; i < sizeof set / sizeof *set; i++)
		if (text_empty(getenv(set[i])))
			return 0;
	program = text_split(a, getenv("SUDO_COMMAND"), " ").v[0];
	if (geteuid() || !isatty(STDOUT_FILENO) || text_is(user, "root") ||
	    !(text_ends(program, "/acme") || text_ends(program, "/acme.sh")))
		return 0;
	fail(a,
	    "this runs by sudo, so what it writes into %s will belong to root, out of %s's reach",
	    h->dir, user);
	return remedy(a, "run it without sudo, or in a shell of root (sudo -i); --force goes on");
}

/* Everything that can be refused before the command is run. */
static int check(struct run *r, const struct command *c, const struct options *o)
{
	if ((c->needs & NEEDS_DOMAIN) && !o->domains.n) {
		fail(r->mem, "%s: for which certificate?", names_main(r->mem, c->names));
		return remedy(r->mem, "add -d name");
	}
	for (size_t i = 0; i < o->domains.n; i++) {
		const char *bad = text_bad_name(o->domains.v[i]);

		if (bad)
			return fail(r->mem, "domain '%s' %s",
			    text_safe(r->mem, o->domains.v[i], 100), bad);
	}
	if (!(c->needs & NEEDS_HOME))
		return 0;
	if (!o->set.force && check_sudo(r->mem, &r->home))
		return -1;
	return home_make(r->mem, &r->home);
}

/* Paths that are kept: the daily run has another working folder. */
static void complete_paths(struct arena *a, struct options *o, const struct home *h)
{
	if (o->log_file)
		o->log_file = *o->log_file ? file_absolute(a, o->log_file)
		                           : file_join(a, h->config, "acme.sh.log");
	if (o->set.ca_bundle)
		o->set.ca_bundle = file_absolute(a, o->set.ca_bundle);
	if (o->set.ca_path)
		o->set.ca_path = file_absolute(a, o->set.ca_path);
	if (o->spec.dns_env)
		o->spec.dns_env = file_absolute(a, o->spec.dns_env);
}

static int run_command(struct run *r, const struct command *c, struct options *o)
{
	struct options given;
	int code;

	if (c->needs & ANSWERS) /* also where HOME is nowhere */
		return c->run(r, o);
	if (home_open(r->mem, &o->home, &r->home))
		return -1;
	complete_paths(r->mem, o, &r->home);
	given = *o;
	options_complete(r->mem, o, &r->home);
	if (set_up_log(r->mem, o, &r->home)) {
		o->log_file = NULL;
		return -1;
	}
	debug(1, "acme %s, home %s", ACME_VERSION, r->home.dir);
	r->set = o->set;
	if (check(r, c, o))
		return -1;
	code = c->run(r, o);
	if (code == EXIT_SKIPPED && o->skip_is_success)
		code = EXIT_OK;
	if (code == EXIT_OK && ((c->needs & NEEDS_HOME) || c->run == cmd_install)) {
		options_remember(&given, &r->home);
		code = conf_save(r->home.conf);
	}
	return code;
}

static cJSON *error_json(struct arena *a, const struct error *e)
{
	const struct strs names = text_split(a, e->names, "\n");
	cJSON *j = json(js("text", error_text(a)), js("code", e->code), js("remedy", e->remedy));
	cJSON *list = json_list(NULL);

	for (size_t i = 0; i < names.n; i++)
		json_add(list, js(NULL, names.v[i]));
	json_add(j, names.n ? jo("names", list) : NULL);
	json_add(j, e->http ? jn("http", e->http) : NULL);
	json_add(j, e->retry_after ? jn("retry_after", e->retry_after) : NULL);
	return j;
}

/* Returns the exit code. hint: other options may show more. */
static int tell_error(struct arena *a, const struct options *o, bool hint)
{
	struct error *e = arena_error(a);
	struct strs names = text_split(a, e->names, "\n");

	if (log_is_json())
		json_event(a, "error", error_json(a, e));
	complain("%s", error_text(a));
	for (size_t i = 0; i < names.n; i++)
		complain("  %s", names.v[i]);
	if (hint && o->log_file)
		usage("Please check log file for more details: %s", o->log_file);
	else if (hint && !debugging(1))
		usage("Please add '--debug' or '--log' to see more information.");
	return e->exit ? e->exit : EXIT_FAILURE;
}

/* The command from its checks to the end of its processes; tells the error. The exit code. */
static int perform(struct run *r, const struct command *c, struct options *o)
{
	int code = run_command(r, c, o);

	if (code < 0 || (code && failed(r->mem))) {
		const int told = tell_error(r->mem, o, !(c->needs & ANSWERS));
		code = code < 0 ? told : code;
	}
	run_close(r);
	return code;
}

static struct options as_given; /* what each round of the daemon begins with */

/* The daily run, with everything read anew: account.conf, settings, the log file. */
static int daily_round(void *ctx, int64_t *next)
{
	struct run r = { .mem = arena_new() };
	struct options o = as_given;
	int code;

	(void)ctx;
	arena_use(r.mem);
	code = perform(&r, command_find(commands, "--cron"), &o);
	*next = r.next_due;
	arena_drop(r.mem);
	return code && !*next ? -1 : 0;
}

static int cmd_daemon(struct run *r, struct options *o)
{
	static const struct daemon daily = { .shortest = 60,
		.longest = 24 * 60 * 60,
		.repeat = 60 * 60,
		.round = daily_round };

	(void)r;
	(void)o;
	return daemon_run(&daily);
}

/* In acme.sh's container a command is also a program's name, and the program's name may stand before the
 * command: both are understood here. */
static char **words_of(struct arena *a, char **argv)
{
	const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];
	size_t n = 0;
	char **words;

	if (argv[1] && (text_is(argv[1], "acme.sh") || text_is(argv[1], "acme")))
		return argv + 1;
	if (!text_starts(name, "--"))
		return argv;
	while (argv[n])
		n++;
	words = arena_alloc(a, (n + 2) * sizeof *words);
	words[0] = argv[0];
	words[1] = arena_str(a, name);
	memcpy(words + 2, argv + 1, (n - 1) * sizeof *words);
	return words;
}

/* The last one, except that asking for help or the version ends the matter. */
static const struct command *chosen(struct options *o)
{
	const struct command *c = NULL;

	for (size_t i = 0; i < o->commands.n && !(c && c->needs & ANSWERS); i++)
		c = command_find(commands, o->commands.v[i]);
	return c;
}

/* Also mistakes of the command line are told as JSON, wherever --json stands in it. */
static bool wants_json(char **argv)
{
	for (; *argv; argv++)
		if (text_is(*argv, "--json"))
			return true;
	return false;
}

static int no_command(struct arena *a, struct options *o)
{
	help_print(a, commands, NULL);
	fail(a, "no command was given");
	return log_is_json() ? tell_error(a, o, false) : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct run r = { .mem = arena_new() };
	struct options o = { .table = commands };
	const struct command *c;
	int code, bad;

	proc_fill_standard();
	clock_catch_signals();
	arena_use(r.mem);
	if (argc)
		argv = words_of(r.mem, argv);
	if (!argc || !argv[1])
		return help_print(r.mem, commands, NULL);
	log_setup(&(struct log_settings){ .json = wants_json(argv) });
	bad = options_parse(r.mem, argv, commands, &o);
	c = chosen(&o);
	if (bad && !(c && c->needs & ANSWERS))
		return tell_error(r.mem, &o, false);
	if (!c)
		return no_command(r.mem, &o);
	error_clear(r.mem);
	as_given = o;
	code = perform(&r, c, &o);
	arena_drop(r.mem);
	return code == 0 && log_broken() ? EXIT_FAILURE : code;
}
