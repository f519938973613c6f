/* One certificate's folder, laid out as acme.sh's _initpath does. New certificates come into place
 * by way of staged files and a journal: what is listed there gets renamed, now or after a crash. */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "buf.h"
#include "error.h"
#include "file.h"
#include "log.h"

#define ECC "_ecc"
#define JOURNAL ".commit"
#define STAGED ".new."
#define LOCK ".lock"
#define CERT_MAX (1024 * 1024)
#define CLAIMS 100 /* times that others may take the folder away */

/* What a commit replaces, by the short names of the staged files and of the journal's lines. */
static const struct part {
	const char *name;
	size_t offset;
} parts[] = {
	{ "key", offsetof(struct store, key) },
	{ "cer", offsetof(struct store, cer) },
	{ "ca", offsetof(struct store, ca) },
	{ "fullchain", offsetof(struct store, fullchain) },
	{ "csr", offsetof(struct store, csr) },
	{ "csr.conf", offsetof(struct store, csr_conf) },
	{ "conf", offsetof(struct store, conf_path) },
};
enum { KEY, CER, CA, FULLCHAIN, CSR, CSR_CONF, CONF, PARTS };

void (*store_step)(const char *what);

static void step(const char *what)
{
	if (store_step)
		store_step(what);
}

/* Paths */

static void lay_out(struct arena *a, struct store *s, const char *certs, const char *name, bool ecc)
{
	*s = (struct store){ .domain = name, .ecc = ecc };
	s->dir = arena_fmt(a, "%s/%s%s", certs, name, ecc ? ECC : "");
	const char *stem = arena_fmt(a, "%s/%s", s->dir, name);
	s->key = arena_fmt(a, "%s.key", stem);
	s->csr = arena_fmt(a, "%s.csr", stem);
	s->csr_conf = arena_fmt(a, "%s.csr.conf", stem);
	s->cer = arena_fmt(a, "%s.cer", stem);
	s->conf_path = arena_fmt(a, "%s.conf", stem);
	s->pfx = arena_fmt(a, "%s.pfx", stem);
	s->pkcs8 = arena_fmt(a, "%s.pkcs8", stem);
	s->key_next = arena_fmt(a, "%s.key.next", stem);
	s->ca = arena_fmt(a, "%s/ca.cer", s->dir);
	s->fullchain = arena_fmt(a, "%s/fullchain.cer", s->dir);
	s->backup = arena_fmt(a, "%s/backup", s->dir);
	s->staged_key = arena_fmt(a, "%s/" STAGED "%s", s->dir, parts[KEY].name);
}

static const char *place(const struct store *s, int part)
{
	return *(const char *const *)((const char *)s + parts[part].offset);
}

static const char *staged(struct arena *a, const struct store *s, int part)
{
	return arena_fmt(a, "%s/" STAGED "%s", s->dir, parts[part].name);
}

/* The step that puts things in place, and its repetition after a crash */

static void sync_folder(const char *dir)
{
	const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

/* Carries out the journal. Each line names a part, with "-" before it one that is to go; all can be
 * done again, whatever was done before the crash. */
static int finish(struct arena *a, const struct store *s)
{
	const char *journal = file_join(a, s->dir, JOURNAL);
	bool missing;
	const char *text = file_try(a, journal, 4096, NULL, &missing);
	if (!text)
		return missing ? 0 : -1;
	const struct strs lines = text_split(a, text, "\n");
	for (size_t i = 0; i < lines.n; i++) {
		const bool go = lines.v[i][0] == '-';
		for (int p = 0; p < PARTS; p++) {
			if (!text_is(lines.v[i] + go, parts[p].name))
				continue;
			step(lines.v[i]);
			const char *from = staged(a, s, p);
			if (go ? file_remove(a, place(s, p)) < 0
			       : file_exists(from) && file_rename(a, from, place(s, p)) < 0)
				return -1;
		}
	}
	step("sync");
	sync_folder(s->dir); /* the journal must not go before what it stands for */
	step("done");
	return file_remove(a, journal);
}

static int lock(struct arena *a, const struct store *s, int wait_ms)
{
	return file_lock(a, file_join(a, s->dir, LOCK), wait_ms,
	    arena_fmt(a, "another run on %s", s->domain));
}

/* After a crash: finishes what stands in the journal, unless someone alive is just doing it. */
static int recover(struct arena *a, const struct store *s)
{
	if (!file_exists(file_join(a, s->dir, JOURNAL)))
		return 0;
	struct arena *own = arena_new();
	int result = 0;
	const int fd = lock(own, s, 0);
	if (fd >= 0) {
		debug(1, "Finishing the interrupted storing of %s", s->domain);
		result = finish(own, s) < 0 ? error_move(a, own) : 0;
		file_unlock(fd);
	}
	arena_drop(own);
	return result;
}

/* A temporary file of file_write whose process is gone; it may hold a key. */
static bool orphaned(const char *name)
{
	return text_starts(name, ".acme-") && text_ends(name, ".tmp") &&
	    kill((pid_t)strtol(name + strlen(".acme-"), NULL, 10), 0) != 0 && errno == ESRCH;
}

/* Staged files without a journal are from a run that was killed before its certificate was there as
 * a whole. */
static int sweep(struct arena *a, const struct store *s)
{
	struct strs names;
	if (file_list(a, s->dir, &names) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if ((text_starts(names.v[i], STAGED) || orphaned(names.v[i])) &&
		    file_remove(a, file_join(a, s->dir, names.v[i])) < 0)
			return -1;
	return 0;
}

/* Takes over owner and mode of the file that will be replaced, as far as we may. */
static void adopt(const char *new, const char *old)
{
	struct stat st;
	if (stat(old, &st) != 0)
		return;
	if (chown(new, st.st_uid, st.st_gid) != 0)
		debug(1, "%s: the owner of %s cannot be kept", new, old);
	if (chmod(new, st.st_mode & 0777) != 0)
		debug(1, "%s: the mode of %s cannot be kept", new, old);
}

static int stage(struct arena *a, const struct store *s, int part, const char *text,
    struct buf *journal)
{
	const char *path = staged(a, s, part);
	if (!text)
		return 0;
	step(path);
	if (file_write(a, path, text, strlen(text), part == CONF ? 0600 : 0644, false) < 0)
		return -1;
	adopt(path, place(s, part));
	return buf_fmt(journal, "%s\n", parts[part].name);
}

/* The leaf of a chain as a text of its own, and what follows it. */
static const char *split_leaf(struct arena *a, const char *pem, const char **rest)
{
	static const char end[] = "-----END CERTIFICATE-----";
	const char *p = strstr(pem, end);
	if (!p)
		return fail_null(a, "the CA's reply holds no certificate");
	p += strlen(end);
	p += strspn(p, "\r");
	p += *p == '\n';
	*rest = p;
	return arena_fmt(a, "%.*s%s", (int)(p - pem), pem, p[-1] == '\n' ? "" : "\n");
}

static int stage_key(struct arena *a, const struct store *s, const char *staged_key,
    struct buf *journal)
{
	if (!staged_key)
		return 0;
	step("staged key");
	if (!text_is(staged_key, s->staged_key) && file_rename(a, staged_key, s->staged_key) < 0)
		return -1;
	adopt(s->staged_key, s->key);
	return buf_fmt(journal, "%s\n", parts[KEY].name);
}

/* Stages everything and writes the journal: until that is done, nothing has happened. */
static int prepare(struct arena *a, const struct store *s, const struct store_new *n)
{
	struct buf journal = buf_new(a, 4096);
	const char *rest;
	const char *leaf = split_leaf(a, n->pem, &rest);
	const bool single = n->chain->n < 2;

	if (!leaf || stage_key(a, s, n->staged_key, &journal) < 0 ||
	    stage(a, s, CER, leaf, &journal) < 0 || stage(a, s, FULLCHAIN, n->pem, &journal) < 0 ||
	    stage(a, s, CA, single ? NULL : rest, &journal) < 0 ||
	    stage(a, s, CSR, n->csr, &journal) < 0 ||
	    stage(a, s, CSR_CONF, n->csr_conf, &journal) < 0 ||
	    stage(a, s, CONF, conf_changed(s->conf) ? conf_text(a, s->conf) : NULL, &journal) < 0)
		return -1;
	/* acme.sh leaves the old ca.cer there when the CA sends the leaf alone; then it belongs to
	 * another certificate. */
	if (single)
		buf_fmt(&journal, "-%s\n", parts[CA].name);
	step(JOURNAL);
	return file_write(a, file_join(a, s->dir, JOURNAL), journal.data, journal.len, 0600, false);
}

int store_commit(struct arena *a, const struct store *s, const struct store_new *n)
{
	if (store_make(a, s) < 0)
		return -1;
	if (prepare(a, s, n) < 0) {
		struct arena *own = arena_new(); /* the first error is the one to tell */
		sweep(own, s);
		arena_drop(own);
		return -1;
	}
	if (finish(a, s) < 0)
		return -1;
	conf_saved(s->conf);
	return 0;
}

/* Opening */

/* acme.sh writes values that hold a quote so that they cannot be read again. Going on without such a
 * setting would write it off. */
static int check_conf(struct arena *a, const struct conf *c)
{
	const struct strs odd = conf_odd_lines(a, c);
	for (size_t i = 0; i < odd.n; i++) {
		const char *text = strstr(odd.v[i], ": ");
		if (!conf_get(c, "Le_Domain") || (text && text_starts(text + 2, "Le_"))) {
			fail(a, "%s is damaged: %s", conf_path(c), odd.v[i]);
			return remedy(a, "repair that line or remove it");
		}
	}
	return 0;
}

static int read_conf(struct arena *a, struct store *s)
{
	struct conf *c = conf_load(a, s->conf_path);
	if (!c || check_conf(a, c) < 0)
		return -1;
	s->conf = c;
	return 0;
}

static int load(struct arena *a, struct store *s)
{
	return recover(a, s) < 0 ? -1 : read_conf(a, s);
}

/* The folder of that name, the RSA one first: one that holds a conf, or (second pass) any. */
static bool find(struct arena *a, const char *certs, const char *name, enum store_pick pick,
    bool with_conf, struct store *out)
{
	for (int ecc = pick == STORE_ECC; ecc <= (pick != STORE_RSA); ecc++) {
		lay_out(a, out, certs, name, ecc);
		if (with_conf ? file_exists(out->conf_path) : file_is_dir(out->dir))
			return true;
	}
	return false;
}

int store_open(struct arena *a, const struct home *h, const char *domain, enum store_pick pick,
    struct store *out)
{
	const char *bad = text_bad_name(domain);
	if (bad || strchr(domain, '/') || domain[0] == '.') {
		fail(a, "domain '%s': %s", text_safe(a, domain, 300), bad ? bad : "is no name");
		arena_error(a)->input = true;
		return -1;
	}
	/* acme.sh keeps the letter case of the first time, and people forget which that was. */
	const char *lower = text_lower(a, domain);
	domain = arena_str(a, domain);
	if (find(a, h->certs, domain, pick, true, out) ||
	    find(a, h->certs, lower, pick, true, out) ||
	    find(a, h->certs, domain, pick, false, out) ||
	    find(a, h->certs, lower, pick, false, out)) {
		if (out->ecc && pick == STORE_ANY && file_exists(out->conf_path))
			info("The domain '%s' seems to already have an ECC cert, let's use it.",
			    domain);
	} else {
		lay_out(a, out, h->certs, domain, pick == STORE_ECC);
	}
	return load(a, out);
}

bool store_exists(const struct store *s)
{
	return !conf_is_new(s->conf);
}

bool store_issued(const struct store *s)
{
	return store_exists(s) && !text_empty(conf_get(s->conf, "Le_CertCreateTime"));
}

int store_make(struct arena *a, const struct store *s)
{
	return file_mkdirs(a, s->dir, 0755);
}

int store_lock(struct arena *a, struct store *s, int wait_ms)
{
	const int fd = lock(a, s, wait_ms);
	if (fd < 0)
		return -1;
	/* Another run may have changed it since it was opened. */
	if (finish(a, s) == 0 && sweep(a, s) == 0 && read_conf(a, s) == 0)
		return fd;
	file_unlock(fd);
	return -1;
}

int store_claim(struct arena *a, struct store *s, int wait_ms)
{
	for (int tries = 0;; tries++) {
		if (store_make(a, s) < 0)
			return -1;
		const int fd = store_lock(a, s, wait_ms);
		if (fd >= 0 || arena_error(a)->transient || tries == CLAIMS)
			return fd;
		error_clear(a); /* another run may just have taken the empty folder away */
	}
}

/* Whoever waits for a lock file that goes here finds out and begins again (file_lock). Where another
 * run has made its own in the meantime the folder stays. */
static void remove_empty(struct arena *a, const struct store *s)
{
	struct strs names;

	if (file_exists(s->conf_path) || file_exists(file_join(a, s->dir, JOURNAL)) ||
	    sweep(a, s) < 0 || file_list(a, s->dir, &names) < 0)
		return;
	if (names.n == 1 && text_is(names.v[0], LOCK) && unlink(file_join(a, s->dir, LOCK)) == 0)
		rmdir(s->dir);
}

void store_unlock(const struct store *s, int fd)
{
	struct arena *a = arena_new();

	if (fd >= 0)
		remove_empty(a, s);
	arena_drop(a);
	file_unlock(fd);
}

int store_cert(struct arena *a, const struct store *s, struct cert *out)
{
	size_t n;
	struct chain chain;
	const char *pem = file_read(a, s->cer, CERT_MAX, &n);
	if (!pem)
		return -1;
	if (chain_parse(a, pem, n, &chain) < 0) {
		arena_error(a)->where = s->cer;
		return -1;
	}
	*out = chain.certs[0];
	return 0;
}

int store_remove(struct arena *a, const struct store *s)
{
	if (!store_exists(s))
		return fail(a, "%s is not an issued domain: there is no %s", s->domain,
		    s->conf_path);
	return file_rename(a, s->conf_path, arena_fmt(a, "%s.removed", s->conf_path));
}

/* All of them */

int store_folder(struct arena *a, const struct home *h, const char *folder, struct store *s)
{
	const char *certs = h->certs;
	const size_t n = strlen(folder) - (text_ends(folder, ECC) ? strlen(ECC) : 0);
	if (folder[0] == '.' || !n)
		return 0;
	lay_out(a, s, certs, arena_strn(a, folder, n), folder[n] != 0);
	if (load(a, s) < 0)
		return -1;
	if (s->ecc && conf_is_new(s->conf)) { /* a name that ends so? */
		lay_out(a, s, certs, folder, false);
		if (load(a, s) < 0)
			return -1;
	}
	const char *domain = conf_get(s->conf, "Le_Domain");
	if (domain && !text_bad_name(domain))
		s->domain = domain;
	/* Single labels are certificates too (acme.sh's pattern *.* misses them), but other programs'
	 * folders may stand here. */
	return !conf_is_new(s->conf) && (domain || strpbrk(folder, ".:"));
}

int store_each(struct arena *a, const struct home *h,
    int (*each)(void *ctx, struct arena *a, struct store *s), void *ctx)
{
	struct strs folders;
	int result = 0;

	if (file_list(a, h->certs, &folders) < 0)
		return -1;
	for (size_t i = 0; i < folders.n; i++) {
		struct arena *own = arena_new();
		struct store s;
		const int is = store_folder(own, h, folders.v[i], &s);
		const int end = is > 0 ? each(ctx, own, &s) : 0;
		if (is <
		    0) { /* one that cannot be read must not keep the others from being renewed */
			complain("%s", error_text(own));
			result = error_move(a, own);
		}
		arena_drop(own);
		if (end)
			return end;
	}
	return result;
}
