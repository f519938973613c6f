/* Stateless mode: nothing is put anywhere for a validation (RFC 8555 8.3: the answer is the token,
 * a dot, and a thumbprint that never changes), so nothing needs rights on the web server. */
#include "stateless.h"

#include "arena.h"
#include "file.h"
#include "log.h"
#include "text.h"

static const char snippets[] =
    "# nginx, in the server block of port 80:\n"
    "location ~ \"^/\\.well-known/acme-challenge/([-_a-zA-Z0-9]+)$\" {\n"
    "\tdefault_type text/plain;\n"
    "\treturn 200 \"$1.THUMBPRINT\";\n"
    "}\n"
    "\n"
    "# Apache 2.4.13 or later, in the virtual host of port 80; needs mod_rewrite:\n"
    "<LocationMatch \"^/\\.well-known/acme-challenge/(?<challenge>[-_a-zA-Z0-9]+)$\">\n"
    "\tRewriteEngine On\n"
    "\tRewriteRule ^ - [L,R=200]\n"
    "\tErrorDocument 200 \"%{ENV:MATCH_CHALLENGE}.THUMBPRINT\"\n"
    "</LocationMatch>\n"
    "\n"
    "# HAProxy 2.2 or later, in the frontend of port 80:\n"
    "http-request return status 200 content-type text/plain"
    " lf-string \"%[path,field(4,/)].THUMBPRINT\""
    " if { path_reg ^/\\.well-known/acme-challenge/[-_a-zA-Z0-9]+$ }\n";

char *stateless_snippets(struct arena *a, const char *thumbprint)
{
	return text_replace(a, snippets, "THUMBPRINT", thumbprint);
}

static bool takes(const char *entry)
{
	return text_is(entry, "stateless");
}

/* The first certificate of a name comes with what its web server needs, once a run. */
static int present(struct solving *s, struct task *t)
{
	static bool told;
	(void)t;
	if (!told && !file_exists(file_join(s->mem, s->dir, "fullchain.cer")))
		info("The web server has to answer the CA by itself. If it does not yet, add:\n%s",
		    stateless_snippets(s->mem, s->thumbprint));
	told = true;
	return 0;
}

const struct solver stateless_solver = {
	.type = "http-01",
	.title = "Stateless mode.",
	.option = "--stateless",
	.takes = takes,
	.present = present,
};
