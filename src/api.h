/* One conversation with one provider: requests by the service's description, its credentials, its
 * login, its faults in one sentence. The calls themselves are in acme.h, where drivers see them. */
#ifndef API_H
#define API_H

#include "../acme.h"
#include "cred.h"

struct http;
struct keeper;

/* The seam: when set, api_jsonrpc() asks it instead of a WebSocket. */
extern char *(*api_socket_hook)(struct arena *a, const char *url, const char *message);

/* What a conversation needs. The http client's connections are shared; keeper may be NULL where no
 * service signs with RSA. */
struct api_ask {
	const struct service *svc;
	struct http *http;
	struct keeper *keeper;
	struct cred_places places;
};

/* Opens a conversation on an arena of its own (api_arena(), see arena.h), which holds its errors.
 * NULL with a's error set: credentials are missing. */
struct api *api_open(struct arena *a, const struct api_ask *ask);
void api_close(struct api *api);

const struct service *api_service(const struct api *api);
struct creds *api_creds(struct api *api);
struct keeper *api_keeper(const struct api *api);
struct http *api_http(const struct api *api);

/* Whether the last failure left open if the request was carried out: the connection was cut, or
 * the provider said 5xx. */
bool api_unsure(const struct api *api);
/* Makes the conversation usable after a failure that was dealt with. */
void api_recover(struct api *api);

#endif
