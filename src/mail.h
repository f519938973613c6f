/* A mail of plain text, as it is written (RFC 5322, MIME) for a mailer program or an SMTP server. */
#ifndef MAIL_H
#define MAIL_H

#include <stdbool.h>

#include "text.h"

struct arena;

struct mail {
	const char
	    *from;      /* "acme@example.com", "Name <acme@example.com>"; NULL: the mailer's own */
	const char *to; /* the same, several with commas between them */
	const char *subject; /* UTF-8; line ends and other control characters are taken out */
	const char *text;    /* UTF-8, lines however they end */
	bool local;          /* a name without @ is a user of this machine */
};

/* The server that it is handed to, see send_mail() in acme.h. */
struct mail_server {
	const char *host;
	int port;
	enum {
		MAIL_PLAIN,
		MAIL_TLS,
		MAIL_STARTTLS
	} secure;                    /* TLS from the first byte, or asked for */
	const char *user, *password; /* NULL: no login */
	int seconds;                 /* to wait for each answer; 0: 30 */
};

/* One address of a mail, taken apart. */
struct mailbox {
	const char *name;    /* "Jane Doe", NULL: none */
	const char *address; /* "jane@xn--exmple-cua.test": the domain is ASCII */
	bool utf8;           /* what stands before the @ is not (RFC 6531) */
};

/* Checks an address and takes it apart. -1 with the error when it is none, or has anything in it that
 * could mean something else in a header or a command. */
int mail_address(struct arena *a, const char *text, bool local, struct mailbox *box);

#define MAIL_TO_MAX 100 /* recipients of one mail (RFC 5321 4.5.3.1.8) */

/* All recipients, at most MAIL_TO_MAX. How many, or -1 with the error. */
int mail_recipients(struct arena *a, const struct mail *m, struct mailbox *boxes);

/* The whole message with lines that end in "\n", in pure ASCII unless an address is not (quoted-printable,
 * encoded words). NULL with the error: an address is none. */
char *mail_text(struct arena *a, const struct mail *m);

/* The subject as it may stand in a header: an encoded word (RFC 2047) where it must be. */
const char *mail_subject(struct arena *a, const struct mail *m);

#endif
