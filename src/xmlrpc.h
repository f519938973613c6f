/* XML-RPC (xmlrpc.com/spec.md): calls and answers as JSON values. The call that a driver makes,
 * api_xmlrpc(), is in acme.h. */
#ifndef XMLRPC_H
#define XMLRPC_H

#include "../acme.h"

/* The body of a methodCall; params is an array of parameters, or an object as the only one. */
char *xmlrpc_call(struct arena *a, const char *method, const cJSON *params);
/* The value of a methodResponse; NULL when it is none. *fault is set when it is a <fault>. */
cJSON *xmlrpc_answer(struct arena *a, const struct xml *x, bool *fault);

#endif
