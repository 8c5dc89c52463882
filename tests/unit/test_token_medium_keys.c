// SPDX-License-Identifier: Apache-2.0
// Keys in and out: from files onto software containers and hardware (a SoftHSM2), into files, and
// from a software container onto hardware.
#include "medium_fixture.h"

#include <jansson.h>

#include "token/key.h"

static const char *const kinds[] = {
    "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
    "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
    "-algorithm EC -pkeyopt ec_paramgen_curve:P-521",
    "-algorithm ED25519",
};

/* key.pem, cert.pem, and both with its authority in key.p12, sealed with "file". */
static void make_files(const struct room *room, const char *options) {
    shell(room,
          "openssl genpkey %s -out key.pem;"
          "openssl ecparam -name P-256 -genkey -noout -out ca.key;"
          "openssl req -x509 -key ca.key -subj /CN=ca -days 30 -out ca.pem;"
          "openssl req -x509 -CA ca.pem -CAkey ca.key -key key.pem -subj /CN=anna -days 30 -out "
          "cert.pem;"
          "openssl pkcs12 -export -inkey key.pem -in cert.pem -certfile ca.pem -passout pass:file "
          "-out key.p12",
          options);
}

static kf_err import(const struct room *room, kf_token *token, const char *name,
                     const char *password, const char *label, bool exportable) {
    static uint8_t bytes[64 * 1024];
    struct kf_key_file file = {.data = bytes};
    KF_AUTO_PTR(kf_secret) secret = NULL;
    KF_AUTO_CLOSE int fd = open(in_room(room, name), O_RDONLY | O_CLOEXEC);
    file.len = (size_t)read(fd, bytes, sizeof(bytes));
    if (password != NULL)
        assert_ok(kf_secret_copy(password, strlen(password), &secret));
    file.password = secret;
    return kf_container_import(token, &file, label, exportable);
}

/* The file is `out`. */
static kf_err export(const struct room *room, kf_token *token, const char *label,
                     enum kf_key_format format) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    KF_AUTO_FREE uint8_t *bytes = NULL;
    size_t len = 0;
    assert_ok(kf_secret_copy("sealed", strlen("sealed"), &secret));
    KF_TRY(kf_container_export(token, label, format, secret, &bytes, &len));
    KF_AUTO_CLOSE int fd = open(in_room(room, "out"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, bytes, len), (ssize_t)len);
    return KF_OK;
}

/* It signs, its halves and certificate belong together, and its public key is that of key.pem. */
static void assert_whole(const struct room *room, kf_token *token, const char *label,
                         const char *subject) {
    KF_AUTO_PTR(kf_containers) containers = NULL;
    KF_AUTO_PTR(kf_session) session = NULL;
    KF_AUTO_PTR(kf_key) key = NULL;
    KF_AUTO(kf_buf) spki = {0};
    json_t *report = NULL;
    size_t index = 0;
    uint8_t wanted[1024];
    assert_ok(kf_container_check(token, label, &report));
    json_decref(report);
    assert_ok(kf_containers_read(token, true, &containers));
    assert_ok(kf_containers_find(containers, label, &index));
    assert_string_equal(kf_containers_at(containers, index)->subject, subject);
    assert_ok(kf_session_open(token, &session));
    assert_ok(kf_key_find_container(session, label, &key));
    assert_ok(kf_key_spki(key, &spki));
    assert_true(kf_key_id_is_identifier(key));
    shell(room, "openssl pkey -in key.pem -pubout -outform DER -out public.der");
    KF_AUTO_CLOSE int fd = open(in_room(room, "public.der"), O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(fd, wanted, sizeof(wanted)), (ssize_t)spki.len);
    assert_memory_equal(wanted, spki.data, spki.len);
}

static kf_token *card_of(kf_tokens *tokens) {
    kf_token *card = NULL;
    assert_ok(kf_tokens_select(tokens, "card", &card));
    return card;
}

/* --- files and software containers --- */

static void a_key_file_becomes_a_container_and_a_file_again(void **state) {
    struct room *room = *state;
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    for (size_t i = 0; i < KF_COUNT(kinds); i++) {
        char name[16];
        snprintf(name, sizeof(name), "anna-%zu", i);
        kf_token *token = make_in(tokens, "registry", NULL, name);
        make_files(room, kinds[i]);
        assert_ok(import(room, token, "key.p12", "file", "key", true));
        assert_whole(room, token, "key", "CN=anna");
        assert_ok(export(room, token, "key", KF_KEY_PKCS12));
        shell(room, "openssl pkcs12 -in out -nodes -passin pass:sealed -out back; openssl pkey -in "
                    "back -out a; openssl pkey -in key.pem -out b; cmp a b; grep -c 'BEGIN CERT' "
                    "back | grep -qx 2");
        assert_ok(export(room, token, "key", KF_KEY_PKCS8));
        shell(room, "openssl pkey -inform DER -in out -passin pass:sealed -out a; cmp a b");
    }
}

static void a_key_that_was_not_made_exportable_stays(void **state) {
    struct room *room = *state;
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    kf_token *token = make_in(tokens, "disk", NULL, "anna");
    make_container(token, "key", KF_KEY_P256, false);
    assert_fails(export(room, token, "key", KF_KEY_PKCS12), KF_E_POLICY);
    assert_says(KF_E_POLICY, "\"key\" was not made exportable");
    assert_fails(export(room, token, "other", KF_KEY_PKCS12), KF_E_NOT_FOUND);
}

static void a_file_that_does_not_open_leaves_nothing(void **state) {
    struct room *room = *state;
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    kf_token *token = make_in(tokens, "disk", NULL, "anna");
    kf_token *places[] = {token, card_of(tokens)};
    make_files(room, kinds[1]);
    for (size_t i = 0; i < KF_COUNT(places); i++) {
        assert_fails(import(room, places[i], "key.p12", "wrong", "key", false), KF_E_INPUT);
        assert_says(KF_E_INPUT, "password");
        assert_fails(import(room, places[i], "key.p12", NULL, "key", false), KF_E_PIN_NEEDED);
        assert_fails(import(room, places[i], "cert.pem", NULL, "key", false), KF_E_INPUT);
        assert_int_equal(count_containers(places[i]), 0);
    }
}

static void a_label_or_a_key_that_is_there_is_refused(void **state) {
    struct room *room = *state;
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    kf_token *places[] = {make_in(tokens, "disk", NULL, "anna"), card_of(tokens)};
    for (size_t i = 0; i < KF_COUNT(places); i++) {
        make_files(room, kinds[1]);
        assert_ok(import(room, places[i], "key.pem", NULL, "key", false));
        assert_fails(import(room, places[i], "key.pem", NULL, "again", false), KF_E_EXISTS);
        make_files(room, kinds[1]);
        assert_fails(import(room, places[i], "key.pem", NULL, "key", false), KF_E_EXISTS);
        assert_int_equal(count_containers(places[i]), 1);
    }
}

/* --- hardware --- */

static void a_key_file_goes_onto_hardware(void **state) {
    struct room *room = *state;
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    kf_token *card = card_of(tokens);
    for (size_t i = 0; i < KF_COUNT(kinds); i++) {
        char name[16];
        snprintf(name, sizeof(name), "key-%zu", i);
        make_files(room, kinds[i]);
        assert_ok(import(room, card, "key.p12", "file", name, false));
        assert_whole(room, card, name, "CN=anna");
    }
}

/* --module names the card's module alone. */
static void a_key_file_goes_onto_hardware_without_other_tokens(void **state) {
    struct room *room = *state;
    renew_context(room, SOFTHSM);
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    size_t count = kf_tokens_count(tokens);
    make_files(room, kinds[1]);
    assert_ok(import(room, card_of(tokens), "key.pem", NULL, "key", false));
    assert_ok(import(room, card_of(tokens), "ca.key", NULL, "other", false));
    assert_int_equal(kf_tokens_count(tokens), count);
}

static void an_exportable_key_goes_onto_hardware(void **state) {
    struct room *room = *state;
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    kf_token *card = card_of(tokens);
    for (size_t i = 0; i < KF_COUNT(kinds); i++) {
        char name[16];
        snprintf(name, sizeof(name), "anna-%zu", i);
        kf_token *token = make_in(tokens, "disk", NULL, name);
        make_files(room, kinds[i]);
        assert_ok(import(room, token, "key.p12", "file", name, true));
        assert_ok(kf_container_copy(token, name, card));
        assert_whole(room, card, name, "CN=anna");
        assert_fails(kf_container_copy(token, name, card), KF_E_EXISTS);
    }
}

static void an_exportable_key_goes_into_another_container(void **state) {
    struct room *room = *state;
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    kf_token *from = make_in(tokens, "disk", NULL, "from");
    kf_token *to = make_in(tokens, "registry", NULL, "to");
    make_files(room, kinds[1]);
    assert_ok(import(room, from, "key.p12", "file", "key", true));
    assert_ok(kf_container_copy(from, "key", to));
    assert_whole(room, to, "key", "CN=anna");
    assert_ok(export(room, to, "key", KF_KEY_PKCS8));
}

static void a_hardware_key_never_leaves(void **state) {
    struct room *room = *state;
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    kf_token *card = card_of(tokens), *token = make_in(tokens, "disk", NULL, "anna");
    make_container(card, "key", KF_KEY_P256, false);
    assert_fails(export(room, card, "key", KF_KEY_PKCS12), KF_E_NOT_ON_TOKEN);
    assert_says(KF_E_NOT_ON_TOKEN,
                "the key \"key\" lies on the hardware token \"card\" and never leaves it");
    assert_fails(kf_container_copy(card, "key", token), KF_E_NOT_ON_TOKEN);
    make_files(room, kinds[1]);
    assert_fails(import(room, card, "key.pem", NULL, "in", true), KF_E_NOT_ON_TOKEN);
    make_container(token, "stays", KF_KEY_P256, false);
    assert_fails(kf_container_copy(token, "stays", card), KF_E_POLICY);
    assert_int_equal(count_containers(card), 1);
}

/* --- a token that takes no keys --- */

static int setup_scripted(void **state) {
    if (setup_fake(state) != 0)
        return -1;
    struct room *room = *state;
    char lines[512];
    snprintf(lines, sizeof(lines), FAST "[module fake]\npath = %s\n", KF_TEST_FAKE_TOKEN);
    configure(room, lines);
    return 0;
}

static void a_token_that_takes_no_keys_says_so(void **state) {
    struct room *room = *state;
    make_files(room, kinds[1]);
    play(room, "fail C_CreateObject * CKR_FUNCTION_NOT_SUPPORTED");
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    assert_fails(import(room, card_of(tokens), "key.pem", NULL, "key", false), KF_E_NOT_ON_TOKEN);
    assert_says(KF_E_NOT_ON_TOKEN, "\"card\" does not take keys from outside");
}

static void half_a_key_does_not_stay(void **state) {
    struct room *room = *state;
    make_files(room, kinds[1]);
    play(room, "fail C_CreateObject 2+ CKR_DEVICE_MEMORY");
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    assert_fails(import(room, card_of(tokens), "key.pem", NULL, "key", false), KF_E_TOKEN_FULL);
    assert_int_equal(count_containers(card_of(tokens)), 0);
}

static void a_key_that_does_not_sign_there_does_not_stay(void **state) {
    struct room *room = *state;
    make_files(room, kinds[1]);
    play(room, "fail C_Sign * CKR_FUNCTION_FAILED");
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    assert_fails(import(room, card_of(tokens), "key.pem", NULL, "key", false), KF_E_KEY_UNUSABLE);
    assert_int_equal(count_containers(card_of(tokens)), 0);
}

#define TEST(name)     cmocka_unit_test_setup_teardown(name, setup_both, teardown_room)
#define SCRIPTED(name) cmocka_unit_test_setup_teardown(name, setup_scripted, teardown_room)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_key_file_becomes_a_container_and_a_file_again),
        TEST(a_key_that_was_not_made_exportable_stays),
        TEST(a_file_that_does_not_open_leaves_nothing),
        TEST(a_label_or_a_key_that_is_there_is_refused),
        TEST(a_key_file_goes_onto_hardware),
        TEST(a_key_file_goes_onto_hardware_without_other_tokens),
        TEST(an_exportable_key_goes_onto_hardware),
        TEST(an_exportable_key_goes_into_another_container),
        TEST(a_hardware_key_never_leaves),
        SCRIPTED(a_token_that_takes_no_keys_says_so),
        SCRIPTED(half_a_key_does_not_stay),
        SCRIPTED(a_key_that_does_not_sign_there_does_not_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
