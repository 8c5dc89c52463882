// SPDX-License-Identifier: Apache-2.0
// Operations of a session: what they do, and when they begin and end.
#include "module_objects.h"

static CK_BYTE digest[32] = "thirty-two bytes, as SHA-256 has";
static CK_BYTE message[] = "a message of any length";
static CK_MECHANISM ecdsa = {CKM_ECDSA, NULL, 0}, ecdsa_sha256 = {CKM_ECDSA_SHA256, NULL, 0},
                    eddsa = {CKM_EDDSA, NULL, 0}, rsa_sha256 = {CKM_SHA256_RSA_PKCS, NULL, 0},
                    rsa_pkcs = {CKM_RSA_PKCS, NULL, 0}, sha256 = {CKM_SHA256, NULL, 0};

static struct pair of_ec, of_rsa, of_edwards;

static int start_keys(void **state) {
    if (start_objects(state) != 0)
        return -1;
    of_ec = make_pair(&make_ec, CK_TRUE, "ec");
    of_rsa = make_pair(&make_rsa, CK_TRUE, "rsa");
    of_edwards = make_pair(&make_edwards, CK_TRUE, "edwards");
    return 0;
}

/* After a test that logged out: the handles of private keys are new. */
static int look_again(void **state) {
    if (log_in(state) != 0)
        return -1;
    find_in(session, TEMPLATE(NUMBER(CKA_CLASS, private_class), TEXT(CKA_ID, "ec")),
            &of_ec.private);
    find_in(session, TEMPLATE(NUMBER(CKA_CLASS, private_class), TEXT(CKA_ID, "rsa")),
            &of_rsa.private);
    find_in(session, TEMPLATE(NUMBER(CKA_CLASS, private_class), TEXT(CKA_ID, "edwards")),
            &of_edwards.private);
    return 0;
}

static CK_RV sign(CK_BYTE *signature, CK_ULONG *len) {
    return C_Sign(session, digest, sizeof digest, signature, len);
}

/* --- what they do --- */

static void check_signature(CK_MECHANISM *mechanism, struct pair pair, CK_BYTE *data,
                            CK_ULONG data_len) {
    CK_BYTE signature[512];
    CK_ULONG len = sizeof signature;
    assert_ok(C_SignInit(session, mechanism, pair.private));
    assert_ok(C_Sign(session, data, data_len, signature, &len));
    assert_ok(C_VerifyInit(session, mechanism, pair.public));
    assert_ok(C_Verify(session, data, data_len, signature, len));
    signature[len / 2] ^= 1;
    assert_ok(C_VerifyInit(session, mechanism, pair.public));
    assert_rv(C_Verify(session, data, data_len, signature, len), CKR_SIGNATURE_INVALID);
    assert_ok(C_VerifyInit(session, mechanism, pair.public));
    assert_rv(C_Verify(session, data, data_len, signature, len - 1), CKR_SIGNATURE_LEN_RANGE);
}

static void signatures_verify(void **state) {
    check_signature(&ecdsa, of_ec, digest, sizeof digest);
    check_signature(&ecdsa_sha256, of_ec, message, sizeof message);
    check_signature(&eddsa, of_edwards, message, sizeof message);
    check_signature(&rsa_sha256, of_rsa, message, sizeof message);
    check_signature(&rsa_pkcs, of_rsa, digest, sizeof digest);
}

static void parts_make_the_same_signature(void **state) {
    CK_BYTE whole[512], parts[512];
    CK_ULONG whole_len = sizeof whole, parts_len = sizeof parts;
    assert_ok(C_SignInit(session, &rsa_sha256, of_rsa.private));
    assert_ok(C_Sign(session, message, sizeof message, whole, &whole_len));
    assert_ok(C_SignInit(session, &rsa_sha256, of_rsa.private));
    assert_ok(C_SignUpdate(session, message, 5));
    assert_ok(C_SignUpdate(session, message + 5, sizeof message - 5));
    assert_ok(C_SignFinal(session, parts, &parts_len));
    assert_int_equal(parts_len, whole_len);
    assert_memory_equal(parts, whole, whole_len);
    assert_ok(C_VerifyInit(session, &rsa_sha256, of_rsa.public));
    assert_ok(C_VerifyUpdate(session, message, 5));
    assert_ok(C_VerifyUpdate(session, message + 5, sizeof message - 5));
    assert_ok(C_VerifyFinal(session, parts, parts_len));
}

static void what_is_encrypted_is_decrypted(void **state) {
    CK_RSA_PKCS_OAEP_PARAMS oaep = {CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, NULL, 0};
    CK_MECHANISM mechanisms[] = {rsa_pkcs, {CKM_RSA_PKCS_OAEP, &oaep, sizeof oaep}};
    for (size_t i = 0; i < KF_COUNT(mechanisms); i++) {
        CK_BYTE cipher[512], plain[512];
        CK_ULONG cipher_len = sizeof cipher, plain_len = sizeof plain;
        assert_ok(C_EncryptInit(session, &mechanisms[i], of_rsa.public));
        assert_ok(C_Encrypt(session, message, sizeof message, cipher, &cipher_len));
        assert_int_equal(cipher_len, 256);
        assert_ok(C_DecryptInit(session, &mechanisms[i], of_rsa.private));
        assert_ok(C_Decrypt(session, cipher, cipher_len, plain, &plain_len));
        assert_int_equal(plain_len, sizeof message);
        assert_memory_equal(plain, message, sizeof message);
    }
}

static void digests_come_whole_and_in_parts(void **state) {
    CK_BYTE whole[32], parts[32], wanted[32];
    CK_ULONG len = sizeof whole;
    EVP_Digest(message, sizeof message, wanted, NULL, EVP_sha256(), NULL);
    assert_ok(C_DigestInit(session, &sha256));
    assert_ok(C_Digest(session, message, sizeof message, whole, &len));
    assert_memory_equal(whole, wanted, 32);
    assert_ok(C_DigestInit(session, &sha256));
    assert_ok(C_DigestUpdate(session, message, 7));
    assert_ok(C_DigestUpdate(session, message + 7, sizeof message - 7));
    assert_ok(C_DigestFinal(session, parts, &len));
    assert_memory_equal(parts, wanted, 32);
}

static void secret_keys_are_digested(void **state) {
    CK_BYTE found[32], wanted[32];
    CK_ULONG len = sizeof found;
    CK_OBJECT_HANDLE key =
        created(TEMPLATE(NUMBER(CKA_CLASS, secret_class), NUMBER(CKA_KEY_TYPE, generic),
                         FLAG(CKA_SENSITIVE, yes), BYTES(CKA_VALUE, message)));
    EVP_Digest(message, sizeof message, wanted, NULL, EVP_sha256(), NULL);
    assert_ok(C_DigestInit(session, &sha256));
    assert_ok(C_DigestKey(session, key));
    assert_ok(C_DigestFinal(session, found, &len));
    assert_memory_equal(found, wanted, 32);
    assert_ok(C_DigestInit(session, &sha256));
    assert_rv(C_DigestKey(session, of_ec.private), CKR_KEY_INDIGESTIBLE);
    assert_rv(C_DigestKey(session, key), CKR_OPERATION_NOT_INITIALIZED);
}

/* --- when they begin --- */

static void a_second_operation_waits(void **state) {
    CK_BYTE signature[64];
    CK_ULONG len = sizeof signature;
    assert_ok(C_SignInit(session, &ecdsa, of_ec.private));
    assert_rv(C_SignInit(session, &ecdsa, of_ec.private), CKR_OPERATION_ACTIVE);
    assert_ok(C_VerifyInit(session, &ecdsa, of_ec.public));
    assert_ok(sign(signature, &len));
    assert_ok(C_Verify(session, digest, sizeof digest, signature, len));
}

static void what_was_not_begun_does_not_go_on(void **state) {
    CK_BYTE out[64];
    CK_ULONG len = sizeof out;
    assert_rv(sign(out, &len), CKR_OPERATION_NOT_INITIALIZED);
    assert_rv(C_SignUpdate(session, out, 1), CKR_OPERATION_NOT_INITIALIZED);
    assert_rv(C_SignFinal(session, out, &len), CKR_OPERATION_NOT_INITIALIZED);
    assert_rv(C_Verify(session, out, 1, out, 64), CKR_OPERATION_NOT_INITIALIZED);
    assert_rv(C_VerifyUpdate(session, out, 1), CKR_OPERATION_NOT_INITIALIZED);
    assert_rv(C_VerifyFinal(session, out, 64), CKR_OPERATION_NOT_INITIALIZED);
    assert_rv(C_Encrypt(session, out, 1, out, &len), CKR_OPERATION_NOT_INITIALIZED);
    assert_rv(C_EncryptUpdate(session, out, 1, out, &len), CKR_OPERATION_NOT_INITIALIZED);
    assert_rv(C_EncryptFinal(session, out, &len), CKR_OPERATION_NOT_INITIALIZED);
    assert_rv(C_Decrypt(session, out, 1, out, &len), CKR_OPERATION_NOT_INITIALIZED);
    assert_rv(C_DecryptUpdate(session, out, 1, out, &len), CKR_OPERATION_NOT_INITIALIZED);
    assert_rv(C_DecryptFinal(session, out, &len), CKR_OPERATION_NOT_INITIALIZED);
    assert_rv(C_Digest(session, out, 1, out, &len), CKR_OPERATION_NOT_INITIALIZED);
    assert_rv(C_DigestUpdate(session, out, 1), CKR_OPERATION_NOT_INITIALIZED);
    assert_rv(C_DigestKey(session, 1), CKR_OPERATION_NOT_INITIALIZED);
    assert_rv(C_DigestFinal(session, out, &len), CKR_OPERATION_NOT_INITIALIZED);
}

static void keys_of_the_wrong_kind_are_refused(void **state) {
    CK_OBJECT_HANDLE data = created(TEMPLATE(NUMBER(CKA_CLASS, data_class)));
    assert_rv(C_SignInit(session, &ecdsa, of_ec.public), CKR_KEY_HANDLE_INVALID);
    assert_rv(C_VerifyInit(session, &ecdsa, of_ec.private), CKR_KEY_HANDLE_INVALID);
    assert_rv(C_EncryptInit(session, &rsa_pkcs, of_rsa.private), CKR_KEY_HANDLE_INVALID);
    assert_rv(C_DecryptInit(session, &rsa_pkcs, of_rsa.public), CKR_KEY_HANDLE_INVALID);
    assert_rv(C_SignInit(session, &ecdsa, data), CKR_KEY_HANDLE_INVALID);
    assert_rv(C_SignInit(session, &ecdsa, 0), CKR_KEY_HANDLE_INVALID);
    assert_rv(C_SignInit(session, &ecdsa, 123456), CKR_KEY_HANDLE_INVALID);
    assert_rv(C_SignInit(session, &rsa_pkcs, of_ec.private), CKR_KEY_TYPE_INCONSISTENT);
    assert_rv(C_SignInit(session, &sha256, of_ec.private), CKR_MECHANISM_INVALID);
}

static void a_usage_that_is_off_is_off(void **state) {
    struct pair pair = make_pair(&make_rsa, CK_FALSE, "off");
    assert_ok(set(pair.private, CKA_SIGN, &no, 1));
    assert_ok(set(pair.private, CKA_DECRYPT, &no, 1));
    assert_ok(set(pair.public, CKA_VERIFY, &no, 1));
    assert_ok(set(pair.public, CKA_ENCRYPT, &no, 1));
    assert_rv(C_SignInit(session, &rsa_pkcs, pair.private), CKR_KEY_FUNCTION_NOT_PERMITTED);
    assert_rv(C_DecryptInit(session, &rsa_pkcs, pair.private), CKR_KEY_FUNCTION_NOT_PERMITTED);
    assert_rv(C_VerifyInit(session, &rsa_pkcs, pair.public), CKR_KEY_FUNCTION_NOT_PERMITTED);
    assert_rv(C_EncryptInit(session, &rsa_pkcs, pair.public), CKR_KEY_FUNCTION_NOT_PERMITTED);
    assert_ok(set(pair.private, CKA_SIGN, &yes, 1));
    assert_ok(C_SignInit(session, &rsa_pkcs, pair.private));
    assert_ok(C_SignInit(session, NULL, 0));
}

static void no_mechanism_ends_what_is_active(void **state) {
    assert_rv(C_SignInit(session, NULL, of_ec.private), CKR_ARGUMENTS_BAD);
    assert_ok(C_SignInit(session, &ecdsa, of_ec.private));
    assert_ok(C_SignInit(session, NULL, 0));
    assert_ok(C_SignInit(session, &ecdsa, of_ec.private));
    assert_ok(C_SignInit(session, NULL, 0));
    assert_rv(C_DigestInit(session, NULL), CKR_ARGUMENTS_BAD);
}

/* --- when they end --- */

static void sizes_are_told_and_end_nothing(void **state) {
    CK_BYTE signature[64];
    CK_ULONG len = 0;
    assert_ok(C_SignInit(session, &ecdsa, of_ec.private));
    assert_ok(sign(NULL, &len));
    assert_int_equal(len, 64);
    len = 63;
    assert_rv(sign(signature, &len), CKR_BUFFER_TOO_SMALL);
    assert_int_equal(len, 64);
    assert_ok(sign(signature, &len));
    assert_rv(sign(signature, &len), CKR_OPERATION_NOT_INITIALIZED);
}

static void errors_end_the_operation(void **state) {
    CK_BYTE signature[64];
    CK_ULONG len = sizeof signature;
    assert_ok(C_SignInit(session, &ecdsa, of_ec.private));
    assert_rv(C_Sign(session, digest, sizeof digest, signature, NULL), CKR_ARGUMENTS_BAD);
    assert_rv(sign(signature, &len), CKR_OPERATION_NOT_INITIALIZED);
    assert_ok(C_SignInit(session, &ecdsa, of_ec.private));
    assert_rv(C_Sign(session, NULL, 5, signature, &len), CKR_ARGUMENTS_BAD);
    assert_rv(sign(signature, &len), CKR_OPERATION_NOT_INITIALIZED);
    assert_ok(C_VerifyInit(session, &ecdsa, of_ec.public));
    assert_rv(C_Verify(session, digest, sizeof digest, NULL, 64), CKR_ARGUMENTS_BAD);
    assert_rv(C_Verify(session, digest, sizeof digest, signature, 64),
              CKR_OPERATION_NOT_INITIALIZED);
    assert_ok(C_DigestInit(session, &sha256));
    assert_rv(C_DigestUpdate(session, NULL, 5), CKR_ARGUMENTS_BAD);
    assert_rv(C_DigestUpdate(session, digest, 5), CKR_OPERATION_NOT_INITIALIZED);
}

static void parts_are_not_ended_by_a_whole(void **state) {
    CK_BYTE signature[256];
    CK_ULONG len = sizeof signature;
    assert_ok(C_SignInit(session, &rsa_sha256, of_rsa.private));
    assert_ok(C_SignUpdate(session, message, 5));
    assert_rv(sign(signature, &len), CKR_OPERATION_NOT_INITIALIZED);
    assert_rv(C_SignFinal(session, signature, &len), CKR_OPERATION_NOT_INITIALIZED);
}

static void rsa_has_no_parts(void **state) {
    CK_BYTE out[256];
    CK_ULONG len = sizeof out;
    assert_ok(C_EncryptInit(session, &rsa_pkcs, of_rsa.public));
    assert_rv(C_EncryptUpdate(session, message, 5, out, &len), CKR_FUNCTION_NOT_SUPPORTED);
    assert_rv(C_EncryptFinal(session, out, &len), CKR_OPERATION_NOT_INITIALIZED);
    assert_ok(C_DecryptInit(session, &rsa_pkcs, of_rsa.private));
    assert_rv(C_DecryptUpdate(session, message, 5, out, &len), CKR_FUNCTION_NOT_SUPPORTED);
    assert_rv(C_DecryptFinal(session, out, &len), CKR_OPERATION_NOT_INITIALIZED);
}

static void a_logout_ends_private_operations_only(void **state) {
    CK_BYTE out[64];
    CK_ULONG len = sizeof out;
    assert_ok(C_SignInit(session, &ecdsa, of_ec.private));
    assert_ok(C_DigestInit(session, &sha256));
    assert_ok(C_VerifyInit(session, &ecdsa, of_ec.public));
    assert_ok(C_Logout(session));
    assert_rv(sign(out, &len), CKR_OPERATION_NOT_INITIALIZED);
    assert_rv(C_SignInit(session, &ecdsa, of_ec.private), CKR_KEY_HANDLE_INVALID);
    assert_ok(C_Digest(session, message, 1, out, &len));
    memset(out, 1, sizeof out);
    assert_rv(C_Verify(session, digest, sizeof digest, out, 64), CKR_SIGNATURE_INVALID);
    assert_ok(login(session, CKU_USER, USER_PIN));
    assert_rv(sign(out, &len), CKR_OPERATION_NOT_INITIALIZED);
}

static void a_destroyed_key_signs_no_more(void **state) {
    struct pair pair = make_pair(&make_ec, CK_TRUE, "destroyed");
    CK_SESSION_HANDLE other = open_session(slot, 0);
    CK_BYTE signature[64];
    CK_ULONG len = sizeof signature;
    assert_ok(C_SignInit(other, &ecdsa, pair.private));
    assert_ok(C_DestroyObject(session, pair.private));
    assert_rv(C_Sign(other, digest, sizeof digest, signature, &len), CKR_KEY_HANDLE_INVALID);
    assert_rv(C_SignInit(other, &ecdsa, pair.private), CKR_KEY_HANDLE_INVALID);
    assert_ok(C_CloseSession(other));
}

static void a_key_may_want_a_login_each_time(void **state) {
    CK_OBJECT_HANDLE public = 0, private = 0;
    CK_BYTE signature[64];
    CK_ULONG len = sizeof signature;
    CK_ATTRIBUTE of_public[] = {BYTES(CKA_EC_PARAMS, p256)},
                 of_private[] = {FLAG(CKA_ALWAYS_AUTHENTICATE, yes), FLAG(CKA_TOKEN, yes)};
    assert_ok(C_GenerateKeyPair(session, &make_ec, of_public, 1, of_private, 2, &public, &private));
    assert_ok(C_SignInit(session, &ecdsa, private));
    assert_ok(sign(NULL, &len));
    assert_rv(sign(signature, &len), CKR_USER_NOT_LOGGED_IN);
    assert_rv(sign(signature, &len), CKR_OPERATION_NOT_INITIALIZED);
    for (int i = 0; i < 2; i++) {
        assert_ok(C_SignInit(session, &ecdsa, private));
        assert_ok(login(session, CKU_CONTEXT_SPECIFIC, USER_PIN));
        assert_ok(sign(signature, &len));
    }
    assert_ok(C_SignInit(session, &ecdsa, private));
    assert_rv(login(session, CKU_CONTEXT_SPECIFIC, "wrong!"), CKR_PIN_INCORRECT);
    assert_rv(sign(signature, &len), CKR_USER_NOT_LOGGED_IN);
}

static void recovering_and_combining_are_not_supported(void **state) {
    CK_BYTE out[64];
    CK_ULONG len = sizeof out;
    assert_rv(C_SignRecoverInit(session, &rsa_pkcs, of_rsa.private), CKR_FUNCTION_NOT_SUPPORTED);
    assert_rv(C_VerifyRecoverInit(session, &rsa_pkcs, of_rsa.public), CKR_FUNCTION_NOT_SUPPORTED);
    assert_rv(C_DigestEncryptUpdate(session, out, 1, out, &len), CKR_FUNCTION_NOT_SUPPORTED);
    assert_rv(C_WrapKey(session, &rsa_pkcs, of_rsa.public, of_ec.private, out, &len),
              CKR_FUNCTION_NOT_SUPPORTED);
}

#define KEY_TEST(test) cmocka_unit_test_setup(test, look_again)

int main(void) {
    const struct CMUnitTest tests[] = {
        KEY_TEST(signatures_verify),
        KEY_TEST(parts_make_the_same_signature),
        KEY_TEST(what_is_encrypted_is_decrypted),
        KEY_TEST(digests_come_whole_and_in_parts),
        KEY_TEST(secret_keys_are_digested),
        KEY_TEST(a_second_operation_waits),
        KEY_TEST(what_was_not_begun_does_not_go_on),
        KEY_TEST(keys_of_the_wrong_kind_are_refused),
        KEY_TEST(a_usage_that_is_off_is_off),
        KEY_TEST(no_mechanism_ends_what_is_active),
        KEY_TEST(sizes_are_told_and_end_nothing),
        KEY_TEST(errors_end_the_operation),
        KEY_TEST(parts_are_not_ended_by_a_whole),
        KEY_TEST(rsa_has_no_parts),
        KEY_TEST(a_logout_ends_private_operations_only),
        KEY_TEST(a_destroyed_key_signs_no_more),
        KEY_TEST(a_key_may_want_a_login_each_time),
        KEY_TEST(recovering_and_combining_are_not_supported),
    };
    return cmocka_run_group_tests(tests, start_keys, end_module);
}
