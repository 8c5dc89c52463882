// SPDX-License-Identifier: Apache-2.0
#include "module/lab.h"

#include <openssl/ec.h>
#include <openssl/rand.h>
#include <time.h>

#include "x509/issue.h"

enum { DAY = 24 * 3600 };

static const char profile_text[] = "[profile]\n"
                                   "title = For everything\n"
                                   "keys = p256 p384 p521 rsa2048 rsa3072 rsa4096 ed25519\n"
                                   "validity_days = 365\n"
                                   "[usage]\n"
                                   "key_usage = digitalSignature\n"
                                   "key_usage_rsa = digitalSignature keyEncipherment\n"
                                   "key_usage_ec = digitalSignature keyAgreement\n"
                                   "extended = clientAuth emailProtection\n"
                                   "[names]\n"
                                   "email = optional\n"
                                   "[subject]\n"
                                   "CN = required\n";

static struct {
    EVP_PKEY *key;
    kf_cert *cert;
    kf_profile *profile;
} lab;

void lab_open(void) {
    int64_t now = time(NULL);
    lab.key = EVP_EC_gen("P-256");
    assert_non_null(lab.key);
    assert_ok(kf_issue_root("CN=Lab Root", lab.key, now - DAY, now + 30 * DAY, &lab.cert));
    assert_ok(kf_profile_parse(profile_text, sizeof(profile_text) - 1, "all", &lab.profile));
}

void lab_close(void) {
    kf_profile_free(lab.profile);
    kf_cert_free(lab.cert);
    EVP_PKEY_free(lab.key);
}

const kf_cert *lab_ca(void) {
    return lab.cert;
}

EVP_PKEY *lab_ca_key(void) {
    return lab.key;
}

kf_csr *lab_request(kf_key *key, const char *subject) {
    struct kf_csr_spec spec = {.subject = subject, .profile = lab.profile};
    kf_csr *csr = NULL;
    assert_ok(kf_csr_build(&spec, kf_key_pkey(key), kf_key_public(key), &csr));
    return csr;
}

kf_cert *lab_certify(kf_key *key, const char *subject) {
    int64_t now = time(NULL);
    KF_AUTO_PTR(kf_csr) csr = lab_request(key, subject);
    struct kf_issuer issuer = {.cert = lab.cert, .key = lab.key};
    struct kf_issue_order order = {
        .csr = csr, .profile = lab.profile, .not_before = now - 60, .not_after = now + 7 * DAY};
    assert_int_equal(RAND_bytes(order.serial, sizeof(order.serial)), 1);
    order.serial[0] = 0x11; /* positive, and not zero */
    kf_cert *cert = NULL;
    assert_ok(kf_issue_allowed(csr, lab.profile));
    assert_ok(kf_issue_cert(&issuer, &order, &cert));
    return cert;
}

kf_cert *lab_install(kf_key *key, const char *subject, bool replace) {
    kf_cert *cert = lab_certify(key, subject);
    size_t len = 0;
    const uint8_t *der = kf_cert_der(cert, &len);
    assert_ok(kf_key_write_cert(key, der, len, replace ? KF_CERT_REPLACE : KF_CERT_REFUSE));
    return cert;
}
