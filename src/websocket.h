/* WebSocket client (RFC 6455): text messages to and from a service that has no plain HTTP
 * interface. Proxies are not used: what speaks it is an appliance near by. */
#ifndef WEBSOCKET_H
#define WEBSOCKET_H

#include <stdbool.h>

struct arena;
struct http;
struct websocket;

/* Opens ws://host/path or wss://host/path, on the client's terms (roots, address family). NULL with
 * the error. What it allocates is a's, and lives as long as the connection. */
struct websocket *websocket_open(struct arena *a, struct http *h, const char *url, bool unverified);
void websocket_close(struct websocket *w); /* NULL is allowed */
/* The same over a connection that is made and agreed on already (tests); it takes the descriptor. */
struct websocket *websocket_on(struct arena *a, int fd);

/* Sends a text message; receives the next one (at most 4 MiB, within a minute). Pings are answered
 * in between. -1, NULL: failed, also because the other side closed it. */
int websocket_send(struct websocket *w, const char *text);
char *websocket_receive(struct websocket *w);

#endif
