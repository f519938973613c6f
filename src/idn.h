/* Internationalised names to ASCII: Punycode (RFC 3492) for each label with other than ASCII
 * characters, lower-cased where Unicode's simple case folding of Latin, Greek and Cyrillic tells
 * how. Sharp s and final sigma stay what they are, as IDNA 2008 (RFC 5891) has it. */
#ifndef IDN_H
#define IDN_H

struct arena;

/* The A-label form of a name, lower-cased (also when it is ASCII). NULL with the arena's error set
 * when it is not UTF-8, a label would pass 63 bytes or the whole 253. */
char *idn_to_ascii(struct arena *a, const char *name);

#endif
