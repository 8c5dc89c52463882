// SPDX-License-Identifier: Apache-2.0
// The host's queue of OpenSSL errors, which libssl looks into after its own calls: whatever we do,
// it is afterwards as it was before.
#include "module_objects.h"

#include <openssl/err.h>

#include "module/transfer.h"

static CK_MECHANISM ecdsa = {CKM_ECDSA, NULL, 0}, pkcs1 = {CKM_RSA_PKCS, NULL, 0};
static struct pair on_curve, of_rsa;
static CK_BYTE some[300] = {0x30, 0x82, 0x01, 0x00, 0x02, 0x01};

static int make_keys(void **state) {
    if (start_objects(state) != 0)
        return -1;
    on_curve = make_pair(&make_ec, CK_TRUE, "curve");
    of_rsa = make_pair(&make_rsa, CK_FALSE, "rsa");
    return 0;
}

/* --- calls that go well and calls that make OpenSSL complain --- */

static void create_a_bad_certificate(void) {
    CK_OBJECT_HANDLE made = 0;
    assert_rv(create(TEMPLATE(NUMBER(CKA_CLASS, cert_class), NUMBER(CKA_CERTIFICATE_TYPE, x509),
                              BYTES(CKA_VALUE, some)),
                     &made),
              CKR_ATTRIBUTE_VALUE_INVALID);
}

static void create_a_good_certificate(void) {
    static unsigned char *der;
    static int len;
    if (!der) {
        len = make_cert(&der, 1);
        ERR_clear_error();
    }
    CK_ATTRIBUTE value = {CKA_VALUE, der, (CK_ULONG)len};
    CK_OBJECT_HANDLE cert =
        created(TEMPLATE(NUMBER(CKA_CLASS, cert_class), NUMBER(CKA_CERTIFICATE_TYPE, x509), value));
    assert_ok(C_DestroyObject(session, cert));
}

static void create_a_bad_key(void) {
    CK_BYTE point[67] = {0x04, 65, 0x04, 1, 2, 3};
    CK_OBJECT_HANDLE made = 0;
    assert_rv(create(TEMPLATE(NUMBER(CKA_CLASS, public_class), NUMBER(CKA_KEY_TYPE, ec),
                              BYTES(CKA_EC_PARAMS, p256), BYTES(CKA_EC_POINT, point)),
                     &made),
              CKR_ATTRIBUTE_VALUE_INVALID);
}

static void verify_nonsense(void) {
    assert_ok(C_VerifyInit(session, &ecdsa, on_curve.public));
    assert_rv(C_Verify(session, some, 32, some, 64), CKR_SIGNATURE_INVALID);
    assert_ok(C_VerifyInit(session, &pkcs1, of_rsa.public));
    assert_rv(C_Verify(session, some, 32, some, 256), CKR_SIGNATURE_INVALID);
}

static void decrypt_nonsense(void) {
    CK_BYTE out[256];
    CK_ULONG len = sizeof out;
    assert_ok(C_DecryptInit(session, &pkcs1, of_rsa.private));
    C_Decrypt(session, some, 256, out, &len);
}

static void sign(void) {
    CK_BYTE out[256];
    CK_ULONG len = sizeof out;
    assert_ok(C_SignInit(session, &ecdsa, on_curve.private));
    assert_ok(C_Sign(session, some, 32, out, &len));
    len = sizeof out;
    assert_ok(C_SignInit(session, &pkcs1, of_rsa.private));
    assert_ok(C_Sign(session, some, 32, out, &len));
}

static void derive_from_nonsense(void) {
    CK_BYTE point[65] = {0x04, 1, 2, 3};
    CK_ECDH1_DERIVE_PARAMS params = {CKD_NULL, 0, NULL, sizeof point, point};
    CK_MECHANISM ecdh = {CKM_ECDH1_DERIVE, &params, sizeof params};
    CK_OBJECT_HANDLE made = 0;
    assert_rv(C_DeriveKey(session, &ecdh, on_curve.private, NULL, 0, &made),
              CKR_MECHANISM_PARAM_INVALID);
}

static void draw_random(void) {
    CK_BYTE out[32];
    assert_ok(C_GenerateRandom(session, out, sizeof out));
}

static void log_in_wrongly(void) {
    assert_ok(C_Logout(session));
    assert_rv(login(session, CKU_USER, "wrong!"), CKR_PIN_INCORRECT);
    assert_ok(login(session, CKU_USER, USER_PIN));
}

static void import_nonsense(void) {
    static const char pem[] = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    struct kf_password password = {(const uint8_t *)"secret", 6};
    assert_int_not_equal(
        kfm_interface.import(session, some, sizeof some, &password, "nonsense", false), CKR_OK);
    assert_int_not_equal(
        kfm_interface.import(session, pem, sizeof pem - 1, &password, "nonsense", false), CKR_OK);
}

static void export_a_key(void) {
    static uint8_t out[32 * 1024];
    size_t len = sizeof out;
    struct kf_password password = {(const uint8_t *)"secret", 6};
    CK_OBJECT_HANDLE public = 0, private = 0;
    CK_ATTRIBUTE of_public[] = {BYTES(CKA_EC_PARAMS, p256)},
                 of_private[] = {FLAG(CKA_EXTRACTABLE, yes)};
    assert_ok(C_GenerateKeyPair(session, &make_ec, of_public, 1, of_private, 1, &public, &private));
    assert_ok(kfm_interface.export(session, private, KF_KEY_FILE_PKCS12, &password, out, &len));
    assert_ok(kfm_interface.import(session, out, len, &password, "back", false));
    assert_ok(C_DestroyObject(session, public));
    assert_ok(C_DestroyObject(session, private));
}

/* --- before and after --- */

static void (*const calls[])(void) = {
    create_a_bad_certificate, create_a_good_certificate,
    create_a_bad_key,         verify_nonsense,
    decrypt_nonsense,         sign,
    derive_from_nonsense,     draw_random,
    import_nonsense,          export_a_key,
};

static void what_the_host_had_to_read_is_still_there(void **state) {
    for (size_t i = 0; i < KF_COUNT(calls); i++) {
        calls[i]();
        ERR_clear_error();
        ERR_raise(ERR_LIB_USER, 77);
        calls[i]();
        if (ERR_GET_REASON(ERR_peek_error()) != 77 || ERR_GET_REASON(ERR_peek_last_error()) != 77)
            fail_msg("call %zu changes what the host had", i);
        ERR_get_error();
        assert_int_equal(ERR_peek_error(), 0);
    }
}

static void nothing_of_ours_is_left_behind(void **state) {
    for (size_t i = 0; i < KF_COUNT(calls); i++) {
        ERR_clear_error();
        calls[i]();
        if (ERR_peek_error() != 0)
            fail_msg("call %zu leaves an error to the host", i);
    }
}

static void starting_and_logging_in_leave_it_alone(void **state) {
    ERR_clear_error();
    ERR_raise(ERR_LIB_USER, 77);
    log_in_wrongly();
    assert_ok(C_Finalize(NULL));
    assert_ok(initialize(OPTIONS));
    assert_int_equal(ERR_GET_REASON(ERR_get_error()), 77);
    assert_int_equal(ERR_peek_error(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_host_had_to_read_is_still_there),
        cmocka_unit_test(nothing_of_ours_is_left_behind),
        cmocka_unit_test(starting_and_logging_in_leave_it_alone),
    };
    return cmocka_run_group_tests(tests, make_keys, end_module);
}
