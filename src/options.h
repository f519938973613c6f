/* The command line: one table of options gives the parser, --help, the completions, the man page's
 * list and what is read from the environment and account.conf. Options have acme.sh's names. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "home.h"
#include "log.h"
#include "run.h"
#include "spec.h"
#include "text.h"

struct arena;
struct options;
struct command;

struct options {
	struct strs commands; /* names of the commands that were given, in order */
	const char *about;    /* the word behind --help and --print */
	struct strs domains;  /* -d, comma lists split */
	struct home_ask home;
	struct settings set;
	struct spec spec; /* what was given for the certificate; the rest NULL */
	const char *csr;
	const char *revoke_reason;
	const char *debug, *log_file, *log_level, *syslog;
	const char *dns_name, *dns_value;
	const char *dns_persist_ca, *dns_persist_days;
	bool dns_persist_wildcard;
	bool output_insecure, no_color, force_color, json, quiet;
	bool listraw, stop_on_error, skip_is_success;
	const char *parallel;
	bool pfx_legacy;
	const char *notify_hook, *notify_level, *notify_mode, *notify_source;
	bool no_cron, no_profile;
	const char *auto_upgrade, *branch;
	bool rollback;
	const struct command *table; /* of all commands, for what is generated from it */
	bool ignored;                /* what is accepted for the sake of old scripts */
	const char *ignored_text;
};

enum option_kind {
	OPT_FLAG,  /* bool: true */
	OPT_TEXT,  /* a value, whatever it looks like */
	OPT_WORD,  /* a value that may not begin with '-' */
	OPT_MAYBE, /* a value if the next word does not begin with '-', else fixed */
	OPT_FIXED, /* no value: stores fixed */
	OPT_JOIN, /* appends before+value+after to a comma list; OPT_MAYBE's value if fixed is set */
	OPT_ENTRY, /* no value: appends fixed to a comma list */
	OPT_LIST   /* appends comma-split words to a struct strs */
};

struct option_row {
	/* "-d --domain": what --help shows first, then old spellings after " | " */
	const char *names;
	enum option_kind kind;
	size_t at;       /* offset in struct options */
	const char *arg; /* name of the value in --help */
	const char *fixed;
	const char *before, *after;
	const char *env;  /* environment variable that gives it when the command line does not */
	const char *conf; /* key of account.conf that gives it when neither does */
	bool save; /* stored under conf when the command line gave it and the command succeeded */
	/* Offset of the option that this one excludes: giving it takes that one back. */
	size_t rival;
	const char *group; /* heading in --help */
	const char *help;  /* NULL: accepted, not listed */
};

extern const struct option_row option_table[];
extern const size_t option_count;

/* A command: the table stands in acme.c. */
enum command_needs {
	NEEDS_DOMAIN = 1, /* -d */
	NEEDS_HOME = 2,   /* the home's folders are made and can be written */
	TAKES_WORD = 4,   /* a word without dashes may follow: --help issue */
	ANSWERS = 8       /* --help and --version: whatever else is on the line, this is done */
};

/* Headings of options in --help; a command names those that matter for it. */
#define GROUP_PROOF "Names and how they are proven"
#define GROUP_RECORDS "Single DNS records"
#define GROUP_KEYS "Keys and the certificate's contents"
#define GROUP_INSTALLING "Files, hooks and reloading"
#define GROUP_NOTIFY "Notifications"
#define GROUP_AUTHORITY "Certificate authority and account"
#define GROUP_NETWORK "Network"
#define GROUP_PLACES "Places"
#define GROUP_OUTPUT "Output and behaviour"
#define GROUP_INSTALLATION "Installation"
struct command {
	const char *names; /* "--renew -r", then old spellings after " | " */
	int (*run)(struct run *r,
	    struct options *o); /* returns the exit code; -1: r->mem's error */
	unsigned needs;
	const char *group;
	const char *help;
	const char *example; /* "acme --renew -d example.com" */
	const char *options; /* those of --help COMMAND: names and headings, a bar between two */
};

/* Parses argv. A word that is no option is looked up among the commands (found: noted in
 * o->commands); a first word without dashes is the command of that name. -1 with the error:
 * unknown option (and the nearest one), missing value. */
int options_parse(struct arena *a, char **argv, const struct command *commands, struct options *o);
/* Takes what the command line did not give from the environment and then from account.conf. */
void options_complete(struct arena *a, struct options *o, const struct home *h);
/* Stores what --useragent, --log and the like gave for good (not on disk yet). */
void options_remember(const struct options *given, struct home *h);

/* Whether a command's --help shows this option. */
bool option_matters(struct arena *a, const struct command *c, const struct option_row *row);

/* Whether names (of a row) holds word, old spellings included; the first long name of a row. */
bool names_have(const char *names, const char *word);
const struct command *command_find(const struct command *commands, const char *word);
/* -1 with the error, which names the nearest command. */
int command_unknown(struct arena *a, const struct command *commands, const char *word);
/* The long name, "--issue". */
const char *names_main(struct arena *a, const char *names);

#endif
