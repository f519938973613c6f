/* A reply as an SMTP server may send it, the same whole as byte by byte; and a mail made of four texts
 * (sender, recipients, subject, text, a NUL behind each), of which none may become a header of its own. */
#include "smtp.h"

#include <assert.h>
#include <string.h>

#include "arena.h"
#include "error.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void check_reply(const char *p, size_t n)
{
	struct arena *a = arena_new(), *b = arena_new();
	struct smtp_reply whole, bytes;
	const long used = smtp_reply(a, p, n, &whole);
	long drip = 0;

	assert(used <= (long)n && (used < 0) == failed(a));
	for (size_t have = 0; have <= n && drip == 0; have++)
		drip = smtp_reply(b, arena_dup(b, p, have), have, &bytes);
	/* What stands behind a reply may be wrong, and is seen only then. */
	assert(used == drip);
	if (used > 0) {
		assert(whole.code >= 200 && whole.code <= 599 && whole.code == bytes.code);
		assert(whole.lines.n && whole.lines.n == bytes.lines.n);
		assert(text_is(whole.enhanced, bytes.enhanced));
		for (size_t i = 0; i < whole.lines.n; i++)
			assert(!strchr(whole.lines.v[i], '\n'));
	}
	arena_drop(a);
	arena_drop(b);
}

/* Each header once, in order; what is folded begins with a blank. Returns where the text begins. */
static const char *check_headers(const char *s, bool ascii)
{
	static const char *const names[] = { "From: ", "Message-ID: ", "To: ", "Subject: ",
		"Date: ", "Auto-Submitted: ", "MIME-Version: 1.0\n",
		"Content-Type: ", "Content-Transfer-Encoding: " };
	size_t next = 0;

	for (; *s != '\n'; s += strcspn(s, "\n") + 1) {
		assert(strcspn(s, "\n") <= 998 && !memchr(s, '\r', strcspn(s, "\n")));
		for (const char *p = s; ascii && *p != '\n'; p++)
			assert(*p >= ' ' && *p <= '~');
		if (*s == ' ')
			continue;
		while (!text_starts(s, names[next]))
			assert(++next < sizeof names / sizeof *names);
		next++;
	}
	assert(next == sizeof names / sizeof *names);
	return s + 1;
}

static void check_mail(const char *p, size_t n)
{
	struct arena *a = arena_new();
	const char *part[4] = { "", "", "", "" };
	struct mailbox box;
	bool ascii = true;

	for (size_t i = 0, at = 0; i < 4 && at < n; i++, at += strlen(part[i - 1]) + 1)
		part[i] = arena_strn(a, p + at, n - at);
	const struct mail m = { .from = *part[0] ? part[0] : NULL,
		.to = part[1],
		.subject = part[2],
		.text = part[3],
		.local = n % 2 };
	const struct strs to = text_split(a, part[1], ",");
	const char *text = mail_text(a, &m);

	assert(!text == failed(a));
	for (size_t i = 0; text && i <= to.n; i++) {
		const char *one = i < to.n ? to.v[i] : m.from;
		if (one && mail_address(a, one, m.local, &box) == 0)
			ascii = ascii && !box.utf8;
	}
	if (text)
		for (text = check_headers(text, ascii); *text; text += strcspn(text, "\n") + 1)
			assert(strcspn(text, "\n") <= 998 && text[strcspn(text, "\n")]);
	arena_drop(a);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	if (size > 4000)
		return 0;
	check_reply((const char *)data, size);
	check_mail((const char *)data, size);
	return 0;
}
