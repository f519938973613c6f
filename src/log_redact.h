/* Secrets and how they are kept out of what is printed; escaping for JSON, which both need. */
#ifndef LOG_REDACT_H
#define LOG_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/* Registers value with the forms in which it travels: as it is, percent-encoded, base64, escaped
 * for JSON. Fewer than 5 bytes are not registered: they would hide half of the text. */
void redact_add(const char *value);

/* Whether value is a registered secret, as it stands. */
bool redact_has(const char *value);

/* Adds text to b with "[hidden]" in place of every stretch that belongs to a secret. */
void redact(struct buf *b, const char *text, size_t len);

/* Adds text as a JSON string with its quotes (RFC 8259 section 7). Bytes that are not UTF-8
 * become U+FFFD. */
void redact_json_string(struct buf *b, const char *text);

#endif
