/* Trusted root certificates, found by name: the bundle is read once, the subject of each
 * certificate is hashed, and only those whose hash is that of a wanted issuer are parsed. Hashes
 * only filter; names are compared and signatures verified by mbedTLS (RFC 5280 6.1). */
#include "trust.h"

#include <errno.h>
#include <fcntl.h>
#include <mbedtls/platform.h>
#include <mbedtls/ssl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "der.h"
#include "error.h"
#include "file.h"
#include "text.h"

enum {
	WINDOW = 32 * 1024, /* bytes of a bundle looked at together; no certificate is larger */
	BUNDLE_MAX = 32 << 20,
	ROOTS_MAX = 8192,
	NAME_REACH = 384, /* within these bytes of DER the subject usually ends */
	CANDIDATES_MAX = 16,
};

/* Where a certificate stands: the base64 text between its BEGIN and END lines. */
struct root {
	uint32_t hash;
	uint32_t file;
	uint32_t offset;
	uint32_t length;
};

struct trust {
	struct arena *mem;
	struct strs files;
	const char *source;
	bool indexed;
	struct root *roots;
	size_t n, cap;
	mbedtls_x509_crt *all; /* parsed, where there is no callback to ask for single ones */
};

static const char *const usual_files[] = {
	"/etc/ssl/certs/ca-certificates.crt", /* Debian, Alpine, Arch, OpenWrt */
	"/etc/pki/tls/certs/ca-bundle.crt",   /* RHEL, Fedora */
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/ca-bundle.pem",      /* SUSE */
	"/etc/ssl/cert.pem",           /* Alpine, OpenBSD, macOS */
	"/usr/local/etc/ssl/cert.pem", /* FreeBSD */
	"/usr/local/share/certs/ca-root-nss.crt",
};

static const char *const usual_dirs[] = {
	"/etc/ssl/certs", "/etc/openssl/certs", /* NetBSD */
};

/* --- reading certificates out of PEM text -------------------------------------------------- */

/* At most room bytes of the base64 text. b64.c decodes whole strings into an arena, which would
 * cost more here than all the rest. */
static size_t decode(const char *p, size_t n, unsigned char *out, size_t room)
{
	static unsigned char values[256]; /* digit + 1 */
	if (!values['A'])
		for (int i = 0; i < 64; i++)
			values[(
			    unsigned char)"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
			        [i]] = (unsigned char)(i + 1);
	uint32_t held = 0;
	unsigned have = 0;
	size_t len = 0;
	for (size_t i = 0; i < n && len < room; i++) {
		uint32_t v = values[(unsigned char)p[i]];
		if (!v)
			continue;
		held = held << 6 | (v - 1);
		if (have)
			out[len++] = (unsigned char)(held >> (6 - have));
		have = (have + 2) % 8;
	}
	return len;
}

/* Goes into a SEQUENCE whose end may not have been decoded. */
static bool enter(struct der *in)
{
	if (in->n < 6 || in->p[0] != DER_SEQ)
		return false;
	size_t head = in->p[1] < 0x80 ? 2 : 2 + (in->p[1] & 0x7fu);
	if (head > 6)
		return false;
	*in = der_bytes(in->p + head, in->n - head);
	return true;
}

/* The subject (a whole Name) of a certificate of which perhaps only the beginning is there. */
static bool find_subject(struct der in, struct der *subject)
{
	struct der skipped;
	bool inside = enter(&in);
	if (!inside || !enter(&in))
		return false;
	der_take(&in, 0xa0, &skipped);             /* version */
	return der_take(&in, DER_INT, &skipped) && /* serialNumber */
	    der_take(&in, DER_SEQ, &skipped) &&    /* signature */
	    der_take(&in, DER_SEQ, &skipped) &&    /* issuer */
	    der_take(&in, DER_SEQ, &skipped) &&    /* validity */
	    der_take_whole(&in, DER_SEQ, subject);
}

/* FNV-1a of a name, the same for names that differ only in what x509_name_cmp() of mbedTLS
 * overlooks too: letter case, and PrintableString in place of UTF8String. */
static uint32_t hash_name(struct der name)
{
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = name.p[i];
		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		else if (c == 0x13)
			c = DER_UTF8;
		h = (h ^ c) * 16777619u;
	}
	return h;
}

static void add_root(struct trust *t, const char *p, size_t n, uint32_t file, size_t offset)
{
	unsigned char der[4096];
	struct der subject;
	if (!find_subject(der_bytes(der, decode(p, n, der, NAME_REACH)), &subject) &&
	    !find_subject(der_bytes(der, decode(p, n, der, sizeof der)), &subject))
		return;
	if (t->n >= ROOTS_MAX)
		return;
	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 256;
		struct root *more = arena_alloc(t->mem, t->cap * sizeof *more);
		if (t->n)
			memcpy(more, t->roots, t->n * sizeof *more);
		t->roots = more;
	}
	t->roots[t->n++] = (struct root){ hash_name(subject), file, (uint32_t)offset, (uint32_t)n };
}

/* Indexes the certificates of a window; returns the bytes that are done with, which leaves out a
 * certificate that the window cuts. */
static size_t scan(struct trust *t, const char *p, size_t n, uint32_t file, size_t offset)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	const size_t mark = sizeof begin - 1;
	size_t i = 0;
	for (;;) {
		const char *dash = memchr(p + i, '-', n - i);
		if (!dash)
			return n;
		i = (size_t)(dash - p);
		if (n - i < mark)
			return i;
		if (memcmp(dash, begin, mark) != 0) {
			i++;
			continue;
		}
		const char *text = dash + mark;
		const char *end = memchr(text, '-', n - i - mark);
		if (!end)
			return i;
		add_root(t, text, (size_t)(end - text), file, offset + (size_t)(text - p));
		i = (size_t)(end - p);
	}
}

static int index_fd(struct trust *t, int fd, uint32_t file)
{
	char window[WINDOW];
	size_t have = 0, offset = 0;
	for (;;) {
		ssize_t n = read(fd, window + have, sizeof window - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		have += (size_t)n;
		size_t used = scan(t, window, have, file, offset);
		if (!used && have == sizeof window)
			used = 1; /* what begins here is no certificate */
		memmove(window, window + used, have - used);
		have -= used;
		offset += used;
		if (offset > BUNDLE_MAX)
			return 0;
	}
}

static int index_file(struct trust *t, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int result = fd < 0 || fstat(fd, &st) < 0 ? -1 : 0;
	if (!result && !S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		result = -1;
	}
	if (!result) {
		strs_add(t->mem, &t->files, path);
		result = index_fd(t, fd, (uint32_t)t->files.n - 1);
	}
	int error = errno;
	if (fd >= 0)
		close(fd);
	errno = error;
	return result;
}

static void index_dir(struct trust *t, const char *dir)
{
	struct strs names = { 0 };
	if (file_list(t->mem, dir, &names) < 0)
		error_clear(t->mem);
	for (size_t i = 0; i < names.n; i++)
		index_file(t, file_join(t->mem, dir, names.v[i]));
}

/* --- where they are ------------------------------------------------------------------------ */

static int open_named(struct arena *a, struct trust *t, const char *bundle, const char *dir)
{
	t->indexed = true;
	t->source = arena_str(t->mem, bundle ? bundle : dir);
	if (bundle) {
		if (index_file(t, arena_str(t->mem, bundle)) < 0)
			return fail_errno(a, "reading the CA bundle %s", bundle);
		if (!t->n)
			return fail(a, "the CA bundle %s holds no certificate (PEM is expected)",
			    bundle);
	}
	if (dir) {
		if (!file_is_dir(dir))
			return fail(a, "the folder of CA certificates %s is not there", dir);
		size_t before = t->n;
		index_dir(t, dir);
		if (t->n == before)
			return fail(a,
			    "the folder of CA certificates %s holds none (PEM is expected)", dir);
	}
	return 0;
}

static const char *set(const char *s)
{
	return text_empty(s) ? NULL : s;
}

struct trust *trust_open(struct arena *a, const char *bundle, const char *dir)
{
	struct trust *t = arena_alloc(a, sizeof *t);
	t->mem = a;
	bundle = set(bundle);
	dir = set(dir);
	if (!bundle && !dir) {
		bundle = set(getenv("CURL_CA_BUNDLE")); /* curl's order */
		if (!bundle)
			bundle = set(getenv("SSL_CERT_FILE"));
		dir = set(getenv("SSL_CERT_DIR"));
	}
	if (bundle || dir)
		return open_named(a, t, bundle, dir) < 0 ? NULL : t;
	for (size_t i = 0; !t->source && i < sizeof usual_files / sizeof *usual_files; i++)
		if (access(usual_files[i], R_OK) == 0)
			t->source = usual_files[i];
	for (size_t i = 0; !t->source && i < sizeof usual_dirs / sizeof *usual_dirs; i++)
		if (file_is_dir(usual_dirs[i]))
			t->source = usual_dirs[i];
	return t;
}

const char *trust_source(const struct trust *t)
{
	return t->source;
}

static void index_usual(struct trust *t)
{
	if (t->indexed || !t->source)
		return;
	t->indexed = true;
	if (file_is_dir(t->source))
		index_dir(t, t->source);
	else
		index_file(t, t->source);
}

/* --- looking up ---------------------------------------------------------------------------- */

/* Reads one certificate again; its DER in out. */
static struct der load(const struct trust *t, const struct root *r, unsigned char *out, size_t room)
{
	char text[WINDOW];
	int fd = open(t->files.v[r->file], O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : pread(fd, text, r->length, (off_t)r->offset);
	if (fd >= 0)
		close(fd);
	return der_bytes(out, n > 0 ? decode(text, (size_t)n, out, room) : 0);
}

bool trust_holds(struct trust *t, struct der certificate)
{
	unsigned char der[WINDOW];
	struct der subject;
	index_usual(t);
	if (!find_subject(certificate, &subject))
		return false;
	uint32_t hash = hash_name(subject);
	for (size_t i = 0; i < t->n; i++)
		if (t->roots[i].hash == hash &&
		    der_equal(load(t, &t->roots[i], der, sizeof der), certificate))
			return true;
	return false;
}

#ifdef MBEDTLS_X509_TRUSTED_CERTIFICATE_CALLBACK
/* The callback of mbedTLS: a list of certificates that may have issued the child, which mbedTLS
 * frees. */
static int candidates(void *ctx, const mbedtls_x509_crt *child, mbedtls_x509_crt **out)
{
	struct trust *t = ctx;
	unsigned char der[WINDOW];
	*out = NULL;
	index_usual(t);
	uint32_t hash = hash_name(der_bytes(child->issuer_raw.p, child->issuer_raw.len));
	size_t found = 0;
	for (size_t i = 0; i < t->n && found < CANDIDATES_MAX; i++) {
		if (t->roots[i].hash != hash)
			continue;
		if (!*out) {
			*out = mbedtls_calloc(1, sizeof **out);
			if (!*out)
				return MBEDTLS_ERR_X509_ALLOC_FAILED;
			mbedtls_x509_crt_init(*out);
		}
		struct der root = load(t, &t->roots[i], der, sizeof der);
		if (mbedtls_x509_crt_parse_der(*out, root.p, root.n) == 0)
			found++;
	}
	if (*out && !found) {
		mbedtls_x509_crt_free(*out);
		mbedtls_free(*out);
		*out = NULL;
	}
	return 0;
}

void trust_install(struct trust *t, void *ssl_config)
{
	mbedtls_ssl_conf_ca_cb(ssl_config, candidates, t);
}

void trust_close(struct trust *t)
{
	(void)t; /* all of it is the arena's */
}
#else
/* A system's mbedTLS may have been built without the callback: then each root is parsed. */
void trust_install(struct trust *t, void *ssl_config)
{
	unsigned char der[WINDOW];
	index_usual(t);
	if (!t->all) {
		t->all = mbedtls_calloc(1, sizeof *t->all);
		if (!t->all)
			die("out of memory");
		mbedtls_x509_crt_init(t->all);
		for (size_t i = 0; i < t->n; i++) {
			struct der root = load(t, &t->roots[i], der, sizeof der);
			mbedtls_x509_crt_parse_der(t->all, root.p, root.n);
		}
	}
	mbedtls_ssl_conf_ca_chain(ssl_config, t->all, NULL);
}

void trust_close(struct trust *t)
{
	if (t)
		mbedtls_x509_crt_free(t->all);
	mbedtls_free(t ? t->all : NULL);
}
#endif
