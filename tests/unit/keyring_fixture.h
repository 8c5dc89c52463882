// SPDX-License-Identifier: Apache-2.0
// What the tests of the keyring share: a home, and secrets as text.
#pragma once

#include "unit/base_fixture.h"

#include "base/file.h"
#include "base/keyring.h"
#include "base/text.h"

#define OWNER         "connection/0123456789abcdef0123456789abcdef"
#define FILE_OF(name) "secrets/connection_0123456789abcdef0123456789abcdef." name

static kf_context *context;

static void open_keyring_home(void) {
    struct kf_context_options options = {.home = base_dir};
    assert_int_equal(kf_context_new(&options, &context), KF_OK);
}

static int setup_keyring(void **state) {
    int failed = make_base_dir(state);
    open_keyring_home();
    return failed;
}

static int teardown_keyring(void **state) {
    kf_context_free(KF_MOVE(context));
    return remove_base_dir(state);
}

__attribute__((unused)) static void assert_ok(kf_err err) {
    if (err != KF_OK)
        fail_msg("%s", kf_error_sentence(err));
}

__attribute__((unused)) static void assert_says(kf_err err, kf_err wanted, const char *part) {
    const char *sentence = err == KF_OK ? "" : kf_error_sentence(err);
    if (err != wanted || !strstr(sentence, part))
        fail_msg("got %d \"%s\", wanted %d with \"%s\"", err, sentence, wanted, part);
}

static kf_err put(const char *name, const char *text) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    assert_ok(kf_secret_copy(text, strlen(text), &secret));
    return kf_keyring_put(context, OWNER, name, secret);
}

/* NULL: there is none. */
__attribute__((unused)) static void assert_kept(const char *name, const char *text) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    bool kept = false;
    assert_ok(kf_keyring_get(context, OWNER, name, &secret));
    assert_ok(kf_keyring_has(context, OWNER, name, &kept));
    assert_int_equal(kept, text != NULL);
    assert_int_equal(secret != NULL, text != NULL);
    if (!text)
        return;
    assert_int_equal(kf_secret_len(secret), strlen(text));
    assert_memory_equal(kf_secret_data(secret), text, strlen(text));
}

/* The context again, with this keyfob.conf. */
__attribute__((unused)) static void configure(const char *text) {
    kf_context_free(KF_MOVE(context));
    assert_ok(kf_file_write(in_base_dir("keyfob.conf"), text, strlen(text), 0600));
    open_keyring_home();
}

#define KEYRING(test) cmocka_unit_test_setup_teardown(test, setup_keyring, teardown_keyring)
