/* Programs run as children: argument vector, environment vector, time limit, captured output.
 * A seam: tests replace proc_run_hook. */
#ifndef PROC_H
#define PROC_H

#include <stdbool.h>
#include <stddef.h>

#include "text.h"

struct arena;

struct proc {
	const char *const *argv; /* argv[0] is looked up in PATH */
	struct strs env;         /* "NAME=value" each; nothing else is inherited */
	const char *dir;         /* working folder, NULL: ours */
	const char *input;       /* bytes for its stdin; NULL: /dev/null, or see inherit_input */
	size_t input_len;
	bool
	    inherit_input; /* leave stdin as it is (hooks that ask); else it gets its own session */
	bool capture;      /* keep stdout in out; else it goes to our stdout */
	bool capture_err;  /* keep stderr in err; else it goes to our stderr */
	size_t max;        /* ceiling of each of out and err; 0: 1 MiB; more is dropped */
	int timeout_ms;    /* 0: 10 minutes. Then SIGTERM, 5 s later SIGKILL, to its group */
	/* filled by proc_run */
	int status; /* exit code, or 128 + signal */
	bool timed_out;
	char *out;
	char *err;
};

/* Runs it to its end. 0 when it was started (look at status), -1 when it could not be. Our own
 * descriptors other than 0, 1, 2 are closed in it. A signal that ends us ends it too; one that is
 * started after the signal is there to clean up and gets its time. With --json what it prints and
 * is not captured goes to stderr. */
int proc_run(struct arena *a, struct proc *p);
extern int (*proc_run_hook)(struct arena *a, struct proc *p);

/* Our environment as a base for children, without values that secret() has registered and without
 * CA_EAB_*, ACME_ENDPOINT_*, ACME_TEST_*; proc_setenv adds or replaces one. */
struct strs proc_environment(struct arena *a);
void proc_setenv(struct arena *a, struct strs *env, const char *name, const char *value);

/* /bin/sh -c line: only for what the user wrote as a shell line. */
int proc_shell(struct arena *a, struct proc *p, const char *line);

/* For a process of our own that was just forked and lives as long as main (keeper, responder):
 * standard input and output become /dev/null, the socket to main becomes PROC_SOCKET, all other
 * descriptors but standard error are closed: no lock, no log, no other process's socket. Signals to
 * the whole group are ignored: main tidies up after them with its help, then ends it. -1: errno. */
enum { PROC_SOCKET = 3 };
int proc_confine(int socket);

/* To be called first of all: where the caller closed descriptor 0, 1 or 2, no file that we open
 * takes its number and gets what is printed. Writing there fails as before. */
void proc_fill_standard(void);

/* The path of a program in PATH (and the sbin folders), or NULL. */
char *proc_which(struct arena *a, const char *name);

/* The path of our own executable. */
char *proc_self(struct arena *a);

#endif
