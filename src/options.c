/* The command line's table and its parser. acme.sh has multi-letter short options and optional
 * values, which getopt does not know; the loop below does. */
#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"

#define AT(member) offsetof(struct options, member)

/* clang-format off */
const struct option_row option_table[] = {
	{ .names = "-d --domain", .kind = OPT_LIST, .at = AT(domains), .arg = "name",
		.group = GROUP_PROOF,
		.help = "a name of the certificate; the first is the main one; may be repeated, or a comma list" },
	{ .names = "-w --webroot", .kind = OPT_JOIN, .at = AT(spec.webroot), .arg = "folder",
		.group = GROUP_PROOF,
		.help = "prove by a file below this folder of a running web server (http-01)" },
	{ .names = "--standalone", .kind = OPT_ENTRY, .at = AT(spec.webroot), .fixed = "no",
		.group = GROUP_PROOF,
		.help = "prove by the built-in responder on port 80 (http-01)" },
	{ .names = "--alpn", .kind = OPT_ENTRY, .at = AT(spec.webroot), .fixed = "alpn",
		.group = GROUP_PROOF,
		.help = "prove by the built-in responder on port 443 (tls-alpn-01)" },
	{ .names = "--stateless", .kind = OPT_ENTRY, .at = AT(spec.webroot), .fixed = "stateless",
		.group = GROUP_PROOF,
		.help = "prove by a web server that knows the account's thumbprint" },
	{ .names = "--apache", .kind = OPT_ENTRY, .at = AT(spec.webroot), .fixed = "apache",
		.group = GROUP_PROOF,
		.help = "prove through the running Apache, edited and reloaded for the moment" },
	{ .names = "--nginx", .kind = OPT_JOIN, .at = AT(spec.webroot), .arg = "conf", .fixed = "",
		.before = "nginx:", .group = GROUP_PROOF,
		.help = "prove through the running nginx, edited and reloaded for the moment; conf: its "
			"main file" },
	{ .names = "--dns", .kind = OPT_JOIN, .at = AT(spec.webroot), .arg = "dns_x",
		.fixed = "dns", .group = GROUP_PROOF,
		.help = "prove by a DNS record (dns-01) through this provider; without a value: by hand" },
	{ .names = "--dns-persist", .kind = OPT_ENTRY, .at = AT(spec.webroot),
		.fixed = "dns_persist", .group = GROUP_PROOF,
		.help = "prove by a persistent DNS record (dns-persist-01, experimental)" },
	{ .names = "--challenge-alias", .kind = OPT_JOIN, .at = AT(spec.challenge_alias),
		.arg = "name", .after = ",", .group = GROUP_PROOF,
		.help = "write the record at _acme-challenge.NAME instead; 'no' for none" },
	{ .names = "--domain-alias", .kind = OPT_JOIN, .at = AT(spec.challenge_alias),
		.arg = "name", .before = "=", .after = ",", .group = GROUP_PROOF,
		.help = "write the record at exactly NAME instead" },
	{ .names = "--dns-account", .kind = OPT_JOIN, .at = AT(spec.webroot), .arg = "dns_x",
		.fixed = "", .before = "dns_account:", .group = GROUP_PROOF,
		.help = "as --dns, with a record of this account alone (dns-account-01, experimental)" },
	{ .names = "--resolver", .kind = OPT_TEXT, .at = AT(spec.resolver), .arg = "host:port",
		.group = GROUP_PROOF,
		.help = "DNS server to ask instead of the system's" },
	{ .names = "--dns-timeout", .kind = OPT_TEXT, .at = AT(spec.dns_timeout), .arg = "seconds",
		.group = GROUP_PROOF,
		.help = "how long name servers may take to show a record (1200)" },
	{ .names = "--dnssleep", .kind = OPT_TEXT, .at = AT(spec.dns_sleep), .arg = "seconds",
		.env = "Le_DNSSleep", .group = GROUP_PROOF,
		.help = "wait this long for DNS instead of asking the name servers" },
	{ .names = "--dns-env", .kind = OPT_TEXT, .at = AT(spec.dns_env), .arg = "file",
		.group = GROUP_PROOF,
		.help = "take the provider's credentials from this file of KEY='value' lines" },
	{ .names = "--yes-I-know-dns-manual-mode-enough-go-ahead-please", .kind = OPT_FLAG,
		.at = AT(set.dns_manual_ok), .env = "FORCE_DNS_MANUAL", .group = GROUP_PROOF,
		.help = "needed for DNS records by hand: such certificates cannot renew by themselves" },
	{ .names = "--httpport", .kind = OPT_TEXT, .at = AT(spec.http_port), .arg = "port",
		.env = "Le_HTTPPort", .group = GROUP_PROOF,
		.help = "port of --standalone, --nginx, --apache (80), when something forwards port 80 "
			"to it" },
	{ .names = "--tlsport", .kind = OPT_TEXT, .at = AT(spec.tls_port), .arg = "port",
		.env = "Le_TLSPort", .group = GROUP_PROOF,
		.help = "port of --alpn (443)" },
	{ .names = "--local-address", .kind = OPT_JOIN, .at = AT(spec.local_address),
		.arg = "address", .after = ",", .group = GROUP_PROOF,
		.help = "listen on this address only" },
	{ .names = "--listen-v4", .kind = OPT_FIXED, .at = AT(spec.listen_v4), .fixed = "1",
		.env = "Le_Listen_V4", .rival = AT(spec.listen_v6), .group = GROUP_PROOF,
		.help = "listen on IPv4 only" },
	{ .names = "--listen-v6", .kind = OPT_FIXED, .at = AT(spec.listen_v6), .fixed = "1",
		.env = "Le_Listen_V6", .rival = AT(spec.listen_v4), .group = GROUP_PROOF,
		.help = "listen on IPv6 only" },

	{ .names = "--dns-name", .kind = OPT_TEXT, .at = AT(dns_name), .arg = "name",
		.group = GROUP_RECORDS,
		.help = "with --dns-add, --dns-rm: name of the TXT record" },
	{ .names = "--dns-value", .kind = OPT_TEXT, .at = AT(dns_value), .arg = "text",
		.group = GROUP_RECORDS,
		.help = "with --dns-add, --dns-rm: its value" },
	{ .names = "--dns-persist-wildcard --dnspersistwildcard", .kind = OPT_FLAG,
		.at = AT(dns_persist_wildcard), .group = GROUP_RECORDS,
		.help = "with --make-dns-persist-value: for names below and wildcards too" },
	{ .names = "--dns-persist-ca-name --dnspersistcaname", .kind = OPT_TEXT,
		.at = AT(dns_persist_ca), .arg = "name", .group = GROUP_RECORDS,
		.help = "with --make-dns-persist-value: the CA's domain name, else all that it tells" },
	{ .names = "--dns-persist-days --dnspersistdays", .kind = OPT_TEXT,
		.at = AT(dns_persist_days), .arg = "n", .group = GROUP_RECORDS,
		.help = "with --make-dns-persist-value: good for this long, else for ever" },

	{ .names = "-k --keylength", .kind = OPT_TEXT, .at = AT(spec.keylength), .arg = "length",
		.group = GROUP_KEYS,
		.help = "ec-256 (the default), ec-384, ec-521, 2048, 3072, 4096 or 8192" },
	{ .names = "--ecc", .kind = OPT_FLAG, .at = AT(set.ecc), .group = GROUP_KEYS,
		.help = "means the EC certificate where there is an RSA one too" },
	{ .names = "--always-force-new-domain-key", .kind = OPT_MAYBE, .at = AT(spec.new_key),
		.arg = "0|1", .fixed = "1", .env = "Le_ForceNewDomainKey", .group = GROUP_KEYS,
		.help = "a new key at each renewal" },
	{ .names = "--ocsp-must-staple --ocsp", .kind = OPT_FIXED, .at = AT(spec.ocsp),
		.fixed = "1", .env = "Le_OCSP_Staple", .group = GROUP_KEYS,
		.help = "ask for the must-staple extension" },
	{ .names = "--extended-key-usage", .kind = OPT_TEXT, .at = AT(spec.eku), .arg = "list",
		.group = GROUP_KEYS,
		.help = "extended key usages to ask for: serverAuth,clientAuth or OIDs" },
	{ .names = "--cert-profile --certificate-profile", .kind = OPT_TEXT, .at = AT(spec.profile),
		.arg = "name", .group = GROUP_KEYS,
		.help = "certificate profile of the CA" },
	{ .names = "--valid-from", .kind = OPT_TEXT, .at = AT(spec.valid_from), .arg = "time",
		.group = GROUP_KEYS,
		.help = "start of validity: 2026-11-21T00:00:00Z, +3d or +12h" },
	{ .names = "--valid-to", .kind = OPT_TEXT, .at = AT(spec.valid_to), .arg = "time",
		.group = GROUP_KEYS,
		.help = "end of validity, same forms; a date means never renewed by itself" },
	{ .names = "--preferred-chain", .kind = OPT_TEXT, .at = AT(spec.preferred_chain),
		.arg = "issuer", .group = GROUP_KEYS,
		.help = "take the chain whose top issuer has these words" },
	{ .names = "--require-chain", .kind = OPT_FLAG, .at = AT(set.require_chain),
		.group = GROUP_KEYS,
		.help = "fail when no chain matches --preferred-chain" },
	{ .names = "--days", .kind = OPT_TEXT, .at = AT(spec.days), .arg = "n",
		.env = "Le_RenewalDays", .group = GROUP_KEYS,
		.help = "renew n days after issue, or with a minus before the end" },
	{ .names = "--csr", .kind = OPT_TEXT, .at = AT(csr), .arg = "file", .group = GROUP_KEYS,
		.help = "the signing request of --sign-csr and --show-csr" },
	{ .names = "--password", .kind = OPT_TEXT, .at = AT(set.password), .arg = "text",
		.group = GROUP_KEYS,
		.help = "password of --to-pkcs12" },
	{ .names = "--pfx-legacy", .kind = OPT_FLAG, .at = AT(pfx_legacy), .group = GROUP_KEYS,
		.help = "--to-pkcs12 for old Windows and Java" },

	{ .names = "--cert-file | --certpath", .kind = OPT_TEXT, .at = AT(spec.cert_file),
		.arg = "file", .group = GROUP_INSTALLING,
		.help = "copy the certificate there after each issue" },
	{ .names = "--key-file | --keypath", .kind = OPT_TEXT, .at = AT(spec.key_file),
		.arg = "file", .group = GROUP_INSTALLING,
		.help = "copy the key there" },
	{ .names = "--ca-file | --capath", .kind = OPT_TEXT, .at = AT(spec.ca_file), .arg = "file",
		.group = GROUP_INSTALLING,
		.help = "copy the intermediate certificates there" },
	{ .names = "--fullchain-file | --fullchainpath", .kind = OPT_TEXT,
		.at = AT(spec.fullchain_file), .arg = "file", .group = GROUP_INSTALLING,
		.help = "copy certificate and intermediates there" },
	{ .names = "--reloadcmd | --reloadCmd", .kind = OPT_TEXT, .at = AT(spec.reload),
		.arg = "line", .group = GROUP_INSTALLING,
		.help = "shell line to run when the files are in place" },
	{ .names = "--pre-hook", .kind = OPT_TEXT, .at = AT(spec.pre_hook), .arg = "line",
		.group = GROUP_INSTALLING,
		.help = "shell line before the challenges" },
	{ .names = "--post-hook", .kind = OPT_TEXT, .at = AT(spec.post_hook), .arg = "line",
		.group = GROUP_INSTALLING,
		.help = "shell line after the attempt, good or bad" },
	{ .names = "--renew-hook", .kind = OPT_TEXT, .at = AT(spec.renew_hook), .arg = "line",
		.group = GROUP_INSTALLING,
		.help = "shell line after each successful renewal" },
	{ .names = "--deploy-hook", .kind = OPT_JOIN, .at = AT(spec.deploy_hook), .arg = "name",
		.after = ",", .group = GROUP_INSTALLING,
		.help = "brings the certificate to where it is used, now and after each renewal; see --deploy-list" },

	{ .names = "--notify-hook", .kind = OPT_JOIN, .at = AT(notify_hook), .arg = "name",
		.after = ",", .group = GROUP_NOTIFY,
		.help = "sends notifications; see --notify-list; 'no' for none" },
	{ .names = "--notify-level", .kind = OPT_WORD, .at = AT(notify_level), .arg = "0-3",
		.group = GROUP_NOTIFY,
		.help = "0 nothing, 1 errors, 2 renewals too (the default), 3 skipped ones too" },
	{ .names = "--notify-mode", .kind = OPT_WORD, .at = AT(notify_mode), .arg = "0|1",
		.group = GROUP_NOTIFY,
		.help = "0 one message a run (the default), 1 one a certificate" },
	{ .names = "--notify-source", .kind = OPT_WORD, .at = AT(notify_source), .arg = "name",
		.group = GROUP_NOTIFY,
		.help = "name of this machine in messages" },

	{ .names = "--server", .kind = OPT_TEXT, .at = AT(set.server), .arg = "ca",
		.group = GROUP_AUTHORITY,
		.help = "letsencrypt (the default), letsencrypt_test, zerossl, sslcom, google, google_test, actalis, or a directory URL" },
	{ .names = "--staging --test", .kind = OPT_FLAG, .at = AT(set.staging), .env = "STAGE",
		.group = GROUP_AUTHORITY,
		.help = "Let's Encrypt's staging CA" },
	{ .names = "-m --email --accountemail", .kind = OPT_TEXT, .at = AT(set.email),
		.arg = "address", .env = "ACCOUNT_EMAIL", .group = GROUP_AUTHORITY,
		.help = "the account's contact" },
	{ .names = "--accountkey", .kind = OPT_TEXT, .at = AT(home.account_key), .arg = "file",
		.group = GROUP_AUTHORITY,
		.help = "the account key's file" },
	{ .names = "-ak --accountkeylength", .kind = OPT_TEXT, .at = AT(set.account_keylength),
		.arg = "length", .group = GROUP_AUTHORITY,
		.help = "length of a new account key (ec-256)" },
	{ .names = "--eab-kid", .kind = OPT_TEXT, .at = AT(set.eab_kid), .arg = "id",
		.group = GROUP_AUTHORITY,
		.help = "external account binding: key identifier" },
	{ .names = "--eab-hmac-key", .kind = OPT_TEXT, .at = AT(set.eab_secret), .arg = "key",
		.group = GROUP_AUTHORITY,
		.help = "external account binding: HMAC key" },
	{ .names = "--eab-hmac-alg", .kind = OPT_TEXT, .at = AT(set.eab_alg), .arg = "alg",
		.group = GROUP_AUTHORITY,
		.help = "HS256 (the default), HS384 or HS512" },
	{ .names = "--revoke-reason", .kind = OPT_WORD, .at = AT(revoke_reason), .arg = "n",
		.group = GROUP_AUTHORITY,
		.help = "0 unspecified, 1 key compromised, 3 affiliation changed, 4 superseded, 5 no longer used" },

	{ .names = "--insecure", .kind = OPT_FLAG, .at = AT(set.insecure), .env = "HTTPS_INSECURE",
		.group = GROUP_NETWORK,
		.help = "do not verify servers in this run (never stored)" },
	{ .names = "--ca-bundle", .kind = OPT_TEXT, .at = AT(set.ca_bundle), .arg = "file",
		.env = "CA_BUNDLE", .conf = "CA_BUNDLE", .group = GROUP_NETWORK,
		.help = "root certificates to trust" },
	{ .names = "--ca-path", .kind = OPT_TEXT, .at = AT(set.ca_path), .arg = "folder",
		.env = "CA_PATH", .conf = "CA_PATH", .group = GROUP_NETWORK,
		.help = "folder of root certificates to trust" },
	{ .names = "--useragent", .kind = OPT_TEXT, .at = AT(set.user_agent), .arg = "text",
		.env = "USER_AGENT", .conf = "USER_AGENT", .save = true, .group = GROUP_NETWORK,
		.help = "User-Agent of all requests" },
	{ .names = "--request-v4", .kind = OPT_FLAG, .at = AT(set.request_v4),
		.env = "ACME_USE_IPV4_REQUESTS", .conf = "ACME_USE_IPV4_REQUESTS", .save = true,
		.rival = AT(set.request_v6), .group = GROUP_NETWORK,
		.help = "requests over IPv4 only" },
	{ .names = "--request-v6", .kind = OPT_FLAG, .at = AT(set.request_v6),
		.env = "ACME_USE_IPV6_REQUESTS", .conf = "ACME_USE_IPV6_REQUESTS", .save = true,
		.rival = AT(set.request_v4), .group = GROUP_NETWORK,
		.help = "requests over IPv6 only" },

	{ .names = "--home", .kind = OPT_TEXT, .at = AT(home.home), .arg = "folder",
		.group = GROUP_PLACES,
		.help = "where everything is (~/.acme.sh)" },
	{ .names = "--config-home", .kind = OPT_TEXT, .at = AT(home.config_home), .arg = "folder",
		.group = GROUP_PLACES,
		.help = "where account.conf and accounts are (the home)" },
	{ .names = "--cert-home --certhome", .kind = OPT_TEXT, .at = AT(home.cert_home),
		.arg = "folder", .group = GROUP_PLACES,
		.help = "where certificates are (the config home)" },
	{ .names = "--accountconf", .kind = OPT_TEXT, .at = AT(home.account_conf), .arg = "file",
		.group = GROUP_PLACES,
		.help = "account.conf by another name" },

	{ .names = "-f --force", .kind = OPT_FLAG, .at = AT(set.force), .env = "FORCE",
		.group = GROUP_OUTPUT,
		.help = "go on although it is not due, exists, or is unusual" },
	{ .names = "--debug", .kind = OPT_MAYBE, .at = AT(debug), .arg = "0-3", .fixed = "2",
		.env = "DEBUG", .group = GROUP_OUTPUT,
		.help = "tell what is done (1), requests and replies (2), everything (3)" },
	{ .names = "--output-insecure", .kind = OPT_FLAG, .at = AT(output_insecure),
		.env = "OUTPUT_INSECURE", .group = GROUP_OUTPUT,
		.help = "show secrets in what is told" },
	{ .names = "--log --logfile", .kind = OPT_MAYBE, .at = AT(log_file), .arg = "file",
		.fixed = "", .env = "LOG_FILE", .conf = "LOG_FILE", .save = true,
		.group = GROUP_OUTPUT,
		.help = "write a log file (acme.sh.log in the config home)" },
	{ .names = "--log-level", .kind = OPT_TEXT, .at = AT(log_level), .arg = "1|2|3",
		.env = "LOG_LEVEL", .conf = "LOG_LEVEL", .save = true, .group = GROUP_OUTPUT,
		.help = "how much the log file gets (2)" },
	{ .names = "--syslog", .kind = OPT_MAYBE, .at = AT(syslog), .arg = "0|3|6|7", .fixed = "3",
		.env = "SYS_LOG", .conf = "SYS_LOG", .save = true, .group = GROUP_OUTPUT,
		.help = "to syslog: 3 errors, 6 information, 7 debug lines, 0 nothing" },
	{ .names = "--no-color", .kind = OPT_FLAG, .at = AT(no_color), .env = "ACME_NO_COLOR",
		.group = GROUP_OUTPUT,
		.help = "no colours" },
	{ .names = "--force-color", .kind = OPT_FLAG, .at = AT(force_color),
		.env = "ACME_FORCE_COLOR", .group = GROUP_OUTPUT,
		.help = "colours although this is no terminal" },
	{ .names = "--json", .kind = OPT_FLAG, .at = AT(json), .group = GROUP_OUTPUT,
		.help = "one JSON object a line on stdout, text on stderr" },
	{ .names = "--listraw", .kind = OPT_FLAG, .at = AT(listraw), .group = GROUP_OUTPUT,
		.help = "--list with '|' between the columns" },
	{ .names = "-se --stop-renew-on-error | --stopRenewOnError --stoprenewonerror",
		.kind = OPT_FLAG, .at = AT(stop_on_error), .group = GROUP_OUTPUT,
		.help = "--renew-all and --cron end at the first failure" },
	{ .names = "--parallel", .kind = OPT_TEXT, .at = AT(parallel), .arg = "n",
		.env = "ACME_PARALLEL", .conf = "ACME_PARALLEL", .group = GROUP_OUTPUT,
		.help = "certificates that --renew-all and --cron renew at a time (one a processor, at most 8)" },
	{ .names = "--treat-skip-as-success | --treatskipassuccess", .kind = OPT_FLAG,
		.at = AT(skip_is_success), .group = GROUP_OUTPUT,
		.help = "exit code 0, not 2, when nothing is due" },

	{ .names = "--no-cron --nocron", .kind = OPT_FLAG, .at = AT(no_cron),
		.group = GROUP_INSTALLATION,
		.help = "--install without the daily run" },
	{ .names = "--no-profile --noprofile", .kind = OPT_FLAG, .at = AT(no_profile),
		.group = GROUP_INSTALLATION,
		.help = "--install without touching the shell's rc file" },
	{ .names = "--auto-upgrade", .kind = OPT_MAYBE, .at = AT(auto_upgrade), .arg = "0|1",
		.fixed = "1", .env = "AUTO_UPGRADE", .conf = "AUTO_UPGRADE", .save = true,
		.group = GROUP_INSTALLATION,
		.help = "let the daily run upgrade the program too" },
	{ .names = "-b --branch", .kind = OPT_TEXT, .at = AT(branch), .arg = "tag",
		.group = GROUP_INSTALLATION,
		.help = "the release that --upgrade goes to, instead of the newest one" },
	{ .names = "--rollback", .kind = OPT_FLAG, .at = AT(rollback), .group = GROUP_INSTALLATION,
		.help = "--upgrade back to the program before the last upgrade" },

	/* Accepted because scripts pass them; they choose programs that are not needed here. */
	{ .names = "--use-wget", .kind = OPT_FLAG, .at = AT(ignored) },
	{ .names = "--openssl-bin", .kind = OPT_TEXT, .at = AT(ignored_text), .arg = "file" },
};
/* clang-format on */
const size_t option_count = sizeof option_table / sizeof *option_table;

/* Walks the words of a names list; the bar before old spellings is no word. */
static const char *name_next(const char *p, size_t *n)
{
	p += strspn(p, " |");
	*n = strcspn(p, " |");
	return *n ? p : NULL;
}

bool names_have(const char *names, const char *word)
{
	size_t n, want = strlen(word);

	for (const char *p = names; (p = name_next(p, &n)); p += n)
		if (n == want && memcmp(p, word, n) == 0)
			return true;
	return false;
}

const char *names_main(struct arena *a, const char *names)
{
	size_t n;
	const char *p;

	for (p = names; (p = name_next(p, &n)); p += n)
		if (n > 2 && p[0] == '-' && p[1] == '-')
			return arena_strn(a, p, n);
	return names;
}

const struct command *command_find(const struct command *commands, const char *word)
{
	for (; commands->names; commands++)
		if (names_have(commands->names, word))
			return commands;
	return NULL;
}

static const struct option_row *option_find(const char *word)
{
	for (size_t i = 0; i < option_count; i++)
		if (names_have(option_table[i].names, word))
			return &option_table[i];
	return NULL;
}

/* Whichever name in the list is nearest to word, when it is nearer than *best. */
static void nearest_in(struct arena *a, const char *names, const char *word, unsigned *best,
    const char **name)
{
	size_t n;

	for (const char *p = names; (p = name_next(p, &n)); p += n) {
		const char *candidate = arena_strn(a, p, n);
		unsigned distance = text_distance(candidate, word);

		if (n > 2 && distance < *best) {
			*best = distance;
			*name = candidate;
		}
	}
}

/* The name nearest to word among the commands and, for a word with a dash, the options. */
static const char *nearest(struct arena *a, const struct command *commands, const char *word)
{
	unsigned best = (unsigned)strlen(word) / 3 + 1;
	const char *name = NULL;

	for (size_t i = 0; i < option_count && word[0] == '-'; i++)
		nearest_in(a, option_table[i].names, word, &best, &name);
	for (; commands->names; commands++)
		nearest_in(a, commands->names, word[0] == '-' ? word : arena_fmt(a, "--%s", word),
		    &best, &name);
	return name && word[0] != '-' ? name + strspn(name, "-") : name;
}

/* Unknown is word: as what? */
static int unknown(struct arena *a, const struct command *commands, const char *word,
    const char *what)
{
	const char *name = nearest(a, commands, word);

	fail(a, "%s: %s", what, text_safe(a, word, 200));
	return name ? remedy(a, "did you mean %s?", name)
	            : remedy(a, "'acme --help' lists them all");
}

int command_unknown(struct arena *a, const struct command *commands, const char *word)
{
	return unknown(a, commands, word, "Unknown command");
}

/* acme.sh runs a first word without dashes as a command of the shell, which ends so for a word that
 * is none. */
static int word_unknown(struct arena *a, const struct command *commands, const char *word)
{
	command_unknown(a, commands, word);
	arena_error(a)->exit = 127;
	return -1;
}

static int option_unknown(struct arena *a, const struct command *commands, const char *word)
{
	const char *equals = strchr(word, '=');
	const char *option = equals ? arena_strn(a, word, (size_t)(equals - word)) : NULL;

	if (word[0] != '-' && nearest(a, commands, word)) {
		fail(a, "Unknown parameter: %s", text_safe(a, word, 200));
		return remedy(a, "did you mean --%s?", nearest(a, commands, word));
	}
	if (!option || !option_find(option))
		return unknown(a, commands, word, "Unknown parameter");
	fail(a, "Unknown parameter: %s", text_safe(a, word, 200));
	return remedy(a, "write %s %s, without '='", option, text_safe(a, equals + 1, 200));
}

#define TEXT_AT(o, row) ((const char **)(void *)((char *)(o) + (row)->at))
#define FLAG_AT(o, row) ((bool *)(void *)((char *)(o) + (row)->at))
#define LIST_AT(o, row) ((struct strs *)(void *)((char *)(o) + (row)->at))

static bool is_text(const struct option_row *row)
{
	return row->kind != OPT_FLAG && row->kind != OPT_LIST;
}

/* Appends to the comma list of a row. Entries that carry their own comma are put together as they are. */
static void join(struct arena *a, struct options *o, const struct option_row *row,
    const char *value)
{
	const char **list = TEXT_AT(o, row);
	const char *comma = text_empty(*list) || row->after ? "" : ",";

	*list = arena_fmt(a, "%s%s%s%s%s", *list ? *list : "", comma,
	    row->before ? row->before : "", value, row->after ? row->after : "");
}

/* Stores one option; value is NULL where it takes none. */
static int store(struct arena *a, struct options *o, const struct option_row *row,
    const char *value)
{
	struct strs words;

	switch (row->kind) {
	case OPT_FLAG:
		*FLAG_AT(o, row) = true;
		return 0;
	case OPT_LIST:
		words = text_split(a, value, ",");
		for (size_t i = 0; i < words.n; i++)
			strs_add(a, LIST_AT(o, row), words.v[i]);
		return 0;
	case OPT_JOIN:
	case OPT_ENTRY:
		join(a, o, row, value ? value : row->fixed);
		return 0;
	default:
		*TEXT_AT(o, row) = value ? value : row->fixed;
		return 0;
	}
}

/* The value of the option at argv[*i], which moves on when a word is taken. */
static int take_value(struct arena *a, char **argv, size_t *i, const struct option_row *row,
    const char **value)
{
	const char *word = argv[*i], *next = argv[*i + 1];
	bool dash = next && next[0] == '-';

	*value = NULL;
	if (row->kind == OPT_FLAG || row->kind == OPT_FIXED || row->kind == OPT_ENTRY)
		return 0;
	if (row->fixed) { /* the value may be left out */
		if (next && !dash) {
			*value = next;
			++*i;
		}
		return 0;
	}
	if (!next || ((row->kind == OPT_WORD || row->kind == OPT_LIST) && dash)) {
		fail(a, "%s: a value is missing%s%s", word, next ? " before " : "",
		    next ? next : "");
		return remedy(a, "write %s %s", word, row->arg);
	}
	*value = next;
	++*i;
	return 0;
}

int options_parse(struct arena *a, char **argv, const struct command *commands, struct options *o)
{
	const struct command *command;
	const struct option_row *row;
	const char *value;

	for (size_t i = 1; argv[i]; i++) {
		const char *word = argv[i];

		if (i == 1 && word[0] != '-')
			word = arena_fmt(a, "--%s", word);
		if ((command = command_find(commands, word))) {
			strs_add(a, &o->commands, word);
			if ((command->needs & TAKES_WORD) && argv[i + 1] &&
			    (argv[i + 1][0] != '-' || command_find(commands, argv[i + 1])))
				o->about = argv[++i];
			continue;
		}
		if (!(row = option_find(word)))
			return i == 1 && argv[i][0] != '-' ? word_unknown(a, commands, argv[i])
			                                   : option_unknown(a, commands, argv[i]);
		if (take_value(a, argv, &i, row, &value) || store(a, o, row, value))
			return -1;
	}
	return 0;
}

static bool is_given(const struct options *o, const struct option_row *row)
{
	if (row->kind == OPT_FLAG)
		return *FLAG_AT(o, row);
	return is_text(row) ? *TEXT_AT(o, row) != NULL : LIST_AT(o, row)->n != 0;
}

static const struct option_row *row_at(size_t at)
{
	for (size_t i = 0; i < option_count; i++)
		if (option_table[i].at == at)
			return &option_table[i];
	return NULL;
}

/* An option that was not given, from a source that comes after. What excludes it and was given takes
 * back what is stored about it, too. */
static void complete(struct arena *a, struct options *o, const struct option_row *row,
    const char *value)
{
	if (is_given(o, row))
		return;
	if (row->rival && is_given(o, row_at(row->rival)))
		value = is_text(row) ? "" : NULL;
	else if (text_empty(value))
		return;
	if (row->kind == OPT_FLAG)
		*FLAG_AT(o, row) = text_yes(value);
	else if (is_text(row))
		*TEXT_AT(o, row) = arena_str(a, value);
}

void options_complete(struct arena *a, struct options *o, const struct home *h)
{
	for (size_t i = 0; i < option_count; i++)
		complete(a, o, &option_table[i],
		    option_table[i].env ? getenv(option_table[i].env) : NULL);
	for (size_t i = 0; i < option_count; i++)
		complete(a, o, &option_table[i],
		    option_table[i].conf ? conf_get(h->conf, option_table[i].conf) : NULL);
}

void options_remember(const struct options *given, struct home *h)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *row = &option_table[i];

		if (!row->save || !is_given(given, row))
			continue;
		conf_set(h->conf, row->conf, row->kind == OPT_FLAG ? "1" : *TEXT_AT(given, row));
		if (row->rival && !is_given(given, row_at(row->rival)))
			conf_set(h->conf, row_at(row->rival)->conf, NULL);
	}
}

bool option_matters(struct arena *a, const struct command *c, const struct option_row *row)
{
	struct strs words = text_split(a, c->options, "|");

	for (size_t i = 0; i < words.n; i++)
		if (text_is(words.v[i], row->group) || names_have(row->names, words.v[i]))
			return row->help != NULL;
	return false;
}
