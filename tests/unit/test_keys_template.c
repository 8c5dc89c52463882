// SPDX-License-Identifier: Apache-2.0
// Keys from templates: what fits together is taken, whatever else is refused.
#include <openssl/bn.h>

#include "keys_fixture.h"

/* A template of the attributes of a key, each in a room of its own so that tests can spoil it. */
struct template {
    CK_KEY_TYPE type;
    CK_ATTRIBUTE attrs[10];
    uint8_t rooms[10][600];
    CK_ULONG count;
};

static void add(struct template *template, CK_ATTRIBUTE_TYPE type, const void *value, size_t len) {
    memcpy(template->rooms[template->count], value, len);
    template->attrs[template->count] = (CK_ATTRIBUTE){type, template->rooms[template->count], len};
    template->count++;
}

static void add_public(struct template *template, const kf_softkey *key, CK_ATTRIBUTE_TYPE type) {
    kf_buf value = {0};
    assert_int_equal(kf_softkey_public_attribute(key, type, &value), CKR_OK);
    add(template, type, value.data, value.len);
    kf_buf_clear(&value);
}

static void add_private(struct template *template, const kf_softkey *key, CK_ATTRIBUTE_TYPE type) {
    kf_locked value = {0};
    assert_int_equal(kf_softkey_private_attribute(key, type, arena, &value), CKR_OK);
    add(template, type, value.data, value.len);
    kf_locked_clear(&value);
}

static const CK_ATTRIBUTE_TYPE rsa_private[] = {CKA_PRIVATE_EXPONENT, CKA_PRIME_1,
                                                CKA_PRIME_2,          CKA_EXPONENT_1,
                                                CKA_EXPONENT_2,       CKA_COEFFICIENT};

/* CKA_KEY_TYPE is at 0. */
static struct template template_of(const kf_softkey *key) {
    struct template template = {0};
    template.type = kf_softkey_type(key);
    add(&template, CKA_KEY_TYPE, &template.type, sizeof template.type);
    if (template.type == CKK_RSA) {
        add_public(&template, key, CKA_MODULUS);
        add_public(&template, key, CKA_PUBLIC_EXPONENT);
        for (size_t i = 0; i < KF_COUNT(rsa_private); i++)
            add_private(&template, key, rsa_private[i]);
    } else {
        add_public(&template, key, CKA_EC_PARAMS);
        add_private(&template, key, CKA_VALUE);
        add_public(&template, key, CKA_EC_POINT);
    }
    return template;
}

/* The rooms move with the struct. */
static void point_at_rooms(struct template *template) {
    for (CK_ULONG i = 0; i < template->count; i++)
        template->attrs[i].pValue = template->rooms[i];
}

static CK_RV import(struct template *template) {
    kf_softkey *key = NULL;
    point_at_rooms(template);
    CK_RV rv = kf_softkey_from_private(arena, template->attrs, template->count, &key);
    assert_int_equal(rv == CKR_OK, key != NULL);
    kf_softkey_free(key);
    return rv;
}

static void a_key_comes_back_from_its_attributes(void **state) {
    for (int i = 0; i < KINDS; i++) {
        struct template template = template_of(keys[i]);
        kf_softkey *key = NULL;
        uint8_t signature[512];
        CK_ULONG len;
        point_at_rooms(&template);
        assert_int_equal(kf_softkey_from_private(arena, template.attrs, template.count, &key),
                         CKR_OK);
        assert_true(kf_softkey_same_public(key, keys[i]));
        CK_MECHANISM mechanism = {kinds[i].hashed, NULL, 0};
        assert_int_equal(sign_with(mechanism, key, "abc", 3, signature, &len), CKR_OK);
        assert_int_equal(verify_with(mechanism, keys[i], "abc", 3, signature, len), CKR_OK);
        kf_softkey_free(key);
    }
}

static void what_is_needed_must_be_there(void **state) {
    for (int i = 0; i < KINDS; i++) {
        CK_ULONG needed = i == RSA2048 ? 6 : 3; /* up to the second prime; all but the point */
        for (CK_ULONG gone = 0; gone < needed; gone++) {
            struct template template = template_of(keys[i]);
            template.attrs[gone].type = CKA_LABEL;
            assert_int_equal(import(&template), CKR_TEMPLATE_INCOMPLETE);
        }
        struct template template = template_of(keys[i]);
        template.count = needed;
        assert_int_equal(import(&template), CKR_OK);
    }
}

/* Hosts send what they have no value for as an empty one. */
static void empty_extras_are_passed_over(void **state) {
    struct template template = template_of(keys[RSA2048]);
    for (CK_ULONG i = 6; i < template.count; i++)
        template.attrs[i].ulValueLen = 0;
    assert_int_equal(import(&template), CKR_OK);
}

static void every_wrong_byte_is_noticed(void **state) {
    for (int i = 0; i < KINDS; i++) {
        struct template template = template_of(keys[i]);
        for (CK_ULONG at = 0; at < template.count; at++) {
            uint8_t *last = &template.rooms[at][template.attrs[at].ulValueLen - 1];
            *last ^= 4;
            assert_int_not_equal(import(&template), CKR_OK);
            *last ^= 4;
        }
        assert_int_equal(import(&template), CKR_OK);
    }
}

static void leading_zeros_do_not_matter(void **state) {
    struct template template = template_of(keys[RSA2048]);
    for (CK_ULONG i = 1; i < template.count; i++) {
        memmove(template.rooms[i] + 2, template.rooms[i], template.attrs[i].ulValueLen);
        memset(template.rooms[i], 0, 2);
        template.attrs[i].ulValueLen += 2;
    }
    assert_int_equal(import(&template), CKR_OK);
}

static void lengths_are_not_believed(void **state) {
    static const CK_ULONG lengths[] = {0, 1, 5000, (CK_ULONG)-1};
    for (int i = 0; i < KINDS; i++)
        for (CK_ULONG at = 0; at < 3; at++)
            for (size_t j = 0; j < KF_COUNT(lengths); j++) {
                struct template template = template_of(keys[i]);
                template.attrs[at].ulValueLen = lengths[j];
                assert_int_not_equal(import(&template), CKR_OK);
            }
    CK_ATTRIBUTE empty[] = {{CKA_KEY_TYPE, NULL, sizeof(CK_KEY_TYPE)}};
    kf_softkey *key = NULL;
    assert_int_equal(kf_softkey_from_private(arena, empty, 1, &key), CKR_ATTRIBUTE_VALUE_INVALID);
    assert_int_equal(kf_softkey_from_private(arena, NULL, 0, &key), CKR_TEMPLATE_INCOMPLETE);
}

/* --- RSA --- */

static void set_number(struct template *template, CK_ULONG at, const BIGNUM *number) {
    template->attrs[at].ulValueLen = (CK_ULONG)BN_bn2bin(number, template->rooms[at]);
}

enum { MODULUS = 1, EXPONENT, PRIVATE, PRIME_1, PRIME_2, END };

/* A key whose numbers fit together, of any two odd factors. */
static struct template template_from(const BIGNUM *p, const BIGNUM *q) {
    struct template template = {.type = CKK_RSA};
    BN_CTX *context = BN_CTX_new();
    BIGNUM *n = BN_new(), *e = BN_new(), *d = BN_new(), *phi = BN_new(), *q_1 = BN_dup(q);
    BN_set_word(e, 65537);
    BN_mul(n, p, q, context);
    BN_copy(phi, p);
    BN_sub_word(phi, 1);
    BN_sub_word(q_1, 1);
    BN_mul(phi, phi, q_1, context);
    assert_non_null(BN_mod_inverse(d, e, phi, context));
    add(&template, CKA_KEY_TYPE, &template.type, sizeof template.type);
    static const CK_ATTRIBUTE_TYPE types[] = {
        0, CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_PRIME_2};
    const BIGNUM *const numbers[] = {NULL, n, e, d, p, q};
    for (CK_ULONG i = MODULUS; i < END; i++) {
        add(&template, types[i], "", 1);
        set_number(&template, i, numbers[i]);
    }
    BN_free(n);
    BN_free(e);
    BN_free(d);
    BN_free(phi);
    BN_free(q_1);
    BN_CTX_free(context);
    return template;
}

static CK_RV import_factors(int p_bits, int q_bits, int composite) {
    BIGNUM *p = BN_new(), *q = BN_new();
    BN_generate_prime_ex(p, p_bits, 0, NULL, NULL, NULL);
    BN_generate_prime_ex(q, q_bits, 0, NULL, NULL, NULL);
    if (composite) { /* no small factor, so that e stays invertible by chance again */
        BIGNUM *half = BN_new();
        BN_CTX *context = BN_CTX_new();
        BN_generate_prime_ex(q, q_bits / 2, 0, NULL, NULL, NULL);
        BN_generate_prime_ex(half, q_bits / 2, 0, NULL, NULL, NULL);
        BN_mul(q, q, half, context);
        BN_free(half);
        BN_CTX_free(context);
    }
    struct template template = template_from(p, q);
    BN_free(p);
    BN_free(q);
    return import(&template);
}

static void sizes_of_rsa_keys_are_held(void **state) {
    assert_int_equal(import_factors(1024, 1024, false), CKR_OK);
    assert_int_equal(import_factors(512, 512, false), CKR_ATTRIBUTE_VALUE_INVALID);
    assert_int_equal(import_factors(1000, 1048, false), CKR_ATTRIBUTE_VALUE_INVALID);
}

static void factors_must_be_primes(void **state) {
    assert_int_equal(import_factors(1024, 1024, true), CKR_ATTRIBUTE_VALUE_INVALID);
}

static void swapped_primes_are_another_key_of_the_same_numbers(void **state) {
    struct template template = template_of(keys[RSA2048]);
    template.count = END;
    template.attrs[PRIME_1].type = CKA_PRIME_2;
    template.attrs[PRIME_2].type = CKA_PRIME_1;
    assert_int_equal(import(&template), CKR_OK);
}

/* --- curves --- */

/* The order of P-256 (FIPS 186-4 D.1.2.3). */
static const char p256_order[] = "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551";

static void private_numbers_lie_below_the_order(void **state) {
    static const struct {
        int added;
        CK_RV rv;
    } rows[] = {{-1, CKR_OK}, {0, CKR_ATTRIBUTE_VALUE_INVALID}, {1, CKR_ATTRIBUTE_VALUE_INVALID}};
    BIGNUM *number = NULL;
    struct template template = template_of(keys[P256]);
    template.count = 3;
    for (size_t i = 0; i < KF_COUNT(rows); i++) {
        BN_hex2bn(&number, p256_order);
        rows[i].added < 0 ? BN_sub_word(number, 1) : BN_add_word(number, (BN_ULONG)rows[i].added);
        set_number(&template, 2, number);
        assert_int_equal(import(&template), rows[i].rv);
    }
    memset(template.rooms[2], 0, 32);
    assert_int_equal(import(&template), CKR_ATTRIBUTE_VALUE_INVALID);
    BN_free(number);
}

static void a_short_number_is_a_small_one(void **state) {
    struct template template = template_of(keys[P384]);
    template.count = 3;
    template.rooms[2][0] = 9;
    template.attrs[2].ulValueLen = 1;
    assert_int_equal(import(&template), CKR_OK);
    template = template_of(keys[ED25519]);
    template.count = 3;
    template.attrs[2].ulValueLen = 31; /* a seed is not a number */
    assert_int_equal(import(&template), CKR_ATTRIBUTE_VALUE_INVALID);
}

static CK_RV import_public(enum which curve, const void *point, size_t len) {
    CK_KEY_TYPE type = kinds[curve].order.type;
    CK_ATTRIBUTE attrs[] = {
        {CKA_KEY_TYPE, &type, sizeof type},
        {CKA_EC_PARAMS, (void *)kinds[curve].order.ec_params, kinds[curve].order.ec_params_len},
        {CKA_EC_POINT, (void *)point, len}};
    kf_softkey *key = NULL;
    CK_RV rv = kf_softkey_from_public(attrs, 3, &key);
    kf_softkey_free(key);
    return rv;
}

static void points_come_wrapped_or_raw(void **state) {
    for (enum which curve = P256; curve <= ED25519; curve++) {
        kf_buf point = {0};
        size_t header = curve == P521 ? 3 : 2;
        assert_int_equal(kf_softkey_public_attribute(keys[curve], CKA_EC_POINT, &point), CKR_OK);
        assert_int_equal(import_public(curve, point.data, point.len), CKR_OK);
        assert_int_equal(import_public(curve, point.data + header, point.len - header), CKR_OK);
        assert_int_equal(import_public(curve, point.data, point.len - 1),
                         CKR_ATTRIBUTE_VALUE_INVALID);
        assert_int_equal(import_public(curve, point.data + header, point.len - header - 1),
                         CKR_ATTRIBUTE_VALUE_INVALID);
        kf_buf_clear(&point);
    }
}

static void points_lie_on_their_curve(void **state) {
    uint8_t zeros[65] = {0x04};
    kf_buf point = {0};
    assert_int_equal(kf_softkey_public_attribute(keys[P256], CKA_EC_POINT, &point), CKR_OK);
    point.data[66] ^= 1;
    assert_int_equal(import_public(P256, point.data, 67), CKR_ATTRIBUTE_VALUE_INVALID);
    point.data[66] ^= 1;
    point.data[2] = 0x06; /* the hybrid form of X9.62 */
    assert_int_equal(import_public(P256, point.data, 67), CKR_ATTRIBUTE_VALUE_INVALID);
    assert_int_equal(import_public(P256, zeros, 65), CKR_ATTRIBUTE_VALUE_INVALID);
    assert_int_equal(import_public(P256, "", 1), CKR_ATTRIBUTE_VALUE_INVALID); /* infinity */
    kf_buf_clear(&point);
}

static void public_rsa_keys_may_be_of_old(void **state) {
    CK_KEY_TYPE type = CKK_RSA;
    uint8_t modulus[129], exponent[] = {1, 0, 1};
    memset(modulus, 0xd5, sizeof modulus);
    CK_ATTRIBUTE attrs[] = {{CKA_KEY_TYPE, &type, sizeof type},
                            {CKA_MODULUS, modulus, 128},
                            {CKA_PUBLIC_EXPONENT, exponent, 3}};
    kf_softkey *key = NULL;
    assert_int_equal(kf_softkey_from_public(attrs, 3, &key), CKR_OK);
    assert_int_equal(kf_softkey_bits(key), 1024);
    kf_softkey_free(key);
    attrs[1].ulValueLen = 127;
    assert_int_equal(kf_softkey_from_public(attrs, 3, &key), CKR_ATTRIBUTE_VALUE_INVALID);
    attrs[1].ulValueLen = 128;
    modulus[127] = 0xd4;
    assert_int_equal(kf_softkey_from_public(attrs, 3, &key), CKR_ATTRIBUTE_VALUE_INVALID);
    modulus[127] = 0xd5;
    exponent[2] = 2;
    assert_int_equal(kf_softkey_from_public(attrs, 3, &key), CKR_ATTRIBUTE_VALUE_INVALID);
    attrs[2].ulValueLen = 1; /* e = 1 */
    assert_int_equal(kf_softkey_from_public(attrs, 3, &key), CKR_ATTRIBUTE_VALUE_INVALID);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_comes_back_from_its_attributes),
        cmocka_unit_test(what_is_needed_must_be_there),
        cmocka_unit_test(empty_extras_are_passed_over),
        cmocka_unit_test(every_wrong_byte_is_noticed),
        cmocka_unit_test(leading_zeros_do_not_matter),
        cmocka_unit_test(lengths_are_not_believed),
        cmocka_unit_test(sizes_of_rsa_keys_are_held),
        cmocka_unit_test(factors_must_be_primes),
        cmocka_unit_test(swapped_primes_are_another_key_of_the_same_numbers),
        cmocka_unit_test(private_numbers_lie_below_the_order),
        cmocka_unit_test(a_short_number_is_a_small_one),
        cmocka_unit_test(points_come_wrapped_or_raw),
        cmocka_unit_test(points_lie_on_their_curve),
        cmocka_unit_test(public_rsa_keys_may_be_of_old),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
