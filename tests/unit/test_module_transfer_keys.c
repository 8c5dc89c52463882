// SPDX-License-Identifier: Apache-2.0
// Keys through the vendor interface: in from files, out into files, in parts to another token.
#include "keyfile_fixture.h"

#include <pthread.h>
#include <time.h>

#include "transfer_fixture.h"

static CK_SLOT_ID slot;
static CK_SESSION_HANDLE session;

static int start(void **state) {
    if (start_module(state) != 0)
        return -1;
    slot = make_token("keyfob memory", "keys");
    session = open_user(slot);
    return 0;
}

#define IN_TOKEN(test) cmocka_unit_test_setup_teardown(test, start, end_module)

static CK_RV import(const char *name, const char *password, bool exportable) {
    KF_AUTO(kf_buf) bytes = {0};
    struct kf_password given = password_of(password);
    read_bytes(name, &bytes);
    return vendor()->import(session, bytes.data, bytes.len, &given, "anna", exportable);
}

/* The key of `make_chain()` with its certificates. */
static void import_chain(bool exportable) {
    make_chain();
    shell("cat key.pem cert.pem chain.pem >k");
    assert_ok(import("k", NULL, exportable));
}

static void assert_id(CK_OBJECT_HANDLE object, const uint8_t *id, CK_ULONG len) {
    uint8_t own[64];
    assert_int_equal(get(session, object, CKA_ID, own, sizeof(own)), len);
    assert_memory_equal(own, id, len);
}

/* --- in --- */

static void a_key_of_each_kind_comes_in_and_signs(void **state) {
    static const struct {
        const char *options;
        CK_MECHANISM_TYPE type;
    } kinds[] = {{"-algorithm RSA -pkeyopt rsa_keygen_bits:2048", CKM_SHA256_RSA_PKCS},
                 {"-algorithm EC -pkeyopt ec_paramgen_curve:P-384", CKM_ECDSA},
                 {"-algorithm ED25519", CKM_EDDSA}};
    for (size_t i = 0; i < KF_COUNT(kinds); i++) {
        CK_SLOT_ID place = make_token("keyfob memory", kinds[i].options + 11);
        session = open_user(place);
        make_key(kinds[i].options);
        assert_ok(import("key.pem", NULL, false));
        assert_pair(session, kinds[i].type, only(session, CKO_PRIVATE_KEY), session,
                    only(session, CKO_PUBLIC_KEY));
    }
}

static void everything_of_a_file_is_one_write(void **state) {
    uint64_t before = place_of(slot).generation;
    import_chain(false);
    assert_int_equal(place_of(slot).generation, before + 1);
    assert_int_equal(place_of(slot).objects, 5);
}

static void the_parts_of_a_key_share_their_key_identifier(void **state) {
    CK_OBJECT_HANDLE certificate = 0;
    KF_AUTO(kf_buf) id = {0};
    import_chain(false);
    shell("openssl pkey -in key.pem -pubout -outform DER | tail -c 65 | openssl sha1 -binary >id");
    read_bytes("id", &id);
    assert_id(only(session, CKO_PRIVATE_KEY), id.data, id.len);
    assert_id(only(session, CKO_PUBLIC_KEY), id.data, id.len);
    assert_int_equal(find(session, CKO_CERTIFICATE, &certificate), 3);
    assert_id(certificate, id.data, id.len);
}

static void an_authority_is_named_by_its_subject(void **state) {
    CK_BYTE label[] = "CN=ca";
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_ATTRIBUTE pattern[] = {{CKA_CLASS, &class, sizeof(class)}, {CKA_LABEL, label, 5}};
    CK_OBJECT_HANDLE found = 0;
    CK_ULONG count = 0, category = 0;
    import_chain(false);
    assert_ok(C_FindObjectsInit(session, pattern, 2));
    assert_ok(C_FindObjects(session, &found, 1, &count));
    assert_ok(C_FindObjectsFinal(session));
    assert_int_equal(count, 1);
    get(session, found, CKA_CERTIFICATE_CATEGORY, (uint8_t *)&category, sizeof(category));
    assert_int_equal(category, 2);
}

static void a_key_that_came_in_is_protected_and_says_where_from(void **state) {
    import_chain(false);
    CK_OBJECT_HANDLE key = only(session, CKO_PRIVATE_KEY);
    assert_true(flag(session, key, CKA_SENSITIVE));
    assert_false(flag(session, key, CKA_EXTRACTABLE));
    assert_false(flag(session, key, CKA_ALWAYS_SENSITIVE));
    assert_false(flag(session, key, CKA_NEVER_EXTRACTABLE));
    assert_false(flag(session, key, CKA_LOCAL));
    uint8_t value[64];
    CK_ATTRIBUTE attribute = {CKA_VALUE, value, sizeof(value)};
    assert_rv(C_GetAttributeValue(session, key, &attribute, 1), CKR_ATTRIBUTE_SENSITIVE);
}

static void the_same_key_comes_in_once(void **state) {
    import_chain(false);
    assert_int_not_equal(import("k", NULL, false), CKR_OK);
    assert_said("exists", "already");
    assert_int_equal(place_of(slot).objects, 5);
}

static void a_file_that_does_not_open_changes_nothing(void **state) {
    uint64_t before = place_of(slot).generation;
    make_chain();
    shell("openssl pkcs12 -export -inkey key.pem -in cert.pem -passout pass:right -out k");
    assert_int_not_equal(import("k", "wrong", false), CKR_OK);
    assert_said("bad_input", "password");
    assert_int_not_equal(import("k", NULL, false), CKR_OK);
    assert_said("pin_needed", "password");
    assert_int_not_equal(import("cert.pem", NULL, false), CKR_OK);
    assert_said("bad_input", "no private key");
    assert_int_equal(place_of(slot).generation, before);
}

static void import_needs_a_login_and_a_session_that_writes(void **state) {
    make_key("-algorithm ED25519");
    assert_ok(C_Logout(session));
    assert_rv(import("key.pem", NULL, false), CKR_USER_NOT_LOGGED_IN);
    assert_ok(C_CloseSession(session));
    session = open_session(slot, 0);
    assert_ok(login(session, CKU_USER, USER_PIN));
    assert_rv(import("key.pem", NULL, false), CKR_SESSION_READ_ONLY);
}

/* --- out --- */

/* Both calls; the file is in `out`. */
static CK_RV export(enum kf_key_file_format format) {
    struct kf_password password = password_of(PASSWORD);
    size_t len = 0, room = 0;
    CK_OBJECT_HANDLE key = only(session, CKO_PRIVATE_KEY);
    CK_RV rv = vendor()->export(session, key, format, &password, NULL, &room);
    if (rv != CKR_OK)
        return rv;
    KF_AUTO_FREE uint8_t *file = malloc(room);
    len = room;
    rv = vendor()->export(session, key, format, &password, file, &len);
    if (rv == CKR_OK)
        write_bytes("out", file, len);
    assert_true(len <= room);
    return rv;
}

static void an_exportable_key_goes_out_with_its_chain(void **state) {
    import_chain(true);
    assert_ok(export(KF_KEY_FILE_PKCS12));
    shell("openssl pkcs12 -in out -nodes -passin pass:" PASSWORD
          " -out back; openssl pkey -in back "
          "-out a; openssl pkey -in key.pem -out b; cmp a b; grep -c 'BEGIN CERT' back | grep -qx "
          "3; grep -q 'friendlyName: anna' back");
}

static void an_exportable_key_made_here_goes_out(void **state) {
    make_ec_key(session, true);
    assert_ok(export(KF_KEY_FILE_PKCS8));
    shell("openssl pkey -inform DER -in out -passin pass:" PASSWORD " -noout");
}

/* Labels of PKCS#11 may be any bytes, names in PKCS#12 may not. */
static void a_label_that_is_no_text_goes_out_as_it_is_shown(void **state) {
    CK_ATTRIBUTE label = {CKA_LABEL, "odd \xff", 5};
    assert_ok(C_SetAttributeValue(session, make_ec_key(session, true), &label, 1));
    assert_ok(export(KF_KEY_FILE_PKCS12));
    shell("openssl pkcs12 -in out -nodes -passin pass:" PASSWORD " | grep -q 'odd .*xff'");
}

static void no_other_key_goes_out(void **state) {
    make_ec_key(session, false);
    assert_rv(export(KF_KEY_FILE_PKCS12), CKR_KEY_UNEXTRACTABLE);
    assert_said("policy", "\"made\" was not made exportable");
    assert_rv(export(KF_KEY_FILE_PKCS8), CKR_KEY_UNEXTRACTABLE);
}

static void *export_all(void *ret_rv) {
    static uint8_t file[64 * 1024];
    size_t len = sizeof(file);
    struct kf_password password = secret("file secret");
    *(CK_RV *)ret_rv = vendor()->export(session, only(session, CKO_PRIVATE_KEY), KF_KEY_FILE_PKCS12,
                                        &password, file, &len);
    return NULL;
}

/* What is on its way out is a copy: a logout wipes the key that others may be using. */
static void a_logout_does_not_reach_what_is_going_out(void **state) {
    pthread_t thread;
    CK_RV rv = CKR_GENERAL_ERROR;
    CK_SESSION_HANDLE other = open_session(slot, 0);
    import_chain(true);
    assert_int_equal(pthread_create(&thread, NULL, export_all, &rv), 0);
    nanosleep(&(struct timespec){.tv_nsec = 100 * 1000000}, NULL);
    assert_ok(C_Logout(other));
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_ok(rv);
}

static void a_small_place_gets_the_size(void **state) {
    struct kf_password password = password_of(PASSWORD);
    uint8_t place[10];
    size_t len = sizeof(place);
    CK_OBJECT_HANDLE key = make_ec_key(session, true);
    assert_rv(vendor()->export(session, key, KF_KEY_FILE_PKCS8, &password, place, &len),
              CKR_BUFFER_TOO_SMALL);
    assert_in_range(len, 100, 1000);
    assert_rv(vendor()->export(session, only(session, CKO_PUBLIC_KEY), KF_KEY_FILE_PKCS8, &password,
                               place, &len),
              CKR_KEY_HANDLE_INVALID);
    assert_int_not_equal(vendor()->export(session, key, KF_KEY_FILE_PKCS8, NULL, place, &len),
                         CKR_OK);
    assert_said("pin_needed", "password");
}

/* --- to another token --- */

static CK_SESSION_HANDLE other;
static int certificates;

/* As src/token does it: the parts and the flags of the new place. */
static unsigned long put(void *arg, void *attributes, unsigned long count) {
    static CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE template[20] = {{CKA_TOKEN, &yes, 1}, {CKA_PRIVATE, &yes, 1}, {CKA_SIGN, &yes, 1}};
    const CK_ATTRIBUTE *parts = attributes;
    assert_int_equal(parts[0].type, CKA_PUBLIC_KEY_INFO);
    memcpy(template + 3, parts + 1, (count - 1) * sizeof(*parts));
    return C_CreateObject(other, template, count + 2, arg);
}

static unsigned long refuse(void *arg, void *attributes, unsigned long count) {
    return CKR_DEVICE_MEMORY;
}

static unsigned long count_certificate(void *arg, const void *der, size_t der_len) {
    certificates++;
    return CKR_OK;
}

static void the_parts_make_the_same_key_elsewhere(void **state) {
    CK_OBJECT_HANDLE there = 0;
    CK_OBJECT_HANDLE key = make_ec_key(session, true);
    other = open_user(make_token("keyfob memory", "other"));
    assert_ok(vendor()->hand_over(session, key, put, &there));
    assert_pair(other, CKM_ECDSA, there, session, only(session, CKO_PUBLIC_KEY));
}

static void an_rsa_key_has_all_its_parts(void **state) {
    CK_OBJECT_HANDLE there = 0;
    make_key("-algorithm RSA -pkeyopt rsa_keygen_bits:2048");
    assert_ok(import("key.pem", NULL, true));
    other = open_user(make_token("keyfob memory", "other"));
    assert_ok(vendor()->hand_over(session, only(session, CKO_PRIVATE_KEY), put, &there));
    assert_pair(other, CKM_SHA256_RSA_PKCS, there, session, only(session, CKO_PUBLIC_KEY));
}

static void the_answer_of_the_other_token_is_the_answer(void **state) {
    CK_OBJECT_HANDLE key = make_ec_key(session, true);
    assert_rv(vendor()->hand_over(session, key, refuse, NULL), CKR_DEVICE_MEMORY);
}

static void a_key_that_may_not_leave_is_not_handed_over(void **state) {
    CK_OBJECT_HANDLE key = make_ec_key(session, false);
    assert_rv(vendor()->hand_over(session, key, refuse, NULL), CKR_KEY_UNEXTRACTABLE);
}

static void a_file_is_read_for_another_token(void **state) {
    KF_AUTO(kf_buf) bytes = {0};
    CK_OBJECT_HANDLE there = 0;
    certificates = 0;
    other = session;
    make_chain();
    shell("cat key.pem cert.pem chain.pem >k");
    read_bytes("k", &bytes);
    assert_ok(vendor()->read_file(bytes.data, bytes.len, NULL, put, count_certificate, &there));
    assert_int_not_equal(there, 0);
    assert_int_equal(certificates, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_TOKEN(a_key_of_each_kind_comes_in_and_signs),
        IN_TOKEN(everything_of_a_file_is_one_write),
        IN_TOKEN(the_parts_of_a_key_share_their_key_identifier),
        IN_TOKEN(an_authority_is_named_by_its_subject),
        IN_TOKEN(a_key_that_came_in_is_protected_and_says_where_from),
        IN_TOKEN(the_same_key_comes_in_once),
        IN_TOKEN(a_file_that_does_not_open_changes_nothing),
        IN_TOKEN(import_needs_a_login_and_a_session_that_writes),
        IN_TOKEN(an_exportable_key_goes_out_with_its_chain),
        IN_TOKEN(an_exportable_key_made_here_goes_out),
        IN_TOKEN(a_label_that_is_no_text_goes_out_as_it_is_shown),
        IN_TOKEN(no_other_key_goes_out),
        IN_TOKEN(a_logout_does_not_reach_what_is_going_out),
        IN_TOKEN(a_small_place_gets_the_size),
        IN_TOKEN(the_parts_make_the_same_key_elsewhere),
        IN_TOKEN(an_rsa_key_has_all_its_parts),
        IN_TOKEN(the_answer_of_the_other_token_is_the_answer),
        IN_TOKEN(a_key_that_may_not_leave_is_not_handed_over),
        IN_TOKEN(a_file_is_read_for_another_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
