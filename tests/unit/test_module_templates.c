// SPDX-License-Identifier: Apache-2.0
// Templates: what may be given, when, and what comes of it.
#include "module_objects.h"

static CK_BBOOL three = 3;
static CK_ULONG wrong_class = CKO_HW_FEATURE, wrong_key = CKK_DES3, bits_1024 = 1024;
static CK_BYTE text[] = "text", date[] = "20261120", no_date[] = "2026-1-1";

/* --- what C_CreateObject answers --- */

struct row {
    const char *what;
    CK_ATTRIBUTE attributes[8];
    CK_ULONG count;
    CK_RV wanted;
};

#define ROW(what, wanted, ...)                                                                     \
    { what, {__VA_ARGS__}, KF_COUNT(((CK_ATTRIBUTE[]){__VA_ARGS__})), wanted }

static void templates_are_judged(void **state) {
    const struct row rows[] = {
        ROW("no class", CKR_TEMPLATE_INCOMPLETE, BYTES(CKA_LABEL, text)),
        ROW("no such class", CKR_ATTRIBUTE_VALUE_INVALID, NUMBER(CKA_CLASS, wrong_class)),
        ROW("class too short", CKR_ATTRIBUTE_VALUE_INVALID, {CKA_CLASS, &data_class, 4}),
        ROW("class without value", CKR_ATTRIBUTE_VALUE_INVALID, {CKA_CLASS, NULL, 8}),
        ROW("unknown attribute", CKR_ATTRIBUTE_TYPE_INVALID, NUMBER(CKA_CLASS, data_class),
            {0x4242, text, 4}),
        ROW("attribute of another class", CKR_ATTRIBUTE_TYPE_INVALID, NUMBER(CKA_CLASS, data_class),
            BYTES(CKA_SUBJECT, text)),
        ROW("twice", CKR_TEMPLATE_INCONSISTENT, NUMBER(CKA_CLASS, data_class),
            BYTES(CKA_LABEL, text), BYTES(CKA_LABEL, text)),
        ROW("a boolean of three", CKR_ATTRIBUTE_VALUE_INVALID, NUMBER(CKA_CLASS, data_class),
            FLAG(CKA_TOKEN, three)),
        ROW("a long boolean", CKR_ATTRIBUTE_VALUE_INVALID, NUMBER(CKA_CLASS, data_class),
            NUMBER(CKA_PRIVATE, data_class)),
        ROW("a value without bytes", CKR_ATTRIBUTE_VALUE_INVALID, NUMBER(CKA_CLASS, data_class),
            {CKA_VALUE, NULL, 5}),
        ROW("an endless value", CKR_ATTRIBUTE_VALUE_INVALID, NUMBER(CKA_CLASS, data_class),
            {CKA_VALUE, text, (CK_ULONG)1 << 62}),
        ROW("key without type", CKR_TEMPLATE_INCOMPLETE, NUMBER(CKA_CLASS, public_class)),
        ROW("key of another type", CKR_ATTRIBUTE_VALUE_INVALID, NUMBER(CKA_CLASS, public_class),
            NUMBER(CKA_KEY_TYPE, wrong_key)),
        ROW("public key that is secret", CKR_ATTRIBUTE_VALUE_INVALID,
            NUMBER(CKA_CLASS, public_class), NUMBER(CKA_KEY_TYPE, generic)),
        ROW("public key without point", CKR_TEMPLATE_INCOMPLETE, NUMBER(CKA_CLASS, public_class),
            NUMBER(CKA_KEY_TYPE, ec), BYTES(CKA_EC_PARAMS, p256)),
        ROW("a point beside the curve", CKR_ATTRIBUTE_VALUE_INVALID,
            NUMBER(CKA_CLASS, public_class), NUMBER(CKA_KEY_TYPE, ec), BYTES(CKA_EC_PARAMS, p256),
            BYTES(CKA_EC_POINT, text)),
        ROW("a computed attribute", CKR_ATTRIBUTE_READ_ONLY, NUMBER(CKA_CLASS, private_class),
            NUMBER(CKA_KEY_TYPE, ec), FLAG(CKA_LOCAL, yes)),
        ROW("no private value", CKR_TEMPLATE_INCOMPLETE, NUMBER(CKA_CLASS, private_class),
            NUMBER(CKA_KEY_TYPE, ec), BYTES(CKA_EC_PARAMS, p256)),
        ROW("no date", CKR_ATTRIBUTE_VALUE_INVALID, NUMBER(CKA_CLASS, public_class),
            NUMBER(CKA_KEY_TYPE, ec), {CKA_START_DATE, no_date, 8}),
        ROW("certificate without value", CKR_TEMPLATE_INCOMPLETE, NUMBER(CKA_CLASS, cert_class),
            NUMBER(CKA_CERTIFICATE_TYPE, x509)),
        ROW("certificate that is none", CKR_ATTRIBUTE_VALUE_INVALID, NUMBER(CKA_CLASS, cert_class),
            NUMBER(CKA_CERTIFICATE_TYPE, x509), BYTES(CKA_VALUE, text)),
        ROW("secret token key in the open", CKR_TEMPLATE_INCONSISTENT,
            NUMBER(CKA_CLASS, secret_class), NUMBER(CKA_KEY_TYPE, generic), FLAG(CKA_TOKEN, yes),
            FLAG(CKA_PRIVATE, no), BYTES(CKA_VALUE, text)),
        ROW("an AES key of five bytes", CKR_ATTRIBUTE_VALUE_INVALID,
            NUMBER(CKA_CLASS, secret_class), NUMBER(CKA_KEY_TYPE, aes), BYTES(CKA_VALUE, text)),
        ROW("data", CKR_OK, NUMBER(CKA_CLASS, data_class), BYTES(CKA_VALUE, text)),
        ROW("data without value", CKR_OK, NUMBER(CKA_CLASS, data_class), {CKA_VALUE, NULL, 0}),
        ROW("a secret", CKR_OK, NUMBER(CKA_CLASS, secret_class), NUMBER(CKA_KEY_TYPE, generic),
            BYTES(CKA_VALUE, text), {CKA_START_DATE, date, 8}),
    };
    for (size_t i = 0; i < KF_COUNT(rows); i++) {
        CK_OBJECT_HANDLE object = 0;
        CK_RV rv =
            C_CreateObject(session, (CK_ATTRIBUTE *)rows[i].attributes, rows[i].count, &object);
        if (rv != rows[i].wanted)
            fail_msg("%s: 0x%lx instead of 0x%lx", rows[i].what, rv, rows[i].wanted);
    }
}

static void a_template_has_a_maximum(void **state) {
    CK_ATTRIBUTE many[129];
    CK_OBJECT_HANDLE object = 0;
    for (size_t i = 0; i < KF_COUNT(many); i++)
        many[i] = (CK_ATTRIBUTE){CKA_VENDOR_DEFINED + i, NULL, 0};
    many[0] = (CK_ATTRIBUTE)NUMBER(CKA_CLASS, data_class);
    assert_rv(create(many, 129, &object), CKR_TEMPLATE_INCONSISTENT);
    assert_rv(create(many, (CK_ULONG)-1, &object), CKR_TEMPLATE_INCONSISTENT);
}

/* --- what C_GenerateKeyPair answers --- */

struct generate_row {
    const char *what;
    CK_MECHANISM *mechanism;
    CK_ATTRIBUTE public[4], private[4];
    CK_RV wanted;
};

static CK_ULONG filled(const CK_ATTRIBUTE *attributes) {
    CK_ULONG count = 0;
    while (count < 4 && (attributes[count].pValue || attributes[count].ulValueLen))
        count++;
    return count;
}

static void orders_of_keys_are_judged(void **state) {
    static CK_MECHANISM with_parameter = {CKM_EC_KEY_PAIR_GEN, text, 4},
                        unknown = {CKM_DSA_KEY_PAIR_GEN, NULL, 0};
    static CK_BYTE unknown_curve[] = {0x06, 0x03, 0x2b, 0x65, 0x7f};
    const struct generate_row rows[] = {
        {"no curve", &make_ec, {{0}}, {{0}}, CKR_TEMPLATE_INCOMPLETE},
        {"no bits", &make_rsa, {{0}}, {{0}}, CKR_TEMPLATE_INCOMPLETE},
        {"few bits", &make_rsa, {NUMBER(CKA_MODULUS_BITS, bits_1024)}, {{0}}, CKR_KEY_SIZE_RANGE},
        {"unknown mechanism", &unknown, {{0}}, {{0}}, CKR_MECHANISM_INVALID},
        {"parameter",
         &with_parameter,
         {BYTES(CKA_EC_PARAMS, p256)},
         {{0}},
         CKR_MECHANISM_PARAM_INVALID},
        {"unknown curve",
         &make_ec,
         {BYTES(CKA_EC_PARAMS, unknown_curve)},
         {{0}},
         CKR_CURVE_NOT_SUPPORTED},
        {"wrong class",
         &make_ec,
         {BYTES(CKA_EC_PARAMS, p256), NUMBER(CKA_CLASS, private_class)},
         {{0}},
         CKR_TEMPLATE_INCONSISTENT},
        {"wrong key type",
         &make_ec,
         {BYTES(CKA_EC_PARAMS, p256)},
         {NUMBER(CKA_KEY_TYPE, rsa)},
         CKR_TEMPLATE_INCONSISTENT},
        {"private key in the open",
         &make_ec,
         {BYTES(CKA_EC_PARAMS, p256)},
         {FLAG(CKA_PRIVATE, no)},
         CKR_TEMPLATE_INCONSISTENT},
        {"a given value",
         &make_ec,
         {BYTES(CKA_EC_PARAMS, p256)},
         {BYTES(CKA_VALUE, text)},
         CKR_ATTRIBUTE_READ_ONLY},
        {"a given point",
         &make_ec,
         {BYTES(CKA_EC_PARAMS, p256), BYTES(CKA_EC_POINT, text)},
         {{0}},
         CKR_ATTRIBUTE_READ_ONLY},
        {"all usages",
         &make_ec,
         {BYTES(CKA_EC_PARAMS, p256), FLAG(CKA_WRAP, yes)},
         {FLAG(CKA_UNWRAP, yes), FLAG(CKA_SIGN_RECOVER, yes), FLAG(CKA_DECRYPT, yes)},
         CKR_OK},
    };
    for (size_t i = 0; i < KF_COUNT(rows); i++) {
        const struct generate_row *row = &rows[i];
        CK_OBJECT_HANDLE public = 0, private = 0;
        CK_RV rv = C_GenerateKeyPair(session, row->mechanism, (CK_ATTRIBUTE *)row->public,
                                     filled(row->public), (CK_ATTRIBUTE *)row->private,
                                     filled(row->private), &public, &private);
        if (rv != row->wanted)
            fail_msg("%s: 0x%lx instead of 0x%lx", row->what, rv, row->wanted);
    }
}

/* --- what comes of it --- */

struct flag_row {
    CK_ATTRIBUTE_TYPE type;
    bool rsa, ec, edwards;
};

static void check_flags(const struct flag_row *rows, size_t count, bool private) {
    struct pair pairs[] = {make_pair(&make_rsa, CK_FALSE, "flags"),
                           make_pair(&make_ec, CK_FALSE, "flags"),
                           make_pair(&make_edwards, CK_FALSE, "flags")};
    for (size_t i = 0; i < count; i++) {
        bool wanted[] = {rows[i].rsa, rows[i].ec, rows[i].edwards};
        for (size_t k = 0; k < 3; k++)
            if (flag_of(private ? pairs[k].private : pairs[k].public, rows[i].type) != wanted[k])
                fail_msg("attribute 0x%lx of key %zu is not %d", rows[i].type, k, wanted[k]);
    }
}

static void private_keys_may_do_what_their_type_can(void **state) {
    static const struct flag_row rows[] = {
        {CKA_PRIVATE, true, true, true},
        {CKA_SENSITIVE, true, true, true},
        {CKA_EXTRACTABLE, false, false, false},
        {CKA_ALWAYS_SENSITIVE, true, true, true},
        {CKA_NEVER_EXTRACTABLE, true, true, true},
        {CKA_LOCAL, true, true, true},
        {CKA_SIGN, true, true, true},
        {CKA_DECRYPT, true, false, false},
        {CKA_DERIVE, false, true, false},
        {CKA_UNWRAP, false, false, false},
        {CKA_SIGN_RECOVER, false, false, false},
        {CKA_ALWAYS_AUTHENTICATE, false, false, false},
        {CKA_MODIFIABLE, true, true, true},
        {CKA_WRAP_WITH_TRUSTED, false, false, false},
    };
    check_flags(rows, KF_COUNT(rows), true);
}

static void public_keys_may_do_what_their_type_can(void **state) {
    static const struct flag_row rows[] = {
        {CKA_PRIVATE, false, false, false},
        {CKA_LOCAL, true, true, true},
        {CKA_VERIFY, true, true, true},
        {CKA_ENCRYPT, true, false, false},
        {CKA_WRAP, false, false, false},
        {CKA_DERIVE, false, false, false},
        {CKA_VERIFY_RECOVER, false, false, false},
        {CKA_TRUSTED, false, false, false},
    };
    check_flags(rows, KF_COUNT(rows), false);
}

static void token_private_keys_are_not_copied(void **state) {
    struct pair kept = make_pair(&make_ec, CK_TRUE, "copy"),
                passing = make_pair(&make_ec, CK_FALSE, "copy");
    CK_OBJECT_HANDLE copy = 0;
    CK_ATTRIBUTE onto_token = FLAG(CKA_TOKEN, yes);
    assert_false(flag_of(kept.private, CKA_COPYABLE));
    assert_rv(C_CopyObject(session, kept.private, NULL, 0, &copy), CKR_ACTION_PROHIBITED);
    assert_ok(C_CopyObject(session, kept.public, NULL, 0, &copy));
    /* what Java's keytool does with a new key */
    assert_ok(C_CopyObject(session, passing.private, &onto_token, 1, &copy));
    assert_false(flag_of(copy, CKA_COPYABLE));
    assert_ok(C_DestroyObject(session, passing.private));
    assert_ok(C_DestroyObject(session, kept.private));
}

static void secrecy_sticks(void **state) {
    struct pair pair = make_pair(&make_ec, CK_TRUE, "sticks");
    assert_rv(set(pair.private, CKA_EXTRACTABLE, &yes, 1), CKR_ATTRIBUTE_READ_ONLY);
    assert_rv(set(pair.private, CKA_SENSITIVE, &no, 1), CKR_ATTRIBUTE_READ_ONLY);
    assert_rv(set(pair.private, CKA_COPYABLE, &yes, 1), CKR_ATTRIBUTE_READ_ONLY);
    assert_ok(set(pair.private, CKA_EXTRACTABLE, &no, 1));
    assert_ok(set(pair.private, CKA_SENSITIVE, &yes, 1));
    assert_ok(set(pair.private, CKA_WRAP_WITH_TRUSTED, &yes, 1));
    assert_rv(set(pair.private, CKA_WRAP_WITH_TRUSTED, &no, 1), CKR_ATTRIBUTE_READ_ONLY);
    assert_false(flag_of(pair.private, CKA_EXTRACTABLE));
    assert_true(flag_of(pair.private, CKA_SENSITIVE));
}

static void a_change_of_many_is_all_or_nothing(void **state) {
    struct pair pair = make_pair(&make_ec, CK_TRUE, "many");
    CK_ATTRIBUTE changes[] = {TEXT(CKA_LABEL, "changed"), FLAG(CKA_EXTRACTABLE, yes)};
    assert_rv(C_SetAttributeValue(session, pair.private, changes, 2), CKR_ATTRIBUTE_READ_ONLY);
    assert_true(bytes_are(pair.private, CKA_LABEL, "", 0));
    changes[1] = (CK_ATTRIBUTE)TEXT(CKA_ID, "new");
    assert_ok(C_SetAttributeValue(session, pair.private, changes, 2));
    assert_true(bytes_are(pair.private, CKA_LABEL, "changed", 7));
    assert_true(bytes_are(pair.private, CKA_ID, "new", 3));
    assert_true(flag_of(pair.private, CKA_SIGN));
}

struct change_row {
    const char *what;
    CK_ATTRIBUTE change;
    CK_RV wanted;
};

static void changes_are_judged(void **state) {
    struct pair pair = make_pair(&make_ec, CK_FALSE, "judged");
    const struct change_row rows[] = {
        {"class", NUMBER(CKA_CLASS, public_class), CKR_ATTRIBUTE_READ_ONLY},
        {"token", FLAG(CKA_TOKEN, yes), CKR_ATTRIBUTE_READ_ONLY},
        {"private", FLAG(CKA_PRIVATE, no), CKR_ATTRIBUTE_READ_ONLY},
        {"key type", NUMBER(CKA_KEY_TYPE, rsa), CKR_ATTRIBUTE_READ_ONLY},
        {"curve", BYTES(CKA_EC_PARAMS, p256), CKR_ATTRIBUTE_READ_ONLY},
        {"value", BYTES(CKA_VALUE, text), CKR_ATTRIBUTE_READ_ONLY},
        {"local", FLAG(CKA_LOCAL, no), CKR_ATTRIBUTE_READ_ONLY},
        {"always sensitive", FLAG(CKA_ALWAYS_SENSITIVE, no), CKR_ATTRIBUTE_READ_ONLY},
        {"always authenticate", FLAG(CKA_ALWAYS_AUTHENTICATE, yes), CKR_ATTRIBUTE_READ_ONLY},
        {"modulus", BYTES(CKA_MODULUS, text), CKR_ATTRIBUTE_TYPE_INVALID},
        {"bad flag", FLAG(CKA_SIGN, three), CKR_ATTRIBUTE_VALUE_INVALID},
        {"subject", BYTES(CKA_SUBJECT, text), CKR_OK},
        {"sign", FLAG(CKA_SIGN, no), CKR_OK},
        {"date", {CKA_END_DATE, date, 8}, CKR_OK},
    };
    for (size_t i = 0; i < KF_COUNT(rows); i++) {
        CK_ATTRIBUTE change = rows[i].change;
        CK_RV rv = C_SetAttributeValue(session, pair.private, &change, 1);
        if (rv != rows[i].wanted)
            fail_msg("%s: 0x%lx instead of 0x%lx", rows[i].what, rv, rows[i].wanted);
    }
}

static void only_the_so_trusts(void **state) {
    unsigned char *der = NULL;
    int len = make_cert(&der, 3);
    CK_OBJECT_HANDLE object = 0;
    CK_ATTRIBUTE attributes[] = {NUMBER(CKA_CLASS, cert_class),
                                 NUMBER(CKA_CERTIFICATE_TYPE, x509),
                                 {CKA_VALUE, der, (CK_ULONG)len},
                                 FLAG(CKA_TRUSTED, yes)};
    assert_rv(create(attributes, 4, &object), CKR_ATTRIBUTE_READ_ONLY);
    assert_ok(create(attributes, 3, &object));
    assert_rv(set(object, CKA_TRUSTED, &yes, 1), CKR_ATTRIBUTE_READ_ONLY);
    assert_rv(set(object, CKA_VALUE, der, (CK_ULONG)len), CKR_ATTRIBUTE_READ_ONLY);
    assert_ok(set(object, CKA_ID, text, 4));
    OPENSSL_free(der);
}

#define OBJECT_TEST(test) cmocka_unit_test_setup(test, log_in)

int main(void) {
    const struct CMUnitTest tests[] = {
        OBJECT_TEST(templates_are_judged),
        OBJECT_TEST(a_template_has_a_maximum),
        OBJECT_TEST(orders_of_keys_are_judged),
        OBJECT_TEST(private_keys_may_do_what_their_type_can),
        OBJECT_TEST(public_keys_may_do_what_their_type_can),
        OBJECT_TEST(token_private_keys_are_not_copied),
        OBJECT_TEST(secrecy_sticks),
        OBJECT_TEST(a_change_of_many_is_all_or_nothing),
        OBJECT_TEST(changes_are_judged),
        OBJECT_TEST(only_the_so_trusts),
    };
    return cmocka_run_group_tests(tests, start_objects, end_module);
}
