/* A scripted CA behind the transport seam of http.h: replies in the order of a table, nonces and
 * the directory by itself, and what was asked kept for the test to look at. */
#ifndef FAKECA_H
#define FAKECA_H

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "b64.h"
#include "buf.h"
#include "error.h"
#include "http.h"
#include "json.h"
#include "keeper.h"
#include "text.h"
#include "wire.h"

#define CA "https://ca.test"
#define PROBLEM "Content-Type: application/problem+json\n"
#define TYPE(name) "\"type\":\"urn:ietf:params:acme:error:" name "\""

/* One reply. The request must be of this method and end in this path, else the test fails. */
struct step {
	const char *what;    /* "POST /new-order"; NULL: the script ends */
	int status;          /* 0: the connection fails */
	const char *headers; /* "Name: value\n..."; NULL: none */
	const char *body;    /* NULL: empty */
};

static struct {
	struct arena *mem;
	struct keeper *keeper;
	struct http *http;
	struct wire wire;
	const struct step *script;
	const char *directory; /* NULL: the usual one */
	const char *bad;       /* first request that was not in the script */
	bool no_nonce;         /* replies carry none */
	bool forever;          /* the script's last step is repeated */
	int requests, fetched; /* all; those for newNonce */
	const char *body;      /* of the last POST */
	const char *payload;   /* of the last signed request, decoded */
	cJSON *head;           /* its protected header */
	struct buf log;        /* "POST /x\n..." of all requests but newNonce */
} fake;

#define DIRECTORY_URLS \
	"\"newNonce\":\"" CA "/nonce\",\"newAccount\":\"" CA "/new-account\"," \
	"\"newOrder\":\"" CA "/new-order\",\"revokeCert\":\"" CA "/revoke\"," \
	"\"keyChange\":\"" CA "/key-change\",\"renewalInfo\":\"" CA "/ari\""

static inline const char *fake_decode(const cJSON *jws, const char *part)
{
	size_t n;
	const char *text = json_str(jws, part);
	return text ? (const char *)b64_decode(fake.mem, text, &n) : NULL;
}

static inline void fake_headers(struct arena *a, struct response *res, const char *lines)
{
	struct strs list = text_split(a, lines ? lines : "", "\n");
	for (size_t i = 0; i < list.n; i++) {
		char *name = arena_str(a, list.v[i]);
		char *colon = strchr(name, ':');
		*colon = '\0';
		header_add(a, &res->headers, name, text_trim(a, colon + 1));
	}
}

/* Each reply to a POST or to newNonce carries a nonce, unless the script gives one. */
static inline void fake_nonce(struct arena *a, struct response *res)
{
	if (!fake.no_nonce && !header_get(&res->headers, "Replay-Nonce"))
		header_add(a, &res->headers, "Replay-Nonce", fmt(a, "n%d", fake.requests));
}

static inline int fake_send(struct http *h, struct arena *a, const struct request *req,
    struct response *res)
{
	bool post = strcmp(req->method, "POST") == 0;
	const struct step *s = fake.script;
	const char *path = text_starts(req->url, CA) ? req->url + strlen(CA) : req->url;
	const char *what = fmt(fake.mem, "%s %s", req->method, path);

	(void)h;
	*res = (struct response){ .status = 200, .url = req->url };
	fake.requests++;
	if (strcmp(path, "/nonce") == 0 && !(s && s->what && text_ends(s->what, "/nonce"))) {
		fake.fetched++;
		fake_nonce(a, res);
		return 0;
	}
	buf_fmt(&fake.log, "%s\n", what);
	if (strcmp(what, "GET /directory") == 0 && !(s && s->what && text_is(s->what, what))) {
		res->body = arena_str(a, fake.directory ? fake.directory : "{" DIRECTORY_URLS "}");
		res->body_len = strlen(res->body);
		return 0;
	}
	if (post) {
		fake.body = arena_strn(fake.mem, req->body, req->body_len);
		const cJSON *jws = json_parse(fake.mem, req->body, req->body_len);
		const char *head = fake_decode(jws, "protected");
		fake.payload = fake_decode(jws, "payload");
		fake.head = head ? json_parse(fake.mem, head, strlen(head)) : NULL;
	}
	if (!s || !s->what || !text_is(s->what, what)) {
		fake.bad = fake.bad ? fake.bad : what;
		return fail(a, "the script has no %s here", what);
	}
	if (!fake.forever || s[1].what)
		fake.script++;
	if (s->status == 0) {
		fail(a, "the connection failed");
		arena_error(a)->transient = true;
		return -1;
	}
	res->status = s->status;
	res->body = arena_str(a, s->body ? s->body : "");
	res->body_len = strlen(res->body);
	fake_headers(a, res, s->headers);
	if (post)
		fake_nonce(a, res);
	return 0;
}

/* Makes the keeper and its key; done once, before anything else. */
static inline void fake_start(void)
{
	fake.mem = arena_new();
	fake.keeper = keeper_start(fake.mem);
	http_transport = fake_send;
	fake.wire.key = keeper_make(fake.keeper, fake.mem, "ec-256");
}

static inline void fake_stop(void)
{
	keeper_stop(fake.keeper);
	arena_drop(fake.mem);
}

/* A conversation that begins with this script, the directory read and an account known, if
 * fake.directory allows. What went wrong is in the arena. */
static inline struct arena *fake_open(const struct step *script)
{
	struct arena *a = arena_new();
	fake.script = script;
	fake.bad = NULL;
	fake.requests = fake.fetched = 0;
	fake.log = buf_new(fake.mem, 0);
	fake.wire.kid = CA "/account/1";
	wire_open(&fake.wire, a, fake.http, fake.keeper, CA "/directory");
	fake.wire.mem = fake.mem;
	return a;
}

/* Whether the script was played to its end, and nothing else was asked. */
static inline bool fake_played(void)
{
	if (fake.bad)
		printf("# not in the script: %s\n", fake.bad);
	else if (fake.script && fake.script->what && !fake.forever)
		printf("# not asked for: %s\n", fake.script->what);
	return !fake.bad && (fake.forever || !fake.script || !fake.script->what);
}

#endif
