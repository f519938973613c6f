/* What the steps of a handshake cost this library on this machine, in microseconds: key exchanges
 * and signatures by kind, ciphers by 16 KiB record. The order of the lists in src/tls.c comes from
 * here. Prints a table in Markdown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mbedtls/chachapoly.h>
#include <mbedtls/ecdh.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/gcm.h>
#include <mbedtls/rsa.h>

#include "rand.h"

static unsigned char record[16384], tag[16], hash[32] = { 1 };

static void none(int ret)
{
	if (ret == 0)
		return;
	printf("error -0x%04x\n", (unsigned)-ret);
	exit(1);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* The average of what can be done in a fifth of a second. */
#define COST(what) \
	do { \
		int times = 0; \
		const double start = now(); \
		do { \
			none(what); \
			times++; \
		} while (now() - start < 200e3); \
		printf(" %.0f |", (now() - start) / times); \
	} while (0)

static int exchange(mbedtls_ecp_group *g)
{
	mbedtls_mpi d, z;
	mbedtls_ecp_point q;
	mbedtls_mpi_init(&d), mbedtls_mpi_init(&z), mbedtls_ecp_point_init(&q);
	int ret = mbedtls_ecdh_gen_public(g, &d, &q, rand_mbedtls, NULL);
	if (ret == 0)
		ret = mbedtls_ecdh_compute_shared(g, &z, &q, &d, rand_mbedtls, NULL);
	mbedtls_mpi_free(&d), mbedtls_mpi_free(&z), mbedtls_ecp_point_free(&q);
	return ret;
}

static void curve(const char *name, mbedtls_ecp_group_id id)
{
	mbedtls_ecdsa_context key;
	unsigned char sig[MBEDTLS_ECDSA_MAX_LEN];
	size_t n = 0;
	mbedtls_ecdsa_init(&key);
	none(mbedtls_ecdsa_genkey(&key, id, rand_mbedtls, NULL));
	printf("| %s |", name);
	COST(exchange(&key.MBEDTLS_PRIVATE(grp)));
	if (mbedtls_ecdsa_can_do(id)) {
		COST(mbedtls_ecdsa_write_signature(&key, MBEDTLS_MD_SHA256, hash, sizeof hash, sig,
		    sizeof sig, &n, rand_mbedtls, NULL));
		COST(mbedtls_ecdsa_read_signature(&key, hash, sizeof hash, sig, n));
	} else {
		printf(" - | - |");
	}
	printf("\n");
	mbedtls_ecdsa_free(&key);
}

static void rsa(const char *name, unsigned bits)
{
	mbedtls_rsa_context key;
	unsigned char sig[1024];
	mbedtls_rsa_init(&key);
	none(mbedtls_rsa_gen_key(&key, rand_mbedtls, NULL, bits, 65537));
	printf("| %s | - |", name);
	COST(mbedtls_rsa_pkcs1_sign(&key, rand_mbedtls, NULL, MBEDTLS_MD_SHA256, sizeof hash, hash,
	    sig));
	COST(mbedtls_rsa_pkcs1_verify(&key, MBEDTLS_MD_SHA256, sizeof hash, hash, sig));
	printf("\n");
	mbedtls_rsa_free(&key);
}

static void ciphers(void)
{
	mbedtls_gcm_context gcm;
	mbedtls_chachapoly_context chacha;
	for (unsigned bits = 128; bits <= 256; bits += 128) {
		mbedtls_gcm_init(&gcm);
		none(mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, hash, bits));
		printf("| AES-%u-GCM |", bits);
		COST(mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, sizeof record, hash, 12,
		    NULL, 0, record, record, sizeof tag, tag));
		printf("\n");
		mbedtls_gcm_free(&gcm);
	}
	mbedtls_chachapoly_init(&chacha);
	none(mbedtls_chachapoly_setkey(&chacha, hash));
	printf("| ChaCha20-Poly1305 |");
	COST(mbedtls_chachapoly_encrypt_and_tag(&chacha, sizeof record, hash, NULL, 0, record,
	    record, tag));
	printf("\n");
	mbedtls_chachapoly_free(&chacha);
}

int main(void)
{
	rand_init();
	printf("| kind | key exchange µs | sign µs | verify µs |\n|---|---|---|---|\n");
	curve("P-256", MBEDTLS_ECP_DP_SECP256R1);
	curve("X25519", MBEDTLS_ECP_DP_CURVE25519);
	curve("P-384", MBEDTLS_ECP_DP_SECP384R1);
	curve("P-521", MBEDTLS_ECP_DP_SECP521R1);
	rsa("RSA 2048", 2048);
	rsa("RSA 4096", 4096);
	printf("\n| cipher | µs for 16 KiB |\n|---|---|\n");
	ciphers();
	return 0;
}
