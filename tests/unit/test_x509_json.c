// SPDX-License-Identifier: Apache-2.0
// JSON documents: failures are noticed, and what held a password is wiped.
#include "unit/base_fixture.h"

#include "x509/json.h"

static void a_document_that_could_not_be_made_is_noticed(void **state) {
    KF_AUTO_PTR(json_t) object = json_object();
    KF_AUTO_PTR(json_t) list = json_array();
    assert_int_equal(kf_json_ready(NULL), KF_E_MEMORY);
    assert_int_equal(kf_json_set(object, "a", NULL), KF_E_MEMORY);
    assert_int_equal(kf_json_append(list, NULL), KF_E_MEMORY);
    assert_int_equal(kf_json_set(object, "a", json_true()), KF_OK);
}

static void wiping_leaves_no_text(void **state) {
    KF_AUTO_PTR(json_t)
    json = json_pack("{s:s, s:[s, {s:s}], s:i}", "a", "hunter2", "b", "hunter3", "c", "hunter4",
                     "d", 5);
    static const char nothing[8];
    const json_t *list = json_object_get(json, "b");
    const json_t *texts[] = {json_object_get(json, "a"), json_array_get(list, 0),
                             json_object_get(json_array_get(list, 1), "c")};
    kf_json_wipe(json);
    for (size_t i = 0; i < KF_COUNT(texts); i++)
        assert_memory_equal(json_string_value(texts[i]), nothing, 7);
    kf_json_wipe(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_that_could_not_be_made_is_noticed),
        cmocka_unit_test(wiping_leaves_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
