/* SMTP client: hands one mail to a server (RFC 5321), over TLS from the first byte (RFC 8314) or after
 * STARTTLS (RFC 3207), with a login when there is one (RFC 4954, PLAIN and LOGIN). */
#ifndef SMTP_H
#define SMTP_H

#include <stdbool.h>
#include <stddef.h>

#include "mail.h"
#include "net.h"
#include "text.h"

struct arena;
struct trust;

/* How the server is reached and its certificate looked at. */
struct smtp_terms {
	enum net_family family;
	struct trust *trust; /* may be NULL where there is no TLS */
	bool insecure;
};

/* Hands the mail over, to all recipients that the server takes; those that it refuses are told in a
 * warning. -1 with the error, in the server's own words, when none of them gets it. */
int smtp_send(struct arena *a, const struct mail_server *server, const struct smtp_terms *terms,
    const struct mail *m);

struct smtp_reply {
	int code;             /* 550 */
	const char *enhanced; /* "5.1.1" (RFC 3463), NULL: none */
	struct strs lines;    /* what it says, without the codes */
};

/* Reads a reply of one or more lines. Bytes used, 0 when more is needed, -1 when it is none or passes the
 * ceilings (error set). */
long smtp_reply(struct arena *a, const char *p, size_t n, struct smtp_reply *r);

#endif
