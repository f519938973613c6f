/* TCP with deadlines: connect to a name over IPv6 and IPv4 (the other family is tried when one
 * hangs, RFC 8305 in small), listen. */
#ifndef NET_H
#define NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct arena;

enum net_family { NET_ANY, NET_V4, NET_V6 };

/* A connected non-blocking socket (CLOEXEC, TCP_NODELAY), or -1: "host:port: what happened", with
 * each address that was tried when there were several. deadline: clock_ms() point. */
int net_connect(struct arena *a, const char *host, int port, enum net_family family,
    int64_t deadline);

/* The seam: when set, the addresses of a name come from here and not from the resolver. */
struct addrinfo;
extern const struct addrinfo *(*net_lookup)(const char *host, int port);

/* Listening sockets for a port: address NULL listens on :: and 0.0.0.0 (both when the machine
 * has both), limited by family. Fills fds (at most max), returns how many or -1. When the port
 * is taken the error says so, who holds it where the system tells (/proc), as "port 80 is taken
 * by nginx (process 123)"; a port under 1024 without the right to it is told with its remedies. */
int net_listen(struct arena *a, const char *address, int port, enum net_family family, int *fds,
    int max);

/* Who listens on a port, as "nginx (process 123)"; NULL when the system does not tell. */
const char *net_port_holder(struct arena *a, int port);

/* Waits until fd is ready for events (POLLIN, POLLOUT). 1 ready, 0 deadline passed, -1 told to end. */
int net_wait(int fd, short events, int64_t deadline);

/* Sends n bytes over a non-blocking socket. 0, or -1 with the error. */
int net_write(struct arena *a, int fd, const void *p, size_t n, int64_t deadline);

/* "192.0.2.1" or "2001:db8::1" of a socket address. */
const char *net_address(struct arena *a, const struct sockaddr *sa);

#endif
