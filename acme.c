/* acme: a client for certificate authorities that speak ACME (RFC 8555). This file is the whole
 * course of a run: read the options, pick the command, run it, turn the result into an exit code. */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "cmd.h"
#include "docgen.h"
#include "error.h"
#include "file.h"
#include "help.h"
#include "json.h"
#include "log.h"

#define GET "Certificates"
#define USE "Using them"
#define OWN "Keys and requests"
#define ACCOUNTS "Accounts and authorities"
#define DNS "DNS providers"
#define SELF "This program"

/* What --help COMMAND shows. */
#define CERT "-d|--ecc"
#define ACCOUNT "|--server|--staging|-m|--accountkey|-ak|--eab-kid|--eab-hmac-key|--eab-hmac-alg"
#define CONTENTS "-k|--ecc|--always-force-new-domain-key|--ocsp|--extended-key-usage|--cert-profile|" \
	"--valid-from|--valid-to|--preferred-chain|--require-chain|--days|-f"
#define ISSUING GROUP_PROOF "|" CONTENTS "|" GROUP_INSTALLING ACCOUNT
#define MANY "-f|--stop-renew-on-error|--parallel|--server|--json"
#define RECORD "--dns|--dns-name|--dns-value|--dns-env|-d"

static int cmd_help(struct run *r, struct options *o);
static int cmd_version(struct run *r, struct options *o);
static int cmd_print(struct run *r, struct options *o);

static const struct command commands[] = {
	{ "--issue", cmd_issue, NEEDS_DOMAIN | NEEDS_HOME, GET,
		"get a certificate and keep it renewed", "acme --issue -d example.com --standalone",
		ISSUING },
	{ "--renew -r", cmd_renew, NEEDS_DOMAIN | NEEDS_HOME, GET,
		"renew a certificate when it is due, or with --force now", "acme --renew -d example.com --force",
		"-d|-f|" ISSUING },
	{ "--renew-all | --renewAll --renewall", cmd_renew_all, NEEDS_HOME, GET,
		"renew all certificates that are due", NULL,
		MANY },
	{ "--cron", cmd_cron, NEEDS_HOME, GET, "the daily run: renew what is due", NULL,
		MANY },
	{ "--sign-csr | --signcsr", cmd_sign_csr, NEEDS_HOME, GET,
		"get a certificate for a signing request made elsewhere",
		"acme --sign-csr --csr request.pem -w /var/www/html",
		"--csr|" GROUP_PROOF "|--cert-profile|--valid-from|--valid-to|--preferred-chain|"
		"--require-chain|--days|" GROUP_INSTALLING ACCOUNT "|-f" },
	{ "--revoke", cmd_revoke, NEEDS_DOMAIN | NEEDS_HOME, GET, "revoke a certificate",
		"acme --revoke -d example.com --revoke-reason 4",
		CERT "|--revoke-reason|--server" },
	{ "--remove", cmd_remove, NEEDS_DOMAIN | NEEDS_HOME, GET,
		"take a certificate out of the renewals; its files stay", NULL,
		CERT },
	{ "--list", cmd_list, 0, GET, "list all certificates, or with -d the settings of one", NULL,
		"-d|--ecc|--listraw|--json" },
	{ "--info", cmd_info, 0, GET, "show the settings, or with -d all about one certificate", NULL,
		CERT "|--output-insecure|--json" },
	{ "--install-cert -i | --installcert", cmd_install_cert, NEEDS_DOMAIN | NEEDS_HOME, USE,
		"copy a certificate's files to a server's places and reload it, now and after each renewal",
		"acme --install-cert -d example.com --key-file /etc/ssl/k.pem --fullchain-file "
		"/etc/ssl/c.pem --reloadcmd 'systemctl reload nginx'",
		CERT "|--cert-file|--key-file|--ca-file|--fullchain-file|--reloadcmd" },
	{ "--deploy", cmd_deploy, NEEDS_DOMAIN | NEEDS_HOME, USE,
		"run deploy hooks now and after each renewal", "acme --deploy -d example.com --deploy-hook mine",
		CERT "|--deploy-hook" },
	{ "--to-pkcs12 | --to-pkcs --toPkcs", cmd_to_pkcs12, NEEDS_DOMAIN, USE,
		"export key and certificate as PKCS#12, now and after each renewal", NULL,
		CERT "|--password|--pfx-legacy" },
	{ "--to-pkcs8 | --toPkcs8", cmd_to_pkcs8, NEEDS_DOMAIN, USE, "export the key as PKCS#8", NULL,
		CERT },
	{ "--create-domain-key -cdk | --createDomainKey --createdomainkey", cmd_create_domain_key,
		NEEDS_DOMAIN | NEEDS_HOME, OWN, "make a certificate's key", NULL,
		"-d|-k|-f" },
	{ "--create-csr -ccr | --createCSR --createcsr", cmd_create_csr, NEEDS_DOMAIN | NEEDS_HOME, OWN,
		"make a signing request with that key", NULL,
		CERT "|--extended-key-usage|--ocsp" },
	{ "--show-csr | --showcsr", cmd_show_csr, 0, OWN, "show what a signing request asks for", NULL,
		"--csr" },
	{ "--create-account-key -cak | --createAccountKey --createaccountkey", cmd_create_account_key,
		NEEDS_HOME, OWN, "make the account's key", NULL,
		"-ak|--server|--staging" },
	{ "--register-account | --registeraccount", cmd_register_account, NEEDS_HOME, ACCOUNTS,
		"register an account at the CA, or find the one of the key",
		"acme --register-account -m you@example.com --server zerossl",
		ACCOUNT },
	{ "--update-account | --updateaccount", cmd_update_account, NEEDS_HOME, ACCOUNTS,
		"change the account's contact", NULL,
		"-m|--server|--staging" },
	{ "--update-account-key", cmd_update_account_key, NEEDS_HOME, ACCOUNTS,
		"give the account a new key", NULL,
		"-ak|--server|--staging" },
	{ "--deactivate-account", cmd_deactivate_account, NEEDS_HOME, ACCOUNTS,
		"give up the account for good", NULL,
		"--server|--staging" },
	{ "--deactivate", cmd_deactivate, NEEDS_DOMAIN | NEEDS_HOME, ACCOUNTS,
		"deactivate the CA's authorizations of names", NULL,
		"-d|--server|--staging" },
	{ "--set-default-ca", cmd_set_default_ca, NEEDS_HOME, ACCOUNTS,
		"the CA to use when --server is not given", "acme --set-default-ca --server zerossl",
		"--server" },
	{ "--set-default-chain", cmd_set_default_chain, NEEDS_HOME, ACCOUNTS,
		"the chain to prefer at a CA (--preferred-chain)", NULL,
		"--preferred-chain|--server|--staging" },
	{ "--list-profiles", cmd_list_profiles, NEEDS_HOME, ACCOUNTS,
		"list the certificate profiles of the CA", NULL,
		"--server|--staging|--json" },
	{ "--dns-list", cmd_dns_list, 0, DNS, "list the DNS providers", NULL,
		"--json" },
	{ "--dns-help", cmd_dns_help, TAKES_WORD, DNS,
		"what a provider needs: credentials, permissions, an example", "acme --dns-help dns_cf",
		NULL },
	{ "--dns-add", cmd_dns_add, NEEDS_HOME, DNS, "add one TXT record",
		"acme --dns-add --dns dns_cf --dns-name _acme-challenge.example.com --dns-value abc",
		RECORD },
	{ "--dns-rm", cmd_dns_rm, NEEDS_HOME, DNS, "remove one TXT record, by its value", NULL,
		RECORD },
	{ "--dns-check", cmd_dns_check, NEEDS_DOMAIN | NEEDS_HOME, DNS,
		"try a driver: add a TXT record, wait until it is seen, remove it",
		"acme --dns-check --dns dns_cf -d example.com",
		"-d|--dns|--dns-env|--dnssleep|--resolver|--dns-timeout" },
	{ "--make-dns-persist-value | --makednspersistvalue", cmd_dns_persist, NEEDS_DOMAIN | NEEDS_HOME,
		DNS, "print the TXT record that lets your account prove a name for good (experimental)",
		NULL,
		"-d|--dns-persist-wildcard|--dns-persist-ca-name|--dns-persist-days|--server" },
	{ "--print-dns-table", cmd_dns_page, 0, DNS, NULL, NULL,
		NULL },
	{ "--install", cmd_install, 0, SELF,
		"install into the home, with the daily run and the shell's alias", "acme --install -m you@example.com",
		"-m|--accountkey|--home|--config-home|--cert-home|--accountconf|--no-cron|--no-profile|"
		"--auto-upgrade|--useragent|--log|-f" },
	{ "--set-notify", cmd_set_notify, NEEDS_HOME, SELF,
		"have messages sent about what the daily run does", NULL,
		GROUP_NOTIFY },
	{ "--upgrade", cmd_upgrade, NEEDS_HOME, SELF,
		"fetch the newest release, verify it, and put it in this program's place", NULL,
		"-b|--rollback|--auto-upgrade|-f" },
	{ "--uninstall", cmd_uninstall, 0, SELF, "take away what --install added", NULL,
		"--no-cron|--home|--config-home" },
	{ "--install-cronjob | --installcronjob", cmd_install_cronjob, NEEDS_HOME, SELF,
		"install the daily run only", NULL,
		"--home|--config-home" },
	{ "--uninstall-cronjob | --uninstallcronjob", cmd_uninstall_cronjob, 0, SELF,
		"take the daily run away", NULL,
		"--home|--config-home" },
	{ "--install-online", cmd_install_online, 0, SELF, NULL, NULL, NULL },
	{ "--help -h", cmd_help, TAKES_WORD | ANSWERS, SELF, "this help", NULL,
		NULL },
	{ "--version -v", cmd_version, ANSWERS, SELF, "the version", NULL,
		"--json" },
	{ "--print", cmd_print, TAKES_WORD, SELF, NULL, NULL,
		NULL },
	{ 0 }
};

static int cmd_help(struct run *r, struct options *o)
{
	return help_print(r->mem, commands, o->about);
}

static int cmd_version(struct run *r, struct options *o)
{
	if (o->json)
		print_json(json_text(r->mem, json(js("event", "version"), js("program", "acme"),
		    js("version", ACME_VERSION))));
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
	struct log_settings s = {
		.debug = number(o->debug, o->debug ? 2 : 0),
		.file = o->log_file,
		.file_level = number(o->log_level, 2),
		.syslog = number(o->syslog, 0),
		.json = o->json,
		.no_timestamp = !text_empty(home_setting(h, "NO_TIMESTAMP")) &&
		    !text_is(home_setting(h, "NO_TIMESTAMP"), "0"),
		.show_secrets = o->output_insecure,
		.color = o->no_color ? -1 : o->force_color,
	};

	if (s.file && !*s.file)
		s.file = file_join(a, h->config, "acme.sh.log");
	secret(o->set.eab_secret);
	secret(o->set.password);
	return log_setup(&s);
}

/* Checks what the command needs, runs it. */
static int run_command(struct run *r, const struct command *c, struct options *o)
{
	struct options given = *o;
	int code;

	if (home_open(r->mem, &o->home, &r->home))
		return -1;
	options_complete(r->mem, o, &r->home);
	if (o->spec.dns_env) /* the daily run has another working folder */
		o->spec.dns_env = file_absolute(r->mem, o->spec.dns_env);
	if (set_up_log(r->mem, o, &r->home))
		return EXIT_FAILURE;
	r->set = o->set;
	if ((c->needs & NEEDS_DOMAIN) && !o->domains.n) {
		fail(r->mem, "%s: for which certificate?", names_main(r->mem, c->names));
		return remedy(r->mem, "add -d name");
	}
	for (size_t i = 0; i < o->domains.n; i++) {
		const char *bad = text_bad_name(o->domains.v[i]);

		if (bad)
			return fail(r->mem, "domain '%s' %s", text_safe(r->mem, o->domains.v[i], 100), bad);
	}
	if ((c->needs & NEEDS_HOME) && home_make(r->mem, &r->home))
		return -1;
	code = c->run(r, o);
	if (code == 0 && (c->needs & NEEDS_HOME)) {
		options_remember(&given, &r->home);
		code = conf_save(r->home.conf);
	}
	return code;
}

static void tell_error(struct arena *a)
{
	struct error *e = arena_error(a);
	struct strs names = text_split(a, e->names, "\n");

	say_error("error", EVENT_FIELDS({ "text", error_text(a) }, { "code", e->code },
	    { "names", e->names }, { "remedy", e->remedy }), "%s", error_text(a));
	for (size_t i = 0; i < names.n && !log_is_json(); i++)
		complain("  %s", names.v[i]);
	usage("Please add '--debug' or '--log' to see more information.");
}

/* Asking for help or the version ends the matter at once, whatever else was given. */
static const struct command *chosen(struct options *o)
{
	const struct command *c = NULL;

	for (size_t i = 0; i < o->commands.n; i++) {
		c = command_find(commands, o->commands.v[i]);
		if (c->run == cmd_help || c->run == cmd_version)
			break;
	}
	return c;
}

int main(int argc, char **argv)
{
	struct run r = { .mem = arena_new() };
	struct options o = { .table = commands };
	const struct command *c;
	int code;

	clock_catch_signals();
	arena_use(r.mem);
	if (argc < 2)
		return help_print(r.mem, commands, NULL);
	if (options_parse(r.mem, argv, commands, &o)) {
		tell_error(r.mem);
		return EXIT_FAILURE;
	}
	if (!(c = chosen(&o))) {
		help_print(r.mem, commands, NULL);
		return EXIT_FAILURE;
	}
	code = run_command(&r, c, &o);
	if (failed(r.mem) && code)
		tell_error(r.mem);
	if (code < 0)
		code = arena_error(r.mem)->exit ? arena_error(r.mem)->exit : EXIT_FAILURE;
	run_close(&r);
	arena_drop(r.mem);
	return code == 0 && log_broken() ? EXIT_FAILURE : code;
}
