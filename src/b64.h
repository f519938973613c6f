/* Base64 (RFC 4648 sections 4 and 5), base32 and hexadecimal. */
#ifndef B64_H
#define B64_H

#include <stddef.h>

struct arena;

char *b64_encode(struct arena *a, const void *p, size_t n);    /* standard alphabet, padded */
char *b64url_encode(struct arena *a, const void *p, size_t n); /* URL-safe, no padding */

/* Decodes either alphabet, with or without padding; white space is skipped. NULL when s is not
 * base64. A NUL follows the result, not counted in *n. */
unsigned char *b64_decode(struct arena *a, const char *s, size_t *n);

char *hex_encode(struct arena *a, const void *p, size_t n); /* lower case */
unsigned char *hex_decode(struct arena *a, const char *s, size_t *n);
char *b32_encode(struct arena *a, const void *p, size_t n); /* lower case, no padding */

#endif
