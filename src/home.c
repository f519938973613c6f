/* Where things are: acme.sh's homes and account.conf (acme.sh's __initHome and _initpath), found by
 * option, environment, file and default, in this order. */
#include "home.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "ca.h"
#include "error.h"
#include "file.h"
#include "text.h"

/* The first of the two that says something, absolute and without a slash behind; else NULL. */
static const char *place(struct arena *a, const char *asked, const char *other)
{
	const char *path = text_empty(asked) ? other : asked;
	if (text_empty(path))
		return NULL;
	char *p = file_absolute(a, path);
	for (size_t n = strlen(p); n > 1 && p[n - 1] == '/';)
		p[--n] = 0;
	return p;
}

/* account.conf, by way of the pointer that `acme.sh --install --accountconf X` leaves in the
 * default one. */
static struct conf *account_conf(struct arena *a, const struct home_ask *ask, const char *config)
{
	const char *path = place(a, ask->account_conf, getenv("ACCOUNT_CONF_PATH"));
	if (path)
		return conf_load(a, path);
	struct conf *c = conf_load(a, file_join(a, config, "account.conf"));
	const char *other = c ? place(a, conf_get(c, "ACCOUNT_CONF_PATH"), NULL) : NULL;
	return other && file_exists(other) ? conf_load(a, other) : c;
}

/* acme.sh sources account.conf, so that proxies which are set there serve it and its hooks. */
static void use_proxies(const struct conf *c)
{
	static const char *const names[] = { "http_proxy", "https_proxy", "all_proxy", "no_proxy",
		"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (conf_get(c, names[i]))
			setenv(names[i], conf_get(c, names[i]), 0);
}

/* A place that account.conf may tell, too. */
static const char *configured(struct arena *a, const char *asked, const struct home *h,
    const char *name)
{
	return place(a, asked, home_setting(h, name));
}

int home_open(struct arena *a, const struct home_ask *ask, struct home *out)
{
	*out = (struct home){ 0 };
	out->dir = place(a, ask->home, getenv("LE_WORKING_DIR"));
	if (!out->dir) {
		const char *user = getenv("HOME");
		if (text_empty(user)) {
			fail(a,
			    "the environment has no HOME, so there is no place for certificates");
			return remedy(a, "set HOME, or name a folder with --home");
		}
		if (!file_is_dir(user)) {
			fail(a, "HOME is '%s', which is no folder", user);
			return remedy(a, "set HOME right, or name a folder with --home");
		}
		out->dir = place(a, file_join(a, user, ".acme.sh"), NULL);
	}
	out->config = place(a, ask->config_home, getenv("LE_CONFIG_HOME"));
	if (!out->config)
		out->config = out->dir;
	out->conf = account_conf(a, ask, out->config);
	if (!out->conf)
		return -1;
	use_proxies(out->conf);
	out->certs = configured(a, ask->cert_home, out, "CERT_HOME");
	if (!out->certs)
		out->certs = out->config;
	out->ca = configured(a, NULL, out, "CA_HOME");
	if (!out->ca)
		out->ca = file_join(a, out->config, "ca");
	out->account_key = configured(a, ask->account_key, out, "ACCOUNT_KEY_PATH");
	return 0;
}

int home_make(struct arena *a, const struct home *h)
{
	const char *const folders[] = { h->dir, h->config, h->certs };
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		if (file_mkdirs(a, folders[i], 0700) < 0)
			return -1;
		if (access(folders[i], W_OK | X_OK) != 0) {
			fail_errno(a, "the folder %s cannot be written", folders[i]);
			return remedy(a, "run as its owner, or name another folder with --home");
		}
	}
	return 0;
}

int home_quotable(struct arena *a, const struct home *h)
{
	const char *const paths[] = { h->dir, h->config, h->certs, conf_path(h->conf) };
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		for (const char *p = paths[i]; *p; p++)
			if ((unsigned char)*p < ' ' || *p == 127) {
				fail(a, "the path '%s' has a control character in it",
				    text_safe(a, paths[i], 300));
				return remedy(a,
				    "choose another folder: no crontab or rc file can name this one");
			}
	return 0;
}

const char *home_setting(const struct home *h, const char *name)
{
	const char *value = getenv(name);
	char saved[128];

	if (text_empty(value) &&
	    snprintf(saved, sizeof saved, "SAVED_%s", name) < (int)sizeof saved)
		value = conf_get(h->conf, saved);
	if (text_empty(value))
		value = conf_get(h->conf, name);
	return text_empty(value) ? NULL : value;
}

/* Old versions of acme.sh kept the account of a host in ca/<host>/. */
static int move_legacy(struct arena *a, const struct home *h, const char *folder, const char *dir)
{
	static const char *const files[] = { "account.key", "account.json", "ca.conf" };
	const char *old = file_join(a, h->ca, arena_strn(a, folder, strcspn(folder, "/")));

	for (size_t i = 0; i < sizeof files / sizeof *files && !text_is(old, dir); i++) {
		const char *from = file_join(a, old, files[i]);
		const char *to = file_join(a, dir, files[i]);
		if (!file_exists(from) || file_exists(to))
			continue;
		if (file_mkdirs(a, dir, 0755) < 0 || file_rename(a, from, to) < 0)
			return -1;
	}
	return 0;
}

int home_ca(struct arena *a, const struct home *h, const char *directory_url, struct ca_files *out)
{
	const char *folder = ca_folder(a, directory_url);
	if (!folder)
		return -1;
	out->dir = file_join(a, h->ca, folder);
	if (move_legacy(a, h, folder, out->dir) < 0)
		return -1;
	out->key = h->account_key ? h->account_key : file_join(a, out->dir, "account.key");
	out->key_next = arena_fmt(a, "%s.next", out->key);
	out->json = file_join(a, out->dir, "account.json");
	out->conf = conf_load(a, file_join(a, out->dir, "ca.conf"));
	return out->conf ? 0 : -1;
}

int home_lock(struct arena *a, const struct home *h, int wait_ms)
{
	return file_lock(a, file_join(a, h->config, ".lock"), wait_ms, "another acme on this home");
}
