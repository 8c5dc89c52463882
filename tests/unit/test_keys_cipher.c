// SPDX-License-Identifier: Apache-2.0
// RSA encryption and decryption: what comes back, and that everything broken has one answer.
#include <openssl/bn.h>

#include "keys_fixture.h"

#define SIZE ((size_t)256) /* bytes of the modulus */

static CK_RSA_PKCS_OAEP_PARAMS oaep_sha256 = {CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, NULL,
                                              0};
#define PKCS1 ((CK_MECHANISM){CKM_RSA_PKCS, NULL, 0})
#define RAW   ((CK_MECHANISM){CKM_RSA_X_509, NULL, 0})
#define OAEP  ((CK_MECHANISM){CKM_RSA_PKCS_OAEP, &oaep_sha256, sizeof oaep_sha256})

static CK_RV encrypt(CK_MECHANISM mechanism, const void *data, size_t len,
                     uint8_t ret_cipher[SIZE]) {
    CK_ULONG room = SIZE;
    CK_RV rv =
        run_with(KF_OPERATION_ENCRYPT, mechanism, keys[RSA2048], data, len, ret_cipher, &room);
    if (rv == CKR_OK)
        assert_int_equal(room, SIZE);
    return rv;
}

static CK_RV decrypt(CK_MECHANISM mechanism, const void *data, size_t len, uint8_t ret_plain[SIZE],
                     CK_ULONG *ret_len) {
    *ret_len = SIZE;
    return run_with(KF_OPERATION_DECRYPT, mechanism, keys[RSA2048], data, len, ret_plain, ret_len);
}

/* A number of the key as a padded block of our own making, through the public operation. */
static void seal_block(const uint8_t block[SIZE], uint8_t ret_cipher[SIZE]) {
    assert_int_equal(encrypt(RAW, block, SIZE, ret_cipher), CKR_OK);
}

static void what_was_encrypted_comes_back(void **state) {
    static const CK_MECHANISM mechanisms[] = {
        {CKM_RSA_PKCS, NULL, 0}, {CKM_RSA_PKCS_OAEP, &oaep_sha256, sizeof oaep_sha256}};
    static const size_t most[] = {SIZE - 11, SIZE - 66};
    uint8_t data[SIZE], cipher[SIZE], plain[SIZE];
    CK_ULONG len;
    memset(data, 0x77, sizeof data);
    for (size_t i = 0; i < KF_COUNT(mechanisms); i++) {
        const size_t lengths[] = {0, 1, 48, most[i]};
        for (size_t j = 0; j < KF_COUNT(lengths); j++) {
            assert_int_equal(encrypt(mechanisms[i], data, lengths[j], cipher), CKR_OK);
            assert_int_equal(decrypt(mechanisms[i], cipher, SIZE, plain, &len), CKR_OK);
            assert_int_equal(len, lengths[j]);
            assert_memory_equal(plain, data, len);
        }
        assert_int_equal(encrypt(mechanisms[i], data, most[i] + 1, cipher), CKR_DATA_LEN_RANGE);
    }
}

static void raw_is_the_number_itself(void **state) {
    uint8_t data[SIZE] = {0}, cipher[SIZE], plain[SIZE];
    CK_ULONG len;
    memset(data + 6, 0x12, SIZE - 6);
    assert_int_equal(encrypt(RAW, data + 6, SIZE - 6, cipher), CKR_OK);
    assert_int_equal(decrypt(RAW, cipher, SIZE, plain, &len), CKR_OK);
    assert_int_equal(len, SIZE);
    assert_memory_equal(plain, data, SIZE);
    memset(data, 0xff, SIZE);
    assert_int_equal(encrypt(RAW, data, SIZE, cipher), CKR_DATA_INVALID);
    assert_int_equal(decrypt(RAW, data, SIZE, plain, &len), CKR_ENCRYPTED_DATA_INVALID);
}

static void oaep_takes_every_hash_and_a_label(void **state) {
    static const CK_MECHANISM_TYPE hashes[] = {CKM_SHA_1, CKM_SHA224, CKM_SHA256, CKM_SHA384,
                                               CKM_SHA512};
    uint8_t cipher[SIZE], plain[SIZE], label[] = "label";
    CK_ULONG len;
    for (size_t i = 0; i < KF_COUNT(hashes); i++) {
        CK_RSA_PKCS_OAEP_PARAMS params = {hashes[i], CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, label, 5};
        CK_MECHANISM mechanism = {CKM_RSA_PKCS_OAEP, &params, sizeof params};
        assert_int_equal(encrypt(mechanism, "abc", 3, cipher), CKR_OK);
        assert_int_equal(decrypt(mechanism, cipher, SIZE, plain, &len), CKR_OK);
        assert_int_equal(len, 3);
        label[0] ^= 1;
        assert_int_equal(decrypt(mechanism, cipher, SIZE, plain, &len), CKR_ENCRYPTED_DATA_INVALID);
        label[0] ^= 1;
        params.mgf = CKG_MGF1_SHA384;
        assert_int_equal(decrypt(mechanism, cipher, SIZE, plain, &len), CKR_ENCRYPTED_DATA_INVALID);
    }
}

static void oaep_parameters_are_checked(void **state) {
    uint8_t byte = 0, cipher[SIZE];
    static CK_RSA_PKCS_OAEP_PARAMS bad[] = {
        {CKM_MD5, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, NULL, 0},
        {CKM_SHA256, 0, CKZ_DATA_SPECIFIED, NULL, 0},
        {CKM_SHA256, CKG_MGF1_SHA256, 2, NULL, 0},
        {CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, NULL, 5},
        {CKM_SHA256, CKG_MGF1_SHA256, 0, NULL, 1},
    };
    for (size_t i = 0; i < KF_COUNT(bad); i++) {
        CK_MECHANISM mechanism = {CKM_RSA_PKCS_OAEP, &bad[i], sizeof bad[i]};
        assert_int_equal(encrypt(mechanism, &byte, 1, cipher), CKR_MECHANISM_PARAM_INVALID);
    }
    CK_RSA_PKCS_OAEP_PARAMS long_label = {CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, &byte,
                                          (CK_ULONG)-1};
    CK_MECHANISM mechanism = {CKM_RSA_PKCS_OAEP, &long_label, sizeof long_label};
    assert_int_equal(encrypt(mechanism, &byte, 1, cipher), CKR_MECHANISM_PARAM_INVALID);
    assert_int_equal(encrypt((CK_MECHANISM){CKM_RSA_PKCS_OAEP, NULL, 0}, &byte, 1, cipher),
                     CKR_MECHANISM_PARAM_INVALID);
}

static void a_cipher_text_has_the_length_of_the_modulus(void **state) {
    uint8_t cipher[SIZE + 1] = {0}, plain[SIZE];
    CK_ULONG len;
    assert_int_equal(decrypt(PKCS1, cipher, SIZE - 1, plain, &len), CKR_ENCRYPTED_DATA_LEN_RANGE);
    assert_int_equal(decrypt(PKCS1, cipher, SIZE + 1, plain, &len), CKR_ENCRYPTED_DATA_LEN_RANGE);
    assert_int_equal(decrypt(OAEP, cipher, 0, plain, &len), CKR_ENCRYPTED_DATA_LEN_RANGE);
}

/* Blocks as RFC 8017 7.2.1 does not make them. */
static const struct {
    const char *what;
    size_t at;
    uint8_t byte;
    bool fits; /* a sound block all the same */
} broken[] = {
    {"nothing wrong", 2, 0x55, true},           {"first byte is not zero", 0, 0x01, false},
    {"block type 1", 1, 0x01, false},           {"block type 0", 1, 0x00, false},
    {"padding of no bytes", 2, 0x00, false},    {"padding of seven bytes", 9, 0x00, false},
    {"padding of eight bytes", 10, 0x00, true},
};

/* An answer may be data that OpenSSL made up (from 3.2 on): it is never the data of the block. */
static void broken_padding_has_one_answer(void **state) {
    for (size_t i = 0; i < KF_COUNT(broken); i++) {
        uint8_t block[SIZE], cipher[SIZE], plain[SIZE];
        CK_ULONG len;
        memset(block, 0x55, SIZE);
        memcpy(block, "\0\2", 2);
        block[SIZE - 4] = 0;
        block[broken[i].at] = broken[i].byte;
        seal_block(block, cipher);
        CK_RV rv = decrypt(PKCS1, cipher, SIZE, plain, &len);
        if (broken[i].fits)
            assert_int_equal(rv, CKR_OK);
        else
            assert_true(rv == CKR_ENCRYPTED_DATA_INVALID ||
                        (rv == CKR_OK && (len != 3 || memcmp(plain, block + SIZE - 3, 3) != 0)));
    }
}

static void a_block_without_an_end_of_padding_is_refused(void **state) {
    uint8_t block[SIZE], cipher[SIZE], plain[SIZE];
    CK_ULONG len;
    memset(block, 0x55, SIZE);
    memcpy(block, "\0\2", 2);
    seal_block(block, cipher);
    CK_RV rv = decrypt(PKCS1, cipher, SIZE, plain, &len);
    assert_true(rv == CKR_ENCRYPTED_DATA_INVALID || (rv == CKR_OK && len != 0));
    seal_block(block, cipher);
    assert_int_equal(decrypt(OAEP, cipher, SIZE, plain, &len), CKR_ENCRYPTED_DATA_INVALID);
}

static void every_flipped_bit_of_oaep_has_one_answer(void **state) {
    uint8_t cipher[SIZE], plain[SIZE];
    CK_ULONG len;
    assert_int_equal(encrypt(OAEP, "abc", 3, cipher), CKR_OK);
    for (size_t at = 1; at < SIZE; at += 15) {
        cipher[at] ^= 0x10;
        assert_int_equal(decrypt(OAEP, cipher, SIZE, plain, &len), CKR_ENCRYPTED_DATA_INVALID);
        cipher[at] ^= 0x10;
    }
    memset(plain, 0, sizeof plain);
    assert_int_equal(decrypt(OAEP, plain, SIZE, plain, &len), CKR_ENCRYPTED_DATA_INVALID);
}

static void a_small_room_is_enough_for_a_small_text(void **state) {
    kf_operation *operation = NULL;
    CK_MECHANISM mechanism = PKCS1;
    uint8_t cipher[SIZE], plain[3];
    CK_ULONG len = 0;
    assert_int_equal(encrypt(PKCS1, "abc", 3, cipher), CKR_OK);
    assert_int_equal(
        kf_operation_begin(&operation, KF_OPERATION_DECRYPT, &mechanism, keys[RSA2048]), CKR_OK);
    assert_int_equal(kf_operation_finish(operation, cipher, SIZE, NULL, &len), CKR_OK);
    assert_int_equal(len, SIZE);
    len = 2;
    assert_int_equal(kf_operation_finish(operation, cipher, SIZE, plain, &len),
                     CKR_BUFFER_TOO_SMALL);
    assert_int_equal(len, 3);
    assert_int_equal(kf_operation_finish(operation, cipher, SIZE, plain, &len), CKR_OK);
    assert_memory_equal(plain, "abc", 3);
    assert_false(kf_operation_is_active(operation));
    kf_operation_free(operation);
}

/* C_DecryptUpdate and C_DecryptFinal, the room too small in between. */
static void parts_wait_for_room(void **state) {
    kf_operation *operation = NULL;
    CK_MECHANISM mechanism = OAEP;
    uint8_t cipher[SIZE], plain[SIZE];
    CK_ULONG len = 1;
    assert_int_equal(encrypt(OAEP, "abc", 3, cipher), CKR_OK);
    assert_int_equal(
        kf_operation_begin(&operation, KF_OPERATION_DECRYPT, &mechanism, keys[RSA2048]), CKR_OK);
    assert_int_equal(kf_operation_update(operation, cipher, 100), CKR_OK);
    assert_int_equal(kf_operation_update(operation, cipher + 100, 100), CKR_OK);
    assert_int_equal(kf_operation_finish(operation, cipher + 200, SIZE - 200, plain, &len),
                     CKR_BUFFER_TOO_SMALL);
    len = sizeof plain;
    assert_int_equal(kf_operation_finish(operation, cipher + 200, SIZE - 200, plain, &len), CKR_OK);
    assert_int_equal(len, 3);
    assert_memory_equal(plain, "abc", 3);
    kf_operation_free(operation);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_encrypted_comes_back),
        cmocka_unit_test(raw_is_the_number_itself),
        cmocka_unit_test(oaep_takes_every_hash_and_a_label),
        cmocka_unit_test(oaep_parameters_are_checked),
        cmocka_unit_test(a_cipher_text_has_the_length_of_the_modulus),
        cmocka_unit_test(broken_padding_has_one_answer),
        cmocka_unit_test(a_block_without_an_end_of_padding_is_refused),
        cmocka_unit_test(every_flipped_bit_of_oaep_has_one_answer),
        cmocka_unit_test(a_small_room_is_enough_for_a_small_text),
        cmocka_unit_test(parts_wait_for_room),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
