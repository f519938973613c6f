/* XML-RPC (xmlrpc.com/spec.md): calls made of JSON values, answers turned into them. */
#ifndef XMLRPC_H
#define XMLRPC_H

#include <cJSON.h>

struct arena;
struct xml;

/* The body of a methodCall; params is an array of parameters, or an object as the only one; NULL:
 * none. */
char *xmlrpc_call(struct arena *a, const char *method, const cJSON *params);
/* The value of a methodResponse, or of its fault (an object with faultCode and faultString). NULL
 * when it is no methodResponse. */
cJSON *xmlrpc_answer(struct arena *a, const struct xml *x);

#endif
