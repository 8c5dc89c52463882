// SPDX-License-Identifier: Apache-2.0
// The states of a request and the table of moves.
#include "unit/base_fixture.h"

#include "base/auto.h"
#include "enroll/states.h"

enum { STATES = KF_REQUEST_NEEDS_OPERATOR + 1 };

static void every_state_has_a_name_of_its_own(void **state) {
    for (int a = 0; a < STATES; a++) {
        assert_string_not_equal(kf_request_state_name((enum kf_request_state)a), "?");
        for (int b = 0; b < a; b++)
            assert_string_not_equal(kf_request_state_name((enum kf_request_state)a),
                                    kf_request_state_name((enum kf_request_state)b));
    }
    assert_string_equal(kf_request_state_name((enum kf_request_state)STATES), "?");
}

static void a_name_leads_back_to_its_state(void **state) {
    for (int i = 0; i < STATES; i++) {
        enum kf_request_state back = KF_REQUEST_DONE;
        assert_int_equal(kf_state_parse(kf_request_state_name((enum kf_request_state)i), &back),
                         KF_OK);
        assert_int_equal(back, i);
    }
}

static void an_unknown_name_is_a_damaged_database(void **state) {
    enum kf_request_state kept = KF_REQUEST_WRITTEN;
    assert_int_equal(kf_state_parse("approved", &kept), KF_E_DATABASE);
    assert_non_null(strstr(kf_error_sentence(KF_E_DATABASE), "approved"));
    assert_int_equal(kf_state_parse("", &kept), KF_E_DATABASE);
    assert_int_equal(kept, KF_REQUEST_WRITTEN);
}

static void every_state_has_words_for_people_and_programs(void **state) {
    for (int i = 0; i < STATES; i++) {
        const struct kf_state_words *words = kf_state_words((enum kf_request_state)i);
        assert_true(words->status && *words->status && words->title && *words->title);
    }
}

static void no_move_stands_in_the_table_twice(void **state) {
    for (size_t a = 0; a < kf_move_count; a++)
        for (size_t b = 0; b < a; b++)
            assert_false(kf_moves[a].from == kf_moves[b].from && kf_moves[a].to == kf_moves[b].to);
}

static void what_is_not_in_the_table_is_not_allowed(void **state) {
    size_t allowed = 0;
    for (int from = 0; from < STATES; from++)
        for (int to = 0; to < STATES; to++)
            allowed += kf_move_allowed((enum kf_request_state)from, (enum kf_request_state)to);
    assert_int_equal(allowed, kf_move_count);
}

static const enum kf_request_state maybe_sent[] = {
    KF_REQUEST_SUBMITTING, KF_REQUEST_SUBMITTED, KF_REQUEST_ISSUED,      KF_REQUEST_VERIFIED,
    KF_REQUEST_WRITTEN,    KF_REQUEST_DONE,      KF_REQUEST_QUARANTINED, KF_REQUEST_NEEDS_OPERATOR};

static void nothing_that_may_have_been_sent_becomes_unsent(void **state) {
    for (size_t i = 0; i < KF_COUNT(maybe_sent); i++)
        for (int to = KF_REQUEST_INTENT; to <= KF_REQUEST_CSR_READY; to++)
            assert_false(kf_move_allowed(maybe_sent[i], (enum kf_request_state)to));
}

static void only_a_person_destroys_a_key(void **state) {
    for (size_t i = 0; i < kf_move_count; i++)
        if (kf_moves[i].to == KF_REQUEST_WITHDRAWN)
            assert_int_equal(kf_moves[i].by, KF_MOVE_PERSON);
}

static void an_issued_certificate_is_not_withdrawn(void **state) {
    assert_false(kf_move_allowed(KF_REQUEST_ISSUED, KF_REQUEST_WITHDRAWN));
    assert_false(kf_move_allowed(KF_REQUEST_VERIFIED, KF_REQUEST_WITHDRAWN));
    assert_false(kf_move_allowed(KF_REQUEST_WRITTEN, KF_REQUEST_WITHDRAWN));
    assert_false(kf_move_allowed(KF_REQUEST_DONE, KF_REQUEST_WITHDRAWN));
}

static void ends_are_what_the_flow_does_not_leave(void **state) {
    for (int i = 0; i < STATES; i++)
        assert_int_equal(kf_state_is_end((enum kf_request_state)i), i >= KF_REQUEST_DONE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_has_a_name_of_its_own),
        cmocka_unit_test(a_name_leads_back_to_its_state),
        cmocka_unit_test(an_unknown_name_is_a_damaged_database),
        cmocka_unit_test(every_state_has_words_for_people_and_programs),
        cmocka_unit_test(no_move_stands_in_the_table_twice),
        cmocka_unit_test(what_is_not_in_the_table_is_not_allowed),
        cmocka_unit_test(nothing_that_may_have_been_sent_becomes_unsent),
        cmocka_unit_test(only_a_person_destroys_a_key),
        cmocka_unit_test(an_issued_certificate_is_not_withdrawn),
        cmocka_unit_test(ends_are_what_the_flow_does_not_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
