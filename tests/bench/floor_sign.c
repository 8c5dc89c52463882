// SPDX-License-Identifier: Apache-2.0
// floor_sign CSR CA_CERT CA_KEY CERT: the floor's CA step as a program, for pipelines of other
// tools; the request is PEM, the certificate DER.

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/pem.h>

#include "floor_ca.h"

int main(int argc, char **argv) {
    if (argc != 5)
        errx(2, "usage: floor_sign CSR CA_CERT CA_KEY CERT");

    struct floor_ca ca = floor_ca_open(argv[2], argv[3]);
    FILE *input = fopen(argv[1], "re");
    X509_REQ *csr = input ? PEM_read_X509_REQ(input, NULL, NULL, NULL) : NULL;
    if (!csr)
        errx(EXIT_FAILURE, "\"%s\" is no request", argv[1]);

    FILE *output = fopen(argv[4], "we");
    if (!output || i2d_X509_fp(output, floor_ca_sign(&ca, csr)) != 1 || fclose(output) != 0)
        errx(EXIT_FAILURE, "cannot write \"%s\"", argv[4]);
    return EXIT_SUCCESS;
}
