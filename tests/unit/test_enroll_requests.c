// SPDX-License-Identifier: Apache-2.0
// Requests as a whole: all of them, taken over from others, made elsewhere, and as documents.
#include "unit/enroll_fixture.h"

#include <sys/stat.h>

#include "x509/csr.h"

static void every_open_request_is_resumed(void **state) {
    size_t done = 0, open = 0;
    SCRIPT(submit, TAKE, TAKE, REJECT, TAKE_AND_ISSUE);
    assert_fails(enroll("a"), KF_E_PENDING);
    assert_fails(enroll("a"), KF_E_PENDING);
    assert_fails(enroll("a"), KF_E_REJECTED);
    assert_ok(enroll("a"));
    SCRIPT(poll, TAKE, TAKE_AND_ISSUE);
    assert_fails(kf_resume_all(context, &done, &open), KF_E_PENDING);
    assert_int_equal(done, 1);
    assert_int_equal(open, 1);
    assert_ok(kf_resume_all(context, &done, &open));
    assert_int_equal(done, 1);
    assert_int_equal(open, 0);
    assert_int_equal(lab->polls, 3);
}

static void one_pin_serves_all_requests_of_a_token(void **state) {
    size_t done = 0, open = 9;
    SCRIPT(submit, TAKE);
    for (int i = 0; i < 3; i++)
        assert_fails(enroll("a"), KF_E_PENDING);
    assert_fails(enroll("b"), KF_E_PENDING);
    int asked = room->person.asked, logins = calls(room, "C_Login");
    assert_ok(kf_resume_all(context, &done, &open));
    assert_int_equal(done, 4);
    assert_int_equal(open, 0);
    assert_int_equal(room->person.asked, asked + 1);
    assert_int_equal(calls(room, "C_Login"), logins + 1);
    assert_int_equal(stored(KF_STORE_PERSONAL), 4);
}

static void no_pin_is_asked_for_when_nothing_came(void **state) {
    SCRIPT(submit, TAKE);
    SCRIPT(poll, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    assert_fails(enroll("b"), KF_E_PENDING);
    int asked = room->person.asked;
    assert_fails(kf_resume_all(context, NULL, NULL), KF_E_PENDING);
    assert_int_equal(room->person.asked, asked);
}

static void a_token_that_fails_once_is_opened_anew_for_the_next_request(void **state) {
    size_t done = 0, open = 0;
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    assert_fails(enroll("a"), KF_E_PENDING);
    play(room, "fail C_CreateObject 1 CKR_DEVICE_ERROR");
    assert_fails(kf_resume_all(context, &done, &open), KF_E_TOKEN_ERROR);
    assert_int_equal(done, 1);
    assert_int_equal(open, 1);
    play(room, "");
    assert_ok(kf_resume_all(context, &done, &open));
    assert_int_equal(stored(KF_STORE_PERSONAL), 2);
}

/* --- from another request --- */

static const struct kf_san mail = {KF_SAN_EMAIL, "anna@example.org"};

static void a_new_order_takes_over_what_it_leaves_open(void **state) {
    KF_AUTO(kf_request) old = {0};
    KF_AUTO(kf_request) new = {0};
    struct kf_enroll_order order = an_order("b"), again = {.from = "r-1"};
    order.spec.sans = &mail;
    order.spec.san_count = 1;
    order.fields = "{\"cost\":\"4\"}";
    order.key = KF_KEY_P384;
    SCRIPT(submit, REJECT, TAKE_AND_ISSUE);
    assert_fails(kf_enroll(context, &order, id), KF_E_REJECTED);
    load(&old);
    assert_ok(kf_enroll(context, &again, id));
    assert_string_equal(id, "r-2");
    load(&new);
    assert_string_equal(new.order, old.order);
    assert_string_equal(new.connection, "b");
    assert_string_not_equal(new.client_id, old.client_id);
    assert_false(kf_buf_equal(&new.spki, &old.spki));
}

static void what_the_new_order_says_counts(void **state) {
    struct kf_enroll_order again = {
        .from = "r-1", .connection = "c", .spec = {.subject = "CN=Berta"}};
    assert_ok(enroll("a"));
    assert_ok(kf_enroll(context, &again, id));
    assert_string_equal(request_text("subject_text"), "CN=Berta");
    assert_string_equal(request_text("connection"), "c");
    assert_token(2, 2);
}

static void an_order_from_nothing_is_not_found(void **state) {
    struct kf_enroll_order again = {.from = "r-9"};
    assert_fails(kf_enroll(context, &again, id), KF_E_NOT_FOUND);
    assert_string_equal(id, "");
}

/* --- made elsewhere --- */

static void make_elsewhere(EVP_PKEY *key, kf_buf *ret_csr) {
    KF_AUTO_PTR(kf_csr) csr = NULL;
    static const struct kf_san name = {KF_SAN_EMAIL, "else@example.org"};
    struct kf_csr_spec spec = {
        .subject = "CN=Elsewhere", .profile = lab_profile, .sans = &name, .san_count = 1};
    size_t len = 0;
    assert_ok(kf_csr_build(&spec, key, key, &csr));
    const uint8_t *der = kf_csr_der(csr, &len);
    assert_ok(kf_buf_set(ret_csr, der, len));
}

static void a_request_made_elsewhere_needs_no_token(void **state) {
    KF_AUTO(kf_buf) csr = {0};
    struct kf_enroll_order order = {.connection = "a"};
    make_elsewhere(other_key, &csr);
    order.csr = csr.data;
    order.csr_len = csr.len;
    play(room, "absent");
    SCRIPT(submit, TAKE);
    assert_fails(kf_enroll(context, &order, id), KF_E_PENDING);
    assert_string_equal(request_text("subject_text"), "CN=Elsewhere");
    assert_ok(resume());
    assert_state("done");
    assert_int_equal(room->person.asked, 0);
    assert_int_equal(stored(KF_STORE_PERSONAL), 1);
    assert_int_equal(calls(room, "C_Login"), 0);
}

/* The value of its only alternative name. */
static const char *only_name(json_t **ret_json) {
    const char *value = "";
    assert_ok(kf_request_json(context, id, ret_json));
    assert_int_equal(json_unpack(*ret_json, "{s:[{s:s}!]}", "alternative_names", "value", &value),
                     0);
    return value;
}

static void names_of_a_request_made_elsewhere_are_shown_and_taken_over(void **state) {
    KF_AUTO(kf_buf) csr = {0};
    KF_AUTO_PTR(json_t) first = NULL;
    KF_AUTO_PTR(json_t) second = NULL;
    struct kf_enroll_order order = {.connection = "a"}, again = {.from = "r-1"};
    make_elsewhere(other_key, &csr);
    order.csr = csr.data;
    order.csr_len = csr.len;
    assert_ok(kf_enroll(context, &order, id));
    assert_string_equal(only_name(&first), "else@example.org");
    assert_ok(kf_enroll(context, &again, id));
    assert_string_equal(id, "r-2");
    assert_string_equal(only_name(&second), "else@example.org");
}

static void a_request_made_elsewhere_is_withdrawn_without_a_token(void **state) {
    KF_AUTO(kf_buf) csr = {0};
    struct kf_enroll_order order = {.connection = "a"};
    make_elsewhere(other_key, &csr);
    order.csr = csr.data;
    order.csr_len = csr.len;
    play(room, "absent");
    SCRIPT(submit, REJECT);
    assert_fails(kf_enroll(context, &order, id), KF_E_REJECTED);
    assert_ok(kf_request_withdraw(context, id, false));
    assert_state("withdrawn");
}

static void a_request_that_does_not_prove_its_key_is_not_recorded(void **state) {
    KF_AUTO(kf_buf) csr = {0};
    struct kf_enroll_order order = {.connection = "a"};
    make_elsewhere(other_key, &csr);
    csr.data[csr.len - 1] ^= 1;
    order.csr = csr.data;
    order.csr_len = csr.len;
    assert_int_not_equal(kf_enroll(context, &order, id), KF_OK);
    assert_string_equal(id, "");
    order.csr = (const uint8_t *)"hello";
    order.csr_len = 5;
    assert_fails(kf_enroll(context, &order, id), KF_E_INPUT);
    assert_string_equal(id, "");
}

/* --- the profile --- */

static void write_profile(const char *text) {
    char path[600];
    snprintf(path, sizeof path, "%s/profiles", kf_context_config_dir(context));
    mkdir(kf_context_config_dir(context), 0700);
    mkdir(path, 0700);
    write_text(path, "own.conf", text);
}

static void a_profile_that_changes_later_does_not_change_the_request(void **state) {
    KF_AUTO(kf_request) r = {0};
    struct kf_enroll_order order = an_order("a");
    order.profile = "own";
    write_profile(kf_profile_text(lab_profile));
    SCRIPT(submit, TAKE);
    assert_fails(kf_enroll(context, &order, id), KF_E_PENDING);
    write_profile("[profile]\ntitle = Other\nkeys = rsa4096\n[usage]\nkey_usage = "
                  "keyEncipherment\n");
    assert_ok(resume());
    assert_enrolled();
    load(&r);
    assert_string_equal(r.profile_hash, kf_profile_hash(lab_profile));
}

static void what_the_profile_forbids_is_refused_before_anything_is_recorded(void **state) {
    struct kf_san address = {KF_SAN_IP, "192.0.2.1"};
    struct kf_enroll_order names = an_order("a"), key = an_order("a"), secret = an_order("a");
    names.spec.sans = &address;
    names.spec.san_count = 1;
    assert_int_not_equal(kf_enroll(context, &names, id), KF_OK);
    assert_string_equal(id, "");
    write_profile("[profile]\ntitle = Own\nkeys = p384\n[usage]\nkey_usage = digitalSignature\n");
    key.profile = "own";
    key.key = KF_KEY_P256;
    assert_fails(kf_enroll(context, &key, id), KF_E_POLICY);
    assert_string_equal(id, "");
    secret.spec.challenge = "tell nobody";
    assert_fails(kf_enroll(context, &secret, id), KF_E_UNSUPPORTED);
    assert_int_equal(calls(room, "C_GenerateKeyPair"), 0);
}

/* --- documents --- */

static void history_shows_every_state(void **state) {
    static const char *const way[] = {"draft",  "key",      "csr",     "submitting", "waiting",
                                      "issued", "verified", "written", "done"};
    KF_AUTO_PTR(json_t) history = NULL;
    assert_ok(enroll("a"));
    assert_ok(kf_request_history_json(context, id, &history));
    assert_int_equal(json_array_size(history), KF_COUNT(way));
    for (size_t i = 0; i < KF_COUNT(way); i++) {
        const char *to = NULL;
        json_unpack(json_array_get(history, i), "{s:s}", "to", &to);
        assert_string_equal(to, way[i]);
    }
}

static void lists_and_status_tell_what_is_open(void **state) {
    KF_AUTO_PTR(json_t) all = NULL;
    KF_AUTO_PTR(json_t) open = NULL;
    KF_AUTO_PTR(json_t) status = NULL;
    SCRIPT(submit, TAKE_AND_ISSUE, TAKE, LOSE);
    assert_ok(enroll("a"));
    assert_fails(enroll("a"), KF_E_PENDING);
    assert_fails(enroll("c"), KF_E_CA_UNREACHABLE);
    assert_ok(kf_requests_json(context, false, &all));
    assert_ok(kf_requests_json(context, true, &open));
    assert_ok(kf_status_json(context, &status));
    const char *newest = json_string_value(json_object_get(json_array_get(all, 0), "id"));
    assert_string_equal(newest, "r-3");
    assert_int_equal(json_array_size(all), 3);
    assert_int_equal(json_array_size(open), 2);
    assert_int_equal(json_integer_value(json_object_get(status, "problems")), 1);
}

static void a_finished_request_names_its_certificate(void **state) {
    KF_AUTO_PTR(json_t) json = NULL;
    const char *key_uri = NULL, *stored_id = NULL;
    assert_ok(enroll("a"));
    assert_ok(kf_request_json(context, id, &json));
    assert_int_equal(json_unpack(json, "{s:{s:s}, s:{s:s}}", "key", "uri", &key_uri, "certificate",
                                 "id", &stored_id),
                     0);
    KF_AUTO_PTR(kf_cert) cert = NULL;
    KF_AUTO_FREE char *uri = NULL;
    assert_ok(kf_store_get(context, stored_id, &cert, &uri));
    assert_string_equal(uri, key_uri);
    assert_non_null(strstr(uri, room->serial));
}

static void an_ended_request_is_not_sent_again(void **state) {
    SCRIPT(submit, REJECT);
    assert_fails(enroll("a"), KF_E_REJECTED);
    assert_fails(kf_request_retry(context, id), KF_E_STATE);
    assert_non_null(strstr(kf_error_next(KF_E_STATE), "--from r-1"));
    SCRIPT(submit, TAKE_AND_ISSUE);
    assert_ok(enroll("a"));
    assert_fails(kf_request_retry(context, id), KF_E_STATE);
    assert_ok(resume());
    assert_int_equal(lab->sends, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        ENROLL(every_open_request_is_resumed),
        ENROLL(one_pin_serves_all_requests_of_a_token),
        ENROLL(no_pin_is_asked_for_when_nothing_came),
        ENROLL(a_token_that_fails_once_is_opened_anew_for_the_next_request),
        ENROLL(a_new_order_takes_over_what_it_leaves_open),
        ENROLL(what_the_new_order_says_counts),
        ENROLL(an_order_from_nothing_is_not_found),
        ENROLL(a_request_made_elsewhere_needs_no_token),
        ENROLL(names_of_a_request_made_elsewhere_are_shown_and_taken_over),
        ENROLL(a_request_made_elsewhere_is_withdrawn_without_a_token),
        ENROLL(a_request_that_does_not_prove_its_key_is_not_recorded),
        ENROLL(a_profile_that_changes_later_does_not_change_the_request),
        ENROLL(what_the_profile_forbids_is_refused_before_anything_is_recorded),
        ENROLL(history_shows_every_state),
        ENROLL(lists_and_status_tell_what_is_open),
        ENROLL(a_finished_request_names_its_certificate),
        ENROLL(an_ended_request_is_not_sent_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
