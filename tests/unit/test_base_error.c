// SPDX-License-Identifier: Apache-2.0
// Errors: the table, and the sentences that stand for a thread's last error.
#include <keyfob/error.h>

#include <pthread.h>

#include "base_fixture.h"

static void every_code_has_a_whole_row(void **state) {
    for (int code = KF_E_FAILED; code < KF_ERR_COUNT; code++) {
        const struct kf_error_info *info = kf_error_info((kf_err)code);
        assert_true(*info->code && *info->what && *info->key && *info->next);
        assert_in_range(info->exit, 1, 130);
        assert_in_range(info->http, 200, 599);
        for (int other = KF_E_FAILED; other < code; other++)
            assert_string_not_equal(info->code, kf_error_info((kf_err)other)->code);
    }
}

static void an_unknown_code_gives_the_row_of_failed(void **state) {
    assert_ptr_equal(kf_error_info((kf_err)9999), kf_error_info(KF_E_FAILED));
    assert_ptr_equal(kf_error_info((kf_err)-1), kf_error_info(KF_E_FAILED));
    assert_int_equal(kf_error_info(KF_OK)->exit, 0);
}

static void fail_returns_the_code_and_sets_the_sentence(void **state) {
    assert_int_equal(kf_fail(KF_E_IO, "no \"%s\"", "x"), KF_E_IO);
    assert_string_equal(kf_error_sentence(KF_E_IO), "no \"x\"");
    assert_string_equal(kf_error_next(KF_E_IO), kf_error_info(KF_E_IO)->next);
    assert_string_equal(kf_error_key_state(KF_E_IO), kf_error_info(KF_E_IO)->key);
}

static void fail_forgets_the_hint_and_key_of_the_error_before(void **state) {
    kf_fail(KF_E_IO, "one");
    kf_error_hint("do %d", 1);
    kf_error_key("the key is %s", "safe");
    assert_string_equal(kf_error_next(KF_E_IO), "do 1");
    assert_string_equal(kf_error_key_state(KF_E_IO), "the key is safe");
    kf_fail(KF_E_IO, "two");
    assert_string_equal(kf_error_next(KF_E_IO), kf_error_info(KF_E_IO)->next);
    assert_string_equal(kf_error_key_state(KF_E_IO), kf_error_info(KF_E_IO)->key);
}

static void fail_in_puts_words_before_and_keeps_the_hint(void **state) {
    kf_fail(KF_E_TOKEN_FULL, "the token is full");
    kf_error_hint("delete one");
    assert_int_equal(kf_fail_in(KF_E_TOKEN_FULL, "writing \"%s\"", "c"), KF_E_TOKEN_FULL);
    assert_string_equal(kf_error_sentence(KF_E_TOKEN_FULL), "writing \"c\": the token is full");
    assert_string_equal(kf_error_next(KF_E_TOKEN_FULL), "delete one");
}

static void fail_in_without_a_sentence_takes_the_tables(void **state) {
    kf_error_clear();
    kf_fail_in(KF_E_MEMORY, "here");
    assert_string_equal(kf_error_sentence(KF_E_MEMORY), "here: out of memory");
}

static void the_code_stays_until_it_is_cleared(void **state) {
    kf_fail(KF_E_IO, "inner");
    assert_int_equal(kf_error_code(), KF_E_IO);
    kf_fail_in(KF_E_DISK_FULL, "outer");
    assert_int_equal(kf_error_code(), KF_E_DISK_FULL);
    kf_error_clear();
    assert_int_equal(kf_error_code(), KF_OK);
}

static void foreign_text_is_escaped(void **state) {
    kf_fail(KF_E_CA_ANSWER, "the CA says \"%s\"", "a\x1b[2Jb\n\xff");
    assert_string_equal(kf_error_sentence(KF_E_CA_ANSWER), "the CA says \"a\\x1b[2Jb\\x0a\\xff\"");
    kf_fail_in(KF_E_CA_ANSWER, "asking");
    assert_string_equal(kf_error_sentence(KF_E_CA_ANSWER),
                        "asking: the CA says \"a\\x1b[2Jb\\x0a\\xff\"");
}

static void a_sentence_may_be_made_of_the_one_before(void **state) {
    kf_fail(KF_E_IO, "inner");
    kf_fail(KF_E_STATE, "outer (%s)", kf_error_sentence(KF_E_IO));
    assert_string_equal(kf_error_sentence(KF_E_STATE), "outer (inner)");
}

static void a_long_sentence_is_cut(void **state) {
    char text[5000];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    kf_fail(KF_E_IO, "%s", text);
    kf_fail_in(KF_E_IO, "%s", text);
    assert_int_equal(strlen(kf_error_sentence(KF_E_IO)), 1023);
}

static void save_and_restore_keep_an_error_over_a_clean_up(void **state) {
    struct kf_error_saved saved;
    kf_fail(KF_E_IO, "first");
    kf_error_hint("hint");
    kf_error_save(&saved);
    kf_fail(KF_E_BUSY, "second");
    kf_error_restore(&saved);
    assert_string_equal(kf_error_sentence(KF_E_IO), "first");
    assert_string_equal(kf_error_next(KF_E_IO), "hint");
}

static void *fail_elsewhere(void *unused) {
    kf_fail(KF_E_BUSY, "elsewhere");
    return NULL;
}

static void another_threads_error_is_not_seen(void **state) {
    pthread_t thread;
    kf_fail(KF_E_IO, "here");
    assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, NULL), 0);
    pthread_join(thread, NULL);
    assert_string_equal(kf_error_sentence(KF_E_IO), "here");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_whole_row),
        cmocka_unit_test(an_unknown_code_gives_the_row_of_failed),
        cmocka_unit_test(fail_returns_the_code_and_sets_the_sentence),
        cmocka_unit_test(fail_forgets_the_hint_and_key_of_the_error_before),
        cmocka_unit_test(fail_in_puts_words_before_and_keeps_the_hint),
        cmocka_unit_test(fail_in_without_a_sentence_takes_the_tables),
        cmocka_unit_test(the_code_stays_until_it_is_cleared),
        cmocka_unit_test(foreign_text_is_escaped),
        cmocka_unit_test(a_sentence_may_be_made_of_the_one_before),
        cmocka_unit_test(a_long_sentence_is_cut),
        cmocka_unit_test(save_and_restore_keep_an_error_over_a_clean_up),
        cmocka_unit_test(another_threads_error_is_not_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
