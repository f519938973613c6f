/* Random bytes from mbedTLS's CTR_DRBG (NIST SP 800-90A), which the system's generator seeds. A
 * fork would leave two processes with the same state, so each process seeds its own. */
#include "rand.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <psa/crypto.h>
#include <unistd.h>

#include "arena.h"

void (*rand_fake)(void *p, size_t n);

static struct {
	pid_t owner;
	mbedtls_entropy_context entropy;
	mbedtls_ctr_drbg_context drbg;
} generator;

static void seed(void)
{
	if (generator.owner) {
		mbedtls_ctr_drbg_free(&generator.drbg);
		mbedtls_entropy_free(&generator.entropy);
	}
	mbedtls_entropy_init(&generator.entropy);
	mbedtls_ctr_drbg_init(&generator.drbg);
	int ret = mbedtls_ctr_drbg_seed(&generator.drbg, mbedtls_entropy_func, &generator.entropy,
	    NULL, 0);
	if (ret != 0)
		die("the system has no random bytes (mbedTLS -0x%04x)", (unsigned)-ret);
	generator.owner = getpid();
}

void rand_bytes(void *p, size_t n)
{
	if (rand_fake) {
		rand_fake(p, n);
		return;
	}
	if (generator.owner != getpid())
		seed();
	for (unsigned char *out = p; n > 0;) {
		size_t part = n < MBEDTLS_CTR_DRBG_MAX_REQUEST ? n : MBEDTLS_CTR_DRBG_MAX_REQUEST;
		int ret = mbedtls_ctr_drbg_random(&generator.drbg, out, part);
		if (ret != 0)
			die("no more random bytes (mbedTLS -0x%04x)", (unsigned)-ret);
		out += part;
		n -= part;
	}
}

uint64_t rand_below(uint64_t n)
{
	uint64_t v, biased = -n % n; /* 2^64 mod n: so many values would favour the small ones */
	do
		rand_bytes(&v, sizeof v);
	while (v < biased);
	return v % n;
}

int rand_mbedtls(void *unused, unsigned char *p, size_t n)
{
	(void)unused;
	rand_bytes(p, n);
	return 0;
}

void rand_init(void)
{
	static pid_t ready;
	if (ready == getpid())
		return;
	psa_status_t status = psa_crypto_init();
	if (status != PSA_SUCCESS)
		die("cryptography cannot start (PSA %d)", (int)status);
	ready = getpid();
}
