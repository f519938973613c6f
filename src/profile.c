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
#define CSH "acme.sh.csh"
#define COMPLETIONS "completions"

static const char *const csh_files[] = { ".cshrc", ".tcshrc" };
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

/* bash reads its completion from the env file, zsh finds its by fpath; sh must not stumble. */
static const char *env_text(struct arena *a, const struct home *h)
{
	bool apart = !text_is(h->config, h->dir);

	return arena_fmt(a,
	    "export LE_WORKING_DIR=\"%s\"\n%s%s"
	    "alias acme=\"%s/acme%s\"\nalias acme.sh=\"%s/acme.sh%s\"\n"
	    "[ -z \"${BASH_VERSION-}\" ] || [ ! -f \"%s/" COMPLETIONS "/acme.bash\" ] || "
	    ". \"%s/" COMPLETIONS "/acme.bash\"\n"
	    "[ -z \"${ZSH_VERSION-}\" ] || eval 'fpath=(\"%s/" COMPLETIONS "\" $fpath)'\n",
	    h->dir, apart ? arena_fmt(a, "export LE_CONFIG_HOME=\"%s\"\n", h->config) : "", "",
	    h->dir, apart ? arena_fmt(a, " --config-home '%s'", h->config) : "", h->dir,
	    apart ? arena_fmt(a, " --config-home '%s'", h->config) : "", h->dir, h->dir, h->dir);
}

int profile_write(struct arena *a, const struct home *h, const struct completions *completions)
{
	const char *csh = arena_fmt(a,
	    "setenv LE_WORKING_DIR \"%s\"\nalias acme \"%s/acme\"\n"
	    "alias acme.sh \"%s/acme.sh\"\n",
	    h->dir, h->dir, h->dir);
	bool has_csh = false;

	if (put(a, h, ENV, env_text(a, h), 0600) ||
	    file_mkdirs(a, file_join(a, h->dir, COMPLETIONS), 0755))
		return -1;
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
		const char *text = *(const char *const *)(const void *)((const char *)completions +
		    scripts[i].text);

		if (text && put(a, h, scripts[i].file, text, 0644))
			return -1;
	}
	for (size_t i = 0; i < sizeof csh_files / sizeof *csh_files; i++)
		has_csh |= file_exists(in_home(a, csh_files[i]));
	return has_csh ? put(a, h, CSH, csh, 0600) : 0;
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

static const char *sh_line(struct arena *a, const struct home *h)
{
	return arena_fmt(a, ". \"%s/" ENV "\"", h->dir);
}

static const char *csh_line(struct arena *a, const struct home *h)
{
	return arena_fmt(a, "source \"%s/" CSH "\"", h->dir);
}

int profile_install(struct arena *a, const struct home *h)
{
	const char *rc = rc_file(a);

	if (!rc)
		warn("No rc file of a shell was found; add this line to yours: %s", sh_line(a, h));
	else if (add_line(a, rc, sh_line(a, h)))
		return -1;
	for (size_t i = 0; i < sizeof csh_files / sizeof *csh_files; i++) {
		const char *path = in_home(a, csh_files[i]);

		if (file_exists(path) && add_line(a, path, csh_line(a, h)))
			return -1;
	}
	return 0;
}

int profile_uninstall(struct arena *a, const struct home *h)
{
	static const char *const rc_files[] = { ".profile", ".bashrc", ".bash_profile", ".zshrc" };
	const char *given = getenv("PROFILE");

	if (!text_empty(given) && remove_line(a, given, sh_line(a, h)))
		return -1;
	for (size_t i = 0; i < sizeof rc_files / sizeof *rc_files; i++)
		if (remove_line(a, in_home(a, rc_files[i]), sh_line(a, h)))
			return -1;
	for (size_t i = 0; i < sizeof csh_files / sizeof *csh_files; i++)
		if (remove_line(a, in_home(a, csh_files[i]), csh_line(a, h)))
			return -1;
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
		if (file_remove(a, file_join(a, h->dir, scripts[i].file)))
			return -1;
	return file_remove(a, file_join(a, h->dir, COMPLETIONS)) ||
	        file_remove(a, file_join(a, h->dir, ENV)) ||
	        file_remove(a, file_join(a, h->dir, CSH))
	    ? -1
	    : 0;
}
