// SPDX-License-Identifier: Apache-2.0
// fake-token.so: every rule that it keeps and every directive that breaks one.
#include "fakes/test_host.h"

#include <string.h>

enum { MAX_TESTS = 128 };

int main(void) {
    struct CMUnitTest tests[MAX_TESTS];
    size_t count = 0;
    const struct {
        const struct CMUnitTest *tests;
        size_t count;
    } groups[] = {
        {rule_tests, rule_test_count}, {fault_tests, fault_test_count},
        {lie_tests, lie_test_count},   {pin_tests, pin_test_count},
        {key_tests, key_test_count},   {object_tests, object_test_count},
    };
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        assert_true(count + groups[i].count <= MAX_TESTS);
        memcpy(tests + count, groups[i].tests, groups[i].count * sizeof tests[0]);
        count += groups[i].count;
    }
    return _cmocka_run_group_tests("fake_token", tests, count, NULL, NULL);
}
