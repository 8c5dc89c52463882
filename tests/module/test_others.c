// SPDX-License-Identifier: Apache-2.0
// An enrolled key is everybody's: OpenSC, GnuTLS, NSS and libp11 find it and sign with it.
#include <openssl/pem.h>

#include "module/lab.h"
#include "module/suite.h"
#include "token/keys.h"
#include "base/text.h"

static void save_public(struct rig *rig, kf_key *key) {
    BIO *pem = BIO_new(BIO_s_mem());
    char *text = NULL;
    assert_int_equal(PEM_write_bio_PUBKEY(pem, kf_key_public(key)), 1);
    long len = BIO_get_mem_data(pem, &text);
    rig_write(rig, "public.pem", text, (size_t)len);
    BIO_free(pem);
}

/* A key and its certificate, "enrolled", with keyfob gone again; its id as hex in `ret_id`. */
static void enroll(struct rig *rig, enum kf_key_type type, kf_buf *ret_id) {
    rig_open(rig);
    KF_AUTO_PTR(kf_key) key = rig_key(rig, "enrolled", type, KF_USE_SIGN);
    assert_ok(kf_key_rename(key, KF_ID_SKI));
    KF_AUTO_PTR(kf_cert) cert = lab_install(key, "CN=Ada", false);
    save_public(rig, key);
    rig_write(rig, "message", "what is signed\n", 15);
    for (size_t i = 0; i < key->id_len; i++)
        assert_ok(kf_buf_printf(ret_id, "%02x", key->id[i]));
    KF_AUTO_FREE char *uri = strdup(kf_token_info(rig->token)->uri);
    assert_int_equal(setenv("URI", uri, 1), 0);
    kf_key_free(KF_MOVE(key));
    rig_close(rig);
}

static void delete_enrolled(struct rig *rig) {
    rig_open(rig);
    assert_ok(kf_container_delete(rig->token, "enrolled"));
    rig_close(rig);
}

static void opensc_signs_with_an_ec_key(void **state) {
    struct rig *rig = *state;
    KF_AUTO(kf_buf) id = {0};
    enroll(rig, KF_KEY_P256, &id);
    rig_run(rig,
            "openssl dgst -sha256 -binary -out digest message\n"
            "$PKCS11 pkcs11-tool --module $MODULE --token-label '%s' --login --pin " USER_PIN
            " --sign --id %s -m ECDSA --signature-format openssl -i digest -o signature",
            rig->module->label, kf_buf_str(&id));
    rig_run(rig, "openssl dgst -sha256 -verify public.pem -signature signature message");
    rig_assert_said(rig, "Verified OK");
}

static void opensc_signs_and_verifies_with_an_rsa_key(void **state) {
    struct rig *rig = *state;
    KF_AUTO(kf_buf) id = {0};
    enroll(rig, KF_KEY_RSA_2048, &id);
    const char *tool = "$PKCS11 pkcs11-tool --module $MODULE --login --pin " USER_PIN;
    rig_run(rig, "%s --token-label '%s' --sign --id %s -m SHA256-RSA-PKCS -i message -o signature",
            tool, rig->module->label, kf_buf_str(&id));
    rig_run(rig,
            "%s --token-label '%s' --verify --id %s -m SHA256-RSA-PKCS -i message"
            " --signature-file signature",
            tool, rig->module->label, kf_buf_str(&id));
    rig_assert_said(rig, "Signature is valid");
    rig_run(rig, "openssl dgst -sha256 -verify public.pem -signature signature message");
}

static void gnutls_signs_with_rsa_and_ec_keys(void **state) {
    static const enum kf_key_type types[] = {KF_KEY_P256, KF_KEY_RSA_2048};
    struct rig *rig = *state;
    bool cannot = rig->module->facts.gnutls_cannot_start;
    for (size_t i = 0; i < KF_COUNT(types); i++) {
        KF_AUTO(kf_buf) id = {0};
        enroll(rig, types[i], &id);
        rig_run(rig,
                "export GNUTLS_PIN=" USER_PIN "\n"
                "%s $PKCS11 p11tool $PROVIDER --batch --login --test-sign \"$URI;object=enrolled\"",
                cannot ? "!" : "");
        rig_assert_said(rig, cannot ? "object is not available" : "ok");
        delete_enrolled(rig);
    }
}

/* libp11 loads modules itself, so root can give it arguments without p11-kit. */
static void save_engine_configuration(struct rig *rig) {
    KF_AUTO_FREE char *text = kf_str(
        "openssl_conf = init\n[init]\nengines = list\n[list]\npkcs11 = libp11\n"
        "[libp11]\nengine_id = pkcs11\nMODULE_PATH = %s\n%s%s\n",
        rig->module->path, rig->reserved ? "INIT_ARGS = " : "", rig->reserved ? rig->reserved : "");
    assert_non_null(text);
    rig_write(rig, "engine.conf", text, strlen(text));
}

static void libp11_signs_with_rsa_and_ec_keys(void **state) {
    static const enum kf_key_type types[] = {KF_KEY_P256, KF_KEY_RSA_2048};
    struct rig *rig = *state;
    save_engine_configuration(rig);
    for (size_t i = 0; i < KF_COUNT(types); i++) {
        KF_AUTO(kf_buf) id = {0};
        enroll(rig, types[i], &id);
        rig_run(rig, "openssl dgst -sha256 -binary -out digest message\n"
                     "OPENSSL_CONF=engine.conf openssl pkeyutl -engine pkcs11 -keyform engine -sign"
                     " -inkey \"$URI;object=enrolled;type=private?pin-value=" USER_PIN "\""
                     " -pkeyopt digest:sha256 -in digest -out signature");
        rig_run(rig, "openssl dgst -sha256 -verify public.pem -signature signature message");
        delete_enrolled(rig);
    }
}

/* NSS has its own module inside; another one is added to an empty database. */
static void nss_pairs_the_certificate_with_its_key(void **state) {
    static const enum kf_key_type types[] = {KF_KEY_P256, KF_KEY_RSA_2048};
    struct rig *rig = *state;
    if (strcmp(rig->module->name, "nss") != 0)
        rig_run(rig, "mkdir db && certutil -N -d sql:db --empty-password\n"
                     "modutil -force -dbdir sql:db -add tested -libfile \"$MODULE\"");
    for (size_t i = 0; i < KF_COUNT(types); i++) {
        KF_AUTO(kf_buf) id = {0};
        enroll(rig, types[i], &id);
        rig_run(rig, "certutil -K -d sql:db -h '%s' -f pin", rig->module->label);
        rig_assert_said(rig, kf_buf_str(&id));
        rig_run(rig, "certutil -L -d sql:db -h '%s' -f pin", rig->module->label);
        rig_assert_said(rig, "enrolled");
        rig_assert_said(rig, "u,u,u");
        delete_enrolled(rig);
    }
}

static void nss_signs_a_message_that_openssl_verifies(void **state) {
    struct rig *rig = *state;
    KF_AUTO(kf_buf) id = {0};
    if (strcmp(rig->module->name, "nss") != 0)
        rig_run(rig, "mkdir db && certutil -N -d sql:db --empty-password\n"
                     "modutil -force -dbdir sql:db -add tested -libfile \"$MODULE\"");
    enroll(rig, KF_KEY_RSA_2048, &id);
    size_t len = 0;
    const uint8_t *der = kf_cert_der(lab_ca(), &len);
    rig_write(rig, "root.der", der, len);
    rig_run(rig, "certutil -A -d sql:db -f pin -n root -t CT,C,C -i root.der\n"
                 "openssl x509 -inform DER -in root.der -out root.pem");
    rig_run(rig, "cmsutil -S -G -d sql:db -f pin -N '%s:enrolled' -i message -o message.p7s",
            rig->module->label);
    rig_run(rig, "openssl cms -verify -inform DER -in message.p7s -CAfile root.pem");
    rig_assert_said(rig, "what is signed");
}

int test_others(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(opensc_signs_with_an_ec_key),
        RIG_TEST(opensc_signs_and_verifies_with_an_rsa_key),
        RIG_TEST(gnutls_signs_with_rsa_and_ec_keys),
        RIG_TEST(libp11_signs_with_rsa_and_ec_keys),
        RIG_TEST(nss_pairs_the_certificate_with_its_key),
        RIG_TEST(nss_signs_a_message_that_openssl_verifies),
    };
    return cmocka_run_group_tests_name("module/others", tests, NULL, NULL);
}
