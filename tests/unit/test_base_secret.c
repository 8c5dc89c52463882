// SPDX-License-Identifier: Apache-2.0
// Secrets: locked, kept out of core dumps, gone when freed, and usable when nothing can be locked.
#include <keyfob/secret.h>

#include <sys/mman.h>
#include <sys/resource.h>
#include <errno.h>

#include "base_fixture.h"
#include "mapping.h"

static void a_copy_has_the_bytes(void **state) {
    kf_secret *secret = NULL;
    assert_int_equal(kf_secret_copy("1234", 4, &secret), KF_OK);
    assert_int_equal(kf_secret_len(secret), 4);
    assert_memory_equal(kf_secret_data(secret), "1234", 4);
    kf_secret_free(secret);
}

static void sizes_are_held(void **state) {
    kf_secret *secret = NULL;
    assert_int_equal(kf_secret_new(0, &secret), KF_E_TOO_LARGE);
    assert_int_equal(kf_secret_new(KF_SECRET_MAX + 1, &secret), KF_E_TOO_LARGE);
    assert_null(secret);
    assert_int_equal(kf_secret_new(KF_SECRET_MAX, &secret), KF_OK);
    assert_int_equal(kf_secret_capacity(secret), KF_SECRET_MAX);
    memset(kf_secret_data(secret), 7, KF_SECRET_MAX);
    kf_secret_free(secret);
    kf_secret_free(NULL);
}

static void shortening_wipes_the_rest(void **state) {
    kf_secret *secret = NULL;
    assert_int_equal(kf_secret_copy("12345678", 8, &secret), KF_OK);
    kf_secret_set_len(secret, 4);
    assert_memory_equal(kf_secret_data(secret), "1234\0\0\0\0", 8);
    kf_secret_free(secret);
}

static void equal_compares_length_and_every_byte(void **state) {
    kf_secret *a = NULL, *b = NULL, *c = NULL;
    kf_secret_copy("12345678", 8, &a);
    kf_secret_copy("12345678", 8, &b);
    kf_secret_copy("1234567", 7, &c);
    assert_true(kf_secret_equal(a, b));
    assert_false(kf_secret_equal(a, c));
    for (int i = 0; i < 8; i++) {
        kf_secret_data(b)[i] ^= 1;
        assert_false(kf_secret_equal(a, b));
        kf_secret_data(b)[i] ^= 1;
    }
    kf_secret_free(a);
    kf_secret_free(b);
    kf_secret_free(c);
}

static void the_kernel_keeps_it_locked_and_out_of_dumps(void **state) {
    kf_secret *secret = NULL;
    char flags[512];
    assert_int_equal(kf_secret_copy("1234", 4, &secret), KF_OK);
    read_flags(kf_secret_data(secret), flags, sizeof flags);
    assert_non_null(strstr(flags, " dd"));
    assert_int_equal(kf_secret_is_locked(secret), strstr(flags, " lo") != NULL);
    kf_secret_free(secret);
}

static void a_freed_secret_is_no_longer_mapped(void **state) {
    kf_secret *secret = NULL;
    assert_int_equal(kf_secret_copy("1234", 4, &secret), KF_OK);
    uintptr_t page = (uintptr_t)kf_secret_data(secret) & ~(uintptr_t)(sysconf(_SC_PAGESIZE) - 1);
    assert_int_equal(msync((void *)page, 1, MS_ASYNC), 0);
    kf_secret_free(secret);
    assert_int_equal(msync((void *)page, 1, MS_ASYNC), -1);
    assert_int_equal(errno, ENOMEM);
}

/* As another user, since root may lock without limit. */
static int use_without_lockable_memory(void) {
    kf_secret *secret = NULL;
    struct rlimit none = {0};
    if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || (geteuid() == 0 && setuid(65534) != 0))
        return 1;
    if (kf_secret_copy("1234", 4, &secret) != KF_OK)
        return 2;
    int rc = kf_secret_is_locked(secret) ? 3 : memcmp(kf_secret_data(secret), "1234", 4) ? 4 : 0;
    kf_secret_free(secret);
    return rc;
}

static void a_secret_works_when_nothing_can_be_locked(void **state) {
    assert_int_equal(in_child(use_without_lockable_memory), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_has_the_bytes),
        cmocka_unit_test(sizes_are_held),
        cmocka_unit_test(shortening_wipes_the_rest),
        cmocka_unit_test(equal_compares_length_and_every_byte),
        cmocka_unit_test(the_kernel_keeps_it_locked_and_out_of_dumps),
        cmocka_unit_test(a_freed_secret_is_no_longer_mapped),
        cmocka_unit_test(a_secret_works_when_nothing_can_be_locked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
