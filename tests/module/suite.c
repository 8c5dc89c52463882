// SPDX-License-Identifier: Apache-2.0
// test_module NAME [alone]: every test against one module of modules.c; alone: without the programs
// of others.
#include "module/suite.h"

#include "module/lab.h"

int main(int argc, char **argv) {
    static int (*const groups[])(void) = {test_tokens, test_keys, test_certificates, test_uses,
                                          test_others};
    bool alone = argc == 3 && strcmp(argv[2], "alone") == 0;
    const struct module *module = argc == 2 || alone ? module_find(argv[1]) : NULL;
    if (module == NULL) {
        fprintf(stderr, "usage: test_module MODULE [alone]\n");
        return 2;
    }
    rig_use(module);
    lab_open();
    int failures = 0;
    for (size_t i = 0; i < KF_COUNT(groups) - alone; i++)
        failures += groups[i]();
    lab_close();
    return failures != 0;
}
