/* The other side of a replayed fixture: a stand-in for the service behind the seams of the http client,
 * of programs and of sockets. It answers by the fixture's rules and remembers what it was asked. */
#ifndef REPLAY_MOCK_H
#define REPLAY_MOCK_H

#include <stdbool.h>

#include "../acme.h"

/* Puts itself behind the seams. */
void mock_install(bool verbose);
/* A fixture begins: memory, and the fixture itself. */
void mock_fixture(struct arena *a, const cJSON *fixture);
/* An operation begins, which these rules answer. */
void mock_rules(const cJSON *rules);

/* How many requests there were since. */
size_t mock_count(void);
/* What is wrong with them by the fixture's expect.OP; NULL: nothing. */
const char *mock_judge(const char *op);
/* Whether the fixture wants the operation done; else it must only do no harm. */
bool mock_is_strict(const char *op);
/* Whether text matches a "re:..." or is equal. */
bool mock_text_fits(const char *want, const char *text);
/* Prints them as comments; writes them to $REPLAY_LOG/NAME.jsonl when that is set. */
void mock_show(void);
void mock_log(const char *name);

#endif
