/* SMTP client (RFC 5321): greeting, EHLO, STARTTLS (RFC 3207), login (RFC 4954), one mail, QUIT. */
#include "smtp.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arena.h"
#include "b64.h"
#include "buf.h"
#include "clock.h"
#include "error.h"
#include "idn.h"
#include "log.h"
#include "tls.h"

enum {
	SECONDS = 30,
	QUIT_MS = 2000,
	COMMAND_MAX = 512, /* bytes of a command with its line end (RFC 5321 4.5.3.1.4) */
	QUOTED = 300,      /* bytes of the server's words that an error repeats */
};

struct session {
	struct arena *a;
	const struct mail_server *server;
	const struct smtp_terms *terms;
	int fd;
	struct tls *tls;         /* NULL: not yet, or not at all */
	struct buf in;           /* what came and was not yet read */
	struct smtp_reply reply; /* the last one */
	struct strs offers;      /* the server's extensions, a line of EHLO's reply each */
};

/* --- bytes ---------------------------------------------------------------------------------- */

static int64_t deadline(const struct session *s)
{
	return clock_ms() + 1000 * (int64_t)s->server->seconds;
}

static int put(struct session *s, const char *p, size_t n, int64_t until)
{
	return s->tls ? tls_write(s->tls, s->a, p, n, until) : net_write(s->a, s->fd, p, n, until);
}

static int too_late(struct session *s, int ready, const char *wanted)
{
	if (ready < 0)
		return fail(s->a, "interrupted while waiting for %s", wanted);
	arena_error(s->a)->transient = true;
	fail(s->a, "%s did not come within %d seconds", wanted, s->server->seconds);
	if (text_is(wanted, "its greeting"))
		remedy(s->a,
		    "where TLS is spoken from the first byte (port 465) set SMTP_SECURE=ssl");
	return -1;
}

/* Some bytes more; wanted: for the error text. */
static int get(struct session *s, const char *wanted, int64_t until)
{
	char piece[4096];
	ssize_t n;

	do {
		const int ready =
		    s->tls && tls_pending(s->tls) ? 1 : net_wait(s->fd, POLLIN, until);
		if (ready <= 0)
			return too_late(s, ready, wanted);
		n = s->tls ? tls_read(s->tls, s->a, piece, sizeof piece, until)
		           : recv(s->fd, piece, sizeof piece, 0);
	} while (n < 0 && !failed(s->a) && (errno == EAGAIN || errno == EINTR));
	if (n > 0)
		return buf_add(&s->in, piece, (size_t)n);
	if (failed(s->a))
		return -1;
	arena_error(s->a)->transient = true;
	if (n == 0 || errno == ECONNRESET)
		return fail(s->a, "it closed the connection before %s", wanted);
	return fail_errno(s->a, "waiting for %s", wanted);
}

static int get_reply(struct session *s, const char *wanted, int64_t until)
{
	long used;

	while ((used = smtp_reply(s->a, buf_text(&s->in), s->in.len, &s->reply)) == 0)
		if (get(s, wanted, until))
			return -1;
	if (used < 0)
		return -1;
	buf_eat(&s->in, (size_t)used);
	debug(2, "SMTP < %d %s%s%s", s->reply.code, s->reply.enhanced ? s->reply.enhanced : "",
	    s->reply.enhanced ? " " : "",
	    text_safe(s->a, text_join(s->a, s->reply.lines, " / "), 1000));
	return 0;
}

/* --- commands ------------------------------------------------------------------------------- */

/* The server's words with their codes. */
static const char *words_of(struct session *s)
{
	const struct smtp_reply *r = &s->reply;
	const char *text = text_trim(s->a, text_join(s->a, r->lines, " "));

	return fmt(s->a, "%s%s(%d%s%s)", text_safe(s->a, text, QUOTED), *text ? " " : "", r->code,
	    r->enhanced ? " " : "", r->enhanced ? r->enhanced : "");
}

/* The last reply was none that was wished for. what: "the sender x is refused" */
static int refused(struct session *s, const char *what)
{
	arena_error(s->a)->transient = s->reply.code / 100 == 4;
	return fail(s->a, "%s: %s", what, words_of(s));
}

/* Sends a line and reads its reply. shown: what of it may be seen in the log, and names the answer. */
static int say_shown(struct session *s, const char *line, const char *shown)
{
	const char *out = fmt(s->a, "%s\r\n", line);
	const int64_t until = deadline(s);

	debug(2, "SMTP > %s", shown);
	return put(s, out, strlen(out), until) ||
	        get_reply(s,
	            fmt(s->a, "its answer to %s", arena_strn(s->a, shown, strcspn(shown, " :"))),
	            until)
	    ? -1
	    : 0;
}

static int command(struct session *s, const char *line)
{
	return say_shown(s, line, line);
}

/* The last reply's first digit. */
static bool is(const struct session *s, int kind)
{
	return s->reply.code / 100 == kind;
}

/* --- beginning ------------------------------------------------------------------------------ */

/* The name of this machine where it has a whole one, else its address (RFC 5321 4.1.4). */
static const char *my_name(struct session *s)
{
	char host[256] = "";
	struct sockaddr_storage own = { 0 };
	socklen_t len = sizeof own;

	if (gethostname(host, sizeof host - 1) == 0 && strchr(host, '.') && !text_bad_name(host) &&
	    !text_is_ip(host))
		return arena_str(s->a, host);
	if (getsockname(s->fd, (struct sockaddr *)&own, &len) != 0)
		return "[127.0.0.1]";
	return fmt(s->a, "[%s%s]", own.ss_family == AF_INET6 ? "IPv6:" : "",
	    net_address(s->a, (const struct sockaddr *)&own));
}

/* The parameters of an extension that the server offers, "" when it has none; NULL: not offered. */
static const char *offer(const struct session *s, const char *name)
{
	const size_t n = strlen(name);

	for (size_t i = 0; i < s->offers.n; i++) {
		const char *line = s->offers.v[i];
		if (text_starts_ci(line, name) && (!line[n] || line[n] == ' '))
			return line + n;
	}
	return NULL;
}

static int hello(struct session *s)
{
	const char *name = my_name(s);

	s->offers = (struct strs){ 0 };
	if (command(s, fmt(s->a, "EHLO %s", name)))
		return -1;
	if (is(s, 2)) {
		s->offers = s->reply.lines;
		s->offers.v[0] = ""; /* its name, no extension */
		return 0;
	}
	if (is(s, 5) && command(s, fmt(s->a, "HELO %s", name)))
		return -1;
	return is(s, 2) ? 0 : refused(s, "it takes no mail from this machine");
}

static int begin_tls(struct session *s)
{
	const struct tls_ask ask = { .host = s->server->host,
		.trust = s->terms->trust,
		.insecure = s->terms->insecure,
		.no_alpn = true,
		.deadline = deadline(s) };

	s->tls = tls_connect(s->a, s->fd, &ask);
	return s->tls ? 0 : -1;
}

static int start_tls(struct session *s)
{
	if (!offer(s, "STARTTLS")) {
		fail(s->a, "it offers no TLS on this port (no STARTTLS)");
		return remedy(s->a,
		    "nothing was sent; SMTP_SECURE=ssl is for ports where TLS comes first (465), "
		    "none for a server on this machine");
	}
	if (command(s, "STARTTLS"))
		return -1;
	if (!is(s, 2))
		return refused(s, "it refuses to begin TLS");
	/* What comes in the clear behind the reply would be taken for the server's (RFC 3207 4.2). */
	if (s->in.len)
		return fail(s->a,
		    "something was put in before TLS began: the connection is not safe");
	return begin_tls(s) ? -1 : hello(s);
}

/* --- login ---------------------------------------------------------------------------------- */

static int answer_secretly(struct session *s, const char *value, const char *shown)
{
	const char *coded = b64_encode(s->a, value, strlen(value));

	secret(coded);
	return say_shown(s, coded, shown);
}

static int login_plain(struct session *s)
{
	struct buf both = buf_new(s->a, 0);
	const char *coded, *line;

	buf_byte(&both, 0);
	buf_str(&both, s->server->user);
	buf_byte(&both, 0);
	buf_str(&both, s->server->password);
	coded = b64_encode(s->a, both.data, both.len);
	secret(coded);
	line = fmt(s->a, "AUTH PLAIN %s", coded);
	if (strlen(line) + 2 <= COMMAND_MAX)
		return say_shown(s, line, "AUTH PLAIN");
	if (command(s, "AUTH PLAIN"))
		return -1;
	return is(s, 3) ? say_shown(s, coded, "AUTH") : 0;
}

static int login_login(struct session *s)
{
	if (command(s, "AUTH LOGIN") ||
	    (is(s, 3) && answer_secretly(s, s->server->user, "AUTH (user)")))
		return -1;
	return is(s, 3) ? answer_secretly(s, s->server->password, "AUTH (password)") : 0;
}

static bool is_here(const char *host)
{
	return text_is_ci(host, "localhost") || text_starts(host, "127.") || text_is(host, "::1");
}

static int log_in(struct session *s)
{
	const char *user = s->server->user, *offered = offer(s, "AUTH");
	const struct strs ways = text_split(s->a, offered, " ");

	if (!offered) {
		fail(s->a, "it takes no user name and password here");
		return remedy(s->a, s->tls ? "leave SMTP_USERNAME out" : "try SMTP_SECURE=tls");
	}
	if (!s->tls && !is_here(s->server->host))
		warn("%s: the password goes over the network in the clear (SMTP_SECURE=none)",
		    s->server->host);
	if (!strs_has(ways, "PLAIN") && !strs_has(ways, "LOGIN"))
		return fail(s->a, "it wants a login by %s, here PLAIN and LOGIN are known",
		    text_safe(s->a, text_join(s->a, ways, ", "), 100));
	if (strs_has(ways, "PLAIN") ? login_plain(s) : login_login(s))
		return -1;
	if (is(s, 2))
		return 0;
	refused(s, fmt(s->a, "the login as '%s' is refused", text_safe(s->a, user, 80)));
	return s->reply.code == 535 ? remedy(s->a, "check SMTP_USERNAME and SMTP_PASSWORD") : -1;
}

/* --- the mail ------------------------------------------------------------------------------- */

/* The message as DATA takes it (RFC 5321 4.5.2). */
static void add_data(struct buf *b, const char *text)
{
	while (*text) {
		const size_t n = strcspn(text, "\n");
		if (*text == '.')
			buf_byte(b, '.');
		buf_add(b, text, n);
		buf_str(b, "\r\n");
		text += n + (text[n] == '\n');
	}
	buf_str(b, ".\r\n");
}

static int name_sender(struct session *s, const struct mail *m, const struct mailbox *boxes, int n)
{
	struct mailbox from;
	bool utf8;

	if (mail_address(s->a, m->from, false, &from))
		return -1;
	utf8 = from.utf8;
	for (int i = 0; i < n; i++)
		utf8 |= boxes[i].utf8;
	if (utf8 && !offer(s, "SMTPUTF8"))
		return fail(s->a, "it takes addresses in ASCII only (no SMTPUTF8)");
	if (command(s,
	        fmt(s->a, "MAIL FROM:<%s>%s", from.address, utf8 ? " BODY=8BITMIME SMTPUTF8" : "")))
		return -1;
	return is(s, 2) ? 0 : refused(s, fmt(s->a, "the sender %s is refused", from.address));
}

/* Who is refused does not keep the others from their mail. */
static int name_recipients(struct session *s, const struct mailbox *boxes, int n)
{
	struct strs no = { 0 };

	for (int i = 0; i < n; i++) {
		if (command(s, fmt(s->a, "RCPT TO:<%s>", boxes[i].address)))
			return -1;
		if (!is(s, 2))
			strs_add(s->a, &no, fmt(s->a, "%s: %s", boxes[i].address, words_of(s)));
	}
	if (no.n == (size_t)n) {
		arena_error(s->a)->transient = is(s, 4);
		return fail(s->a, "no recipient is accepted: %s", text_join(s->a, no, "; "));
	}
	for (size_t i = 0; i < no.n; i++)
		warn("%s: this recipient does not get the mail: %s", s->server->host, no.v[i]);
	return 0;
}

static int hand_over(struct session *s, const struct mail *m, const char *text)
{
	struct mailbox boxes[MAIL_TO_MAX];
	const int n = mail_recipients(s->a, m, boxes);
	struct buf data = buf_new(s->a, 0);
	int64_t until;

	if (n < 0 || name_sender(s, m, boxes, n) || name_recipients(s, boxes, n) ||
	    command(s, "DATA"))
		return -1;
	if (!is(s, 3))
		return refused(s, "it does not take the mail");
	add_data(&data, text);
	if (data.over)
		return fail(s->a, "the mail is too long to be sent");
	until = deadline(s);
	if (put(s, data.data, data.len, until) || get_reply(s, "its answer to the mail", until))
		return -1;
	return is(s, 2) ? 0 : refused(s, "it does not take the mail");
}

static int converse(struct session *s, const struct mail *m, const char *text)
{
	if ((s->server->secure == MAIL_TLS && begin_tls(s)) ||
	    get_reply(s, "its greeting", deadline(s)))
		return -1;
	if (!is(s, 2))
		return refused(s, "it does not serve this machine");
	if (hello(s) || (s->server->secure == MAIL_STARTTLS && start_tls(s)) ||
	    (s->server->user && log_in(s)))
		return -1;
	return hand_over(s, m, text);
}

/* What counts has been said; this is good manners (RFC 5321 4.1.1.10). */
static void take_leave(struct session *s)
{
	struct arena *own = arena_new(), *a = s->a;

	s->a = own;
	debug(2, "SMTP > QUIT");
	if (put(s, "QUIT\r\n", 6, clock_ms() + QUIT_MS) == 0)
		get_reply(s, "its farewell", clock_ms() + QUIT_MS);
	s->a = a;
	arena_drop(own);
}

/* Puts who it was in front of what went wrong, unless it stands there already. */
static int told(struct arena *a, const char *who)
{
	struct error *e = arena_error(a);

	if (!text_starts(e->what, who))
		e->what = fmt(a, "%s: %s", who, e->what);
	return -1;
}

int smtp_send(struct arena *a, const struct mail_server *server, const struct smtp_terms *terms,
    const struct mail *m)
{
	struct mail_server to = *server;
	struct session s = { .a = a, .server = &to, .terms = terms, .in = buf_new(a, 0) };
	const char *text = mail_text(a, m), *who;
	int bad;

	if (!text)
		return -1;
	if (to.seconds <= 0)
		to.seconds = SECONDS;
	if (!(to.host = idn_to_ascii(a, server->host)))
		return -1;
	who = fmt(a, strchr(to.host, ':') ? "[%s]:%d" : "%s:%d", to.host, to.port);
	if ((s.fd = net_connect(a, to.host, to.port, terms->family, deadline(&s))) < 0)
		return told(a, who);
	bad = converse(&s, m, text);
	if (!bad || is(&s, 4) || is(&s, 5))
		take_leave(&s);
	tls_close(s.tls);
	close(s.fd);
	return bad ? told(a, who) : 0;
}
