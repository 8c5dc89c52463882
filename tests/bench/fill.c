// SPDX-License-Identifier: Apache-2.0
// fill MODULE PIN CA_CERT CA_KEY N: puts N objects on the first token, a third each public keys,
// private keys and the certificates that belong to them.

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "floor_ca.h"
#include "floor_key.h"

enum { OBJECTS_MAX = 65536, OBJECTS_PER_KEY = 3, LABEL_BYTES = 16 };

static X509_NAME *name_from(const char *common_name) {
    X509_NAME *name = X509_NAME_new();

    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1,
                               -1, 0);
    return name;
}

static void add_container(const struct floor *floor, const struct floor_ca *ca, const char *label) {
    struct floor_key key = floor_key_generate(floor, label);
    X509_NAME *subject = name_from(label);
    X509 *certificate = floor_ca_issue(ca, subject, key.public_key);

    floor_key_store(floor, &key, certificate);
    X509_free(certificate);
    X509_NAME_free(subject);
    EVP_PKEY_free(key.public_key);
}

// What is left of N after whole containers: a CA certificate, or a pair that waits for its own.
static void add_rest(const struct floor *floor, const struct floor_ca *ca, long objects) {
    if (objects == 1)
        floor_key_store(floor, &(struct floor_key){.id = {1}, .label = "ca"}, ca->certificate);
    if (objects == 2)
        EVP_PKEY_free(floor_key_generate(floor, "waiting").public_key);
}

int main(int argc, char **argv) {
    if (argc != 6)
        errx(2, "usage: fill MODULE PIN CA_CERT CA_KEY N");

    long objects = strtol(argv[5], NULL, 10);
    if (objects < 1 || objects > OBJECTS_MAX)
        errx(2, "N is 1 to %d", OBJECTS_MAX);

    struct floor floor = floor_login(argv[1], argv[2], CKF_RW_SESSION);
    struct floor_ca ca = floor_ca_open(argv[3], argv[4]);

    for (long i = 0; i < objects / OBJECTS_PER_KEY; i++) {
        char label[LABEL_BYTES];

        snprintf(label, sizeof(label), "user%05ld", i);
        add_container(&floor, &ca, label);
    }
    add_rest(&floor, &ca, objects % OBJECTS_PER_KEY);
    floor_check(floor.p11->C_Finalize(NULL), "C_Finalize");
    return EXIT_SUCCESS;
}
