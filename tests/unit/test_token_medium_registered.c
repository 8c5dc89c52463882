// SPDX-License-Identifier: Apache-2.0
// Our own module where it is registered with p11-kit as well.
#define P11_KIT_FUTURE_UNSTABLE_API
#include <p11-kit/p11-kit.h>

#include "medium_fixture.h"

/* p11-kit's only module is ours, registered for the folder `home`. */
static void register_own(struct room *room, const char *home) {
    char modules[512], none[512], lines[2048];
    snprintf(modules, sizeof(modules), "%s/modules", room->dir);
    snprintf(none, sizeof(none), "%s/none", room->dir);
    shell(room, "mkdir -p modules");
    snprintf(lines, sizeof(lines), "module: %s\nx-init-reserved: home='%s'\n", kf_own_path(), home);
    write_text(modules, "keyfob-pkcs11.module", lines);
    p11_kit_override_system_files(none, none, none, modules, none);
}

static void it_is_used_once_and_for_this_home(void **state) {
    struct room *room = *state;
    kf_token *token = NULL;
    struct kf_module *own = NULL;
    register_own(room, in_room(room, "another"));
    configure(room, FAST);
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    assert_int_equal(tokens->modules.count, 1);
    assert_ok(kf_own_module(tokens, &own));
    assert_string_equal(own->name, "keyfob");
    make_in(tokens, "disk", NULL, "anna");
    assert_true(is_there(room, "containers/anna.kfc"));
    assert_ok(kf_tokens_select(tokens, "anna", &token));
    assert_int_equal(kf_tokens_note_count(tokens), 0);
}

static void it_is_not_used_when_it_is_switched_off(void **state) {
    struct room *room = *state;
    register_own(room, room->dir);
    configure(room, "[module keyfob]\nenabled = no\n");
    KF_AUTO_PTR(kf_tokens) tokens = open_tokens(room);
    assert_int_equal(tokens->modules.count, 0);
}

/* A folder with quotes in its name reaches the module as it is. */
static void a_quote_in_the_folder_is_borne(void **state) {
    struct room *room = *state;
    char *reserved = NULL;
    kf_context *context = NULL;
    shell(room, "mkdir \"anna's\"");
    struct kf_context_options options = {.home = in_room(room, "anna's"), .ui = &room->ui};
    assert_ok(kf_context_new(&options, &context));
    assert_ok(kf_own_reserved(context, "scrypt='14'", &reserved));
    assert_non_null(strstr(reserved, "anna's\" scrypt='14'"));
    free(reserved);
    assert_ok(kf_own_reserved(context, "home='/elsewhere'", &reserved));
    assert_string_equal(reserved, "home='/elsewhere'");
    free(reserved);
    kf_context_free(context);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_media, teardown_room)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(it_is_used_once_and_for_this_home),
        TEST(it_is_not_used_when_it_is_switched_off),
        TEST(a_quote_in_the_folder_is_borne),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
