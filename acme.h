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
#include <string.h>

#include "arena.h"
#include "b64.h"
#include "buf.h"
#include "clock.h"
#include "error.h"
#include "hash.h"
#include "json.h"
#include "log.h"
#include "mail.h"
#include "text.h"
#include "xml.h"

/* One conversation with one provider: arena, connection, credentials, login. fmt(a, ...),
 * fail(a, ...) and remedy(a, ...) take it as they take an arena. */
struct api;
struct headers;

/* What a provider answered. */
struct reply {
	int status;
	bool missing;     /* api_probe, api_delete: there is no such thing */
	const char *body; /* NUL-terminated */
	size_t len;
	const cJSON *json;             /* NULL when the body is no JSON */
	const struct xml *xml;         /* NULL when it is no XML */
	const struct headers *headers; /* for reply_header() */
};

/* 0 when r is a reply, -1 when it is NULL (the error is recorded). */
static inline int ok(const struct reply *r)
{
	return r ? 0 : -1;
}

/* What zone() returns for the reply of an api_probe: 1 there, 0 not, -1 failed. */
static inline int found(const struct reply *r)
{
	return r ? !r->missing : -1;
}

/* A header of the reply, NULL when it is not there. */
const char *reply_header(const struct reply *r, const char *name);
/* A text that must be in the JSON or XML of the reply; else NULL, with an error that quotes it. */
const char *reply_str(struct api *a, const struct reply *r, const char *path);
/* For a service that says "no" in some other way than .fault knows: fails with what the reply says,
 * its message or the text of its page. -1. */
int reply_refused(struct api *a, const struct reply *r);

/* --- credentials ------------------------------------------------------------------------------
 * One row, six uses: looked up (environment, certificate's conf, SAVED_<name> and <name> in
 * account.conf, default; the environment wins), saved, shown by --dns-help, printed in the README,
 * named when missing, kept out of what is printed. Rows of the same way (1, 2, ...) belong
 * together: the first way that is complete is used; rows with way 0 belong to all. A deploy hook's
 * rows are its settings too: SAVED_<name> in the certificate's conf, <name> there when PER_DOMAIN. */
enum {
	SECRET = 1,
	OPTIONAL = 2,
	PER_DOMAIN = 4, /* saved in the certificate's conf */
	BINDS = 8,      /* PER_DOMAIN, and when it is set so are all the others (CF_Zone_ID) */
	UNSAVED = 16,
	PASSING = 32,   /* UNSAVED, and when it is set so are all the others (a session token) */
	IN_ACCOUNT = 64 /* a deploy hook's: saved in account.conf, for all certificates */
};
struct cred {
	const char *name;
	const char *help; /* what it is, in a few words: "API token", "user name" */
	unsigned flags;
	int way;
	const char *dflt;
	const char *also; /* other names that it is found under: "LINODE_V4_API_KEY|linode_key" */
};
/* The value, or NULL when it is not set (optional ones, other ways). */
const char *cred(struct api *a, const char *name);
/* The value as a number, dflt when it is not set or none. */
int cred_int(struct api *a, const char *name, int dflt);
/* Remembers a value that the provider gave (a token, a registration) under a row's name, on disk. */
int cred_put(struct api *a, const char *name, const char *value);

/* --- the service ------------------------------------------------------------------------------ */
/* A header or parameter of each request. Its value is that of a credential or of an api_keep()
 * value, perhaps within a format ("sso-key %s"); it is left out while that is not set. Without
 * .cred the format itself is the value. */
struct named_row {
	const char *name; /* "X-Auth-Email" */
	const char *cred;
	const char *format;
};

/* Where things stand in replies. Paths are those of json_get() or xml_get(); "" is the whole body
 * of a plain text reply. Several alternatives: "errors/0/message|message". */
struct fault {
	const char *text;     /* the provider's message; the usual members are found without;
	                         ":reason" is what stands behind the status */
	const char *code;     /* its error code */
	const char *ok;       /* what tells success in a reply with status 200 ... */
	const char *ok_value; /* ... when its text is this ("1|success"); NULL: when it is there */
	const char *exists;   /* codes, or words of the message, of "the record is there already" */
	const char *missing;  /* of "there is no such zone, record", besides status 404 */
	const char *busy;     /* of "ask again in a moment", besides 429 and 503 */
};

struct api_request;
struct service {
	const char *name;     /* "dns_cf" */
	const char *title;    /* "Cloudflare" */
	const char *site;     /* "cloudflare.com" */
	const char *docs;     /* API page */
	const char *base;     /* "https://api.example/v2"; "{X_Url}/v1" takes a credential */
	const char *bearer;   /* credential or kept value sent as Authorization: Bearer */
	const char *basic[2]; /* credentials sent as Authorization: Basic */
	struct named_row headers[4];
	struct named_row params[6]; /* in each query; in the body where it is a form */
	const char *accept;         /* NULL: application/json, and replies that are none are faults;
	                            a type with xml in it: the same with XML; "text/plain": no such test */
	bool cookies;               /* keeps the service's cookies for the conversation */
	struct fault fault;
	struct cred creds[16];
	bool keyless; /* no way need be complete: there may be a role of the machine */
	/* The setting (with a row in creds) that is "1" where the server's certificate is not to be
	 * verified: an appliance that has none of its own yet. */
	const char *unverified;
	int (*login)(struct api *a);                         /* once, before the first request */
	int (*sign)(struct api *a, struct api_request *req); /* each request, last of all */
	int pause_ms;            /* between requests, where the provider asks for it */
	const char *permissions; /* what the credentials must be allowed, for --dns-help */
	const char *notes;       /* more for --dns-help */
	const char *gone;        /* the service has closed: a sentence about it and what to use */
};

/* --- requests --------------------------------------------------------------------------------
 * path is appended to base unless it is a whole URL. Each returns the reply, or NULL with the
 * error: no connection, a status of 300 or more, a fault in the reply, HTML instead of JSON.
 * 429 and 503 are repeated as Retry-After says (within a minute), a GET once after a cut connection
 * or a 5xx. After a failure nothing more is sent. */
struct reply *api_get(struct api *a, const char *path);
struct reply *api_post(struct api *a, const char *path, const cJSON *body);
struct reply *api_put(struct api *a, const char *path, const cJSON *body);
struct reply *api_patch(struct api *a, const char *path, const cJSON *body);
/* 404 is success here: what is to be deleted is not there. */
struct reply *api_delete(struct api *a, const char *path);
/* A GET that may find nothing: then (404, or as fault.missing says) reply.missing is set. */
struct reply *api_probe(struct api *a, const char *path);
/* POST of a form; pairs ends with NULL: name, value, ... A NULL value leaves its pair out. */
struct reply *api_form(struct api *a, const char *path, const char *const *pairs);
#define API_FORM "application/x-www-form-urlencoded"
#define form(...) ((const char *const[]){ __VA_ARGS__, NULL, NULL })

/* Anything else. */
struct api_request {
	const char *method; /* NULL: GET */
	const char *url;    /* path or whole URL; whole, with its query, when sign() sees it */
	const char *body;   /* NULL: none */
	size_t body_len;    /* 0: strlen(body) */
	const char *type;   /* Content-Type of the body; NULL: application/json */
	struct {
		const char *name, *value;
	} headers[24];
	size_t n_headers;
	bool any_status; /* return the reply whatever it says */
	bool probe;      /* "missing" is no error */
	bool once;       /* a GET that changes something: never repeated */
	bool no_auth;    /* without bearer, basic, header and parameter rows (login) */
	bool no_sign;
	bool no_redirect;  /* return a 3xx as it is */
	bool confidential; /* the reply holds secrets (those to a login() are always taken so) */
	int seconds;       /* that the whole exchange may take; 0: 180 */
};
struct reply *api_send(struct api *a, const struct api_request *req);
/* Adds a header; one of that name which is there stays, and a NULL value adds nothing. */
void api_header(struct api_request *req, const char *name, const char *value);
/* "a=b&c=d", escaped; pairs as above. query(): with "?" in front. */
char *form_text(struct api *a, const char *const *pairs);
#define query(a, ...) fmt(a, "?%s", form_text(a, form(__VA_ARGS__)))
/* Percent-encodes one value. */
char *escape(struct api *a, const char *s);
/* The base URL from here on, for a login() that learns it; slashes at its end do not count. */
void api_base(struct api *a, const char *base);

/* All pages of a listing as one JSON array (of XML elements too, which become objects), fetched once a conversation (kept by path); so a zone()
 * that lists all zones and looks for a name among them costs one listing. NULL: failed. */
struct pages {
	const char *path;  /* without the page parameters */
	const char *items; /* path of the array in each reply, "" for the reply itself */
	const char *size;  /* parameter of the page size, NULL: none */
	int per_page;      /* what is asked for */
	/* How the next page is asked for; one of these, or none for a listing without pages. */
	const char *page;   /* parameter of the page's number, from 1 on ... */
	bool from_zero;     /* ... or from 0 on */
	const char *offset; /* parameter of the number of items to skip */
	const char
	    *next; /* path of the next page's URL or token in each reply; "Link": that header */
	const char *token; /* parameter that takes that token; NULL: it is a URL */
	/* When it ends, for page and offset. Without them a page shorter than per_page is the last. */
	const char *total; /* path of the number of items in all */
	const char *last;  /* path of the number of pages */
	bool fresh;        /* ask again (records, which change) */
};
const cJSON *api_pages(struct api *a, const struct pages *p);
/* The same for names of zones whose listing is no GET of JSON: page() adds those of a page (number:
 * from 1 on) and sets *total to how many there are in all, which is 0 where that is not told, and
 * this page then the last. Asked for once a conversation. NULL: failed. */
const struct strs *api_names(struct api *a,
    int (*page)(struct api *a, int number, struct strs *names, long long *total));

/* Values that the functions of one conversation share ("token", "session"); rows of the service
 * (bearer, headers, params) may name them. NULL: not kept. api_keep_secret: not to be printed. */
void api_keep(struct api *a, const char *name, const char *value);
void api_keep_secret(struct api *a, const char *name, const char *value);
const char *api_kept(struct api *a, const char *name);

/* What is being done, for the error text: "login". The core has set it before each function of the
 * driver; only other steps need it. */
void api_step(struct api *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Waits (polling a change that takes time). -1 when interrupted. */
int api_wait(struct api *a, int ms);
/* Reads a small file that a credential names. NULL: failed. */
char *api_file(struct api *a, const char *path, size_t *len);

/* multipart/form-data (RFC 7578); parts end with one without name. */
struct part {
	const char *name, *value;
	size_t len;           /* 0: strlen(value) */
	const char *filename; /* NULL: a plain field */
	const char *type;     /* Content-Type of a file; NULL: application/octet-stream */
};
struct reply *api_multipart(struct api *a, const char *path, const struct part *parts);

/* XML-RPC: params is a JSON array of parameters, or an object as the only one. The reply's
 * json is the answer's value; a <fault> fails. */
struct reply *api_xmlrpc(struct api *a, const char *path, const char *method, const cJSON *params);

/* JSON-RPC 2.0 over a WebSocket (ws://, wss://), which stays open for the conversation: the result,
 * NULL: failed, in the service's words. params: an array, or NULL. */
const cJSON *api_jsonrpc(struct api *a, const char *url, const char *method, cJSON *params);

/* --- DNS drivers ------------------------------------------------------------------------------ */
struct txt {
	const char *fqdn;    /* "_acme-challenge.www.example.com": lower case, no dot at the end */
	const char *value;   /* the TXT value, without quotes */
	const char *zone;    /* "example.com", set when zone() said yes */
	const char *sub;     /* fqdn without the zone: "_acme-challenge.www", "" at the apex */
	const char *zone_id; /* the driver's: set in zone() */
	int ttl;             /* the driver's .ttl, else 120 */
};

struct dns_driver {
	struct service svc;
	/* Is name ("www.example.com") a zone of this account? 1 yes, 0 no, -1 failed. Called from the
	 * full name upwards until one says yes; each name is asked once a conversation. */
	int (*zone)(struct api *a, struct txt *t, const char *name);
	/* Adds the value beside whatever is at the name. A value that is there already is success. */
	int (*add)(struct api *a, struct txt *t);
	/* Removes this value only, each record of it. A value that is not there is success. */
	int (*rm)(struct api *a, struct txt *t);
	/* Only for services that would make a second record of the same value: 1 when the value is
	 * there, 0 not, -1 failed. After a cut connection or a 5xx the core calls add() again only when
	 * this says 0. NULL: adding twice does no harm. */
	int (*find)(struct api *a, struct txt *t);
	bool no_zones;  /* the service works without a zone: zone() is NULL, sub is fqdn */
	bool one_value; /* holds one value a name: names are done one after the other */
	bool live;      /* tested with a real server, not with a fixture only */
	int ttl;        /* TTL of the records; as low as the service takes. 0: 120 */
	int settle;     /* seconds that its name servers need at least */
};

/* sub, or what the service calls the apex ("@"). */
static inline const char *sub_or(const struct txt *t, const char *apex)
{
	return *t->sub ? t->sub : apex;
}

/* Names are equal whatever their letter case and final dot. */
bool same_name(const char *a, const char *b);
/* Whether a listed TXT value is this one: quoted, unquoted, or in several quoted pieces. */
bool same_txt(const char *listed, const char *value);
/* "\"value\"". */
char *quoted(struct api *a, const char *value);
/* TXT sets that are read, changed and written back as a whole: the texts of an array (key "" where
 * they are its items, else that member of each), ... */
struct strs texts_of(struct api *a, const cJSON *list, const char *key);
/* ... with value added in the written form (quoted() or bare), or taken out; false when there is
 * nothing to change, ... */
bool texts_add(struct api *a, struct strs *texts, const char *value, const char *written);
bool texts_rm(struct strs *texts, const char *value);
/* ... and as an array of strings. */
cJSON *texts_json(struct strs texts);
/* Of the array at path the first object whose member key is this name. */
const cJSON *find_name(const cJSON *j, const char *path, const char *key, const char *name);
/* In an array of records the first one behind after (NULL: of all) that is t's: its type is TXT
 * (if it tells), its name fqdn or sub ("@", "" or the zone at the apex; name_key NULL: not
 * compared), its value t's. */
const cJSON *find_txt(const cJSON *records, const cJSON *after, const struct txt *t,
    const char *name_key, const char *value_key);
/* What most find() do: 1 when there is such a record, 0, -1 when records is NULL. */
int has_txt(const cJSON *records, const struct txt *t, const char *name_key, const char *value_key);
/* What most rm() do: remove(), or DELETE path/ID, for each record that find_txt() finds. */
int rm_txt(struct api *a, const cJSON *records, const struct txt *t, const char *name_key,
    const char *value_key, const char *id_key,
    int (*remove)(struct api *a, const struct txt *t, const char *id));
int delete_txt(struct api *a, const cJSON *records, const struct txt *t, const char *name_key,
    const char *value_key, const char *id_key, const char *path);

/* --- notification hooks ------------------------------------------------------------------------ */
struct notice {
	const char *subject, *text; /* one line, several lines */
	enum { NOTICE_GOOD, NOTICE_ERROR, NOTICE_SKIPPED } kind;
	const char *host;  /* this machine, or --notify-source */
	const char *email; /* the account's, NULL: none */
	struct strs env;   /* that programs get */
};

/* The text, or the beginning of it with "..." behind: at most max bytes, of whole characters. The
 * limit of a service that counts characters will do: bytes are never fewer. */
const char *shorten(struct api *a, const char *text, size_t max);
/* The text with a backslash in front of each of these characters, for Markdown. */
const char *backslashed(struct api *a, const char *text, const char *chars);
/* The text with & < > as entities. */
const char *html_escaped(struct api *a, const char *text);
/* "[keyword]" (NULL: none), subject and text, one below the other, shortened: for chat robots that
 * let pass only what has their keyword in it. */
const char *notice_text(struct api *a, const struct notice *n, const char *keyword, size_t max);

/* notify/x.c defines `const struct notify_hook notify_x`; svc.name is "x". */
struct notify_hook {
	struct service svc;
	int (*send)(struct api *a, const struct notice *n);
	bool live; /* tested with the real program, not with a fixture only */
};

/* --- deploy hooks ------------------------------------------------------------------------------
 * A hook runs in a process of its own, the only one besides the keeper that sees the private key. */
struct deployment {
	const char *domain; /* "*.example.com" */
	const char *name;   /* the same as a file's name: "_.example.com" */
	struct strs names;  /* all names of the certificate */
	bool ecc;
	/* PEM texts; chain: what the CA sent behind the certificate, "" when that was nothing. */
	const char *key, *cert, *chain, *fullchain;
	const char *key_path, *cert_path, *chain_path, *fullchain_path;
	const char *pfx_path; /* --to-pkcs12 has made it, or not */
	int64_t not_after;    /* when the certificate ends */
	const char *folder;   /* the certificate's, for files of the hook's own */
	struct strs env;      /* that programs and the user's shell lines get */
};

/* deploy/x.c defines `const struct deploy_hook deploy_x`; svc.name is "x". */
struct deploy_hook {
	struct service svc; /* .base NULL: nothing is asked over HTTP */
	int (*deploy)(struct api *a, const struct deployment *d);
	bool live; /* tested with the real program, not with a fixture only */
};

/* Runs another hook, compiled in or a program of the user's, with settings ("NAME=value") that go before
 * the environment and are not saved (src/deploy.c). */
int deploy_by(struct api *a, const struct deployment *d, const char *hook, struct strs settings);

/* What only deploy and notification hooks do: on this machine (src/local.c). */

/* For several targets that are all tried: to be called after each that failed. The first failure is kept,
 * a later one told at once; first_failure() makes it the hook's: 0 when there was none, else -1. */
void set_aside(struct api *a, struct error *first);
int first_failure(struct api *a, const struct error *first);

/* Replaces a file as a whole. One that is there keeps owner and mode; mode is for a new one: 0600
 * for what holds the key. */
int put_file(struct api *a, const char *path, const void *p, size_t n, unsigned mode);
int put_text(struct api *a, const char *path, const char *text, unsigned mode);
/* A text on its way to a file, here or elsewhere; path NULL: not wanted. */
struct copy {
	const char *path, *text;
	unsigned mode; /* of a new file */
};
/* Copies that go to the same file become one, in their order and with the stricter mode; what another of
 * them has within it (the certificate that the full chain begins with) is not in it twice. Returns how
 * many are left, the wanted ones, from the start of the list. */
size_t join_copies(struct api *a, struct copy *copies, size_t n);
/* Runs a program found in PATH, without a shell, for at most 10 minutes. input: its standard input,
 * NULL none. NULL with the error, which quotes what it said, unless it ends with exit code 0; else
 * what it printed on standard output. Secrets go into input, never into arguments. */
char *run_program(struct api *a, struct strs env, const char *const *arguments, const char *input);
#define arguments(...) ((const char *const[]){ __VA_ARGS__, NULL })
bool have_program(struct api *a, const char *name);
/* A server on this machine that is told in its configuration file where key and certificate are. */
struct server_setup {
	const char *key, *fullchain; /* files for them; their folder is made */
	const char *conf;            /* its configuration file, of lines NAME=VALUE */
	struct named_value {
		const char *name, *value;
	} options[4];
	const char *before; /* new lines stand before one that begins so; NULL: at the end */
	const char *reload; /* shell line of the user's */
};
/* Writes the files, sets the options where they are others (the file as it was goes to the backup folder
 * of the certificate) and reloads; when that fails the configuration becomes what it was. */
int setup_server(struct api *a, const struct deployment *d, const struct server_setup *s);
/* Runs a line that the user wrote as shell (a reload command), by /bin/sh -c. */
int run_line(struct api *a, struct strs env, const char *line);
/* The words of "ssh -T -p 22", as a shell would split it; nothing is expanded. */
static inline struct strs words(struct api *a, const char *line)
{
	return text_words(api_arena(a), line);
}
/* Says n bytes to a socket ("/run/x.sock", "unix@/run/x.sock", "host:port") and returns all that
 * comes back until the other side closes, within a minute. NULL: failed. */
char *talk(struct api *a, const char *address, const void *p, size_t n, size_t *len);
/* Hands a mail to an SMTP server (mail.h has both structs); mail_text() is what a mailer program takes.
 * 0 when at least one recipient gets it; those that the server refuses are told in a warning. Its
 * certificate is verified as all are (--ca-bundle, --insecure, svc.unverified). */
int send_mail(struct api *a, const struct mail_server *server, const struct mail *m);
/* The machine that a setting names; else, when that is not set, the certificate's first name. NULL
 * with the error when that is a wildcard. */
const char *host_or_domain(struct api *a, const struct deployment *d, const char *setting);
/* n random letters and digits, not to be printed: a password that only this run knows. */
char *random_text(struct api *a, size_t n);
/* The certificate as PKCS#12, made by the keeper. legacy: with RC2/3DES, for old software. */
char *pkcs12_of(struct api *a, const struct deployment *d, const char *password, bool legacy,
    size_t *len);

/* --- signatures (src/sign) -------------------------------------------------------------------- */
/* For service.sign. AWS Signature Version 4 over req (adds its headers); session may be NULL. */
int sign_sigv4(struct api *a, struct api_request *req, const char *key_id, const char *secret_key,
    const char *session, const char *region, const char *service);
/* The same for a keyless service with AWS_CREDS among its rows and aws_login as its .login: with the
 * keys that are given, else with those of the role that the container or machine (EC2) has. */
#define AWS_CREDS \
	{ "AWS_ACCESS_KEY_ID", "access key", 0, 1, NULL, NULL }, \
	    { "AWS_SECRET_ACCESS_KEY", "its secret", SECRET, 1, NULL, NULL }, \
	    { "AWS_SESSION_TOKEN", "session token of temporary keys", SECRET | OPTIONAL | PASSING, \
		    1, NULL, NULL }, \
	{ \
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "set by the container service", \
		    OPTIONAL | UNSAVED, 0, NULL, NULL \
	}
int aws_login(struct api *a);
int aws_sign(struct api *a, struct api_request *req, const char *region, const char *service);
/* Tencent Cloud TC3-HMAC-SHA256 (a POST with a JSON body). */
int sign_tc3(struct api *a, struct api_request *req, const char *key_id, const char *secret_key,
    const char *service, const char *action, const char *version, const char *region);
/* Alibaba Cloud RPC signature (HMAC-SHA1) over the query and a form, put into the query with what all
 * its requests have. */
int sign_aliyun(struct api *a, struct api_request *req, const char *key_id, const char *secret,
    const char *version);
char *hmac_hex(struct api *a, enum hash h, const char *key, const char *text);
char *hmac_b64(struct api *a, enum hash h, const char *key, const char *text);
/* The one-time password of now (RFC 6238: six digits, 30 seconds, HMAC-SHA1) of a base32 secret. */
char *totp(struct api *a, const char *secret_key);
/* RSA signature (PKCS#1 v1.5) with a PEM key that the user gave as a credential, made in the
 * keeper. base64. NULL on failure. */
char *sign_rsa(struct api *a, const char *pem, enum hash h, const char *text, size_t n);
/* RS256 JSON Web Token of these claims (a service account's); kid may be NULL. */
char *sign_jwt_rs256(struct api *a, const char *pem, const char *kid, const cJSON *claims);
/* The key's public half as SubjectPublicKeyInfo (Oracle's fingerprint is its MD5). NULL: failed. */
const unsigned char *sign_rsa_public(struct api *a, const char *pem, size_t *len);

#endif
