// SPDX-License-Identifier: Apache-2.0
// What the CA sends: kept raw first, then checked; what fails stays out of the token and the store.
#include "unit/enroll_fixture.h"

static void assert_quarantined(void) {
    assert_state("quarantined");
    assert_token(1, 0);
    assert_int_equal(stored(KF_STORE_PERSONAL), 0);
    assert_int_equal(stored(KF_STORE_INTERMEDIATE), 0);
    assert_int_equal(stored(KF_STORE_ROOT), 0);
    assert_int_equal(lab->acknowledged, 0);
}

static void quarantines(enum flaw flaw, const char *why) {
    lab->flaw = flaw;
    assert_says(enroll("a"), KF_E_QUARANTINED, why);
    assert_quarantined();
    assert_non_null(strstr(request_text("reason"), why));
}

static void a_certificate_of_another_key_is_quarantined(void **state) {
    quarantines(OTHER_KEY, "key");
}
static void another_subject_is_quarantined(void **state) {
    quarantines(OTHER_SUBJECT, "Mallory");
}
static void a_ca_certificate_is_quarantined(void **state) {
    quarantines(MAKES_CA, "CA certificate");
}
static void twenty_years_are_quarantined(void **state) {
    quarantines(TWENTY_YEARS, "days");
}
static void another_root_is_quarantined_although_it_came_along(void **state) {
    quarantines(OTHER_ROOT, "");
}
static void a_web_page_is_quarantined(void **state) {
    quarantines(HTML, "HTML");
}
static void a_truncated_certificate_is_quarantined(void **state) {
    quarantines(TRUNCATED, "cannot be read");
}
static void trailing_bytes_are_quarantined(void **state) {
    quarantines(TRAILING, "cannot be read");
}
static void noise_is_quarantined(void **state) {
    quarantines(NOISE, "cannot be read");
}
static void a_huge_answer_is_quarantined(void **state) {
    quarantines(HUGE_BODY, "larger");
}

static void an_empty_answer_is_no_certificate(void **state) {
    lab->flaw = EMPTY;
    assert_fails(enroll("a"), KF_E_CA_ANSWER);
    assert_state("submitting");
    assert_token(1, 0);
    lab->flaw = GOOD;
    SCRIPT(lookup, TAKE_AND_ISSUE);
    assert_ok(resume());
    assert_state("done");
    assert_int_equal(lab->sends, 1);
}

static void an_empty_answer_to_a_poll_changes_nothing(void **state) {
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    lab->flaw = EMPTY;
    assert_fails(resume(), KF_E_CA_ANSWER);
    assert_state("waiting");
    assert_string_equal(request_text("link"), "problem");
    lab->flaw = GOOD;
    assert_ok(resume());
    assert_enrolled();
    assert_string_equal(request_text("link"), "ok");
}

static void a_root_in_the_bundle_is_trusted_by_nobody(void **state) {
    lab->flaw = EXTRA_ROOT;
    assert_ok(enroll("a"));
    assert_enrolled();
    assert_int_equal(stored(KF_STORE_INTERMEDIATE), 0);
    KF_AUTO(kf_certs) offered = {0};
    KF_AUTO(kf_certs) accepted = {0};
    assert_ok(kf_connection_roots(context, "a", &offered, &accepted));
    assert_int_equal(accepted.count, 1);
}

static void the_answer_is_kept_as_it_came(void **state) {
    KF_AUTO(kf_request) r = {0};
    lab->flaw = HTML;
    assert_fails(enroll("a"), KF_E_QUARANTINED);
    load(&r);
    assert_true(kf_str_starts(kf_buf_str(&r.answer), "<!DOCTYPE html>"));
    assert_int_equal(strlen(r.answer_hash), 64);
    assert_int_equal(r.chain.len, 0);
}

/* Up to the check nothing may depend on what is in the answer. */
static void the_answer_is_in_the_database_before_it_is_looked_at(void **state) {
    KF_AUTO_PTR(json_t) history = NULL;
    const char *from = NULL, *to = NULL;
    lab->flaw = HTML;
    assert_fails(enroll("a"), KF_E_QUARANTINED);
    assert_ok(kf_request_history_json(context, id, &history));
    size_t last = json_array_size(history) - 1;
    json_unpack(json_array_get(history, last), "{s:s s:s}", "from", &from, "to", &to);
    assert_string_equal(from, "issued");
    assert_string_equal(to, "quarantined");
}

static void a_certificate_of_tomorrow_is_held(void **state) {
    lab->flaw = NOT_YET;
    assert_fails(enroll("a"), KF_E_PENDING);
    assert_non_null(strstr(kf_error_next(KF_E_PENDING), "clock"));
    assert_state("issued");
    assert_token(1, 0);
    clock_shift = 2 * 3600;
    assert_ok(resume());
    assert_enrolled();
    assert_int_equal(lab->polls, 0);
}

static void a_corrected_certificate_is_fetched_by_retry(void **state) {
    lab->flaw = OTHER_SUBJECT;
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    assert_fails(resume(), KF_E_QUARANTINED);
    assert_fails(resume(), KF_E_QUARANTINED);
    assert_int_equal(lab->polls, 1);
    lab->flaw = GOOD;
    assert_ok(kf_request_retry(context, id));
    assert_enrolled();
    assert_string_equal(request_text("reason"), "");
}

static void retry_that_gets_the_same_is_quarantined_again(void **state) {
    lab->flaw = OTHER_KEY;
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    assert_fails(resume(), KF_E_QUARANTINED);
    assert_fails(kf_request_retry(context, id), KF_E_QUARANTINED);
    assert_quarantined();
}

static void what_was_refused_is_kept_until_something_else_comes(void **state) {
    static const enum reply replies[] = {TAKE, LOSE, REJECT, UNKNOWN, ASK_PERSON};
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    lab->flaw = OTHER_SUBJECT;
    assert_fails(resume(), KF_E_QUARANTINED);
    for (size_t i = 0; i < KF_COUNT(replies); i++) {
        KF_AUTO(kf_request) r = {0};
        SCRIPT(poll, replies[i]);
        assert_int_not_equal(kf_request_retry(context, id), KF_OK);
        load(&r);
        assert_int_equal(r.state, KF_REQUEST_QUARANTINED);
        assert_true(r.answer.len > 0 && r.reason);
    }
}

static void retry_without_a_ticket_asks_nothing(void **state) {
    quarantines(OTHER_KEY, "key");
    assert_fails(kf_request_retry(context, id), KF_E_STATE);
    assert_quarantined();
    assert_int_equal(lab->sends, 1);
}

/* --- import --- */

static void make_file(enum flaw flaw, kf_buf *ret_file) {
    struct kf_ca_answer answer = {0};
    KF_AUTO_FREE uint8_t *csr = NULL;
    size_t len = 0;
    lab->flaw = flaw;
    assert_ok(kf_request_csr(context, id, &csr, &len));
    struct kf_ca_order order = {.csr = csr, .csr_len = len};
    assert_ok(give_cert(&answer, &order));
    assert_ok(kf_buf_set(ret_file, answer.body, answer.body_len));
    kf_ca_answer_clear(&answer);
}

static kf_err import(enum flaw flaw) {
    KF_AUTO(kf_buf) file = {0};
    make_file(flaw, &file);
    return kf_request_import(context, id, file.data, file.len);
}

static void a_certificate_from_a_file_ends_the_waiting(void **state) {
    KF_AUTO(kf_request) r = {0};
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    assert_ok(import(GOOD));
    assert_enrolled();
    assert_int_equal(lab->polls, 0);
    load(&r);
    assert_int_equal(strlen(r.answer_hash), 64);
}

static void a_certificate_from_a_file_ends_an_unknown_fate(void **state) {
    SCRIPT(submit, TAKE_AND_LOSE);
    assert_fails(enroll("c"), KF_E_CA_UNREACHABLE);
    assert_fails(resume(), KF_E_NEEDS_OPERATOR);
    assert_ok(import(GOOD));
    assert_enrolled();
    assert_int_equal(lab->sends, 1);
}

static void a_file_while_sending_is_unknown_is_taken(void **state) {
    SCRIPT(submit, TAKE_AND_LOSE);
    assert_fails(enroll("c"), KF_E_CA_UNREACHABLE);
    assert_ok(import(GOOD));
    assert_enrolled();
    assert_int_equal(lab->sends, 1);
}

static void a_file_for_another_key_is_refused_and_nothing_moves(void **state) {
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    assert_fails(import(OTHER_KEY), KF_E_KEY_MISMATCH);
    assert_fails(import(HTML), KF_E_INPUT);
    assert_fails(import(TRUNCATED), KF_E_INPUT);
    assert_fails(import(HUGE_BODY), KF_E_TOO_LARGE);
    assert_state("waiting");
    lab->flaw = GOOD;
    assert_ok(resume());
    assert_enrolled();
}

static void a_bad_certificate_from_a_file_is_quarantined_and_a_good_one_follows(void **state) {
    KF_AUTO(kf_request) bad = {0};
    KF_AUTO(kf_request) good = {0};
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    assert_fails(import(MAKES_CA), KF_E_QUARANTINED);
    assert_quarantined();
    load(&bad);
    assert_ok(import(GOOD));
    assert_enrolled();
    load(&good);
    assert_string_not_equal(bad.answer_hash, good.answer_hash);
}

static void nothing_is_imported_into_what_has_ended(void **state) {
    assert_ok(enroll("a"));
    assert_fails(import(GOOD), KF_E_STATE);
    SCRIPT(submit, REJECT);
    assert_fails(enroll("a"), KF_E_REJECTED);
    assert_fails(import(GOOD), KF_E_STATE);
    assert_state("rejected");
}

/* Killed between the two records of an import into a request that was never sent. */
static void an_answer_that_is_there_is_never_ordered_again(void **state) {
    KF_AUTO(kf_request) r = {0};
    KF_AUTO(kf_buf) file = {0};
    SCRIPT(submit, LOSE);
    assert_fails(enroll("b"), KF_E_CA_UNREACHABLE);
    make_file(GOOD, &file);
    load(&r);
    assert_ok(kf_buf_set(&r.answer, file.data, file.len));
    assert_ok(kf_journal_save(context, &r));
    assert_ok(resume());
    assert_state("done");
    assert_int_equal(lab->sends, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        ENROLL(a_certificate_of_another_key_is_quarantined),
        ENROLL(another_subject_is_quarantined),
        ENROLL(a_ca_certificate_is_quarantined),
        ENROLL(twenty_years_are_quarantined),
        ENROLL(another_root_is_quarantined_although_it_came_along),
        ENROLL(a_web_page_is_quarantined),
        ENROLL(a_truncated_certificate_is_quarantined),
        ENROLL(trailing_bytes_are_quarantined),
        ENROLL(noise_is_quarantined),
        ENROLL(a_huge_answer_is_quarantined),
        ENROLL(an_empty_answer_is_no_certificate),
        ENROLL(an_empty_answer_to_a_poll_changes_nothing),
        ENROLL(a_root_in_the_bundle_is_trusted_by_nobody),
        ENROLL(the_answer_is_kept_as_it_came),
        ENROLL(the_answer_is_in_the_database_before_it_is_looked_at),
        ENROLL(a_certificate_of_tomorrow_is_held),
        ENROLL(a_corrected_certificate_is_fetched_by_retry),
        ENROLL(retry_that_gets_the_same_is_quarantined_again),
        ENROLL(what_was_refused_is_kept_until_something_else_comes),
        ENROLL(retry_without_a_ticket_asks_nothing),
        ENROLL(a_certificate_from_a_file_ends_the_waiting),
        ENROLL(a_certificate_from_a_file_ends_an_unknown_fate),
        ENROLL(a_file_while_sending_is_unknown_is_taken),
        ENROLL(a_file_for_another_key_is_refused_and_nothing_moves),
        ENROLL(a_bad_certificate_from_a_file_is_quarantined_and_a_good_one_follows),
        ENROLL(nothing_is_imported_into_what_has_ended),
        ENROLL(an_answer_that_is_there_is_never_ordered_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
