// SPDX-License-Identifier: Apache-2.0
// Renewals: filled from the old request and certificate, with a new key or the same; the old
// certificate and its key stay, whatever happens.
#include "unit/enroll_careful.h"

#include <keyfob/labca.h>
#include <keyfob/renew.h>

#include "enroll/order.h"

static kf_err enroll_carefully(void) {
    struct kf_enroll_order order = a_careful_order();
    return kf_enroll(context, &order, id);
}

static kf_err renew(struct kf_renew_order order) {
    order.certificate = order.certificate ? order.certificate : "c-1";
    return kf_renew(context, &order, id);
}

#define RENEW(...) renew((struct kf_renew_order){__VA_ARGS__})

/* A member of keyfob.certificate/1 as text, "" for null; good until the next call. */
static const char *cert_text(const char *certificate, const char *key) {
    KF_AUTO_PTR(json_t) json = NULL;
    assert_ok(kf_store_json(context, certificate, &json));
    const char *text = json_string_value(json_object_get(json, key));
    snprintf(shown, sizeof shown, "%s", text ? text : "");
    return shown;
}

/* Nobody has taken the place of c-1, and its key is there. */
static void assert_old_stands(void) {
    KF_AUTO_FREE char *uri = NULL;
    assert_string_equal(cert_text("c-1", "superseded_by"), "");
    assert_ok(kf_store_get(context, "c-1", NULL, &uri));
    struct bench bench = open_bench(&(struct room){.context = context}, "card");
    KF_AUTO_PTR(json_t) report = NULL;
    assert_ok(kf_container_check(bench.token, uri, &report));
    close_bench(&bench);
}

/* --- a new key --- */

static void a_renewal_is_filled_from_the_old_request(void **state) {
    KF_AUTO(kf_request) old = {0};
    KF_AUTO(kf_request) new = {0};
    SCRIPT(submit, TAKE, TAKE_AND_ISSUE);
    assert_fails(enroll_carefully(), KF_E_PENDING);
    assert_ok(resume());
    load(&old);
    assert_ok(RENEW(0));
    assert_string_equal(id, "r-2");
    load(&new);
    assert_true(careful.renewal);
    assert_string_equal(new.order, old.order);
    assert_string_equal(new.profile, old.profile);
    assert_string_equal(new.token_uri, old.token_uri);
    assert_string_equal(lab->old_ticket, "t-1");
    assert_int_equal(lab->old_len, new.old_cert.len);
    assert_false(kf_buf_equal(&new.spki, &old.spki));
    assert_string_equal(cert_text("c-1", "superseded_by"), "c-2");
    assert_string_equal(cert_text("c-1", "status"), "superseded");
    assert_token(2, 2);
}

static void fields_and_key_can_be_changed(void **state) {
    KF_AUTO(kf_request) row = {0};
    KF_AUTO(kf_order) order = {0};
    assert_ok(enroll_carefully());
    assert_ok(RENEW(.fields = "{\"years\":\"2\"}", .key = KF_KEY_P384, .container = "new one"));
    load(&row);
    assert_ok(kf_order_decode(&row, &order));
    assert_int_equal(order.key, KF_KEY_P384);
    assert_string_equal(request_text("container"), "new one");
    assert_string_equal(fields_of(id),
                        "{\"template\":\"user\",\"email\":\"anna@example.org\",\"years\":\"2\"}");
}

static void the_old_certificate_stands_until_the_new_one_is_in_the_store(void **state) {
    SCRIPT(submit, TAKE_AND_ISSUE, TAKE);
    assert_ok(enroll_carefully());
    assert_fails(RENEW(0), KF_E_PENDING);
    assert_old_stands();
    play(room, "absent");
    assert_fails(resume(), KF_E_TOKEN_ABSENT);
    play(room, "");
    assert_state("verified");
    assert_old_stands();
    assert_ok(resume());
    assert_string_equal(cert_text("c-1", "superseded_by"), "c-2");
}

static void a_refused_renewal_leaves_the_old_one_current(void **state) {
    SCRIPT(submit, TAKE_AND_ISSUE, REJECT, TAKE_AND_ISSUE);
    assert_ok(enroll_carefully());
    assert_fails(RENEW(0), KF_E_REJECTED);
    assert_ok(kf_request_withdraw(context, id, false));
    assert_token(1, 1);
    assert_old_stands();
    assert_ok(RENEW(0));
    assert_string_equal(cert_text("c-1", "superseded_by"), "c-2");
}

static void an_exportable_key_is_followed_by_an_exportable_one(void **state) {
    KF_AUTO(kf_request) row = {0};
    KF_AUTO(kf_order) order = {0};
    kf_db *db = NULL;
    assert_ok(enroll_carefully());
    assert_ok(kf_context_db(context, &db));
    assert_ok(kf_db_run(db,
                        "UPDATE requests SET order_json = replace(order_json,"
                        " '\"exportable\":false', '\"exportable\":true')",
                        NULL));
    assert_fails(RENEW(0), KF_E_NOT_ON_TOKEN); /* only containers in software can */
    load(&row);
    assert_ok(kf_order_decode(&row, &order));
    assert_true(order.exportable);
}

/* --- one at a time --- */

static void a_certificate_is_renewed_by_one_request_at_a_time(void **state) {
    SCRIPT(submit, TAKE_AND_ISSUE, TAKE);
    assert_ok(enroll_carefully());
    assert_fails(RENEW(0), KF_E_PENDING);
    assert_says(RENEW(0), KF_E_STATE, "r-2 renews the certificate \"c-1\"");
    assert_string_equal(id, "");
    assert_fails(RENEW(.same_key = true), KF_E_STATE);
    assert_ok(kf_request_withdraw(context, "r-2", true));
    assert_fails(RENEW(0), KF_E_PENDING);
    assert_string_equal(id, "r-3");
}

static void the_status_says_what_is_being_renewed(void **state) {
    KF_AUTO_PTR(json_t) status = NULL;
    const char *request = NULL;
    SCRIPT(submit, TAKE_AND_ISSUE, TAKE);
    assert_ok(enroll_carefully());
    assert_fails(RENEW(0), KF_E_PENDING);
    clock_shift = 10 * 86400;
    assert_ok(kf_status_json(context, &status));
    assert_int_equal(json_unpack(status, "{s:[{s:s}]}", "expiring", "renewing", &request), 0);
    assert_string_equal(request, "r-2");
}

static void two_processes_do_not_both_begin_a_renewal(void **state) {
    KF_AUTO(kf_request) row = {0};
    SCRIPT(submit, TAKE_AND_ISSUE, TAKE);
    assert_ok(enroll_carefully());
    assert_fails(RENEW(0), KF_E_PENDING);
    load(&row);
    row.number = 0; /* what another process would write that had looked before */
    free(row.client_id);
    row.client_id = strdup("kf-other");
    assert_fails(kf_journal_begin(context, &row), KF_E_STATE);
}

static void a_renewed_certificate_is_not_renewed_again(void **state) {
    assert_ok(enroll_carefully());
    assert_ok(RENEW(0));
    assert_says(RENEW(0), KF_E_STATE, "renewed already, by \"c-2\"");
    assert_non_null(strstr(kf_error_next(KF_E_STATE), "keyfob renew c-2"));
    assert_ok(RENEW(.certificate = "c-2"));
    assert_string_equal(cert_text("c-2", "superseded_by"), "c-3");
}

/* --- the same key --- */

static void the_same_key_is_certified_again(void **state) {
    KF_AUTO_PTR(json_t) history = NULL;
    KF_AUTO_FREE char *old_uri = NULL;
    const char *first = NULL;
    assert_ok(enroll_carefully());
    assert_ok(kf_store_get(context, "c-1", NULL, &old_uri));
    assert_ok(RENEW(.same_key = true));
    assert_state("done");
    assert_int_equal(calls(room, "C_GenerateKeyPair"), 1);
    assert_token(1, 2); /* the old certificate lies beside the new one */
    assert_string_equal(cert_text("c-2", "key_uri"), old_uri);
    assert_string_equal(cert_text("c-1", "superseded_by"), "c-2");
    assert_ok(kf_request_history_json(context, id, &history));
    assert_int_equal(json_unpack(json_array_get(history, 0), "{s:s}", "to", &first), 0);
    assert_string_equal(first, "key");
}

static void a_container_shows_the_certificate_that_ends_last(void **state) {
    kf_containers *containers = NULL;
    assert_ok(enroll_carefully());
    clock_shift = 86400;
    assert_ok(RENEW(.same_key = true));
    struct bench bench = open_bench(&(struct room){.context = context}, "card");
    assert_ok(kf_containers_read(bench.token, true, &containers));
    assert_int_equal(kf_containers_count(containers), 1);
    assert_int_equal(kf_containers_at(containers, 0)->certificates, 2);
    assert_true(kf_containers_at(containers, 0)->not_after > lab_now() + 29 * 86400);
    kf_containers_free(containers);
    close_bench(&bench);
}

static void no_withdrawal_destroys_a_key_that_is_renewed(void **state) {
    static const enum reply replies[] = {TAKE, REJECT, LOSE, BLIND};
    assert_ok(enroll_carefully());
    for (size_t i = 0; i < KF_COUNT(replies); i++) {
        SCRIPT(submit, replies[i]);
        assert_int_not_equal(RENEW(.same_key = true), KF_OK);
        assert_ok(kf_request_withdraw(context, id, true));
        assert_state("withdrawn");
        assert_fails(resume(), KF_E_STATE);
        assert_token(1, 1);
        assert_old_stands();
    }
}

static void a_renewal_that_was_not_sent_is_withdrawn_without_its_key(void **state) {
    assert_ok(enroll_carefully());
    for (int at = 1; at <= 2; at++) {
        interrupt_at = at;
        assert_fails(RENEW(.same_key = true), KF_E_INTERRUPTED);
        interrupt_at = 0;
        assert_string_equal(request_text("state"), at == 1 ? "key" : "csr");
        assert_ok(kf_request_withdraw(context, id, false));
        assert_token(1, 1);
        assert_old_stands();
    }
}

/* A certificate that was refused, and that the person took over and renewed all the same. */
static void a_key_that_was_certified_again_outlives_its_first_request(void **state) {
    KF_AUTO(kf_request) first = {0};
    KF_AUTO(kf_certs) certs = {0};
    char stored_id[24];
    lab->flaw = OTHER_SUBJECT;
    assert_fails(enroll_carefully(), KF_E_QUARANTINED);
    load(&first);
    assert_ok(kf_certs_read(first.answer.data, first.answer.len, &certs));
    assert_ok(
        kf_store_put(context, KF_STORE_PERSONAL, certs.items[0], first.key_uri, NULL, stored_id));
    lab->flaw = GOOD;
    assert_ok(RENEW(.certificate = stored_id, .connection = "k", .same_key = true,
                    .fields = "{\"email\":\"anna@example.org\"}"));
    assert_ok(kf_request_withdraw(context, "r-1", true));
    assert_token(1, 1);
}

static int renew_same_key(void) {
    return RENEW(.same_key = true);
}

static void a_killed_renewal_goes_on_with_the_key_that_is_there(void **state) {
    SCRIPT(submit, TAKE_AND_ISSUE, DIE, TAKE_AND_ISSUE);
    assert_ok(enroll_carefully());
    assert_int_equal(in_process(renew_same_key), 9);
    snprintf(id, sizeof id, "r-2");
    clock_shift = 1000; /* the look-up finds the first order's record only by its own id */
    lab->hidden = true;
    assert_ok(resume());
    assert_token(1, 2);
    assert_int_equal(calls(room, "C_GenerateKeyPair"), 1);
}

static void the_old_certificate_is_no_answer_to_its_renewal(void **state) {
    KF_AUTO_PTR(kf_cert) old = NULL;
    size_t len = 0;
    SCRIPT(submit, TAKE_AND_ISSUE, TAKE);
    assert_ok(enroll_carefully());
    assert_fails(RENEW(.same_key = true), KF_E_PENDING);
    assert_ok(kf_store_get(context, "c-1", &old, NULL));
    const uint8_t *der = kf_cert_der(old, &len);
    assert_says(kf_request_import(context, id, der, len), KF_E_QUARANTINED, "old certificate");
    assert_state("quarantined");
    assert_old_stands();
    assert_ok(kf_request_retry(context, id));
    assert_string_equal(cert_text("c-1", "superseded_by"), "c-2");
}

static void a_key_that_is_gone_cannot_be_renewed(void **state) {
    assert_ok(enroll_carefully());
    struct bench bench = open_bench(&(struct room){.context = context}, "card");
    assert_ok(kf_container_delete(bench.token, request_text("container")));
    close_bench(&bench);
    assert_says(RENEW(.same_key = true), KF_E_STATE, "is not on the token");
    assert_string_equal(id, "");
}

/* It would take the place of one that can be used. */
static void a_renewal_makes_its_key_here(void **state) {
    assert_ok(enroll_carefully());
    careful.keyless = true;
    assert_says(RENEW(0), KF_E_USAGE, "cannot renew");
    assert_says(RENEW(.same_key = true), KF_E_USAGE, "cannot renew");
    assert_string_equal(id, "");
    assert_int_equal(lab->sends, 1);
    assert_old_stands();
}

static void a_ca_that_wants_new_keys_is_not_asked_for_the_same(void **state) {
    assert_ok(enroll("a"));
    assert_fails(RENEW(.same_key = true), KF_E_UNSUPPORTED);
    assert_fails(RENEW(.reissue = true), KF_E_UNSUPPORTED);
    assert_string_equal(id, "");
    assert_fails(RENEW(.same_key = true, .key = KF_KEY_P256), KF_E_USAGE);
    assert_old_stands();
}

/* --- where it came from --- */

static void a_reissue_is_told_to_the_ca(void **state) {
    assert_ok(enroll_carefully());
    assert_ok(RENEW(.reissue = true));
    assert_true(lab->reissue);
}

static void another_ca_hears_nothing_of_the_old_certificate(void **state) {
    SCRIPT(submit, TAKE, TAKE_AND_ISSUE);
    assert_fails(enroll_carefully(), KF_E_PENDING);
    assert_ok(resume());
    assert_ok(RENEW(.connection = "b"));
    assert_string_equal(request_text("connection"), "b");
    assert_string_equal(lab->old_ticket, "-");
    assert_int_equal(lab->old_len, 0);
    assert_string_equal(cert_text("c-1", "superseded_by"), "c-2");
}

/* As from `cert import`: no request, but the key's place. */
static void forget_the_request(void) {
    KF_AUTO_PTR(kf_cert) cert = NULL;
    KF_AUTO_FREE char *uri = NULL;
    char stored_id[24];
    assert_ok(kf_store_get(context, "c-1", &cert, &uri));
    assert_ok(kf_store_remove(context, "c-1"));
    assert_ok(kf_store_put(context, KF_STORE_PERSONAL, cert, uri, NULL, stored_id));
    assert_string_equal(stored_id, "c-2");
}

static void a_certificate_without_a_request_is_renewed_from_itself(void **state) {
    static const struct kf_san mail = {KF_SAN_EMAIL, "anna@example.org"};
    KF_AUTO_PTR(json_t) json = NULL;
    const char *value = NULL;
    struct kf_enroll_order order = an_order("a");
    order.spec.sans = &mail;
    order.spec.san_count = 1;
    assert_ok(kf_enroll(context, &order, id));
    forget_the_request();
    assert_says(RENEW(.certificate = "c-2"), KF_E_USAGE, "came from");
    assert_ok(RENEW(.certificate = "c-2", .connection = "b"));
    assert_string_equal(request_text("subject_text"), "CN=Anna Example");
    assert_ok(kf_request_json(context, id, &json));
    assert_int_equal(json_unpack(json, "{s:[{s:s}!]}", "alternative_names", "value", &value), 0);
    assert_string_equal(value, "anna@example.org");
    assert_true(lab->old_len > 0);
    assert_string_equal(cert_text("c-2", "superseded_by"), "c-3");
}

static void a_certificate_for_sign_in_and_mail_stays_one(void **state) {
    kf_profile *usual = lab_profile;
    struct kf_enroll_order order = an_order("a");
    order.profile = "person";
    assert_ok(kf_profile_load(context, "person", &lab_profile));
    assert_ok(kf_enroll(context, &order, id));
    forget_the_request();
    assert_ok(RENEW(.certificate = "c-2", .connection = "b"));
    assert_string_equal(request_text("profile"), "person");
    kf_profile_free(lab_profile);
    lab_profile = usual;
}

static void an_old_certificate_that_was_removed_meanwhile_is_not_missed(void **state) {
    SCRIPT(submit, TAKE_AND_ISSUE, TAKE);
    assert_ok(enroll_carefully());
    assert_fails(RENEW(0), KF_E_PENDING);
    assert_ok(kf_store_remove(context, "c-1"));
    assert_ok(resume());
    assert_state("done");
}

static void nobody_elses_certificate_is_renewed(void **state) {
    KF_AUTO_PTR(kf_cert) cert = NULL;
    char stored_id[24];
    assert_ok(enroll_carefully());
    assert_ok(kf_store_get(context, "c-1", &cert, NULL));
    assert_ok(kf_store_put(context, KF_STORE_OTHER, cert, NULL, NULL, stored_id));
    assert_fails(RENEW(.certificate = stored_id), KF_E_USAGE);
    assert_fails(RENEW(.certificate = "c-77"), KF_E_NOT_FOUND);
}

/* --- with the lab CA --- */

static void the_lab_ca_certifies_the_same_key_again(void **state) {
    struct kf_labca_order ca = {.name = "lab"};
    KF_AUTO_PTR(kf_cert) root = NULL;
    assert_ok(kf_labca_init(context, NULL, &ca, &root));
    assert_ok(enroll("lab"));
    assert_ok(RENEW(.same_key = true));
    assert_token(1, 2);
    assert_ok(RENEW(.certificate = "c-2", .same_key = true));
    assert_token(1, 3);
    assert_ok(RENEW(.certificate = "c-3"));
    assert_token(2, 4);
    assert_string_equal(cert_text("c-3", "superseded_by"), "c-4");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CAREFUL(a_renewal_is_filled_from_the_old_request),
        CAREFUL(fields_and_key_can_be_changed),
        CAREFUL(the_old_certificate_stands_until_the_new_one_is_in_the_store),
        CAREFUL(a_refused_renewal_leaves_the_old_one_current),
        CAREFUL(an_exportable_key_is_followed_by_an_exportable_one),
        CAREFUL(a_certificate_is_renewed_by_one_request_at_a_time),
        CAREFUL(the_status_says_what_is_being_renewed),
        CAREFUL(two_processes_do_not_both_begin_a_renewal),
        CAREFUL(a_renewed_certificate_is_not_renewed_again),
        CAREFUL(the_same_key_is_certified_again),
        CAREFUL(a_container_shows_the_certificate_that_ends_last),
        CAREFUL(no_withdrawal_destroys_a_key_that_is_renewed),
        CAREFUL(a_renewal_that_was_not_sent_is_withdrawn_without_its_key),
        CAREFUL(a_key_that_was_certified_again_outlives_its_first_request),
        CAREFUL(a_killed_renewal_goes_on_with_the_key_that_is_there),
        CAREFUL(the_old_certificate_is_no_answer_to_its_renewal),
        CAREFUL(a_key_that_is_gone_cannot_be_renewed),
        CAREFUL(a_ca_that_wants_new_keys_is_not_asked_for_the_same),
        CAREFUL(a_renewal_makes_its_key_here),
        CAREFUL(a_reissue_is_told_to_the_ca),
        CAREFUL(another_ca_hears_nothing_of_the_old_certificate),
        CAREFUL(a_certificate_without_a_request_is_renewed_from_itself),
        CAREFUL(a_certificate_for_sign_in_and_mail_stays_one),
        CAREFUL(an_old_certificate_that_was_removed_meanwhile_is_not_missed),
        CAREFUL(nobody_elses_certificate_is_renewed),
        CAREFUL(the_lab_ca_certifies_the_same_key_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
