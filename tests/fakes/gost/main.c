// SPDX-License-Identifier: Apache-2.0
// gost-crypto: GOST R 34.10-2012 for the fake token, by the engine of libengine-gost-openssl. A
// program of its own: in the process under test OpenSSL must not learn GOST from it.
//   gost-crypto generate 256|512        prints the PKCS#8 and the public value, in hex
//   gost-crypto sign PKCS8HEX DIGESTHEX prints s and r, big-endian
//   gost-crypto digest 256|512          of standard input
#define OPENSSL_SUPPRESS_DEPRECATED
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/engine.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

enum { MAX_DATA = 1024 * 1024, MAX_SMALL = 1024 };

static void need(int done, const char *what) {
    if (done)
        return;
    fprintf(stderr, "gost-crypto: %s failed; is libengine-gost-openssl installed?\n", what);
    exit(1);
}

static void print_hex(const unsigned char *bytes, size_t len) {
    for (size_t i = 0; i < len; i++)
        printf("%02x", bytes[i]);
    putchar('\n');
}

static size_t read_hex(const char *text, unsigned char bytes[MAX_SMALL]) {
    size_t len = strlen(text) / 2;
    need(len <= MAX_SMALL, "reading hex");
    for (size_t i = 0; i < len; i++) {
        unsigned byte = 0;
        need(sscanf(text + 2 * i, "%2x", &byte) == 1, "reading hex");
        bytes[i] = (unsigned char)byte;
    }
    return len;
}

static int is_long(const char *bits) {
    return strcmp(bits, "512") == 0;
}

static void generate(const char *bits) {
    int kind = is_long(bits) ? NID_id_GostR3410_2012_512 : NID_id_GostR3410_2012_256;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(kind, NULL);
    EVP_PKEY *key = NULL;
    unsigned char *der = NULL;
    need(context && EVP_PKEY_keygen_init(context) > 0 &&
             EVP_PKEY_CTX_ctrl_str(context, "paramset", "A") > 0 &&
             EVP_PKEY_keygen(context, &key) > 0,
         "making a key");
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    int len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    need(len > 0, "encoding a key");
    print_hex(der, (size_t)len);
    PKCS8_PRIV_KEY_INFO_free(info);
    OPENSSL_free(der);
    der = NULL;
    len = i2d_PUBKEY(key, &der); // the value is at its end
    need(len > 0, "encoding a public key");
    print_hex(der + len - (is_long(bits) ? 128 : 64), is_long(bits) ? 128 : 64);
    OPENSSL_free(der);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(context);
}

static void sign(const char *key_hex, const char *digest_hex) {
    unsigned char der[MAX_SMALL], digest[MAX_SMALL], signature[MAX_SMALL];
    const unsigned char *at = der;
    size_t len = read_hex(key_hex, der), digest_len = read_hex(digest_hex, digest);
    size_t signature_len = sizeof signature;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)len);
    EVP_PKEY *key = info ? EVP_PKCS82PKEY(info) : NULL;
    EVP_PKEY_CTX *context = key ? EVP_PKEY_CTX_new(key, NULL) : NULL;
    need(context && EVP_PKEY_sign_init(context) > 0 &&
             EVP_PKEY_sign(context, signature, &signature_len, digest, digest_len) > 0,
         "signing");
    print_hex(signature, signature_len);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(key);
    PKCS8_PRIV_KEY_INFO_free(info);
}

static void digest(const char *bits) {
    static unsigned char data[MAX_DATA];
    unsigned char value[EVP_MAX_MD_SIZE];
    unsigned value_len = 0;
    size_t len = fread(data, 1, sizeof data, stdin);
    const EVP_MD *hash = EVP_get_digestbyname(is_long(bits) ? "md_gost12_512" : "md_gost12_256");
    need(hash && EVP_Digest(data, len, value, &value_len, hash, NULL), "hashing");
    print_hex(value, value_len);
}

int main(int argc, char **argv) {
    ENGINE_load_dynamic();
    ENGINE *engine = ENGINE_by_id("gost");
    need(engine && ENGINE_init(engine) && ENGINE_set_default(engine, ENGINE_METHOD_ALL),
         "loading the engine");
    if (argc == 3 && strcmp(argv[1], "generate") == 0)
        generate(argv[2]);
    else if (argc == 4 && strcmp(argv[1], "sign") == 0)
        sign(argv[2], argv[3]);
    else if (argc == 3 && strcmp(argv[1], "digest") == 0)
        digest(argv[2]);
    else
        return 2;
    ENGINE_finish(engine);
    ENGINE_free(engine);
    return 0;
}
