/* Files, programs, shell lines of the user's, sockets: what a hook does on this machine. */
#include "local.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "api.h"
#include "file.h"
#include "http.h"
#include "keeper.h"
#include "net.h"
#include "proc.h"
#include "rand.h"
#include "smtp.h"

enum {
	TALK_MS = 60 * 1000,
	ANSWER_MAX = 4 << 20,
	QUOTED = 400, /* bytes of a program's words that an error repeats */
	PFX_MAX = 1 << 20
};

void set_aside(struct api *a, struct error *first)
{
	if (first->what)
		complain("%s", error_text(api_arena(a)));
	else
		*first = *arena_error(api_arena(a));
	error_clear(api_arena(a));
}

int first_failure(struct api *a, const struct error *first)
{
	if (first->what)
		*arena_error(api_arena(a)) = *first;
	return first->what ? -1 : 0;
}

int put_file(struct api *a, const char *path, const void *p, size_t n, unsigned mode)
{
	return file_write(api_arena(a), path, p, n, mode, true);
}

int put_text(struct api *a, const char *path, const char *text, unsigned mode)
{
	return put_file(a, path, text, strlen(text), mode);
}

/* --- copies --------------------------------------------------------------------------------- */

static bool is_within_another(const struct copy *copies, size_t n, size_t i)
{
	for (size_t j = 0; j < n; j++)
		if (j != i && text_is(copies[j].path, copies[i].path) &&
		    strstr(copies[j].text, copies[i].text))
			return true;
	return false;
}

size_t join_copies(struct api *a, struct copy *copies, size_t n)
{
	size_t left = 0;

	for (size_t i = 0; i < n; i++)
		if (copies[i].path && is_within_another(copies, n, i))
			copies[i].path = NULL;
	for (size_t i = 0; i < n; i++) {
		if (!copies[i].path)
			continue;
		for (size_t j = i + 1; j < n; j++) {
			if (!text_is(copies[j].path, copies[i].path))
				continue;
			copies[i].text = fmt(a, "%s%s", copies[i].text, copies[j].text);
			copies[i].mode &= copies[j].mode;
			copies[j].path = NULL;
		}
		copies[left++] = copies[i];
	}
	return left;
}

/* --- programs ------------------------------------------------------------------------------- */

bool have_program(struct api *a, const char *name)
{
	return proc_which(api_arena(a), name) != NULL;
}

/* What a program that failed had to say: the end of it, which tells most. */
static const char *last_words(struct arena *a, const struct proc *p)
{
	const char *err = p->err ? text_trim(a, p->err) : "";
	const char *said = *err || !p->out ? err : text_trim(a, p->out);
	const size_t n = strlen(said);

	return *said ? fmt(a, ": %s", text_safe(a, n > QUOTED ? said + n - QUOTED : said, QUOTED))
	             : "";
}

static int judge(struct arena *a, const struct proc *p, const char *what)
{
	if (p->timed_out)
		return fail(a, "%s did not end within 10 minutes and was stopped", what);
	if (p->status > 128 && p->status < 255) /* ssh's own mistakes are 255 */
		return fail(a, "%s was ended by signal %d", what, p->status - 128);
	return p->status
	    ? fail(a, "%s ended with exit code %d%s", what, p->status, last_words(a, p))
	    : 0;
}

char *run_program(struct api *a, struct strs env, const char *const *arguments, const char *input)
{
	struct proc p = { .argv = arguments,
		.env = env,
		.input = input,
		.input_len = input ? strlen(input) : 0,
		.capture = true,
		.capture_err = true };

	if (proc_run(api_arena(a), &p) || judge(api_arena(a), &p, arguments[0]))
		return NULL;
	return p.out;
}

int run_line(struct api *a, struct strs env, const char *line)
{
	struct proc p = { .env = env, .inherit_input = true };

	info("Running reload cmd: %s", line);
	return proc_shell(api_arena(a), &p, line) ? -1
	                                          : judge(api_arena(a), &p, fmt(a, "'%s'", line));
}

/* --- sockets -------------------------------------------------------------------------------- */

static int connect_path(struct api *a, const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof name.sun_path)
		return fail(a, "the path of the socket %s is too long", path);
	memcpy(name.sun_path, path, strlen(path) + 1);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0)
		return fail_errno(api_arena(a), "making a socket");
	if (connect(fd, (struct sockaddr *)&name, sizeof name) == 0)
		return fd;
	fail_errno(api_arena(a), "connecting to %s", path);
	close(fd);
	return -1;
}

/* HAProxy writes unix@/path, acme.sh's haproxy hook UNIX:/path, socat TCP:host:port. */
static int connect_to(struct api *a, const char *address, int64_t deadline)
{
	static const char *const unix_prefixes[] = { "unix@", "unix:", "unix-connect:" };
	static const char *const tcp_prefixes[] = { "tcp4:", "tcp:", "ipv4@", "ipv6@" };
	const char *colon;
	long long port;

	for (size_t i = 0; i < sizeof unix_prefixes / sizeof *unix_prefixes; i++)
		if (text_starts_ci(address, unix_prefixes[i]))
			return connect_path(a, address + strlen(unix_prefixes[i]));
	if (*address == '/')
		return connect_path(a, address);
	for (size_t i = 0; i < sizeof tcp_prefixes / sizeof *tcp_prefixes; i++)
		if (text_starts_ci(address, tcp_prefixes[i]))
			address += strlen(tcp_prefixes[i]);
	if (!(colon = strrchr(address, ':')) || text_number(colon + 1, 1, 65535, &port))
		return fail(a, "'%s' is neither the path of a socket nor host:port", address);
	return net_connect(api_arena(a),
	    arena_strn(api_arena(a), address, (size_t)(colon - address)), (int)port, NET_ANY,
	    deadline);
}

static int hear_all(struct api *a, int fd, struct buf *b, int64_t deadline)
{
	char block[16384];

	for (;;) {
		if (net_wait(fd, POLLIN, deadline) <= 0)
			return fail(a, "no end of the answer within a minute");
		const ssize_t n = recv(fd, block, sizeof block, 0);
		if (n == 0)
			return 0;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return fail_errno(api_arena(a), "reading from the socket");
		if (n > 0 && buf_add(b, block, (size_t)n))
			return fail(a, "the answer is too long");
	}
}

char *(*local_talk)(struct api *a, const char *address, const void *p, size_t n, size_t *len);

char *talk(struct api *a, const char *address, const void *p, size_t n, size_t *len)
{
	const int64_t deadline = clock_ms() + TALK_MS;
	struct buf b = buf_new(api_arena(a), ANSWER_MAX);
	int fd, bad;

	if (local_talk)
		return local_talk(a, address, p, n, len);
	if ((fd = connect_to(a, address, deadline)) < 0)
		return NULL;
	bad = net_write(api_arena(a), fd, p, n, deadline) || hear_all(a, fd, &b, deadline);
	close(fd);
	if (len)
		*len = b.len;
	return bad ? NULL : b.data ? b.data : arena_str(api_arena(a), "");
}

/* --- mail ----------------------------------------------------------------------------------- */

int send_mail(struct api *a, const struct mail_server *server, const struct mail *m)
{
	struct http *h = api_http(a);
	const char *unverified = api_service(a)->unverified;
	struct smtp_terms terms = { .family = http_terms(h)->family,
		.insecure =
		    http_terms(h)->insecure || (unverified && text_yes(cred(a, unverified))) };

	if (server->secure != MAIL_PLAIN && !terms.insecure &&
	    !(terms.trust = http_trust(h, api_arena(a))))
		return -1;
	return smtp_send(api_arena(a), server, &terms, m);
}

/* --- where to, and with what password ------------------------------------------------------- */

const char *host_or_domain(struct api *a, const struct deployment *d, const char *setting)
{
	const char *host = cred(a, setting);

	if (host || *d->domain != '*')
		return host ? host : d->domain;
	fail(a, "%s is not set, and %s is no machine's name", setting, d->domain);
	return NULL;
}

char *random_text(struct api *a, size_t n)
{
	static const char letters[] =
	    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	char *text = arena_alloc(api_arena(a), n + 1);

	for (size_t i = 0; i < n; i++)
		text[i] = letters[rand_below(sizeof letters - 1)];
	secret(text);
	return text;
}

/* --- PKCS#12 -------------------------------------------------------------------------------- */

char *pkcs12_of(struct api *a, const struct deployment *d, const char *password, bool legacy,
    size_t *len)
{
	struct arena *mem = api_arena(a);
	struct keeper *k = api_keeper(a);
	const char *path = file_join(mem, d->folder, LOCAL_PFX);
	const int key = k ? keeper_load(k, mem, d->key_path, NULL) : -1;
	char *bytes = NULL;

	if (key < 0)
		return NULL;
	if (keeper_pkcs12(k, mem, key, d->fullchain_path, password, d->domain, legacy, path) == 0)
		bytes = file_read(mem, path, PFX_MAX, len);
	keeper_drop(k, key);
	unlink(path);
	return bytes;
}
