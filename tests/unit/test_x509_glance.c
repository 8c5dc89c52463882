// SPDX-License-Identifier: Apache-2.0
// A glance sees what the whole parser sees, and refuses what is cut.
#include "x509/glance.h"

#include "unit/x509_fixture.h"
#include "x509/cert.h"

static void make_der(kf_buf *ret_der) {
    KF_AUTO_PTR(EVP_PKEY) key = make_p256();
    KF_AUTO_PTR(kf_cert) cert = make_cert(&(struct make){.subject = "CN=Ada,O=Lab", .key = key});
    size_t len = 0;
    const uint8_t *der = kf_cert_der(cert, &len);
    assert_int_equal(kf_buf_set(ret_der, der, len), KF_OK);
}

static void a_glance_agrees_with_the_parser(void **state) {
    KF_AUTO(kf_buf) der = {0};
    KF_AUTO(kf_buf) spki = {0};
    KF_AUTO(kf_glance) glance = {0};
    KF_AUTO_PTR(kf_cert) cert = NULL;
    make_der(&der);
    assert_int_equal(kf_cert_parse(der.data, der.len, &cert), KF_OK);
    assert_int_equal(kf_cert_spki(cert, &spki), KF_OK);
    assert_int_equal(kf_cert_glance(der.data, der.len, &glance), KF_OK);
    assert_true(kf_buf_equal(&glance.spki, &spki));
    assert_string_equal(kf_buf_str(&glance.subject), kf_cert_subject(cert));
    assert_int_equal(glance.not_after, kf_cert_not_after(cert));
}

static void cut_certificates_are_refused(void **state) {
    KF_AUTO(kf_buf) der = {0};
    make_der(&der);
    for (size_t len = 0; len < der.len; len++) {
        KF_AUTO(kf_glance) glance = {0};
        uint8_t *copy = malloc(len + 1);
        memcpy(copy, der.data, len);
        assert_int_equal(kf_cert_glance(copy, len, &glance), KF_E_INPUT);
        free(copy);
    }
}

static void spoiled_certificates_never_crash(void **state) {
    KF_AUTO(kf_buf) der = {0};
    make_der(&der);
    for (size_t i = 0; i < der.len; i++)
        for (int bit = 0; bit < 8; bit++) {
            KF_AUTO(kf_glance) glance = {0};
            der.data[i] ^= (uint8_t)(1 << bit);
            kf_err error = kf_cert_glance(der.data, der.len, &glance);
            assert_true(error == KF_OK || strlen(kf_error_sentence(error)) > 0);
            der.data[i] ^= (uint8_t)(1 << bit);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_glance_agrees_with_the_parser),
        cmocka_unit_test(cut_certificates_are_refused),
        cmocka_unit_test(spoiled_certificates_never_crash),
    };
    return cmocka_run_group_tests_name("x509/glance", tests, NULL, NULL);
}
