/* Random bytes: the system's generator behind mbedTLS's CTR_DRBG, seeded anew in each process. */
#ifndef RAND_H
#define RAND_H

#include <stddef.h>
#include <stdint.h>

/* Fills p; never fails (dies when the system has no randomness). A seam: rand_fake, when set,
 * is called instead. */
void rand_bytes(void *p, size_t n);
extern void (*rand_fake)(void *p, size_t n);

/* Uniform in [0, n); n > 0. */
uint64_t rand_below(uint64_t n);

/* For mbedTLS calls: f_rng with a NULL context. */
int rand_mbedtls(void *unused, unsigned char *p, size_t n);
/* psa_crypto_init() once a process: TLS 1.3 needs it, keys and certificates do not. */
void rand_init(void);

#endif
