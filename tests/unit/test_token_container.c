// SPDX-License-Identifier: Apache-2.0
// Containers of a SoftHSM2 token: listed, named, checked, deleted.
#include <jansson.h>

#include "token/key.h"
#include "base/text.h"
#include "token/p11.h"
#include "unit/token_issue.h"
#include "x509/cert.h"

static void create(struct bench *bench, const char *label, enum kf_key_type type) {
    struct kf_container_order order = {
        .label = label, .type = type, .use = KF_USE_SIGN, .id_style = KF_ID_SKI};
    assert_ok(kf_container_create(bench->token, &order));
}

static struct bench set_up(struct room *room) {
    make_token("card");
    struct bench bench = open_bench(room, "card");
    create(&bench, "first", KF_KEY_P256);
    return bench;
}

/* Writes a certificate for the container's key, by its id. */
static void certify(struct bench *bench, const kf_containers *containers, size_t index,
                    int serial) {
    const struct kf_container_info *info = kf_containers_at(containers, index);
    KF_AUTO_PTR(kf_key) key = NULL;
    KF_AUTO(kf_buf) cert = {0};
    assert_ok(kf_key_find_id(bench->session, info->id, info->id_len, &key));
    issue(kf_key_public(key), serial, &cert);
    assert_ok(kf_key_write_cert(key, cert.data, cert.len, KF_CERT_REFUSE));
}

static kf_containers *read_all(struct bench *bench) {
    kf_containers *containers = NULL;
    assert_ok(kf_containers_read(bench->token, true, &containers));
    return containers;
}

static void a_new_container_has_both_halves(void **state) {
    struct bench bench = set_up(*state);
    KF_AUTO_PTR(kf_containers) containers = read_all(&bench);
    assert_int_equal(kf_containers_count(containers), 1);
    const struct kf_container_info *info = kf_containers_at(containers, 0);
    assert_true(info->has_private && info->has_public);
    assert_int_equal(info->type, KF_KEY_P256);
    assert_int_equal(info->id_len, 20);
    assert_string_equal(info->label, "first");
    assert_non_null(strstr(info->uri, "object=first"));
    close_bench(&bench);
}

static void a_label_is_taken_once(void **state) {
    struct bench bench = set_up(*state);
    struct kf_container_order order = {.label = "first", .type = KF_KEY_P256, .use = KF_USE_SIGN};
    assert_fails(kf_container_create(bench.token, &order), KF_E_EXISTS);
    close_bench(&bench);
}

static void a_certificate_belongs_to_its_key(void **state) {
    struct bench bench = set_up(*state);
    create(&bench, "second", KF_KEY_P384);
    KF_AUTO_PTR(kf_containers) before = read_all(&bench);
    size_t second = 0;
    assert_ok(kf_containers_find(before, "second", &second));
    certify(&bench, before, second, 7);
    KF_AUTO_PTR(kf_containers) after = read_all(&bench);
    assert_int_equal(kf_containers_count(after), 2);
    assert_ok(kf_containers_find(after, "second", &second));
    const struct kf_container_info *info = kf_containers_at(after, second);
    assert_int_equal(info->certificates, 1);
    assert_string_equal(info->subject, "CN=Ada");
    assert_true(info->not_after > 0);
    close_bench(&bench);
}

static void a_container_answers_to_label_id_and_uri(void **state) {
    struct bench bench = set_up(*state);
    create(&bench, "second", KF_KEY_P256);
    KF_AUTO_PTR(kf_containers) containers = read_all(&bench);
    const struct kf_container_info *info = kf_containers_at(containers, 1);
    size_t by_label = 9, by_id = 9, by_uri = 9;
    KF_AUTO(kf_buf) id = {0};
    assert_ok(kf_hex(&id, info->id, info->id_len, 0));
    assert_ok(kf_containers_find(containers, info->label, &by_label));
    assert_ok(kf_containers_find(containers, kf_buf_str(&id), &by_id));
    assert_ok(kf_containers_find(containers, info->uri, &by_uri));
    assert_true(by_label == 1 && by_id == 1 && by_uri == 1);
    assert_fails(kf_containers_find(containers, "third", &by_label), KF_E_NOT_FOUND);
    assert_fails(kf_containers_find(containers, "pkcs11:token=card", &by_label), KF_E_USAGE);
    close_bench(&bench);
}

static void without_a_login_private_keys_are_not_seen(void **state) {
    struct room *room = *state;
    struct bench bench = set_up(room);
    close_bench(&bench);
    bench = open_bench(room, "card");
    kf_containers *containers = NULL;
    int asked = room->person.asked;
    assert_ok(kf_containers_read(bench.token, false, &containers));
    assert_int_equal(room->person.asked, asked);
    assert_int_equal(kf_containers_count(containers), 1);
    assert_false(kf_containers_at(containers, 0)->has_private);
    kf_containers_free(containers);
    close_bench(&bench);
}

static void a_whole_container_passes_the_check(void **state) {
    struct bench bench = set_up(*state);
    json_t *json = NULL;
    assert_ok(kf_container_check(bench.token, "first", &json));
    assert_true(json_is_true(json_object_get(json, "ok")));
    assert_int_equal(json_array_size(json_object_get(json, "steps")), 5);
    json_decref(json);
    close_bench(&bench);
}

static void a_certificate_of_another_key_under_the_id_is_told(void **state) {
    struct bench bench = set_up(*state);
    KF_AUTO_PTR(kf_containers) containers = read_all(&bench);
    const struct kf_container_info *info = kf_containers_at(containers, 0);
    EVP_PKEY *other = EVP_EC_gen("P-256");
    KF_AUTO(kf_buf) cert = {0};
    issue(other, 1, &cert);
    EVP_PKEY_free(other);
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE attributes[] = {{CKA_CLASS, &class, sizeof(class)},
                                 {CKA_CERTIFICATE_TYPE, &type, sizeof(type)},
                                 {CKA_TOKEN, &yes, 1},
                                 {CKA_ID, (void *)info->id, info->id_len},
                                 {CKA_SUBJECT, "0", 1},
                                 {CKA_VALUE, cert.data, cert.len}};
    CK_OBJECT_HANDLE object = 0;
    assert_int_equal(
        bench.session->p11->C_CreateObject(bench.session->handle, attributes, 6, &object), CKR_OK);
    json_t *json = NULL;
    assert_fails(kf_container_check(bench.token, "first", &json), KF_E_KEY_MISMATCH);
    assert_true(json_is_false(json_object_get(json, "ok")));
    json_decref(json);
    close_bench(&bench);
}

static void deleting_takes_key_and_certificates(void **state) {
    struct bench bench = set_up(*state);
    create(&bench, "second", KF_KEY_P256);
    KF_AUTO_PTR(kf_containers) before = read_all(&bench);
    certify(&bench, before, 0, 7);
    assert_ok(kf_container_delete(bench.token, "first"));
    KF_AUTO_PTR(kf_containers) after = read_all(&bench);
    assert_int_equal(kf_containers_count(after), 1);
    assert_string_equal(kf_containers_at(after, 0)->label, "second");
    close_bench(&bench);
}

static void a_container_is_told_in_json(void **state) {
    struct bench bench = set_up(*state);
    KF_AUTO_PTR(kf_containers) containers = read_all(&bench);
    json_t *json = NULL;
    assert_ok(kf_container_json(containers, 0, &json));
    assert_string_equal(json_string_value(json_object_get(json, "type")), "p256");
    assert_int_equal(json_string_length(json_object_get(json, "id")), 40);
    assert_true(json_is_null(json_object_get(json, "not_after")));
    json_decref(json);
    close_bench(&bench);
}

#define AE16                                                                                       \
    "\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4"                                             \
    "\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4"
#define AE32 AE16 AE16

/* Whichever of the two bytes of a letter the cut falls on. */
static void a_subject_that_is_too_long_is_cut_between_letters(void **state) {
    struct bench bench = set_up(*state);
    KF_AUTO_PTR(kf_containers) before = read_all(&bench);
    const struct kf_container_info *info = kf_containers_at(before, 0);
    for (int odd = 0; odd < 2; odd++) {
        /* the last one is shown first (RFC 4514 2.1) */
        const char *const units[] = {
            AE32, AE32, AE32, AE32, AE32, AE32, AE32, AE32, AE32, odd ? "odd" : AE32, NULL};
        KF_AUTO_PTR(kf_key) key = NULL;
        KF_AUTO(kf_buf) cert = {0};
        assert_ok(kf_key_find_id(bench.session, info->id, info->id_len, &key));
        issue_to(kf_key_public(key), 1 + odd, units, &cert);
        assert_ok(kf_key_write_cert(key, cert.data, cert.len, KF_CERT_REPLACE));
        KF_AUTO_PTR(kf_containers) after = read_all(&bench);
        json_t *json = NULL;
        assert_true(strlen(kf_containers_at(after, 0)->subject) > 500);
        assert_ok(kf_container_json(after, 0, &json));
        json_decref(json);
    }
    close_bench(&bench);
}

static void a_container_with_a_long_label_is_named_by_its_id(void **state) {
    struct bench bench = set_up(*state);
    create(&bench, AE32 AE32 AE32 AE16, KF_KEY_P256);
    KF_AUTO_PTR(kf_containers) containers = read_all(&bench);
    size_t index = 0, again = 0;
    assert_ok(kf_containers_find(containers, AE32 AE32 AE32 AE16, &index));
    const char *uri = kf_containers_at(containers, index)->uri;
    assert_non_null(strstr(uri, "id="));
    assert_ok(kf_containers_find(containers, uri, &again));
    assert_int_equal(again, index);
    close_bench(&bench);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup_softhsm, teardown_room)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_new_container_has_both_halves),
        TEST(a_label_is_taken_once),
        TEST(a_certificate_belongs_to_its_key),
        TEST(a_container_answers_to_label_id_and_uri),
        TEST(without_a_login_private_keys_are_not_seen),
        TEST(a_whole_container_passes_the_check),
        TEST(a_certificate_of_another_key_under_the_id_is_told),
        TEST(deleting_takes_key_and_certificates),
        TEST(a_container_is_told_in_json),
        TEST(a_subject_that_is_too_long_is_cut_between_letters),
        TEST(a_container_with_a_long_label_is_named_by_its_id),
    };
    return cmocka_run_group_tests_name("token/container", tests, NULL, NULL);
}
