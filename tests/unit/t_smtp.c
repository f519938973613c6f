/* The SMTP client against a server that follows a script: what is said, what is told of each refusal,
 * cut and flood; and the mail itself. */
#include "tap.h"

#include "hostile.h"
#include "told.h"

#include <netdb.h>
#include <sys/mman.h>

#include "clock.h"
#include "http.h"
#include "log.h"
#include "smtp.h"
#include "trust.h"

static struct arena *a;
static struct identity *ca;
static struct trust *trust;
static char *complaint; /* the server's, shared with it */

/* --- the server --------------------------------------------------------------------------- */

/* A step: ">text" is sent, "<text" is how the client's next line must begin ("<=text": be), ".text" must be
 * in the mail, "!" begins TLS, "*n text" is sent n times, "?" reads something, "-" waits for ever. At the end it hangs up. */
static const char *const *step;
static struct identity *identity;

static void expect(bool good, const char *wanted, const char *got)
{
	if (!good && !*complaint)
		snprintf(complaint, 1000, "wanted %.400s, got %.400s", wanted, got);
}

/* Reads to the end that is given; the client sends nothing ahead, so nothing may stand behind it. */
static void hear(struct peer *p, char *to, size_t room, const char *end)
{
	size_t n = 0;

	for (to[0] = 0; !text_ends(to, end) && n + 1 < room; to[n] = 0) {
		const long got = peer_read(p, to + n, room - 1 - n);
		if (got <= 0)
			return;
		n += (size_t)got;
	}
}

static void play(struct peer *p);

static void play_tls(struct peer *p)
{
	const struct server_settings s = { .serve = play, .identity = identity };

	serve_tls(p, &s);
}

static bool play_step(struct peer *p, const char *s)
{
	static char heard[65536];
	char *rest;

	if (*s == '>')
		return peer_write(p, s + 1, strlen(s + 1));
	if (*s == '*') {
		for (long n = strtol(s + 1, &rest, 10); n > 0; n--)
			if (!peer_write(p, rest + 1, strlen(rest + 1)))
				return false;
	} else if (*s == '<') {
		hear(p, heard, sizeof heard, "\r\n");
		expect(s[1] == '=' ? text_is(arena_strn(a, heard, strcspn(heard, "\r")), s + 2)
		                   : text_starts(heard, s + 1),
		    s, heard);
	} else if (*s == '.') {
		hear(p, heard, sizeof heard, "\r\n.\r\n");
		expect(strstr(heard, s + 1) != NULL, s, heard);
	} else if (*s == '?') {
		peer_read(p, heard, sizeof heard);
	} else {
		peer_hang(p);
	}
	return true;
}

static void play(struct peer *p)
{
	while (*step) {
		const char *s = *step++;
		if (*s == '!') {
			play_tls(p);
			return;
		}
		if (!play_step(p, s))
			return;
	}
}

/* --- what is said ------------------------------------------------------------------------- */

#define HELLO ">220 mx\r\n", "<EHLO "
#define PLAIN HELLO, ">250 mx\r\n"
#define FROM "<=MAIL FROM:<a@x.test>", ">250 ok\r\n"
#define TO "<=RCPT TO:<b@y.test>", ">250 ok\r\n"
#define GIVE "<=DATA", ">354 go\r\n", "."
#define BYE "<=QUIT", ">221 bye\r\n"
#define REST FROM, TO, GIVE, ">250 ok\r\n", BYE
#define STARTTLS HELLO, ">250-mx\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n", "<=STARTTLS"
#define AUTH(ways) HELLO, ">250-mx\r\n250 AUTH " ways "\r\n"

#define LONG \
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"
#define LONGER LONG LONG LONG LONG LONG

struct row {
	const char *what;
	const char *script[24];
	const char *error; /* NULL: the mail is taken */
	const char *to;    /* NULL: b@y.test */
	const char *host;  /* NULL: localhost */
	const char *password;
	int secure;
};

static const struct row rows[] = {
	{ "a mail", .script = { PLAIN, REST } },
	{ "dots",
	    .script = { PLAIN, FROM, TO, GIVE "\r\n..one\r\n...two\r\n\r\nend\r\n.\r\n",
	        ">250 ok\r\n", BYE } },
	{ "replies of several lines",
	    .script = { ">220-mx\r\n220-no spam\r\n220 \r\n", "<EHLO ", ">250-mx\r\n250\r\n",
	        REST } },
	{ "lines that end in LF only",
	    .script = { ">220 mx\n", "<EHLO ", ">250-mx\n250 x\n", REST } },
	{ "a byte at a time",
	    .script = { ">2", ">2", ">0", "> m", ">x\r", ">\n", "<EHLO ", ">25", ">0 m\r\n",
	        REST } },
	{ "HELO when EHLO is not known",
	    .script = { HELLO, ">502 5.5.1 what?\r\n", "<HELO ", ">250 mx\r\n", REST } },
	{ "251 is fine too",
	    .script = { PLAIN, FROM, "<=RCPT TO:<b@y.test>", ">251 forwarded\r\n", GIVE,
	        ">250 ok\r\n", BYE } },
	{ "one of two refused",
	    .script = { PLAIN, FROM, "<=RCPT TO:<c@y.test>", ">550 no\r\n", TO, GIVE, ">250 ok\r\n",
	        BYE },
	    .to = "c@y.test, b@y.test" },
	{ "no answer to QUIT", .script = { PLAIN, FROM, TO, GIVE, ">250 ok\r\n", "<=QUIT" } },
	{ "SMTPUTF8",
	    .script = { HELLO, ">250-mx\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
	        "<=MAIL FROM:<a@x.test> BODY=8BITMIME SMTPUTF8", ">250 ok\r\n",
	        "<=RCPT TO:<bä@xn--y-1ga.test>", ">250 ok\r\n", GIVE, ">250 ok\r\n", BYE },
	    .to = "bä@Yö.test" },
	{ "STARTTLS", .script = { STARTTLS, ">220 go\r\n", "!", "<EHLO ", ">250 mx\r\n", REST },
	    .secure = MAIL_STARTTLS },
	{ "TLS from the first byte", .script = { "!", PLAIN, REST }, .secure = MAIL_TLS },
	{ "AUTH PLAIN",
	    .script = { AUTH("LOGIN PLAIN"),
	        "<=AUTH PLAIN AGFubgBwYXNzIHdvcmQ=", ">235 2.7.0 welcome\r\n", REST },
	    .password = "pass word" },
	{ "AUTH LOGIN",
	    .script = { AUTH("CRAM-MD5 LOGIN"), "<=AUTH LOGIN", ">334 VXNlcg==\r\n", "<=YW5u",
	        ">334 UGFzcw==\r\n", "<=cGFzcyB3b3Jk", ">235 welcome\r\n", REST },
	    .password = "pass word" },
	{ "AUTH PLAIN that is too long for one line",
	    .script = { AUTH("PLAIN"), "<=AUTH PLAIN", ">334 \r\n", "<AGFubgAw", ">235 welcome\r\n",
	        REST },
	    .password = LONGER },

	{ "the greeting refuses", .script = { ">554 5.7.1 not you\r\n", "<=QUIT" },
	    .error = "it does not serve this machine: not you (554 5.7.1)" },
	{ "no SMTP", .script = { ">HTTP/1.1 400 what\r\n" },
	    .error = "it sent \"HTTP/1.1 400 what\", which is no SMTP reply" },
	{ "control characters", .script = { ">\033[31m\r\n" },
	    .error = "it sent \"?[31m\", which is no SMTP reply" },
	{ "another code on the last line", .script = { ">220-mx\r\n554 no\r\n" },
	    .error = "it sent \"554 no\", which is no" },
	{ "a code without its blank", .script = { ">220mx\r\n" },
	    .error = "it sent \"220mx\", which is no SMTP reply" },
	{ "a line without end", .script = { "*1000 xxxxxxxxx" },
	    .error = "its reply does not end" },
	{ "a reply without end", .script = { "*100000 220-x\r\n" },
	    .error = "its reply does not end" },
	{ "a flood", .script = { HELLO, "*100000 250 x\r\n" }, .error = "" },
	{ "EHLO and HELO refused",
	    .script = { HELLO, ">550 no\r\n", "<HELO ", ">550-5.7.1 no\r\n550 5.7.1 way\r\n",
	        "<=QUIT" },
	    .error = "it takes no mail from this machine: no way (550 5.7.1)" },
	{ "EHLO later", .script = { HELLO, ">421 4.3.2 later\r\n", "<=QUIT" },
	    .error = "later (421 4.3.2)" },
	{ "the sender is refused", .script = { PLAIN, "<MAIL ", ">550 5.7.1 no\r\n", "<=QUIT" },
	    .error = "the sender a@x.test is refused: no (550 5.7.1)" },
	{ "all recipients are refused",
	    .script = { PLAIN, FROM, "<RCPT ", ">550 5.1.1 who?\r\n", "<RCPT ", ">452 full\r\n",
	        "<=QUIT" },
	    .error = "no recipient is accepted: b@y.test: who? (550 5.1.1); c@y.test: full (452)",
	    .to = "b@y.test,c@y.test" },
	{ "DATA is refused", .script = { PLAIN, FROM, TO, "<=DATA", ">451 no\r\n", "<=QUIT" },
	    .error = "it does not take the mail: no (451)" },
	{ "the mail is refused",
	    .script = { PLAIN, FROM, TO, GIVE, ">554 5.6.0 spam\r\n", "<=QUIT" },
	    .error = "it does not take the mail: spam (554 5.6.0)" },
	{ "no SMTPUTF8", .script = { PLAIN }, .error = "it takes addresses in ASCII only",
	    .to = "bä@y.test" },
	{ "no STARTTLS", .script = { PLAIN }, .error = "it offers no TLS on this port",
	    .secure = MAIL_STARTTLS },
	{ "HELO only", .script = { HELLO, ">502 no\r\n", "<HELO ", ">250 mx\r\n" },
	    .error = "it offers no TLS on this port", .secure = MAIL_STARTTLS },
	{ "STARTTLS is refused", .script = { STARTTLS, ">454 4.7.0 not now\r\n", "<=QUIT" },
	    .error = "it refuses to begin TLS: not now (454 4.7.0)", .secure = MAIL_STARTTLS },
	{ "a reply put in before TLS",
	    .script = { STARTTLS, ">220 go\r\n250 mx\r\n", "!", "<EHLO " },
	    .error = "something was put in before TLS began", .secure = MAIL_STARTTLS },
	{ "what was offered before TLS does not count",
	    .script = { STARTTLS, ">220 go\r\n", "!", "<EHLO ", ">250 mx\r\n" },
	    .error = "it takes no user name and password here; leave SMTP_USERNAME out",
	    .password = "pass word", .secure = MAIL_STARTTLS },
	{ "nor when the server knows HELO only then",
	    .script = { STARTTLS, ">220 go\r\n", "!", "<EHLO ", ">502 no\r\n", "<HELO ",
	        ">250 mx\r\n" },
	    .error = "it takes no user name and password here", .password = "pass word",
	    .secure = MAIL_STARTTLS },
	{ "no TLS after all", .script = { STARTTLS, ">220 go\r\n", "?", ">220 mx\r\n" },
	    .error = "speaks no TLS on this port", .secure = MAIL_STARTTLS },
	{ "no AUTH", .script = { PLAIN },
	    .error = "it takes no user name and password here; try SMTP_SECURE=tls",
	    .password = "pass word" },
	{ "AUTH that is not known", .script = { AUTH("CRAM-MD5 XOAUTH2") },
	    .error = "it wants a login by CRAM-MD5, XOAUTH2, here PLAIN and LOGIN are known",
	    .password = "pass word" },
	{ "AUTH PLAIN is refused",
	    .script = { AUTH("PLAIN"), "<AUTH PLAIN ", ">535 5.7.8 no\r\n", "<=QUIT" },
	    .error =
	        "the login as 'ann' is refused: no (535 5.7.8); check SMTP_USERNAME and SMTP_PASSWORD",
	    .password = "pass word" },
	{ "AUTH LOGIN is refused at once",
	    .script = { AUTH("LOGIN"), "<=AUTH LOGIN", ">504 5.5.4 no\r\n", "<=QUIT" },
	    .error = "the login as 'ann' is refused: no (504 5.5.4)", .password = "pass word" },
	{ "AUTH LOGIN asks for ever",
	    .script = { AUTH("LOGIN"), "<=AUTH LOGIN", ">334 a\r\n", "<", ">334 b\r\n", "<",
	        ">334 c\r\n" },
	    .error = "the login as 'ann' is refused: c (334)", .password = "pass word" },
};

static struct mail_server server_of(const struct row *r, int port, int seconds)
{
	return (struct mail_server){ .host = r->host ? r->host : "localhost",
		.port = port,
		.secure = r->secure,
		.user = r->password ? "ann" : NULL,
		.password = r->password,
		.seconds = seconds };
}

/* Plays a script against the client; what it says of it is in own. */
static int converse(struct arena *own, const struct row *r, const char *const *script, int seconds)
{
	const struct server_settings settings = { .serve = play };
	const struct smtp_terms terms = { .trust = trust, .family = NET_V4 };
	const struct mail m = { .from = "a@x.test",
		.to = r->to ? r->to : "b@y.test",
		.subject = "hi",
		.text = ".one\n..two\n\nend" };

	*complaint = 0;
	step = script;
	struct hostile h = start(&settings);
	const struct mail_server server = server_of(r, h.port, seconds);
	const int code = smtp_send(own, &server, &terms, &m);
	stop(&h);
	return code;
}

static void scripts(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *r = &rows[i];
		struct arena *own = arena_new();
		const int code = converse(own, r, r->script, 5);

		if (r->error)
			ok(code == -1 && told(own, *r->error ? r->error : ": "), r->what);
		else if (!ok(code == 0, r->what))
			printf("# %s\n", error_text(own));
		if (r->error && *r->error)
			ok(text_starts(error_text(own), "localhost:"), "it says who");
		is_str(complaint, "", "as it should be said");
		arena_drop(own);
	}
}

/* The connection ends, or falls silent, before each thing that the server says. */
static void cuts(void)
{
	static const struct row row = { "",
		.script = { AUTH("PLAIN"), "<AUTH", ">235 ok\r\n", REST },
		.password = "pass word" };
	size_t said = 0;

	for (size_t n = 0; row.script[n]; n++) {
		const char *script[24] = { 0 };
		if (*row.script[n] != '>')
			continue;
		struct arena *own = arena_new();
		memcpy(script, row.script, n * sizeof *script);
		const bool taken = n > 1 && text_is(script[n - 1], "<=QUIT");
		const int code = converse(own, &row, script, 5);
		ok(taken ? code == 0
		         : code == -1 && told(own, "it closed the connection before its "),
		    taken ? "a cut when all is done" : "a cut");
		ok(taken || arena_error(own)->transient, "may be tried again");
		error_clear(own);
		if (said++ % 4 == 1) {
			script[n] = ">25";
			script[n + 1] = "-";
			is_int(converse(own, &row, script, 1), -1, "silence");
			ok(told(own, " did not come within 1 seconds"));
		}
		arena_drop(own);
	}
	ok(said == 8, "at each step");
}

/* Every name is this machine. */
static const struct addrinfo *here(const char *host, int port)
{
	static struct sockaddr_in address;
	static struct addrinfo list;

	(void)host;
	address = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)port) };
	list = (struct addrinfo){ .ai_family = AF_INET,
		.ai_socktype = SOCK_STREAM,
		.ai_addrlen = sizeof address,
		.ai_addr = (struct sockaddr *)&address };
	return &list;
}

/* What a log at the highest level has of a login. */
static void secrets(void)
{
	static const struct row row = { "",
		.script = { AUTH("PLAIN"), "<AUTH", ">535 AGFubgBwYXNzIHdvcmQ=\r\n" },
		.password = "pass word", .host = "mäil.test" };
	struct arena *own = arena_new();
	const char *path = file_join(a, scratch(a), "log");
	const struct log_settings settings = { .file = path, .file_level = 3, .quiet = true };

	must(log_setup(&settings) == 0);
	secret("pass word"); /* as the setting's row does */
	net_lookup = here;
	is_int(converse(own, &row, row.script, 5), -1);
	net_lookup = NULL;
	must(log_setup(&(struct log_settings){ 0 }) == 0);
	ok(text_starts(error_text(own), "xn--mil-qla.test:"),
	    "the host's name is ASCII on the way");
	const char *log = file_read(a, path, 100000, NULL);
	ok(log && strstr(log, "SMTP > AUTH PLAIN") && strstr(log, "SMTP < 535 [hidden]"),
	    "the log has the conversation");
	ok(log && !strstr(log, "AGFubg") && !strstr(log, "pass word"), "without the password");
	ok(log && strstr(log, "the password goes over the network in the clear"), "and a warning");
	arena_drop(own);
}

static void certificates(void)
{
	static const struct row row = { "",
		.script = { STARTTLS, ">220 go\r\n", "!", "<EHLO ", ">250 mx\r\n", REST },
		.secure = MAIL_STARTTLS, .password = "pass word" };
	const struct wish other = { .name = "leaf", .dns = "other.test", .issuer = ca };
	struct identity *before = identity;
	struct arena *own = arena_new();

	identity = make_identity(a, &other);
	is_int(converse(own, &row, row.script, 5), -1);
	ok(told(own, "it was issued for other.test, not for localhost"), "another's certificate");
	identity = before;
	arena_drop(own);
}

/* --- the mail ----------------------------------------------------------------------------- */

static const struct {
	const char *given, *address, *name; /* address NULL: refused */
	const char *error;
	bool local;
} addresses[] = {
	{ "a@x.test", "a@x.test", NULL, NULL, false },
	{ " a.b+c@X.Test ", "a.b+c@x.test", NULL, NULL, false },
	{ "o'brien@x", "o'brien@x", NULL, NULL, false },
	{ "<a@x.test>", "a@x.test", NULL, NULL, false },
	{ "A B <a@x.test>", "a@x.test", "A B", NULL, false },
	{ "\"B, A\" <a@x.test>", "a@x.test", "B, A", NULL, false },
	{ "A\r\nBcc: c@x <a@x.test>", "a@x.test", "A??Bcc: c@x", NULL, false },
	{ "a@büro.test", "a@xn--bro-hoa.test", NULL, NULL, false },
	{ "root", "root", NULL, NULL, true },
	{ "root", NULL, NULL, "'root' is no mail address: it has no @; write name@example.com",
	    false },
	{ "", NULL, NULL, "it has no @", false },
	{ "", NULL, NULL, "nothing stands before the @", true },
	{ "@x.test", NULL, NULL, "nothing stands before the @", false },
	{ "a@", NULL, NULL, "what stands behind the @ is empty", false },
	{ "a@x..test", NULL, NULL, "what stands behind the @ has an empty label", false },
	{ "a@*.test", NULL, NULL, "what stands behind the @ has '*' in it", false },
	{ "a@x.test>", NULL, NULL, "what stands behind the @ has '>' in it", false },
	{ "a@b@x.test", NULL, NULL, "it has '@' in it", false },
	{ "a b@x.test", NULL, NULL, "it has ' ' in it", false },
	{ "\"a b\"@x.test", NULL, NULL, "it has '\"' in it", false },
	{ "a<b@x.test", NULL, NULL, "it has '<' in it", false },
	{ "a@x.test\r\nDATA", NULL, NULL, "has a control character in it", false },
	{ "a\r\nDATA@x.test", NULL, NULL, "it has an invisible character in it", false },
	{ "\xff@x.test", NULL, NULL, "or is not UTF-8", false },
	{ "root\nx", NULL, NULL, "it has an invisible character in it", true },
	{ LONG "@x.test", NULL, NULL, "the part before the @ is too long", false },
};

static void parse(void)
{
	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
		struct arena *own = arena_new();
		struct mailbox box;
		const int code = mail_address(own, addresses[i].given, addresses[i].local, &box);

		if (!addresses[i].address) {
			ok(code == -1 && told(own, addresses[i].error), addresses[i].error);
		} else if (ok(code == 0, text_safe(own, addresses[i].given, 80))) {
			is_str(box.address, addresses[i].address);
			is_str(box.name, addresses[i].name);
		}
		arena_drop(own);
	}
}

static void count_up(void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((unsigned char *)p)[i] = (unsigned char)i;
}

#define AUTO \
	"Date: Sun, 22 Nov 2026 01:20:40 +0000\n" \
	"Auto-Submitted: auto-generated\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n" \
	"Content-Transfer-Encoding: "
#define ID "Message-ID: <000102030405060708090a0b@x.test>\n"
#define A10 "aaaaaaaaaa"
#define A70 A10 A10 A10 A10 A10 A10 A10

static const struct {
	const char *what;
	struct mail mail;
	const char *text;
} mails[] = {
	{ "plain text",
	    { .from = "a@x.test",
	        .to = "b@y.test",
	        .subject = "Hi",
	        .text = "one\r\ntwo\rthree\n\nend" },
	    "From: a@x.test\n" ID "To: b@y.test\nSubject: Hi\n" AUTO
	    "7bit\n\none\ntwo\nthree\n\nend\n" },
	{ "names",
	    { .from = "A \"x\\ B. <a@x.test>", .to = "B, Ö <c@y.test>", .subject = "", .text = "" },
	    NULL },
	{ "names in quotes and encoded",
	    { .from = "A \"x\\. <a@x.test>",
	        .to = "Böb <b@y.test>,C <c@y.test>",
	        .subject = "",
	        .text = "" },
	    "From: \"A \\\"x\\\\.\" <a@x.test>\n" ID
	    "To: =?UTF-8?B?QsO2Yg==?=\n <b@y.test>,\n C <c@y.test>\n"
	    "Subject: \n" AUTO "7bit\n\n" },
	{ "a subject that would be more headers",
	    { .to = "root",
	        .subject = "a\r\nBcc: c@x.test\r\n\r\ntext",
	        .text = "x",
	        .local = true },
	    "To: root\nSubject: a??Bcc: c@x.test????text\n" AUTO "7bit\n\nx\n" },
	{ "a long subject that is not ASCII, cut between characters",
	    { .to = "b@y.test",
	        .subject = "12345678901234567890123456789012345678ü, über",
	        .text = "x" },
	    "To: b@y.test\n"
	    "Subject: =?UTF-8?B?MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg=?=\n"
	    " =?UTF-8?B?w7wsIMO8YmVy?=\n" AUTO "7bit\n\nx\n" },
	{ "a subject that looks encoded",
	    { .to = "b@y.test", .subject = "=?UTF-8?B?QQ==?=", .text = "x" },
	    "To: b@y.test\nSubject: =?UTF-8?B?PT9VVEYtOD9CP1FRPT0/PQ==?=\n" AUTO "7bit\n\nx\n" },
	{ "quoted-printable",
	    { .to = "b@y.test",
	        .subject = "s",
	        .text = "Gr\xc3\xbc\xc3\x9f"
	                "e = \t \n\033\n" A70 "\xc3\xbc"
	                "end" },
	    "To: b@y.test\nSubject: s\n" AUTO
	    "quoted-printable\n\nGr=C3=BC=C3=9Fe =3D \t=20\n=1B\n" A70 "=C3=\n=BCend\n" },
};

static void written(void)
{
	static char line[2000];

	rand_fake = count_up;
	clock_fake = 1795310440;
	for (size_t i = 0; i < sizeof mails / sizeof *mails; i++)
		is_str(mail_text(a, &mails[i].mail), mails[i].text, mails[i].what);
	ok(told_once(a, "'B' is no mail address"), "a name with a comma wants quotes");
	memset(line, 'x', 999);
	const char *text =
	    mail_text(a, &(struct mail){ .to = "b@y", .subject = line, .text = line });
	ok(text && strstr(text, "quoted-printable") && strstr(text, "x=\nx"),
	    "a line that is too long");
	ok(text && strstr(text, "xxx...\nDate"), "and a subject");
	is_str(mail_text(a, &(struct mail){ .to = " , ", .subject = "", .text = "" }), NULL);
	ok(told_once(a, "0 recipients are named, a mail has 1 to 100"));
	struct strs many = { 0 };
	for (int i = 0; i < 101; i++)
		strs_add(a, &many, "b@y.test");
	is_str(mail_text(a,
	           &(struct mail){ .to = text_join(a, many, ","), .subject = "", .text = "" }),
	    NULL);
	ok(told_once(a, "101 recipients are named"));
	rand_fake = NULL;
	clock_fake = 0;
}

int main(void)
{
	a = arena_new();
	ca = make_identity(a, &(struct wish){ .name = "root", .ca = true });
	identity =
	    make_identity(a, &(struct wish){ .name = "leaf", .dns = "localhost", .issuer = ca });
	trust = trust_open(a, scratch_file(a, "ca.pem", ca->pem), NULL);
	must(trust != NULL);
	complaint = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(complaint != MAP_FAILED);
	parse();
	written();
	scripts();
	cuts();
	secrets();
	certificates();
	trust_close(trust);
	scratch_remove(a);
	free_identities();
	arena_drop(a);
	return done();
}
