/* Several jobs at a time, each in a child process of its own, so that what one does or dies of is
 * its own affair. What a job prints comes out in one piece when it has ended. */
#ifndef CREW_H
#define CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CREW_MAX = 64 };

/* What a job leaves behind. */
struct report {
	int code;        /* 0: done */
	int64_t number;  /* means what the two sides agree on */
	char text[1000]; /* why it failed */
};

struct crew {
	unsigned limit; /* jobs at a time, 1..CREW_MAX; a single one prints as it goes */
	int64_t job_ms; /* what each may take: then SIGTERM, a minute later SIGKILL; 0: no limit */
	void *ctx;
	/* In the caller, before the fork: false leaves the job out. *fd goes to the child and is
	 * closed here then. NULL: nothing to prepare. */
	bool (*begin)(void *ctx, size_t job, int *fd);
	/* In the child, which ends when this returns. */
	void (*work)(void *ctx, size_t job, int fd, struct report *out);
	/* In the caller, in the order in which they end; a job that crashed or could not be started
	 * has code 1 and a text. */
	void (*done)(void *ctx, size_t job, const struct report *report);
};

/* Does the jobs 0 to n-1. When the program is told to end no more are begun, and those that run
 * are told and get a minute to clean up: -1. */
int crew_run(const struct crew *c, size_t n);

#endif
