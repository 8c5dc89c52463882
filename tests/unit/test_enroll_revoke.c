// SPDX-License-Identifier: Apache-2.0
// Revoking: the CA is asked with what it needs, what it says is kept, and no key is touched.
#include "unit/enroll_careful.h"

#include <keyfob/labca.h>
#include <keyfob/renew.h>

static kf_err enroll_carefully(void) {
    struct kf_enroll_order order = a_careful_order();
    return kf_enroll(context, &order, id);
}

static kf_err revoke_it(const char *certificate) {
    return kf_revoke(context, certificate, NULL, 1, NULL, NULL);
}

static const char *cert_text(const char *certificate, const char *key) {
    KF_AUTO_PTR(json_t) json = NULL;
    assert_ok(kf_store_json(context, certificate, &json));
    const char *text = json_string_value(json_object_get(json, key));
    snprintf(shown, sizeof shown, "%s", text ? text : "");
    return shown;
}

static size_t history_length(void) {
    KF_AUTO_PTR(json_t) history = NULL;
    assert_ok(kf_request_history_json(context, "r-1", &history));
    return json_array_size(history);
}

static void a_revoked_certificate_is_marked_and_its_key_stays(void **state) {
    KF_AUTO_PTR(json_t) report = NULL;
    const char *status = NULL, *reason = NULL;
    SCRIPT(submit, TAKE);
    assert_fails(enroll_carefully(), KF_E_PENDING);
    assert_ok(resume());
    assert_ok(kf_revoke(context, "c-1", NULL, 1, "the card is lost", &report));
    assert_string_equal(careful.ticket, "t-1");
    assert_string_equal(careful.comment, "the card is lost");
    assert_int_equal(careful.reason, 1);
    assert_true(careful.cert_len > 100);
    assert_int_equal(json_unpack(report, "{s:s, s:s}", "status", &status, "reason", &reason), 0);
    assert_string_equal(status, "revoked");
    assert_string_equal(reason, "keyCompromise");
    assert_string_equal(cert_text("c-1", "status"), "revoked");
    assert_token(1, 1);
    assert_int_equal(history_length(), 10);
}

static void what_is_only_asked_for_is_kept_and_asked_again(void **state) {
    static const enum kf_ca_outcome outcomes[] = {KF_CA_WAIT, KF_CA_NEEDS_PERSON};
    static const kf_err errs[] = {KF_E_PENDING, KF_E_NEEDS_PERSON};
    static const char *const words[] = {"the CA's words", "somebody approves it"};
    assert_ok(enroll_carefully());
    for (size_t i = 0; i < KF_COUNT(outcomes); i++) {
        KF_AUTO_PTR(json_t) report = NULL;
        KF_AUTO_PTR(json_t) row = NULL;
        careful.revoked = outcomes[i];
        assert_says(kf_revoke(context, "c-1", NULL, 1, NULL, &report), errs[i], words[i]);
        assert_non_null(strstr(kf_error_key_state(errs[i]), "still valid"));
        assert_string_equal(json_string_value(json_object_get(report, "status")), "asked");
        assert_ok(kf_store_json(context, "c-1", &row));
        assert_string_equal(
            json_string_value(json_object_get(json_object_get(row, "revocation"), "text")),
            words[i]);
        assert_string_not_equal(cert_text("c-1", "status"), "revoked");
    }
    careful.revoked = KF_CA_ISSUED;
    assert_ok(revoke_it("c-1"));
    assert_string_equal(cert_text("c-1", "status"), "revoked");
}

static void a_ca_that_refuses_leaves_it_valid(void **state) {
    assert_ok(enroll_carefully());
    careful.revoked = KF_CA_REJECTED;
    assert_says(revoke_it("c-1"), KF_E_REJECTED, "the CA's words");
    careful.revoked = KF_CA_NOT_FOUND;
    assert_says(revoke_it("c-1"), KF_E_NOT_FOUND, "does not know");
    careful.revoked = KF_CA_RETRY;
    assert_fails(revoke_it("c-1"), KF_E_CA_UNREACHABLE);
    careful.revoke = KF_E_CA_LOGIN;
    assert_fails(revoke_it("c-1"), KF_E_CA_LOGIN);
    assert_non_null(strstr(kf_error_key_state(KF_E_CA_LOGIN), "still valid"));
    assert_string_not_equal(cert_text("c-1", "status"), "revoked");
    assert_int_equal(history_length(), 9);
}

static void a_quarantined_certificate_is_revoked_from_the_answer(void **state) {
    KF_AUTO(kf_request) row = {0};
    lab->flaw = OTHER_SUBJECT;
    assert_fails(enroll_carefully(), KF_E_QUARANTINED);
    careful.revoked = KF_CA_WAIT;
    assert_fails(revoke_it("r-1"), KF_E_PENDING);
    assert_fails(kf_request_withdraw(context, id, false), KF_E_STATE);
    careful.revoked = KF_CA_ISSUED;
    assert_ok(revoke_it("r-1"));
    load(&row);
    assert_true(row.revoked_at > 0);
    assert_int_equal(row.revoked_reason, 1);
    assert_null(row.revocation);
    assert_ok(kf_request_withdraw(context, id, false)); /* nothing of the key can be used now */
    assert_token(0, 0);
}

/* The token broke, or the key on it is gone, after the CA had issued: the way out. */
static void an_issued_certificate_is_revoked_and_its_request_withdrawn(void **state) {
    char other[KF_REQUEST_ID_MAX];
    struct kf_renew_order order = {.certificate = "c-1"};
    assert_ok(enroll_carefully());
    SCRIPT(submit, TAKE);
    assert_fails(kf_renew(context, &order, id), KF_E_PENDING);
    assert_ok(kf_request_check(context, id));
    assert_says(kf_request_withdraw(context, id, true), KF_E_STATE, "cannot be withdrawn");
    assert_non_null(strstr(kf_error_next(KF_E_STATE), "keyfob revoke r-2"));
    assert_ok(revoke_it("r-2"));
    assert_says(resume(), KF_E_QUARANTINED, "revoked");
    assert_token(2, 1); /* not installed, and the old one is in its place */
    assert_string_equal(cert_text("c-1", "superseded_by"), "");
    assert_ok(kf_request_withdraw(context, id, false));
    assert_token(1, 1);
    SCRIPT(submit, TAKE_AND_ISSUE);
    assert_ok(kf_renew(context, &order, other));
}

/* On the token, and the CA does not listen when it is told. */
static void what_was_revoked_before_it_was_stored_replaces_nothing(void **state) {
    struct kf_renew_order order = {.certificate = "c-1"};
    assert_ok(enroll_carefully());
    careful.hears = KF_E_CA_UNREACHABLE;
    assert_fails(kf_renew(context, &order, id), KF_E_CA_UNREACHABLE);
    assert_state("written");
    assert_ok(revoke_it("r-2"));
    careful.hears = KF_OK;
    assert_ok(resume());
    assert_string_equal(cert_text("c-2", "status"), "revoked");
    assert_string_equal(cert_text("c-1", "superseded_by"), "");
}

static void a_certificate_for_another_key_is_not_revoked_for_somebody_else(void **state) {
    lab->flaw = OTHER_KEY;
    assert_fails(enroll_carefully(), KF_E_QUARANTINED);
    assert_says(revoke_it("r-1"), KF_E_STATE, "for the key of request r-1");
    lab->flaw = HTML;
    assert_fails(enroll_carefully(), KF_E_QUARANTINED);
    assert_fails(revoke_it("r-2"), KF_E_STATE);
    SCRIPT(submit, TAKE);
    assert_fails(enroll_carefully(), KF_E_PENDING);
    assert_fails(revoke_it("r-3"), KF_E_STATE);
    assert_int_equal(careful.revocations, 0);
}

static void a_finished_request_stands_for_its_certificate(void **state) {
    assert_ok(enroll_carefully());
    assert_ok(revoke_it("r-1"));
    assert_string_equal(cert_text("c-1", "status"), "revoked");
}

static void a_certificate_from_elsewhere_needs_a_connection(void **state) {
    KF_AUTO_PTR(kf_cert) cert = NULL;
    char stored_id[24];
    assert_ok(enroll_carefully());
    assert_ok(kf_store_get(context, "c-1", &cert, NULL));
    assert_ok(kf_store_remove(context, "c-1"));
    assert_ok(kf_store_put(context, KF_STORE_PERSONAL, cert, NULL, NULL, stored_id));
    assert_says(revoke_it(stored_id), KF_E_USAGE, "came from");
    assert_ok(kf_revoke(context, stored_id, "k", 0, NULL, NULL));
    assert_string_equal(careful.ticket, "-");
}

static void wrong_names_and_reasons_ask_no_ca(void **state) {
    assert_ok(enroll_carefully());
    assert_fails(revoke_it("c-9"), KF_E_NOT_FOUND);
    assert_fails(revoke_it("r-9"), KF_E_NOT_FOUND);
    assert_fails(kf_revoke(context, "c-1", "nobody", 1, NULL, NULL), KF_E_NOT_FOUND);
    assert_fails(kf_revoke(context, "c-1", NULL, 7, NULL, NULL), KF_E_USAGE);
    assert_fails(kf_revoke(context, "c-1", "a", 1, NULL, NULL), KF_E_UNSUPPORTED);
    assert_int_equal(careful.revocations, 0);
}

static void a_revoked_key_is_not_certified_again(void **state) {
    struct kf_renew_order order = {.certificate = "c-1", .same_key = true};
    assert_ok(enroll_carefully());
    assert_ok(revoke_it("c-1"));
    assert_says(kf_renew(context, &order, id), KF_E_STATE, "revoked");
    order.same_key = false;
    assert_ok(kf_renew(context, &order, id));
}

static void the_lab_ca_revokes(void **state) {
    struct kf_labca_order ca = {.name = "lab"};
    KF_AUTO_PTR(kf_cert) root = NULL;
    KF_AUTO_PTR(json_t) list = NULL;
    const char *word = NULL;
    assert_ok(kf_labca_init(context, NULL, &ca, &root));
    assert_ok(enroll("lab"));
    assert_ok(kf_revoke(context, "c-1", NULL, 4, NULL, NULL));
    assert_ok(kf_revoke(context, "c-1", NULL, 4, NULL, NULL)); /* once more is fine */
    assert_ok(kf_labca_list(context, "lab", &list));
    assert_int_equal(json_unpack(list, "[{s:s}]", "state", &word), 0);
    assert_string_equal(word, "revoked");
}

/* --- a CA that does not want to hear --- */

static void a_ca_that_does_not_want_to_hear_ends_no_request(void **state) {
    careful.hears = KF_E_CA_ANSWER;
    assert_fails(enroll_carefully(), KF_E_CA_ANSWER);
    assert_state("written");
    assert_fails(resume(), KF_E_CA_ANSWER);
    assert_ok(resume());
    assert_enrolled();
    assert_int_equal(lab->acknowledged, 3);
    assert_string_equal(request_text("link"), "ok");
}

static void a_ca_that_was_not_reached_is_told_for_as_long_as_it_takes(void **state) {
    careful.hears = KF_E_CA_UNREACHABLE;
    assert_fails(enroll_carefully(), KF_E_CA_UNREACHABLE);
    for (int i = 0; i < 5; i++)
        assert_fails(resume(), KF_E_CA_UNREACHABLE);
    careful.hears = KF_E_CA_LOGIN;
    for (int i = 0; i < 5; i++)
        assert_fails(resume(), KF_E_CA_LOGIN);
    assert_state("written");
    careful.hears = KF_OK;
    assert_ok(resume());
    assert_enrolled();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CAREFUL(a_revoked_certificate_is_marked_and_its_key_stays),
        CAREFUL(what_is_only_asked_for_is_kept_and_asked_again),
        CAREFUL(a_ca_that_refuses_leaves_it_valid),
        CAREFUL(a_quarantined_certificate_is_revoked_from_the_answer),
        CAREFUL(an_issued_certificate_is_revoked_and_its_request_withdrawn),
        CAREFUL(what_was_revoked_before_it_was_stored_replaces_nothing),
        CAREFUL(a_certificate_for_another_key_is_not_revoked_for_somebody_else),
        CAREFUL(a_finished_request_stands_for_its_certificate),
        CAREFUL(a_certificate_from_elsewhere_needs_a_connection),
        CAREFUL(wrong_names_and_reasons_ask_no_ca),
        CAREFUL(a_revoked_key_is_not_certified_again),
        CAREFUL(the_lab_ca_revokes),
        CAREFUL(a_ca_that_does_not_want_to_hear_ends_no_request),
        CAREFUL(a_ca_that_was_not_reached_is_told_for_as_long_as_it_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
