/* The process that holds the private keys (design: processes). It is forked before any network
 * is touched, answers a handful of bounded requests on a socketpair, reads nothing but that
 * socket and key files, and ends when the socket closes. Private keys never enter another
 * process; callers name keys by small numbers. */
#ifndef KEEPER_H
#define KEEPER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "csr.h"
#include "der.h"
#include "key.h"

struct arena;
struct keeper;

/* Forks the keeper. Called once a process that needs keys, before it opens connections. Its memory
 * cannot be dumped (PR_SET_DUMPABLE) and it dies with its parent. */
struct keeper *keeper_start(struct arena *a);
void keeper_stop(struct keeper *k);
/* In a forked child: closes its end of the socket; the keeper goes on serving the parent. */
void keeper_leave(struct keeper *k);
pid_t keeper_pid(const struct keeper *k);

/* Makes a key of a length (key_length_name) in memory; returns its number (from 1 on) or -1. */
int keeper_make(struct keeper *k, struct arena *a, const char *length);
/* Loads a key file; password NULL for none. Returns its number or -1. */
int keeper_load(struct keeper *k, struct arena *a, const char *path, const char *password);
/* Forgets (wipes) a key. */
void keeper_drop(struct keeper *k, int key);

int keeper_public(struct keeper *k, struct arena *a, int key, struct pubkey *out);
/* JWS signature of data (at most 64 KiB) by the key's algorithm. */
int keeper_sign(struct keeper *k, struct arena *a, int key, const void *p, size_t n,
    struct der *sig);
/* RSA signature (PKCS#1 v1.5) by a key that the user gave to us as PEM, a provider's credential;
 * spki is its public half. */
int keeper_sign_pem(struct keeper *k, struct arena *a, const char *pem, enum hash h, const void *p,
    size_t n, struct der *sig, struct der *spki);
int keeper_csr(struct keeper *k, struct arena *a, int key, const struct csr_ask *ask,
    struct der *out);

/* Saves a key: form KEEPER_PEM as acme.sh writes it or KEEPER_PKCS8; atomic; mode for a new file,
 * an existing one keeps owner and mode when keep is true. */
enum keeper_form { KEEPER_PEM, KEEPER_PKCS8 };
int keeper_save(struct keeper *k, struct arena *a, int key, enum keeper_form form, const char *path,
    mode_t mode, bool keep);
/* Copies a key file byte for byte (install target, backup). keep as above. */
int keeper_copy(struct keeper *k, struct arena *a, const char *from, const char *to, mode_t mode,
    bool keep);
/* Writes a PKCS#12 file (mode 0600) from a key and the PEM chain in chain_path. */
int keeper_pkcs12(struct keeper *k, struct arena *a, int key, const char *chain_path,
    const char *password, const char *name, bool legacy, const char *path);
/* SHA-256 of a key file's bytes (acme.sh's CA_KEY_HASH); out 32 bytes. */
int keeper_file_hash(struct keeper *k, struct arena *a, const char *path, unsigned char *out);

#endif
