/* JSON-RPC 2.0 (jsonrpc.org/specification) over a WebSocket, for what speaks nothing else. */
#include "api.h"

#include "api_state.h"
#include "arena.h"
#include "clock.h"
#include "error.h"
#include "http.h"
#include "websocket.h"

enum { ANSWER_MS = 180 * 1000 };

char *(*api_socket_hook)(struct arena *a, const char *url, const char *message);

static int open_socket(struct api *a, const char *url)
{
	const char *setting = a->svc->unverified;
	const bool unverified = setting && text_yes(cred_try(a->creds, setting));

	if (a->socket)
		return 0;
	a->socket = websocket_open(a->mem, a->http, url, unverified);
	if (!a->socket && !unverified)
		api_suggest_unverified(a);
	return a->socket ? 0 : -1;
}

/* The answer to request number id. Notifications, which have a method, and late answers are passed
 * over. */
static const cJSON *answer_to(struct api *a, const char *url, const char *text, int id)
{
	const int64_t deadline = clock_ms() + ANSWER_MS;
	const cJSON *reply;

	for (const char *got = text; clock_ms() < deadline; got = NULL) {
		got = api_socket_hook ? api_socket_hook(a->mem, url, text)
		                      : websocket_receive(a->socket);
		if (!got)
			return NULL;
		if (!(reply = json_parse(a->mem, got, strlen(got))))
			return fail_null(a, "the answer is no JSON: %s",
			    text_safe(a->mem, got, 200));
		if (!json_get(reply, "method") && json_int(reply, "id", id) == id)
			return reply;
	}
	return fail_null(a, "no answer within %d s", ANSWER_MS / 1000);
}

/* TrueNAS puts the words for people in data/reason. */
static const cJSON *refused(struct api *a, const cJSON *reply)
{
	const char *reason = json_str(reply, "error/data/reason");

	if (!reason)
		reason = json_str(reply, "error/message");
	fail(a, "%s", text_safe(a->mem, reason ? reason : json_text(a->mem, reply), 300));
	arena_error(a->mem)->code = json_str(reply, "error/code");
	return NULL;
}

const cJSON *api_jsonrpc(struct api *a, const char *url, const char *method, cJSON *params)
{
	const int id = ++a->calls;
	const char *text = json_text(a->mem,
	    json(js("jsonrpc", "2.0"), jn("id", id), js("method", method),
	        jo("params", params ? params : json_list(NULL))));
	const cJSON *reply, *result;

	if (failed(a->mem))
		return NULL;
	if (!api_socket_hook && (open_socket(a, url) || websocket_send(a->socket, text)))
		return NULL;
	if (!(reply = answer_to(a, url, text, id)))
		return NULL;
	result = json_get(reply, "result");
	return result && !json_get(reply, "error") ? result : refused(a, reply);
}
