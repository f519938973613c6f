/* What the parts of the api module share. */
#ifndef API_STATE_H
#define API_STATE_H

#include "api.h"
#include "httpmsg.h"

struct websocket;

struct kept {
	const char *name, *value;
	struct kept *next;
};

struct listing {
	const char *path;
	const cJSON *items;
	struct listing *next;
};

struct api {
	struct arena *mem;
	const struct service *svc;
	struct http *http;
	struct keeper *keeper;
	struct creds *creds;
	const char *base; /* NULL: not yet made of the service's */
	enum { LOGIN_DUE, LOGIN_RUNNING, LOGIN_DONE } login;
	int64_t login_ms;        /* when that was (clock_ms) */
	struct kept *kept, *jar; /* values of the driver; cookies */
	struct listing *listings;
	const struct strs *names; /* of all zones; NULL: not asked for */
	int64_t last_ms;          /* when the last request ended, for the service's pause */
	int waited;               /* seconds waited because the provider asked for it */
	bool unsure;
	struct websocket *socket; /* of api_jsonrpc */
	int calls;                /* numbers its requests */
};

/* api.c: after a failed handshake, tells of the setting that does without the server's certificate. */
void api_suggest_unverified(struct api *a);

/* api_auth.c: the URL, headers and parameters that each request of the service has. */
const char *api_url(struct api *a, const char *path);
int api_authorize(struct api *a, struct api_request *req);
void api_params(struct api *a, struct api_request *req);
/* Whether url is on the same host as the service. */
bool api_at_home(struct api *a, const char *url);
void api_take_cookies(struct api *a, const struct headers *h);

/* api_fault.c: what a reply says. */
enum verdict { FINE, MISSING, EXISTS, BUSY, FAULT };
enum verdict api_verdict(struct api *a, const struct api_request *req, struct reply *r);
/* Records the fault of r. */
struct reply *api_fault(struct api *a, const struct reply *r);
/* The text at path in a reply, whatever it is written in; path "" is a plain body. */
const char *api_text(struct api *a, const struct reply *r, const char *path);
/* Records that a reply is not of the expected shape. */
struct reply *api_odd(struct api *a, const struct reply *r, const char *what);

#endif
