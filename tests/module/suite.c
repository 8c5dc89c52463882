// SPDX-License-Identifier: Apache-2.0
// test_module NAME: every test against one module of modules.c.
#include "module/suite.h"

#include "module/lab.h"

int main(int argc, char **argv) {
    static int (*const groups[])(void) = {test_tokens, test_keys, test_certificates, test_uses,
                                          test_others};
    const struct module *module = argc == 2 ? module_find(argv[1]) : NULL;
    if (module == NULL) {
        fprintf(stderr, "usage: test_module MODULE\n");
        return 2;
    }
    rig_use(module);
    lab_open();
    int failures = 0;
    for (size_t i = 0; i < KF_COUNT(groups); i++)
        failures += groups[i]();
    lab_close();
    return failures != 0;
}
