// SPDX-License-Identifier: Apache-2.0
// Signed messages: OpenSSL verifies them, and the key must be the certificate's.
#include "unit/csr_fixture.h"

#include <openssl/cms.h>

#include "x509/cms.h"

static const char message[] = "line\r\nand a NUL: \0 end";

/* A self-signed certificate for the key, alone in a list. */
static void chain_of(const char *kind, kf_certs *ret_chain) {
    X509 *x509 = X509_new();
    KF_AUTO_PTR(kf_cert) cert = NULL;
    assert_int_equal(X509_set_version(x509, X509_VERSION_3), 1);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 7);
    X509_gmtime_adj(X509_getm_notBefore(x509), 0);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_UTF8,
                               (const uint8_t *)"Anna", -1, -1, 0);
    X509_set_issuer_name(x509, X509_get_subject_name(x509));
    X509_set_pubkey(x509, test_key(kind));
    assert_true(X509_sign(x509, test_key(kind), EVP_sha256()) > 0);
    assert_int_equal(kf_cert_from_x509(x509, &cert), KF_OK);
    assert_int_equal(kf_certs_add(ret_chain, cert), KF_OK);
}

static bool is_verified(const kf_buf *der, char *ret_content, int *ret_len) {
    const uint8_t *end = der->data;
    BIO *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &end, (long)der->len);
    bool right =
        cms && CMS_verify(cms, NULL, NULL, NULL, out, CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY) == 1;
    *ret_len = BIO_read(out, ret_content, 100);
    CMS_ContentInfo_free(cms);
    BIO_free(out);
    return right;
}

static void any_key_signs_any_bytes(void **state) {
    static const char *const kinds[] = {"p256", "p384", "rsa2048"};
    for (size_t i = 0; i < KF_COUNT(kinds); i++) {
        KF_AUTO(kf_certs) chain = {0};
        KF_AUTO(kf_buf) der = {0};
        char content[100];
        int len = 0;
        chain_of(kinds[i], &chain);
        assert_int_equal(kf_cms_sign(&chain, test_key(kinds[i]), message, sizeof message, &der),
                         KF_OK);
        assert_true(is_verified(&der, content, &len));
        assert_int_equal(len, sizeof message);
        assert_memory_equal(content, message, sizeof message);
    }
}

static void what_was_changed_is_seen(void **state) {
    KF_AUTO(kf_certs) chain = {0};
    KF_AUTO(kf_buf) der = {0};
    char content[100];
    int len = 0;
    chain_of("p256", &chain);
    assert_int_equal(kf_cms_sign(&chain, test_key("p256"), message, sizeof message, &der), KF_OK);
    uint8_t *at = memmem(der.data, der.len, "line", 4);
    assert_non_null(at);
    *at = 'L';
    assert_false(is_verified(&der, content, &len));
}

static void another_key_and_no_certificate_are_refused(void **state) {
    KF_AUTO(kf_certs) chain = {0}, none = {0};
    KF_AUTO(kf_buf) der = {0};
    chain_of("p256", &chain);
    assert_int_equal(kf_cms_sign(&chain, test_key("p384"), message, 4, &der), KF_E_KEY_MISMATCH);
    assert_int_equal(kf_cms_sign(&none, test_key("p256"), message, 4, &der), KF_E_USAGE);
    assert_int_equal(der.len, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_key_signs_any_bytes),
        cmocka_unit_test(what_was_changed_is_seen),
        cmocka_unit_test(another_key_and_no_certificate_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
