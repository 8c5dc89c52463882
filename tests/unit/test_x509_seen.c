// SPDX-License-Identifier: Apache-2.0
// Certificates and requests that were decoded already are handed out again.
#include "x509/seen.h"

#include "unit/x509_fixture.h"

static EVP_PKEY *key;

static int make_key(void **state) {
    key = make_p256();
    return 0;
}

static int free_key(void **state) {
    EVP_PKEY_free(key);
    return 0;
}

static kf_cert *make_numbered(long serial) {
    return make_cert(&(struct make){
        .subject = "CN=Anna", .key = key, .from = NOW - DAY, .to = NOW + DAY, .serial = serial});
}

static kf_cert *parse_again(const kf_cert *cert) {
    size_t len = 0;
    const uint8_t *der = kf_cert_der(cert, &len);
    kf_cert *again = NULL;
    assert_int_equal(kf_cert_parse(der, len, &again), KF_OK);
    return again;
}

static void the_same_bytes_are_decoded_once(void **state) {
    KF_AUTO_PTR(kf_cert) cert = make_numbered(1);
    KF_AUTO_PTR(kf_cert) first = parse_again(cert);
    KF_AUTO_PTR(kf_cert) second = parse_again(cert);
    assert_ptr_equal(first, second);
}

static void one_other_byte_is_another_certificate(void **state) {
    KF_AUTO_PTR(kf_cert) one = make_numbered(1);
    KF_AUTO_PTR(kf_cert) two = make_numbered(2);
    KF_AUTO_PTR(kf_cert) first = parse_again(one);
    KF_AUTO_PTR(kf_cert) second = parse_again(two);
    assert_ptr_not_equal(first, second);
    assert_string_equal(kf_cert_serial(first), "01");
    assert_string_equal(kf_cert_serial(second), "02");
}

static void what_the_user_frees_stays_whole(void **state) {
    KF_AUTO_PTR(kf_cert) cert = make_numbered(3);
    kf_cert_free(parse_again(cert));
    KF_AUTO_PTR(kf_cert) again = parse_again(cert);
    assert_string_equal(kf_cert_serial(again), "03");
}

static void the_oldest_makes_room(void **state) {
    KF_AUTO_PTR(kf_cert) cert = make_numbered(4);
    KF_AUTO_PTR(kf_cert) before = parse_again(cert);
    for (long serial = 100; serial < 100 + KF_SEEN_MAX; serial++) {
        KF_AUTO_PTR(kf_cert) other = make_numbered(serial);
        kf_cert_free(parse_again(other));
    }
    KF_AUTO_PTR(kf_cert) after = parse_again(cert);
    assert_ptr_not_equal(before, after);
    assert_true(kf_cert_equal(before, after));
}

static void what_was_no_certificate_is_none_again(void **state) {
    kf_cert *cert = NULL;
    for (int i = 0; i < 2; i++)
        assert_int_equal(kf_cert_parse((const uint8_t *)"\x30\x00", 2, &cert), KF_E_INPUT);
    assert_null(cert);
}

static const uint8_t *der_of(const void *item, size_t *ret_len) {
    *ret_len = 1;
    return item;
}

static void nothing(void *item) {}

/* The child of a fork may find the lock held by a thread that it does not have. */
static void nobody_waits_for_the_lock(void **state) {
    struct kf_seen seen = {
        .der = der_of, .ref = nothing, .free = nothing, .lock = PTHREAD_MUTEX_INITIALIZER};
    uint8_t item = 7;
    kf_seen_keep(&seen, &item);
    assert_ptr_equal(kf_seen_find(&seen, &item, 1), &item);
    pthread_mutex_lock(&seen.lock);
    assert_null(kf_seen_find(&seen, &item, 1));
    kf_seen_keep(&seen, &item);
    assert_null(seen.items[1]);
    pthread_mutex_unlock(&seen.lock);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_bytes_are_decoded_once),
        cmocka_unit_test(one_other_byte_is_another_certificate),
        cmocka_unit_test(what_the_user_frees_stays_whole),
        cmocka_unit_test(the_oldest_makes_room),
        cmocka_unit_test(what_was_no_certificate_is_none_again),
        cmocka_unit_test(nobody_waits_for_the_lock),
    };
    return cmocka_run_group_tests(tests, make_key, free_key);
}
