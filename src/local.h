/* What deploy and notification hooks do on this machine: files, programs, sockets, PKCS#12. The calls are
 * in acme.h, where hooks see them. */
#ifndef LOCAL_H
#define LOCAL_H

#include "../acme.h"

/* A PKCS#12 file is made here on its way to the hook, and removed again. */
#define LOCAL_PFX "deploy.pfx"

/* The seam: when set, called instead of talk(). */
extern char *(*local_talk)(struct api *a, const char *address, const void *p, size_t n,
    size_t *len);

#endif
