/* Writing and reading the keeper's messages, for both sides. Numbers are big-endian. */
#include "keeper_msg.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "arena.h"
#include "clock.h"

enum { HEAD = 8, SLICE_MS = 1000 };

static const uint32_t no_text = UINT32_MAX; /* a length that no field has */

struct keeper_msg keeper_msg_new(struct arena *a, enum keeper_kind kind, size_t max)
{
	return (struct keeper_msg){ .kind = kind, .body = buf_new(a, max) };
}

static void put_uint(unsigned char *p, size_t n, uint64_t v)
{
	while (n-- > 0) {
		p[n] = (unsigned char)v;
		v >>= 8;
	}
}

static uint64_t get_uint(const unsigned char *p, size_t n)
{
	uint64_t v = 0;
	while (n-- > 0)
		v = v << 8 | *p++;
	return v;
}

/* --- fields --- */
void keeper_put(struct keeper_msg *m, const void *p, size_t n)
{
	unsigned char head[4];
	put_uint(head, sizeof head, n);
	buf_add(&m->body, head, sizeof head);
	if (n > 0)
		buf_add(&m->body, p, n);
}

void keeper_put_text(struct keeper_msg *m, const char *s)
{
	unsigned char head[4];
	if (s) {
		keeper_put(m, s, strlen(s));
		return;
	}
	put_uint(head, sizeof head, no_text);
	buf_add(&m->body, head, sizeof head);
}

void keeper_put_number(struct keeper_msg *m, int64_t v)
{
	unsigned char bytes[8];
	put_uint(bytes, sizeof bytes, (uint64_t)v);
	keeper_put(m, bytes, sizeof bytes);
}

/* A field; with p NULL when it is a text that is not there. */
static struct der get(struct keeper_msg *m)
{
	struct der none = { NULL, 0 };
	if (m->rest.n < 4) {
		m->bad = true;
		return none;
	}
	uint64_t n = get_uint(m->rest.p, 4);
	m->rest = der_bytes(m->rest.p + 4, m->rest.n - 4);
	if (n == no_text)
		return none;
	if (n > m->rest.n) {
		m->bad = true;
		return none;
	}
	struct der field = der_bytes(m->rest.p, (size_t)n);
	m->rest = der_bytes(m->rest.p + n, m->rest.n - (size_t)n);
	return field;
}

struct der keeper_get(struct keeper_msg *m)
{
	struct der field = get(m);
	if (!field.p)
		m->bad = true;
	return field;
}

const char *keeper_get_text(struct arena *a, struct keeper_msg *m)
{
	struct der field = get(m);
	return field.p ? arena_strn(a, (const char *)field.p, field.n) : NULL;
}

int64_t keeper_get_number(struct keeper_msg *m)
{
	struct der field = get(m);
	if (field.n != 8) {
		m->bad = true;
		return 0;
	}
	return (int64_t)get_uint(field.p, 8);
}

/* --- the socket --- */
/* Waits until fd is ready. 0, or -1 with errno. */
static int await(int fd, short events, int64_t deadline, int (*stop)(void))
{
	for (;;) {
		int64_t left = deadline < 0 ? SLICE_MS : deadline - clock_ms();
		struct pollfd p = { .fd = fd, .events = events };
		if (left <= 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		int n = poll(&p, 1, (int)(left < SLICE_MS ? left : SLICE_MS));
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -1;
		if (stop && stop()) {
			errno = EINTR;
			return -1;
		}
	}
}

static int64_t deadline_of(const struct keeper_wait *wait)
{
	return wait->ms < 0 ? -1 : clock_ms() + wait->ms;
}

/* Moves n bytes over the socket, one way or the other. */
static int transfer(int fd, void *p, size_t n, bool out, int64_t deadline, int (*stop)(void))
{
	for (char *at = p; n > 0;) {
		if (await(fd, out ? POLLOUT : POLLIN, deadline, stop) < 0)
			return -1;
		ssize_t moved = out ? send(fd, at, n, MSG_NOSIGNAL | MSG_DONTWAIT)
		                    : recv(fd, at, n, MSG_DONTWAIT);
		if (moved == 0) {
			errno = 0;
			return -1;
		}
		if (moved < 0) {
			if (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK)
				continue;
			return -1;
		}
		at += moved;
		n -= (size_t)moved;
	}
	return 0;
}

int keeper_send(int fd, const struct keeper_msg *m, const struct keeper_wait *wait)
{
	unsigned char head[HEAD];
	int64_t deadline = deadline_of(wait);
	if (m->body.over) {
		errno = EMSGSIZE;
		return -1;
	}
	put_uint(head, 4, m->kind);
	put_uint(head + 4, 4, m->body.len);
	if (transfer(fd, head, sizeof head, true, deadline, wait->stop) < 0)
		return -1;
	return transfer(fd, m->body.data, m->body.len, true, deadline, wait->stop);
}

int keeper_receive(struct arena *a, int fd, size_t max, struct keeper_msg *m,
    const struct keeper_wait *wait)
{
	unsigned char head[HEAD];
	int64_t deadline = deadline_of(wait);
	if (transfer(fd, head, sizeof head, false, deadline, wait->stop) < 0)
		return -1;
	size_t n = (size_t)get_uint(head + 4, 4);
	if (n > max) {
		errno = EMSGSIZE;
		return -1;
	}
	unsigned char *body = arena_alloc(a, n);
	*m = (struct keeper_msg){ .kind = (uint32_t)get_uint(head, 4), .rest = der_bytes(body, n) };
	return transfer(fd, body, n, false, deadline, wait->stop);
}
