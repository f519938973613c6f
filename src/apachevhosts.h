/* What Apache says about its virtual hosts (httpd -t -D DUMP_VHOSTS ...): there is no parser of its
 * configuration here, Apache's own is asked. And where a virtual host's lines begin and end. */
#ifndef APACHEVHOSTS_H
#define APACHEVHOSTS_H

#include <stdbool.h>
#include <stddef.h>

#include "text.h"

struct arena;

struct apache_vhost {
	const char *address; /* "*", "192.0.2.1", "[::1]" */
	int port;            /* 0: every one */
	struct strs names;   /* ServerName and aliases, * and ? allowed */
	const char *file;    /* NULL: it is made by a macro */
	unsigned line;       /* the last one of its <VirtualHost ...> */
	bool is_default;     /* of its address */
};

struct apache_dump {
	struct apache_vhost *vhosts;
	size_t n;
	const char *pid_file;  /* NULL: not told */
	const char *main_file; /* the main configuration file; NULL: not told */
	struct strs files;     /* of the configuration */
	struct strs modules;   /* "alias_module" */
};

/* text: what DUMP_VHOSTS, DUMP_RUN_CFG, DUMP_INCLUDES and DUMP_MODULES print together. */
void apachevhosts_read(struct arena *a, const char *text, struct apache_dump *out);

/* The virtual hosts that may get a request for this Host at this port: of each address those
 * with the name, else its default. *main_server: it may get there, too. */
struct apache_vhosts {
	const struct apache_vhost **v;
	size_t n;
};
struct apache_vhosts apachevhosts_for(struct arena *a, const struct apache_dump *d,
    const char *host, int port, bool *main_server);

/* Offsets of the ends of the line that opens the virtual host and of the one before its
 * </VirtualHost>, before their newlines. -1: there are no such lines. */
int apachevhosts_span(const char *text, size_t n, unsigned line, size_t *top, size_t *bottom);

#endif
