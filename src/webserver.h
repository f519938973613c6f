/* The solvers of --nginx and --apache: http-01 (RFC 8555 8.3) through the user's running web
 * server.
 *
 * The answer to a validation follows from the token and the account's thumbprint alone, so a few
 * lines in each server block (virtual host) that may get the request serve every name and token
 * of an order. They are put there before the names are proven and taken away after, with a
 * reload of the server each: no connection is refused meanwhile. A server that answers so by
 * itself is left alone. */
#ifndef WEBSERVER_H
#define WEBSERVER_H

#include <stdbool.h>

#include "solver.h"
#include "webedit.h"

struct arena;
struct run;
struct webserver;

extern const struct solver nginx_solver, apache_solver;

/* Takes away what a run that was cut short (kill -9, power) has left in configurations, and reloads
 * the servers; costs one stat() when there is nothing, and leaves a run that is alive alone. Tells
 * what it does; must not fail loudly. */
void webserver_mend(struct run *r);

/* --- what the two kinds are ------------------------------------------------------------------- */
struct webserver_kind {
	const char
	    *name; /* "nginx"; with a blank and the main file the journal's line of a server */
	/* The program and the main file; w->conf is the user's wish or NULL. */
	int (*find)(struct webserver *w);
	/* Reads the configuration anew, and w->pid_file and w->has_thumbprint from it. */
	int (*look)(struct webserver *w);
	/* Adds what has to be edited for a name (host: as a request names it), and where the server
	 * can be asked for it. -1: no request for the name could ever get there. */
	int (*plan)(struct webserver *w, const char *host);
	int (*test)(struct webserver *w);
	int (*reload)(struct webserver *w);
};
extern const struct webserver_kind nginx_kind, apache_kind;

/* An address at which the server is to answer for a name. */
struct webdoor {
	const char *address; /* of an IP, or a host name */
	bool any;            /* another address of this machine would do as well */
	int port;
	const char *host;
};

/* A running server with its configuration, as one entry of Le_Webroot names it. */
struct webserver {
	struct arena *mem;
	struct run *run;
	const struct webserver_kind *kind;
	const char *entry;
	const char *program;    /* path */
	const char *conf;       /* path of the main file; NULL: what the program takes */
	int port;               /* that requests arrive at */
	const char *thumbprint; /* NULL: not known yet */
	const char *pid_file;
	bool has_thumbprint; /* somewhere in the configuration */
	struct webedits edits;
	struct webdoor *doors;
	size_t n_doors;
	struct strs closed; /* addresses that take no connection from here */
	bool unasked; /* there are doors that we cannot knock at: unix sockets, PROXY protocol */
	bool foreign; /* another user's */
	bool checked, reloaded;
	void *state; /* the kind's own */
	struct webserver *next;
};

/* Runs the program with these arguments, NULL-terminated; *out (may be NULL): what it printed,
 * both outputs. -1: not started, or it ended with a code that is not 0, which is told in its own
 * words. */
int webserver_run(struct webserver *w, const char *const *args, const char **out);
/* address: "*" is every one, "[::1]" has its brackets; "unix:..." cannot be asked. */
void webserver_door(struct webserver *w, const char *address, const char *host);
/* For plan(): no server block or virtual host takes plain requests at the port. */
int webserver_no_way(struct webserver *w, const char *what);

/* Leaves only doors that take a connection, where need be at another address of this machine; the
 * addresses of the others go to w->closed. */
void webserver_try_doors(struct webserver *w);
/* Asks at all doors for a token that was never given. 1: each one has answered rightly for a
 * while (a reload leaves old workers for a moment); 0: not by the deadline (clock_ms; 0: at the
 * first wrong answer), *why says what came; -1: told to end. */
int webserver_answers(const struct webserver *w, int64_t deadline, const char **why);

#endif
