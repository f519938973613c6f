/* rc files and env files, as acme.sh writes them. */
#include "profile.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "error.h"
#include "file.h"
#include "log.h"
#include "text.h"

#define RC_MAX (4 * 1024 * 1024)
#define ENV "acme.sh.env"
#define COMPLETIONS "completions"

static const char *csh_text(struct arena *a, const struct home *h);
static const char *fish_text(struct arena *a, const struct home *h);

/* Shells that are served when a file or folder of theirs tells that they are used. */
static const struct other {
	const char *sign, *rc; /* below HOME */
	const char *env;
	const char *(*text)(struct arena *a, const struct home *h);
} others[] = {
	{ ".config/fish", ".config/fish/config.fish", "acme.sh.fish", fish_text },
	{ ".cshrc", ".cshrc", "acme.sh.csh", csh_text },
	{ ".tcshrc", ".tcshrc", "acme.sh.csh", csh_text },
};
enum { OTHERS = sizeof others / sizeof *others };

static const struct {
	const char *file;
	size_t text; /* offset in struct completions */
} scripts[] = {
	{ COMPLETIONS "/acme.bash", offsetof(struct completions, bash) },
	{ COMPLETIONS "/acme.fish", offsetof(struct completions, fish) },
	{ COMPLETIONS "/_acme", offsetof(struct completions, zsh) },
};

static const char *in_home(struct arena *a, const char *name)
{
	const char *home = getenv("HOME");

	return file_join(a, text_empty(home) ? "/" : home, name);
}

static int put(struct arena *a, const struct home *h, const char *name, const char *text, int mode)
{
	return file_write(a, file_join(a, h->dir, name), text, strlen(text), (mode_t)mode, false);
}

/* A path within an alias, which is read twice: in single quotes where they can hold it. */
static const char *alias_word(struct arena *a, const char *path)
{
	return strpbrk(path, "'\\!") ? text_quote(a, path) : text_shell_quote(a, path);
}

/* What an alias stands for; a path without anything special is bare, as acme.sh has it. */
static const char *alias(struct arena *a, const struct home *h, const char *program)
{
	const char *path = file_join(a, h->dir, program);
	const char *word =
	    path[strcspn(path, " $`\"'\\!&|;<>(){}[]*?#~^")] ? alias_word(a, path) : path;

	return text_quote(a,
	    text_is(h->config, h->dir)
	        ? word
	        : arena_fmt(a, "%s --config-home %s", word, alias_word(a, h->config)));
}

/* The variables: "export NAME=VALUE" in one shell, "setenv NAME VALUE" in another. */
static const char *variables(struct arena *a, const struct home *h, const char *set, const char *is)
{
	const char *config = text_is(h->config, h->dir)
	    ? ""
	    : arena_fmt(a, "%s LE_CONFIG_HOME%s%s\n", set, is, text_quote(a, h->config));

	return arena_fmt(a, "%s LE_WORKING_DIR%s%s\n%s", set, is, text_quote(a, h->dir), config);
}

static const char *aliases(struct arena *a, const struct home *h, const char *is)
{
	return arena_fmt(a, "alias acme%s%s\nalias acme.sh%s%s\n", is, alias(a, h, "acme"), is,
	    alias(a, h, "acme.sh"));
}

/* bash reads its completion from the env file, zsh finds its by fpath; sh must not stumble. */
static const char *env_text(struct arena *a, const struct home *h)
{
	static const char bash[] = "\"$LE_WORKING_DIR/" COMPLETIONS "/acme.bash\"";

	return arena_fmt(a,
	    "%s%s[ -z \"${BASH_VERSION-}\" ] || [ ! -f %s ] || . %s\n"
	    "[ -z \"${ZSH_VERSION-}\" ] || "
	    "eval 'fpath=(\"$LE_WORKING_DIR/" COMPLETIONS "\" $fpath)'\n",
	    variables(a, h, "export", "="), aliases(a, h, "="), bash, bash);
}

static const char *csh_text(struct arena *a, const struct home *h)
{
	return arena_fmt(a, "%s%s", variables(a, h, "setenv", " "), aliases(a, h, " "));
}

/* fish's aliases are functions, too. */
static const char *fish_text(struct arena *a, const struct home *h)
{
	static const char fish[] = "\"$LE_WORKING_DIR/" COMPLETIONS "/acme.fish\"";

	return arena_fmt(a,
	    "%sfunction acme; %s $argv; end\nfunction acme.sh; %s $argv; end\n"
	    "test -f %s; and source %s\n",
	    variables(a, h, "set -gx", " "), text_quote(a, file_join(a, h->dir, "acme")),
	    text_quote(a, file_join(a, h->dir, "acme.sh")), fish, fish);
}

int profile_write(struct arena *a, const struct home *h, const struct completions *completions)
{
	if (put(a, h, ENV, env_text(a, h), 0600) ||
	    file_mkdirs(a, file_join(a, h->dir, COMPLETIONS), 0755))
		return -1;
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
		const char *text = *(const char *const *)(const void *)((const char *)completions +
		    scripts[i].text);

		if (text && put(a, h, scripts[i].file, text, 0644))
			return -1;
	}
	for (size_t i = 0; i < OTHERS; i++)
		if (file_exists(in_home(a, others[i].sign)) &&
		    put(a, h, others[i].env, others[i].text(a, h), 0600))
			return -1;
	return 0;
}

/* The rc file of the user's shell; NULL when there is none that we know. */
static const char *rc_file(struct arena *a)
{
	static const char *const any[] = { ".profile", ".bashrc", ".bash_profile", ".zshrc" };
	const char *given = getenv("PROFILE"), *shell = getenv("SHELL");

	if (!text_empty(given) && file_exists(given))
		return given;
	if (text_ends(shell, "bash"))
		return file_exists(in_home(a, ".bashrc")) ||
		        !file_exists(in_home(a, ".bash_profile"))
		    ? in_home(a, ".bashrc")
		    : in_home(a, ".bash_profile");
	if (text_ends(shell, "zsh"))
		return in_home(a, ".zshrc");
	for (size_t i = 0; i < sizeof any / sizeof *any; i++)
		if (file_exists(in_home(a, any[i])))
			return in_home(a, any[i]);
	return NULL;
}

static bool has_line(struct arena *a, const char *text, const char *line)
{
	struct strs lines = text_split(a, text, "\n");

	for (size_t i = 0; i < lines.n; i++)
		if (text_is(lines.v[i], line))
			return true;
	return false;
}

static int add_line(struct arena *a, const char *path, const char *line)
{
	bool missing;
	size_t n = 0;
	const char *text = file_try(a, path, RC_MAX, &n, &missing);
	struct buf b = buf_new(a, RC_MAX);

	if (!text && !missing)
		return -1;
	if (text && has_line(a, text, line))
		return 0;
	if (text)
		buf_add(&b, text, n);
	if (b.len && b.data[b.len - 1] != '\n')
		buf_byte(&b, '\n');
	buf_fmt(&b, "%s\n", line);
	info("Installing alias to '%s'", path);
	return file_write(a, path, b.data, b.len, 0644, true);
}

static int remove_line(struct arena *a, const char *path, const char *line)
{
	bool missing;
	const char *text = file_try(a, path, RC_MAX, NULL, &missing);
	struct buf b = buf_new(a, RC_MAX);
	bool found = false;

	if (!text)
		return missing ? 0 : -1;
	while (*text) {
		size_t n = strcspn(text, "\n");
		bool ours = text_is(text_trim(a, arena_strn(a, text, n)), line);

		found |= ours;
		n += text[n] == '\n';
		if (!ours)
			buf_add(&b, text, n);
		text += n;
	}
	return found ? file_write(a, path, buf_text(&b), b.len, 0644, true) : 0;
}

/* What reads an env file of the home: ". FILE", "source FILE". */
static const char *read_line(struct arena *a, const struct home *h, const char *how,
    const char *env)
{
	return arena_fmt(a, "%s %s", how, text_quote(a, file_join(a, h->dir, env)));
}

int profile_install(struct arena *a, const struct home *h)
{
	const char *rc = rc_file(a);

	if (!rc)
		warn("No rc file of a shell was found; add this line to yours: %s",
		    read_line(a, h, ".", ENV));
	else if (add_line(a, rc, read_line(a, h, ".", ENV)))
		return -1;
	for (size_t i = 0; i < OTHERS; i++)
		if (file_exists(in_home(a, others[i].sign)) &&
		    add_line(a, in_home(a, others[i].rc), read_line(a, h, "source", others[i].env)))
			return -1;
	return 0;
}

int profile_uninstall(struct arena *a, const struct home *h)
{
	static const char *const rc_files[] = { ".profile", ".bashrc", ".bash_profile", ".zshrc" };
	const char *given = getenv("PROFILE");

	if (!text_empty(given) && remove_line(a, given, read_line(a, h, ".", ENV)))
		return -1;
	for (size_t i = 0; i < sizeof rc_files / sizeof *rc_files; i++)
		if (remove_line(a, in_home(a, rc_files[i]), read_line(a, h, ".", ENV)))
			return -1;
	for (size_t i = 0; i < OTHERS; i++)
		if (remove_line(a, in_home(a, others[i].rc),
		        read_line(a, h, "source", others[i].env)) ||
		    file_remove(a, file_join(a, h->dir, others[i].env)))
			return -1;
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
		if (file_remove(a, file_join(a, h->dir, scripts[i].file)))
			return -1;
	return file_remove(a, file_join(a, h->dir, COMPLETIONS)) ||
	        file_remove(a, file_join(a, h->dir, ENV))
	    ? -1
	    : 0;
}
