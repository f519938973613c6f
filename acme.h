/* What a driver (dnsapi/), a deploy hook (deploy/) or a notification hook (notify/) may call; nothing else.
 *
 * A driver is one file: dnsapi/dns_x.c defines `const struct dns_driver dns_x`, which is its
 * registration. It describes its provider in a struct service - name, base URL, how requests are
 * authorised, where faults stand in replies, which credentials there are - and adds three
 * functions. Everything that is the same for all is done by the core: finding the zone by walking
 * the labels, alias names, two values at one name, retries, error texts, logging, clean-up,
 * looking credentials up and saving them, waiting for DNS.
 *
 * Memory: whatever a call returns lives as long as the conversation (struct api); nothing is
 * freed. Errors: a call that returns NULL or -1 has recorded why; the driver passes that on. */
#ifndef ACME_H
#define ACME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "b64.h"
#include "buf.h"
#include "clock.h"
#include "error.h"
#include "hash.h"
#include "json.h"
#include "text.h"

/* One conversation with one provider: arena, connection, credentials, login. fmt(a, ...),
 * fail(a, ...) and remedy-carrying errors take it as they take an arena. */
struct api;

/* What a provider answered. */
struct reply {
	int status;
	const char *body;        /* NUL-terminated */
	size_t len;
	cJSON *json;             /* NULL when the body is no JSON */
	const char *(*header)(const struct reply *r, const char *name); /* NULL: not there */
	const void *headers;
};

/* 0 when r is a reply, -1 when it is NULL (the error is recorded). */
#define ok(r) ((r) ? 0 : -1)

/* --- credentials ------------------------------------------------------------------------------
 * One row, six uses: looked up (environment, certificate's conf, SAVED_<name> and <name> in
 * account.conf, default; the environment wins), saved, shown by --dns-help, printed in the README,
 * named when missing, kept out of what is printed. Rows of the same way (1, 2, ...) belong together: the
 * first way that is complete is used; rows with way 0 belong to all. */
enum { SECRET = 1, OPTIONAL = 2, PER_DOMAIN = 4 /* saved in the certificate's conf */, UNSAVED = 8 };
struct cred {
	const char *name;
	const char *help;
	unsigned flags;
	int way;
	const char *dflt;
};
/* The value, or NULL when it is not set (optional ones, other ways). */
const char *cred(struct api *a, const char *name);
/* Remembers a value that the provider gave (a token, a registration) under a row's name. */
void cred_put(struct api *a, const char *name, const char *value);

/* --- the service ------------------------------------------------------------------------------ */
struct header_row {
	const char *name;        /* "X-Auth-Email" */
	const char *cred;        /* credential that is its value; no header when it is not set */
	const char *format;      /* "sso-key %s", NULL: the value alone */
};

struct fault {
	const char *text;        /* path of the provider's message in a JSON reply: "errors/0/message" */
	const char *code;        /* of its error code */
	const char *ok;          /* path that tells success in a reply with status 200 ... */
	const char *ok_value;    /* ... when its text is this (several: "1|success") */
};

struct api_request;
struct service {
	const char *name;        /* "dns_cf" */
	const char *title;       /* "Cloudflare" */
	const char *site;        /* "cloudflare.com" */
	const char *docs;        /* API page */
	const char *base;        /* "https://api.example/v2"; "{X_Url}/v1" takes a credential */
	const char *bearer;      /* credential sent as Authorization: Bearer */
	const char *basic[2];    /* credentials sent as Authorization: Basic */
	struct header_row headers[4];
	const char *accept;      /* NULL: application/json */
	bool form;               /* bodies given as text are forms, not JSON */
	struct fault fault;
	struct cred creds[16];
	int (*login)(struct api *a);                         /* once, before the first request */
	int (*sign)(struct api *a, struct api_request *req); /* each request, last of all */
	int pause_ms;            /* between requests, where the provider asks for it */
	const char *permissions; /* what the credentials must be allowed, for --dns-help */
	const char *gone;        /* the service has closed: what to use instead */
};

/* --- requests --------------------------------------------------------------------------------
 * path is appended to base unless it is a whole URL. Each returns the reply, or NULL with the
 * error: no connection, a status of 400 or more, a fault in the reply. 429 and 503 are repeated
 * as Retry-After says (within a minute), connection failures once when nothing was sent. */
struct api_request {
	const char *method;
	const char *url;         /* whole, with query */
	const char *body;        /* NULL: none */
	size_t body_len;
	const char *type;        /* Content-Type */
	struct { const char *name, *value; } headers[16];
	size_t n_headers;
	bool any_status;         /* return the reply whatever its status */
	int missing;             /* this status (404) is no error */
	bool no_auth;            /* without bearer, basic and header rows (login) */
	bool no_sign;
	const char *step;        /* what is being done, for the error: "zone lookup for x" */
};
struct reply *api_get(struct api *a, const char *path);
struct reply *api_post(struct api *a, const char *path, const cJSON *body);
struct reply *api_put(struct api *a, const char *path, const cJSON *body);
struct reply *api_patch(struct api *a, const char *path, const cJSON *body);
struct reply *api_delete(struct api *a, const char *path);
/* A GET that may find nothing: 404 gives a reply without that content, not an error. */
struct reply *api_probe(struct api *a, const char *path);
/* POST of a form; pairs ends with NULL: name, value, name, value, NULL. A NULL value leaves its pair out. */
struct reply *api_form(struct api *a, const char *path, const char *const *pairs);
#define form(...) ((const char *const[]){ __VA_ARGS__, NULL })
/* Anything else. */
struct reply *api_send(struct api *a, struct api_request *req);
void api_header(struct api_request *req, const char *name, const char *value);
/* "a=b&c=d", escaped; pairs as above. With "?" in front: query(). */
char *form_text(struct api *a, const char *const *pairs);
#define query(a, ...) fmt(a, "?%s", form_text(a, form(__VA_ARGS__)))
/* Percent-encodes one value. */
char *escape(struct api *a, const char *s);

/* All pages of a listing as one JSON array, fetched once a conversation (kept by path). */
struct pages {
	const char *path;        /* without the page parameters */
	const char *items;       /* path of the array in each reply, "" for the reply itself */
	const char *page;        /* name of the page number's parameter; NULL: not by number */
	int first;               /* number of the first page (mostly 1) */
	const char *size;        /* parameter of the page size, NULL: none */
	int per_page;            /* what is asked for; a shorter page is the last one */
	const char *next;        /* path of the next page's URL or token in each reply, NULL: none */
	const char *token;       /* parameter that takes that token; NULL: next is a URL or path */
	const char *offset;      /* parameter of an offset that grows by the number of items */
	const char *total;       /* path of the number of items, or of pages when page_count is set */
	bool page_count;
	const char *step;
};
const cJSON *api_pages(struct api *a, const struct pages *p);

/* Values that the functions of one conversation share ("session", "zone list"). */
void api_keep(struct api *a, const char *name, const char *value);
const char *api_kept(struct api *a, const char *name);

/* What is being done, for the error text: "login". */
void api_step(struct api *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- DNS drivers ------------------------------------------------------------------------------ */
struct txt {
	const char *fqdn;        /* "_acme-challenge.www.example.com", no dot at the end */
	const char *value;       /* the TXT value, without quotes */
	const char *zone;        /* "example.com", set when zone() said yes */
	const char *sub;         /* fqdn without the zone: "_acme-challenge.www", "" at the apex */
	const char *zone_id;     /* the driver's: set in zone() */
	int ttl;                 /* 0: the driver's choice */
};

struct dns_driver {
	struct service svc;
	int (*zone)(struct api *a, struct txt *t, const char *name); /* 1 mine, 0 no, -1 failed */
	/* Adds the value beside whatever is at the name. Adding a value that is there is success. */
	int (*add)(struct api *a, struct txt *t);
	/* Removes this value only. A value that is not there is success. */
	int (*rm)(struct api *a, struct txt *t);
	bool no_zones;           /* the service works without a zone: zone() is NULL, sub is fqdn */
	bool one_value;          /* holds one value a name: names are done one after the other */
	int ttl;                 /* lowest TTL that the service takes, for txt.ttl */
	int settle;              /* seconds that its name servers need at least */
};

/* --- signatures (src/sign) -------------------------------------------------------------------- */
/* AWS Signature Version 4 over req (adds its headers); session may be NULL. */
int sign_sigv4(struct api *a, struct api_request *req, const char *key_id, const char *secret,
    const char *session, const char *region, const char *service);
/* Tencent Cloud TC3-HMAC-SHA256. */
int sign_tc3(struct api *a, struct api_request *req, const char *key_id, const char *secret,
    const char *service, const char *action, const char *version, const char *region);
char *hmac_hex(struct api *a, enum hash h, const char *key, const char *text);
char *hmac_b64(struct api *a, enum hash h, const char *key, const char *text);
/* RSA signature (PKCS#1 v1.5) with a PEM key that the user gave as a credential; signed in the
 * keeper. base64. NULL on failure. */
char *sign_rsa(struct api *a, const char *pem, enum hash h, const char *text, size_t n);
/* RS256 JSON Web Token of these claims (a service account's). */
char *sign_jwt_rs256(struct api *a, const char *pem, const char *kid, const cJSON *claims);

#endif
