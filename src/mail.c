/* Writes a mail of plain text: RFC 5322, in MIME (RFC 2045 quoted-printable, RFC 2047 header words). Nothing
 * that comes in can end a header line: addresses are checked, all other text is made safe or encoded. */
#include "mail.h"

#include <string.h>

#include "arena.h"
#include "b64.h"
#include "buf.h"
#include "clock.h"
#include "error.h"
#include "idn.h"
#include "rand.h"

enum {
	LOCAL_MAX = 64,    /* bytes before the @ (RFC 5321 4.5.3.1) */
	ADDRESS_MAX = 254, /* and in all */
	NAME_MAX_BYTES = 100,
	SUBJECT_MAX = 800,
	LINE_LIMIT = 998, /* of a line without its end (RFC 5322 2.1.1) */
	QUOTED_LINE = 75, /* and of one in quoted-printable, without the "=" behind it */
	WORD_BYTES = 39,  /* in one encoded word: "Subject: " and it fit into 76 characters */
};

/* --- addresses ------------------------------------------------------------------------------ */

/* Whether c may stand before the @ (atext of RFC 5322 3.2.3, the dot, all that is not ASCII). */
static bool is_local(char c)
{
	return (unsigned char)c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') || (c && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

static bool is_ascii(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

/* What is wrong with the part before the @, n bytes; NULL: nothing. */
static const char *bad_local(struct arena *a, const char *s, size_t n)
{
	const char *local = arena_strn(a, s, n);

	if (n == 0)
		return "nothing stands before the @";
	if (n > LOCAL_MAX)
		return "the part before the @ is too long";
	if (!text_is(text_safe(a, local, n), local))
		return "it has an invisible character in it, or is not UTF-8";
	for (; *local; local++)
		if (!is_local(*local))
			return fmt(a, "it has '%c' in it", *local);
	return NULL;
}

static int bad_address(struct arena *a, const char *text, const char *why)
{
	arena_error(a)->input = true;
	fail(a, "'%s' is no mail address: %s", text_safe(a, text, 100), why);
	remedy(a, "write name@example.com");
	return -1;
}

/* "Jane Doe" of "\"Jane Doe\" ". */
static const char *display_name(struct arena *a, const char *s, size_t n)
{
	const char *name = text_trim(a, arena_strn(a, s, n));
	const size_t len = strlen(name);

	if (len >= 2 && name[0] == '"' && name[len - 1] == '"')
		name = arena_strn(a, name + 1, len - 2);
	return *name ? text_safe(a, name, NAME_MAX_BYTES) : NULL;
}

int mail_address(struct arena *a, const char *text, bool local, struct mailbox *box)
{
	const char *address = text_trim(a, text), *open = strrchr(address, '<'), *at, *why;
	const size_t n = strlen(address);

	*box = (struct mailbox){ 0 };
	if (open && address[n - 1] == '>') {
		box->name = display_name(a, address, (size_t)(open - address));
		address = arena_strn(a, open + 1, n - 2 - (size_t)(open - address));
	}
	at = strrchr(address, '@');
	if (!at && !local)
		return bad_address(a, text, "it has no @");
	if ((why = bad_local(a, address, at ? (size_t)(at - address) : strlen(address))))
		return bad_address(a, text, why);
	box->address = address;
	box->utf8 = !is_ascii(arena_strn(a, address, strcspn(address, "@")));
	if (!at)
		return 0;
	why = at[1] == '*' ? "has '*' in it" : text_bad_name(at + 1);
	if (why)
		return bad_address(a, text, fmt(a, "what stands behind the @ %s", why));
	const char *domain = idn_to_ascii(a, at + 1);
	if (!domain)
		return -1;
	box->address = fmt(a, "%s@%s", arena_strn(a, address, (size_t)(at - address)), domain);
	return strlen(box->address) > ADDRESS_MAX ? bad_address(a, text, "it is too long") : 0;
}

int mail_recipients(struct arena *a, const struct mail *m, struct mailbox *boxes)
{
	const struct strs list = text_split(a, m->to, ",");

	if (!list.n || list.n > MAIL_TO_MAX) {
		fail(a, "%zu recipients are named, a mail has 1 to %d", list.n, MAIL_TO_MAX);
		return -1;
	}
	for (size_t i = 0; i < list.n; i++)
		if (mail_address(a, list.v[i], m->local, &boxes[i]))
			return -1;
	return (int)list.n;
}

/* --- headers -------------------------------------------------------------------------------- */

/* Text as encoded words, a line each; no character is cut in two. */
static const char *encoded_words(struct arena *a, const char *s)
{
	struct buf b = buf_new(a, 0);

	while (*s) {
		size_t n = strnlen(s, WORD_BYTES);
		while (n > 1 && ((unsigned char)s[n] & 0xc0) == 0x80)
			n--;
		buf_fmt(&b, "%s=?UTF-8?B?%s?=", b.len ? "\n " : "", b64_encode(a, s, n));
		s += n;
	}
	return buf_text(&b);
}

static bool needs_encoding(const char *s)
{
	return !is_ascii(s) || strstr(s, "=?");
}

const char *mail_subject(struct arena *a, const struct mail *m)
{
	const char *subject = text_safe(a, m->subject, SUBJECT_MAX);

	return needs_encoding(subject) ? encoded_words(a, subject) : subject;
}

/* An address with its name: plain words as they are, others in quotes or encoded. */
static void add_mailbox(struct arena *a, struct buf *b, const struct mailbox *box)
{
	const char *name = box->name, *p;

	if (!name) {
		buf_str(b, box->address);
		return;
	}
	if (needs_encoding(name)) {
		buf_fmt(b, "%s\n <%s>", encoded_words(a, name), box->address);
		return;
	}
	for (p = name; is_local(*p) || *p == ' '; p++)
		continue;
	if (*p || strchr(name, '.'))
		name = fmt(a, "\"%s\"",
		    text_replace(a, text_replace(a, name, "\\", "\\\\"), "\"", "\\\""));
	buf_fmt(b, "%s <%s>", name, box->address);
}

static int add_from(struct arena *a, struct buf *b, const struct mail *m)
{
	struct mailbox box;
	unsigned char id[12];

	if (!m->from)
		return 0;
	if (mail_address(a, m->from, m->local, &box))
		return -1;
	buf_str(b, "From: ");
	add_mailbox(a, b, &box);
	buf_byte(b, '\n');
	if (!strchr(box.address, '@'))
		return 0; /* the mailer knows the domain, and makes the identifier */
	rand_bytes(id, sizeof id);
	return buf_fmt(b, "Message-ID: <%s%s>\n", hex_encode(a, id, sizeof id),
	    strchr(box.address, '@'));
}

static int add_to(struct arena *a, struct buf *b, const struct mail *m)
{
	struct mailbox boxes[MAIL_TO_MAX];
	const int n = mail_recipients(a, m, boxes);

	for (int i = 0; i < n; i++) {
		buf_str(b, i ? ",\n " : "To: ");
		add_mailbox(a, b, &boxes[i]);
	}
	buf_byte(b, '\n');
	return n < 0 ? -1 : 0;
}

/* "Sun, 22 Nov 2026 01:20:40 +0000": HTTP's date, with the zone as RFC 5322 3.3 writes it. */
static const char *date(struct arena *a)
{
	return text_replace(a, clock_http_date(a, clock_now()), "GMT", "+0000");
}

/* --- the text ------------------------------------------------------------------------------- */

/* Whether it may go as it is: ASCII that is seen, lines that are not too long. */
static bool is_plain(const char *s)
{
	size_t column = 0;

	for (; *s; s++) {
		const bool end = *s == '\n' || *s == '\r';
		column = end ? 0 : column + 1;
		if (column > LINE_LIMIT || (!end && *s != '\t' && (*s < ' ' || *s > '~')))
			return false;
	}
	return true;
}

/* One line in quoted-printable (RFC 2045 6.7). */
static void add_quoted(struct buf *b, const char *line, size_t n)
{
	size_t column = 0;

	for (size_t i = 0; i < n; i++) {
		const char c = line[i];
		const bool white = c == ' ' || c == '\t';
		const bool bare = white ? i + 1 < n : c > ' ' && c <= '~' && c != '=';
		const size_t width = bare ? 1 : 3;
		if (column + width > QUOTED_LINE) {
			buf_str(b, "=\n");
			column = 0;
		}
		column += width;
		if (bare)
			buf_byte(b, c);
		else
			buf_fmt(b, "=%02X", (unsigned char)c);
	}
}

static void add_text(struct buf *b, const char *s)
{
	const bool plain = is_plain(s);

	buf_fmt(b, "Content-Transfer-Encoding: %s\n\n", plain ? "7bit" : "quoted-printable");
	while (*s) {
		const size_t n = strcspn(s, "\r\n");
		if (plain)
			buf_add(b, s, n);
		else
			add_quoted(b, s, n);
		buf_byte(b, '\n');
		s += n;
		s += text_starts(s, "\r\n") ? 2 : *s != '\0';
	}
}

char *mail_text(struct arena *a, const struct mail *m)
{
	struct buf b = buf_new(a, 0);

	if (add_from(a, &b, m) || add_to(a, &b, m))
		return NULL;
	buf_fmt(&b, "Subject: %s\n", mail_subject(a, m));
	buf_fmt(&b, "Date: %s\n", date(a));
	/* No answers from those who are on holiday (RFC 3834 5). */
	buf_str(&b,
	    "Auto-Submitted: auto-generated\nMIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=utf-8\n");
	add_text(&b, m->text);
	return b.over ? fail_null(a, "the mail is too long to be sent") : b.data;
}
