/* --help and its relatives: everything comes from the tables, nothing is written twice. */
#include "help.h"

#include <string.h>

#include "error.h"
#include "log.h"

#define COLUMN 34 /* where the help texts begin */
#define WIDTH 100

/* "-d, --domain name": the current spellings (before the bar) and the value's name. */
static const char *label(struct arena *a, const char *names, const char *arg, bool optional)
{
	struct strs parts = text_split(a, names, "|");
	struct strs words = text_split(a, parts.v[0], " ");

	return arena_fmt(a, "%s%s%s%s%s", text_join(a, words, ", "), arg ? " " : "",
	    arg && optional ? "[" : "", arg ? arg : "", arg && optional ? "]" : "");
}

/* A label and its text, folded at WIDTH. */
static void print_row(struct arena *a, const char *left, const char *text)
{
	struct strs words = text_split(a, text, " ");
	size_t at = strlen(left) + 2;
	const char *line = arena_fmt(a, "  %s", left);

	if (at >= COLUMN - 1) {
		print("%s\n", line);
		line = "";
		at = 0;
	}
	line = arena_fmt(a, "%s%*s", line, (int)(COLUMN - at), "");
	at = COLUMN;
	for (size_t i = 0; i < words.n; i++) {
		if (at + strlen(words.v[i]) > WIDTH) {
			print("%s\n", line);
			line = arena_fmt(a, "%*s", COLUMN, "");
			at = COLUMN;
		}
		line = arena_fmt(a, "%s%s%s", line, at > COLUMN ? " " : "", words.v[i]);
		at += strlen(words.v[i]) + 1;
	}
	print("%s\n", line);
}

static void print_commands(struct arena *a, const struct command *commands)
{
	const char *group = NULL;

	for (const struct command *c = commands; c->names; c++) {
		if (!c->help)
			continue;
		if (!text_is(group, c->group))
			print("\n%s:\n", c->group);
		group = c->group;
		print_row(a, label(a, c->names, NULL, false), c->help);
	}
}

/* All options, or those that matter for a command. */
static void print_options(struct arena *a, const struct command *c)
{
	const char *group = NULL;

	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *o = &option_table[i];

		if (c ? !option_matters(a, c, o) : !o->help)
			continue;
		if (!text_is(group, o->group))
			print("\n%s:\n", o->group);
		group = o->group;
		print_row(a, label(a, o->names, o->arg, o->fixed != NULL), o->help);
	}
}

static void print_examples(const struct command *commands)
{
	print("\nExamples:\n");
	for (const struct command *c = commands; c->names; c++)
		if (c->example)
			print("  %s\n", c->example);
}

/* A word in a command's list that is neither option nor heading would be lost in silence. */
static void check_list(struct arena *a, const struct command *c)
{
	struct strs words = text_split(a, c->options, "|");

	for (size_t i = 0; i < words.n; i++) {
		bool known = false;

		for (size_t j = 0; j < option_count; j++)
			known |= text_is(words.v[i], option_table[j].group) ||
			    names_have(option_table[j].names, words.v[i]);
		if (!known)
			die("%s: there is no option '%s'", c->names, words.v[i]);
	}
}

static void print_command(struct arena *a, const struct command *c)
{
	check_list(a, c);
	print("%s\n  %s\n", label(a, c->names, NULL, false), c->help ? c->help : "");
	print_options(a, c);
	if (c->example)
		print("\nExample:\n  %s\n", c->example);
	print("\nacme --help tells what holds for all commands: homes, network, output.\n");
}

int help_print(struct arena *a, const struct command *commands, const char *about)
{
	const struct command *c;

	if (!about) {
		print(
		    "acme %s, a client for certificate authorities that speak ACME (RFC 8555)\n\n",
		    ACME_VERSION);
		print("Usage: acme command [options]\n");
		print_commands(a, commands);
		print_options(a, NULL);
		print_examples(commands);
		return 0;
	}
	if (about[0] != '-')
		about = arena_fmt(a, "--%s", about);
	if (!(c = command_find(commands, about)))
		return command_unknown(a, commands, about);
	print_command(a, c);
	return 0;
}
