// SPDX-License-Identifier: Apache-2.0
// ca-double: a double as a program, for scripts. Serves until its stdin is closed.
#include "double.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: ca-double SERVICE [--tls plain|ok|expired|wrong-host|self-signed|1.0|client]"
    " [KNOB=VALUE...]\n";

static int read_mode(const char *text) {
    static const char *const modes[] = {"plain",       "ok",  "expired", "wrong-host",
                                        "self-signed", "1.0", "client"}; /* as enum double_tls */
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        if (strcmp(modes[i], text) == 0)
            return (int)i;
    }
    return -1;
}

static void wait_for_end(void) {
    char rest[256];
    while (read(STDIN_FILENO, rest, sizeof rest) > 0)
        ;
}

int main(int argc, char **argv) {
    bool has_mode = argc > 3 && strcmp(argv[2], "--tls") == 0;
    int mode = has_mode ? read_mode(argv[3]) : DOUBLE_PLAIN;
    if (argc < 2 || mode < 0) {
        fputs(usage, stderr);
        return 2;
    }
    kf_double *d = double_start(argv[1], (enum double_tls)mode);
    for (int i = has_mode ? 4 : 2; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (!equals) {
            fputs(usage, stderr);
            double_stop(d);
            return 2;
        }
        *equals = '\0';
        double_set(d, argv[i], equals + 1);
    }
    printf("url=%s tls-root=%s ca-root=%s\n", double_url(d), double_tls_root(d), double_ca_root(d));
    fflush(stdout);
    wait_for_end();
    double_stop(d);
    return 0;
}
