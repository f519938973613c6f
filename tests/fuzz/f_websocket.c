/* What a server sends over a WebSocket: any bytes come out as messages, of no more bytes than came
 * in, until one is refused or they end. */
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arena.h"
#include "error.h"
#include "websocket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIZE_MAX_HERE = 16384 }; /* that a socket takes without a reader */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	size_t total = 0;
	const char *message;
	int pair[2];

	if (size > SIZE_MAX_HERE)
		size = SIZE_MAX_HERE;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return 0;
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	const ssize_t sent = send(pair[1], data, size, MSG_NOSIGNAL);
	assert(sent == (ssize_t)size);
	shutdown(pair[1], SHUT_WR);
	struct websocket *w = websocket_on(a, pair[0]);
	while ((message = websocket_receive(w))) {
		char drop[4096];
		total += strlen(message);
		while (recv(pair[1], drop, sizeof drop, MSG_DONTWAIT) > 0)
			; /* pongs */
	}
	assert(total <= size && failed(a));
	websocket_close(w);
	close(pair[1]);
	arena_drop(a);
	return 0;
}
