// SPDX-License-Identifier: Apache-2.0
// pace MODULE RESERVED LABEL PIN TASK [ARGUMENT...]: how fast a PKCS#11 module does one thing.
//
//   keys                   makes a token key of each type that the module makes
//   sign TYPE THREADS MS   signatures a second; TYPE is p256, rsa2048 or ed25519
//   generate N             P-256 token key pairs a second
//   create FIRST N         certificate objects a second, with the serial numbers from FIRST on
//   find N                 microseconds of a search by CKA_ID that finds nothing
//   first TYPE             milliseconds of C_Initialize, token and session, login, finding a key,
//                          its first signature, and KiB of memory then
//   rss                    KiB of memory after the login
//
// RESERVED goes to C_Initialize, "" for none. MODULE "evp" is the system below all modules: OpenSSL
// itself for `sign`; for `generate` and `create` files in the directory LABEL, each written so that
// it outlives a crash.

#include "pace.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FIXED_ARGUMENTS = 6 };

static const struct {
    const char *name;
    int arguments;
    void (*run)(const struct pace *pace, char **arguments);
} tasks[] = {
    {"keys", 0, pace_keys},     {"sign", 3, pace_sign}, {"generate", 1, pace_generate},
    {"create", 2, pace_create}, {"find", 1, pace_find}, {"first", 1, pace_first},
    {"rss", 0, pace_rss},
};

double pace_now(void) {
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

void pace_check(CK_RV rv, const char *call) {
    if (rv != CKR_OK)
        errx(EXIT_FAILURE, "%s: 0x%lx", call, rv);
}

long pace_number(const char *text, long max) {
    char *end;
    long value = strtol(text, &end, 10);

    if (*end || value < 1 || value > max)
        errx(2, "\"%s\" is no number from 1 to %ld", text, max);
    return value;
}

int main(int argc, char **argv) {
    if (argc < FIXED_ARGUMENTS)
        errx(2, "usage: pace MODULE RESERVED LABEL PIN TASK [ARGUMENT...]");
    for (size_t i = 0; i < sizeof(tasks) / sizeof(tasks[0]); i++) {
        if (strcmp(tasks[i].name, argv[5]) || tasks[i].arguments != argc - FIXED_ARGUMENTS)
            continue;

        struct pace pace = pace_start(argv[1], argv[2], argv[3], argv[4]);
        tasks[i].run(&pace, argv + FIXED_ARGUMENTS);
        if (pace.p11)
            pace_check(pace.p11->C_Finalize(NULL), "C_Finalize");
        return EXIT_SUCCESS;
    }
    errx(2, "no task \"%s\" with %d arguments", argv[5], argc - FIXED_ARGUMENTS);
}
