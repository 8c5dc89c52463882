// SPDX-License-Identifier: Apache-2.0
// Key pairs on SoftHSM2: made, found, tried, renamed, destroyed.
#include <openssl/sha.h>

#include "token/key.h"
#include "token/p11.h"
#include "unit/token_fixture.h"
#include "x509/cert.h"

/* SoftHSM 2.6.1 loses the curve's name in each C_SignInit for Ed25519; the address sanitizer reads
 * these two. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__asan_default_options(void) {
    return "fast_unwind_on_malloc=0";
}
const char *__lsan_default_suppressions(void) {
    return "leak:libsofthsm2.so\n";
}

static const uint8_t first_id[4] = {1, 2, 3, 4};

static struct bench log_in(struct room *room) {
    make_token("card");
    struct bench bench = open_bench(room, "card");
    assert_ok(kf_session_login(bench.session, KF_PIN_USER, NULL, "to test"));
    return bench;
}

static struct kf_key_order order_of(enum kf_key_type type) {
    return (struct kf_key_order){.label = "my key",
                                 .type = type,
                                 .use = KF_USE_SIGN,
                                 .id = first_id,
                                 .id_len = sizeof(first_id)};
}

static kf_key *make_key(struct bench *bench, enum kf_key_type type) {
    struct kf_key_order order = order_of(type);
    kf_key *key = NULL;
    assert_ok(kf_key_offered(bench->token, type));
    assert_ok(kf_key_generate(bench->session, &order, &key));
    return key;
}

static bool flag(struct bench *bench, CK_OBJECT_CLASS class, CK_ATTRIBUTE_TYPE type) {
    CK_ATTRIBUTE pattern = {CKA_CLASS, &class, sizeof(class)};
    CK_OBJECT_HANDLE object = 0;
    CK_ULONG count = 0;
    CK_BBOOL value = CK_FALSE;
    CK_ATTRIBUTE attribute = {type, &value, sizeof(value)};
    CK_FUNCTION_LIST *p11 = bench->session->p11;
    assert_int_equal(p11->C_FindObjectsInit(bench->session->handle, &pattern, 1), CKR_OK);
    assert_int_equal(p11->C_FindObjects(bench->session->handle, &object, 1, &count), CKR_OK);
    assert_int_equal(p11->C_FindObjectsFinal(bench->session->handle), CKR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(p11->C_GetAttributeValue(bench->session->handle, object, &attribute, 1),
                     CKR_OK);
    return value == CK_TRUE;
}

static void every_key_type_is_made_and_signs(void **state) {
    struct bench bench = log_in(*state);
    for (enum kf_key_type type = KF_KEY_RSA_2048; type <= KF_KEY_ED25519; type++) {
        if (type == KF_KEY_RSA_4096)
            continue; /* seconds, and nothing new */
        kf_key *key = make_key(&bench, type);
        assert_ok(kf_key_try(key));
        kf_key_free(key);
        assert_ok(kf_objects_destroy(bench.session, first_id, sizeof(first_id)));
    }
    close_bench(&bench);
}

static void a_signature_key_may_do_nothing_else(void **state) {
    struct bench bench = log_in(*state);
    KF_AUTO_PTR(kf_key) key = make_key(&bench, KF_KEY_P256);
    static const CK_ATTRIBUTE_TYPE off[] = {CKA_DECRYPT, CKA_UNWRAP, CKA_DERIVE, CKA_SIGN_RECOVER,
                                            CKA_EXTRACTABLE};
    for (size_t i = 0; i < KF_COUNT(off); i++)
        assert_false(flag(&bench, CKO_PRIVATE_KEY, off[i]));
    static const CK_ATTRIBUTE_TYPE off_public[] = {CKA_ENCRYPT, CKA_WRAP, CKA_PRIVATE};
    for (size_t i = 0; i < KF_COUNT(off_public); i++)
        assert_false(flag(&bench, CKO_PUBLIC_KEY, off_public[i]));
    assert_true(flag(&bench, CKO_PRIVATE_KEY, CKA_SIGN));
    assert_true(flag(&bench, CKO_PRIVATE_KEY, CKA_SENSITIVE));
    assert_true(flag(&bench, CKO_PUBLIC_KEY, CKA_VERIFY));
    close_bench(&bench);
}

static void the_id_becomes_the_key_identifier(void **state) {
    struct bench bench = log_in(*state);
    KF_AUTO_PTR(kf_key) key = make_key(&bench, KF_KEY_P256);
    assert_ok(kf_key_rename(key, KF_ID_SKI));
    uint8_t point[65], digest[SHA_DIGEST_LENGTH];
    size_t len = 0;
    assert_int_equal(
        EVP_PKEY_get_octet_string_param(kf_key_public(key), "pub", point, sizeof(point), &len), 1);
    SHA1(point, len, digest);
    const uint8_t *id = kf_key_id(key, &len);
    assert_int_equal(len, sizeof(digest));
    assert_memory_equal(id, digest, sizeof(digest));
    KF_AUTO_PTR(kf_key) found = NULL;
    assert_ok(kf_key_find_id(bench.session, digest, sizeof(digest), &found));
    assert_ok(kf_key_try(found));
    close_bench(&bench);
}

static void a_key_is_found_by_its_public_half(void **state) {
    struct bench bench = log_in(*state);
    KF_AUTO_PTR(kf_key) key = make_key(&bench, KF_KEY_ED25519);
    KF_AUTO(kf_buf) spki = {0};
    assert_ok(kf_key_spki(key, &spki));
    KF_AUTO_PTR(kf_key) found = NULL;
    assert_ok(kf_key_find_public(bench.session, spki.data, spki.len, &found));
    assert_string_equal(kf_key_label(found), "my key");
    spki.data[spki.len - 1] ^= 1;
    KF_AUTO_PTR(kf_key) none = NULL;
    assert_fails(kf_key_find_public(bench.session, spki.data, spki.len, &none), KF_E_NOT_FOUND);
    close_bench(&bench);
}

/* As after a crash between setting the id of the two halves. */
static void parted_halves_are_found_by_public_key_and_joined(void **state) {
    struct bench bench = log_in(*state);
    KF_AUTO_PTR(kf_key) key = make_key(&bench, KF_KEY_P256);
    KF_AUTO(kf_buf) spki = {0};
    assert_ok(kf_key_spki(key, &spki));
    const struct kf_private_keys *keys = NULL;
    uint8_t other[] = {9, 9};
    CK_ATTRIBUTE id = {CKA_ID, other, sizeof(other)};
    assert_ok(kf_session_private_keys(bench.session, &keys));
    assert_int_equal(bench.session->p11->C_SetAttributeValue(bench.session->handle,
                                                             keys->items[0].handle, &id, 1),
                     CKR_OK);
    KF_AUTO_PTR(kf_key) half = NULL;
    assert_fails(kf_key_find_id(bench.session, first_id, sizeof(first_id), &half),
                 KF_E_KEY_UNUSABLE);
    assert_ok(kf_key_find_public(bench.session, spki.data, spki.len, &half));
    assert_ok(kf_key_rename(half, KF_ID_SKI));
    KF_AUTO_PTR(kf_key) joined = NULL;
    size_t len = 0;
    const uint8_t *joined_id = kf_key_id(half, &len);
    assert_ok(kf_key_find_id(bench.session, joined_id, len, &joined));
    close_bench(&bench);
}

static void a_private_key_without_public_object_is_told_by_rsa_numbers(void **state) {
    struct bench bench = log_in(*state);
    KF_AUTO_PTR(kf_key) key = make_key(&bench, KF_KEY_RSA_2048);
    CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
    CK_ATTRIBUTE pattern = {CKA_CLASS, &class, sizeof(class)};
    CK_OBJECT_HANDLE object = 0;
    CK_ULONG count = 0;
    CK_FUNCTION_LIST *p11 = bench.session->p11;
    p11->C_FindObjectsInit(bench.session->handle, &pattern, 1);
    p11->C_FindObjects(bench.session->handle, &object, 1, &count);
    p11->C_FindObjectsFinal(bench.session->handle);
    assert_int_equal(p11->C_DestroyObject(bench.session->handle, object), CKR_OK);
    KF_AUTO_PTR(kf_key) found = NULL;
    assert_ok(kf_key_find_id(bench.session, first_id, sizeof(first_id), &found));
    assert_ok(kf_key_try(found));
    close_bench(&bench);
}

static void the_new_key_is_told_from_the_old(void **state) {
    struct bench bench = log_in(*state);
    KF_AUTO(kf_buf) before = {0};
    KF_AUTO_PTR(kf_key) old = make_key(&bench, KF_KEY_P256);
    assert_ok(kf_session_key_ids(bench.session, &before));
    assert_string_equal(kf_buf_str(&before), "4:01020304");
    struct kf_key_order order = order_of(KF_KEY_P256);
    order.id_len = 3;
    KF_AUTO_PTR(kf_key) new = NULL;
    assert_ok(kf_key_generate(bench.session, &order, &new));
    assert_true(kf_ids_have(kf_buf_str(&before), first_id, 4));
    assert_false(kf_ids_have(kf_buf_str(&before), first_id, 3));
    close_bench(&bench);
}

static kf_err always_seen(void *arg, const uint8_t *spki, size_t len, bool *ret_seen) {
    *ret_seen = true;
    return KF_OK;
}

static kf_err nobody_knows(void *arg, const uint8_t *spki, size_t len, bool *ret_seen) {
    return kf_fail(KF_E_DATABASE, "the journal cannot be read");
}

static void a_key_is_kept_when_nobody_can_say_whether_it_is_new(void **state) {
    struct bench bench = log_in(*state);
    struct kf_key_order order = order_of(KF_KEY_P256);
    order.seen = nobody_knows;
    KF_AUTO_PTR(kf_key) key = NULL;
    assert_fails(kf_key_generate(bench.session, &order, &key), KF_E_DATABASE);
    assert_ok(kf_key_find_id(bench.session, first_id, sizeof(first_id), &key));
    kf_key_free(KF_MOVE(key));
    close_bench(&bench);
}

static void a_key_that_was_seen_before_is_destroyed(void **state) {
    struct bench bench = log_in(*state);
    struct kf_key_order order = order_of(KF_KEY_P256);
    order.seen = always_seen;
    KF_AUTO_PTR(kf_key) key = NULL;
    assert_fails(kf_key_generate(bench.session, &order, &key), KF_E_KEY_WEAK);
    assert_fails(kf_key_find_id(bench.session, first_id, sizeof(first_id), &key), KF_E_NOT_FOUND);
    close_bench(&bench);
}

static void the_uri_names_token_id_and_object(void **state) {
    struct bench bench = log_in(*state);
    KF_AUTO_PTR(kf_key) key = make_key(&bench, KF_KEY_P256);
    KF_AUTO(kf_buf) uri = {0};
    assert_ok(kf_key_uri(key, &uri));
    assert_non_null(strstr(kf_buf_str(&uri), "token=card"));
    assert_non_null(strstr(kf_buf_str(&uri), "id=%01%02%03%04"));
    assert_non_null(strstr(kf_buf_str(&uri), "object=my%20key"));
    assert_non_null(strstr(kf_buf_str(&uri), "type=private"));
    close_bench(&bench);
}

static void the_id_is_read_from_a_uri(void **state) {
    static const struct {
        const char *uri, *id;
    } cases[] = {{"pkcs11:id=%01%02%03%04;type=private", "\x01\x02\x03\x04"},
                 {"pkcs11:serial=id%3D9;object=id%3D8;id=a%62c", "abc"},
                 {"pkcs11:object=x", ""},
                 {"", ""},
                 {NULL, ""}};
    KF_AUTO(kf_buf) id = {0};
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        assert_ok(kf_uri_id(cases[i].uri, &id));
        assert_string_equal(kf_buf_str(&id), cases[i].id);
    }
    assert_fails(kf_uri_id("pkcs11:id=%0", &id), KF_E_INPUT);
    assert_fails(kf_uri_id("https://example.org/?id=1", &id), KF_E_INPUT);
}

static void an_empty_id_never_destroys_anything(void **state) {
    struct bench bench = log_in(*state);
    assert_fails(kf_objects_destroy(bench.session, first_id, 0), KF_E_USAGE);
    assert_fails(kf_objects_destroy(bench.session, NULL, 0), KF_E_USAGE);
    close_bench(&bench);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup_softhsm, teardown_room)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(every_key_type_is_made_and_signs),
        TEST(a_signature_key_may_do_nothing_else),
        TEST(the_id_becomes_the_key_identifier),
        TEST(a_key_is_found_by_its_public_half),
        TEST(parted_halves_are_found_by_public_key_and_joined),
        TEST(a_private_key_without_public_object_is_told_by_rsa_numbers),
        TEST(the_new_key_is_told_from_the_old),
        TEST(a_key_is_kept_when_nobody_can_say_whether_it_is_new),
        TEST(a_key_that_was_seen_before_is_destroyed),
        TEST(the_uri_names_token_id_and_object),
        TEST(the_id_is_read_from_a_uri),
        TEST(an_empty_id_never_destroys_anything),
    };
    return cmocka_run_group_tests_name("token/key", tests, NULL, NULL);
}
