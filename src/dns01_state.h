/* What the parts of dns-01 share: dns01.c (through drivers) and dns01_manual.c (by hand). */
#ifndef DNS01_STATE_H
#define DNS01_STATE_H

#include "dns01.h"
#include "dnsrecords.h"
#include "dnswait.h"

/* One for all names of a certificate. */
struct dns01 {
	struct resolver resolver;
	struct dnsrecords *records; /* NULL: none was needed */
};

/* Made when first asked for. NULL with the error. */
struct dns01 *dns01_shared(struct solving *s);

/* Where the record of a name goes as far as the settings tell: below its alias, or itself. */
const char *dns01_name(struct solving *s, const struct task *t);
/* How long to wait, as the settings of the run say; 0: not said. */
int dns01_timeout(const struct solving *s);
void dns01_end(struct solving *s, const struct solver *self);

#endif
