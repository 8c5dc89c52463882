// SPDX-License-Identifier: Apache-2.0
// Request profiles: those that ship, the example, and files with mistakes in them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/context.h"
#include "base/file.h"
#include "base/text.h"
#include "x509/csr.h"
#include "x509/json.h"
#include "x509/profile.h"
#include "x509/usage.h"

/* A context with a private home, which goes at the end. */
static int make_home(void **state) {
    const char *tmp = getenv("TMPDIR");
    char *home = kf_str("%s/keyfob-profile-XXXXXX", tmp ? tmp : "/tmp");
    *state = mkdtemp(home);
    return *state ? 0 : -1;
}

static int remove_home(void **state) {
    KF_AUTO_FREE char *command = kf_str("rm -rf '%s'", (char *)*state);
    free(*state);
    return system(command);
}

static void open_context(const char *home, kf_context **ret_context) {
    struct kf_context_options options = {.home = home};
    assert_int_equal(kf_context_new(&options, ret_context), KF_OK);
}

static void write_profile(kf_context *context, const char *name, const char *text) {
    KF_AUTO_FREE char *folder = kf_str("%s/profiles", kf_context_config_dir(context));
    KF_AUTO_FREE char *path = kf_str("%s/%s", folder, name);
    assert_int_equal(kf_dir_make(folder), KF_OK);
    assert_int_equal(kf_file_write(path, text, strlen(text), 0600), KF_OK);
}

static kf_profile *parse(const char *text) {
    kf_profile *profile = NULL;
    kf_err err = kf_profile_parse(text, strlen(text), "x", &profile);
    if (err != KF_OK)
        fail_msg("%s", kf_error_sentence(err));
    return profile;
}

static void assert_refused(const char *text, const char *word) {
    kf_profile *profile = NULL;
    assert_int_equal(kf_profile_parse(text, strlen(text), "x", &profile), KF_E_PROFILE);
    assert_null(profile);
    if (!strstr(kf_error_sentence(KF_E_PROFILE), word))
        fail_msg("\"%s\" is not in: %s", word, kf_error_sentence(KF_E_PROFILE));
}

static void every_profile_that_ships_is_right(void **state) {
    KF_AUTO_PTR(kf_context) context = NULL;
    KF_AUTO_PTR(json_t) list = NULL;
    open_context(*state, &context);
    assert_int_equal(kf_profiles_json(context, &list), KF_OK);
    assert_true(json_array_size(list) >= 25);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *error = json_object_get(json_array_get(list, i), "error");
        if (error)
            fail_msg("%s", json_string_value(error));
    }
}

static void every_profile_that_ships_can_be_shown(void **state) {
    KF_AUTO_PTR(kf_context) context = NULL;
    KF_AUTO_PTR(json_t) list = NULL;
    open_context(*state, &context);
    assert_int_equal(kf_profiles_json(context, &list), KF_OK);
    for (size_t i = 0; i < json_array_size(list); i++) {
        KF_AUTO_PTR(kf_profile) profile = NULL;
        KF_AUTO_PTR(json_t) json = NULL;
        const char *name = json_string_value(json_object_get(json_array_get(list, i), "name"));
        assert_int_equal(kf_profile_load(context, name, &profile), KF_OK);
        assert_int_equal(kf_profile_json(profile, &json), KF_OK);
        assert_string_equal(json_string_value(json_object_get(json, "schema")), "keyfob.profile/1");
        assert_string_not_equal(kf_profile_title(profile), name);
    }
}

static void own_profiles_hide_the_installed_ones(void **state) {
    KF_AUTO_PTR(kf_context) context = NULL;
    KF_AUTO_PTR(kf_profile) profile = NULL;
    open_context(*state, &context);
    write_profile(context, "tls-client.conf", "[profile]\ntitle = My own\nkeys = p384\n");
    assert_int_equal(kf_profile_load(context, "tls-client", &profile), KF_OK);
    assert_string_equal(kf_profile_title(profile), "My own");
    assert_int_equal(kf_profile_key_at(profile, 0), KF_KEY_P384);
    assert_int_equal(kf_profile_key_at(profile, 1), KF_KEY_NONE);
}

static void broken_profiles_are_listed_with_their_error(void **state) {
    KF_AUTO_PTR(kf_context) context = NULL;
    KF_AUTO_PTR(json_t) list = NULL;
    open_context(*state, &context);
    write_profile(context, "aaa.conf", "[profile]\nkeys = p257\n");
    write_profile(context, "Not A Name.conf", "[profile]\nkeys = p256\n");
    assert_int_equal(kf_profiles_json(context, &list), KF_OK);
    const json_t *first = json_array_get(list, 0);
    assert_string_equal(json_string_value(json_object_get(first, "name")), "aaa");
    assert_non_null(strstr(json_string_value(json_object_get(first, "error")), "aaa.conf:2"));
}

static void a_name_is_never_a_path(void **state) {
    static const char *const names[] = {"../tls-client", "/etc/passwd", "", "a/b", "A", "a.b", "ä"};
    KF_AUTO_PTR(kf_context) context = NULL;
    kf_profile *profile = NULL;
    open_context(*state, &context);
    for (size_t i = 0; i < KF_COUNT(names); i++)
        assert_int_equal(kf_profile_load(context, names[i], &profile), KF_E_USAGE);
    assert_int_equal(kf_profile_load(context, "not-there", &profile), KF_E_NOT_FOUND);
    assert_null(profile);
}

static void the_example_is_a_profile(void **state) {
    KF_AUTO_PTR(kf_profile) profile = parse(kf_profile_example());
    assert_int_equal(kf_profile_key_count(profile), 5);
    assert_true(kf_profile_sends_minimal(profile, "digicert"));
    assert_false(kf_profile_sends_minimal(profile, "est"));
    assert_false(kf_profile_allows_san(profile, KF_SAN_SID));
    assert_true(kf_profile_allows_san(profile, KF_SAN_EMAIL));
    assert_int_equal(strlen(kf_profile_hash(profile)), 64);
    assert_string_equal(kf_profile_text(profile), kf_profile_example());
}

static void mistakes_are_named_with_their_line(void **state) {
    assert_refused("[profile]\nkeys = p256\nkind = x\n",
                   "x.conf:3: there is no \"kind\" in [profile]");
    assert_refused("[profil]\nkeys = p256\n", "x.conf:2");
    assert_refused("keys = p256\n", "x.conf:1");
    assert_refused("[profile]\ntitle = x\n", "no \"keys\"");
    assert_refused("[profile]\nkeys = p256 dsa\n", "x.conf:2: there is no key type \"dsa\"");
    assert_refused("[profile]\nkeys = p256\nvalidity_days = 0\n", "x.conf:3");
    assert_refused("[profile]\nkeys = p256\npin = sometimes\n", "once, always, never");
    assert_refused("[profile]\nkeys = p256\nca = maybe\n", "no, yes");
    assert_refused("[profile]\nname = other\nkeys = p256\n", "not the name of the file");
    assert_refused("[profile]\nkeys = p256\n[usage]\nkey_usage = sign\n", "not a key usage");
    assert_refused("[profile]\nkeys = p256\n[usage]\nextended = clientauth\n",
                   "extended key usage");
    assert_refused("[profile]\nkeys = p256\n[names]\nmail = optional\n", "\"mail\" is not a kind");
    assert_refused("[profile]\nkeys = p256\n[names]\nemail = yes\n", "optional, required, no");
    assert_refused("[profile]\nkeys = p256\n[subject]\nXY = required\n",
                   "\"XY\" is not an attribute");
    assert_refused("[profile]\nkeys = p256\n[subject]\nallowed = CN XY\n",
                   "\"XY\" is not an attribute");
    assert_refused("[profile]\nkeys = p256\n[send]\nest = all\n", "full, minimal");
    assert_refused("[profile]\nkeys = p256\n[template]\noid = x\n", "object identifier");
    assert_refused("[profile]\nkeys = p256\nca = yes\n", "keyCertSign");
    assert_refused("[profile]\nkeys = p256\n[usage]\nkey_usage = keyCertSign\n", "keyCertSign");
    assert_refused("[profile]\nkeys = p256\n[usage]\nkey_usage_rsa = keyEncipherment\n",
                   "no key usage for p256");
}

static void the_use_of_a_key_follows_its_kind(void **state) {
    KF_AUTO_PTR(kf_profile)
    profile = parse("[profile]\nkeys = p256 rsa2048\n[usage]\nkey_usage_rsa = keyEncipherment\n"
                    "key_usage_ec = keyAgreement\n");
    assert_int_equal(kf_profile_use(profile, KF_KEY_RSA_2048), KF_USE_SIGN | KF_USE_DECRYPT);
    assert_int_equal(kf_profile_use(profile, KF_KEY_P256), KF_USE_SIGN | KF_USE_DERIVE);
    assert_int_equal(kf_profile_use(profile, KF_KEY_ED25519), KF_USE_SIGN);
    assert_int_equal(kf_profile_key_usage(profile, KF_KEY_P256), KU_KEY_AGREEMENT);
    assert_false(kf_profile_always_pin(profile));
    assert_int_equal(kf_profile_validity_days(profile), 365);
}

static void gost_keys_are_keys_like_others(void **state) {
    KF_AUTO_PTR(kf_profile) profile = parse("[profile]\nkeys = gost2012-256\n");
    KF_AUTO_PTR(json_t) json = NULL;
    assert_int_equal(kf_profile_key_count(profile), 1);
    assert_int_equal(kf_profile_key_at(profile, 0), KF_KEY_GOST_256);
    assert_int_equal(kf_profile_use(profile, KF_KEY_GOST_256), KF_USE_SIGN);
    assert_int_equal(kf_profile_json(profile, &json), KF_OK);
    assert_string_equal(json_string_value(json_array_get(json_object_get(json, "keys"), 0)),
                        "gost2012-256");
}

/* The DER of the only extensions of a profile for a P-256 key. */
static void assert_extensions(const char *text, const char *const expected[], size_t count) {
    KF_AUTO_PTR(kf_profile) profile = parse(text);
    STACK_OF(X509_EXTENSION) *list = NULL;
    assert_int_equal(kf_profile_extensions(profile, KF_KEY_P256, &list), KF_OK);
    assert_int_equal(sk_X509_EXTENSION_num(list), count);
    for (size_t i = 0; i < count; i++) {
        unsigned char *der = NULL;
        KF_AUTO(kf_buf) hex = {0};
        int len = i2d_X509_EXTENSION(sk_X509_EXTENSION_value(list, (int)i), &der);
        assert_int_equal(kf_hex(&hex, der, (size_t)len, '\0'), KF_OK);
        OPENSSL_free(der);
        assert_string_equal(kf_buf_str(&hex), expected[i]);
    }
    sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
}

static void key_usage_is_critical_and_exact(void **state) {
    assert_extensions("[profile]\nkeys = p256\n[usage]\nkey_usage = digitalSignature\n"
                      "extended = clientAuth\n",
                      (const char *[]){"300e0603551d0f0101ff040403020780",
                                       "30130603551d25040c300a06082b06010505070302"},
                      2);
    assert_extensions(
        "[profile]\nkeys = p256\n[usage]\nkey_usage = digitalSignature decipherOnly\n",
        (const char *[]){"300f0603551d0f0101ff04050303078080"}, 1);
}

static void a_ca_profile_has_basic_constraints(void **state) {
    assert_extensions("[profile]\nkeys = p256\nca = yes\npath_length = 0\n"
                      "[usage]\nkey_usage = keyCertSign cRLSign\n",
                      (const char *[]){"30120603551d130101ff040830060101ff020100",
                                       "300e0603551d0f0101ff040403020106"},
                      2);
}

static void no_profile_means_no_extensions(void **state) {
    STACK_OF(X509_EXTENSION) *list = NULL;
    assert_int_equal(kf_profile_extensions(NULL, KF_KEY_NONE, &list), KF_OK);
    assert_null(list);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_profile_that_ships_is_right, make_home, remove_home),
        cmocka_unit_test_setup_teardown(every_profile_that_ships_can_be_shown, make_home,
                                        remove_home),
        cmocka_unit_test_setup_teardown(own_profiles_hide_the_installed_ones, make_home,
                                        remove_home),
        cmocka_unit_test_setup_teardown(broken_profiles_are_listed_with_their_error, make_home,
                                        remove_home),
        cmocka_unit_test_setup_teardown(a_name_is_never_a_path, make_home, remove_home),
        cmocka_unit_test(the_example_is_a_profile),
        cmocka_unit_test(mistakes_are_named_with_their_line),
        cmocka_unit_test(the_use_of_a_key_follows_its_kind),
        cmocka_unit_test(gost_keys_are_keys_like_others),
        cmocka_unit_test(key_usage_is_critical_and_exact),
        cmocka_unit_test(a_ca_profile_has_basic_constraints),
        cmocka_unit_test(no_profile_means_no_extensions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
