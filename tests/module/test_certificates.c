// SPDX-License-Identifier: Apache-2.0
// Requests that openssl accepts, and certificates on the token as other programs look for them.
#include "module/lab.h"
#include "module/suite.h"
#include "token/keys.h"
#include "unit/token_look.h"

static void save_request(struct rig *rig, const kf_csr *csr) {
    uint8_t *pem = NULL;
    size_t len = 0;
    assert_ok(kf_csr_export(csr, KF_CSR_PEM, &pem, &len));
    rig_write(rig, "request.pem", pem, len);
    free(pem);
}

static void openssl_verifies_a_request_of_every_key(void **state) {
    struct rig *rig = *state;
    rig_open(rig);
    for (enum kf_key_type type = KF_KEY_RSA_2048; type <= KF_KEY_ED25519; type++) {
        if (!rig_makes(rig, type) || type == KF_KEY_RSA_4096) /* seconds, and nothing new */
            continue;
        KF_AUTO_PTR(kf_key) key = rig_key(rig, "requested", type, KF_USE_SIGN);
        KF_AUTO_PTR(kf_csr) csr = lab_request(key, "CN=Ada,O=Lab");
        save_request(rig, csr);
        rig_run(rig, "openssl req -in request.pem -verify -noout -subject");
        rig_assert_said(rig, "verify OK");
        rig_assert_said(rig, "subject=O = Lab, CN = Ada");
        rig_destroy(rig, key);
    }
}

static void openssl_verifies_a_request_with_pss(void **state) {
    struct rig *rig = *state;
    rig_open(rig);
    KF_AUTO_PTR(kf_key) key = rig_key(rig, "padded", KF_KEY_RSA_2048, KF_USE_SIGN);
    struct kf_csr_spec spec = {.subject = "CN=Ada", .hash = "sha384", .rsa_pss = true};
    KF_AUTO_PTR(kf_csr) csr = NULL;
    assert_ok(kf_csr_build(&spec, kf_key_pkey(key), kf_key_public(key), &csr));
    save_request(rig, csr);
    rig_run(rig, "openssl req -in request.pem -verify -noout -text");
    rig_assert_said(rig, "verify OK");
    rig_assert_said(rig, "rsassaPss");
}

/* --- the certificate's object --- */

static CK_OBJECT_HANDLE find_certificate(struct rig *rig) {
    KF_AUTO(kf_handles) handles = {0};
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_ATTRIBUTE pattern = {CKA_CLASS, &class, sizeof(class)};
    assert_ok(kf_objects_find(rig->session, &pattern, 1, &handles));
    assert_int_equal(handles.count, 1);
    return handles.items[0];
}

static void check_attribute(struct rig *rig, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                            const void *data, size_t len) {
    uint8_t value[4096] = {0};
    CK_ATTRIBUTE attribute = {type, value, sizeof(value)};
    assert_int_equal(
        rig->session->p11->C_GetAttributeValue(rig->session->handle, object, &attribute, 1),
        CKR_OK);
    assert_int_equal(attribute.ulValueLen, len);
    assert_memory_equal(value, data, len);
}

static void a_certificate_has_all_that_others_look_for(void **state) {
    struct rig *rig = *state;
    rig_open(rig);
    KF_AUTO_PTR(kf_key) key = rig_key(rig, "certified", KF_KEY_P256, KF_USE_SIGN);
    assert_ok(kf_key_rename(key, KF_ID_SKI));
    KF_AUTO_PTR(kf_cert) cert = lab_install(key, "CN=Ada", false);
    KF_AUTO(kf_buf) subject = {0}, issuer = {0}, serial = {0};
    assert_ok(kf_cert_subject_der(cert, &subject));
    assert_ok(kf_cert_issuer_der(cert, &issuer));
    assert_ok(kf_cert_serial_der(cert, &serial));
    size_t len = 0;
    const uint8_t *der = kf_cert_der(cert, &len);
    CK_OBJECT_HANDLE object = find_certificate(rig);
    check_attribute(rig, object, CKA_VALUE, der, len);
    check_attribute(rig, object, CKA_SUBJECT, subject.data, subject.len);
    check_attribute(rig, object, CKA_ISSUER, issuer.data, issuer.len);
    check_attribute(rig, object, CKA_SERIAL_NUMBER, serial.data, serial.len);
    check_attribute(rig, object, CKA_ID, key->id, key->id_len);
    check_attribute(rig, object, CKA_LABEL, "certified", strlen("certified"));
}

static void a_certificate_is_seen_without_a_login(void **state) {
    struct rig *rig = *state;
    rig_open(rig);
    KF_AUTO_PTR(kf_key) key = rig_key(rig, "public", KF_KEY_P256, KF_USE_SIGN);
    KF_AUTO_PTR(kf_cert) cert = lab_install(key, "CN=Ada", false);
    assert_ok(kf_session_logout(rig->session));
    size_t len = 0;
    const uint8_t *der = kf_cert_der(cert, &len);
    assert_true(session_has_cert(rig->session, der, len));
}

static void a_renewed_certificate_takes_the_place_of_the_old_one(void **state) {
    struct rig *rig = *state;
    rig_open(rig);
    KF_AUTO_PTR(kf_key) made = rig_key(rig, "renewed", KF_KEY_P256, KF_USE_SIGN);
    KF_AUTO_PTR(kf_cert) old = lab_install(made, "CN=Ada", false);
    KF_AUTO_PTR(kf_key) key = NULL;
    assert_ok(kf_key_find_id(rig->session, made->id, made->id_len, &key));
    KF_AUTO_PTR(kf_cert) new = lab_certify(key, "CN=Ada");
    size_t len = 0;
    const uint8_t *der = kf_cert_der(new, &len);
    assert_fails(kf_key_write_cert(key, der, len, KF_CERT_REFUSE), KF_E_EXISTS);
    assert_ok(kf_key_write_cert(key, der, len, KF_CERT_REPLACE));
    assert_ok(
        kf_key_write_cert(key, der, len, KF_CERT_REFUSE)); /* the same again changes nothing */
    check_attribute(rig, find_certificate(rig), CKA_VALUE, der, len);
    der = kf_cert_der(old, &len);
    assert_false(session_has_cert(rig->session, der, len));
}

static void a_certificate_of_another_key_is_refused(void **state) {
    struct rig *rig = *state;
    rig_open(rig);
    KF_AUTO_PTR(kf_key) one = rig_key(rig, "one", KF_KEY_P256, KF_USE_SIGN);
    KF_AUTO_PTR(kf_key) two = rig_key(rig, "two", KF_KEY_P256, KF_USE_SIGN);
    KF_AUTO_PTR(kf_cert) cert = lab_certify(two, "CN=Ada");
    size_t len = 0;
    const uint8_t *der = kf_cert_der(cert, &len);
    assert_fails(kf_key_write_cert(one, der, len, KF_CERT_REPLACE), KF_E_KEY_MISMATCH);
}

static void a_container_shows_its_certificate_and_goes_with_it(void **state) {
    struct rig *rig = *state;
    rig_open(rig);
    KF_AUTO_PTR(kf_key) key = rig_key(rig, "whole", KF_KEY_P256, KF_USE_SIGN);
    KF_AUTO_PTR(kf_cert) cert = lab_install(key, "CN=Ada", false);
    KF_AUTO_PTR(kf_containers) containers = NULL;
    assert_ok(kf_containers_read(rig->token, true, &containers));
    assert_int_equal(kf_containers_count(containers), 1);
    const struct kf_container_info *info = kf_containers_at(containers, 0);
    assert_int_equal(info->certificates, 1);
    assert_string_equal(info->subject, "CN=Ada");
    assert_int_equal(info->not_after, kf_cert_not_after(cert));
    assert_ok(kf_container_delete(rig->token, "whole"));
    size_t len = 0;
    const uint8_t *der = kf_cert_der(cert, &len);
    assert_false(session_has_cert(rig->session, der, len));
}

int test_certificates(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(openssl_verifies_a_request_of_every_key),
        RIG_TEST(openssl_verifies_a_request_with_pss),
        RIG_TEST(a_certificate_has_all_that_others_look_for),
        RIG_TEST(a_certificate_is_seen_without_a_login),
        RIG_TEST(a_renewed_certificate_takes_the_place_of_the_old_one),
        RIG_TEST(a_certificate_of_another_key_is_refused),
        RIG_TEST(a_container_shows_its_certificate_and_goes_with_it),
    };
    return cmocka_run_group_tests_name("module/certificates", tests, NULL, NULL);
}
