// SPDX-License-Identifier: Apache-2.0
// Keys of every type that the module makes, and the refusal of the others; containers.
#include <jansson.h>
#include <openssl/sha.h>

#include "module/rig.h"
#include "module/suite.h"
#include "token/keys.h"

static const enum kf_key_type types[] = {KF_KEY_RSA_2048, KF_KEY_RSA_3072, KF_KEY_RSA_4096,
                                         KF_KEY_P256,     KF_KEY_P384,     KF_KEY_P521,
                                         KF_KEY_ED25519};

static const struct {
    CK_ATTRIBUTE_TYPE type;
    const char *name;
    bool set;
} private_flags[] = {
    {CKA_TOKEN, "TOKEN", true},
    {CKA_PRIVATE, "PRIVATE", true},
    {CKA_SENSITIVE, "SENSITIVE", true},
    {CKA_ALWAYS_SENSITIVE, "ALWAYS_SENSITIVE", true},
    {CKA_NEVER_EXTRACTABLE, "NEVER_EXTRACTABLE", true},
    {CKA_LOCAL, "LOCAL", true},
    {CKA_SIGN, "SIGN", true},
    {CKA_EXTRACTABLE, "EXTRACTABLE", false},
    {CKA_DECRYPT, "DECRYPT", false},
    {CKA_UNWRAP, "UNWRAP", false},
    {CKA_DERIVE, "DERIVE", false},
    {CKA_SIGN_RECOVER, "SIGN_RECOVER", false},
};

/* CK_UNAVAILABLE_INFORMATION becomes "not set". */
static bool flag(struct rig *rig, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
    CK_BBOOL value = CK_FALSE;
    CK_ATTRIBUTE attribute = {type, &value, sizeof(value)};
    rig->session->p11->C_GetAttributeValue(rig->session->handle, object, &attribute, 1);
    return attribute.ulValueLen == sizeof(value) && value == CK_TRUE;
}

static void check_flags(struct rig *rig, const kf_key *key) {
    const char *unflagged = rig->module->facts.unflagged;
    for (size_t i = 0; i < KF_COUNT(private_flags); i++) {
        char word[32];
        snprintf(word, sizeof(word), " %s ", private_flags[i].name);
        bool odd = unflagged != NULL && strstr(unflagged, word) != NULL;
        if (flag(rig, key->private_key, private_flags[i].type) != (private_flags[i].set != odd))
            fail_msg("%s of a %s key is wrong", private_flags[i].name, kf_key_type_name(key->type));
    }
    assert_false(flag(rig, key->public_key, CKA_PRIVATE));
    assert_true(flag(rig, key->public_key, CKA_VERIFY));
}

static size_t objects(struct rig *rig) {
    KF_AUTO(kf_handles) handles = {0};
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE pattern = {CKA_TOKEN, &yes, sizeof(yes)};
    assert_ok(kf_objects_find(rig->session, &pattern, 1, &handles));
    return handles.count;
}

static void every_offered_key_is_made_and_signs(void **state) {
    struct rig *rig = *state;
    rig_open(rig);
    size_t before = objects(rig);
    for (size_t i = 0; i < KF_COUNT(types); i++) {
        if (!rig_makes(rig, types[i]))
            continue;
        assert_ok(kf_key_offered(rig->token, types[i]));
        KF_AUTO_PTR(kf_key) key = rig_key(rig, "made", types[i], KF_USE_SIGN);
        assert_int_equal(key->type, types[i]);
        check_flags(rig, key);
        assert_ok(kf_key_try(key));
        rig_destroy(rig, key);
    }
    assert_int_equal(objects(rig), before);
}

static void a_key_that_is_not_offered_is_refused_and_leaves_nothing(void **state) {
    struct rig *rig = *state;
    rig_open(rig);
    size_t before = objects(rig);
    struct kf_key_order order = {
        .label = "refused", .use = KF_USE_SIGN, .id = (const uint8_t *)"id", .id_len = 2};
    for (size_t i = 0; i < KF_COUNT(types); i++) {
        if (rig_makes(rig, types[i]))
            continue;
        kf_key *key = NULL;
        order.type = types[i];
        assert_fails(kf_key_offered(rig->token, types[i]), KF_E_NOT_ON_TOKEN);
        assert_fails(kf_key_generate(rig->session, &order, &key), KF_E_NOT_ON_TOKEN);
    }
    assert_int_equal(objects(rig), before);
}

static void the_private_value_cannot_be_read(void **state) {
    struct rig *rig = *state;
    rig_open(rig);
    KF_AUTO_PTR(kf_key) key = rig_key(rig, "secret", KF_KEY_P256, KF_USE_SIGN);
    uint8_t value[256] = {0};
    CK_ATTRIBUTE attribute = {CKA_VALUE, value, sizeof(value)};
    assert_int_not_equal(rig->session->p11->C_GetAttributeValue(rig->session->handle,
                                                                key->private_key, &attribute, 1),
                         CKR_OK);
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE out = {CKA_EXTRACTABLE, &yes, sizeof(yes)};
    assert_int_not_equal(
        rig->session->p11->C_SetAttributeValue(rig->session->handle, key->private_key, &out, 1),
        CKR_OK);
    assert_false(flag(rig, key->private_key, CKA_EXTRACTABLE));
}

/* RFC 5280 4.2.1.2 method 1: SHA-1 of the point. */
static void the_id_becomes_the_key_identifier_of_both_halves(void **state) {
    struct rig *rig = *state;
    rig_open(rig);
    KF_AUTO_PTR(kf_key) key = rig_key(rig, "named", KF_KEY_P256, KF_USE_SIGN);
    assert_ok(kf_key_rename(key, KF_ID_SKI));
    uint8_t point[65], digest[SHA_DIGEST_LENGTH];
    size_t len = 0;
    assert_int_equal(
        EVP_PKEY_get_octet_string_param(kf_key_public(key), "pub", point, sizeof(point), &len), 1);
    SHA1(point, len, digest);
    rig_close(rig);
    rig_open(rig);
    KF_AUTO_PTR(kf_key) found = NULL;
    assert_ok(kf_key_find_id(rig->session, digest, sizeof(digest), &found));
    assert_true(found->public_key != CK_INVALID_HANDLE);
    assert_string_equal(kf_key_label(found), "named");
    assert_ok(kf_key_try(found));
}

static void keys_are_found_by_id_and_by_public_key(void **state) {
    struct rig *rig = *state;
    rig_open(rig);
    KF_AUTO(kf_buf) before = {0}, spki = {0};
    bool taken = false;
    KF_AUTO_PTR(kf_key) old = rig_key(rig, "old", KF_KEY_P256, KF_USE_SIGN);
    assert_ok(kf_session_key_ids(rig->session, &before));
    KF_AUTO_PTR(kf_key) key = rig_key(rig, "new", KF_KEY_P256, KF_USE_SIGN);
    assert_ok(kf_session_label_taken(rig->session, "new", &taken));
    assert_true(taken);
    assert_ok(kf_key_spki(key, &spki));
    KF_AUTO_PTR(kf_key) by_id = NULL;
    KF_AUTO_PTR(kf_key) by_public = NULL;
    assert_ok(kf_key_find_id(rig->session, key->id, key->id_len, &by_id));
    assert_ok(kf_key_find_public(rig->session, spki.data, spki.len, &by_public));
    assert_true(kf_ids_have(kf_buf_str(&before), old->id, old->id_len));
    assert_false(kf_ids_have(kf_buf_str(&before), key->id, key->id_len));
    const kf_key *found[] = {by_id, by_public};
    for (size_t i = 0; i < KF_COUNT(found); i++)
        assert_true(kf_buf_equal(&found[i]->spki, &spki));
    spki.data[spki.len - 1] ^= 1;
    KF_AUTO_PTR(kf_key) none = NULL;
    assert_fails(kf_key_find_public(rig->session, spki.data, spki.len, &none), KF_E_NOT_FOUND);
}

/* --- containers --- */

static void create(struct rig *rig, const char *label, enum kf_key_type type) {
    struct kf_container_order order = {.label = label, .type = type, .use = KF_USE_SIGN};
    assert_ok(kf_container_create(rig->token, &order));
}

static void containers_are_listed_checked_and_deleted(void **state) {
    struct rig *rig = *state;
    rig_open(rig);
    create(rig, "first", KF_KEY_P256);
    create(rig, "second", KF_KEY_RSA_2048);
    struct kf_container_order again = {.label = "first", .type = KF_KEY_P256, .use = KF_USE_SIGN};
    assert_fails(kf_container_create(rig->token, &again), KF_E_EXISTS);
    json_t *report = NULL;
    assert_ok(kf_container_check(rig->token, "second", &report));
    assert_true(json_is_true(json_object_get(report, "ok")));
    json_decref(report);
    assert_ok(kf_container_delete(rig->token, "first"));
    KF_AUTO_PTR(kf_containers) left = NULL;
    assert_ok(kf_containers_read(rig->token, true, &left));
    assert_int_equal(kf_containers_count(left), 1);
    const struct kf_container_info *info = kf_containers_at(left, 0);
    assert_string_equal(info->label, "second");
    assert_int_equal(info->type, KF_KEY_RSA_2048);
    assert_true(info->has_private && info->has_public);
    assert_int_equal(info->id_len, SHA_DIGEST_LENGTH);
}

static void the_token_passes_its_own_test(void **state) {
    struct rig *rig = *state;
    rig_open(rig);
    size_t before = objects(rig);
    json_t *report = NULL;
    assert_ok(kf_token_test(rig->token, &report));
    assert_true(json_is_true(json_object_get(report, "ok")));
    json_decref(report);
    assert_int_equal(objects(rig), before);
}

int test_keys(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(every_offered_key_is_made_and_signs),
        RIG_TEST(a_key_that_is_not_offered_is_refused_and_leaves_nothing),
        RIG_TEST(the_private_value_cannot_be_read),
        RIG_TEST(the_id_becomes_the_key_identifier_of_both_halves),
        RIG_TEST(keys_are_found_by_id_and_by_public_key),
        RIG_TEST(containers_are_listed_checked_and_deleted),
        RIG_TEST(the_token_passes_its_own_test),
    };
    return cmocka_run_group_tests_name("module/keys", tests, NULL, NULL);
}
