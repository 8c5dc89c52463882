// SPDX-License-Identifier: Apache-2.0
// Edge cases of RSA verification and decryption, in the manner of Wycheproof's: blocks made by hand
// and raised to the private power, so that nothing but their form is wrong.
#include <openssl/bn.h>
#include <openssl/evp.h>

#include "keys_fixture.h"

#define SIZE ((size_t)256)
#define HASH ((size_t)32)

static const uint8_t message[] = "message";
static const CK_MECHANISM raw = {CKM_RSA_X_509, NULL, 0};
static const CK_MECHANISM pkcs1 = {CKM_SHA256_RSA_PKCS, NULL, 0};

/* The signature whose block this is. */
static void sign_block(const uint8_t block[SIZE], uint8_t ret_signature[512]) {
    CK_ULONG len;
    assert_int_equal(sign_with(raw, keys[RSA2048], block, SIZE, ret_signature, &len), CKR_OK);
}

static CK_RV verify_block(CK_MECHANISM mechanism, const uint8_t block[SIZE]) {
    uint8_t signature[512];
    sign_block(block, signature);
    return verify_with(mechanism, keys[RSA2048], message, sizeof message, signature, SIZE);
}

static void hash_message(uint8_t ret_hash[HASH]) {
    assert_true(EVP_Digest(message, sizeof message, ret_hash, NULL, EVP_sha256(), NULL));
}

/* --- PKCS#1 v1.5 --- */

/* 00 01 FF ... FF 00, `info` and the hash, then `after` bytes of garbage. */
static void make_block(const char *info, size_t info_len, size_t after, uint8_t ret_block[SIZE]) {
    size_t len = info_len + HASH + after, at = SIZE - len;
    memset(ret_block, 0xff, SIZE);
    memcpy(ret_block, "\0\1", 2);
    ret_block[at - 1] = 0;
    memcpy(ret_block + at, info, info_len);
    hash_message(ret_block + at + info_len);
    memset(ret_block + SIZE - after, 0x5c, after);
}

#define INFO(text) text, sizeof(text) - 1
/* DigestInfo of SHA-256 up to the hash (RFC 8017 9.2). */
#define RIGHT_INFO "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"

static const struct {
    const char *what, *info;
    size_t info_len, after;
} infos[] = {
    {"NULL is missing",
     INFO("\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20"), 0},
    {"another hash's OID",
     INFO("\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x20"), 0},
    {"no DigestInfo", INFO(""), 0},
    {"only an OCTET STRING", INFO("\x04\x20"), 0},
    {"long form of the outer length",
     INFO("\x30\x81\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"), 0},
    {"long form of the inner length",
     INFO("\x30\x32\x30\x81\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"), 0},
    {"long form of the OID's length",
     INFO("\x30\x32\x30\x0e\x06\x81\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"), 0},
    {"long form of the hash's length",
     INFO("\x30\x32\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x81\x20"), 0},
    {"long form of NULL",
     INFO("\x30\x32\x30\x0e\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x81\x00\x04\x20"), 0},
    {"length with leading zeros",
     INFO("\x30\x82\x00\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"),
     0},
    {"indefinite length",
     INFO("\x30\x80\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"), 2},
    {"garbage in the parameters",
     INFO("\x30\x33\x30\x0f\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x02\x5c\x5c\x04\x20"),
     0},
    {"parameters twice",
     INFO("\x30\x33\x30\x0f\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x05\x00\x04\x20"),
     0},
    {"another tag",
     INFO("\x31\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00"
          "\x04\x20"),
     0},
    {"hash too long by its length",
     INFO("\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x21"), 0},
    {"garbage after the hash", INFO(RIGHT_INFO), 1},
    {"much garbage after the hash", INFO(RIGHT_INFO), 150},
    {"garbage counted in",
     INFO("\x30\x33\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"), 2},
};

static void only_the_one_encoding_is_accepted(void **state) {
    uint8_t block[SIZE];
    make_block(INFO(RIGHT_INFO), 0, block);
    assert_int_equal(verify_block(pkcs1, block), CKR_OK);
    for (size_t i = 0; i < KF_COUNT(infos); i++) {
        make_block(infos[i].info, infos[i].info_len, infos[i].after, block);
        CK_RV rv = verify_block(pkcs1, block);
        if (rv != CKR_SIGNATURE_INVALID)
            print_error("%s\n", infos[i].what);
        assert_int_equal(rv, CKR_SIGNATURE_INVALID);
    }
}

/* All of the header and of the DigestInfo, and some of the padding between them. */
static bool is_tried(size_t at) {
    return at < 4 || at >= SIZE - 56 || at % 13 == 0;
}

static void every_byte_of_the_block_counts(void **state) {
    static const uint8_t flips[] = {0x01, 0x80, 0xff};
    uint8_t block[SIZE];
    make_block(INFO(RIGHT_INFO), 0, block);
    for (size_t at = 1; at < SIZE; at++)
        for (size_t i = 0; is_tried(at) && i < KF_COUNT(flips); i++) {
            block[at] ^= flips[i];
            assert_int_equal(verify_block(pkcs1, block), CKR_SIGNATURE_INVALID);
            block[at] ^= flips[i];
        }
    block[0] = 1; /* the modulus begins with a larger byte */
    assert_int_equal(verify_block(pkcs1, block), CKR_SIGNATURE_INVALID);
}

/* Bleichenbacher 2006: little padding, and garbage where nobody looks. */
static void short_padding_is_refused(void **state) {
    static const size_t paddings[] = {0, 1, 7, 8, 100};
    for (size_t i = 0; i < KF_COUNT(paddings); i++) {
        uint8_t block[SIZE];
        size_t at = 3 + paddings[i];
        memset(block, 0xff, SIZE);
        memcpy(block, "\0\1", 2);
        block[at - 1] = 0;
        memcpy(block + at, RIGHT_INFO, 19);
        hash_message(block + at + 19);
        assert_int_equal(verify_block(pkcs1, block), CKR_SIGNATURE_INVALID);
    }
}

/* The same number plus the modulus, and numbers that are none. */
static void numbers_out_of_range_are_refused(void **state) {
    uint8_t block[SIZE], signature[512], spoiled[SIZE + 1] = {0};
    kf_buf modulus = {0};
    make_block(INFO(RIGHT_INFO), 0, block);
    sign_block(block, signature);
    assert_int_equal(kf_softkey_public_attribute(keys[RSA2048], CKA_MODULUS, &modulus), CKR_OK);
    BIGNUM *n = BN_bin2bn(modulus.data, (int)modulus.len, NULL);
    BIGNUM *s = BN_bin2bn(signature, (int)SIZE, NULL);
    BIGNUM *const numbers[] = {BN_dup(n), BN_dup(n), BN_dup(n), BN_new(), BN_new(), BN_dup(n)};
    BN_add_word(numbers[1], 1);
    BN_sub_word(numbers[2], 1);
    BN_one(numbers[4]);
    BN_sub(numbers[5], n, s);
    for (size_t i = 0; i < KF_COUNT(numbers); i++) {
        assert_int_equal(BN_bn2binpad(numbers[i], spoiled, (int)SIZE), SIZE);
        assert_int_equal(verify_with(pkcs1, keys[RSA2048], message, sizeof message, spoiled, SIZE),
                         CKR_SIGNATURE_INVALID);
        BN_free(numbers[i]);
    }
    BN_add(s, s, n);
    if (BN_bn2binpad(s, spoiled, (int)SIZE) == (int)SIZE)
        assert_int_equal(verify_with(pkcs1, keys[RSA2048], message, sizeof message, spoiled, SIZE),
                         CKR_SIGNATURE_INVALID);
    assert_int_equal(BN_bn2binpad(s, spoiled, (int)SIZE + 1), SIZE + 1);
    assert_int_equal(verify_with(pkcs1, keys[RSA2048], message, sizeof message, spoiled, SIZE + 1),
                     CKR_SIGNATURE_LEN_RANGE);
    BN_free(n);
    BN_free(s);
    kf_buf_clear(&modulus);
}

static void signatures_have_the_length_of_the_modulus(void **state) {
    uint8_t block[SIZE], signature[512];
    static const size_t wrong[] = {0, 1, SIZE - 1, SIZE + 1, 2 * SIZE};
    make_block(INFO(RIGHT_INFO), 0, block);
    sign_block(block, signature);
    for (size_t i = 0; i < KF_COUNT(wrong); i++)
        assert_int_equal(
            verify_with(pkcs1, keys[RSA2048], message, sizeof message, signature, wrong[i]),
            CKR_SIGNATURE_LEN_RANGE);
}

/* CKM_RSA_PKCS signs what the caller made, and verifies all of it. */
static void the_callers_digest_info_counts_whole(void **state) {
    static const CK_MECHANISM plain = {CKM_RSA_PKCS, NULL, 0};
    uint8_t block[SIZE], signature[512], info[19 + HASH + 1] = RIGHT_INFO;
    make_block(INFO(RIGHT_INFO), 0, block);
    sign_block(block, signature);
    hash_message(info + 19);
    assert_int_equal(verify_with(plain, keys[RSA2048], info, 51, signature, SIZE), CKR_OK);
    assert_int_equal(verify_with(plain, keys[RSA2048], info, 50, signature, SIZE),
                     CKR_SIGNATURE_INVALID);
    assert_int_equal(verify_with(plain, keys[RSA2048], info, 52, signature, SIZE),
                     CKR_SIGNATURE_INVALID);
    assert_int_equal(verify_with(plain, keys[RSA2048], info + 1, 50, signature, SIZE),
                     CKR_SIGNATURE_INVALID);
    assert_int_equal(verify_with(plain, keys[RSA2048], info, 0, signature, SIZE),
                     CKR_SIGNATURE_INVALID);
}

/* --- masks, for PSS and OAEP --- */

/* RFC 8017 B.2.1, with SHA-256, onto `data`. */
static void mask(const uint8_t *seed, size_t seed_len, uint8_t *data, size_t len) {
    for (uint32_t counter = 0; counter * HASH < len; counter++) {
        uint8_t input[512], hash[HASH];
        memcpy(input, seed, seed_len);
        for (int i = 0; i < 4; i++)
            input[seed_len + (size_t)i] = (uint8_t)(counter >> (24 - 8 * i));
        assert_true(EVP_Digest(input, seed_len + 4, hash, NULL, EVP_sha256(), NULL));
        for (size_t i = 0; i < HASH && counter * HASH + i < len; i++)
            data[counter * HASH + i] ^= hash[i];
    }
}

/* --- PSS --- */

/* What is wrong with a block. */
struct pss_fault {
    const char *what;
    size_t salt_len;    /* of the block; 32 is right */
    uint8_t trailer;    /* 0xbc is right */
    uint8_t zeros, one; /* bytes of the padding: 0 and 1 are right */
    uint8_t top, hash;  /* put onto the first bit, and onto the hash */
    bool is_right;
};

/* RFC 8017 9.1.1. */
static void make_pss(const struct pss_fault *fault, uint8_t ret_block[SIZE]) {
    uint8_t input[8 + HASH + 256] = {0}, *salt = input + 8 + HASH;
    size_t db_len = SIZE - HASH - 1;
    memset(salt, 0xa7, fault->salt_len);
    hash_message(input + 8);
    assert_true(EVP_Digest(input, 8 + HASH + fault->salt_len, ret_block + db_len, NULL,
                           EVP_sha256(), NULL));
    memset(ret_block, fault->zeros, db_len);
    ret_block[db_len - fault->salt_len - 1] = fault->one;
    memcpy(ret_block + db_len - fault->salt_len, salt, fault->salt_len);
    mask(ret_block + db_len, HASH, ret_block, db_len);
    ret_block[0] &= 0x7f;
    ret_block[0] |= fault->top;
    ret_block[SIZE - 2] ^= fault->hash;
    ret_block[SIZE - 1] = fault->trailer;
}

static const struct pss_fault pss_faults[] = {
    {"nothing", 32, 0xbc, 0, 1, 0, 0, true},
    {"no salt", 0, 0xbc, 0, 1, 0, 0, false},
    {"salt one byte short", 31, 0xbc, 0, 1, 0, 0, false},
    {"salt one byte long", 33, 0xbc, 0, 1, 0, 0, false},
    {"the longest salt", 222, 0xbc, 0, 1, 0, 0, false},
    {"trailer of X9.31", 32, 0xcc, 0, 1, 0, 0, false},
    {"no trailer", 32, 0x00, 0, 1, 0, 0, false},
    {"another trailer", 32, 0xbd, 0, 1, 0, 0, false},
    {"padding is not zero", 32, 0xbc, 2, 1, 0, 0, false},
    {"padding does not end in 1", 32, 0xbc, 0, 2, 0, 0, false},
    {"padding does not end", 32, 0xbc, 0, 0, 0, 0, false},
    {"the first bit is set", 32, 0xbc, 0, 1, 0x80, 0, false},
    {"another hash", 32, 0xbc, 0, 1, 0, 1, false},
};

static void only_the_one_form_of_pss_is_accepted(void **state) {
    CK_RSA_PKCS_PSS_PARAMS params = {CKM_SHA256, CKG_MGF1_SHA256, 32};
    CK_MECHANISM pss = {CKM_SHA256_RSA_PKCS_PSS, &params, sizeof params};
    for (size_t i = 0; i < KF_COUNT(pss_faults); i++) {
        uint8_t block[SIZE], signature[512];
        CK_ULONG len;
        make_pss(&pss_faults[i], block);
        /* With its first bit set a block may be no number below the modulus. */
        if (sign_with(raw, keys[RSA2048], block, SIZE, signature, &len) == CKR_DATA_INVALID) {
            assert_int_equal(pss_faults[i].top, 0x80);
            continue;
        }
        CK_RV rv = verify_with(pss, keys[RSA2048], message, sizeof message, signature, SIZE);
        if ((rv == CKR_OK) != pss_faults[i].is_right)
            print_error("%s\n", pss_faults[i].what);
        assert_int_equal(rv, pss_faults[i].is_right ? CKR_OK : CKR_SIGNATURE_INVALID);
    }
}

static void pss_wants_the_hashes_that_were_named(void **state) {
    static CK_RSA_PKCS_PSS_PARAMS others[] = {{CKM_SHA256, CKG_MGF1_SHA1, 32},
                                              {CKM_SHA256, CKG_MGF1_SHA512, 32},
                                              {CKM_SHA256, CKG_MGF1_SHA256, 20}};
    uint8_t block[SIZE];
    make_pss(&pss_faults[0], block);
    for (size_t i = 0; i < KF_COUNT(others); i++) {
        CK_MECHANISM pss = {CKM_SHA256_RSA_PKCS_PSS, &others[i], sizeof others[i]};
        assert_int_equal(verify_block(pss, block), CKR_SIGNATURE_INVALID);
    }
}

static void the_two_paddings_are_not_mixed_up(void **state) {
    CK_RSA_PKCS_PSS_PARAMS params = {CKM_SHA256, CKG_MGF1_SHA256, 32};
    CK_MECHANISM pss = {CKM_SHA256_RSA_PKCS_PSS, &params, sizeof params};
    uint8_t block[SIZE];
    make_pss(&pss_faults[0], block);
    assert_int_equal(verify_block(pkcs1, block), CKR_SIGNATURE_INVALID);
    make_block(INFO(RIGHT_INFO), 0, block);
    assert_int_equal(verify_block(pss, block), CKR_SIGNATURE_INVALID);
}

/* --- OAEP --- */

struct oaep_fault {
    const char *what;
    uint8_t first;       /* byte of the block; 0 is right */
    uint8_t label, zero; /* put onto the label's hash and onto the padding */
    uint8_t one;         /* the end of the padding; 1 is right */
    bool is_right;
};

/* RFC 8017 7.1.1, with the text "abc". */
static void make_oaep(const struct oaep_fault *fault, uint8_t ret_block[SIZE]) {
    uint8_t *seed = ret_block + 1, *db = seed + HASH;
    size_t db_len = SIZE - HASH - 1;
    memset(ret_block, 0, SIZE);
    memset(seed, 0x3c, HASH);
    assert_true(EVP_Digest("", 0, db, NULL, EVP_sha256(), NULL));
    db[5] ^= fault->label;
    db[HASH + 20] ^= fault->zero;
    db[db_len - 4] = fault->one;
    memcpy(db + db_len - 3, "abc", 3);
    mask(seed, HASH, db, db_len);
    mask(db, db_len, seed, HASH);
    ret_block[0] = fault->first;
}

static const struct oaep_fault oaep_faults[] = {
    {"nothing", 0, 0, 0, 1, true},
    {"the first byte", 1, 0, 0, 1, false},
    {"the label's hash", 0, 1, 0, 1, false},
    {"padding is not zero", 0, 0, 7, 1, false},
    {"padding does not end in 1", 0, 0, 0, 2, false},
    {"padding does not end", 0, 0, 0, 0, false},
};

static void broken_oaep_has_one_answer(void **state) {
    CK_RSA_PKCS_OAEP_PARAMS params = {CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, NULL, 0};
    CK_MECHANISM oaep = {CKM_RSA_PKCS_OAEP, &params, sizeof params};
    for (size_t i = 0; i < KF_COUNT(oaep_faults); i++) {
        uint8_t block[SIZE], cipher[SIZE], plain[SIZE];
        CK_ULONG cipher_len = SIZE, len = SIZE;
        make_oaep(&oaep_faults[i], block);
        assert_int_equal(
            run_with(KF_OPERATION_ENCRYPT, raw, keys[RSA2048], block, SIZE, cipher, &cipher_len),
            CKR_OK);
        CK_RV rv = run_with(KF_OPERATION_DECRYPT, oaep, keys[RSA2048], cipher, SIZE, plain, &len);
        if ((rv == CKR_OK) != oaep_faults[i].is_right)
            print_error("%s\n", oaep_faults[i].what);
        assert_int_equal(rv, oaep_faults[i].is_right ? CKR_OK : CKR_ENCRYPTED_DATA_INVALID);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_one_encoding_is_accepted),
        cmocka_unit_test(every_byte_of_the_block_counts),
        cmocka_unit_test(short_padding_is_refused),
        cmocka_unit_test(numbers_out_of_range_are_refused),
        cmocka_unit_test(signatures_have_the_length_of_the_modulus),
        cmocka_unit_test(the_callers_digest_info_counts_whole),
        cmocka_unit_test(only_the_one_form_of_pss_is_accepted),
        cmocka_unit_test(pss_wants_the_hashes_that_were_named),
        cmocka_unit_test(the_two_paddings_are_not_mixed_up),
        cmocka_unit_test(broken_oaep_has_one_answer),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
