/* Generated texts: bash, zsh and fish completions, mdoc(7) lists, Markdown. */
#include "docgen.h"

#include <string.h>

#include "buf.h"
#include "error.h"
#include "log.h"

struct generator {
	const char *name;
	void (*write)(struct arena *a, const struct command *commands, struct buf *out);
};

/* The current spellings of a row: what stands before the bar. */
static struct strs spellings(struct arena *a, const char *names)
{
	return text_split(a, text_split(a, names, "|").v[0], " ");
}

/* Whether the value of an option is a path; completions offer files then. */
static bool takes_path(const struct option_row *o)
{
	return text_is(o->arg, "file") || text_is(o->arg, "folder") || text_is(o->arg, "conf");
}

static void add_words(struct arena *a, struct buf *out, const char *names)
{
	struct strs words = spellings(a, names);

	for (size_t i = 0; i < words.n; i++)
		buf_fmt(out, " %s", words.v[i]);
}

static void bash(struct arena *a, const struct command *commands, struct buf *out)
{
	buf_str(out,
	    "# bash completion for acme; made from its own tables\n_acme() {\n"
	    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	    "\tcase $prev in\n\t");
	for (size_t i = 0, n = 0; i < option_count; i++)
		if (option_table[i].help && takes_path(&option_table[i]))
			buf_fmt(out, "%s%s", n++ ? "|" : "",
			    text_join(a, spellings(a, option_table[i].names), "|"));
	buf_str(out,
	    ")\n\t\tCOMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n"
	    "\t-d|--domain)\n\t\tCOMPREPLY=($(compgen -W \"$(acme --list --listraw 2>/dev/null |"
	    " sed 1d | cut -d'|' -f1)\" -- \"$cur\")); return ;;\n\tesac\n"
	    "\tCOMPREPLY=($(compgen -W \"");
	for (const struct command *c = commands; c->names; c++)
		if (c->help)
			add_words(a, out, c->names);
	for (size_t i = 0; i < option_count; i++)
		if (option_table[i].help)
			add_words(a, out, option_table[i].names);
	buf_str(out, "\" -- \"$cur\"))\n}\ncomplete -F _acme acme acme.sh\n");
}

/* Help texts stand in single quotes; zsh's brackets and colons are escaped. */
static char *quote(struct arena *a, const char *s, const char *special)
{
	struct buf b = buf_new(a, 0);

	for (; *s; s++) {
		if (*s == '\'')
			buf_str(&b, "'\\''");
		else
			buf_fmt(&b, "%s%c", strchr(special, *s) ? "\\" : "", *s);
	}
	return arena_str(a, buf_text(&b));
}

static void zsh(struct arena *a, const struct command *commands, struct buf *out)
{
	buf_str(out, "#compdef acme acme.sh\n# made by acme from its own tables\n_arguments \\\n");
	for (const struct command *c = commands; c->names; c++) {
		struct strs words = spellings(a, c->names);

		for (size_t i = 0; c->help && i < words.n; i++)
			buf_fmt(out, "\t'%s[%s]' \\\n", words.v[i], quote(a, c->help, "[]:\\"));
	}
	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *o = &option_table[i];
		struct strs words = spellings(a, o->names);

		for (size_t j = 0; o->help && j < words.n; j++)
			buf_fmt(out, "\t'*%s[%s]%s%s%s%s' \\\n", words.v[j],
			    quote(a, o->help, "[]:\\"), o->arg ? o->fixed ? "::" : ":" : "",
			    o->arg ? o->arg : "", o->arg ? ":" : "", takes_path(o) ? "_files" : "");
	}
	buf_str(out, "\t&& return\n");
}

static void fish_words(struct arena *a, struct buf *out, const char *names, const char *help,
    const char *more)
{
	struct strs words = spellings(a, names);

	buf_str(out, "complete -c acme");
	for (size_t i = 0; i < words.n; i++) {
		const char *word = words.v[i];

		/* one dash and several letters is an "old style" option there */
		buf_fmt(out, " -%c %s",
		    word[1] == '-' ? 'l'
		        : word[2]  ? 'o'
		                   : 's',
		    word + 1 + (word[1] == '-'));
	}
	buf_fmt(out, "%s -d '%s'\n", more, quote(a, help, "'\\"));
}

static void fish(struct arena *a, const struct command *commands, struct buf *out)
{
	buf_str(out, "# fish completion for acme; made from its own tables\ncomplete -c acme -f\n");
	for (const struct command *c = commands; c->names; c++)
		if (c->help)
			fish_words(a, out, c->names, c->help, "");
	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *o = &option_table[i];

		if (o->help)
			fish_words(a, out, o->names, o->help,
			    !o->arg             ? ""
			        : takes_path(o) ? " -r -F"
			                        : " -x");
	}
}

/* In mdoc a dash of an option is part of .Fl, and a line must not begin with a dot. */
static void man_item(struct arena *a, struct buf *out, const char *names, const char *arg,
    bool optional, const char *help)
{
	struct strs words = spellings(a, names);

	buf_str(out, ".It");
	for (size_t i = 0; i < words.n; i++)
		buf_fmt(out, "%s Fl %s", i ? " ," : "", words.v[i] + 1);
	if (arg)
		buf_fmt(out, optional ? " Op Ar %s" : " Ar %s", arg);
	buf_fmt(out, "\n%s%s\n", help[0] == '.' || help[0] == '\'' ? "\\&" : "",
	    text_replace(a, help, "\\", "\\e"));
}

static void man_environment(struct arena *a, struct buf *out)
{
	buf_str(out,
	    ".Sh ENVIRONMENT\nThese stand for options that are not given:\n"
	    ".Bl -tag -width Ds -compact\n");
	for (size_t i = 0; i < option_count; i++)
		if (option_table[i].env)
			buf_fmt(out, ".It Ev %s\n.Fl %s\n", option_table[i].env,
			    names_main(a, option_table[i].names) + 1);
	buf_str(out, ".El\n");
}

static void man(struct arena *a, const struct command *commands, struct buf *out)
{
	const char *group = NULL;

	buf_str(out, ".Sh COMMANDS\n");
	for (const struct command *c = commands; c->names; c++) {
		if (!c->help)
			continue;
		if (!text_is(group, c->group))
			buf_fmt(out, "%s.Ss %s\n.Bl -tag -width Ds\n", group ? ".El\n" : "",
			    c->group);
		group = c->group;
		man_item(a, out, c->names, NULL, false, c->help);
	}
	buf_str(out, ".El\n.Sh OPTIONS\n");
	group = NULL;
	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *o = &option_table[i];

		if (!o->help)
			continue;
		if (!text_is(group, o->group))
			buf_fmt(out, "%s.Ss %s\n.Bl -tag -width Ds\n", group ? ".El\n" : "",
			    o->group);
		group = o->group;
		man_item(a, out, o->names, o->arg, o->fixed != NULL, o->help);
	}
	buf_str(out, ".El\n");
	man_environment(a, out);
}

static void markdown(struct arena *a, const struct command *commands, struct buf *out)
{
	buf_str(out, "| command | what it does |\n|---|---|\n");
	for (const struct command *c = commands; c->names; c++)
		if (c->help)
			buf_fmt(out, "| `%s` | %s |\n",
			    text_join(a, spellings(a, c->names), "`, `"), c->help);
}

/* Everything that the parser knows, also what --help does not list: what it is, then all its names. */
static void options(struct arena *a, const struct command *commands, struct buf *out)
{
	for (const struct command *c = commands; c->names; c++)
		buf_fmt(out, "command %s\n", text_join(a, text_split(a, c->names, " |"), " "));
	for (size_t i = 0; i < option_count; i++)
		buf_fmt(out, "option %s\n",
		    text_join(a, text_split(a, option_table[i].names, " |"), " "));
}

static const struct generator generators[] = {
	{ "bash", bash },
	{ "commands", markdown },
	{ "fish", fish },
	{ "man", man },
	{ "options", options },
	{ "zsh", zsh },
};

static char *generate(struct arena *a, const struct command *commands, const char *what)
{
	for (size_t i = 0; i < sizeof generators / sizeof *generators; i++)
		if (text_is(what, generators[i].name)) {
			struct buf out = buf_new(a, 0);

			generators[i].write(a, commands, &out);
			return arena_str(a, buf_text(&out));
		}
	return NULL;
}

char *docgen_completion(struct arena *a, const struct command *commands, const char *shell)
{
	return text_is(shell, "man") || text_is(shell, "commands") ? NULL
	                                                           : generate(a, commands, shell);
}

int docgen_print(struct arena *a, const struct command *commands, const char *what)
{
	const char *text = generate(a, commands, what);

	if (!text)
		return fail(a, "--print takes bash, commands, fish, man, options or zsh");
	print("%s", text);
	return 0;
}
