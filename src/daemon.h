/* Our own scheduler, in the foreground: for containers and for systems without cron. */
#ifndef DAEMON_H
#define DAEMON_H

#include <stdint.h>

struct daemon {
	int64_t shortest; /* seconds between two rounds, at least ... */
	int64_t longest;  /* ... and at most */
	int64_t repeat;   /* after a round that could not be made */
	void *ctx;
	/* A round, in a child process, so that the daemon's own memory stays as it is: 0 with the
	 * time of the next renewal (0: none), -1 when nothing could be done. */
	int (*round)(void *ctx, int64_t *next);
};

/* When the next round is to be, from what the last one told: at the next renewal's time, but not
 * before the shortest and not after the longest time; draw, a random number, takes up to a
 * twentieth off the longest one, so that not all the world asks at the same hour. */
int64_t daemon_next(const struct daemon *d, int64_t now, int64_t due, uint32_t draw);

/* Rounds until the program is told to end (SIGTERM, SIGINT): 0. SIGHUP means a round now. */
int daemon_run(const struct daemon *d);

#endif
