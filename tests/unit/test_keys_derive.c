// SPDX-License-Identifier: Apache-2.0
// ECDH: both sides agree, RFC 5903 agrees, and points that are none are refused.
#include <openssl/crypto.h>

#include "keys_fixture.h"

static CK_RV derive(const kf_softkey *key, const kf_buf *point, kf_locked *ret_secret) {
    return kf_softkey_derive(key, point->data, point->len, arena, ret_secret);
}

static kf_buf point_of(const kf_softkey *key) {
    kf_buf point = {0};
    assert_int_equal(kf_softkey_public_attribute(key, CKA_EC_POINT, &point), CKR_OK);
    return point;
}

static void both_sides_find_the_same_secret(void **state) {
    for (enum which curve = P256; curve <= P521; curve++) {
        kf_softkey *other = NULL;
        kf_locked here = {0}, there = {0};
        assert_int_equal(kf_softkey_generate(arena, &kinds[curve].order, &other), CKR_OK);
        kf_buf ours = point_of(keys[curve]), theirs = point_of(other);
        assert_int_equal(derive(keys[curve], &theirs, &here), CKR_OK);
        assert_int_equal(derive(other, &ours, &there), CKR_OK);
        assert_int_equal(here.len, kinds[curve].signature_len / 2);
        assert_int_equal(there.len, here.len);
        assert_memory_equal(here.data, there.data, here.len);
        kf_locked_clear(&here);
        kf_locked_clear(&there);
        kf_buf_clear(&ours);
        kf_buf_clear(&theirs);
        kf_softkey_free(other);
    }
}

/* RFC 5903 8.1 and 8.3: private number, the other's point, the shared x. */
static const struct {
    enum which curve;
    const char *number, *point, *secret;
} published[] = {
    {P256, "C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433",
     "04D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63"
     "56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB",
     "D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE"},
    {P521,
     "0037ADE9319A89F4DABDB3EF411AACCCA5123C61ACAB57B5393DCE47608172A0"
     "95AA85A30FE1C2952C6771D937BA9777F5957B2639BAB072462F68C27A57382D4A52",
     "0400D0B3975AC4B799F5BEA16D5E13E9AF971D5E9B984C9F39728B5E5739735A"
     "219B97C356436ADC6E95BB0352F6BE64A6C2912D4EF2D0433CED2B6171640012"
     "D9460F015C68226383956E3BD066E797B623C27CE0EAC2F551A10C2C724D9852"
     "077B87220B6536C5C408A1D2AEBB8E86D678AE49CB57091F4732296579AB44FC"
     "D17F0FC56A",
     "01144C7D79AE6956BC8EDB8E7C787C4521CB086FA64407F97894E5E6B2D79B04"
     "D1427E73CA4BAA240A34786859810C06B3C715A3A8CC3151F2BEE417996D19F3DDEA"},
};

static void the_published_examples_come_out(void **state) {
    for (size_t i = 0; i < KF_COUNT(published); i++) {
        long number_len, point_len, secret_len;
        unsigned char *number = OPENSSL_hexstr2buf(published[i].number, &number_len);
        unsigned char *point = OPENSSL_hexstr2buf(published[i].point, &point_len);
        unsigned char *expected = OPENSSL_hexstr2buf(published[i].secret, &secret_len);
        const struct kf_softkey_order *curve = &kinds[published[i].curve].order;
        CK_KEY_TYPE type = CKK_EC;
        CK_ATTRIBUTE attrs[] = {{CKA_KEY_TYPE, &type, sizeof type},
                                {CKA_EC_PARAMS, (void *)curve->ec_params, curve->ec_params_len},
                                {CKA_VALUE, number, (CK_ULONG)number_len}};
        kf_softkey *key = NULL;
        kf_locked secret = {0};
        assert_int_equal(kf_softkey_from_private(arena, attrs, 3, &key), CKR_OK);
        assert_int_equal(kf_softkey_derive(key, point, (size_t)point_len, arena, &secret), CKR_OK);
        assert_int_equal(secret.len, secret_len);
        assert_memory_equal(secret.data, expected, secret.len);
        kf_locked_clear(&secret);
        kf_softkey_free(key);
        OPENSSL_free(number);
        OPENSSL_free(point);
        OPENSSL_free(expected);
    }
}

static void points_that_are_none_are_refused(void **state) {
    for (enum which curve = P256; curve <= P521; curve++) {
        kf_locked secret = {0};
        kf_buf point = point_of(keys[curve]);
        point.data[point.len - 1] ^= 1; /* not on the curve */
        assert_int_equal(derive(keys[curve], &point, &secret), CKR_MECHANISM_PARAM_INVALID);
        point.data[point.len - 1] ^= 1;
        point.len--;
        assert_int_equal(derive(keys[curve], &point, &secret), CKR_MECHANISM_PARAM_INVALID);
        point.len = 1;
        point.data[0] = 0; /* infinity */
        assert_int_equal(derive(keys[curve], &point, &secret), CKR_MECHANISM_PARAM_INVALID);
        assert_int_equal(kf_softkey_derive(keys[curve], NULL, 0, arena, &secret),
                         CKR_MECHANISM_PARAM_INVALID);
        assert_null(secret.data);
        kf_buf_clear(&point);
    }
}

/* A coordinate that is the field's prime or more is the same point to careless readers. */
static void coordinates_lie_in_the_field(void **state) {
    uint8_t point[65] = {0x04};
    kf_locked secret = {0};
    memset(point + 1, 0xff, 64);
    assert_int_equal(kf_softkey_derive(keys[P256], point, sizeof point, arena, &secret),
                     CKR_MECHANISM_PARAM_INVALID);
}

static void points_of_another_curve_are_refused(void **state) {
    kf_locked secret = {0};
    kf_buf point = point_of(keys[P384]);
    assert_int_equal(derive(keys[P256], &point, &secret), CKR_MECHANISM_PARAM_INVALID);
    kf_buf_clear(&point);
}

static void other_keys_derive_nothing(void **state) {
    kf_locked secret = {0};
    kf_buf point = point_of(keys[P256]);
    kf_softkey *public_key = public_of(keys[P256]);
    assert_int_equal(derive(keys[RSA2048], &point, &secret), CKR_KEY_TYPE_INCONSISTENT);
    assert_int_equal(derive(keys[ED25519], &point, &secret), CKR_KEY_TYPE_INCONSISTENT);
    assert_int_equal(derive(public_key, &point, &secret), CKR_KEY_HANDLE_INVALID);
    kf_softkey_free(public_key);
    kf_buf_clear(&point);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_find_the_same_secret),
        cmocka_unit_test(the_published_examples_come_out),
        cmocka_unit_test(points_that_are_none_are_refused),
        cmocka_unit_test(coordinates_lie_in_the_field),
        cmocka_unit_test(points_of_another_curve_are_refused),
        cmocka_unit_test(other_keys_derive_nothing),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
