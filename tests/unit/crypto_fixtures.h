/* Keys and certificates that OpenSSL made, for the tests of key, cert, csr, pkcs12 and keeper. The key
 * is the published one of RFC 6979 A.2.5. */
#ifndef CRYPTO_FIXTURES_H
#define CRYPTO_FIXTURES_H

/* the private key of RFC 6979 A.2.5, as OpenSSL writes it */
static const char key_sec1[] __attribute__((unused)) =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "MHcCAQEEIMmvqdhFunUWa1whV2ex1pNOUMPbNuibEnuKYisSD2choAoGCCqGSM49\n"
    "AwEHoUQDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Z5A/4QCLi8\n"
    "maQa6elWKLxk8vGyDC1+n1F3o8KU1EYimQ==\n"
    "-----END EC PRIVATE KEY-----\n";

/* the same as PKCS#8 */
static const char key_pkcs8[] __attribute__((unused)) =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgya+p2EW6dRZrXCFX\n"
    "Z7HWk05Qw9s26JsSe4piKxIPZyGhRANCAARg/tS6JVqdMclh63TGNW1owEm4kjth\n"
    "+mzmaWIuYPKftnkD/hAIuLyZpBrp6VYovGTy8bIMLX6fUXejwpTURiKZ\n"
    "-----END PRIVATE KEY-----\n";

/* the same, password "secret": DEK-Info with AES-256 */
static const char key_dek_aes[] __attribute__((unused)) =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "Proc-Type: 4,ENCRYPTED\n"
    "DEK-Info: AES-256-CBC,496C7589F1AA16F4E861825539B4F149\n"
    "\n"
    "riFliE534/bL/1Y51bJuTi3C/Olz7gkdLC1Wo9JCOz78lWGy1XOKUjv7zY8IRl5p\n"
    "D6kctPvQIAsDlsiJqRtn+219yZCvc2R4prJ4bxl8TJlr5fcL3UmyWXY8GzNYMDE6\n"
    "oQVZHocJWKsPH+Rj4QLbbF+zuaq7pLNN7BKFRkuph2I=\n"
    "-----END EC PRIVATE KEY-----\n";

/* DEK-Info with 3DES */
static const char key_dek_3des[] __attribute__((unused)) =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "Proc-Type: 4,ENCRYPTED\n"
    "DEK-Info: DES-EDE3-CBC,46B0B70F5BC8F145\n"
    "\n"
    "r3+qL0xFGtAxjXk2hiW4L18q150YYp8zUCHwaOe4OgQoaaCbx8+hQLqgP1Xeqvp3\n"
    "BJtx9bbpooora2ct9cKMh5vHlcBBG6uDIXPoHkL9cA0DqfOKgbdLCu34zOA/Ypsi\n"
    "Scw7hMJ2vd42Kju3O/K3PTHL1usOruTPPJs+MDaX2Kk=\n"
    "-----END EC PRIVATE KEY-----\n";

/* PKCS#8 with PBES2 */
static const char key_pbes2[] __attribute__((unused)) =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjHvoVM5LOmeAICCAAw\n"
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEAHEiyJJtjjvH/wl9cVAOkMEgZDt\n"
    "w/e+R0aRiCei+hol9IjuBL9lZ6HNPTxO9yYBCZ0+g5L3RiFKqqpkDTWsMlTFe+5/\n"
    "feWT4D9usc49n8WIT6duIDZHgXEOtATz1rZZuDM+oW4cZrxRo/5Ih7QfqxwealXt\n"
    "X+NHwzLGop/PyYfAu9CKTARCiXsgu8TuvaG6yqntfWhjPqPPKo3LaDyDntK3VWU=\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";

/* PKCS#8 with scrypt, which mbedTLS does not know */
static const char key_scrypt[] __attribute__((unused)) =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIHkME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAgJplWR3nY0QwICQAAC\n"
    "AQgCAQEwHQYJYIZIAWUDBAEqBBA6lFu8GQhAQJlQy/jAhW9XBIGQm8DWcs1BbiPU\n"
    "4Nzf5YC9nZqldqqZ/+xPskxj/8bZn9SX7tfT0cauziGJzqe+NJClEssxcp1N/ZoO\n"
    "l1KBD97uNyje7Btd0wmEscpVjW5z/t1Hq1i1PtxHAPkCxU6o6IGoTPDfsxyjg4ZF\n"
    "HfDMkRHdk0B5W5yEcaYAwGV4CSUEhmQSKBJrVR5fXLks02y95uSp\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";

/* kinds of keys that are not ours */
static const char key_ed25519[] __attribute__((unused)) =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIP6trT9BEbFDe7kY1A1pY/F5QNPE3i225M5LsqqO1gyD\n"
    "-----END PRIVATE KEY-----\n";

static const char key_secp256k1[] __attribute__((unused)) =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQgUHEve6ATNihMHHGSUf79\n"
    "mf1Fpx7sOU6BCy1s3u9+XNihRANCAARvQO4wuojLtsir6E1PrUv65DIGE2LC9SFT\n"
    "i1/mXj6EG/Lmz8T6NtC9iJbYJcGisuQRQnm3PG3doXuwXma+xhc8\n"
    "-----END PRIVATE KEY-----\n";

/* Example.com, *.example.com, 192.0.2.7, 2001:db8::1; the key above; must-staple */
static const char cert_leaf[] __attribute__((unused)) =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIB+zCCAYGgAwIBAgIJAIdlQyEAqrvMMAoGCCqGSM49BAMDMDYxCzAJBgNVBAYT\n"
    "AlVTMREwDwYDVQQKDAhUZXN0IE9yZzEUMBIGA1UEAwwLVGVzdCBTdWIgQ0EwIBcN\n"
    "MjYxMTIxMjIxMTQ3WhgPMjEyNjEwMjgyMjExNDdaMBYxFDASBgNVBAMMC2V4YW1w\n"
    "bGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYP7UuiVanTHJYet0xjVt\n"
    "aMBJuJI7Yfps5mliLmDyn7Z5A/4QCLi8maQa6elWKLxk8vGyDC1+n1F3o8KU1EYi\n"
    "maOBlTCBkjA9BgNVHREENjA0ggtFeGFtcGxlLmNvbYINKi5leGFtcGxlLmNvbYcE\n"
    "wAACB4cQIAENuAAAAAAAAAAAAAAAATAfBgNVHSMEGDAWgBS4lxm757DW6iZ4pgGO\n"
    "Dg+w4iYvIDARBggrBgEFBQcBGAQFMAMCAQUwHQYDVR0OBBYEFBqVaVebzjKalC0H\n"
    "acnAtWQxVjcQMAoGCCqGSM49BAMDA2gAMGUCMQCDGHscWS+hLSXWwuJTpkxqXi8o\n"
    "sL/saHCmHSqQ4AJmaY/g8pSFThOeBvFbRDpmyI0CMEgj5e6LOMgzZhpdiJIJE+Cg\n"
    "zkpSvo9siBD2lrNu1CxyvtPUHvij+WfrUnxxTorp/g==\n"
    "-----END CERTIFICATE-----\n";

/* its issuer, P-384 */
static const char cert_inter[] __attribute__((unused)) =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIByzCCAXKgAwIBAgICEjQwCgYIKoZIzj0EAwIwNDELMAkGA1UEBhMCVVMxETAP\n"
    "BgNVBAoMCFRlc3QgT3JnMRIwEAYDVQQDDAlUZXN0IFJvb3QwIBcNMjYxMTIxMjIx\n"
    "MTQ3WhgPMjEyNjEwMjgyMjExNDdaMDYxCzAJBgNVBAYTAlVTMREwDwYDVQQKDAhU\n"
    "ZXN0IE9yZzEUMBIGA1UEAwwLVGVzdCBTdWIgQ0EwdjAQBgcqhkjOPQIBBgUrgQQA\n"
    "IgNiAAQE/4rMeSnODFlcqiADmVKWA5HLmB3S5aJaxN3CGAKc1AuqT4vy2AWi5vil\n"
    "LDnnqE9ZFppKNvbib5I48rGXapBoQTBN1MMsXhwFEFxpw1lPh9iAykr4xxRSzGq/\n"
    "QqYuauujUzBRMA8GA1UdEwEB/wQFMAMBAf8wHQYDVR0OBBYEFLiXGbvnsNbqJnim\n"
    "AY4OD7DiJi8gMB8GA1UdIwQYMBaAFGWaV1qjOiLOD8yoqYP+miayoTC8MAoGCCqG\n"
    "SM49BAMCA0cAMEQCIAguRHmUq5nMEaUxCNVtcK74E8yehheHhaRCoDdljOXtAiAv\n"
    "thSDeCLudHK/JykOK8YOYRJMjae8v5V7JbC/3jT0oQ==\n"
    "-----END CERTIFICATE-----\n";

/* and the root */
static const char cert_root[] __attribute__((unused)) =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBvzCCAWWgAwIBAgIUEtT9GOhrPZQGPt20OItPS04NrzswCgYIKoZIzj0EAwIw\n"
    "NDELMAkGA1UEBhMCVVMxETAPBgNVBAoMCFRlc3QgT3JnMRIwEAYDVQQDDAlUZXN0\n"
    "IFJvb3QwIBcNMjYxMTIxMjIxMTQ3WhgPMjEyNjEwMjgyMjExNDdaMDQxCzAJBgNV\n"
    "BAYTAlVTMREwDwYDVQQKDAhUZXN0IE9yZzESMBAGA1UEAwwJVGVzdCBSb290MFkw\n"
    "EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2GNS18ST8UCP8Svbn5TutS8nfnHGj/97\n"
    "wMnfZAEbb6r9B7yVld6+isewXJJoDksvPWd1gaIiz2GkWF9arUOBgKNTMFEwHQYD\n"
    "VR0OBBYEFGWaV1qjOiLOD8yoqYP+miayoTC8MB8GA1UdIwQYMBaAFGWaV1qjOiLO\n"
    "D8yoqYP+miayoTC8MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIh\n"
    "ANUAPAMIOc1lNL+5qZODe+FB4soWRQdrkfnfQNoxgaGYAiBdqDJGBrCFugZSFM4p\n"
    "Z+S6nhhpZ6ugsQ9jBi3dH1c1SQ==\n"
    "-----END CERTIFICATE-----\n";

#endif
