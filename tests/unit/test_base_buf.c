// SPDX-License-Identifier: Apache-2.0
// Growing buffers and their maximum.
#include "base/buf.h"

#include "base_fixture.h"

static void adding_keeps_a_nul_after_the_bytes(void **state) {
    KF_AUTO(kf_buf) buf = {0};
    assert_string_equal(kf_buf_str(&buf), "");
    assert_int_equal(kf_buf_add(&buf, "ab", 2), KF_OK);
    assert_int_equal(kf_buf_add_str(&buf, "cd"), KF_OK);
    assert_int_equal(kf_buf_printf(&buf, "-%d", 7), KF_OK);
    assert_int_equal(buf.len, 6);
    assert_string_equal(kf_buf_str(&buf), "abcd-7");
}

static void the_maximum_is_held_and_nothing_is_lost(void **state) {
    KF_AUTO(kf_buf) buf = {.max = 4};
    assert_int_equal(kf_buf_add_str(&buf, "abcd"), KF_OK);
    assert_int_equal(kf_buf_add_str(&buf, "e"), KF_E_TOO_LARGE);
    assert_int_equal(kf_buf_printf(&buf, "e"), KF_E_TOO_LARGE);
    assert_int_equal(kf_buf_add(&buf, "", SIZE_MAX), KF_E_TOO_LARGE);
    assert_string_equal(kf_buf_str(&buf), "abcd");
}

static void many_bytes_grow_the_buffer(void **state) {
    KF_AUTO(kf_buf) buf = {0};
    for (int i = 0; i < 5000; i++)
        assert_int_equal(kf_buf_printf(&buf, "%04d", i), KF_OK);
    assert_int_equal(buf.len, 20000);
    assert_string_equal(kf_buf_str(&buf) + 19996, "4999");
}

static void set_replaces_even_from_itself(void **state) {
    KF_AUTO(kf_buf) buf = {0};
    kf_buf_add_str(&buf, "hello world");
    assert_int_equal(kf_buf_set(&buf, buf.data + 6, 5), KF_OK);
    assert_string_equal(kf_buf_str(&buf), "world");
}

static void a_failed_set_changes_nothing(void **state) {
    KF_AUTO(kf_buf) buf = {.max = 3};
    kf_buf_add_str(&buf, "abc");
    assert_int_equal(kf_buf_set(&buf, "abcd", 4), KF_E_TOO_LARGE);
    assert_string_equal(kf_buf_str(&buf), "abc");
}

static void move_hands_over_and_leaves_nothing(void **state) {
    KF_AUTO(kf_buf) from = {0};
    KF_AUTO(kf_buf) to = {0};
    kf_buf_add_str(&from, "new");
    kf_buf_add_str(&to, "old");
    kf_buf_move(&to, &from);
    assert_string_equal(kf_buf_str(&to), "new");
    assert_int_equal(from.len, 0);
    assert_null(from.data);
}

static void equal_compares_bytes(void **state) {
    KF_AUTO(kf_buf) a = {0};
    KF_AUTO(kf_buf) b = {0};
    assert_true(kf_buf_equal(&a, &b));
    kf_buf_add(&a, "x\0y", 3);
    kf_buf_add(&b, "x\0z", 3);
    assert_false(kf_buf_equal(&a, &b));
    b.data[2] = 'y';
    assert_true(kf_buf_equal(&a, &b));
}

static void clear_welcomes_null_and_twice(void **state) {
    kf_buf buf = {.max = 10};
    kf_buf_clear(NULL);
    kf_buf_add_str(&buf, "x");
    kf_buf_clear(&buf);
    kf_buf_clear(&buf);
    assert_null(buf.data);
    assert_int_equal(buf.max, 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adding_keeps_a_nul_after_the_bytes),
        cmocka_unit_test(the_maximum_is_held_and_nothing_is_lost),
        cmocka_unit_test(many_bytes_grow_the_buffer),
        cmocka_unit_test(set_replaces_even_from_itself),
        cmocka_unit_test(a_failed_set_changes_nothing),
        cmocka_unit_test(move_hands_over_and_leaves_nothing),
        cmocka_unit_test(equal_compares_bytes),
        cmocka_unit_test(clear_welcomes_null_and_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
