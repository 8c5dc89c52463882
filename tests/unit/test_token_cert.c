// SPDX-License-Identifier: Apache-2.0
// Certificates beside their key on SoftHSM2.
#include "token/key.h"
#include "unit/token_issue.h"
#include "unit/token_look.h"
#include "x509/cert.h"

static const uint8_t first_id[4] = {1, 2, 3, 4};

struct desk {
    struct bench bench;
    kf_key *key;
    kf_buf cert;
};

static struct desk set_up(struct room *room) {
    struct desk desk = {0};
    struct kf_key_order order = {.label = "my key",
                                 .type = KF_KEY_P256,
                                 .use = KF_USE_SIGN,
                                 .id = first_id,
                                 .id_len = sizeof(first_id)};
    make_token("card");
    desk.bench = open_bench(room, "card");
    assert_ok(kf_session_login(desk.bench.session, KF_PIN_USER, NULL, "to test"));
    assert_ok(kf_key_generate(desk.bench.session, &order, &desk.key));
    issue(kf_key_public(desk.key), 1, &desk.cert);
    return desk;
}

static void clear_up(struct desk *desk) {
    kf_key_free(desk->key);
    kf_buf_clear(&desk->cert);
    close_bench(&desk->bench);
}

static bool has(struct desk *desk, const kf_buf *cert) {
    return session_has_cert(desk->bench.session, cert->data, cert->len);
}

static void a_certificate_is_written_and_read_back(void **state) {
    struct desk desk = set_up(*state);
    assert_false(has(&desk, &desk.cert));
    assert_ok(kf_key_write_cert(desk.key, desk.cert.data, desk.cert.len, KF_CERT_REFUSE));
    assert_true(has(&desk, &desk.cert));
    clear_up(&desk);
}

static void the_public_half_is_enough_to_write_without_a_login(void **state) {
    struct desk desk = set_up(*state);
    KF_AUTO(kf_buf) spki = {0};
    assert_ok(kf_key_spki(desk.key, &spki));
    assert_ok(kf_session_logout(desk.bench.session));
    KF_AUTO_PTR(kf_key) half = NULL;
    assert_ok(kf_key_find_half(desk.bench.session, spki.data, spki.len, &half));
    assert_string_equal(kf_key_label(half), "my key");
    assert_ok(kf_key_write_cert(half, desk.cert.data, desk.cert.len, KF_CERT_REFUSE));
    assert_true(has(&desk, &desk.cert));
    assert_fails(kf_key_load(half), KF_E_KEY_UNUSABLE); /* it signs nothing */
    spki.data[spki.len - 1] ^= 1;
    KF_AUTO_PTR(kf_key) none = NULL;
    assert_fails(kf_key_find_half(desk.bench.session, spki.data, spki.len, &none), KF_E_NOT_FOUND);
    clear_up(&desk);
}

static void the_same_certificate_is_written_once(void **state) {
    struct desk desk = set_up(*state);
    assert_ok(kf_key_write_cert(desk.key, desk.cert.data, desk.cert.len, KF_CERT_REFUSE));
    assert_ok(kf_key_write_cert(desk.key, desk.cert.data, desk.cert.len, KF_CERT_REFUSE));
    kf_containers *containers = NULL;
    assert_ok(kf_containers_read(desk.bench.token, true, &containers));
    assert_int_equal(kf_containers_at(containers, 0)->certificates, 1);
    kf_containers_free(containers);
    clear_up(&desk);
}

static void a_second_certificate_needs_replace(void **state) {
    struct desk desk = set_up(*state);
    KF_AUTO(kf_buf) second = {0};
    issue(kf_key_public(desk.key), 2, &second);
    assert_ok(kf_key_write_cert(desk.key, desk.cert.data, desk.cert.len, KF_CERT_REFUSE));
    assert_fails(kf_key_write_cert(desk.key, second.data, second.len, KF_CERT_REFUSE), KF_E_EXISTS);
    assert_true(has(&desk, &desk.cert));
    assert_ok(kf_key_write_cert(desk.key, second.data, second.len, KF_CERT_REPLACE));
    assert_true(has(&desk, &second));
    assert_false(has(&desk, &desk.cert));
    clear_up(&desk);
}

static void a_renewed_certificate_lies_beside_the_old_one(void **state) {
    struct desk desk = set_up(*state);
    KF_AUTO(kf_buf) second = {0};
    issue(kf_key_public(desk.key), 2, &second);
    assert_ok(kf_key_write_cert(desk.key, desk.cert.data, desk.cert.len, KF_CERT_REFUSE));
    assert_ok(kf_key_write_cert(desk.key, second.data, second.len, KF_CERT_BESIDE));
    assert_ok(kf_key_write_cert(desk.key, second.data, second.len, KF_CERT_BESIDE)); /* once */
    assert_true(has(&desk, &second));
    assert_true(has(&desk, &desk.cert));
    kf_containers *containers = NULL;
    assert_ok(kf_containers_read(desk.bench.token, true, &containers));
    assert_int_equal(kf_containers_at(containers, 0)->certificates, 2);
    kf_containers_free(containers);
    clear_up(&desk);
}

static void a_certificate_for_another_key_is_refused(void **state) {
    struct desk desk = set_up(*state);
    EVP_PKEY *other = EVP_EC_gen("P-256");
    KF_AUTO(kf_buf) cert = {0};
    issue(other, 3, &cert);
    assert_fails(kf_key_write_cert(desk.key, cert.data, cert.len, KF_CERT_REPLACE),
                 KF_E_KEY_MISMATCH);
    assert_false(has(&desk, &cert));
    EVP_PKEY_free(other);
    clear_up(&desk);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup_softhsm, teardown_room)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_certificate_is_written_and_read_back),
        TEST(the_public_half_is_enough_to_write_without_a_login),
        TEST(the_same_certificate_is_written_once),
        TEST(a_second_certificate_needs_replace),
        TEST(a_renewed_certificate_lies_beside_the_old_one),
        TEST(a_certificate_for_another_key_is_refused),
    };
    return cmocka_run_group_tests_name("token/cert", tests, NULL, NULL);
}
